-- The data of the benchmark: the same rows for every variant, under a text and under a uuid tenant key.
-- psql variables: tenants, rows (of a tenant).
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE EXTENSION djust_tenants;
CREATE EXTENSION pg_prewarm;

CREATE ROLE bench_owner;
CREATE ROLE bench_limit LOGIN BYPASSRLS;
CREATE ROLE bench_app LOGIN;

CREATE SCHEMA bench;
-- Gives each run of the client ids of its own to insert.
CREATE SEQUENCE bench.run;
CREATE TABLE bench.tenant AS
    SELECT n,
           'tenant-' || lpad(n::text, 3, '0') AS text_id,
           md5('tenant ' || n)::uuid AS uuid_id,
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
GRANT USAGE ON SCHEMA bench TO PUBLIC;
GRANT SELECT ON bench.tenant TO PUBLIC;

\set key text
\set schema limit_text
\ir load_tables.sql
\set schema ours_text
\ir load_tables.sql
\set schema setting_text
\ir load_tables.sql
\set schema subselect_text
\ir load_tables.sql
\set schema trigger_text
\ir load_tables.sql
\set key uuid
\set schema limit_uuid
\ir load_tables.sql
\set schema ours_uuid
\ir load_tables.sql
\set schema setting_uuid
\ir load_tables.sql
\set schema subselect_uuid
\ir load_tables.sql
\set schema trigger_uuid
\ir load_tables.sql

-- Ours.
SELECT djust_tenants.scope_table(format('%I.%I', s, t)::regclass)
FROM unnest(ARRAY['ours_text', 'ours_uuid']) AS s, unnest(ARRAY['doc', 'author', 'entry']) AS t;

-- Rivals: one policy, written by hand, as tutorials have it.
SELECT format('ALTER TABLE %1$I.%2$I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', s, t),
       format('CREATE POLICY tenant ON %1$I.%2$I USING (tenant_id = %3$s)', s, t, v),
       format('ALTER TABLE %1$I.%2$I ALTER tenant_id SET DEFAULT current_setting(''app.tenant'')%3$s', s, t, c)
FROM (VALUES ('setting_text', 'current_setting(''app.tenant'')', ''),
             ('setting_uuid', 'current_setting(''app.tenant'')::uuid', '::uuid'),
             ('subselect_text', '(SELECT current_setting(''app.tenant''))', ''),
             ('subselect_uuid', '(SELECT current_setting(''app.tenant'')::uuid)', '::uuid'),
             ('trigger_text', 'current_setting(''app.tenant'')', ''),
             ('trigger_uuid', 'current_setting(''app.tenant'')::uuid', '::uuid')) AS variant(s, v, c),
     unnest(ARRAY['doc', 'author', 'entry']) AS t
\gexec

CREATE FUNCTION trigger_text.stamp() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN NEW.tenant_id := current_setting('app.tenant'); RETURN NEW; END$$;
CREATE FUNCTION trigger_uuid.stamp() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN NEW.tenant_id := current_setting('app.tenant')::uuid; RETURN NEW; END$$;
ALTER TABLE trigger_text.entry ALTER tenant_id DROP DEFAULT;
ALTER TABLE trigger_uuid.entry ALTER tenant_id DROP DEFAULT;
CREATE TRIGGER stamp BEFORE INSERT ON trigger_text.entry FOR EACH ROW EXECUTE FUNCTION trigger_text.stamp();
CREATE TRIGGER stamp BEFORE INSERT ON trigger_uuid.entry FOR EACH ROW EXECUTE FUNCTION trigger_uuid.stamp();

-- Rival: a schema for each tenant; it has no key, so the same tables serve both.
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
FROM bench.tenant ORDER BY n
\gexec

-- Hint bits, visibility map and statistics are as good for everybody before the first measurement.
VACUUM (FREEZE, ANALYZE);
CHECKPOINT;
