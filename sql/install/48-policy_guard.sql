-- What isolates a scoped table is taken away by unscope_table alone, whatever the command.

CREATE FUNCTION djust_tenants.guard_changed() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_guard_changed';
COMMENT ON FUNCTION djust_tenants.guard_changed() IS
    'internal: event trigger that refuses to open a scoped table (42501), or warns who bypasses row-level security';
CREATE FUNCTION djust_tenants.guard_dropped() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_guard_dropped';
COMMENT ON FUNCTION djust_tenants.guard_dropped() IS
    'internal: event trigger that refuses to drop the policies of a table that stays (42501), or warns';
REVOKE ALL ON FUNCTION djust_tenants.guard_changed(), djust_tenants.guard_dropped() FROM PUBLIC;

CREATE EVENT TRIGGER djust_tenants_guard_changed ON ddl_command_end WHEN TAG IN ('ALTER TABLE', 'ALTER POLICY')
    EXECUTE FUNCTION djust_tenants.guard_changed();
-- It does nothing at the start, but brings the library where it is not preloaded: it looks at policies as they go.
CREATE EVENT TRIGGER djust_tenants_guard_starts ON ddl_command_start
    WHEN TAG IN ('DROP POLICY', 'DROP DOMAIN', 'DROP TYPE', 'DROP COLLATION')
    EXECUTE FUNCTION djust_tenants.guard_changed();
CREATE EVENT TRIGGER djust_tenants_guard_dropped ON sql_drop EXECUTE FUNCTION djust_tenants.guard_dropped();
ALTER EVENT TRIGGER djust_tenants_guard_changed ENABLE ALWAYS;
ALTER EVENT TRIGGER djust_tenants_guard_starts ENABLE ALWAYS;
ALTER EVENT TRIGGER djust_tenants_guard_dropped ENABLE ALWAYS;
