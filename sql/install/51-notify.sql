
-- Channels of LISTEN and NOTIFY that belong to the current tenant.

CREATE FUNCTION djust_tenants.tenant_channel(channel text) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_tenant_channel';
COMMENT ON FUNCTION djust_tenants.tenant_channel(text) IS
    'the name, of at most 63 bytes, of the current tenant''s channel, for LISTEN and UNLISTEN: tenant:<id>:<channel>, or a hashed form when that is too long. No other tenant has it. Raises 55000 when no tenant is set, 22023 (empty or NULL channel)';

CREATE FUNCTION djust_tenants.notify_tenant(channel text, payload text DEFAULT '') RETURNS void
    LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_notify_tenant';
COMMENT ON FUNCTION djust_tenants.notify_tenant(text, text) IS
    'NOTIFY on the current tenant''s channel, at the end of the transaction. Raises 55000 when no tenant is set, 22023 (empty or NULL channel, a payload of more than 7999 bytes)';
