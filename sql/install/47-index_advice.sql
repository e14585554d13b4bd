-- What the indexes of a scoped table should become. It asks for the table's owner itself.

CREATE FUNCTION djust_tenants.index_advice(target regclass)
    RETURNS TABLE (index_name regclass, advice text, reason text, ddl text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10 AS 'MODULE_PATHNAME', 'djust_index_advice';
COMMENT ON FUNCTION djust_tenants.index_advice(regclass) IS
    'which indexes of a scoped table would serve a tenant better with the tenant column in front, and which have become redundant: advice is extension, create, drop, invalid, key or keep; ddl is one statement for a live table, or NULL. Changes nothing. For the owner; raises 42501, 22023';
