-- Conditions that are not leakproof as index conditions, behind the tenant condition: the plans, and where they stop.
LOAD 'djust_tenants';
SET client_min_messages = warning;
CREATE SCHEMA "Leaky Test";
CREATE ROLE regress_leaky_app;
CREATE ROLE regress_leaky_admin BYPASSRLS;
GRANT USAGE ON SCHEMA "Leaky Test" TO regress_leaky_app, regress_leaky_admin;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Leaky Test" GRANT ALL ON TABLES TO regress_leaky_app, regress_leaky_admin;
SET search_path TO "Leaky Test";
CREATE EXTENSION pg_trgm SCHEMA "Leaky Test";
CREATE EXTENSION btree_gin SCHEMA "Leaky Test";
CREATE EXTENSION btree_gist SCHEMA "Leaky Test";
CREATE TYPE mood AS ENUM ('sad', 'fair', 'happy');
CREATE TABLE doc (tenant_id text NOT NULL, id int PRIMARY KEY, name text, tags int[], body jsonb, words tsvector,
                  price numeric, feeling mood, made timestamptz, period int4range, address inet);
INSERT INTO doc SELECT 'leaky-' || i % 20, i, 'name' || i, ARRAY[i % 50, i % 7], jsonb_build_object('k', i % 60),
    to_tsvector('simple', 'w' || i % 70), i, (ARRAY['sad', 'fair', 'happy'])[1 + i % 3]::mood,
    '2020-01-01 UTC'::timestamptz + i * interval '1 hour', int4range(i, i + 10), ('10.0.0.' || i % 200)::inet
FROM generate_series(1, 20000) i;
CREATE INDEX doc_name ON doc (tenant_id, name text_pattern_ops);
CREATE INDEX doc_price ON doc (tenant_id, price);
CREATE INDEX doc_feeling ON doc (tenant_id, feeling, price);
CREATE INDEX doc_made ON doc (tenant_id, made);
CREATE INDEX doc_trigrams ON doc USING gin (tenant_id, name gin_trgm_ops);
CREATE INDEX doc_tags ON doc USING gin (tenant_id, tags);
CREATE INDEX doc_body ON doc USING gin (tenant_id, body);
CREATE INDEX doc_words ON doc USING gin (tenant_id, words);
CREATE INDEX doc_period ON doc USING gist (tenant_id, period);
CREATE INDEX doc_address ON doc USING gist (tenant_id, address inet_ops);
SELECT djust_tenants.scope_table('doc');
ANALYZE doc;
-- with the function in the policy, whatever the plan
SET plan_cache_mode = force_generic_plan;
SET djust_tenants.tenant_id = 'leaky-3';
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    EXECUTE 'PREPARE leaky AS ' || query;
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) EXECUTE leaky' LOOP RETURN NEXT line; END LOOP;
    DEALLOCATE leaky;
END $$;
SET ROLE regress_leaky_app;
SET enable_seqscan = off;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE name LIKE 'name12%'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE name ~ '^name12'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE name ILIKE '%e123%'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE name ~ 'e12[34]'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE words @@ 'w3'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE body @> '{"k": 3}'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE body ? 'm'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE tags @> '{3}'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE tags && '{3}'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price BETWEEN 100 AND 200$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price IN (103, 123, 124)$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE feeling = 'sad' AND price BETWEEN 0 AND 100$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE made BETWEEN date '2020-01-02' AND date '2020-01-03'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE period && '[100,120)'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE address << '10.0.0.0/28'$$);
-- either of two
SELECT pg_temp.plan($$SELECT id FROM doc WHERE name LIKE 'name123%' OR price = 23$$);
-- an order that the index has
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price > 100 ORDER BY price LIMIT 3$$);
-- a join, with the outer row's value
SELECT pg_temp.plan($$SELECT b.id FROM doc a JOIN doc b ON b.price = a.price + 20 WHERE a.id = 3$$);
SELECT pg_temp.plan($$SELECT b.id FROM doc a LEFT JOIN doc b ON b.tags @> a.tags WHERE a.id = 3$$);
-- a tenant that the query names as well
SELECT pg_temp.plan($$SELECT id FROM doc WHERE tenant_id = 'leaky-3' AND price BETWEEN 0 AND 100$$);
PREPARE named(text) AS SELECT id FROM doc WHERE tenant_id = $1 AND price BETWEEN 0 AND 50;
EXPLAIN (COSTS OFF) EXECUTE named('leaky-3');
EXECUTE named('leaky-3');
EXECUTE named('leaky-4');
SET djust_tenants.tenant_id = 'leaky-4';
EXECUTE named('leaky-3');
EXECUTE named('leaky-4');
DEALLOCATE named;
-- but not by a function, which could say something else each time
CREATE FUNCTION pg_temp.name() RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN RETURN ''leaky-4''; END';
SELECT pg_temp.plan($$SELECT id FROM doc WHERE tenant_id = pg_temp.name() AND price < 50$$);
-- a condition on the tenant column itself is not moved
SELECT pg_temp.plan($$SELECT id FROM doc WHERE tenant_id LIKE 'leaky%' AND price < 50$$);
-- UPDATE, DELETE, sub-links
SELECT pg_temp.plan($$UPDATE doc SET name = 'x' WHERE price BETWEEN 0 AND 50$$);
SELECT pg_temp.plan($$DELETE FROM doc WHERE words @@ 'w3'$$);
SELECT pg_temp.plan($$SELECT id FROM doc a WHERE id < 30 AND EXISTS (SELECT FROM doc b WHERE b.price = a.price)$$);
-- no tenant: nothing
RESET djust_tenants.tenant_id;
SELECT count(*) FROM doc WHERE price BETWEEN 0 AND 100;
SET djust_tenants.tenant_id = 'leaky-3';

-- off: the plans of plain row-level security
RESET ROLE;
SET djust_tenants.index_leaky_operators = off;
SET ROLE regress_leaky_app;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price BETWEEN 0 AND 100$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE words @@ 'w3'$$);
RESET ROLE;
RESET djust_tenants.index_leaky_operators;
-- an index that the tenant does not lead, a GIN index with the tenant behind, one that covers nothing: not used
SET ROLE regress_leaky_app;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE name !~~ 'name%'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE lower(name) LIKE 'name12%'$$);
RESET ROLE;
CREATE TABLE unled (tenant_id text NOT NULL, id int, price numeric, tags int[]);
CREATE INDEX ON unled (price);
CREATE INDEX ON unled (price, tenant_id);
CREATE INDEX ON unled USING gin (tags, tenant_id);
CREATE INDEX ON unled USING gin (tags);
CREATE INDEX ON unled USING brin (tenant_id, price);
SELECT djust_tenants.scope_table('unled');
SET ROLE regress_leaky_app;
SELECT pg_temp.plan($$SELECT id FROM unled WHERE price BETWEEN 0 AND 3 AND tags @> '{3}'$$);
RESET ROLE;
-- an expression that an index keeps, a partial index
CREATE INDEX doc_lower ON doc (tenant_id, lower(name) text_pattern_ops);
CREATE INDEX doc_cheap ON doc (tenant_id, price) WHERE id < 1000;
SET ROLE regress_leaky_app;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE lower(name) LIKE 'name12%'$$);
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price = 3 AND id < 1000$$);
RESET ROLE;
DROP INDEX doc_lower, doc_cheap;

-- what hides rows inside the tenant keeps its order: an own policy, a security-barrier view
CREATE TABLE own (tenant_id text NOT NULL, id int, owner text, price numeric);
CREATE INDEX ON own (tenant_id, price);
SELECT djust_tenants.scope_table('own');
CREATE POLICY mine ON own USING (owner = current_user);
CREATE VIEW cheap WITH (security_barrier, security_invoker) AS SELECT * FROM doc WHERE id % 2 = 1;
CREATE VIEW filtered WITH (security_barrier, security_invoker) AS SELECT * FROM doc WHERE price BETWEEN 0 AND 100;
GRANT ALL ON cheap, filtered TO regress_leaky_app;
SET ROLE regress_leaky_app;
SELECT pg_temp.plan($$SELECT id FROM own WHERE price BETWEEN 0 AND 3$$);
SELECT pg_temp.plan($$SELECT id FROM cheap WHERE price BETWEEN 0 AND 3$$);
SELECT pg_temp.plan($$UPDATE cheap SET name = 'x' WHERE price < 3$$);
-- the view's own condition waits for the tenant's alone
SELECT pg_temp.plan($$SELECT id FROM filtered WHERE words @@ 'w3'$$);
RESET ROLE;
-- a restrictive policy of a leaky operator: it is the next after the tenant's
CREATE TABLE strict (tenant_id text NOT NULL, id int, price numeric);
CREATE INDEX ON strict (tenant_id, price);
SELECT djust_tenants.scope_table('strict');
CREATE POLICY zero ON strict AS RESTRICTIVE USING (price > 0);
SET ROLE regress_leaky_app;
SELECT pg_temp.plan($$SELECT id FROM strict$$);
SELECT pg_temp.plan($$SELECT id FROM strict WHERE price BETWEEN 0 AND 3$$);
RESET ROLE;
-- a sample is a sample, a proven contradiction is empty
SET ROLE regress_leaky_app;
SELECT pg_temp.plan($$SELECT id FROM doc TABLESAMPLE system (10) WHERE price BETWEEN 0 AND 3$$);
SELECT count(*) FROM doc WHERE price BETWEEN 0 AND 3 AND false;
-- a role that bypasses row-level security
SET ROLE regress_leaky_admin;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE tenant_id = 'leaky-3' AND price BETWEEN 0 AND 3$$);
RESET ROLE;

-- partitions, and children, by the condition of the table that the query names
CREATE TABLE part (tenant_id text NOT NULL, id int, price numeric) PARTITION BY HASH (tenant_id);
CREATE TABLE part_0 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 (price numeric, id int, dropped int, tenant_id text NOT NULL);
ALTER TABLE part_1 DROP COLUMN dropped;
ALTER TABLE part ATTACH PARTITION part_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO part SELECT 'leaky-' || i % 20, i, i FROM generate_series(1, 4000) i;
CREATE INDEX ON part (tenant_id, price);
SELECT djust_tenants.scope_table('part');
CREATE TABLE parent (tenant_id text NOT NULL, id int, price numeric);
CREATE TABLE child (more int) INHERITS (parent);
CREATE INDEX ON parent (tenant_id, price);
CREATE INDEX ON child (tenant_id, price);
SELECT djust_tenants.scope_table('parent');
ANALYZE part;
SET ROLE regress_leaky_app;
SELECT pg_temp.plan($$SELECT id FROM part WHERE price BETWEEN 0 AND 30$$);
SELECT id FROM part WHERE price BETWEEN 0 AND 30;
SELECT pg_temp.plan($$SELECT id FROM parent WHERE price BETWEEN 0 AND 30$$);
SELECT pg_temp.plan($$SELECT id FROM part WHERE price BETWEEN 0 AND 30 UNION ALL SELECT id FROM doc WHERE price BETWEEN 0 AND 30$$);
RESET ROLE;

-- the other types of tenant columns
CREATE TABLE of_varchar (tenant_id varchar(40) NOT NULL, price numeric);
CREATE TABLE of_uuid (tenant_id uuid NOT NULL, price numeric);
CREATE TABLE of_bigint (tenant_id bigint NOT NULL, price numeric);
CREATE TABLE of_integer (tenant_id integer NOT NULL, price numeric, tags int[]);
CREATE INDEX ON of_varchar (tenant_id, price);
CREATE INDEX ON of_uuid (tenant_id, price);
CREATE INDEX ON of_bigint (tenant_id, price);
CREATE INDEX ON of_integer USING gin (tenant_id, tags) WITH (fastupdate = off);
INSERT INTO of_varchar SELECT i % 10, i FROM generate_series(1, 2000) i;
INSERT INTO of_uuid SELECT ('00000000-0000-0000-0000-00000000000' || i % 10)::uuid, i FROM generate_series(1, 2000) i;
INSERT INTO of_bigint SELECT i % 10, i FROM generate_series(1, 2000) i;
INSERT INTO of_integer SELECT i % 10, i, ARRAY[i % 300] FROM generate_series(1, 20000) i;
SELECT table_name, status FROM djust_tenants.scope_schema('Leaky Test') WHERE table_name::text LIKE 'of%' ORDER BY table_name::text;
ANALYZE of_varchar, of_uuid, of_bigint, of_integer;
SET ROLE regress_leaky_app;
SET djust_tenants.tenant_id = '3';
SELECT pg_temp.plan($$SELECT FROM of_varchar WHERE price BETWEEN 0 AND 3$$);
SET djust_tenants.tenant_id = '00000000-0000-0000-0000-000000000003';
SELECT pg_temp.plan($$SELECT FROM of_uuid WHERE price BETWEEN 0 AND 3$$);
SET djust_tenants.tenant_id = '3';
SELECT pg_temp.plan($$SELECT FROM of_bigint WHERE price BETWEEN 0 AND 3$$);
SELECT pg_temp.plan($$SELECT FROM of_integer WHERE tags @> '{3}'$$);
-- parallel workers
RESET ROLE;
CREATE TABLE many (tenant_id text NOT NULL, id int, price numeric);
INSERT INTO many SELECT 'leaky-' || i % 3, i, i FROM generate_series(1, 30000) i;
CREATE INDEX many_price ON many (tenant_id, price);
SELECT djust_tenants.scope_table('many');
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
SET djust_tenants.tenant_id = 'leaky-1';
SET ROLE regress_leaky_app;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_index_scan_size = 0;
SET min_parallel_table_scan_size = 0;
SET enable_indexscan = off;
SELECT pg_temp.plan($$SELECT count(id) FROM many WHERE price > 9000$$);
SELECT count(id) FROM many WHERE price > 9000;
SET enable_indexscan = on;
SET enable_bitmapscan = off;
SELECT pg_temp.plan($$SELECT count(id) FROM many WHERE price > 9000$$);
SELECT count(id) FROM many WHERE price > 9000;
RESET ALL;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA "Leaky Test" CASCADE;
DROP OWNED BY regress_leaky_app, regress_leaky_admin;
DROP ROLE regress_leaky_app, regress_leaky_admin;
