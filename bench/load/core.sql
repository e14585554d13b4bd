-- The benchmark's first data, which every run loads: roles, tenants, and the rows of all variants under a text, a uuid
-- and a bigint tenant key. psql variables: tenants, rows (of a tenant), stock (rows to delete), quick (true: without most
-- rivals).
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE EXTENSION djust_tenants;
CREATE EXTENSION pg_prewarm;

CREATE ROLE bench_owner;
CREATE ROLE bench_limit LOGIN BYPASSRLS;
CREATE ROLE bench_app LOGIN;
-- What plain row-level security does: everything that is done for speed is off.
CREATE ROLE bench_plain LOGIN;
ALTER ROLE bench_plain SET djust_tenants.tenant_constant = off;
ALTER ROLE bench_plain SET djust_tenants.index_leaky_operators = off;
ALTER ROLE bench_plain SET djust_tenants.skip_redundant_checks = off;
ALTER ROLE bench_plain SET djust_tenants.copy_from = off;

CREATE SCHEMA bench;
-- Gives each run of the client ids of its own to insert.
CREATE SEQUENCE bench.run;
CREATE TABLE bench.tenant AS
    SELECT n,
           'tenant-' || lpad(n::text, 3, '0') AS text_id,
           md5('tenant ' || n)::uuid AS uuid_id,
           1000 + n::bigint AS bigint_id,
           'tenant_' || lpad(n::text, 3, '0') AS schema_name
    FROM generate_series(1, :tenants) AS n;
-- k numbers a tenant's rows. They lie scattered over the table, as they do where many tenants write at the same time.
-- An id belongs to one row alone: otherwise ANALYZE would find most common ids, in each variant's random sample other
-- ones, and planning would cost it up to 2 % more or less.
CREATE TABLE bench.doc AS
    SELECT n, k, n * 1000000 + k AS id, n * 1000000 + 1 + k % 50 AS author_id, 'doc ' || n || '-' || k AS title,
           k % 1000 AS amount
    FROM generate_series(1, :rows) AS k, generate_series(1, :tenants) AS n
    ORDER BY k, n;
CREATE TABLE bench.author AS
    SELECT n, k, n * 1000000 + k AS id, 'author ' || n || '-' || k AS name
    FROM generate_series(1, 50) AS k, generate_series(1, :tenants) AS n
    ORDER BY k, n;
-- What INSERT ... SELECT reads.
CREATE TABLE bench.source AS
    SELECT k AS id, k % 50 AS author_id, 'new ' || k AS title, k % 1000 AS amount FROM generate_series(1, 1000) AS k;
GRANT USAGE ON SCHEMA bench TO PUBLIC;
GRANT SELECT ON bench.tenant, bench.source TO PUBLIC;
INSERT INTO djust_tenants.tenant (id, name)
    SELECT id, id FROM bench.tenant, LATERAL unnest(ARRAY[text_id, uuid_id::text, bigint_id::text]) AS id;

-- The variants: readers have doc and author; each has an entry of its own to write to, and a load to copy to.
CREATE TABLE bench.variant AS
    SELECT variant || '_' || key AS schema, variant, key,
           variant IN ('limit', 'ours', 'setting', 'subselect') AS reads, variant IN ('ours', 'plain') AS scoped
    FROM unnest(ARRAY['limit', 'limit_again', 'ours', 'plain', 'setting', 'subselect', 'trigger']) AS variant,
         unnest(ARRAY['text', 'uuid', 'bigint']) AS key
    WHERE (key <> 'bigint' OR variant IN ('limit', 'ours'))
      AND NOT (:quick AND (variant = 'subselect' OR key <> 'text' AND variant NOT IN ('limit', 'ours')));

SELECT format('CREATE SCHEMA %I', schema),
       format('GRANT USAGE ON SCHEMA %I TO PUBLIC', schema)
FROM bench.variant
\gexec
SELECT format('CREATE TABLE %I.author (tenant_id %s NOT NULL, id bigint NOT NULL, name text NOT NULL, '
              'PRIMARY KEY (tenant_id, id))', schema, key),
       format('INSERT INTO %I.author SELECT %I, id, name FROM bench.author JOIN bench.tenant USING (n) ORDER BY k, n',
              schema, key || '_id')
FROM bench.variant WHERE reads
\gexec
SELECT format('CREATE TABLE %I.%I (tenant_id %s NOT NULL, id bigint NOT NULL, author_id bigint NOT NULL, '
              'title text NOT NULL, amount integer NOT NULL, PRIMARY KEY (tenant_id, id))', schema, t, key)
FROM bench.variant, unnest(ARRAY['doc', 'entry', 'load']) AS t WHERE reads OR t <> 'doc'
\gexec
SELECT format('INSERT INTO %I.%I SELECT %I, id, author_id, title, amount FROM bench.doc JOIN bench.tenant USING (n) '
              'ORDER BY k, n', schema, t, key || '_id')
FROM bench.variant, unnest(ARRAY['doc', 'entry']) AS t WHERE reads OR t <> 'doc'
\gexec
-- Rows of tenant 7 that the DELETE case can use up.
SELECT format('INSERT INTO %I.entry SELECT %I, n * 1000000 + 100000 + k, 1, ''doc 7-stock'', 0 '
              'FROM bench.tenant, generate_series(1, %s) AS k WHERE n = 7', schema, key || '_id', :stock)
FROM bench.variant
\gexec
SELECT format('ALTER TABLE %I.%I OWNER TO bench_owner', schemaname, tablename),
       format('GRANT ALL ON %I.%I TO PUBLIC', schemaname, tablename)
FROM pg_tables JOIN bench.variant ON schema = schemaname
\gexec

-- Ours.
SELECT djust_tenants.scope_table(format('%I.%I', schemaname, tablename)::regclass)
FROM pg_tables JOIN bench.variant ON schema = schemaname WHERE scoped;

-- Rivals: one policy, written by hand, as tutorials have it; the trigger's stamps besides.
SELECT format('ALTER TABLE %1$I.%2$I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', schema, t),
       format('CREATE POLICY tenant ON %1$I.%2$I USING (tenant_id = %3$s)', schema, t,
              format(CASE variant WHEN 'subselect' THEN '(SELECT %s)' ELSE '%s' END, value)),
       format('ALTER TABLE %1$I.%2$I ALTER tenant_id SET DEFAULT %3$s', schema, t, value)
FROM (SELECT *, format('current_setting(''app.tenant'')::%s', key) AS value FROM bench.variant) AS v
     JOIN unnest(ARRAY['doc', 'author', 'entry']) AS t ON reads OR t = 'entry'
WHERE variant IN ('setting', 'subselect', 'trigger')
\gexec
-- COPY FROM is refused under a policy (setting); a trigger can stamp it where there is none.
SELECT format('ALTER TABLE %I.load ENABLE ROW LEVEL SECURITY', schema),
       format('CREATE POLICY tenant ON %I.load USING (tenant_id = current_setting(''app.tenant'')::%s)', schema, key),
       format('ALTER TABLE %I.load ALTER tenant_id SET DEFAULT current_setting(''app.tenant'')::%s', schema, key)
FROM bench.variant WHERE variant = 'setting'
\gexec
SELECT format('CREATE FUNCTION %I.stamp() RETURNS trigger LANGUAGE plpgsql AS '
              '$$BEGIN NEW.tenant_id := current_setting(''app.tenant''); RETURN NEW; END$$', schema),
       format('ALTER TABLE %I.entry ALTER tenant_id DROP DEFAULT', schema),
       format('CREATE TRIGGER stamp BEFORE INSERT ON %1$I.entry FOR EACH ROW EXECUTE FUNCTION %1$I.stamp()', schema),
       format('CREATE TRIGGER stamp BEFORE INSERT ON %1$I.load FOR EACH ROW EXECUTE FUNCTION %1$I.stamp()', schema)
FROM bench.variant WHERE variant = 'trigger'
\gexec

-- Rival: a schema for each tenant; it has no key, so the same tables serve all.
SELECT format('CREATE SCHEMA %I', schema_name),
       format('CREATE TABLE %I.author (id bigint PRIMARY KEY, name text NOT NULL)', schema_name),
       format('CREATE TABLE %I.doc (id bigint PRIMARY KEY, author_id bigint NOT NULL, title text NOT NULL, '
              'amount integer NOT NULL)', schema_name),
       format('INSERT INTO %I.author SELECT id, name FROM bench.author WHERE author.n = %s ORDER BY id',
              schema_name, n),
       format('INSERT INTO %I.doc SELECT id, author_id, title, amount FROM bench.doc WHERE doc.n = %s ORDER BY id',
              schema_name, n),
       format('CREATE TABLE %1$I.entry (LIKE %1$I.doc INCLUDING ALL)', schema_name),
       format('INSERT INTO %1$I.entry SELECT * FROM %1$I.doc', schema_name),
       format('GRANT USAGE ON SCHEMA %I TO bench_app', schema_name),
       format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO bench_app', schema_name)
FROM bench.tenant WHERE NOT :quick ORDER BY n
\gexec

-- Requests are resolved by another strategy for each of these.
SELECT format('CREATE ROLE bench_resolve_%s LOGIN', strategy),
       format('ALTER ROLE bench_resolve_%1$s SET djust_tenants.resolver = %1$L', strategy)
FROM unnest(ARRAY['subdomain', 'header', 'session']) AS strategy
\gexec
