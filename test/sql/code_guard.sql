-- Signed mode: a role that row-level security binds leaves no code, no settings and no shadowing names behind.
LOAD 'djust_tenants';
CREATE SCHEMA "Code Guard";
CREATE SCHEMA "Code Other";
CREATE ROLE regress_code_app CREATEROLE;
CREATE ROLE regress_code_bypass BYPASSRLS;
GRANT ALL ON SCHEMA "Code Guard", "Code Other" TO regress_code_app, regress_code_bypass;
DO $$ BEGIN EXECUTE format('GRANT ALL ON DATABASE %I TO regress_code_app, regress_code_bypass', current_database()); END $$;
CREATE FOREIGN DATA WRAPPER regress_code_fdw;
GRANT USAGE ON FOREIGN DATA WRAPPER regress_code_fdw TO regress_code_app;
SET search_path TO "Code Guard";
CREATE FUNCTION foreign_text() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
CREATE FUNCTION foreign_check(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
-- an order of their own, by default, for a type that PostgreSQL has given none
CREATE FUNCTION json_order(json, json) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE FUNCTION json_compares(json, json) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR < (LEFTARG = json, RIGHTARG = json, FUNCTION = json_compares);
CREATE OPERATOR CLASS json_ops DEFAULT FOR TYPE json USING btree AS OPERATOR 1 <, FUNCTION 1 json_order(json, json);
CREATE FUNCTION foreign_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SET ROLE regress_code_app;
CREATE TABLE mine (id int, body text, tenant text);
CREATE TABLE parted (id int, body text) PARTITION BY RANGE (id);
CREATE TABLE scoped (id int, tenant_id text, body text);
CREATE VIEW mine_view AS SELECT * FROM mine;
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION my_function() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE MATERIALIZED VIEW mine_matview AS SELECT * FROM mine;
CREATE POLICY p ON mine USING (true);
CREATE FUNCTION my_text(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION my_number(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION pair_number(pair) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1.a';
CREATE TABLE "Code Other".orders (id int);
CREATE INDEX scoped_body_idx ON scoped (body);
ALTER TABLE scoped ADD CONSTRAINT scoped_checked CHECK (length(body) < 99) NOT VALID;
CREATE TRIGGER scoped_trigger BEFORE INSERT ON scoped FOR EACH ROW EXECUTE FUNCTION foreign_trigger();
CREATE TABLE scoped_parted (id int, tenant_id text) PARTITION BY RANGE (id);
CREATE TABLE scoped_part PARTITION OF scoped_parted FOR VALUES FROM (0) TO (9);
-- what migrations have left in tables of his that are not scoped
CREATE TABLE coded (dropped int, id int DEFAULT my_function(), body text CHECK (foreign_check(body)), made text DEFAULT foreign_text())
    PARTITION BY RANGE (id);
ALTER TABLE coded DROP COLUMN dropped;
ALTER TABLE coded ADD COLUMN generated text;
CREATE INDEX coded_expression ON coded (my_text(body), id) WHERE foreign_check(body);
CREATE TABLE coded_0 PARTITION OF coded FOR VALUES FROM (-9) TO (0);
CREATE TABLE coded_plain (id int DEFAULT my_function(), body text CHECK (foreign_check(body)),
    made text GENERATED ALWAYS AS (my_text(body)) STORED, EXCLUDE USING btree (my_text(body) WITH =));
CREATE STATISTICS coded_statistics ON (my_text(body)), id FROM coded_plain;
CREATE TABLE coded_keys (id int) PARTITION BY LIST (my_number(id));
CREATE TABLE coded_keys_1 PARTITION OF coded_keys FOR VALUES IN (1, 2);
CREATE TABLE "Code Other".scoped_reindexed (id int, tenant_id text, body text);
CREATE UNIQUE INDEX ON "Code Other".scoped_reindexed (my_text(body), tenant_id);
CREATE TABLE other_parted (id int, tenant_id text) PARTITION BY RANGE (id);
CREATE TABLE forged AS SELECT 15 AS id, 'globex'::text AS tenant_id;
CREATE TABLE scoped_keyed (tenant_id text, body text UNIQUE);
CREATE TABLE keys (id int PRIMARY KEY);
CREATE TABLE tenants (id text PRIMARY KEY);
SET client_min_messages = warning;
SELECT djust_tenants.scope_table('scoped');
SELECT djust_tenants.scope_table('scoped_parted');
SELECT djust_tenants.scope_table('scoped_keyed');
SELECT djust_tenants.scope_table('"Code Other".scoped_reindexed');
RESET client_min_messages;
RESET ROLE;
INSERT INTO scoped VALUES (1, 'acme', '12'), (2, 'globex', 'secret');

-- open mode: nothing of it
SET ROLE regress_code_app;
CREATE FUNCTION open_mode() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TEMP TABLE orders (id int);
DROP TABLE orders;
RESET ROLE;
SET djust_tenants.context_mode = signed;
SET ROLE regress_code_app;

-- the whole messages
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TEMP TABLE orders (id int);
ALTER TABLE mine ALTER COLUMN body SET DEFAULT foreign_text();
ALTER TABLE scoped ALTER COLUMN body TYPE int USING body::int;
\set VERBOSITY terse
-- code
CREATE OR REPLACE FUNCTION my_function() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION my_function() SECURITY DEFINER;
ALTER FUNCTION my_function() SET search_path = 'x';
ALTER FUNCTION my_function() RENAME TO lower;
ALTER FUNCTION my_function() SET SCHEMA "Code Other";
ALTER FUNCTION my_function() OWNER TO CURRENT_USER;
ALTER ROUTINE my_function() STRICT;
CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int);
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = int, FUNCTION = foreign_check);
CREATE OPERATOR CLASS c FOR TYPE int USING btree AS STORAGE int;
CREATE OPERATOR FAMILY fam USING btree;
CREATE CAST (mine AS text) WITH INOUT;
CREATE TYPE t AS (a int);
CREATE TYPE e AS ENUM ('a');
CREATE TYPE r AS RANGE (SUBTYPE = int);
CREATE TYPE shell;
ALTER TYPE pair ADD ATTRIBUTE c int;
ALTER TYPE pair RENAME TO text;
ALTER TYPE pair RENAME ATTRIBUTE a TO z;
CREATE DOMAIN d AS text CHECK (foreign_check(VALUE));
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION int4recv(internal));
CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION foreign_trigger();
CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION foreign_trigger();
CREATE RULE r AS ON INSERT TO mine DO ALSO NOTHING;
CREATE VIEW v AS SELECT 1;
CREATE OR REPLACE VIEW mine_view AS SELECT id, body, tenant FROM mine;
CREATE TEMP VIEW v AS SELECT 1;
CREATE RECURSIVE VIEW rv (n) AS VALUES (1);
CREATE MATERIALIZED VIEW m AS SELECT 1;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
CREATE POLICY q ON mine USING (true);
ALTER POLICY p ON mine USING (false);
ALTER POLICY p ON mine RENAME TO q;
CREATE COLLATION c FROM "C";
CREATE TEXT SEARCH CONFIGURATION c (COPY = english);
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple);
CREATE LANGUAGE plsample;
CREATE SERVER s FOREIGN DATA WRAPPER regress_code_fdw;
CREATE USER MAPPING FOR CURRENT_USER SERVER s;
CREATE FOREIGN TABLE ft (id int) SERVER s;
IMPORT FOREIGN SCHEMA public FROM SERVER s INTO "Code Guard";
CREATE PUBLICATION pub FOR TABLE mine;
CREATE SUBSCRIPTION sub CONNECTION '' PUBLICATION p WITH (connect = false);
CREATE STATISTICS st ON (lower(body)), id FROM mine;
CREATE SCHEMA "Code Third";
CREATE SCHEMA "Code Third" CREATE TABLE t (id int);
ALTER SCHEMA "Code Other" RENAME TO other;
CREATE EXTENSION hstore;
ALTER EXTENSION plpgsql UPDATE;
-- settings that the next connection starts with
ALTER ROLE CURRENT_USER SET search_path = 'x';
ALTER ROLE regress_code_app RESET ALL;
ALTER ROLE regress_code_app IN DATABASE postgres SET work_mem = '1MB';
ALTER ROLE ALL SET work_mem = '1MB';
ALTER DATABASE postgres SET work_mem = '1MB';
ALTER SYSTEM SET work_mem = '1MB';
-- expressions in tables and indexes
CREATE TABLE t1 (body text DEFAULT foreign_text());
CREATE TABLE t1 (body text DEFAULT "Code Guard".my_function());
CREATE TABLE t1 (body text, c boolean GENERATED ALWAYS AS (foreign_check(body)) STORED);
CREATE TABLE t1 (body text CHECK (foreign_check(body)));
CREATE TABLE t1 (body xml DEFAULT query_to_xml('SELECT * FROM "Code Guard".scoped', true, true, ''));
CREATE TABLE t1 (body text DEFAULT set_config('search_path', 'x', false));
CREATE TABLE t1 (id int, CHECK ((id + 1) OPERATOR(pg_catalog.>) my_function()));
CREATE TABLE t1 (body text, EXCLUDE USING btree ((foreign_check(body)) WITH =));
CREATE TABLE t1 (body text) PARTITION BY LIST ((foreign_check(body)));
CREATE INDEX ON mine (foreign_check(body));
CREATE INDEX ON mine (id) WHERE foreign_check(body);
CREATE INDEX CONCURRENTLY ON mine (foreign_check(body));
ALTER TABLE mine ADD COLUMN c text DEFAULT foreign_text();
ALTER TABLE mine ADD CHECK (foreign_check(body)) NOT VALID;
ALTER TABLE mine ADD COLUMN c boolean GENERATED ALWAYS AS (foreign_check(body)) STORED;
ALTER VIEW mine_view ALTER COLUMN body SET DEFAULT foreign_text();
-- what is foreign in one is named; also inside what is harmless in itself
\set VERBOSITY default
CREATE TABLE t1 (n int CHECK (n IN (1, my_function())));
CREATE TABLE t1 (n int CHECK (n > ANY (ARRAY[pair_number((1, 2)::pair), 1])));
CREATE TABLE t1 (x xml DEFAULT xmlelement(name a));
\set VERBOSITY sqlstate
CREATE TABLE t1 (p pair[] DEFAULT ARRAY[(1, 2)]::pair[]);
CREATE TABLE t1 (p text CHECK ((p, 1) < ('x', my_function())));
CREATE TABLE t1 (p text DEFAULT (1, 2)::pair::text);
CREATE TABLE t1 (p text DEFAULT (1, 2)::text);
CREATE TABLE t1 (p text CHECK (p::pair IS NULL));
CREATE TABLE t1 (p text CHECK (p::regclass IS NULL));
CREATE TABLE t1 (p text[] CHECK (p::regprocedure[] IS NULL));
CREATE TABLE t1 (p text CHECK ((p, p::pair) IS NULL));
CREATE TABLE t1 (p text CHECK (ROW(p, 1) IN (ROW('a', my_function()))));
CREATE TABLE t1 (p text CHECK ((ARRAY[p, foreign_text()])[1] = 'x'));
CREATE TABLE t1 (p text CHECK (p <> current_setting('djust_tenants.tenant_id', true)));
CREATE TABLE t1 (p text CHECK (p COLLATE "C" <> foreign_text()));
CREATE TABLE t1 (p text CHECK (p = greatest(p, foreign_text())));
CREATE TABLE t1 (p json CHECK (greatest(p, '1') IS NULL));
CREATE TABLE t1 (p json[] CHECK (least(p, '{1}') IS NULL));
CREATE TABLE t1 (p record[]);
\set VERBOSITY terse
-- what is in another table is not what is written: other arguments, another column, a table that is not its parent's
CREATE TABLE coded_1 PARTITION OF coded (made DEFAULT foreign_text() || 'x') FOR VALUES FROM (0) TO (9);
CREATE TABLE coded_1 PARTITION OF coded (CHECK (foreign_check(made))) FOR VALUES FROM (0) TO (9);
CREATE TABLE coded_1 (LIKE coded_plain INCLUDING ALL, CHECK (foreign_check(made)));
CREATE TABLE coded_1 (LIKE coded_plain, made_2 text DEFAULT foreign_text());
CREATE TABLE coded_1 (made text DEFAULT foreign_text());
CREATE TABLE coded_1 (LIKE coded_plain, CHECK (foreign_check(body)), EXCLUDE USING btree (my_text(made) WITH =));
ALTER TABLE coded_plain ALTER COLUMN id TYPE bigint, ALTER COLUMN id SET DEFAULT pair_number((1, 2)::pair);
ALTER TABLE coded_plain ALTER COLUMN id TYPE bigint, ADD CHECK (foreign_check(made));
CREATE STATISTICS coded_statistics_2 ON (my_text(body)), id FROM coded_plain;
-- shadows: temporary and permanent, of relations and of types, by renaming and moving, by every way that makes one
CREATE TEMP TABLE scoped (id int);
CREATE TABLE pg_temp.scoped (id int);
CREATE TEMP TABLE orders AS SELECT 1;
SELECT 1 INTO TEMP orders;
CREATE TEMP SEQUENCE orders;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) CREATE TEMP TABLE orders AS SELECT 1 AS a;
CREATE TEMP TABLE "text" (id int);
CREATE TEMP TABLE jsonb (id int);
CREATE TEMP TABLE pg_class (id int);
CREATE TEMP TABLE tenant (id int);
CREATE TABLE orders (id int);
CREATE TABLE "Code Other".scoped (id int);
SET search_path TO pg_temp, "Code Guard";
CREATE TABLE mine (id int);
SET search_path TO "Code Other";
CREATE TABLE scoped (id int);
SET search_path TO "Code Guard";
CREATE TEMP TABLE harmless (id int);
ALTER TABLE harmless RENAME TO scoped;
ALTER INDEX harmless RENAME TO orders;
ALTER TABLE mine RENAME TO orders;
CREATE TABLE "Code Other".moves (id int);
ALTER TABLE "Code Other".moves RENAME TO scoped;
CREATE TABLE "Code Other".unique_name (id int);
SET ROLE regress_code_bypass;
CREATE TABLE "Code Guard".unique_name (id int);
RESET ROLE;
ALTER TABLE "Code Other".unique_name OWNER TO regress_code_app;
DROP TABLE "Code Guard".unique_name;
CREATE TABLE public.unique_name (id int);
SET ROLE regress_code_app;
ALTER TABLE "Code Other".unique_name SET SCHEMA "Code Guard";
ALTER TABLE "Code Other".moves SET SCHEMA "Code Guard";
SELECT djust_tenants.create_scoped_view('scoped', 'orders');
-- expressions on the rows of all tenants; a table is not opened by its owner either
CREATE INDEX ON scoped ((body || 'x'));
CREATE INDEX ON scoped (id) WHERE length(body) > 3;
ALTER TABLE scoped ADD CHECK (body <> 'secret');
ALTER TABLE scoped ADD CHECK (body <> 'secret') NOT VALID;
ALTER TABLE scoped ADD COLUMN n int GENERATED ALWAYS AS (length(body)) STORED;
ALTER TABLE scoped ALTER COLUMN body TYPE varchar(3);
SELECT djust_tenants.unscope_table('scoped');
-- nor replaced by one of the same name that is not scoped, by whatever way; temporary ones are gone anyway
DROP TABLE scoped;
DROP TABLE IF EXISTS mine, scoped CASCADE;
ALTER TABLE scoped RENAME TO away;
ALTER INDEX scoped RENAME TO away;
ALTER TABLE scoped SET SCHEMA "Code Other";
DROP VIEW mine_view;
ALTER VIEW mine_view RENAME TO away;
ALTER TABLE mine_view RENAME TO away;
SET client_min_messages = error;
DROP OWNED BY CURRENT_USER;
RESET client_min_messages;
DO $$ BEGIN EXECUTE 'DROP TABLE scoped'; EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
CREATE TEMP TABLE passing (id int, tenant_id text);
SELECT djust_tenants.scope_table('passing');
ALTER TABLE passing RENAME TO passed;
DROP TABLE passed;
-- any other change of a scoped table: errors and outcomes tell of all tenants' rows, or the next one meets it
ALTER TABLE scoped ALTER COLUMN body SET NOT NULL;
ALTER TABLE scoped ADD PRIMARY KEY (id);
ALTER TABLE scoped ADD UNIQUE (body);
CREATE UNIQUE INDEX ON scoped (body);
CREATE UNIQUE INDEX CONCURRENTLY ON scoped (tenant_id, body);
ALTER TABLE scoped ADD EXCLUDE USING btree (body WITH =);
ALTER TABLE scoped ADD COLUMN extra int;
ALTER TABLE scoped DROP COLUMN body;
ALTER TABLE scoped ALTER COLUMN body SET DEFAULT 'x';
ALTER TABLE scoped RENAME COLUMN body TO text;
ALTER TABLE scoped RENAME CONSTRAINT scoped_checked TO other;
ALTER TABLE scoped VALIDATE CONSTRAINT scoped_checked;
ALTER TABLE scoped DROP CONSTRAINT scoped_checked;
ALTER TABLE scoped DISABLE TRIGGER USER;
ALTER TABLE scoped ALTER COLUMN body SET STATISTICS 5, SET UNLOGGED;
ALTER TABLE IF EXISTS ONLY "Code Guard".scoped OWNER TO CURRENT_USER;
DROP INDEX scoped_body_idx;
DROP TRIGGER scoped_trigger ON scoped;
ALTER TABLE scoped_parted DETACH PARTITION scoped_part;
ALTER TABLE scoped_parted ATTACH PARTITION forged FOR VALUES FROM (9) TO (20);
ALTER TABLE other_parted ATTACH PARTITION scoped_part FOR VALUES FROM (0) TO (5);
ALTER TABLE forged INHERIT scoped;
CREATE TABLE child () INHERITS (scoped);
CREATE TABLE scoped_part_2 PARTITION OF scoped_parted FOR VALUES FROM (9) TO (20);
DO $$ BEGIN EXECUTE 'ALTER TABLE scoped ALTER COLUMN body SET NOT NULL'; END $$;
-- foreign keys from one and to one: their actions reach all tenants' rows
\set VERBOSITY default
ALTER TABLE mine ADD FOREIGN KEY (body) REFERENCES scoped_keyed (body) ON UPDATE CASCADE;
\set VERBOSITY terse
ALTER TABLE scoped ADD FOREIGN KEY (id) REFERENCES keys ON DELETE CASCADE;
ALTER TABLE scoped ADD FOREIGN KEY (tenant_id) REFERENCES tenants ON UPDATE CASCADE;
CREATE TABLE probe (body text REFERENCES scoped_keyed (body));
-- the login that all tenants share, and what they share it with
ALTER ROLE regress_code_app PASSWORD 'known';
ALTER ROLE CURRENT_USER NOLOGIN;
DROP FUNCTION my_function();
DROP FUNCTION IF EXISTS no_function();
DROP TRIGGER IF EXISTS t ON mine;
DROP SCHEMA "Code Other";
REASSIGN OWNED BY CURRENT_USER TO CURRENT_USER;
ALTER VIEW mine_view SET (security_barrier = true);
ALTER VIEW mine_view RENAME COLUMN body TO b;
ALTER TABLE mine_view RENAME COLUMN body TO b;
-- an index has a name too
CREATE INDEX orders ON mine (id);
CREATE TEMP TABLE scratch_0 (id int);
CREATE INDEX scoped ON scratch_0 (id);
ALTER TABLE scratch_0 ADD CONSTRAINT scoped PRIMARY KEY (id);
DROP TABLE scratch_0;
-- by a DO block, EXECUTE, the error caught; by a function whose owner is bound, called by one who is not
DO $$ BEGIN CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'; END $$;
DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE orders (id int)'; EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
SELECT to_regclass('pg_temp.orders');
RESET ROLE;
CREATE FUNCTION makes_it() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN CREATE FUNCTION "Code Guard".made() RETURNS int LANGUAGE sql AS 'SELECT 1'; END $$;
ALTER FUNCTION makes_it() OWNER TO regress_code_app;
SELECT makes_it();
ALTER FUNCTION makes_it() OWNER TO regress_code_bypass;
SET ROLE regress_code_app;
SELECT makes_it();
-- the settings are not his
SET djust_tenants.guard_ddl = off;
SET djust_tenants.context_mode = open;

-- allowed: relations without foreign code, and what changes no definitions
CREATE TABLE plain (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, body text DEFAULT lower('X') CHECK (length(body) < 9),
    made timestamptz DEFAULT now(), u uuid DEFAULT gen_random_uuid(), twice text GENERATED ALWAYS AS (upper(body)) STORED,
    mine_id int, UNIQUE (body));
CREATE TABLE written (
    kind text CHECK (kind IN ('a', 'b')) CHECK (kind <> ALL (ARRAY['c'::varchar, 'd'])) CHECK (kind COLLATE "C" > 'A'),
    tags text[] DEFAULT ARRAY['x', 'y'] CHECK (tags[1] <> ''), codes varchar(9)[] DEFAULT ARRAY['a']::text[],
    n int CHECK (n = greatest(n, 0)) CHECK (n = least(n, 9)), CHECK ((kind, n) < ('b', 99)), CHECK ((kind, n) IN (('a', 1), ('b', 2))),
    CHECK ((kind, n) IS DISTINCT FROM ('b', 3)), CHECK ((kind, n) IS NOT NULL), best int GENERATED ALWAYS AS (greatest(n, 3)) STORED,
    made timestamp DEFAULT now(), changed timestamp DEFAULT CURRENT_TIMESTAMP CHECK (changed < now()), seen timestamptz DEFAULT LOCALTIMESTAMP,
    day date DEFAULT now() CHECK (day < now()), since date DEFAULT CURRENT_DATE, hour time DEFAULT now(),
    ends timestamptz DEFAULT now() + interval '1 day' CHECK (ends > now() - interval '1 year') CHECK (ends > interval '1 day' + now()),
    month timestamptz DEFAULT date_trunc('month', now()), year int DEFAULT extract(year FROM now()), label text DEFAULT to_char(now(), 'YYYY-MM'),
    key text DEFAULT gen_random_uuid()::text, stamp text DEFAULT now()::text, stamp_2 varchar(40) DEFAULT CURRENT_DATE,
    price numeric CHECK (price > '1'::text::numeric) CHECK (kind::date > '2000-01-01'::date), meta jsonb CHECK (meta['a'] IS NOT NULL));
CREATE TABLE refers (id int REFERENCES plain, t text DEFAULT djust_tenants.current_tenant_id());
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (9);
CREATE TABLE alike (LIKE plain INCLUDING ALL);
-- also of what has foreign code: partitions and copies of it, what replaces itself, and its upkeep
CREATE TABLE coded_1 PARTITION OF coded FOR VALUES FROM (0) TO (9);
CREATE TABLE coded_2 (LIKE coded INCLUDING ALL);
ALTER TABLE coded ATTACH PARTITION coded_2 FOR VALUES FROM (9) TO (20);
CREATE TABLE coded_3 (LIKE coded INCLUDING CONSTRAINTS);
ALTER TABLE coded ATTACH PARTITION coded_3 FOR VALUES FROM (20) TO (30);
CREATE TABLE coded_child () INHERITS (coded_plain);
CREATE TABLE coded_copy (LIKE coded_plain INCLUDING ALL);
SELECT count(*) FROM pg_statistic_ext WHERE stxrelid = 'coded_copy'::regclass;
\d coded_1
\d coded_copy
ALTER TABLE coded_plain ALTER COLUMN id TYPE bigint;
REINDEX INDEX CONCURRENTLY coded_0_my_text_id_idx;
REINDEX TABLE CONCURRENTLY coded_0;
REINDEX TABLE CONCURRENTLY "Code Other".scoped_reindexed;
REINDEX TABLE "Code Other".scoped_reindexed;
ALTER TABLE coded DETACH PARTITION coded_1 CONCURRENTLY;
ALTER TABLE coded_keys DETACH PARTITION coded_keys_1 CONCURRENTLY;
ALTER TABLE coded DETACH PARTITION coded_2;
CLUSTER coded_0 USING coded_0_my_text_id_idx;
CREATE INDEX ON plain (mine_id, lower(body)) WHERE mine_id > 0;
ALTER TABLE plain ADD COLUMN extra int DEFAULT 3, ALTER COLUMN mine_id TYPE bigint, ADD CHECK (extra > 0);
ALTER TABLE plain RENAME TO plain_now;
ALTER TABLE plain_now RENAME COLUMN extra TO orders;
CREATE TABLE copied AS SELECT * FROM plain_now;
CREATE TEMP TABLE scratch (id int);
CREATE TEMP TABLE scratch_2 ON COMMIT DROP AS SELECT 1;
CREATE SEQUENCE counter;
CREATE STATISTICS st ON id, n FROM plain_now;
CREATE INDEX ON scoped (id);
ALTER TABLE scoped ALTER COLUMN body SET STATISTICS 5, SET (fillfactor = 90);
ALTER TABLE "Code Guard".mine ADD FOREIGN KEY (id) REFERENCES plain_now (id);
REFRESH MATERIALIZED VIEW mine_matview;
VACUUM mine;
ANALYZE mine;
CLUSTER plain_now USING plain_pkey;
REINDEX TABLE mine;
TRUNCATE mine;
GRANT SELECT ON mine TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC;
COMMENT ON TABLE mine IS 'x';
CREATE ROLE regress_code_third;
DROP ROLE regress_code_third;
DO $$ BEGIN PERFORM 1; END $$;
EXPLAIN (COSTS OFF) SELECT 1;
PREPARE one AS SELECT 1;
EXPLAIN (COSTS OFF) EXECUTE one;
EXPLAIN (COSTS OFF) DECLARE c CURSOR FOR SELECT 1;
DEALLOCATE one;
DROP TABLE written, refers, plain_now, alike, copied CASCADE;
-- our own functions work
SELECT djust_tenants.scope_table('parted', column_type => 'text', backfill => 'acme');
SELECT djust_tenants.create_scoped_view('scoped');
SELECT count(*) > 0 AS advised FROM djust_tenants.index_advice('scoped');
RESET ROLE;
DROP TABLE public.unique_name;

-- exempt roles; a bound role for which a superuser has switched it off
BEGIN;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE INDEX ON mine (foreign_check(body));  -- which runs as the owner, who is bound
CREATE TEMP TABLE orders (id int);
SET LOCAL ROLE regress_code_bypass;
CREATE VIEW v AS SELECT 1;
ALTER ROLE CURRENT_USER SET work_mem = '1MB';
ROLLBACK;
SET djust_tenants.guard_ddl = off;
SET ROLE regress_code_app;
BEGIN;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TEMP TABLE orders (id int);
ALTER TABLE mine ALTER COLUMN body SET DEFAULT foreign_text();
ALTER TABLE scoped ADD COLUMN n int GENERATED ALWAYS AS (length(body)) STORED;
ALTER ROLE CURRENT_USER SET search_path = 'x';
SELECT djust_tenants.unscope_table('scoped');
DROP TABLE scoped CASCADE;
ROLLBACK;

RESET ROLE;
RESET djust_tenants.guard_ddl;
RESET djust_tenants.context_mode;
RESET search_path;
SET client_min_messages = error;
DROP SCHEMA "Code Guard", "Code Other" CASCADE;
DROP OWNED BY regress_code_app, regress_code_bypass;
DROP FOREIGN DATA WRAPPER regress_code_fdw;
DROP ROLE regress_code_app, regress_code_bypass;
