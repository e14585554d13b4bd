-- TRUNCATE of a scoped table, by whatever path, as a role that row-level security binds.
LOAD 'djust_tenants';
CREATE SCHEMA "Truncate Test";
CREATE SCHEMA "Other Truncate";
CREATE ROLE regress_truncate_app;
CREATE ROLE regress_truncate_bypass BYPASSRLS;
CREATE ROLE regress_truncate_definer;
GRANT USAGE ON SCHEMA "Truncate Test", "Other Truncate" TO regress_truncate_app, regress_truncate_bypass, regress_truncate_definer;
SET search_path TO "Truncate Test";
CREATE TABLE plain (id int PRIMARY KEY);
CREATE TABLE "Note" (id int PRIMARY KEY, tenant_id text, plain_id int REFERENCES plain, body text);
CREATE TABLE event (id int, tenant_id text) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE TABLE "Other Truncate".event_2 PARTITION OF event FOR VALUES FROM (10) TO (20);
CREATE TABLE person (id int, tenant_id text);
CREATE TABLE employee () INHERITS (person);
INSERT INTO plain VALUES (1);
INSERT INTO "Note" VALUES (1, 'acme', 1, 'a'), (2, 'globex', 1, 'b');
INSERT INTO event VALUES (1, 'acme'), (2, 'globex'), (11, 'globex');
INSERT INTO employee VALUES (1, 'acme'), (2, 'globex');
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT djust_tenants.scope_table(t) FROM unnest(ARRAY['"Note"', 'event', 'person']::regclass[]) t;
RESET client_min_messages;
CREATE VIEW counts AS
    SELECT (SELECT count(*) FROM plain) AS plain, (SELECT count(*) FROM "Note") AS note,
           (SELECT count(*) FROM event) AS event, (SELECT count(*) FROM person) AS person;
GRANT ALL ON ALL TABLES IN SCHEMA "Truncate Test", "Other Truncate" TO regress_truncate_app, regress_truncate_bypass, regress_truncate_definer;
CREATE FUNCTION by_definer() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'TRUNCATE "Truncate Test"."Note"';
ALTER FUNCTION by_definer() OWNER TO regress_truncate_definer;
CREATE FUNCTION by_exempt() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'TRUNCATE "Truncate Test"."Note"';

-- the whole message
\set VERBOSITY default
SET ROLE regress_truncate_app;
SET djust_tenants.tenant_id = 'acme';
TRUNCATE "Note";
\set VERBOSITY terse
-- with and without a tenant, ONLY, several at once, RESTART IDENTITY
RESET djust_tenants.tenant_id;
TRUNCATE ONLY "Truncate Test"."Note" RESTART IDENTITY;
TRUNCATE event, plain CASCADE;
-- by CASCADE from a table that is not scoped
TRUNCATE plain CASCADE;
-- a partitioned table, a partition, one in another schema, a table with children, a child
TRUNCATE event;
TRUNCATE event_1;
TRUNCATE "Other Truncate".event_2;
TRUNCATE person;
TRUNCATE ONLY person;
TRUNCATE employee;
-- in a DO block, a function, EXECUTE, a definer's function, under another search path
DO $$ BEGIN TRUNCATE "Note"; END $$;
DO $$ BEGIN EXECUTE 'TRUNCATE ' || '"Truncate Test"."Note"'; EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused: %', SQLSTATE; END $$;
CREATE FUNCTION pg_temp.by_sql() RETURNS void LANGUAGE sql AS 'TRUNCATE "Truncate Test"."Note"';
SELECT pg_temp.by_sql();
SELECT by_definer();
CREATE TEMP TABLE "Note" (id int);
TRUNCATE "Note";  -- the temporary one
TRUNCATE "Truncate Test"."Note";
DROP TABLE pg_temp."Note";
-- a prepared statement cannot be one; the setting is not his, nor is it by the connection's options
SET djust_tenants.guard_truncate = off;
SELECT set_config('djust_tenants.guard_truncate', 'off', false);
ALTER ROLE regress_truncate_app SET djust_tenants.guard_truncate = off;
-- what is not scoped is no business of ours: a plain table, a temporary one
CREATE TEMP TABLE scratch (id int, tenant_id text);
INSERT INTO scratch VALUES (1, 'acme');
TRUNCATE scratch;
SELECT count(*) FROM scratch;
DROP TABLE scratch;
RESET ROLE;
SELECT * FROM counts;

-- the owner, who is bound too; also while row security is off, and with no tenant
ALTER TABLE "Note" OWNER TO regress_truncate_definer;
SET client_min_messages = error;
ALTER TABLE "Note" DISABLE ROW LEVEL SECURITY;
RESET client_min_messages;
SET ROLE regress_truncate_definer;
TRUNCATE "Note";
RESET ROLE;
ALTER TABLE "Note" ENABLE ROW LEVEL SECURITY;
-- a member of an exempt role is bound until it becomes that role
GRANT regress_truncate_bypass TO regress_truncate_app;
SET ROLE regress_truncate_app;
TRUNCATE "Note";
RESET ROLE;

-- the registry: whoever may write all of it may still not empty it
GRANT TRUNCATE, INSERT ON djust_tenants.tenant, djust_tenants.tenant_domain TO regress_truncate_app;
SET ROLE regress_truncate_app;
TRUNCATE djust_tenants.tenant_domain;
TRUNCATE djust_tenants.tenant CASCADE;
RESET ROLE;
REVOKE TRUNCATE, INSERT ON djust_tenants.tenant, djust_tenants.tenant_domain FROM regress_truncate_app;

-- allowed: exempt roles, a definer's function of one, and bound roles where a superuser has switched it off
BEGIN;
SET LOCAL ROLE regress_truncate_bypass;
TRUNCATE event, person;
RESET ROLE;
SELECT * FROM counts;
ROLLBACK;
BEGIN;
SET LOCAL ROLE regress_truncate_app;
SELECT by_exempt();
RESET ROLE;
SELECT * FROM counts;
ROLLBACK;
BEGIN;
TRUNCATE plain CASCADE;
SELECT * FROM counts;
ROLLBACK;
SET djust_tenants.guard_truncate = off;
BEGIN;
SET LOCAL ROLE regress_truncate_app;
TRUNCATE plain, event, person CASCADE;
RESET ROLE;
SELECT * FROM counts;
ROLLBACK;
RESET djust_tenants.guard_truncate;
-- unscoped: PostgreSQL's own rules alone
SELECT djust_tenants.unscope_table('event');
BEGIN;
SET LOCAL ROLE regress_truncate_app;
TRUNCATE event;
ROLLBACK;

RESET search_path;
SET client_min_messages = error;
DROP SCHEMA "Truncate Test", "Other Truncate" CASCADE;
DROP OWNED BY regress_truncate_app, regress_truncate_bypass, regress_truncate_definer;
DROP ROLE regress_truncate_app, regress_truncate_bypass, regress_truncate_definer;
