-- What the planner makes of the policies and the stamp: index conditions, pruning, parallel workers, EXPLAIN, \d.
LOAD 'djust_tenants';
CREATE SCHEMA "Plans Test";
CREATE ROLE regress_plans_app;
GRANT USAGE ON SCHEMA "Plans Test" TO regress_plans_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Plans Test" GRANT ALL ON TABLES TO regress_plans_app;
SET search_path TO "Plans Test";
CREATE DOMAIN tenant_name AS varchar(40);
CREATE TABLE of_text (tenant_id text, id int, body text);
CREATE TABLE of_varchar (tenant_id varchar(40), id int, body text);
CREATE TABLE of_domain (tenant_id tenant_name, id int, body text);
CREATE TABLE of_uuid (tenant_id uuid, id int, body text);
CREATE TABLE of_bigint (tenant_id bigint, id int, body text);
CREATE TABLE of_integer (tenant_id integer, id int, body text);
SELECT table_name, status FROM djust_tenants.scope_schema('Plans Test') ORDER BY table_name::text;
SET ROLE regress_plans_app;
SET enable_seqscan = off;
SET enable_bitmapscan = off;

-- an index condition on the tenant column for every type; nothing raises without a tenant
EXPLAIN (COSTS OFF) SELECT * FROM of_text;
EXPLAIN (COSTS OFF) SELECT * FROM of_varchar;
EXPLAIN (COSTS OFF) SELECT * FROM of_domain;
EXPLAIN (COSTS OFF) SELECT * FROM of_uuid;
EXPLAIN (COSTS OFF) SELECT * FROM of_bigint;
EXPLAIN (COSTS OFF) SELECT * FROM of_integer;
EXPLAIN (COSTS OFF) UPDATE of_text SET body = 'x' WHERE id = 1;
EXPLAIN (COSTS OFF) DELETE FROM of_uuid;
EXPLAIN (COSTS OFF) INSERT INTO of_text (id) VALUES (1);
-- a condition that is leakproof goes beside it, one that is not comes after the policy
EXPLAIN (COSTS OFF) SELECT * FROM of_text WHERE id = 1;
EXPLAIN (COSTS OFF) SELECT * FROM of_text WHERE body LIKE '%x%';

-- EXPLAIN VERBOSE shows the stamp
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_text (id) VALUES (1);
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_text VALUES (NULL, 1);
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_text VALUES ('acme', 1);
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_varchar VALUES ('acme', 1);
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_domain VALUES ('acme', 1);
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_domain (id) VALUES (1);
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_uuid VALUES (NULL, 1), (DEFAULT, 2);
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_bigint SELECT i, i FROM generate_series(1, 2) i;
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_integer (id) VALUES (1) RETURNING tenant_id;
-- UPDATE is not stamped
EXPLAIN (COSTS OFF, VERBOSE) UPDATE of_text SET tenant_id = NULL;
RESET ROLE;

-- run-time pruning of a table that is partitioned by tenant, where the plan has the function
SET djust_tenants.tenant_constant = off;
CREATE TABLE by_tenant (id int, tenant_id text NOT NULL) PARTITION BY LIST (tenant_id);
CREATE TABLE by_tenant_acme PARTITION OF by_tenant FOR VALUES IN ('acme');
CREATE TABLE by_tenant_globex PARTITION OF by_tenant FOR VALUES IN ('globex');
CREATE TABLE by_tenant_rest PARTITION OF by_tenant DEFAULT;
INSERT INTO by_tenant VALUES (1, 'acme'), (2, 'globex'), (3, 'initech');
SELECT djust_tenants.scope_table('by_tenant');
SET ROLE regress_plans_app;
RESET enable_seqscan;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET djust_tenants.tenant_id = 'acme';
CREATE FUNCTION pg_temp.scanned(query text) RETURNS TABLE(removed int, scanned text) LANGUAGE plpgsql AS $$
DECLARE plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan;
    plan := plan -> 0 -> 'Plan';
    removed := plan -> 'Subplans Removed';
    scanned := plan #>> '{Plans,0,Relation Name}';
    RETURN NEXT;
END $$;
SELECT * FROM pg_temp.scanned('SELECT * FROM by_tenant');
SET djust_tenants.tenant_id = 'globex';
SELECT * FROM pg_temp.scanned('SELECT * FROM by_tenant');
SET djust_tenants.tenant_id = 'acme';
SET plan_cache_mode = force_generic_plan;
PREPARE q AS SELECT tableoid::regclass, * FROM by_tenant;
EXECUTE q;
SET djust_tenants.tenant_id = 'globex';
EXECUTE q;
SET djust_tenants.tenant_id = 'initech';
EXECUTE q;
RESET djust_tenants.tenant_id;
EXECUTE q;
RESET plan_cache_mode;
RESET ROLE;
RESET djust_tenants.tenant_constant;

-- parallel workers know the tenant
CREATE TABLE wide (id int, tenant_id text NOT NULL, n bigint);
INSERT INTO wide SELECT i, 't' || i % 4, i % 4 FROM generate_series(1, 20000) i;
CREATE TABLE numbered (id int, tenant_id bigint NOT NULL);
INSERT INTO numbered SELECT i, i % 4 FROM generate_series(1, 20000) i;
SELECT djust_tenants.scope_table('wide'), djust_tenants.scope_table('numbered');
ALTER TABLE wide SET (parallel_workers = 3);
ALTER TABLE numbered SET (parallel_workers = 3);
ANALYZE wide, numbered;
SET ROLE regress_plans_app;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = off;
SET djust_tenants.tenant_id = 't1';
EXPLAIN (COSTS OFF) SELECT count(*), min(n), max(n) FROM wide;
SELECT count(*), min(n), max(n) FROM wide;
SELECT count(*), min(djust_tenants.current_tenant_id()), max(djust_tenants.current_tenant_id()), min(djust_tenants.tenant_key('k')) FROM wide;
SELECT count(*) FROM numbered;
BEGIN;
SET LOCAL djust_tenants.tenant_id = '2';
SELECT count(*), min(tenant_id), max(tenant_id) FROM numbered;
SELECT count(*) FROM wide;
SET LOCAL djust_tenants.tenant_id = '02';
SELECT count(*) FROM numbered;
ROLLBACK;
SELECT count(*), max(n) FROM wide;
-- a tenant that the registry refuses is refused in the workers as well
RESET ROLE;
INSERT INTO djust_tenants.tenant (id, is_active) VALUES ('t1', false);
SET ROLE regress_plans_app;
SELECT count(*) FROM wide;
RESET ROLE;
DELETE FROM djust_tenants.tenant;
SET ROLE regress_plans_app;
SELECT count(*) FROM wide;
RESET djust_tenants.tenant_id;
SELECT count(*) FROM wide;
RESET ROLE;
-- for a role that bypasses row-level security nothing is in the plan, and the whole table is read
SET djust_tenants.tenant_id = 't1';
SELECT count(*) FROM wide;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF) SELECT id FROM of_text;

-- \d
\d of_uuid
RESET djust_tenants.tenant_id;

DROP FUNCTION pg_temp.scanned(text);
RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA "Plans Test" CASCADE;
DROP ROLE regress_plans_app;
