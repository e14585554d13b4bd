-- From a request to a tenant. Ids only: a stranger may ask, and must not read a tenant's name and settings.

CREATE FUNCTION djust_tenants.resolve_subdomain(host text) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_resolve_subdomain';
COMMENT ON FUNCTION djust_tenants.resolve_subdomain(text) IS
    'the one label before djust_tenants.main_domain, in lower case (without a main domain the first of three or more labels); NULL for any other host, an IP address, or a label of djust_tenants.subdomain_exclude';

CREATE FUNCTION djust_tenants.resolve_path(path text) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_resolve_path';
COMMENT ON FUNCTION djust_tenants.resolve_path(text) IS
    'the segment of the path at djust_tenants.path_position; NULL when there is none, it has other characters than letters, digits, - and _, or stands in djust_tenants.path_exclude';

CREATE FUNCTION djust_tenants.resolve_header(headers jsonb) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_resolve_header';
COMMENT ON FUNCTION djust_tenants.resolve_header(jsonb) IS
    'the value of the header that djust_tenants.header names, case ignored, HTTP_X_TENANT_ID read as X-Tenant-ID; NULL when it is absent or no tenant id. Raises 22023 (no object; two spellings with different values)';

CREATE FUNCTION djust_tenants.resolve_session(session jsonb, jwt_claims jsonb DEFAULT NULL, user_claims jsonb DEFAULT NULL)
    RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_resolve_session';
COMMENT ON FUNCTION djust_tenants.resolve_session(jsonb, jsonb, jsonb) IS
    'the first tenant id of: key djust_tenants.session_key of the session, claim djust_tenants.jwt_claim, key tenant_id of the user; NULL when there is none. Raises 22023 (no object)';

CREATE FUNCTION djust_tenants.resolve_domain(host text) RETURNS text
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_resolve_domain';
COMMENT ON FUNCTION djust_tenants.resolve_domain(text) IS
    'the tenant of the host in djust_tenants.tenant_domain; NULL when there is none';

CREATE FUNCTION djust_tenants.resolve_custom(request jsonb) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_resolve_custom';
COMMENT ON FUNCTION djust_tenants.resolve_custom(jsonb) IS
    'the tenant id that the function of djust_tenants.custom_resolver gives, called with the caller''s rights; NULL when it gives none. Raises 22023 (malformed request, no or an unusable function), 42883 (missing), 42501 (not executable), and what the function raises';

CREATE FUNCTION djust_tenants.resolve_tenant(request jsonb) RETURNS djust_tenants.tenant_info
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_resolve_tenant';
COMMENT ON FUNCTION djust_tenants.resolve_tenant(jsonb) IS
    'the tenant of a request by the first strategy of djust_tenants.resolver that matches, else the default tenant, else NULL; for roles bound by row-level security the id alone. Raises 22023 (malformed request), 42501 (not active), 42704 (not registered, when registration is required), 55000 (none, when a tenant is required)';

CREATE FUNCTION djust_tenants.set_tenant_from_request(request jsonb, is_local boolean DEFAULT true)
    RETURNS djust_tenants.tenant_info
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_set_tenant_from_request';
COMMENT ON FUNCTION djust_tenants.set_tenant_from_request(jsonb, boolean) IS
    'resolves as resolve_tenant and enters the tenant as set_current_tenant; when there is none, leaves the tenant and returns NULL. Raises what they raise';
