-- The tenant context: the setting djust_tenants.tenant_id and the functions around it.

CREATE TYPE djust_tenants.tenant_info AS (id text, name text, settings jsonb, metadata jsonb);
COMMENT ON TYPE djust_tenants.tenant_info IS 'a tenant: id, name, settings and metadata (JSON objects)';
GRANT USAGE ON TYPE djust_tenants.tenant_info TO PUBLIC;

-- What policies, defaults and stamps call. EXECUTE stays with PUBLIC: a policy works for every role.

CREATE FUNCTION djust_tenants.current_tenant_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'djust_current_tenant_id';
COMMENT ON FUNCTION djust_tenants.current_tenant_id() IS
    'the current tenant''s id; NULL when none is set, or the registry refuses it';

CREATE FUNCTION djust_tenants.current_tenant_uuid() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'djust_current_tenant_uuid';
COMMENT ON FUNCTION djust_tenants.current_tenant_uuid() IS
    'the current tenant''s id as uuid; NULL when there is none or the id is not a uuid''s own text form';

CREATE FUNCTION djust_tenants.current_tenant_bigint() RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'djust_current_tenant_bigint';
COMMENT ON FUNCTION djust_tenants.current_tenant_bigint() IS
    'the current tenant''s id as bigint; NULL when there is none or the id is not a bigint''s own text form';

CREATE FUNCTION djust_tenants.current_tenant_integer() RETURNS integer
    LANGUAGE c STABLE PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'djust_current_tenant_integer';
COMMENT ON FUNCTION djust_tenants.current_tenant_integer() IS
    'the current tenant''s id as integer; NULL when there is none or the id is not an integer''s own text form';

-- Entering, leaving, asking.

CREATE FUNCTION djust_tenants.set_current_tenant(tenant_id text, is_local boolean DEFAULT true)
    RETURNS djust_tenants.tenant_info
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_set_current_tenant';
COMMENT ON FUNCTION djust_tenants.set_current_tenant(text, boolean) IS
    'enters a tenant until the end of the transaction (is_local) or of the session; NULL leaves it. Returns the tenant. Raises 22023 (malformed id), 42704 (not registered, when registration is required), 42501 (not active)';

CREATE FUNCTION djust_tenants.clear_current_tenant() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_clear_current_tenant';
COMMENT ON FUNCTION djust_tenants.clear_current_tenant() IS 'leaves the tenant, for the session';

CREATE FUNCTION djust_tenants.current_tenant() RETURNS djust_tenants.tenant_info
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_current_tenant';
COMMENT ON FUNCTION djust_tenants.current_tenant() IS
    'the current tenant with its name, settings and metadata; NULL when there is none';

CREATE FUNCTION djust_tenants.tenant_setting(key text, fallback jsonb DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_tenant_setting';
COMMENT ON FUNCTION djust_tenants.tenant_setting(text, jsonb) IS
    'the value of a key of the current tenant''s settings; the fallback when there is no tenant or no such key';

CREATE FUNCTION djust_tenants.tenant_setting_text(key text, fallback text DEFAULT NULL) RETURNS text
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_tenant_setting_text';
COMMENT ON FUNCTION djust_tenants.tenant_setting_text(text, text) IS
    'the same as text; a JSON null too gives the fallback';

CREATE FUNCTION djust_tenants.require_tenant() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_require_tenant';
COMMENT ON FUNCTION djust_tenants.require_tenant() IS
    'the current tenant''s id. Raises 55000 when none is set, 42501 when it is not active';

CREATE FUNCTION djust_tenants.assert_tenant(tenant_id text) RETURNS void
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_assert_tenant';
COMMENT ON FUNCTION djust_tenants.assert_tenant(text) IS
    'nothing when the id is the current tenant''s; else raises 42501 (NULL too)';

CREATE FUNCTION djust_tenants.tenant_key(key text) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_tenant_key';
COMMENT ON FUNCTION djust_tenants.tenant_key(text) IS
    'tenant:<id>:<key>, a name in caches and channels that no other tenant has. Raises 55000 when no tenant is set';
