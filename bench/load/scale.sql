-- The same number of rows in tables of 10 to 100,000 tenants. psql variables: sizes (of them, an array), total (rows).
\set ON_ERROR_STOP on
SET client_min_messages = warning;
-- Registered are those that are served: 2,000 of each size, evenly spread (scale.cpp).
INSERT INTO djust_tenants.tenant (id, name)
    SELECT DISTINCT 't' || n, 't' || n
    FROM unnest(:sizes) AS size, generate_series(1, size, size / least(size, 2000)) AS n;
CREATE SCHEMA limit_scale;
CREATE SCHEMA ours_scale;
GRANT USAGE ON SCHEMA limit_scale, ours_scale TO PUBLIC;
SELECT format('CREATE TABLE %s_scale.doc_%s (tenant_id text NOT NULL, id bigint NOT NULL, title text NOT NULL, '
              'PRIMARY KEY (tenant_id, id))', variant, size),
       format('INSERT INTO %s_scale.doc_%s SELECT ''t'' || n, n::bigint * 1000000 + k, n || ''-'' || k '
              'FROM generate_series(1, %s) AS k, generate_series(1, %s) AS n ORDER BY k, n',
              variant, size, :total / size, size),
       format('GRANT ALL ON ALL TABLES IN SCHEMA %s_scale TO PUBLIC', variant)
FROM unnest(ARRAY['limit', 'ours']) AS variant, unnest(:sizes) AS size
\gexec
SELECT djust_tenants.scope_table(format('%I.%I', schemaname, tablename)::regclass) FROM pg_tables
WHERE schemaname = 'ours_scale';
