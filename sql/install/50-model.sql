-- The seed's model calls: a row type names the table, NULL::app.projects.
-- EXECUTE stays with PUBLIC: all run with the caller's own rights on the table.

CREATE FUNCTION djust_tenants.get_tenant_queryset(model anyelement) RETURNS SETOF anyelement
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_get_tenant_queryset';
COMMENT ON FUNCTION djust_tenants.get_tenant_queryset(anyelement) IS
    'every row of the current tenant, for every caller (also one that bypasses row-level security); called in FROM with NULL::schema.table. No rows without a tenant. Raises 22023 (not a scoped table), 55000 (no tenant, when djust_tenants.tenant_required is on)';

CREATE FUNCTION djust_tenants.get_tenant_object(model anyelement, VARIADIC pk text[]) RETURNS anyelement
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_get_tenant_object';
COMMENT ON FUNCTION djust_tenants.get_tenant_object(anyelement, text[]) IS
    'the current tenant''s row with that primary key: one text for each column of the key, in its order, without the tenant column; for every caller. Raises P0002 (the tenant has no such row), 55000 (no tenant), 22023 (not a scoped table, no primary key, wrong number of values, a null among them)';

CREATE FUNCTION djust_tenants.create_for_tenant(model anyelement, fields jsonb) RETURNS anyelement
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_create_for_tenant';
COMMENT ON FUNCTION djust_tenants.create_for_tenant(anyelement, jsonb) IS
    'inserts a row for the current tenant and returns it; columns that fields does not name get their defaults. Call it in FROM: (create_for_tenant(...)).* would run once a column. NULL when a trigger suppresses the row. Raises 55000 (no tenant), 42703 (a field that is no column), 42501 (another tenant''s id among the fields), 22023 (not a scoped table, fields is null or no object)';
