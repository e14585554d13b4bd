-- gin_fuzzy_search_limit drops rows when an entry of the index has many, of whatever tenant.
LOAD 'djust_tenants';
SET client_min_messages = warning;
CREATE SCHEMA "Gin Limit";
CREATE ROLE regress_gin_limit;
GRANT USAGE, CREATE ON SCHEMA "Gin Limit" TO regress_gin_limit;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Gin Limit" GRANT ALL ON TABLES TO regress_gin_limit;
SET search_path TO "Gin Limit";
CREATE EXTENSION btree_gin SCHEMA "Gin Limit";
CREATE EXTENSION pg_trgm SCHEMA "Gin Limit";
CREATE TABLE doc (tenant_id text NOT NULL, id int, words tsvector, name text);
INSERT INTO doc SELECT 'acme', i, 'plain', 'plain' FROM generate_series(1, 3000) i;
INSERT INTO doc VALUES ('globex', 1, 'zebra', 'zebra'), ('globex', 2, 'zebra', 'zebra'), ('globex', 3, 'zebra', 'zebra'),
    ('acme', 5001, 'zebra', 'zebra'), ('acme', 5002, 'zebra', 'zebra'), ('acme', 5003, 'zulu', 'zulu'),
    ('acme', 5004, 'zulu', 'zulu');
CREATE INDEX ON doc USING gin (tenant_id, words) WITH (fastupdate = off);
CREATE INDEX ON doc USING gin (tenant_id, name gin_trgm_ops) WITH (fastupdate = off);
CREATE TABLE plain AS SELECT i AS id, 'zebra'::tsvector AS words FROM generate_series(1, 100) i;
CREATE INDEX ON plain USING gin (words) WITH (fastupdate = off);
SELECT djust_tenants.scope_table('doc');
ANALYZE doc;
ANALYZE plain;
SET ROLE regress_gin_limit;
SET enable_seqscan = off;
SET djust_tenants.tenant_id = 'acme';
CREATE FUNCTION searched(word text) RETURNS TABLE (words int[], names int[]) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT (SELECT array_agg(id) FROM doc WHERE words @@ %L), '
                                '(SELECT array_agg(id) FROM doc WHERE name LIKE %L)', word, '%' || left(word, 3) || '%');
END $$;
SELECT * FROM searched('zebra');
SELECT * FROM searched('zulu');
SET gin_fuzzy_search_limit = 1;
EXPLAIN (COSTS OFF) SELECT id FROM doc WHERE words @@ 'zebra';
SELECT * FROM searched('zebra');
SELECT * FROM searched('zulu');
SHOW gin_fuzzy_search_limit;
-- set in the midst of a statement, by a function, by a subtransaction that ends, by RESET
SET gin_fuzzy_search_limit = 0;
PREPARE kept AS SELECT id FROM doc WHERE words @@ 'zebra';
SET gin_fuzzy_search_limit = 1;
EXECUTE kept;
SET gin_fuzzy_search_limit = 0;
SELECT s.i, d.id FROM (SELECT i, set_config('gin_fuzzy_search_limit', '1', false) FROM generate_series(1, 2) i OFFSET 0) s,
    LATERAL (SELECT id FROM doc WHERE words @@ 'zebra' AND id > s.i) d ORDER BY 1, 2;
SHOW gin_fuzzy_search_limit;
BEGIN;
SAVEPOINT before;
SET LOCAL gin_fuzzy_search_limit = 0;
DECLARE c CURSOR FOR SELECT id FROM doc WHERE words @@ 'zebra';
SET LOCAL gin_fuzzy_search_limit = 1;
FETCH ALL FROM c;
ROLLBACK TO before;
DECLARE c CURSOR FOR SELECT id FROM doc WHERE words @@ 'zebra';
RESET gin_fuzzy_search_limit;
SET gin_fuzzy_search_limit = 2;
FETCH ALL FROM c;
ROLLBACK;
CREATE FUNCTION opened() RETURNS refcursor SET gin_fuzzy_search_limit = 0 LANGUAGE plpgsql AS $$
DECLARE c refcursor := 'opened';
BEGIN
    OPEN c FOR SELECT id FROM doc WHERE words @@ 'zebra';
    RETURN c;
END $$;
BEGIN;
SELECT opened();
FETCH ALL FROM opened;
COMMIT;
-- what is not scoped has its limit, and has it again after a statement that failed
SET gin_fuzzy_search_limit = 1;
SELECT count(*) < 100 AS limited FROM plain WHERE words @@ 'zebra';
SELECT id / 0 FROM doc WHERE words @@ 'zebra';
SELECT count(*) < 100 AS limited FROM plain WHERE words @@ 'zebra';
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM doc WHERE words @@ 'zebra' AND id / 0 = 1;
FETCH c;
ROLLBACK;
SELECT count(*) < 100 AS limited FROM plain WHERE words @@ 'zebra';
RESET gin_fuzzy_search_limit;
SELECT count(*) AS unlimited FROM plain WHERE words @@ 'zebra';
RESET ROLE;
RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA "Gin Limit" CASCADE;
DROP OWNED BY regress_gin_limit;
DROP ROLE regress_gin_limit;
