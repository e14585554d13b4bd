-- Tables with a column for each kind of condition that is not leakproof, and an index on it that begins with the
-- tenant column. The tenant `big` has as many rows as the table's name says; as many again, at least 60,000, are of
-- tenants of 900 rows. psql variable: quick (true: the small one alone).
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION pg_trgm SCHEMA public;
CREATE EXTENSION btree_gin SCHEMA public;
INSERT INTO djust_tenants.tenant (id, name) VALUES ('big', 'Big');
CREATE TYPE public.leaky_state AS ENUM ();
SELECT format('ALTER TYPE public.leaky_state ADD VALUE %L', 'state ' || n) FROM generate_series(0, 99) AS n
\gexec
-- h is as good as random, and the same for everybody and in each run.
CREATE TABLE bench.leaky AS
    SELECT rows, tenant_id, k, md5(tenant_id || k) AS h, ('x' || substr(md5(k || tenant_id), 1, 7))::bit(28)::int AS r
    FROM unnest(CASE WHEN :quick THEN ARRAY[900] ELSE ARRAY[900, 100000] END) AS rows,
         LATERAL (SELECT 'big' AS tenant_id, k FROM generate_series(1, rows) AS k
                  UNION ALL
                  SELECT 'small-' || n, k
                  FROM generate_series(1, greatest(60000, rows) / 900) AS n, generate_series(1, 900) AS k) AS tenants;
CREATE TABLE bench.leaky_table AS
    SELECT DISTINCT variant || '_leaky' AS schema, variant, 'leaky_' || rows AS name, rows
    FROM unnest(ARRAY['limit', 'ours']) AS variant, bench.leaky;
SELECT DISTINCT format('CREATE SCHEMA %I', schema) FROM bench.leaky_table
\gexec
-- The more rows a tenant has, the rarer each value: a query finds about ten.
SELECT format('CREATE TABLE %I.%I (tenant_id text NOT NULL, id bigint NOT NULL, title text NOT NULL, name text, '
              'body tsvector, attributes jsonb, tags text[], price numeric, state public.leaky_state, at timestamptz, '
              'PRIMARY KEY (tenant_id, id))', schema, name),
       format($$INSERT INTO %1$I.%2$I
                SELECT tenant_id, k, tenant_id || '-' || k, substr(h, 1, 12),
                       to_tsvector('simple', 'word' || r %% (%3$s / 9) || ' word' || r / 100000 %% (%3$s / 9)),
                       jsonb_build_object('color', 'c' || r %% (%3$s / 9), 'size', r / 100 %% 50),
                       ARRAY['t' || r %% (%3$s / 9), 'u' || r / 100 %% 100], (r %% (%3$s * 10))::numeric / 90,
                       ('state ' || r %% 100)::public.leaky_state,
                       timestamptz '2025-01-01' + r %% (%3$s * 9600) * interval '1 s'
                FROM bench.leaky WHERE rows = %3$s ORDER BY h$$, schema, name, rows),
       format('CREATE INDEX name_pattern_%3$s ON %1$I.%2$I (tenant_id, name text_pattern_ops)', schema, name, rows),
       format('CREATE INDEX name_trigrams_%3$s ON %1$I.%2$I USING gin (tenant_id, name gin_trgm_ops)', schema, name, rows),
       format('CREATE INDEX body_words_%3$s ON %1$I.%2$I USING gin (tenant_id, body)', schema, name, rows),
       format('CREATE INDEX attributes_path_%3$s ON %1$I.%2$I USING gin (tenant_id, attributes jsonb_path_ops)', schema, name, rows),
       format('CREATE INDEX tags_gin_%3$s ON %1$I.%2$I USING gin (tenant_id, tags)', schema, name, rows),
       format('CREATE INDEX price_btree_%3$s ON %1$I.%2$I (tenant_id, price)', schema, name, rows),
       format('CREATE INDEX state_btree_%3$s ON %1$I.%2$I (tenant_id, state)', schema, name, rows),
       format('CREATE INDEX at_btree_%3$s ON %1$I.%2$I (tenant_id, at)', schema, name, rows),
       format('GRANT USAGE ON SCHEMA %I TO PUBLIC', schema),
       format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO PUBLIC', schema)
FROM bench.leaky_table
\gexec
SELECT djust_tenants.scope_table(format('%I.%I', schema, name)::regclass) FROM bench.leaky_table
WHERE variant = 'ours';
