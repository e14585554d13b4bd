-- What a tenant leaves on a connection: temporary objects, PREPARE, LISTEN, held cursors; the next tenant is refused, or
-- they go.
LOAD 'djust_tenants';
CREATE SCHEMA "Leftovers Test";
CREATE ROLE regress_leftovers_app;
CREATE ROLE regress_leftovers_admin BYPASSRLS;
GRANT USAGE, CREATE ON SCHEMA "Leftovers Test" TO regress_leftovers_app, regress_leftovers_admin;
SET search_path TO "Leftovers Test";
CREATE TABLE note (id int PRIMARY KEY, tenant_id text);
INSERT INTO note VALUES (1, 'acme'), (2, 'globex');
SELECT djust_tenants.scope_table('note');
GRANT ALL ON note TO regress_leftovers_app, regress_leftovers_admin;
-- leaves one thing of each kind
CREATE PROCEDURE leave(what text) LANGUAGE plpgsql AS $$ BEGIN
    CASE what
        WHEN 'table' THEN CREATE TEMP TABLE kept AS SELECT * FROM note;
        WHEN 'statement' THEN EXECUTE 'PREPARE kept AS SELECT ''secret of acme''';
        WHEN 'channel' THEN LISTEN kept;
        WHEN 'cursor' THEN EXECUTE 'DECLARE kept CURSOR WITH HOLD FOR SELECT ''secret of acme''';
    END CASE;
END $$;
-- enters globex in each way, and says what came of it
CREATE FUNCTION tried(how text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE outcome text; BEGIN
    CASE how
        WHEN 'SET' THEN SET djust_tenants.tenant_id = 'globex';
        WHEN 'SET LOCAL' THEN SET LOCAL djust_tenants.tenant_id = 'globex';
        WHEN 'set_config' THEN PERFORM set_config('djust_tenants.tenant_id', 'globex', true);
        WHEN 'pg_settings' THEN UPDATE pg_settings SET setting = 'globex' WHERE name = 'djust_tenants.tenant_id';
        WHEN 'set_current_tenant' THEN PERFORM djust_tenants.set_current_tenant('globex');
        WHEN 'from_request' THEN PERFORM djust_tenants.set_tenant_from_request('{"host": "globex.app.example"}');
    END CASE;
    RETURN coalesce(djust_tenants.current_tenant_id(), 'nobody');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS outcome = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ': ' || outcome;
END $$;
CREATE VIEW ways AS SELECT unnest('{SET,SET LOCAL,set_config,pg_settings,set_current_tenant,from_request}'::text[]) AS how;
GRANT SELECT ON ways TO PUBLIC;

-- off, today's truth: everything is met
SET ROLE regress_leftovers_app;
SET djust_tenants.tenant_id = 'acme';
CALL leave('table'); CALL leave('statement'); CALL leave('channel'); CALL leave('cursor');
SET djust_tenants.tenant_id = 'globex';
SELECT * FROM kept;
EXECUTE kept;
SELECT pg_listening_channels();
FETCH ALL FROM kept;
-- and belongs to nobody when the guard is switched on later
RESET ROLE;
SET djust_tenants.guard_session = refuse;
SET ROLE regress_leftovers_app;
SET djust_tenants.tenant_id = 'acme';
RESET ROLE;
RESET djust_tenants.tenant_id;
DISCARD TEMP; DEALLOCATE ALL; UNLISTEN *; CLOSE ALL;

-- refuse: nobody comes in, by any way, as long as something is there; one's own tenant does, and no tenant
SET ROLE regress_leftovers_app;
SET djust_tenants.guard_session = off;
SET djust_tenants.tenant_id = 'acme';
CALL leave('table');
SET djust_tenants.tenant_id = 'globex';
SELECT djust_tenants.set_current_tenant('globex');
\set VERBOSITY terse
SELECT how, tried(how) FROM ways;
SET djust_tenants.tenant_id = 'acme';
SELECT (djust_tenants.set_current_tenant('acme', false)).id;
SET djust_tenants.tenant_id = '';
SELECT how, tried(how) FROM ways;
SELECT djust_tenants.set_current_tenant(NULL), djust_tenants.clear_current_tenant();
DROP TABLE kept;
SELECT how, tried(how) FROM ways;
SET djust_tenants.tenant_id = 'acme';
CALL leave('statement');
SELECT how, tried(how) FROM ways;
DEALLOCATE kept;
SELECT how, tried(how) FROM ways;
SET djust_tenants.tenant_id = 'acme';
CALL leave('channel');
SELECT how, tried(how) FROM ways;
UNLISTEN kept;
SELECT how, tried(how) FROM ways;
SET djust_tenants.tenant_id = 'acme';
CALL leave('cursor');
SELECT how, tried(how) FROM ways;
CLOSE kept;
SELECT how, tried(how) FROM ways;
-- DISCARD ALL, and its parts in a transaction block
SET djust_tenants.tenant_id = 'acme';
CALL leave('table'); CALL leave('statement'); CALL leave('channel'); CALL leave('cursor');
BEGIN;
SAVEPOINT a;
DISCARD TEMP;
SET LOCAL djust_tenants.tenant_id = 'globex';
ROLLBACK TO a;
DISCARD TEMP;
DEALLOCATE ALL;
SAVEPOINT b;
SET LOCAL djust_tenants.tenant_id = 'globex';
ROLLBACK TO b;
UNLISTEN *;
SAVEPOINT c;
SET LOCAL djust_tenants.tenant_id = 'globex';
ROLLBACK TO c;
CLOSE ALL;
SET LOCAL djust_tenants.tenant_id = 'globex';
-- the rollback brings the table and LISTEN back, not the statement and the cursor
ROLLBACK;
SELECT pg_listening_channels(), (SELECT count(*) FROM kept), (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors WHERE name = 'kept') AS cursors;
SET djust_tenants.tenant_id = 'globex';
RESET ROLE;
DISCARD ALL;
SET djust_tenants.guard_session = refuse;
SET search_path TO "Leftovers Test";
SET ROLE regress_leftovers_app;
SET djust_tenants.tenant_id = 'globex';

-- every kind of temporary object
CREATE TEMP VIEW kept AS SELECT 1 AS n;
SET djust_tenants.tenant_id = 'acme';
DROP VIEW kept;
CREATE TEMP SEQUENCE kept;
SET djust_tenants.tenant_id = 'acme';
DROP SEQUENCE kept;
CREATE FUNCTION pg_temp.kept() RETURNS text LANGUAGE sql AS $$ SELECT 'secret of globex' $$;
SET djust_tenants.tenant_id = 'acme';
DROP FUNCTION pg_temp.kept();
CREATE TYPE pg_temp.kept AS ENUM ('secret of globex');
SET djust_tenants.tenant_id = 'acme';
DROP TYPE pg_temp.kept;
CREATE DOMAIN pg_temp.kept AS text DEFAULT 'secret of globex';
SET djust_tenants.tenant_id = 'acme';
DROP DOMAIN pg_temp.kept;
CREATE TYPE pg_temp.kept AS (secret_of_globex int);
SET djust_tenants.tenant_id = 'acme';
DROP TYPE pg_temp.kept;
SELECT 1 AS n INTO TEMP kept;
SET djust_tenants.tenant_id = 'acme';
ALTER TABLE kept RENAME TO renamed;
ALTER TABLE renamed ALTER n TYPE text;
SET djust_tenants.tenant_id = 'acme';
DROP TABLE renamed;
CREATE TABLE pg_temp.kept (id serial PRIMARY KEY);
SET djust_tenants.tenant_id = 'acme';
DROP TABLE kept;
-- in a function, by EXECUTE, in a subtransaction, through a trigger
CREATE FUNCTION making() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE kept AS SELECT NEW.*; RETURN NULL; END $$;
CREATE TABLE source (id int);
CREATE TRIGGER making BEFORE INSERT ON source FOR EACH ROW EXECUTE FUNCTION making();
INSERT INTO source VALUES (1);
SET djust_tenants.tenant_id = 'acme';
DROP TABLE kept;
DO $$ BEGIN BEGIN EXECUTE 'CREATE TEMP TABLE kept AS SELECT 1'; EXCEPTION WHEN OTHERS THEN NULL; END; END $$;
SET djust_tenants.tenant_id = 'acme';
DROP TABLE kept;
-- what is no temporary object does not count
CREATE TABLE stays AS SELECT 1;
CREATE TYPE stays_too AS ENUM ('a');
SET djust_tenants.tenant_id = 'acme';

-- forgotten with the transaction: ON COMMIT DROP, ROLLBACK, ROLLBACK TO
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'acme';
CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT 1;
LISTEN kept;
UNLISTEN kept;
COMMIT;
SET djust_tenants.tenant_id = 'globex';
BEGIN;
CALL leave('table'); CALL leave('channel'); CALL leave('cursor');
SAVEPOINT a;
SET LOCAL djust_tenants.tenant_id = 'acme';
ROLLBACK;
SET djust_tenants.tenant_id = 'acme';
BEGIN;
SAVEPOINT a;
CALL leave('table'); CALL leave('channel'); CALL leave('cursor');
ROLLBACK TO a;
SET LOCAL djust_tenants.tenant_id = 'globex';
COMMIT;
-- LISTEN in an open transaction, released and rolled back savepoints
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'globex';
COMMIT;
BEGIN;
SAVEPOINT a;
LISTEN kept;
RELEASE a;
SET LOCAL djust_tenants.tenant_id = 'globex';
ROLLBACK;
SELECT tried('SET LOCAL');
LISTEN kept;
BEGIN;
SAVEPOINT a;
UNLISTEN kept;
SELECT tried('SET LOCAL');
ROLLBACK TO a;
SELECT tried('SET LOCAL');
SAVEPOINT b;
UNLISTEN kept;
RELEASE b;
LISTEN kept;
SELECT tried('SET LOCAL');
UNLISTEN kept;
SELECT tried('SET LOCAL');
COMMIT;
SELECT pg_listening_channels();

-- a statement of that name that somebody else has made
SET djust_tenants.tenant_id = 'acme';
PREPARE kept AS SELECT 1;
DEALLOCATE kept;
RESET djust_tenants.tenant_id;
PREPARE kept AS SELECT 2;
SET djust_tenants.tenant_id = 'globex';
DEALLOCATE kept;
PREPARE kept AS SELECT 3;
SET djust_tenants.tenant_id = 'acme';
PREPARE kept AS SELECT 4;
SET djust_tenants.tenant_id = 'acme';
DEALLOCATE ALL;
SET djust_tenants.tenant_id = 'acme';

-- made without a tenant: nobody's
RESET djust_tenants.tenant_id;
CALL leave('table'); CALL leave('statement'); CALL leave('channel'); CALL leave('cursor');
SET djust_tenants.tenant_id = 'acme';
SET djust_tenants.tenant_id = 'globex';
RESET djust_tenants.tenant_id;
DISCARD TEMP; DEALLOCATE ALL; UNLISTEN *; CLOSE ALL;

-- a tenant that comes back without being asked for: by the end of a transaction, of a savepoint, of a function, by RESET
SET djust_tenants.tenant_id = 'acme';
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'globex';
CALL leave('table');
COMMIT;
SHOW djust_tenants.tenant_id;
\set VERBOSITY default
SELECT * FROM kept;
\set VERBOSITY terse
SELECT 1;
COPY kept TO STDOUT;
TABLE kept;
CREATE INDEX ON kept (id);
DO $$ BEGIN NULL; END $$;
ALTER TABLE kept ADD x int;
PREPARE mine AS SELECT 1;
BEGIN;
DROP TABLE kept;
SELECT 1 AS in_order_again;
ROLLBACK;
SELECT 1;
DISCARD TEMP;
SELECT 1 AS in_order_again;
BEGIN;
SAVEPOINT a;
SET LOCAL djust_tenants.tenant_id = 'globex';
CALL leave('statement');
ROLLBACK TO a;
EXECUTE kept;
ROLLBACK;
EXECUTE kept;
EXPLAIN (COSTS OFF) EXECUTE kept;
DEALLOCATE kept;
CREATE FUNCTION leaving(what text) RETURNS void LANGUAGE plpgsql SET djust_tenants.tenant_id = 'globex' AS $$ BEGIN CALL leave(what); END $$;
SELECT leaving('cursor');
FETCH kept;
MOVE kept;
CLOSE kept;
SELECT leaving('channel');
SELECT 1;
UNLISTEN *;
SELECT 1 AS in_order_again;
-- a function that enters by its SET is refused as a SET is
CALL leave('table');
SELECT leaving('cursor');
DROP TABLE kept;
RESET ROLE;
-- an exempt role meets everything, and leaves nothing
SET ROLE regress_leftovers_app;
SET djust_tenants.tenant_id = 'acme';
CALL leave('table');
RESET ROLE;
SET ROLE regress_leftovers_admin;
SET djust_tenants.tenant_id = 'globex';
SELECT count(*) FROM pg_class WHERE relname = 'kept';
-- handed on to a role that is bound, it is not in order
SET ROLE regress_leftovers_app;
SELECT * FROM kept;
SET djust_tenants.tenant_id = '';
DROP TABLE kept;
RESET ROLE;
SET ROLE regress_leftovers_admin;
SET djust_tenants.tenant_id = 'acme';
CALL leave('table'); CALL leave('statement'); CALL leave('channel'); CALL leave('cursor');
RESET ROLE;
SET ROLE regress_leftovers_app;
SET djust_tenants.tenant_id = 'globex';
RESET ROLE;
DISCARD ALL;

-- clean: the functions clean up what others have left, and nothing else
SET djust_tenants.guard_session = clean;
SET search_path TO "Leftovers Test";
SET ROLE regress_leftovers_app;
CREATE TEMP TABLE nobodys AS SELECT 1 AS n;
PREPARE nobodys AS SELECT 'nobody''s';
SET djust_tenants.tenant_id = 'acme';
CALL leave('table'); CALL leave('statement'); CALL leave('channel'); CALL leave('cursor');
CREATE TEMP VIEW over_it AS SELECT * FROM kept;
CREATE FUNCTION pg_temp.kept() RETURNS text LANGUAGE sql AS $$ SELECT 'secret of acme' $$;
CREATE VIEW left_now AS SELECT
    (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS relations,
    (SELECT string_agg(proname, ' ') FROM pg_proc WHERE pronamespace = pg_my_temp_schema()) AS functions,
    (SELECT string_agg(name, ' ' ORDER BY name) FROM pg_prepared_statements) AS statements,
    (SELECT string_agg(c, ' ') FROM pg_listening_channels() c) AS channels,
    (SELECT string_agg(name, ' ') FROM pg_cursors WHERE is_holdable) AS cursors;
-- a plain SET cannot clean up
SELECT how, tried(how) FROM ways WHERE how IN ('SET', 'SET LOCAL', 'set_config', 'pg_settings');
SELECT (djust_tenants.set_current_tenant('acme', false)).id;
SELECT * FROM left_now;
-- rolled back: the tables and LISTEN are there again, the statement and the cursor are not (UNLISTEN has its effect at
-- the end of the transaction, and nothing is delivered before)
BEGIN;
SELECT (djust_tenants.set_current_tenant('globex')).id;
SELECT * FROM left_now;
ROLLBACK;
SELECT * FROM left_now;
SELECT (djust_tenants.set_current_tenant('globex', false)).id;
SELECT * FROM left_now;
CALL leave('table'); CALL leave('statement'); CALL leave('channel'); CALL leave('cursor');
SELECT (djust_tenants.set_tenant_from_request('{"host": "acme.app.example"}', false)).id;
SELECT * FROM left_now;
-- an id that is refused cleans nothing
CALL leave('table');
SELECT djust_tenants.set_current_tenant('no tenant');
SELECT relations FROM left_now;
-- what is in use is an error, and all stays as it was
DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM kept LOOP PERFORM djust_tenants.set_current_tenant('globex'); END LOOP; END $$;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM kept;
FETCH c;
SELECT (djust_tenants.set_current_tenant('globex')).id;
ROLLBACK;
SELECT relations FROM left_now;
BEGIN;
DECLARE running CURSOR WITH HOLD FOR SELECT (djust_tenants.set_current_tenant('globex')).id;
\set VERBOSITY sqlstate
SAVEPOINT s;
FETCH running;
ROLLBACK TO s;
\set VERBOSITY terse
SELECT djust_tenants.current_tenant_id();
ROLLBACK;
SELECT relations FROM left_now;
-- so is a function or a type that a statement still needs; what the statement does not need goes
DISCARD TEMP;
CREATE FUNCTION pg_temp.switches() RETURNS text LANGUAGE sql AS
    $$ SELECT djust_tenants.set_current_tenant('globex', false)::text; SELECT 'y'::text $$;
CREATE TYPE pg_temp.pair AS (a int, b text);
CREATE TABLE pg_temp.rows (a int, b text);
CREATE DOMAIN pg_temp.checked AS text CHECK (VALUE <> 'x');
CREATE FUNCTION enters() RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN PERFORM djust_tenants.set_current_tenant('globex', false); RETURN 'entered'; END $$;
\set VERBOSITY default
SELECT ROW(1, enters())::pg_temp.pair;
\set VERBOSITY sqlstate
SELECT pg_temp.switches(), pg_temp.switches();
SELECT enters(), pg_temp.switches();
SELECT ARRAY[ROW(1, enters())]::pg_temp.pair[];
SELECT ROW(1, enters())::pg_temp.rows;
SELECT enters()::pg_temp.checked;
SELECT '{}'::pg_temp.checked[], enters();
DO $$ BEGIN PERFORM ROW(1, enters())::pg_temp.pair; END $$;
BEGIN;
DECLARE c CURSOR FOR SELECT pg_temp.switches();
SELECT (djust_tenants.set_current_tenant('globex')).id;
ROLLBACK;
\set VERBOSITY terse
SELECT relations, functions, djust_tenants.current_tenant_id() FROM left_now;
DO $$ BEGIN RAISE NOTICE '%', enters(); END $$;
SELECT relations, functions, djust_tenants.current_tenant_id() FROM left_now;
SELECT (djust_tenants.set_current_tenant('acme', false)).id;
CALL leave('table');
-- a statement of acme's that enters another tenant goes as well, and PostgreSQL finds it gone when it sends the result
PREPARE entering AS SELECT (djust_tenants.set_current_tenant('globex', false)).id;
EXECUTE entering;
SELECT relations, statements, djust_tenants.current_tenant_id() FROM left_now;
DISCARD TEMP;
SET djust_tenants.tenant_id = '';
PREPARE entering(text) AS SELECT (djust_tenants.set_current_tenant($1, false)).id;
EXECUTE entering('acme');
CALL leave('table');
EXECUTE entering('globex');
SELECT relations, statements, djust_tenants.current_tenant_id() FROM left_now;
RESET djust_tenants.tenant_id;
-- pooled use: each transaction enters its own
BEGIN; SELECT (djust_tenants.set_current_tenant('acme')).id; CALL leave('table'); CALL leave('statement'); SELECT * FROM kept; COMMIT;
BEGIN; SELECT (djust_tenants.set_current_tenant('globex')).id; CALL leave('table'); SELECT * FROM kept; SELECT statements FROM left_now; COMMIT;

-- signed mode: what is made after a tenant has been left is that tenant's still; before the first it is the connection's own
RESET ROLE;
DISCARD ALL;
SET client_min_messages = error;
SELECT djust_tenants.add_signing_key('regress_leftovers', 'HS256', 'a secret of at least thirty-two bytes');
RESET client_min_messages;
SELECT djust_tenants.sign_token('acme', 'regress_leftovers') AS acme, djust_tenants.sign_token('globex', 'regress_leftovers') AS globex \gset
\c
SET client_min_messages = warning;
SET search_path TO "Leftovers Test";
SET djust_tenants.context_mode = signed;
SET djust_tenants.guard_session = clean;
SET ROLE regress_leftovers_app;
PREPARE of_the_pool AS SELECT 'the pool''s';
SELECT (djust_tenants.set_tenant_from_token(:'acme', false)).id;
SELECT djust_tenants.clear_current_tenant();
CREATE TEMP TABLE kept (card text);
PREPARE kept(text) AS INSERT INTO kept VALUES ($1);
LISTEN kept;
SELECT (djust_tenants.set_tenant_from_token(:'globex', false)).id;
SELECT * FROM left_now;
EXECUTE kept('card of globex');
EXECUTE of_the_pool;
RESET ROLE;
SET djust_tenants.guard_session = refuse;
SET ROLE regress_leftovers_app;
BEGIN; SELECT (djust_tenants.set_tenant_from_token(:'globex')).id; COMMIT;
PREPARE kept AS SELECT 1;
BEGIN; SELECT (djust_tenants.set_tenant_from_token(:'acme')).id; COMMIT;
BEGIN; SELECT (djust_tenants.set_tenant_from_token(:'globex')).id; COMMIT;

RESET ROLE;
DISCARD ALL;
SET client_min_messages = warning;
SELECT djust_tenants.drop_signing_key('regress_leftovers');
DROP SCHEMA "Leftovers Test" CASCADE;
DROP ROLE regress_leftovers_app, regress_leftovers_admin;
