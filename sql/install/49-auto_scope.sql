-- A new table with one of the columns of the setting djust_tenants.auto_scope is scoped by the command that makes it.

CREATE FUNCTION djust_tenants.auto_scope() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_auto_scope';
COMMENT ON FUNCTION djust_tenants.auto_scope() IS
    'internal: event trigger that scopes new tables; raises what scope_table raises';
REVOKE ALL ON FUNCTION djust_tenants.auto_scope() FROM PUBLIC;

-- The name comes before djust_tenants_follow_ddl: children that come in the same command find their parent scoped.
CREATE EVENT TRIGGER djust_tenants_auto_scope ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA', 'ALTER TABLE',
                 'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'ALTER TYPE')
    EXECUTE FUNCTION djust_tenants.auto_scope();
ALTER EVENT TRIGGER djust_tenants_auto_scope ENABLE ALWAYS;
