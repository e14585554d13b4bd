-- Tokens, handed over as an argument or by PostgREST.

CREATE FUNCTION djust_tenants.set_tenant_from_token(token text, is_local boolean DEFAULT true)
    RETURNS djust_tenants.tenant_info
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_set_tenant_from_token';
COMMENT ON FUNCTION djust_tenants.set_tenant_from_token(text, boolean) IS
    'verifies a JSON Web Token and enters the tenant that it names, until the end of the transaction (is_local), or of the session or the token. Returns the tenant. Raises 22023 (malformed), 42501 (not valid; tenant not active), 42704 (unknown key id; not registered, when registration is required)';

CREATE FUNCTION djust_tenants.set_tenant_from_postgrest() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_set_tenant_from_postgrest';
COMMENT ON FUNCTION djust_tenants.set_tenant_from_postgrest() IS
    'for PostgREST''s db-pre-request: as set_tenant_from_request, until the end of the transaction, with the request that the settings request.headers, request.jwt.claims and request.path describe; in signed mode a request without a bearer token enters nobody. Raises what it raises';
