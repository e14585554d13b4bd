\echo Use "CREATE EXTENSION djust_tenants" to load this file. \quit

-- CREATE, not IF NOT EXISTS: a schema that somebody prepared is refused, and DROP EXTENSION leaves none.
CREATE SCHEMA djust_tenants;
COMMENT ON SCHEMA djust_tenants IS 'djust_tenants: tenant isolation';
GRANT USAGE ON SCHEMA djust_tenants TO PUBLIC;

SET LOCAL search_path TO pg_catalog, pg_temp;
