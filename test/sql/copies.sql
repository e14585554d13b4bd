-- CREATE TABLE AS, SELECT INTO and materialized views of scoped tables, while a tenant is set.
LOAD 'djust_tenants';
CREATE SCHEMA "Copies Test";
CREATE ROLE regress_copies_app;
CREATE ROLE regress_copies_bypass BYPASSRLS;
GRANT ALL ON SCHEMA "Copies Test" TO regress_copies_app, regress_copies_bypass;
SET search_path TO "Copies Test";
CREATE TABLE note (id int, tenant_id text, body text);
CREATE TABLE plain (id int);
INSERT INTO note VALUES (1, 'acme', 'a'), (2, 'globex', 'b');
INSERT INTO plain VALUES (1);
SET client_min_messages = warning;
SELECT djust_tenants.scope_table('note');
RESET client_min_messages;
GRANT ALL ON ALL TABLES IN SCHEMA "Copies Test" TO regress_copies_app, regress_copies_bypass;
CREATE FUNCTION bodies() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT body FROM "Copies Test".note';
CREATE FUNCTION lazy_bodies() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT body FROM "Copies Test".note; END';
CREATE VIEW seen WITH (security_invoker = on) AS SELECT body FROM note;
GRANT SELECT ON seen TO regress_copies_app;

SHOW djust_tenants.guard_copies;
SET ROLE regress_copies_app;
SET djust_tenants.tenant_id = 'acme';
-- the whole message; the copy is made
CREATE TABLE c1 AS SELECT * FROM note;
SELECT * FROM c1;
\set VERBOSITY terse
SELECT id INTO c2 FROM note;
CREATE MATERIALIZED VIEW m1 AS SELECT * FROM note;
REFRESH MATERIALIZED VIEW m1;
PREPARE p AS SELECT * FROM note;
CREATE TABLE c3 AS EXECUTE p;
CREATE TABLE c4 AS SELECT * FROM bodies();
CREATE TABLE c5 AS SELECT * FROM seen;
CREATE TABLE c6 AS SELECT 1 AS a WHERE EXISTS (SELECT FROM note);
CREATE TABLE c7 AS WITH n AS MATERIALIZED (SELECT * FROM note) SELECT count(*) FROM n;
DO $$ BEGIN EXECUTE 'EXPLAIN ANALYZE CREATE TABLE "Copies Test".c8 AS SELECT * FROM "Copies Test".note'; END $$;
DO $$ BEGIN EXECUTE 'CREATE TABLE "Copies Test".c9 AS SELECT * FROM "Copies Test".note'; END $$;
-- no copy of a scoped table's rows: no data, another table, a plain query; a temporary table
CREATE TABLE n1 AS SELECT * FROM note WITH NO DATA;
CREATE MATERIALIZED VIEW m2 AS SELECT * FROM note WITH NO DATA;
CREATE TABLE n2 AS SELECT * FROM plain;
CREATE TEMP TABLE t1 AS SELECT * FROM note;
SELECT * INTO TEMP t2 FROM note;
CREATE TABLE pg_temp.t3 AS SELECT * FROM note;
SET search_path TO pg_temp, "Copies Test";
CREATE TABLE t4 AS SELECT * FROM note;
SET search_path TO "Copies Test";
-- not seen: what a function reads by itself
CREATE TABLE n3 AS SELECT * FROM lazy_bodies();
-- without a tenant there is nothing to copy; the setting is not his
RESET djust_tenants.tenant_id;
CREATE TABLE n4 AS SELECT * FROM note;
SET djust_tenants.guard_copies = off;
RESET ROLE;
-- exempt
SET djust_tenants.tenant_id = 'acme';
CREATE TABLE s1 AS SELECT * FROM note;
SET ROLE regress_copies_bypass;
CREATE TABLE s2 AS SELECT * FROM note;
RESET ROLE;
-- but a materialized view reads as its owner, whoever refreshes it
REFRESH MATERIALIZED VIEW m1;

-- the copy will be scoped itself: nothing to warn of
SET djust_tenants.auto_scope = 'tenant_id';
SET client_min_messages = warning;
SET ROLE regress_copies_app;
CREATE TABLE scoped_copy AS SELECT * FROM note;
CREATE TABLE scoped_copy_2 (a, tenant_id) AS SELECT id, tenant_id AS b FROM note;
CREATE TABLE open_copy (a, b) AS SELECT id, tenant_id FROM note;
CREATE MATERIALIZED VIEW m3 AS SELECT * FROM note;
-- (EXPLAIN fires no event trigger)
DO $$ BEGIN EXECUTE 'EXPLAIN ANALYZE CREATE TABLE "Copies Test".explained_copy AS SELECT * FROM "Copies Test".note'; END $$;
RESET ROLE;
SELECT target, policy_ok FROM djust_tenants.scoped_table WHERE target::text ~ 'copy' ORDER BY target::text;
RESET client_min_messages;
RESET djust_tenants.auto_scope;

-- refused
SET djust_tenants.guard_copies = refuse;
SET ROLE regress_copies_app;
\set VERBOSITY default
CREATE TABLE r1 AS SELECT * FROM note;
\set VERBOSITY terse
SELECT * INTO r1 FROM note;
CREATE MATERIALIZED VIEW r1 AS SELECT * FROM note;
REFRESH MATERIALIZED VIEW m1;
CREATE TABLE r1 AS EXECUTE p;
CREATE TEMP TABLE r1 AS SELECT * FROM note;
EXPLAIN (ANALYZE) CREATE TABLE r1 AS SELECT * FROM note;
DO $$ BEGIN CREATE TABLE r1 AS SELECT * FROM bodies(); EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
SELECT to_regclass('r1'), (SELECT relispopulated FROM pg_class WHERE oid = 'm2'::regclass);
CREATE TABLE r2 AS SELECT * FROM plain;
EXPLAIN (COSTS OFF) CREATE TABLE r1 AS SELECT id FROM plain;
RESET ROLE;
CREATE TABLE r3 AS SELECT * FROM note;
-- off
SET djust_tenants.guard_copies = off;
SET ROLE regress_copies_app;
CREATE TABLE o1 AS SELECT * FROM note;
RESET ROLE;
SET djust_tenants.guard_copies = maybe;
RESET djust_tenants.guard_copies;
RESET djust_tenants.tenant_id;
DEALLOCATE p;

RESET search_path;
SET client_min_messages = error;
DROP SCHEMA "Copies Test" CASCADE;
DROP OWNED BY regress_copies_app, regress_copies_bypass;
DROP ROLE regress_copies_app, regress_copies_bypass;
