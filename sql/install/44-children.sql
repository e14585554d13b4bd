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
