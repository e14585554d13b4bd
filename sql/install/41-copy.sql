-- What COPY FROM on a scoped table runs with. Nobody has a reason to call either; both refuse it.

CREATE FUNCTION djust_tenants.copied_row() RETURNS boolean
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_copied_row';
COMMENT ON FUNCTION djust_tenants.copied_row() IS
    'internal: stamps and checks a row that COPY FROM has read (42501 when it is refused); returns true';

CREATE FUNCTION djust_tenants.copied_rows(model anyelement) RETURNS SETOF anyelement
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_copied_rows';
COMMENT ON FUNCTION djust_tenants.copied_rows(anyelement) IS
    'internal: the rows of the COPY FROM that runs, for the INSERT that it becomes where triggers or policies need one';
