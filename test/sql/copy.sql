-- COPY FROM on scoped tables: stamped, kept, refused, as INSERT is.
LOAD 'djust_tenants';
CREATE SCHEMA "Copy Test";
SET search_path = "Copy Test", public;
CREATE ROLE regress_copy_app;
CREATE ROLE regress_copy_reader;
CREATE ROLE regress_copy_columns;
CREATE ROLE regress_copy_program;
CREATE ROLE regress_copy_bypass BYPASSRLS;
GRANT USAGE ON SCHEMA "Copy Test"
    TO regress_copy_app, regress_copy_reader, regress_copy_columns, regress_copy_program, regress_copy_bypass;
-- a COPY that is refused before it reads takes '/dev/null' here: the lines after a refused FROM STDIN are SQL to psql
GRANT pg_read_server_files TO regress_copy_app, regress_copy_reader, regress_copy_columns;
GRANT pg_execute_server_program TO regress_copy_program;

CREATE TABLE "No te" (id int PRIMARY KEY, "Org Id" text, body text, made int DEFAULT 7);
SELECT djust_tenants.scope_table('"No te"', 'Org Id');
GRANT SELECT, INSERT, UPDATE, DELETE ON "No te" TO regress_copy_app, regress_copy_program, regress_copy_bypass;
GRANT SELECT ON "No te" TO regress_copy_reader;
GRANT INSERT (id, body) ON "No te" TO regress_copy_columns;

-- with the column, without it, in another order; text, CSV, options
SET ROLE regress_copy_app;
SET djust_tenants.tenant_id = 'acme';
COPY "No te" FROM STDIN;
1	\N	null is stamped	1
2	acme	equal is kept	\N
\.
COPY "No te" (id, body) FROM STDIN;
3	no column
\.
COPY "No te" (body, id, "Org Id") FROM STDIN;
another order	4	\N
\.
COPY "No te" (id, "Org Id", body) FROM STDIN (FORMAT csv, HEADER match, FORCE_NULL ("Org Id"));
id,Org Id,body
5,,nothing
6,"","forced, quoted"
7,acme,"kept"
\.
COPY "No te" ("Org Id", id) FROM STDIN (DELIMITER '|', NULL 'nil', ENCODING 'LATIN1');
nil|8
acme|9
\.
COPY "No te" FROM '/dev/null';
SELECT * FROM "No te" ORDER BY id;

-- the user's WHERE sees the stamped row, and what it leaves out is not refused
COPY "No te" (id, "Org Id") FROM STDIN WHERE "Org Id" = 'acme' AND id > 10;
10	acme
11	\N
12	globex
13	acme
\.
SELECT id FROM "No te" WHERE id BETWEEN 10 AND 19 ORDER BY id;

-- a foreign row in any place: nothing is loaded, and the error names the line
COPY "No te" (id, "Org Id") FROM STDIN;
20	globex
21	acme
\.
COPY "No te" (id, "Org Id") FROM STDIN;
20	acme
21	\N
22	globex
\.
COPY "No te" (id, "Org Id") FROM STDIN WHERE id > 20;
20	globex
21	ACME
\.
COPY "No te" (id, "Org Id") FROM STDIN (FORMAT csv);
20,
21,"acme "
\.
SET ROLE regress_copy_program;
COPY "No te" (id, "Org Id") FROM PROGRAM
    'awk ''BEGIN { for (i = 2001; i <= 3001; i++) print i "\t" (i == 3001 ? "globex" : i == 3000 ? "\\N" : "acme") }''';
COPY "No te" (id, "Org Id") FROM PROGRAM
    'awk ''BEGIN { for (i = 2001; i <= 3001; i++) print i "\t" (i == 3001 ? "globex" : i == 3000 ? "\\N" : "acme") }'''
    WHERE id <= 3000;
SET ROLE regress_copy_app;
SELECT count(*), count(*) FILTER (WHERE id > 2000) FROM "No te";
DELETE FROM "No te" WHERE id > 2000;

-- without a tenant, or with one that was deactivated: refused before anything is read
RESET djust_tenants.tenant_id;
COPY "No te" FROM '/dev/null';
COPY "No te" (id) FROM '/dev/null';
RESET ROLE;
INSERT INTO djust_tenants.tenant (id, name, is_active) VALUES ('retired', 'Retired', false);
SET ROLE regress_copy_app;
SET djust_tenants.tenant_id = 'retired';
COPY "No te" (id) FROM '/dev/null';
SET djust_tenants.tenant_id = 'acme';
RESET ROLE;
DELETE FROM djust_tenants.tenant WHERE id = 'retired';
SET ROLE regress_copy_app;

-- as an INSERT, what is not the tenant's business is as ever: savepoints, errors, other roles' privileges
BEGIN;
SAVEPOINT before;
\set VERBOSITY terse
COPY "No te" (id) FROM STDIN;
30
1
\.
ROLLBACK TO before;
COPY "No te" (id, body) FROM STDIN;
30
\.
ROLLBACK TO before;
COPY "No te" (id, nowhere) FROM '/dev/null';
ROLLBACK TO before;
COPY "No te" (id) FROM '/nonexistent/file';
ROLLBACK TO before;
SET TRANSACTION READ ONLY;
COPY "No te" (id) FROM '/dev/null';
ROLLBACK TO before;
SET row_security = off;
COPY "No te" (id) FROM '/dev/null';
ROLLBACK TO before;
\set VERBOSITY sqlstate
COPY "No te" (id) FROM PROGRAM 'echo 31';
ROLLBACK TO before;
SET ROLE regress_copy_columns;
COPY "No te" (id) FROM PROGRAM 'echo 31';
ROLLBACK;
\set VERBOSITY terse
SET ROLE regress_copy_reader;
COPY "No te" (id) FROM '/dev/null';
SET ROLE regress_copy_columns;
COPY "No te" (id, "Org Id") FROM '/dev/null';
COPY "No te" (id) FROM '/dev/null';
COPY "No te" (id) FROM '/dev/null' WHERE id > 0;
COPY "No te" (id, body) FROM STDIN;
32	by column
\.
SET ROLE regress_copy_app;
SELECT * FROM "No te" WHERE id >= 30;
\set VERBOSITY default

-- a role that bypasses row-level security: stamped when a tenant is set, and free to write any
SET ROLE regress_copy_bypass;
COPY "No te" FROM STDIN;
40	\N	stamped	1
41	globex	anybody's	1
\.
COPY "No te" (id) FROM STDIN;
42
\.
SELECT id, "Org Id" FROM "No te" WHERE id >= 40 ORDER BY id;
RESET djust_tenants.tenant_id;
\set VERBOSITY sqlstate
COPY "No te" (id, "Org Id") FROM STDIN;
43	\N
\.
\set VERBOSITY default
DELETE FROM "No te" WHERE id >= 40;
RESET ROLE;

-- a default that is not ours any more, or is gone
ALTER TABLE "No te" ALTER "Org Id" SET DEFAULT 'globex';
SET ROLE regress_copy_app;
SET djust_tenants.tenant_id = 'acme';
COPY "No te" (id) FROM STDIN;
50
\.
COPY "No te" (id, "Org Id") FROM STDIN;
51	\N
\.
RESET ROLE;
ALTER TABLE "No te" ALTER "Org Id" DROP DEFAULT;
SET ROLE regress_copy_app;
COPY "No te" (id) FROM STDIN;
52
\.
SET ROLE regress_copy_bypass;
COPY "No te" (id) FROM STDIN;
53
\.
SELECT id, "Org Id" FROM "No te" WHERE id >= 50 ORDER BY id;
RESET ROLE;
SELECT djust_tenants.scope_table('"No te"', 'Org Id');

-- the setting, and who may change it
SET djust_tenants.copy_from = off;
SET ROLE regress_copy_app;
COPY "No te" FROM '/dev/null';
\set VERBOSITY terse
SET djust_tenants.copy_from = on;
SET ROLE regress_copy_reader;
COPY "No te" FROM '/dev/null';
\set VERBOSITY default
RESET ROLE;
RESET djust_tenants.copy_from;

-- typed columns, domains that refuse NULL, columns that cannot hold every id
CREATE DOMAIN strict_org AS bigint NOT NULL CHECK (VALUE > 10);
CREATE TABLE by_uuid (id int, tenant_id uuid);
CREATE TABLE by_bigint (tenant_id bigint, id int);
CREATE TABLE by_integer (id int, gone text, tenant_id integer);
ALTER TABLE by_integer DROP COLUMN gone;
CREATE TABLE by_varchar (id int, tenant_id varchar(6));
CREATE TABLE by_domain (id int, tenant_id strict_org);
SELECT djust_tenants.scope_table(t::regclass)
  FROM unnest('{by_uuid,by_bigint,by_integer,by_varchar,by_domain}'::text[]) t;
GRANT SELECT, INSERT ON by_uuid, by_bigint, by_integer, by_varchar, by_domain TO regress_copy_app;
SET ROLE regress_copy_app;
SET djust_tenants.tenant_id = 'a0000000-0000-4000-8000-000000000001';
COPY by_uuid FROM STDIN;
1	\N
2	a0000000-0000-4000-8000-000000000001
3	A0000000-0000-4000-8000-000000000001
\.
COPY by_uuid (id) FROM STDIN;
4
\.
TABLE by_uuid;
COPY by_uuid FROM STDIN;
5	a0000000-0000-4000-8000-000000000002
\.
COPY by_bigint FROM '/dev/null';
COPY by_varchar FROM '/dev/null';
SET djust_tenants.tenant_id = '42';
COPY by_bigint FROM STDIN;
\N	1
42	2
 042	3
\.
COPY by_bigint (id) FROM STDIN;
4
\.
COPY by_integer FROM STDIN;
1	\N
2	42
\.
COPY by_varchar FROM STDIN;
1	\N
2	42
\.
COPY by_domain FROM STDIN;
1	\N
2	42
\.
COPY by_domain (id) FROM STDIN;
3
\.
SELECT 'bigint', id, tenant_id::text FROM by_bigint UNION ALL SELECT 'integer', id, tenant_id::text FROM by_integer
 UNION ALL SELECT 'varchar', id, tenant_id FROM by_varchar UNION ALL SELECT 'domain', id, tenant_id::text FROM by_domain
 ORDER BY 1, 2;
\set VERBOSITY terse
COPY by_bigint FROM STDIN;
43	5
\.
COPY by_integer FROM STDIN;
5	43
\.
COPY by_integer FROM STDIN;
5	forty-two
\.
COPY by_varchar FROM STDIN;
5	42 
\.
COPY by_domain FROM STDIN;
5	43
\.
SET djust_tenants.tenant_id = '7';
COPY by_domain FROM '/dev/null';
COPY by_domain FROM STDIN;
6	\N
\.
COPY by_domain (id) FROM STDIN;
6
\.
\set VERBOSITY default
RESET ROLE;

-- partitions: the root, a leaf with another order of columns; children of inheritance
CREATE TABLE event (id int, tenant_id text, at date) PARTITION BY RANGE (at);
CREATE TABLE event_old PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2024-01-01') PARTITION BY LIST (tenant_id);
CREATE TABLE event_old_acme PARTITION OF event_old FOR VALUES IN ('acme');
CREATE TABLE event_old_rest PARTITION OF event_old DEFAULT;
SELECT djust_tenants.scope_table('event');
CREATE TABLE event_new (at date, gone int, tenant_id text, id int);
ALTER TABLE event_new DROP COLUMN gone;
ALTER TABLE event_new ALTER tenant_id SET NOT NULL;
ALTER TABLE event ATTACH PARTITION event_new FOR VALUES FROM ('2024-01-01') TO ('2026-01-01');
CREATE TABLE base (id int, tenant_id text);
CREATE TABLE derived (extra text) INHERITS (base);
SELECT djust_tenants.scope_table('base');
GRANT SELECT, INSERT ON event, event_new, event_old, event_old_acme, event_old_rest, base, derived TO regress_copy_app;
SET ROLE regress_copy_app;
SET djust_tenants.tenant_id = 'acme';
COPY event FROM STDIN;
1	\N	2021-01-01
2	acme	2025-01-01
\.
COPY event (id, at) FROM STDIN;
3	2022-01-01
4	2025-01-02
\.
COPY event_new FROM STDIN;
2025-01-03	\N	5
\.
COPY event_old (id, at) FROM STDIN;
6	2020-02-02
\.
COPY base FROM STDIN;
1	\N
\.
COPY derived FROM STDIN;
2	\N	more
\.
SELECT tableoid::regclass, * FROM event ORDER BY id;
SELECT tableoid::regclass, * FROM base ORDER BY id;
\set VERBOSITY terse
COPY event FROM STDIN;
7	acme	2021-01-01
8	globex	2025-01-01
\.
COPY event_old_rest FROM STDIN;
9	globex	2021-01-01
\.
COPY event_old_rest FROM STDIN;
9	\N	2021-01-01
\.
\set VERBOSITY default
RESET ROLE;

-- BEFORE ROW triggers run after COPY's WHERE, so the rows go through an INSERT: generated and identity columns,
-- defaults, statement triggers, transition tables, foreign keys, COPY's privileges by column
CREATE TABLE item (
    label text GENERATED ALWAYS AS (body || '/' || tenant_id) STORED,
    gone int,
    id int GENERATED ALWAYS AS IDENTITY,
    note int REFERENCES "No te",
    body text DEFAULT 'a default',
    tenant_id text,
    made int DEFAULT 0
);
ALTER TABLE item DROP COLUMN gone;
SELECT djust_tenants.scope_table('item');
GRANT SELECT ON item TO regress_copy_app, regress_copy_columns;
GRANT INSERT ON item TO regress_copy_app;
GRANT INSERT (body) ON item TO regress_copy_columns;
CREATE FUNCTION before_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.body = 'skip' THEN RETURN NULL; END IF;
    IF NEW.body = 'steal' THEN NEW.tenant_id := 'globex'; END IF;
    IF NEW.body = 'null' THEN NEW.tenant_id := NULL; END IF;
    IF NEW.body = 'switch' THEN
        PERFORM djust_tenants.set_current_tenant('globex');
        NEW.tenant_id := 'globex';
    END IF;
    IF NEW.body = 'nested' THEN COPY "No te" FROM '/dev/null'; END IF;
    IF NEW.body = 'calls' THEN PERFORM djust_tenants.copied_rows(NULL::item); END IF;
    NEW.made := (SELECT count(*) FROM item);
    RETURN NEW;
END $$;
CREATE FUNCTION after_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE '% % of %', TG_WHEN, TG_LEVEL, (SELECT string_agg(body, ',' ORDER BY id) FROM fresh);
    RETURN NULL;
END $$;
CREATE TRIGGER before_item BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION before_item();
CREATE TRIGGER after_item AFTER INSERT ON item REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION after_item();
SET ROLE regress_copy_app;
COPY item FROM STDIN;
71	\N	one	\N	5
72	1	two	acme	5
73	\N	skip	\N	5
\.
COPY item (body, tenant_id) FROM STDIN WHERE tenant_id = 'acme' AND made = 0 AND id > 1;
first	\N
second	globex
nested	acme
\.
COPY item (note) FROM STDIN;
\N
\.
SELECT * FROM item ORDER BY id, body;
\set VERBOSITY terse
COPY item (body, tenant_id) FROM STDIN;
x	\N
y	globex
\.
COPY item (body) FROM STDIN;
x
steal
\.
COPY item (body) FROM STDIN;
null
\.
COPY item (body) FROM STDIN;
calls
\.
COPY item (note) FROM STDIN;
999
\.
BEGIN;
COPY item (body) FROM STDIN;
switch
\.
ROLLBACK;
BEGIN;
COPY item (body) FROM STDIN;
x
switch
x
\.
ROLLBACK;
COPY item (body) FROM '/dev/null' (FREEZE);
COPY item (label) FROM '/dev/null';
COPY item (body) FROM '/dev/null' WHERE label = 'x';
SET ROLE regress_copy_columns;
COPY item (note) FROM '/dev/null';
COPY item (body) FROM STDIN;
by column
\.
SET ROLE regress_copy_app;
\set VERBOSITY default
COPY item (body, note) FROM STDIN;
x	\N
y	number
\.
SELECT count(*), count(DISTINCT tenant_id) FROM item;
RESET ROLE;
CREATE RULE also AS ON INSERT TO item DO ALSO NOTIFY never;
SET ROLE regress_copy_app;
COPY item (body) FROM '/dev/null';
RESET ROLE;
BEGIN;
ALTER TABLE item DISABLE RULE also;
SET LOCAL ROLE regress_copy_app;
COPY item (body) FROM STDIN;
rule disabled
\.
ROLLBACK;
-- COPY does not follow rules
DROP TRIGGER before_item ON item;
SET ROLE regress_copy_app;
COPY item (body) FROM STDIN;
no rule
\.
RESET ROLE;

-- a leaf's trigger counts as the root's
CREATE FUNCTION steal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tenant_id := 'globex';
    RETURN NEW;
END $$;
CREATE TRIGGER steal BEFORE INSERT ON event_old_rest FOR EACH ROW EXECUTE FUNCTION steal();
CREATE TRIGGER steal BEFORE INSERT ON event_new FOR EACH ROW EXECUTE FUNCTION steal();
SET ROLE regress_copy_app;
\set VERBOSITY terse
COPY event (id, at) FROM STDIN;
10	2021-01-01
11	2025-01-01
\.
COPY event FROM STDIN;
10	acme	2021-01-01
\.
\set VERBOSITY default
SELECT id FROM event WHERE id >= 10;
RESET ROLE;

-- a domain that refuses NULL meets the tenant on this way too
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER keep BEFORE INSERT ON by_domain FOR EACH ROW EXECUTE FUNCTION keep();
SET ROLE regress_copy_app;
SET djust_tenants.tenant_id = '42';
COPY by_domain FROM STDIN WHERE tenant_id = 42;
4	\N
5	42
6	43
\.
COPY by_domain (id) FROM STDIN;
7
\.
SELECT * FROM by_domain WHERE id > 3 ORDER BY id;
SET djust_tenants.tenant_id = 'acme';
RESET ROLE;

-- what switches the tenant between two rows: a default, the user's own WHERE, a statement trigger
CREATE FUNCTION switching(id int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF id = 3 THEN PERFORM djust_tenants.set_current_tenant('globex'); END IF;
    RETURN id <> 4;
END $$;
CREATE TABLE sly (id int, tenant_id text, more boolean DEFAULT switching(3));
SELECT djust_tenants.scope_table('sly');
GRANT SELECT, INSERT ON sly TO regress_copy_app;
SET ROLE regress_copy_app;
\set VERBOSITY terse
BEGIN;
COPY sly (id) FROM STDIN;
1
2
\.
ROLLBACK;
BEGIN;
COPY sly (id, tenant_id) FROM STDIN;
1	\N
\.
ROLLBACK;
BEGIN;
COPY sly FROM STDIN WHERE switching(id);
1	\N	t
3	\N	t
\.
ROLLBACK;
BEGIN;
COPY sly FROM STDIN WHERE switching(id) AND id < 3;
1	\N	t
3	globex	t
4	globex	t
\.
ROLLBACK;
BEGIN;
COPY sly FROM STDIN WHERE switching(id);
1	\N	t
4	globex	t
\.
TABLE sly;
ROLLBACK;
RESET ROLE;
ALTER TABLE sly ALTER more DROP DEFAULT;
CREATE FUNCTION switch_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM djust_tenants.set_current_tenant(TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER a_before BEFORE INSERT ON sly FOR EACH STATEMENT EXECUTE FUNCTION switch_statement('globex');
SET ROLE regress_copy_app;
BEGIN;
COPY sly (id) FROM STDIN;
1
\.
ROLLBACK;
BEGIN;
COPY sly (id, tenant_id) FROM STDIN;
1	\N
\.
ROLLBACK;
BEGIN;
COPY sly (id, tenant_id) FROM STDIN;
1	globex
\.
ROLLBACK;
RESET ROLE;
CREATE TRIGGER b_after AFTER INSERT ON sly FOR EACH STATEMENT EXECUTE FUNCTION switch_statement('acme');
SET ROLE regress_copy_app;
BEGIN;
COPY sly (id, tenant_id) FROM STDIN;
1	globex
\.
ROLLBACK;
BEGIN;
COPY sly (id) FROM STDIN;
1
\.
TABLE sly;
ROLLBACK;
COPY sly (id) FROM STDIN WHERE djust_tenants.copied_row();
1
\.
SELECT djust_tenants.copied_row();
SELECT djust_tenants.copied_rows(NULL::sly);
\set VERBOSITY default
RESET ROLE;

-- the application's own policies, each as INSERT has it: ORed, ANDed, per role and command, with a sub-select, on a
-- generated column
CREATE TABLE doc (id int, kind text, size int, twice int GENERATED ALWAYS AS (size * 2) STORED, tenant_id text);
SELECT djust_tenants.scope_table('doc');
GRANT SELECT, INSERT ON doc TO regress_copy_app;
CREATE POLICY drafts ON doc FOR INSERT WITH CHECK (kind = 'draft');
CREATE POLICY small ON doc FOR ALL USING (true) WITH CHECK (size < 10);
CREATE POLICY others ON doc TO regress_copy_reader WITH CHECK (false);
CREATE POLICY hides ON doc AS RESTRICTIVE FOR SELECT USING (id <> 2);
SET ROLE regress_copy_app;
COPY doc FROM STDIN;
1	draft	100	\N
2	other	1	acme
\.
COPY doc (id, kind, size) FROM STDIN WHERE id = 2;
2	draft	3
\.
COPY doc FROM STDIN;
1	draft	100	\N
2	other	100	\N
\.
COPY doc (id, kind) FROM STDIN;
2	\N
\.
SELECT id, kind, size, twice, tenant_id FROM doc;
RESET ROLE;
CREATE POLICY floor ON doc AS RESTRICTIVE FOR INSERT TO regress_copy_app WITH CHECK (size > 0 AND tenant_id = 'acme');
SET ROLE regress_copy_app;
COPY doc (id, kind, size) FROM STDIN;
3	draft	1
4	draft	0
\.
COPY doc (id, kind, size, tenant_id) FROM STDIN;
3	draft	1	\N
4	draft	0	globex
\.
INSERT INTO doc VALUES (4, 'draft', 0);
RESET ROLE;
CREATE POLICY even ON doc AS RESTRICTIVE FOR INSERT WITH CHECK (twice < 100);
SET ROLE regress_copy_app;
COPY doc (id, kind, size) FROM STDIN;
5	draft	49
\.
COPY doc (id, kind, size) FROM STDIN;
6	draft	49
7	draft	50
\.
RESET ROLE;
DROP POLICY even ON doc;
CREATE POLICY known ON doc AS RESTRICTIVE FOR INSERT WITH CHECK (id IN (SELECT n.id FROM "No te" n));
SET ROLE regress_copy_app;
COPY doc (id, kind, size, tenant_id) FROM STDIN;
1	draft	8	\N
2	draft	9	acme
\.
COPY doc (id, kind, size) FROM STDIN;
1	draft	8
777	draft	9
\.
\set VERBOSITY terse
COPY doc (id, kind, size, tenant_id) FROM STDIN;
777	draft	9	globex
\.
\set VERBOSITY default
SELECT id, kind, size, twice, tenant_id FROM doc ORDER BY id, size;
RESET ROLE;

-- no permissive policy for the role: no row may pass, and none may come
CREATE TABLE closed (id int, tenant_id text);
SELECT djust_tenants.scope_table('closed');
GRANT SELECT, INSERT ON closed TO regress_copy_app;
CREATE POLICY others ON closed TO regress_copy_reader USING (true);
SET ROLE regress_copy_app;
COPY closed FROM STDIN WHERE id > 1;
1	acme
\.
COPY closed FROM STDIN;
1	acme
\.
COPY closed (id) FROM STDIN;
1
\.
RESET ROLE;
SELECT count(*) FROM closed;

-- inside functions, and FREEZE on a table of the same transaction
CREATE FUNCTION load_it() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
    COPY "No te" FROM '/dev/null';
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
GRANT CREATE ON SCHEMA "Copy Test" TO regress_copy_app;
SET ROLE regress_copy_app;
SELECT load_it();
BEGIN;
CREATE TABLE frozen (id int, tenant_id text);
SELECT djust_tenants.scope_table('frozen');
COPY frozen FROM STDIN (FREEZE);
1	\N
\.
SELECT * FROM frozen;
COMMIT;
COPY frozen FROM '/dev/null' (FREEZE);
COPY event FROM '/dev/null' (FREEZE);
RESET ROLE;

RESET djust_tenants.tenant_id;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Copy Test" CASCADE;
DROP ROLE regress_copy_app, regress_copy_reader, regress_copy_columns, regress_copy_program, regress_copy_bypass;
