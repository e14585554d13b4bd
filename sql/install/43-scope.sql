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
