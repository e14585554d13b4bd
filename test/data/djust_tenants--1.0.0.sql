\echo Use "CREATE EXTENSION djust_tenants" to load this file. \quit

-- CREATE, not IF NOT EXISTS: a schema that somebody prepared is refused, and DROP EXTENSION leaves none.
CREATE SCHEMA djust_tenants;
COMMENT ON SCHEMA djust_tenants IS 'djust_tenants: tenant isolation';
GRANT USAGE ON SCHEMA djust_tenants TO PUBLIC;

SET LOCAL search_path TO pg_catalog, pg_temp;
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
-- The registry of tenants and of their domains: plain DML by administrators, dumped by pg_dump.

CREATE TABLE djust_tenants.tenant (
    -- "C": ids are bytes; the same characters as src/tenant_id.cpp.
    id text COLLATE "C" PRIMARY KEY
        CONSTRAINT tenant_id_well_formed CHECK (id ~ '^[A-Za-z0-9_.@+~|-]{1,128}$'),
    name text,
    settings jsonb NOT NULL DEFAULT '{}' CONSTRAINT tenant_settings_object CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CONSTRAINT tenant_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE djust_tenants.tenant IS 'the tenants; each sees its own row alone, roles with INSERT see and write all';

CREATE TABLE djust_tenants.tenant_domain (
    -- As hosts are compared: lower case, no port, no dot at either end.
    domain text COLLATE "C" PRIMARY KEY
        CONSTRAINT tenant_domain_well_formed
        CHECK (length(domain) <= 253
               AND domain ~ '^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$'
               AND domain !~ '^[0-9.]+$'),
    tenant_id text COLLATE "C" NOT NULL REFERENCES djust_tenants.tenant ON UPDATE CASCADE
);
COMMENT ON TABLE djust_tenants.tenant_domain IS 'the host names of the tenants, in lower case, for the strategy domain';
CREATE INDEX tenant_domain_tenant_id_idx ON djust_tenants.tenant_domain (tenant_id);

SELECT pg_catalog.pg_extension_config_dump('djust_tenants.tenant', '');
SELECT pg_catalog.pg_extension_config_dump('djust_tenants.tenant_domain', '');

-- Changes reach the caches of every backend, by DML, COPY, MERGE, logical replication and in replica role alike.

CREATE FUNCTION djust_tenants.registry_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_registry_changed';
REVOKE ALL ON FUNCTION djust_tenants.registry_changed() FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.registry_changed() IS 'trigger: drops what backends have cached of the registry';

CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE ON djust_tenants.tenant
    FOR EACH ROW EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER registry_truncated AFTER TRUNCATE ON djust_tenants.tenant
    FOR EACH STATEMENT EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE ON djust_tenants.tenant_domain
    FOR EACH ROW EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER registry_truncated AFTER TRUNCATE ON djust_tenants.tenant_domain
    FOR EACH STATEMENT EXECUTE FUNCTION djust_tenants.registry_changed();
ALTER TABLE djust_tenants.tenant ENABLE ALWAYS TRIGGER registry_changed, ENABLE ALWAYS TRIGGER registry_truncated;
ALTER TABLE djust_tenants.tenant_domain ENABLE ALWAYS TRIGGER registry_changed, ENABLE ALWAYS TRIGGER registry_truncated;

-- Who sees what. The tables belong to a superuser, so FORCE would bind nobody.

GRANT SELECT ON djust_tenants.tenant, djust_tenants.tenant_domain TO PUBLIC;
ALTER TABLE djust_tenants.tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE djust_tenants.tenant_domain ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_own_row ON djust_tenants.tenant FOR SELECT
    USING (id = djust_tenants.current_tenant_id());
CREATE POLICY tenant_administrator ON djust_tenants.tenant
    USING ((SELECT has_table_privilege('djust_tenants.tenant', 'INSERT')));
CREATE POLICY tenant_own_row ON djust_tenants.tenant_domain FOR SELECT
    USING (tenant_id = djust_tenants.current_tenant_id());
CREATE POLICY tenant_administrator ON djust_tenants.tenant_domain
    USING ((SELECT has_table_privilege('djust_tenants.tenant_domain', 'INSERT')));
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
-- What the planner puts beside our condition in a row-security check, so that a refused row says why.

CREATE FUNCTION djust_tenants.refuse_row(relid oid, kind smallint) RETURNS boolean
    LANGUAGE c VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_refuse_row';
COMMENT ON FUNCTION djust_tenants.refuse_row(oid, smallint) IS
    'internal: raises the error of a row that a scoped table refuses (42501, 55000 or 22023); never returns';
-- Scoping tables. Every function asks for the table's owner itself.

CREATE FUNCTION djust_tenants.scope_table(target regclass, tenant_column name DEFAULT 'tenant_id',
                                          column_type text DEFAULT NULL, backfill text DEFAULT NULL,
                                          backfill_from name DEFAULT NULL) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_scope_table';
COMMENT ON FUNCTION djust_tenants.scope_table(regclass, name, text, text, name) IS
    'makes a table tenant-scoped, with its partitions and children: column (of column_type, if missing), NOT NULL, default, index, policies. backfill (a tenant id) or backfill_from (a foreign-key column leading to a scoped table) fills NULLs. Doing it again changes nothing. For the owner; raises 42501, 22023';

CREATE FUNCTION djust_tenants.scope_table_sql(target regclass, tenant_column name DEFAULT 'tenant_id',
                                              column_type text DEFAULT NULL, backfill text DEFAULT NULL,
                                              backfill_from name DEFAULT NULL) RETURNS SETOF text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_scope_table_sql';
COMMENT ON FUNCTION djust_tenants.scope_table_sql(regclass, name, text, text, name) IS
    'the statements that scope_table would need, one a row, in an order that is safe on a live table; run them one by one outside a transaction block (CREATE INDEX CONCURRENTLY). Raises as scope_table does';

CREATE FUNCTION djust_tenants.unscope_table(target regclass) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_unscope_table';
COMMENT ON FUNCTION djust_tenants.unscope_table(regclass) IS
    'takes away the policies, the default and, unless other policies need it, row security; column, data, NOT NULL and index stay. For the owner; raises 42501, 22023';

CREATE FUNCTION djust_tenants.scope_schema(schema_name name, tenant_column name DEFAULT 'tenant_id')
    RETURNS TABLE (table_name regclass, status text)
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_scope_schema';
COMMENT ON FUNCTION djust_tenants.scope_schema(name, name) IS
    'scopes every table of the schema that has the column; status is scoped, unchanged, or refused with the reason (a warning too)';

CREATE FUNCTION djust_tenants.scoped_tables(OUT target regclass, OUT tenant_column name, OUT column_type regtype,
                                            OUT index_name regclass, OUT policy_ok boolean) RETURNS SETOF record
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'djust_scoped_tables';
COMMENT ON FUNCTION djust_tenants.scoped_tables() IS 'internal: the rows of the view scoped_table';

CREATE VIEW djust_tenants.scoped_table AS
    SELECT target, tenant_column, column_type, index_name, policy_ok FROM djust_tenants.scoped_tables();
COMMENT ON VIEW djust_tenants.scoped_table IS
    'every table with the policy djust_tenants_isolation: its tenant column, an index led by it, and whether the policy has our shape and row security is on and forced';
GRANT SELECT ON djust_tenants.scoped_table TO PUBLIC;
-- What comes below a scoped table is scoped in the same command; djust_tenants_access follows the owner's policies.

CREATE FUNCTION djust_tenants.follow_ddl() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_follow_ddl';
COMMENT ON FUNCTION djust_tenants.follow_ddl() IS 'internal: event trigger for new partitions, children and policies';
CREATE FUNCTION djust_tenants.follow_drop() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_follow_drop';
COMMENT ON FUNCTION djust_tenants.follow_drop() IS 'internal: event trigger for dropped policies';
REVOKE ALL ON FUNCTION djust_tenants.follow_ddl(), djust_tenants.follow_drop() FROM PUBLIC;

CREATE EVENT TRIGGER djust_tenants_follow_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE SCHEMA', 'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE',
                 'CREATE POLICY', 'ALTER POLICY')
    EXECUTE FUNCTION djust_tenants.follow_ddl();
CREATE EVENT TRIGGER djust_tenants_follow_drop ON sql_drop EXECUTE FUNCTION djust_tenants.follow_drop();
-- Also in replica role: pg_restore and logical replication tools set it.
ALTER EVENT TRIGGER djust_tenants_follow_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER djust_tenants_follow_drop ENABLE ALWAYS;
-- A view for applications that should not see the tenant column at all.

CREATE FUNCTION djust_tenants.create_scoped_view(target regclass, view_name text DEFAULT NULL) RETURNS regclass
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_create_scoped_view';
COMMENT ON FUNCTION djust_tenants.create_scoped_view(regclass, text) IS
    'creates an updatable security-invoker view of a scoped table without its tenant column, filtered by tenant for every caller, in the table''s schema; view_name (default <table>_scoped) is one identifier, taken as it is. Returns the view. Raises 42501 (not the table''s owner), 22023 (not a scoped table, no identifier), 42P07 (the name is taken)';
-- The extension finds its schema and what is in it by name: renaming or moving them is refused. DROP EXTENSION ...
-- CASCADE tells which tables it opens.

CREATE FUNCTION djust_tenants.protect_extension() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_protect_extension';
COMMENT ON FUNCTION djust_tenants.protect_extension() IS
    'internal: event trigger that refuses to rename or move what belongs to the extension';
REVOKE ALL ON FUNCTION djust_tenants.protect_extension() FROM PUBLIC;

CREATE EVENT TRIGGER djust_tenants_protect_extension ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION', 'ALTER SCHEMA', 'ALTER TABLE', 'ALTER VIEW', 'ALTER INDEX', 'ALTER SEQUENCE',
                 'ALTER MATERIALIZED VIEW', 'ALTER TRIGGER', 'ALTER POLICY', 'ALTER TYPE', 'ALTER FUNCTION',
                 'ALTER ROUTINE')
    EXECUTE FUNCTION djust_tenants.protect_extension();
ALTER EVENT TRIGGER djust_tenants_protect_extension ENABLE ALWAYS;
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
