-- The tenant as a constant: which plans have it, when they are dropped, and that nothing depends on it.
LOAD 'djust_tenants';
CREATE SCHEMA "Constant Test";
CREATE ROLE regress_constant_app;
CREATE ROLE regress_constant_root BYPASSRLS;
GRANT USAGE, CREATE ON SCHEMA "Constant Test" TO regress_constant_app, regress_constant_root;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Constant Test" GRANT ALL ON TABLES TO regress_constant_app, regress_constant_root;
SET search_path TO "Constant Test";
CREATE TABLE "Order" (id int, tenant_id text, item text, PRIMARY KEY (tenant_id, id));
CREATE TABLE line (id int, tenant_id text, order_id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE of_uuid (id int, tenant_id uuid);
CREATE TABLE of_bigint (id int, tenant_id bigint);
CREATE TABLE of_varchar (id int, tenant_id varchar(20));
CREATE DOMAIN tenant_number AS integer CHECK (VALUE > 0);
CREATE TABLE of_domain (id int, tenant_id tenant_number);
INSERT INTO "Order" SELECT i, t, t || ' ' || i FROM unnest('{acme,globex,7,6f9619ff-8b86-4d01-b42d-00cf4fc964ff}'::text[]) t, generate_series(1, 3) i;
INSERT INTO line SELECT i, t, i FROM unnest('{acme,globex}'::text[]) t, generate_series(1, 3) i;
INSERT INTO of_uuid VALUES (1, '6f9619ff-8b86-4d01-b42d-00cf4fc964ff');
INSERT INTO of_bigint VALUES (1, 7), (2, 8);
INSERT INTO of_varchar VALUES (1, 'acme'), (2, 'globex');
INSERT INTO of_domain VALUES (1, 7), (2, 8);
SET client_min_messages = warning;
SELECT table_name, status FROM djust_tenants.scope_schema('Constant Test') ORDER BY table_name::text;
RESET client_min_messages;
SET enable_seqscan = off;
SET enable_bitmapscan = off;

-- The simple protocol, each type of column, other statements that plan a query for once
SET ROLE regress_constant_app;
SET djust_tenants.tenant_id = 'acme';
EXPLAIN (COSTS OFF) SELECT item FROM "Order" WHERE id = 1;
EXPLAIN (COSTS OFF) SELECT * FROM of_varchar;
EXPLAIN (COSTS OFF) SELECT o.item FROM "Order" o JOIN line l ON l.order_id = o.id WHERE l.id = 1;
EXPLAIN (COSTS OFF) SELECT item FROM "Order" o WHERE EXISTS (SELECT FROM line l WHERE l.order_id = o.id) AND id = 1;
EXPLAIN (COSTS OFF) WITH c AS MATERIALIZED (SELECT * FROM line) SELECT * FROM c;
EXPLAIN (COSTS OFF) UPDATE "Order" SET item = 'x' WHERE id = 1;
EXPLAIN (COSTS OFF) DELETE FROM "Order" WHERE id = 1;
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO "Order" (id) VALUES (10);
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO "Order" (id, tenant_id) VALUES (10, NULL), (11, 'acme');
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_varchar (id) VALUES (10);
EXPLAIN (COSTS OFF) CREATE TABLE copied AS SELECT item FROM "Order";
EXPLAIN (COSTS OFF) DECLARE c CURSOR FOR SELECT item FROM "Order";
SET djust_tenants.tenant_id = '7';
EXPLAIN (COSTS OFF) SELECT * FROM of_bigint;
EXPLAIN (COSTS OFF) SELECT * FROM of_domain;
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO of_domain (id) VALUES (10);
SELECT (SELECT count(*) FROM of_bigint) AS bigints, (SELECT count(*) FROM of_domain) AS domains, (SELECT count(*) FROM "Order") AS texts;
SET djust_tenants.tenant_id = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
EXPLAIN (COSTS OFF) SELECT * FROM of_uuid;
SELECT (SELECT count(*) FROM of_uuid) AS uuids, (SELECT count(*) FROM "Order") AS texts;
-- an id that is no value of the column, and no tenant: the function, which is NULL
EXPLAIN (COSTS OFF) SELECT * FROM of_bigint;
SELECT count(*) FROM of_bigint;
RESET djust_tenants.tenant_id;
EXPLAIN (COSTS OFF) SELECT * FROM "Order" WHERE id = 1;
SELECT count(*) FROM "Order";
-- a tenant that the registry refuses
RESET ROLE;
INSERT INTO djust_tenants.tenant (id, is_active) VALUES ('acme', false);
SET ROLE regress_constant_app;
SET djust_tenants.tenant_id = 'acme';
EXPLAIN (COSTS OFF) SELECT * FROM "Order" WHERE id = 1;
SELECT count(*) FROM "Order";
RESET ROLE;
DELETE FROM djust_tenants.tenant;

-- The setting brings back plain row-level security, and is the superuser's
SET ROLE regress_constant_app;
SET djust_tenants.tenant_constant = off;
RESET ROLE;
SET djust_tenants.tenant_constant = off;
SET ROLE regress_constant_app;
EXPLAIN (COSTS OFF) SELECT item FROM "Order" WHERE id = 1;
EXPLAIN (COSTS OFF, VERBOSE) INSERT INTO "Order" (id) VALUES (10);
RESET ROLE;
RESET djust_tenants.tenant_constant;

-- Kept plans: a constant until the tenant changes; then, in a backend that has seen two, the function
\c -
SET search_path TO "Constant Test";
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET ROLE regress_constant_app;
SET plan_cache_mode = force_generic_plan;
SET djust_tenants.tenant_id = 'acme';
PREPARE items AS SELECT item FROM "Order" WHERE id < 3 ORDER BY id;
PREPARE item(int) AS SELECT item FROM "Order" WHERE id = $1;
EXPLAIN (COSTS OFF) EXECUTE items;
EXECUTE items;
EXECUTE item(1);
SET djust_tenants.tenant_id = 'globex';
EXECUTE items;
EXECUTE item(1);
EXPLAIN (COSTS OFF) EXECUTE items;
RESET djust_tenants.tenant_id;
EXECUTE items;
EXECUTE item(1);
SET djust_tenants.tenant_id = 'acme';
EXECUTE items;
-- savepoints, SET LOCAL, errors
BEGIN;
SAVEPOINT s;
SET LOCAL djust_tenants.tenant_id = 'globex';
EXECUTE items;
ROLLBACK TO s;
EXECUTE items;
SET LOCAL djust_tenants.tenant_id = 'globex';
EXECUTE items;
COMMIT;
EXECUTE items;
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'globex';
EXECUTE item(2);
SELECT 1 / 0;
ROLLBACK;
EXECUTE item(2);
-- DDL in between
SET plan_cache_mode = force_custom_plan;
EXPLAIN (COSTS OFF) EXECUTE item(1);
EXECUTE item(1);
RESET ROLE;
CREATE INDEX "by item" ON "Order" (tenant_id, item);
SET ROLE regress_constant_app;
EXECUTE item(1);
SET djust_tenants.tenant_id = 'globex';
EXECUTE item(1);
EXECUTE items;
RESET plan_cache_mode;
-- auto: five custom plans, then what is cheaper; two tenants in turn
CREATE FUNCTION turns(n int) RETURNS TABLE(tenant text, got text) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..n LOOP
        tenant := CASE i % 3 WHEN 0 THEN 'acme' WHEN 1 THEN 'globex' ELSE '7' END;
        PERFORM djust_tenants.set_current_tenant(tenant);
        SELECT item INTO got FROM "Order" WHERE id = 1 + i % 2;
        IF got NOT LIKE tenant || ' %' THEN RAISE EXCEPTION 'as % got %', tenant, got; END IF;
        IF (SELECT count(*) FROM "Order") <> 3 THEN RAISE EXCEPTION 'other number'; END IF;
        EXECUTE 'SELECT item FROM "Order" WHERE id = 3' INTO got;
        IF got <> tenant || ' 3' THEN RAISE EXCEPTION 'dynamic: as % got %', tenant, got; END IF;
        EXECUTE 'SELECT item FROM "Order" WHERE id = $1' INTO got USING 2;
        IF got <> tenant || ' 2' THEN RAISE EXCEPTION 'dynamic with a parameter: as % got %', tenant, got; END IF;
    END LOOP;
    RETURN QUERY SELECT djust_tenants.current_tenant_id(), got;
END $$;
SELECT * FROM turns(30);

-- SQL functions keep their plans while they are called: these have the function
CREATE FUNCTION n_orders() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT count(*) FROM "Order"';
CREATE FUNCTION first_item() RETURNS SETOF text LANGUAGE sql VOLATILE AS 'SELECT item FROM "Order" ORDER BY id; SELECT item FROM "Order" WHERE id = 1';
CREATE FUNCTION each_tenant(VARIADIC tenants text[]) RETURNS TABLE(tenant text, n bigint, first text) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH tenant IN ARRAY tenants LOOP
        PERFORM djust_tenants.set_current_tenant(tenant);
        n := n_orders();
        first := first_item();
        RETURN NEXT;
    END LOOP;
END $$;
BEGIN;
SELECT * FROM each_tenant('acme', 'nobody', 'globex', 'acme');
COMMIT;
-- one statement, both: the function's plan is made once, its tenant changes between the calls
CREATE FUNCTION enter(id text) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT (djust_tenants.set_current_tenant($1)).id';
BEGIN;
SELECT enter(t), n_orders() FROM unnest('{acme,nobody,globex}'::text[]) t;
COMMIT;

-- Cursors: planned and opened for one tenant, served to no other
SET djust_tenants.tenant_id = 'acme';
BEGIN;
DECLARE c CURSOR FOR SELECT item FROM "Order" ORDER BY id;
FETCH 1 FROM c;
SAVEPOINT s;
SET LOCAL djust_tenants.tenant_id = 'globex';
FETCH 1 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
COMMIT;

-- Many partitions: a kept plan has the constant too, and falls with the tenant
RESET ROLE;
CREATE TABLE parted (id int, tenant_id text NOT NULL) PARTITION BY HASH (tenant_id);
SELECT format('CREATE TABLE parted_%s PARTITION OF parted FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i) FROM generate_series(0, 15) i
\gexec
INSERT INTO parted SELECT i, t FROM unnest('{acme,globex,7}'::text[]) t, generate_series(1, 3) i;
SET client_min_messages = warning;
SELECT djust_tenants.scope_table('parted');
RESET client_min_messages;
SET enable_seqscan = on;
SET ROLE regress_constant_app;
SET djust_tenants.tenant_id = 'acme';
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) SELECT * FROM parted;
PREPARE parts AS SELECT * FROM parted ORDER BY id;
PREPARE part(int) AS SELECT * FROM parted WHERE id = $1;
EXPLAIN (COSTS OFF) EXECUTE part(1);
EXECUTE parts;
EXECUTE part(1);
SET djust_tenants.tenant_id = 'globex';
EXPLAIN (COSTS OFF) EXECUTE part(1);
EXECUTE parts;
EXECUTE part(1);
BEGIN;
SET LOCAL djust_tenants.tenant_id = '7';
EXECUTE part(1);
ROLLBACK;
EXECUTE part(1);
RESET djust_tenants.tenant_id;
EXECUTE parts;
EXECUTE part(1);
-- deactivated while a plan is kept for it: reads nothing
SET djust_tenants.tenant_id = 'acme';
EXECUTE part(1);
RESET ROLE;
INSERT INTO djust_tenants.tenant (id, is_active) VALUES ('acme', false);
SET ROLE regress_constant_app;
EXECUTE part(1);
EXECUTE parts;
RESET ROLE;
DELETE FROM djust_tenants.tenant;
SET ROLE regress_constant_app;
EXECUTE part(1);
-- attached afterwards
RESET ROLE;
ALTER TABLE parted DETACH PARTITION parted_3;
CREATE TABLE parted_3b PARTITION OF parted FOR VALUES WITH (MODULUS 16, REMAINDER 3);
SET ROLE regress_constant_app;
SELECT count(*) <= 3 AS fewer FROM parted;
EXECUTE part(1);
RESET plan_cache_mode;

-- Children by inheritance: WHERE CURRENT OF finds the cursor's row, whatever plan either has
RESET ROLE;
CREATE TABLE base (id int, tenant_id text, n int);
CREATE TABLE base_acme (CHECK (tenant_id = 'acme')) INHERITS (base);
CREATE TABLE base_globex (CHECK (tenant_id = 'globex')) INHERITS (base);
INSERT INTO base_acme VALUES (1, 'acme', 1);
INSERT INTO base_globex VALUES (2, 'globex', 1);
SET client_min_messages = warning;
SELECT djust_tenants.scope_table('base');
RESET client_min_messages;
SET ROLE regress_constant_app;
SET djust_tenants.tenant_id = 'acme';
CREATE FUNCTION next_one() RETURNS void LANGUAGE sql AS 'UPDATE base SET n = n + 1 WHERE CURRENT OF c';
PREPARE next_two AS UPDATE base SET n = n + 1 WHERE CURRENT OF c;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM base;
FETCH c;
SELECT next_one();
COMMIT;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM base;
FETCH c;
EXECUTE next_two;
COMMIT;
SELECT * FROM base;

-- Written out: scoped views, and conditions that say it themselves
RESET ROLE;
SET enable_seqscan = off;
SELECT djust_tenants.create_scoped_view('"Order"');
GRANT SELECT ON "Order_scoped" TO regress_constant_app, regress_constant_root;
SET ROLE regress_constant_app;
EXPLAIN (COSTS OFF) SELECT * FROM "Order_scoped" WHERE id = 1;
EXPLAIN (COSTS OFF) SELECT * FROM "Order" WHERE tenant_id = djust_tenants.current_tenant_id() AND id = 1;
SET ROLE regress_constant_root;
EXPLAIN (COSTS OFF) SELECT * FROM "Order_scoped" WHERE id = 1;
SET plan_cache_mode = force_generic_plan;
PREPARE viewed AS SELECT item FROM "Order_scoped" WHERE id = 1;
EXECUTE viewed;
SET djust_tenants.tenant_id = 'globex';
EXECUTE viewed;
RESET djust_tenants.tenant_id;
EXECUTE viewed;
RESET plan_cache_mode;

-- The same statement by roles that are bound and that are not
SET djust_tenants.tenant_id = 'acme';
PREPARE roles AS SELECT count(*) FROM "Order";
EXECUTE roles;
SET ROLE regress_constant_app;
EXECUTE roles;
SET ROLE regress_constant_root;
EXECUTE roles;
RESET ROLE;

RESET ALL;
SET client_min_messages = warning;
DEALLOCATE ALL;
DROP SCHEMA "Constant Test" CASCADE;
DROP ROLE regress_constant_app;
DROP ROLE regress_constant_root;
