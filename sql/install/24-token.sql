-- Tokens: what a valid one says, and making them.

CREATE FUNCTION djust_tenants.token_tenant(token text) RETURNS text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_token_tenant';
COMMENT ON FUNCTION djust_tenants.token_tenant(text) IS
    'verifies a token and returns the id of the tenant that it names; enters nothing, and does not use up a token that counts once. 22023 for a malformed one and for NULL, 42501 for one that is not valid, 42704 for one of an unknown key';

CREATE FUNCTION djust_tenants.sign_token(tenant_id text, key_id text, lifetime interval DEFAULT '5 minutes',
                                         claims jsonb DEFAULT '{}') RETURNS text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_sign_token';
REVOKE ALL ON FUNCTION djust_tenants.sign_token(text, text, interval, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.sign_token(text, text, interval, jsonb) IS
    'makes a token for a tenant, signed with a secret (HS256, HS384, HS512); a negative lifetime makes an expired one. What claims has is kept as it is. For superusers (42501); 42704 for an unknown key id, 22023 for NULL, a malformed tenant id, a public key, claims that are no object or name another tenant';
