-- A view for applications that should not see the tenant column at all.

CREATE FUNCTION djust_tenants.create_scoped_view(target regclass, view_name text DEFAULT NULL) RETURNS regclass
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_create_scoped_view';
COMMENT ON FUNCTION djust_tenants.create_scoped_view(regclass, text) IS
    'creates an updatable security-invoker view of a scoped table without its tenant column, filtered by tenant for every caller, in the table''s schema; view_name (default <table>_scoped) is one identifier, taken as it is. Returns the view. Raises 42501 (not the table''s owner), 22023 (not a scoped table, no identifier), 42P07 (the name is taken)';
