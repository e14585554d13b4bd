-- A cursor, and whatever a portal has stored, is served to the tenant that opened it alone.
LOAD 'djust_tenants';
CREATE SCHEMA "Cursors Test";
CREATE ROLE regress_cursors_app;
GRANT USAGE ON SCHEMA "Cursors Test" TO regress_cursors_app;
SET search_path TO "Cursors Test";
CREATE TABLE note (id int PRIMARY KEY, tenant_id text, body text);
INSERT INTO note SELECT i, CASE WHEN i % 2 = 1 THEN 'acme' ELSE 'globex' END, 'b' || i FROM generate_series(1, 60) i;
SELECT djust_tenants.scope_table('note');
GRANT ALL ON note TO regress_cursors_app;
CREATE FUNCTION inlined() RETURNS SETOF note LANGUAGE sql STABLE AS 'SELECT * FROM "Cursors Test".note';
CREATE FUNCTION stored() RETURNS SETOF note LANGUAGE plpgsql STABLE AS
    $$ BEGIN RETURN QUERY SELECT * FROM "Cursors Test".note ORDER BY id; END $$;
CREATE FUNCTION looped() RETURNS SETOF note LANGUAGE plpgsql STABLE AS
    $$ DECLARE r note; BEGIN FOR r IN SELECT * FROM "Cursors Test".note ORDER BY id LOOP RETURN NEXT r; END LOOP; END $$;
SET ROLE regress_cursors_app;

-- opened as one tenant, fetched as another, as none, and again as its own
SET djust_tenants.tenant_id = 'acme';
BEGIN;
DECLARE c CURSOR FOR SELECT id, tenant_id FROM note ORDER BY id;
FETCH 1 FROM c;
SAVEPOINT a;
SET LOCAL djust_tenants.tenant_id = 'globex';
FETCH 1 FROM c;
ROLLBACK TO a;
FETCH 1 FROM c;
SAVEPOINT b;
SET LOCAL djust_tenants.tenant_id = '';
FETCH 1 FROM c;
ROLLBACK TO b;
\set VERBOSITY sqlstate
SAVEPOINT c;
SELECT (djust_tenants.set_current_tenant('globex')).id;
MOVE 1 FROM c;
ROLLBACK TO c;
SAVEPOINT d;
SET LOCAL djust_tenants.tenant_id = 'globex';
UPDATE note SET body = 'x' WHERE CURRENT OF c;
ROLLBACK TO d;
SET LOCAL djust_tenants.tenant_id = 'globex';
SET LOCAL djust_tenants.tenant_id = 'acme';
FETCH 1 FROM c;
COMMIT;

-- opened without a tenant: empty, and not filled by entering one
RESET djust_tenants.tenant_id;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM note ORDER BY id;
SET LOCAL djust_tenants.tenant_id = 'acme';
FETCH ALL FROM c;
ROLLBACK;

-- where the tables stand: sub-query, CTE, function inlined, function that stores its rows or loops over them
SET djust_tenants.tenant_id = 'acme';
BEGIN;
DECLARE c1 CURSOR FOR SELECT (SELECT max(id) FROM note) FROM generate_series(1, 3);
DECLARE c2 CURSOR FOR WITH n AS MATERIALIZED (SELECT * FROM note) SELECT count(*) FROM n;
DECLARE c3 CURSOR FOR SELECT id FROM inlined() ORDER BY id;
DECLARE c4 CURSOR FOR SELECT id FROM stored();
DECLARE c5 CURSOR FOR SELECT id FROM looped();
FETCH 1 FROM c4;
FETCH 1 FROM c5;
SAVEPOINT a;
SET LOCAL djust_tenants.tenant_id = 'globex';
SAVEPOINT b;
FETCH c1;
ROLLBACK TO b;
FETCH c2;
ROLLBACK TO b;
FETCH c3;
ROLLBACK TO b;
FETCH c4;
ROLLBACK TO b;
FETCH c5;
ROLLBACK TO a;
FETCH c1;
FETCH c2;
FETCH c3;
FETCH c4;
FETCH c5;
COMMIT;

-- WITH HOLD: the rows outlive the transaction, and its tenant
BEGIN;
DECLARE h1 CURSOR WITH HOLD FOR SELECT id FROM note ORDER BY id;
DECLARE h2 SCROLL CURSOR WITH HOLD FOR SELECT id FROM note ORDER BY id;
DECLARE h3 CURSOR WITH HOLD FOR SELECT id FROM inlined() ORDER BY id;
DECLARE h4 CURSOR WITH HOLD FOR SELECT id FROM stored();
DECLARE h5 CURSOR WITH HOLD FOR SELECT id FROM looped();
FETCH 2 FROM h1;
COMMIT;
FETCH 1 FROM h1;
SET djust_tenants.tenant_id = 'globex';
\set VERBOSITY default
FETCH 1 FROM h1;
\set VERBOSITY sqlstate
FETCH ALL FROM h2;
MOVE h2;
FETCH h3;
FETCH h4;
FETCH h5;
RESET djust_tenants.tenant_id;
FETCH h1;
SELECT name FROM pg_cursors ORDER BY 1;
SET djust_tenants.tenant_id = 'acme';
FETCH 1 FROM h1;
FETCH 1 FROM h2;
FETCH h3;
FETCH h4;
FETCH h5;
CLOSE h2;
SET djust_tenants.tenant_id = 'globex';
CLOSE h1;
CLOSE ALL;
-- the tenant of the transaction alone
SET djust_tenants.tenant_id = 'globex';
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'acme';
DECLARE h CURSOR WITH HOLD FOR SELECT id FROM note ORDER BY id;
COMMIT;
FETCH h;
SET djust_tenants.tenant_id = 'acme';
FETCH h;
CLOSE h;
-- left before the rows are stored: the COMMIT fails
BEGIN;
DECLARE h CURSOR WITH HOLD FOR SELECT id FROM note ORDER BY id;
SET djust_tenants.tenant_id = 'globex';
COMMIT;
SELECT count(*) FROM pg_cursors WHERE name = 'h';
SHOW djust_tenants.tenant_id;

-- PL/pgSQL: a reference cursor, and a loop that switches the tenant
SET djust_tenants.tenant_id = 'acme';
CREATE FUNCTION pg_temp.fetch_one(c refcursor) RETURNS int LANGUAGE plpgsql AS
    $$ DECLARE i int; BEGIN FETCH c INTO i; RETURN i; END $$;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM note ORDER BY id;
DECLARE c4 CURSOR FOR SELECT id FROM stored();
SELECT pg_temp.fetch_one('c'), pg_temp.fetch_one('c4');
SAVEPOINT a;
SET LOCAL djust_tenants.tenant_id = 'globex';
SELECT pg_temp.fetch_one('c');
ROLLBACK TO a;
SET LOCAL djust_tenants.tenant_id = 'globex';
SELECT pg_temp.fetch_one('c4');
ROLLBACK;
\set VERBOSITY default
DO $$
DECLARE
    r record;
    seen int := 0;
BEGIN
    PERFORM djust_tenants.set_current_tenant('acme');
    FOR r IN SELECT id, tenant_id FROM note ORDER BY id LOOP
        seen := seen + 1;
        PERFORM djust_tenants.set_current_tenant('globex');
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE '% (%) after at most ten rows: %', SQLERRM, SQLSTATE, seen <= 10;
END $$;
-- held by a COMMIT in the loop
CREATE PROCEDURE pg_temp.commits() LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    FOR r IN SELECT id, tenant_id FROM note ORDER BY id LOOP
        COMMIT;
        IF r.id > 1 THEN EXIT; END IF;
        PERFORM set_config('djust_tenants.tenant_id', 'globex', false);
        PERFORM set_config('djust_tenants.tenant_id', 'acme', false);
    END LOOP;
    RAISE NOTICE 'came to %', r.id;
END $$;
CALL pg_temp.commits();
-- each tenant's rows by a cursor on a function that enters it
CREATE FUNCTION pg_temp.count_of(tenant text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM djust_tenants.set_current_tenant(tenant);
    RETURN (SELECT count(*) FROM note);
END $$;
BEGIN;
DECLARE c CURSOR FOR SELECT t, pg_temp.count_of(t) FROM unnest('{acme,globex,initech}'::text[]) t;
FETCH 1 FROM c;
FETCH 1 FROM c;
FETCH 1 FROM c;
COMMIT;
-- INSERT ... RETURNING in PL
DO $$
DECLARE r record;
BEGIN
    PERFORM djust_tenants.set_current_tenant('acme');
    FOR r IN INSERT INTO note (id) SELECT i FROM generate_series(101, 103) i RETURNING id, tenant_id LOOP
        RAISE NOTICE '% %', r.id, r.tenant_id;
    END LOOP;
END $$;
-- stored rows have no hook: their portal is closed, and PostgreSQL refuses it with 55000
\set VERBOSITY sqlstate
DO $$
DECLARE r record;
BEGIN
    PERFORM djust_tenants.set_current_tenant('acme');
    FOR r IN INSERT INTO note (id) SELECT i FROM generate_series(201, 260) i RETURNING id, tenant_id LOOP
        PERFORM djust_tenants.set_current_tenant('globex');
    END LOOP;
END $$;

-- a statement that switches the tenant while it runs
SET djust_tenants.tenant_id = 'acme';
BEGIN;
\set VERBOSITY default
SELECT id, (djust_tenants.set_current_tenant('globex')).id AS entered FROM note ORDER BY note.id LIMIT 2;
ROLLBACK;
\set VERBOSITY sqlstate
BEGIN;
INSERT INTO note (id, body) SELECT 300, (djust_tenants.set_current_tenant('globex')).id;
ROLLBACK;
BEGIN;
UPDATE note SET body = (djust_tenants.set_current_tenant('globex')).id WHERE id = 1 RETURNING body;
ROLLBACK;
BEGIN;
SELECT count(*) FROM note WHERE (djust_tenants.set_current_tenant('globex')).id <> note.tenant_id;
ROLLBACK;
-- to the same one: nothing changes
BEGIN;
SELECT id, (djust_tenants.set_current_tenant('acme')).id AS entered FROM note ORDER BY note.id LIMIT 2;
COMMIT;
SELECT id, tenant_id FROM note WHERE id >= 100 AND id <> 300 ORDER BY id;

-- two-phase commit: no cursor is left, the rows keep their tenant
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'globex';
INSERT INTO note (id) VALUES (400);
DECLARE c CURSOR FOR SELECT id FROM note;
PREPARE TRANSACTION 'regress_cursors';
SHOW djust_tenants.tenant_id;
COMMIT PREPARED 'regress_cursors';
SELECT id FROM note WHERE id = 400;
SET djust_tenants.tenant_id = 'globex';
SELECT id, tenant_id FROM note WHERE id = 400;
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT id FROM note;
PREPARE TRANSACTION 'regress_cursors';
\set VERBOSITY default

RESET ROLE;
DISCARD ALL;
SET client_min_messages = warning;
DROP SCHEMA "Cursors Test" CASCADE;
DROP ROLE regress_cursors_app;
