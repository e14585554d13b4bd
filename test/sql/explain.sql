-- EXPLAIN counts the rows of all tenants; djust_tenants.hide_estimates takes the numbers away from roles that are bound.
LOAD 'djust_tenants';
CREATE SCHEMA "Explain Test";
CREATE ROLE regress_explain_app;
CREATE ROLE regress_explain_admin BYPASSRLS;
GRANT USAGE, CREATE ON SCHEMA "Explain Test" TO regress_explain_app, regress_explain_admin;
SET search_path TO "Explain Test";
CREATE TABLE note (id int PRIMARY KEY, tenant_id text, word text) WITH (autovacuum_enabled = off);
INSERT INTO note SELECT i, 'acme', 'w' || i FROM generate_series(1, 10) i;
INSERT INTO note SELECT i, 'globex', CASE WHEN i <= 4000 THEN 'secret' ELSE 'w' || i END FROM generate_series(11, 5000) i;
SELECT djust_tenants.scope_table('note');
ANALYZE note;
GRANT ALL ON note TO regress_explain_app, regress_explain_admin;
CREATE FUNCTION plan_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE statement; END $$;
CREATE FUNCTION estimate(condition text) RETURNS int LANGUAGE plpgsql AS $$ DECLARE plan json; BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT * FROM note WHERE ' || condition INTO plan;
    RETURN plan #>> '{0,Plan,Plan Rows}';
END $$;
SET ROLE regress_explain_app;
SET djust_tenants.tenant_id = 'acme';

-- off, today's truth: a word of another tenant's has another estimate than one that nobody has
SELECT count(*) FROM note WHERE word = 'secret';
SELECT estimate('word = ''secret''') > estimate('word = ''nobodys''') AS tells;
RESET ROLE;
SET djust_tenants.hide_estimates = on;
SET ROLE regress_explain_app;
SELECT estimate('word = ''secret'''), estimate('word = ''nobodys''');
SELECT (SELECT string_agg(replace(line, 'secret', 'nobodys'), '') FROM plan_of('EXPLAIN SELECT * FROM note WHERE word = ''secret''') line) =
    (SELECT string_agg(line, '') FROM plan_of('EXPLAIN SELECT * FROM note WHERE word = ''nobodys''') line) AS no_difference;
EXPLAIN SELECT * FROM note WHERE word = 'secret';
EXPLAIN (COSTS ON) SELECT * FROM note WHERE word = 'secret';
EXPLAIN (COSTS, VERBOSE, COSTS TRUE) SELECT id FROM note WHERE word = 'secret';
-- numbers of any kind, in every format
CREATE FUNCTION tells(statement text) RETURNS boolean LANGUAGE plpgsql AS
    $$ DECLARE line text; BEGIN EXECUTE statement INTO line; RETURN line ~* 'rows|cost|width|loops|memory|buffers|blocks'; END $$;
SELECT f, tells(format('EXPLAIN (FORMAT %s, VERBOSE, SETTINGS) SELECT id FROM note WHERE word = ''secret''', f)) AS tells,
    tells(format('EXPLAIN (FORMAT %s) INSERT INTO note VALUES (1)', f)) AS tells_of_insert
FROM unnest('{TEXT,JSON,XML,YAML}'::text[]) f;
-- of all that can be explained, and through all that can explain
PREPARE q AS SELECT * FROM note WHERE word = 'secret';
EXPLAIN EXECUTE q;
EXPLAIN CREATE TABLE made AS SELECT * FROM note WHERE word = 'secret';
EXPLAIN DECLARE c CURSOR FOR SELECT * FROM note WHERE word = 'secret';
EXPLAIN MERGE INTO note USING (VALUES (1)) v(i) ON id = i WHEN MATCHED THEN DELETE;
SELECT plan_of('EXPLAIN SELECT * FROM note WHERE word = ''secret''');
SELECT plan_of('EXPLAIN EXECUTE q');
DO $$ DECLARE line text; BEGIN FOR line IN EXPLAIN SELECT * FROM note WHERE word = 'secret' LOOP RAISE NOTICE '%', line; END LOOP; END $$;
-- the same statement again, from a plan cache, by a role that is bound and one that is not
CREATE FUNCTION again() RETURNS boolean LANGUAGE plpgsql AS $$ DECLARE line text; BEGIN
    FOR line IN EXPLAIN SELECT * FROM note WHERE word = 'secret' LOOP RETURN line ~ 'rows='; END LOOP; END $$;
GRANT EXECUTE ON FUNCTION again() TO PUBLIC;
SELECT again();
RESET ROLE;
SELECT again() AS superuser;
SET ROLE regress_explain_admin;
SELECT again() AS admin;
SET ROLE regress_explain_app;
SELECT again();

-- what counts rows, loops and pages
\set VERBOSITY default
EXPLAIN ANALYZE SELECT * FROM note;
\set VERBOSITY terse
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM note;
EXPLAIN (ANALYZE OFF, ANALYZE ON) SELECT * FROM note;
EXPLAIN (ANALYZE ON, ANALYZE OFF) SELECT * FROM note;
EXPLAIN (ANALYZE 1) SELECT * FROM note;
EXPLAIN (ANALYZE 'tRuE') SELECT * FROM note;
EXPLAIN (BUFFERS) SELECT * FROM note;
EXPLAIN (BUFFERS, FORMAT JSON) SELECT * FROM note;
EXPLAIN (ANALYZE OFF, BUFFERS OFF) SELECT 1;
EXPLAIN ("costs" ON, "analyze" ON) SELECT 1;
EXPLAIN (MEMORY) SELECT 1;
EXPLAIN (WAL) SELECT 1;
EXPLAIN (ANALYZE 7) SELECT 1;
SELECT plan_of('EXPLAIN ANALYZE SELECT 1');
EXPLAIN ANALYZE EXECUTE q;
DO $$ BEGIN EXECUTE 'EXPLAIN ANALYZE SELECT 1'; END $$;
-- nothing was run
EXPLAIN ANALYZE DELETE FROM note;
SELECT count(*) FROM note;

-- the plan that is printed
SET debug_print_plan = on;
SET client_min_messages = log;
\set VERBOSITY default
SELECT * FROM note WHERE word = 'secret';
\set VERBOSITY terse
-- switched on while planning
SET debug_print_plan = off;
RESET client_min_messages;
CREATE FUNCTION printing() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM set_config('debug_print_plan', 'on', false); RETURN 'secret'; END $$;
SELECT * FROM note WHERE word = printing();
SHOW debug_print_plan;
RESET debug_print_plan;

-- the setting is the superusers'
SET djust_tenants.hide_estimates = off;
RESET ROLE;
-- an exempt role is not bound, and neither are its functions
SET ROLE regress_explain_admin;
SELECT estimate('word = ''secret''') > 0 AS admin;
SELECT f, tells(format('EXPLAIN (FORMAT %s) SELECT 1', f)) AS tells, tells(format('EXPLAIN (FORMAT %s, ANALYZE) SELECT 1', f)) AS analyze
FROM unnest('{TEXT,JSON,XML,YAML}'::text[]) f;
RESET ROLE;
-- what remains: the shape of the plan depends on all tenants' rows
CREATE INDEX ON note (tenant_id, word);
ANALYZE note;
SET ROLE regress_explain_app;
EXPLAIN SELECT * FROM note WHERE word = 'w1';
RESET ROLE;

-- the grants of doc/session-guards.md: what the statistics tell, and to whom
SELECT pg_stat_force_next_flush();
SET ROLE regress_explain_app;
SELECT pg_stat_get_live_tuples('note'::regclass) > 10 AS counts_all_tenants;
RESET ROLE;
BEGIN;
DO $$ DECLARE f regprocedure; v regclass; BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE 'pg\_stat\_get\_%' LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pg_read_all_stats', f);
    END LOOP;
    FOR v IN SELECT oid FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'v'
        AND (relname LIKE 'pg\_stat\_%' OR relname LIKE 'pg\_statio\_%') LOOP
        EXECUTE format('REVOKE SELECT ON %s FROM PUBLIC', v);
        EXECUTE format('GRANT SELECT ON %s TO pg_read_all_stats', v);
    END LOOP;
END $$;
SET LOCAL ROLE regress_explain_app;
SAVEPOINT s;
SELECT pg_stat_get_live_tuples('note'::regclass);
ROLLBACK TO s;
SELECT * FROM pg_stat_activity;
ROLLBACK TO s;
SELECT pg_stat_get_activity(NULL);
ROLLBACK TO s;
SELECT * FROM pg_stat_user_tables;
ROLLBACK TO s;
-- pg_stats stays where estimates are not hidden: it hides scoped tables by itself
SET LOCAL ROLE NONE;
SET LOCAL djust_tenants.hide_estimates = off;
SET LOCAL ROLE regress_explain_app;
SELECT count(*) FROM pg_stats WHERE schemaname = 'Explain Test';
RESET ROLE;
GRANT pg_read_all_stats TO regress_explain_admin;
SET LOCAL ROLE regress_explain_admin;
SELECT pg_stat_get_live_tuples('note'::regclass) > 10 AS monitoring, count(*) > 0 AS activity FROM pg_stat_activity;
ROLLBACK;

-- but not what it has of an index on an expression, which the owner of the table sees, all tenants' values
CREATE TABLE owned (tenant_id text, body text);
INSERT INTO owned SELECT 'acme', 'acme ' || i FROM generate_series(1, 20) i;
INSERT INTO owned SELECT 'globex', 'globex ' || i FROM generate_series(1, 20) i;
SET client_min_messages = warning;
SELECT djust_tenants.scope_table('owned');
RESET client_min_messages;
ALTER TABLE owned OWNER TO regress_explain_app;
CREATE INDEX owned_lower ON owned (lower(body));
CREATE STATISTICS owned_both ON lower(body), upper(body) FROM owned;
ANALYZE owned;
CREATE VIEW of_admin AS SELECT tablename FROM pg_stats WHERE tablename = 'owned_lower';
GRANT SELECT ON of_admin TO regress_explain_app;
SET djust_tenants.hide_estimates = off;
SET ROLE regress_explain_app;
SELECT histogram_bounds::text LIKE '%globex%' AS todays_truth FROM pg_stats WHERE tablename = 'owned_lower';
RESET ROLE;
SET djust_tenants.hide_estimates = on;
SET ROLE regress_explain_app;
SELECT histogram_bounds FROM pg_stats WHERE tablename = 'owned_lower';
\set VERBOSITY terse
SELECT count(*) FROM pg_stats_ext;
SELECT count(*) FROM note JOIN pg_catalog.pg_stats_ext_exprs ON true;
CREATE TEMP TABLE pg_stats AS SELECT 1 AS own;
SELECT own FROM pg_temp.pg_stats;
DROP TABLE pg_temp.pg_stats;
-- by a view of a role that is exempt; by that role
SELECT * FROM of_admin;
SET ROLE regress_explain_admin;
SELECT count(*) FROM pg_stats WHERE tablename = 'owned_lower';
RESET ROLE;
\set VERBOSITY default

-- predicate locks: which rows of an index a serializable query has read, before the policy left them out
CREATE TABLE paid (tenant_id text, id int, iban text);
CREATE INDEX ON paid (iban);
INSERT INTO paid VALUES ('globex', 4711, 'DE02SECRET'), ('acme', 1, 'AT00');
SET client_min_messages = warning;
SELECT djust_tenants.scope_table('paid');
RESET client_min_messages;
GRANT SELECT ON paid TO regress_explain_app;
PREPARE locked AS SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND locktype = 'tuple' AND pid = pg_backend_pid()
    AND relation = 'paid'::regclass;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
SET djust_tenants.hide_estimates = off;
SET ROLE regress_explain_app;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM paid WHERE iban >= 'D' AND iban < 'E' ORDER BY iban;
EXECUTE locked;  -- today's truth
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM paid WHERE iban >= 'F' AND iban < 'G' ORDER BY iban;
EXECUTE locked;
COMMIT;
RESET ROLE;
SET djust_tenants.hide_estimates = on;
SET ROLE regress_explain_app;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM paid WHERE iban >= 'D' AND iban < 'E' ORDER BY iban;
EXECUTE locked;
ROLLBACK;
\set VERBOSITY terse
SELECT count(*) FROM pg_lock_status();
SELECT count(*) FROM (SELECT (pg_lock_status()).pid) AS l;
SET ROLE regress_explain_admin;
SELECT count(*) > 0 AS may FROM pg_locks;
RESET ROLE;
\set VERBOSITY default
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_sort;

RESET djust_tenants.hide_estimates;
RESET djust_tenants.tenant_id;
DEALLOCATE ALL;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Explain Test" CASCADE;
DROP ROLE regress_explain_app, regress_explain_admin;
