-- Functions that are STABLE or IMMUTABLE by name only: the planner trusts them, the tenant condition does not.
LOAD 'djust_tenants';
SET client_min_messages = warning;
CREATE SCHEMA "Liars";
CREATE ROLE regress_liars;
GRANT USAGE, CREATE ON SCHEMA "Liars" TO regress_liars;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Liars" GRANT ALL ON TABLES TO regress_liars;
SET search_path TO "Liars";
CREATE TABLE flat (id int, tenant_id text NOT NULL);
CREATE TABLE tree (LIKE flat);
CREATE TABLE branch () INHERITS (tree);
CREATE TABLE split (LIKE flat) PARTITION BY LIST (tenant_id);
CREATE TABLE split_1 PARTITION OF split FOR VALUES IN ('acme');
CREATE TABLE split_2 PARTITION OF split FOR VALUES IN ('globex');
CREATE TABLE other (tenant varchar(20), id int);
INSERT INTO flat VALUES (1, 'acme'), (2, 'globex'), (3, 'globex');
INSERT INTO tree TABLE flat;
INSERT INTO branch SELECT id + 10, tenant_id FROM flat;
INSERT INTO split TABLE flat;
INSERT INTO other VALUES ('acme', 1), ('globex', 2);
SELECT djust_tenants.scope_table('flat');
SELECT djust_tenants.scope_table('tree');
SELECT djust_tenants.scope_table('split');
CREATE TABLE numbered (id int, tenant_id bigint NOT NULL);
INSERT INTO numbered VALUES (1, 7), (2, 8);
SELECT djust_tenants.scope_table('numbered', column_type => 'bigint');
SET djust_tenants.tenant_id = 'acme';
SET ROLE regress_liars;

-- a value beside the policy that changes in the midst of the statement: PostgreSQL compares it with the tenant once
SET my.x = 'acme';
SELECT tenant_id, id, set_config('my.x', 'globex', false) FROM tree WHERE tenant_id = current_setting('my.x') ORDER BY 2;
SET my.x = 'acme';
EXPLAIN (COSTS OFF) SELECT id FROM tree WHERE tenant_id = current_setting('my.x');
BEGIN;
UPDATE tree SET tenant_id = 'acme' WHERE tenant_id = current_setting('my.x')
    RETURNING id, set_config('my.x', 'globex', false) IS NULL AS x;
ROLLBACK;
SET my.x = 'acme';
BEGIN;
DELETE FROM tree WHERE tenant_id = current_setting('my.x') RETURNING id, set_config('my.x', 'globex', false) IS NULL AS x;
ROLLBACK;
SET my.x = 'acme';
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM tree WHERE tenant_id = current_setting('my.x');
FETCH 1 FROM c;
SET my.x = 'globex';
FETCH ALL FROM c;
COMMIT;
SET my.x = 'acme';
COPY (SELECT id, set_config('my.x', 'globex', false) FROM tree WHERE tenant_id = current_setting('my.x')) TO STDOUT;
SET my.x = 'acme';
SELECT id, set_config('my.x', 'globex', false) IS NULL AS x FROM djust_tenants.get_tenant_queryset(NULL::tree)
    WHERE tenant_id = current_setting('my.x') FOR UPDATE;
-- by way of another table's column, of another type
SET my.x = 'acme';
SELECT t.id, set_config('my.x', 'globex', false) IS NULL AS x FROM other o JOIN tree t ON t.tenant_id = o.tenant
    WHERE o.tenant = current_setting('my.x');
-- statements that are kept
SET plan_cache_mode = force_generic_plan;
PREPARE kept AS SELECT tenant_id, id, set_config('my.x', 'globex', false) FROM flat WHERE tenant_id = current_setting('my.x');
PREPARE joined AS SELECT a.id, b.id, set_config('my.x', 'globex', false) FROM flat a JOIN split b USING (tenant_id)
    WHERE a.tenant_id = current_setting('my.x');
PREPARE written AS DELETE FROM flat WHERE tenant_id = current_setting('my.x')
    RETURNING tenant_id, id, set_config('my.x', 'globex', false);
CREATE FUNCTION pg_temp.rounds() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE found record;
BEGIN
    FOR i IN 1..3 LOOP
        PERFORM set_config('djust_tenants.tenant_id', '', true);
        PERFORM set_config('djust_tenants.tenant_id', 'acme', true), set_config('my.x', 'acme', true);
        FOR found IN SELECT *, set_config('my.x', 'globex', true) FROM flat WHERE tenant_id = current_setting('my.x') LOOP
            RETURN NEXT i || ': ' || found.tenant_id;
        END LOOP;
    END LOOP;
END $$;
CREATE FUNCTION pg_temp.inlined() RETURNS SETOF flat STABLE LANGUAGE sql AS 'SELECT * FROM flat';
RESET djust_tenants.tenant_id;
BEGIN; SET LOCAL djust_tenants.tenant_id = 'acme'; SET my.x = 'acme'; EXECUTE kept; COMMIT;
BEGIN; SET LOCAL djust_tenants.tenant_id = 'acme'; SET my.x = 'acme'; EXECUTE kept; COMMIT;
BEGIN; SET LOCAL djust_tenants.tenant_id = 'acme'; SET my.x = 'acme'; EXECUTE joined; COMMIT;
BEGIN; SET LOCAL djust_tenants.tenant_id = 'acme'; SET my.x = 'acme'; EXECUTE joined; COMMIT;
BEGIN; SET LOCAL djust_tenants.tenant_id = 'acme'; SET my.x = 'acme'; EXECUTE written; ROLLBACK;
BEGIN; SET LOCAL djust_tenants.tenant_id = 'acme'; SET my.x = 'acme'; EXECUTE written; ROLLBACK;
SELECT pg_temp.rounds();
SET djust_tenants.tenant_id = 'acme';
SET my.x = 'acme';
SELECT tenant_id, id, set_config('my.x', 'globex', false) FROM pg_temp.inlined() WHERE tenant_id = current_setting('my.x');
SET my.x = 'acme';
EXPLAIN (COSTS OFF) EXECUTE kept;
-- nothing more is asked where the value is a constant or a parameter, which keep their word
PREPARE named(text) AS SELECT a.id FROM flat a JOIN tree b USING (tenant_id) WHERE a.tenant_id = $1;
EXPLAIN (COSTS OFF) EXECUTE named('acme');
PREPARE constant AS SELECT id FROM flat WHERE tenant_id = 'acme';
EXPLAIN (COSTS OFF) EXECUTE constant;
SET djust_tenants.tenant_id = 'globex';
EXECUTE named('acme');
EXECUTE constant;
-- other kinds of keys
SET djust_tenants.tenant_id = '7';
PREPARE number AS SELECT id, set_config('my.x', '8', false) FROM numbered WHERE tenant_id = current_setting('my.x')::bigint;
SET my.x = '7';
EXECUTE number;
SET djust_tenants.tenant_id = '8';
SET my.x = '8';
EXECUTE number;
-- an index on nothing but the tenant, sub-links, outer joins
RESET ROLE;
CREATE INDEX flat_tenant ON flat (tenant_id);
SET ROLE regress_liars;
SET djust_tenants.tenant_id = 'acme';
SET enable_seqscan = off;
SET my.x = 'acme';
PREPARE inner_side AS SELECT o.id, f.id, set_config('my.x', 'globex', false) IS NULL AS x
    FROM other o LEFT JOIN flat f ON f.tenant_id = current_setting('my.x') ORDER BY 1, 2;
EXECUTE inner_side;
SET my.x = 'acme';
PREPARE linked AS SELECT o.id, (SELECT string_agg(f.tenant_id, ',') FROM flat f WHERE f.tenant_id = current_setting('my.x')
    AND set_config('my.x', 'globex', false) IS NOT NULL AND o.id > 0) FROM other o ORDER BY 1;
EXECUTE linked;
PREPARE least AS SELECT min(tenant_id) FROM flat WHERE tenant_id = current_setting('my.x');
SET my.x = 'globex';
EXECUTE least;
RESET enable_seqscan;

-- functions that switch the tenant while the statement is planned: by then it may have been planned for the other one
CREATE FUNCTION pg_temp.enter(tenant text) RETURNS int STABLE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('djust_tenants.tenant_id', tenant, false);
    RETURN 0;
END $$;
CREATE FUNCTION folded() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('my.go', true) = '1' THEN
        PERFORM set_config('my.go', '0', false), set_config('djust_tenants.tenant_id', 'globex', false);
    END IF;
    RETURN 1;
END $$;
RESET plan_cache_mode;
SET djust_tenants.tenant_id = 'acme';
SELECT *, djust_tenants.current_tenant_id() FROM flat WHERE id > pg_temp.enter('globex');
SHOW djust_tenants.tenant_id;
UPDATE flat SET id = id WHERE id > pg_temp.enter('globex') RETURNING *;
SET my.go = '1';
INSERT INTO flat (id) VALUES (folded() * 200) RETURNING *, djust_tenants.current_tenant_id();
EXPLAIN SELECT FROM flat WHERE id = folded();
SHOW my.go;
-- a kept plan, in a session that has served one tenant: nothing of it may be kept
\c -
LOAD 'djust_tenants';
SET client_min_messages = warning;
SET search_path TO "Liars";
SET djust_tenants.tenant_id = 'acme';
SET ROLE regress_liars;
SET plan_cache_mode = force_generic_plan;
SET my.go = '0';
PREPARE poisoned AS SELECT *, djust_tenants.current_tenant_id() FROM flat WHERE folded() = 1;
SET my.go = '1';
EXECUTE poisoned;
EXECUTE poisoned;
SET my.go = '0';
EXECUTE poisoned;
EXPLAIN (COSTS OFF) EXECUTE poisoned;
SET djust_tenants.tenant_id = 'globex';
EXECUTE poisoned;
RESET plan_cache_mode;
-- back before the end of it
CREATE FUNCTION pg_temp.there_and_back() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE before text := current_setting('djust_tenants.tenant_id');
BEGIN
    PERFORM set_config('djust_tenants.tenant_id', 'acme', false);
    PERFORM set_config('djust_tenants.tenant_id', before, false);
    RETURN 2;
END $$;
SELECT * FROM flat WHERE id = pg_temp.there_and_back();
-- of the joins: a class of equal things that is in force elsewhere, a table that is joined with itself and left out
RESET ROLE;
CREATE TABLE elsewhere AS SELECT 'globex' COLLATE "C" AS name;
CREATE TABLE keyed (id int PRIMARY KEY, secret text, tenant_id text);
INSERT INTO keyed VALUES (1, 's1', 'acme'), (2, 's2', 'globex'), (3, 's3', 'globex');
SELECT djust_tenants.scope_table('keyed');
CREATE VIEW directory AS SELECT id FROM keyed;
CREATE FUNCTION all_keyed() RETURNS SETOF keyed STABLE LANGUAGE sql AS 'SELECT * FROM keyed';
GRANT SELECT ON elsewhere, directory TO regress_liars;
CREATE VIEW changing AS SELECT set_config('my.x', 'globex', false) OFFSET 0;
GRANT SELECT ON changing TO regress_liars;
SET djust_tenants.tenant_id = 'acme';
SET ROLE regress_liars;
SET my.x = 'acme';
SELECT t.* FROM changing CROSS JOIN tree t LEFT JOIN elsewhere e
    ON e.name = 'globex' AND e.name = djust_tenants.current_tenant_id()
    WHERE t.tenant_id = current_setting('my.x') AND t.tenant_id = 'globex' COLLATE "C";
SET my.x = 'acme';
BEGIN;
DELETE FROM tree t USING changing LEFT JOIN elsewhere e
    ON e.name = 'globex' AND e.name = djust_tenants.current_tenant_id()
    WHERE t.tenant_id = current_setting('my.x') AND t.tenant_id = 'globex' COLLATE "C" RETURNING t.id;
ROLLBACK;
SET my.x = 'acme';
SELECT b.* FROM changing CROSS JOIN all_keyed() b JOIN directory USING (id) WHERE b.tenant_id = current_setting('my.x');
SET my.x = 'acme';
SELECT b.* FROM all_keyed() b JOIN directory USING (id) WHERE b.tenant_id = current_setting('my.x');
-- the filter of get_tenant_queryset, for whom no policy binds
RESET ROLE;
SET my.x = 'acme';
SELECT q.* FROM changing CROSS JOIN djust_tenants.get_tenant_queryset(NULL::tree) q WHERE q.tenant_id = current_setting('my.x');
-- a partial index that says by itself whose rows it has: nothing is added that an index-only scan could not see, also
-- where two kinds of our functions are in one class
CREATE TABLE invoice (id int, tenant_id bigint NOT NULL);
CREATE TABLE note (id int, tenant_id int NOT NULL);
INSERT INTO invoice SELECT i, 7 + i % 2 FROM generate_series(1, 1000) i;
INSERT INTO note TABLE invoice;
SELECT djust_tenants.scope_table('invoice', column_type => 'bigint'), djust_tenants.scope_table('note', column_type => 'integer');
CREATE INDEX invoice_of_7 ON invoice (id) WHERE tenant_id = 7;
ANALYZE invoice, note;
CREATE TABLE invoice_old () INHERITS (invoice);
CREATE TABLE note_old () INHERITS (note);
SET djust_tenants.tenant_id = '7';
SET ROLE regress_liars;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT i.id FROM note n, invoice i WHERE i.id = 4 AND n.id = 4 AND n.tenant_id = 7 AND i.tenant_id = 7;
SELECT i.id FROM invoice i, note n WHERE i.id = 4 AND n.id = 4 AND n.tenant_id = 7 AND i.tenant_id = 7;
SELECT id FROM invoice WHERE tenant_id = 7 AND tenant_id = djust_tenants.current_tenant_integer() AND id = 4;
EXPLAIN (COSTS OFF) SELECT id FROM ONLY invoice WHERE tenant_id = 7 AND tenant_id = djust_tenants.current_tenant_integer() AND id = 4;
EXPLAIN (COSTS OFF) SELECT id FROM invoice WHERE tenant_id = djust_tenants.current_tenant_integer() AND id = 4;
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET ROLE;
SET djust_tenants.tenant_id = 'acme';

-- children that have the columns in another order, below others
CREATE TABLE twig (tenant_id text NOT NULL, id int);
ALTER TABLE twig INHERIT branch;
INSERT INTO twig VALUES ('acme', 21), ('globex', 22);
SET ROLE regress_liars;
SET my.x = 'acme';
SELECT t.*, t.tableoid::regclass FROM tree t, changing WHERE tenant_id = current_setting('my.x') ORDER BY id;
SET my.x = 'acme';
SELECT t.*, t.tableoid::regclass FROM tree t WHERE tenant_id = current_setting('my.x') ORDER BY id;

RESET ROLE;
RESET djust_tenants.tenant_id;
SELECT * FROM flat ORDER BY id;
SELECT * FROM tree ORDER BY id;
RESET ALL;
SET client_min_messages = warning;
DROP OWNED BY regress_liars;
DROP SCHEMA "Liars" CASCADE;
DROP ROLE regress_liars;
