-- The extension finds its schema and what is in it by name, and reads its columns by number: renaming, moving and changing
-- them is refused. Dropping it with CASCADE, by whatever command, tells which tables that opens.

CREATE FUNCTION djust_tenants.protect_extension() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_protect_extension';
COMMENT ON FUNCTION djust_tenants.protect_extension() IS
    'internal: event trigger that refuses to rename or move what belongs to the extension';
REVOKE ALL ON FUNCTION djust_tenants.protect_extension() FROM PUBLIC;

CREATE EVENT TRIGGER djust_tenants_protect_extension ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION', 'DROP SCHEMA', 'DROP OWNED', 'ALTER SCHEMA', 'ALTER TABLE', 'ALTER VIEW',
                 'ALTER INDEX', 'ALTER SEQUENCE', 'ALTER MATERIALIZED VIEW', 'ALTER TRIGGER', 'ALTER POLICY',
                 'ALTER TYPE', 'ALTER FUNCTION', 'ALTER ROUTINE')
    EXECUTE FUNCTION djust_tenants.protect_extension();
ALTER EVENT TRIGGER djust_tenants_protect_extension ENABLE ALWAYS;
