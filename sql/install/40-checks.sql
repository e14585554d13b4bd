-- What the planner puts beside our condition in a row-security check, so that a refused row says why.

CREATE FUNCTION djust_tenants.refuse_row(relid oid, kind smallint) RETURNS boolean
    LANGUAGE c VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_refuse_row';
COMMENT ON FUNCTION djust_tenants.refuse_row(oid, smallint) IS
    'internal: raises the error of a row that a scoped table refuses (42501, 55000 or 22023); never returns';
