-- The first hundred rows of each tenant, in tables with 16, 64 and 256 partitions by hash of the tenant.
-- psql variable: quick (true: without 16, and without the rival).
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE TABLE bench.partitioned AS
    SELECT variant || '_partitions' AS schema, variant, 'doc_' || partitions AS name, partitions
    FROM unnest(ARRAY['limit', 'ours', 'setting']) AS variant, unnest(ARRAY[16, 64, 256]) AS partitions
    WHERE NOT (:quick AND (variant = 'setting' OR partitions = 16));
SELECT DISTINCT format('CREATE SCHEMA %I', schema) FROM bench.partitioned
\gexec
SELECT format('CREATE TABLE %I.%I (tenant_id text NOT NULL, id bigint NOT NULL, title text NOT NULL, '
              'amount integer NOT NULL, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id)', schema, name)
FROM bench.partitioned
\gexec
SELECT format('CREATE TABLE %1$I.%2$I PARTITION OF %1$I.%3$I FOR VALUES WITH (MODULUS %4$s, REMAINDER %5$s)',
              schema, name || '_' || n, name, partitions, n - 1)
FROM bench.partitioned, generate_series(1, partitions) AS n
\gexec
SELECT format('INSERT INTO %I.%I SELECT text_id, id, title, amount FROM bench.doc JOIN bench.tenant USING (n) '
              'WHERE k <= 100 ORDER BY k, n', schema, name),
       format('GRANT USAGE ON SCHEMA %I TO PUBLIC', schema),
       format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO PUBLIC', schema)
FROM bench.partitioned
\gexec
SELECT djust_tenants.scope_table(format('%I.%I', schema, name)::regclass) FROM bench.partitioned
WHERE variant = 'ours';
SELECT format('ALTER TABLE %1$I.%2$I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', schema, name),
       format('CREATE POLICY tenant ON %1$I.%2$I USING (tenant_id = current_setting(''app.tenant''))', schema, name)
FROM bench.partitioned WHERE variant = 'setting'
\gexec
