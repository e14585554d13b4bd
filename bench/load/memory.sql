-- Ten tables of 2,000 tenants, a row each; and the same as a schema for each tenant, which the scale cases use too.
-- psql variable: schemas (how many of the 2,000 get one).
\set ON_ERROR_STOP on
SET client_min_messages = warning;
INSERT INTO djust_tenants.tenant (id, name) SELECT 't' || n, 't' || n FROM generate_series(1, 2000) AS n
    ON CONFLICT DO NOTHING;
SELECT format('CREATE SCHEMA %s_memory', variant), format('GRANT USAGE ON SCHEMA %s_memory TO PUBLIC', variant)
FROM unnest(ARRAY['limit', 'ours', 'setting']) AS variant
\gexec
SELECT format('CREATE TABLE %s_memory.t%s (tenant_id text NOT NULL, id bigint NOT NULL, title text NOT NULL, '
              'PRIMARY KEY (tenant_id, id))', variant, t),
       format('INSERT INTO %s_memory.t%s SELECT ''t'' || n, n::bigint * 1000000 + 1, n || ''-1'' '
              'FROM generate_series(1, 2000) AS n', variant, t),
       format('GRANT ALL ON %s_memory.t%s TO PUBLIC', variant, t)
FROM unnest(ARRAY['limit', 'ours', 'setting']) AS variant, generate_series(1, 10) AS t
\gexec
SELECT djust_tenants.scope_table(format('%I.%I', schemaname, tablename)::regclass) FROM pg_tables
WHERE schemaname = 'ours_memory';
SELECT format('ALTER TABLE setting_memory.t%s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t),
       format('CREATE POLICY tenant ON setting_memory.t%s USING (tenant_id = current_setting(''app.tenant''))', t)
FROM generate_series(1, 10) AS t
\gexec
-- One statement a schema: a schema's commands are one transaction.
SELECT format('CREATE SCHEMA schema_%s ', n)
       || string_agg(format('CREATE TABLE t%s (id bigint PRIMARY KEY, title text NOT NULL) ', t), '' ORDER BY t),
       format('GRANT USAGE ON SCHEMA schema_%s TO bench_app', n),
       format('GRANT ALL ON ALL TABLES IN SCHEMA schema_%s TO bench_app', n),
       'DO $$BEGIN ' || string_agg(format('INSERT INTO schema_%s.t%s VALUES (%s, %L);', n, t, n::bigint * 1000000 + 1, n || '-1'),
                                   ' ') || ' END$$'
FROM generate_series(1, :schemas) AS n, generate_series(1, 10) AS t GROUP BY n ORDER BY n
\gexec
