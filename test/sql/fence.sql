-- Role fences: a role with rows in tenant_role enters those tenants alone, in whatever order roles and tenants are set.
LOAD 'djust_tenants';
CREATE SCHEMA "Fence Test";
CREATE ROLE regress_fence_a;
CREATE ROLE "regress fence B";
CREATE ROLE regress_fence_free;
CREATE ROLE regress_fence_super SUPERUSER;
CREATE ROLE regress_fence_app;
-- may become each of them
GRANT regress_fence_a, "regress fence B", regress_fence_free TO regress_fence_app;
GRANT USAGE ON SCHEMA "Fence Test" TO PUBLIC;
SET search_path TO "Fence Test";
CREATE TABLE note (id int, tenant_id text, body text);
INSERT INTO note VALUES (1, 'fence-a', 'a1'), (2, 'fence-b', 'b1'), (3, 'fence-a', 'a2');
SELECT djust_tenants.scope_table('note');
GRANT ALL ON note TO PUBLIC;

-- who may make them, and of what
SET ROLE regress_fence_app;
SELECT djust_tenants.allow_tenant('regress_fence_a', 'fence-a');
SELECT djust_tenants.disallow_tenant('regress_fence_a', 'fence-a');
SELECT * FROM djust_tenants.tenant_role_fence;
INSERT INTO djust_tenants.tenant_role_fence VALUES ('regress_fence_a', 'fence-a');
RESET ROLE;
GRANT EXECUTE ON FUNCTION djust_tenants.allow_tenant, djust_tenants.disallow_tenant TO regress_fence_app;
GRANT ALL ON djust_tenants.tenant_role_fence TO regress_fence_app;
SET ROLE regress_fence_app;
SELECT djust_tenants.allow_tenant('regress_fence_a', 'fence-a');
SELECT djust_tenants.disallow_tenant('regress_fence_a', 'fence-a');
INSERT INTO djust_tenants.tenant_role_fence VALUES ('regress_fence_a', 'fence-a');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION djust_tenants.allow_tenant, djust_tenants.disallow_tenant FROM regress_fence_app;
REVOKE ALL ON djust_tenants.tenant_role_fence FROM regress_fence_app;
SELECT djust_tenants.allow_tenant(NULL, 'fence-a');
SELECT djust_tenants.allow_tenant('regress_fence_a', NULL);
SELECT djust_tenants.allow_tenant('regress_fence_a', '');
SELECT djust_tenants.allow_tenant('regress_fence_a', 'fence a');
SELECT djust_tenants.allow_tenant('regress_fence_nobody', 'fence-a');
SELECT djust_tenants.allow_tenant('4000000000', 'fence-a');
SELECT djust_tenants.allow_tenant('-', 'fence-a');
\set VERBOSITY sqlstate
SELECT djust_tenants.disallow_tenant(NULL, 'fence-a');
SELECT djust_tenants.disallow_tenant('regress_fence_a', NULL);
SELECT djust_tenants.disallow_tenant('regress_fence_a', 'fence:a');
SELECT djust_tenants.disallow_tenant('regress_fence_nobody', 'fence-a');
SELECT djust_tenants.disallow_tenant('4000000000', 'fence-a');
\set VERBOSITY terse
BEGIN READ ONLY;
SELECT djust_tenants.allow_tenant('regress_fence_a', 'fence-a');
ROLLBACK;
BEGIN READ ONLY;
SELECT djust_tenants.disallow_tenant('regress_fence_a', 'fence-a');
ROLLBACK;
\set VERBOSITY sqlstate
INSERT INTO djust_tenants.tenant_role_fence VALUES ('regress_fence_a', 'fence a');
\set VERBOSITY default
-- what is not there can be taken away, and is no more there for it
SELECT djust_tenants.disallow_tenant('regress_fence_a', 'fence-a');
SELECT * FROM djust_tenants.tenant_role;

-- the fences of what follows; again changes nothing
SELECT djust_tenants.allow_tenant('regress_fence_a', 'fence-a');
SELECT djust_tenants.allow_tenant('"regress fence B"', 'fence-b');
SELECT djust_tenants.allow_tenant('"regress fence B"', 'fence-c');
SELECT xmin AS before FROM djust_tenants.tenant_role_fence WHERE tenant_id = 'fence-a' \gset
SELECT djust_tenants.allow_tenant('regress_fence_a', 'fence-a');
SELECT djust_tenants.disallow_tenant('regress_fence_a', 'fence-b');
SELECT role, tenant_id, tenant_id <> 'fence-a' OR xmin::text = :'before' AS untouched FROM djust_tenants.tenant_role_fence
ORDER BY tenant_id;
-- the view: one's own roles; a condition of one's own sees no others
CREATE FUNCTION peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
    $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
SELECT * FROM djust_tenants.tenant_role ORDER BY tenant_id;
SET ROLE regress_fence_a;
SELECT * FROM djust_tenants.tenant_role WHERE peek(tenant_id);
SET ROLE regress_fence_free;
SELECT * FROM djust_tenants.tenant_role WHERE peek(tenant_id);
SET ROLE regress_fence_app;
SELECT * FROM djust_tenants.tenant_role ORDER BY tenant_id;
RESET ROLE;

-- one login per tenant: its own, by every way
SET SESSION AUTHORIZATION regress_fence_a;
SELECT (djust_tenants.set_current_tenant('fence-a', false)).id;
SELECT id, body FROM note ORDER BY id;
INSERT INTO note (id, body) VALUES (4, 'new') RETURNING tenant_id;
UPDATE note SET body = 'newer' WHERE id = 4;
DELETE FROM note WHERE id = 4;
SELECT djust_tenants.require_tenant(), djust_tenants.tenant_key('k');
-- another's: by the functions at once
SELECT djust_tenants.set_current_tenant('fence-b', false);
SELECT djust_tenants.set_tenant_from_request('{"host": "fence-b.example.com"}');
SELECT djust_tenants.resolve_tenant('{"host": "fence-b.example.com"}');
SELECT djust_tenants.current_tenant_id();
SELECT (djust_tenants.set_tenant_from_request('{"host": "fence-a.example.com"}', false)).id;
-- by a SET when it is used
SET djust_tenants.tenant_id = 'fence-b';
SELECT djust_tenants.current_tenant_id(), (djust_tenants.current_tenant()).id, djust_tenants.tenant_setting('x', '"fallback"');
SELECT id FROM note;
INSERT INTO note (id) VALUES (5);
INSERT INTO note VALUES (5, 'fence-b');
INSERT INTO note VALUES (5, 'fence-a');
SELECT djust_tenants.require_tenant();
\set VERBOSITY sqlstate
UPDATE note SET body = 'x';
DELETE FROM note;
\copy note (id) FROM /dev/null
MERGE INTO note USING (VALUES (5)) v (id) ON note.id = v.id WHEN NOT MATCHED THEN INSERT (id) VALUES (v.id);
SELECT djust_tenants.tenant_key('k');
SELECT djust_tenants.assert_tenant('fence-b');
SELECT djust_tenants.create_for_tenant(NULL::note, '{"id": 5}');
\set VERBOSITY default
SELECT count(*) FROM djust_tenants.get_tenant_queryset(NULL::note);
COPY note TO STDOUT;
SELECT set_config('djust_tenants.tenant_id', 'fence-b', false), (SELECT count(*) FROM note);
-- the registry's row, and that it is there at all, is not shown either
RESET SESSION AUTHORIZATION;
INSERT INTO djust_tenants.tenant (id, name, is_active) VALUES ('fence-b', 'secret', true), ('fence-off', 'gone', false);
SET djust_tenants.require_registered = on;
SET SESSION AUTHORIZATION regress_fence_a;
SELECT * FROM djust_tenants.tenant;
SELECT djust_tenants.set_current_tenant('fence-off');
SELECT djust_tenants.set_current_tenant('fence-nobody');
RESET SESSION AUTHORIZATION;
RESET djust_tenants.require_registered;
DELETE FROM djust_tenants.tenant;
-- tenant_required: an error in place of no rows
SET djust_tenants.tenant_required = on;
SET SESSION AUTHORIZATION regress_fence_a;
SET djust_tenants.tenant_id = 'fence-b';
SELECT id FROM note;
RESET SESSION AUTHORIZATION;
RESET djust_tenants.tenant_required;

-- SET ROLE to somebody who may, SET the tenant, and back
SET SESSION AUTHORIZATION regress_fence_app;
SET ROLE "regress fence B";
SELECT (djust_tenants.set_current_tenant('fence-b', false)).id;
SELECT id FROM note;
SET ROLE regress_fence_a;
SELECT djust_tenants.current_tenant_id();
SELECT id FROM note;
INSERT INTO note (id) VALUES (5);
-- nobody's fence: the application itself has none
RESET ROLE;
SELECT id FROM note;
RESET SESSION AUTHORIZATION;
SELECT djust_tenants.allow_tenant('regress_fence_app', 'fence-a');
SET SESSION AUTHORIZATION regress_fence_app;
SELECT djust_tenants.current_tenant_id();
-- neither by a role that has none, nor by one that may
SET ROLE regress_fence_free;
SELECT djust_tenants.current_tenant_id();
SELECT djust_tenants.set_current_tenant('fence-b', false);
SET ROLE "regress fence B";
SELECT djust_tenants.current_tenant_id();
INSERT INTO note (id) VALUES (5);
-- and the other way round: a tenant of the session user's that the current user may not enter
RESET ROLE;
SELECT (djust_tenants.set_current_tenant('fence-a', false)).id;
SET ROLE "regress fence B";
SELECT djust_tenants.current_tenant_id(), (SELECT count(*) FROM note);
SELECT djust_tenants.set_current_tenant('fence-a', false);
RESET ROLE;
SELECT djust_tenants.current_tenant_id(), (SELECT count(*) FROM note);

-- in the middle of a transaction, after it was judged; savepoints
BEGIN;
SELECT count(*) FROM note;
SET LOCAL ROLE "regress fence B";
SELECT count(*) FROM note;
SAVEPOINT s;
SET LOCAL ROLE regress_fence_a;
SELECT count(*) FROM note;
ROLLBACK TO s;
SELECT count(*) FROM note;
RESET ROLE;
SELECT count(*) FROM note;
SET LOCAL djust_tenants.tenant_id = 'fence-b';
SELECT count(*) FROM note;
SET LOCAL ROLE "regress fence B";
SELECT count(*) FROM note;
COMMIT;

-- kept plans; in a session of one tenant, whose plans have it as a constant
\c -
SET search_path TO "Fence Test";
SET SESSION AUTHORIZATION regress_fence_app;
SET djust_tenants.tenant_id = 'fence-a';
SET plan_cache_mode = force_generic_plan;
PREPARE kept AS SELECT id FROM note ORDER BY id;
PREPARE written AS INSERT INTO note (id) VALUES (6) RETURNING tenant_id;
EXPLAIN (COSTS OFF) EXECUTE kept;
EXECUTE kept;
SET ROLE "regress fence B";
EXECUTE kept;
EXECUTE written;
RESET ROLE;
EXECUTE kept;
-- a change of the session user alone, which no plan depends on
\c -
SET search_path TO "Fence Test";
SET ROLE regress_fence_free;
SET djust_tenants.tenant_id = 'fence-b';
SET plan_cache_mode = force_generic_plan;
PREPARE by_session AS SELECT id FROM note;
EXECUTE by_session;
SET SESSION AUTHORIZATION regress_fence_app;
SET ROLE regress_fence_free;
-- made for a tenant that may not be entered any more: refused, and then made anew
EXECUTE by_session;
EXECUTE by_session;
DEALLOCATE ALL;
RESET plan_cache_mode;
RESET SESSION AUTHORIZATION;

-- cursors
SET SESSION AUTHORIZATION regress_fence_app;
SET djust_tenants.tenant_id = 'fence-a';
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM note ORDER BY id;
FETCH 1 FROM c;
SAVEPOINT s;
SET LOCAL ROLE "regress fence B";
FETCH 1 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
COMMIT;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM note ORDER BY id;
COMMIT;
SET ROLE "regress fence B";
FETCH 1 FROM held;
RESET ROLE;
FETCH 1 FROM held;
CLOSE held;

-- a SECURITY DEFINER function of a role with another fence: nobody's rows inside, and the statement around it goes on
RESET SESSION AUTHORIZATION;
GRANT CREATE ON SCHEMA "Fence Test" TO "regress fence B", regress_fence_free;
SET djust_tenants.guard_ddl = off;
SET ROLE "regress fence B";
CREATE FUNCTION inside_b() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    RETURN format('%s: %s, %s rows', current_user, djust_tenants.current_tenant_id(), (SELECT count(*) FROM "Fence Test".note));
END $$;
CREATE FUNCTION inside_b_sql() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM "Fence Test".note';
CREATE FUNCTION rows_of_b() RETURNS SETOF int LANGUAGE sql SECURITY DEFINER AS 'SELECT id FROM "Fence Test".note';
CREATE FUNCTION write_b() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO "Fence Test".note (id) VALUES (7);
    RETURN 'written';
EXCEPTION WHEN insufficient_privilege THEN RETURN SQLERRM;
END $$;
CREATE FUNCTION enter_b() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN RETURN (djust_tenants.set_current_tenant('fence-b')).id; END $$;
CREATE FUNCTION open_b() RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER AS
    $$ DECLARE c refcursor := 'of_b'; BEGIN OPEN c FOR SELECT id FROM "Fence Test".note; RETURN c; END $$;
CREATE FUNCTION fetch_b(c refcursor) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
    $$ DECLARE i int; BEGIN FETCH c INTO i; RETURN i; END $$;
CREATE FUNCTION trigger_b() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN RAISE NOTICE 'trigger: %', "Fence Test".inside_b(); RETURN NEW; END $$;
CREATE PROCEDURE call_b() LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN RAISE NOTICE 'called: %', "Fence Test".inside_b(); END $$;
SET ROLE regress_fence_free;
CREATE FUNCTION inside_free() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    RETURN format('%s: %s, %s rows', current_user, djust_tenants.current_tenant_id(), (SELECT count(*) FROM "Fence Test".note));
END $$;
CREATE FUNCTION enter_free(id text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN RETURN (djust_tenants.set_current_tenant($1)).id; END $$;
CREATE FUNCTION set_free() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET djust_tenants.tenant_id = 'fence-b' AS
    'SELECT count(*) FROM "Fence Test".note';
RESET ROLE;
SET SESSION AUTHORIZATION regress_fence_a;
SET djust_tenants.tenant_id = 'fence-a';
SELECT id, tenant_id, inside_b(), inside_b_sql(), inside_free() FROM note ORDER BY id;
SELECT id, write_b() FROM note ORDER BY id;
SELECT id, (SELECT count(*) FROM rows_of_b()) FROM note ORDER BY id;
SELECT n.id, r FROM note n LEFT JOIN LATERAL rows_of_b() r ON true ORDER BY n.id;
INSERT INTO note (id, body) SELECT id + 10, inside_b() FROM note RETURNING *;
UPDATE note SET body = inside_b() WHERE id > 10 AND inside_b() IS NOT NULL RETURNING *;
DELETE FROM note WHERE id > 10 RETURNING id, inside_b();
DO $$ DECLARE r record; BEGIN
    FOR r IN SELECT id, tenant_id FROM note ORDER BY id LOOP RAISE NOTICE '%: %', r, inside_b(); END LOOP;
END $$;
CALL call_b();
-- by plans that call the function
RESET SESSION AUTHORIZATION;
SET djust_tenants.tenant_constant = off;
CREATE TRIGGER before_row BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION trigger_b();
CREATE TRIGGER after_row AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION trigger_b();
SET SESSION AUTHORIZATION regress_fence_a;
SET djust_tenants.tenant_id = 'fence-a';
SELECT id, inside_b() FROM note WHERE inside_b_sql() = 0 ORDER BY id;
INSERT INTO note (id) VALUES (20) RETURNING id, tenant_id;
COPY note (id) FROM STDIN;
21
\.
UPDATE note SET body = inside_b() WHERE id >= 20 RETURNING id, tenant_id;
DELETE FROM note WHERE id >= 20;
RESET SESSION AUTHORIZATION;
RESET djust_tenants.tenant_constant;
DROP TRIGGER before_row ON note;
DROP TRIGGER after_row ON note;
SET SESSION AUTHORIZATION regress_fence_a;
SET djust_tenants.tenant_id = 'fence-a';
-- a cursor goes through neither door
BEGIN;
SELECT open_b();
FETCH ALL FROM of_b;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM note ORDER BY id;
FETCH 1 FROM c;
SAVEPOINT s;
SELECT fetch_b('c');
ROLLBACK;
-- entering inside: the session user's fence stands
SELECT enter_free('fence-a');
SELECT enter_free('fence-b');
SELECT enter_b();
SELECT set_free();
-- a role that changes in the middle of a statement and stays
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_fence_app;
SET djust_tenants.tenant_id = 'fence-a';
SELECT id, set_config('role', 'regress fence B', false) FROM note ORDER BY id;
SHOW role;
-- and comes back
SELECT count(set_config('role', 'regress fence B', false)), count(set_config('role', 'none', false)) FROM note;
-- a role that is switched while it is planned
CREATE FUNCTION pg_temp.become_b() RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN PERFORM set_config('role', 'regress fence B', true); RETURN 1; END $$;
SELECT id FROM note WHERE id = pg_temp.become_b();
SHOW role;
DROP FUNCTION pg_temp.become_b();
RESET SESSION AUTHORIZATION;

-- parallel workers judge by the leader's roles
CREATE TABLE wide (id int, tenant_id text);
INSERT INTO wide SELECT i, CASE WHEN i % 2 = 0 THEN 'fence-a' ELSE 'fence-b' END FROM generate_series(1, 2000) i;
SELECT djust_tenants.scope_table('wide');
GRANT ALL ON wide TO PUBLIC;
ALTER TABLE wide SET (parallel_workers = 2);
CREATE FUNCTION count_wide() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN RETURN (SELECT count(*) FROM "Fence Test".wide); END $$;
ALTER FUNCTION count_wide() OWNER TO "regress fence B";
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
SET parallel_leader_participation = off;
SET djust_tenants.tenant_constant = off;
SET SESSION AUTHORIZATION regress_fence_app;
SET djust_tenants.tenant_id = 'fence-a';
EXPLAIN (COSTS OFF) SELECT count(*) FROM wide;
SELECT count(*) FROM wide;
SELECT count_wide();
SET ROLE "regress fence B";
SELECT count(*) FROM wide;
RESET ROLE;
SET djust_tenants.tenant_id = 'fence-b';
SELECT count(*) FROM wide;
RESET SESSION AUTHORIZATION;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET enable_indexscan;
RESET enable_bitmapscan;
RESET enable_indexonlyscan;
RESET parallel_leader_participation;
RESET djust_tenants.tenant_constant;

-- members: a role's fence is its own
SELECT djust_tenants.disallow_tenant('regress_fence_app', 'fence-a');
SET SESSION AUTHORIZATION regress_fence_app;
SET djust_tenants.tenant_id = 'fence-c';
SELECT djust_tenants.current_tenant_id(), pg_has_role('regress_fence_a', 'USAGE');
-- superusers with rows are bound as others are, and those without are not
RESET SESSION AUTHORIZATION;
SELECT djust_tenants.allow_tenant('regress_fence_super', 'fence-a');
SELECT (djust_tenants.set_current_tenant('fence-b', false)).id;
SET ROLE regress_fence_super;
SELECT djust_tenants.current_tenant_id();
SELECT djust_tenants.set_current_tenant('fence-b', false);
SELECT (djust_tenants.set_current_tenant('fence-a', false)).id;
RESET ROLE;

-- by the table itself, and within a transaction: at once, and undone with it
BEGIN;
SET LOCAL ROLE regress_fence_free;
SET LOCAL djust_tenants.tenant_id = 'fence-b';
SELECT count(*) FROM note;
RESET ROLE;
SAVEPOINT s;
INSERT INTO djust_tenants.tenant_role_fence VALUES ('regress_fence_free', 'fence-a');
SET LOCAL ROLE regress_fence_free;
SELECT count(*) FROM note;
ROLLBACK TO s;
SET LOCAL ROLE regress_fence_free;
SELECT count(*) FROM note;
RESET ROLE;
UPDATE djust_tenants.tenant_role_fence SET role = 'regress_fence_free' WHERE role = 'regress_fence_a'::regrole;
SET LOCAL ROLE regress_fence_free;
SELECT count(*) FROM note;
SET LOCAL ROLE regress_fence_app;
SET LOCAL ROLE regress_fence_a;
SELECT count(*) FROM note;
RESET ROLE;
TRUNCATE djust_tenants.tenant_role_fence;
SET LOCAL ROLE regress_fence_free;
SELECT count(*) FROM note;
ROLLBACK;
-- a dump's COPY in replica role
BEGIN;
SET LOCAL session_replication_role = replica;
SET LOCAL djust_tenants.tenant_id = 'fence-b';
SET LOCAL ROLE regress_fence_free;
SELECT count(*) FROM note;
RESET ROLE;
COPY djust_tenants.tenant_role_fence (role, tenant_id) FROM stdin;
regress_fence_free	fence-a
\.
SET LOCAL ROLE regress_fence_free;
SELECT count(*) FROM note;
ROLLBACK;

-- a kept plan when its role gets a fence, and loses it
\c -
SET search_path TO "Fence Test";
SET plan_cache_mode = force_generic_plan;
SET djust_tenants.tenant_id = 'fence-b';
SET ROLE regress_fence_free;
PREPARE kept AS SELECT count(*) FROM note;
EXECUTE kept;
RESET ROLE;
SELECT djust_tenants.allow_tenant('regress_fence_free', 'fence-a');
SET ROLE regress_fence_free;
EXECUTE kept;
RESET ROLE;
SELECT djust_tenants.disallow_tenant('regress_fence_free', 'fence-a');
SET ROLE regress_fence_free;
EXECUTE kept;
RESET ROLE;
DEALLOCATE ALL;
RESET plan_cache_mode;

-- the last row: the fence is gone, and that is said
SELECT djust_tenants.disallow_tenant('"regress fence B"', 'fence-b');
SELECT djust_tenants.disallow_tenant('"regress fence B"', 'fence-c');
SET ROLE "regress fence B";
SELECT (djust_tenants.set_current_tenant('fence-a')).id;
RESET ROLE;

-- a dropped role: its rows hurt nobody, are not shown, and go with the next call
CREATE ROLE regress_fence_gone;
SELECT djust_tenants.allow_tenant('regress_fence_gone', 'fence-a');
DROP ROLE regress_fence_gone;
SELECT role, tenant_id FROM djust_tenants.tenant_role ORDER BY tenant_id;
SELECT count(*) FROM djust_tenants.tenant_role_fence;
SELECT djust_tenants.disallow_tenant('regress_fence_a', 'fence-b');
SELECT count(*) FROM djust_tenants.tenant_role_fence;

-- bounded: more tenants than are remembered
INSERT INTO djust_tenants.tenant_role_fence SELECT 'regress_fence_free', 'fence-' || i FROM generate_series(1, 1500) i;
SET ROLE regress_fence_free;
DO $$ BEGIN
    FOR i IN 1..3000 LOOP
        PERFORM set_config('djust_tenants.tenant_id', 'fence-' || i, true);
        IF (djust_tenants.current_tenant_id() IS NOT NULL) <> (i <= 1500) THEN RAISE 'wrong: %', i; END IF;
    END LOOP;
END $$;
RESET ROLE;

-- the table is not as it was made: nobody enters anything, and all is as before once it is
BEGIN;
ALTER EVENT TRIGGER djust_tenants_protect_extension DISABLE;
ALTER TABLE djust_tenants.tenant_role_fence RENAME TO elsewhere;
SET LOCAL djust_tenants.tenant_id = 'fence-a';
SELECT djust_tenants.current_tenant_id();
SET LOCAL ROLE regress_fence_super;
SELECT djust_tenants.current_tenant_id();
SAVEPOINT s;
SELECT djust_tenants.set_current_tenant('fence-a');
ROLLBACK TO s;
RESET ROLE;
SELECT djust_tenants.allow_tenant('regress_fence_a', 'fence-a');
ROLLBACK TO s;
ALTER TABLE djust_tenants.elsewhere RENAME TO tenant_role_fence;
SELECT djust_tenants.current_tenant_id();
ROLLBACK;
-- which is refused
ALTER TABLE djust_tenants.tenant_role_fence RENAME TO elsewhere;
ALTER TABLE djust_tenants.tenant_role_fence DROP COLUMN tenant_id CASCADE;
ALTER TABLE djust_tenants.tenant_role_fence ALTER role TYPE oid;

-- Code that a role with a fence leaves behind would run as others who have none: it is refused in open mode too. The
-- session user is asked, whatever role it takes, and the current user.
RESET djust_tenants.guard_ddl;
RESET djust_tenants.tenant_id;
SHOW djust_tenants.context_mode;
TRUNCATE djust_tenants.tenant_role_fence;
GRANT CREATE ON SCHEMA "Fence Test" TO PUBLIC;
SET ROLE regress_fence_free;
CREATE FUNCTION of_free() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE of_free (id int);
RESET ROLE;
SELECT djust_tenants.allow_tenant('regress_fence_app', 'fence-a');
SELECT djust_tenants.allow_tenant('"regress fence B"', 'fence-b');
\set VERBOSITY default
SET SESSION AUTHORIZATION regress_fence_app;
SET ROLE regress_fence_free;
CREATE FUNCTION left_behind() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE FUNCTION of_free() RETURNS int LANGUAGE sql AS 'SELECT 2';
\set VERBOSITY terse
CREATE VIEW left_behind AS SELECT 1;
CREATE TRIGGER t BEFORE INSERT ON of_free FOR EACH ROW EXECUTE FUNCTION trigger_b();
CREATE INDEX ON of_free (of_free());
CREATE TABLE "Fence Test".pg_class (id int);
ALTER ROLE regress_fence_free SET search_path = 'x';
ALTER ROLE regress_fence_free PASSWORD 'known';
CREATE TABLE no_code (id int DEFAULT 1);
DROP TABLE no_code;
-- the login's own password is its own
\set VERBOSITY sqlstate
ALTER ROLE regress_fence_app PASSWORD NULL;
\set VERBOSITY terse
RESET ROLE;
ALTER ROLE regress_fence_app PASSWORD NULL;
ALTER ROLE regress_fence_app SET search_path = 'x';
RESET SESSION AUTHORIZATION;
SET ROLE "regress fence B";
CREATE FUNCTION left_behind() RETURNS int LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
-- others are free
SET ROLE regress_fence_free;
CREATE OR REPLACE FUNCTION of_free() RETURNS int LANGUAGE sql AS 'SELECT 2';
RESET ROLE;

TRUNCATE djust_tenants.tenant_role_fence;
RESET djust_tenants.tenant_id;
SET client_min_messages = warning;
DROP SCHEMA "Fence Test" CASCADE;
DROP ROLE regress_fence_a, "regress fence B", regress_fence_free, regress_fence_super, regress_fence_app;
