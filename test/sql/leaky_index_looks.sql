-- The indexes for conditions that are not leakproof are looked at once: PostgreSQL's own look is without them. Nothing
-- that it would have made of them may be missing, and a planning in between or an error leaves nothing behind.
LOAD 'djust_tenants';
SET client_min_messages = warning;
CREATE SCHEMA "Leaky Looks";
CREATE ROLE regress_leaky_looks;
GRANT USAGE ON SCHEMA "Leaky Looks" TO regress_leaky_looks;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Leaky Looks" GRANT ALL ON TABLES TO regress_leaky_looks;
SET search_path TO "Leaky Looks";
CREATE EXTENSION btree_gist SCHEMA "Leaky Looks";
CREATE TABLE doc (tenant_id text NOT NULL, id int NOT NULL, price numeric, period int4range, label text);
INSERT INTO doc SELECT 'looks-' || i % 20, i, i, int4range(i, i + 10), 'l' || i FROM generate_series(1, 20000) i;
CREATE INDEX doc_id ON doc (tenant_id, id);
CREATE INDEX doc_price ON doc (tenant_id, price);
CREATE INDEX doc_label ON doc (tenant_id, label);
SELECT djust_tenants.scope_table('doc');
ANALYZE doc;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END $$;
SET djust_tenants.tenant_id = 'looks-3';
SET ROLE regress_leaky_looks;
-- an order that the index has, without a condition that is worth the index
SELECT pg_temp.plan($$SELECT price FROM doc WHERE price > 5 ORDER BY price DESC LIMIT 3$$);
SELECT price FROM doc WHERE price > 5 ORDER BY price DESC LIMIT 3;
-- an index only scan
SELECT pg_temp.plan($$SELECT price FROM doc WHERE price < 100$$);
-- a condition that fits the column, of which the index makes nothing
SET enable_seqscan = off;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE label LIKE '%7'$$);
SELECT count(*) FROM doc WHERE label LIKE '%7';
RESET enable_seqscan;
-- the outer row's value, beside a value of its own; each relation has its look
SELECT pg_temp.plan($$SELECT b.id FROM doc a JOIN doc b ON b.price = a.price + 20 WHERE a.price = 23$$);
SELECT b.id FROM doc a JOIN doc b ON b.price = a.price + 20 WHERE a.price = 23;
-- the arms of an OR
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price = 43 OR id = 63$$);
SELECT id FROM doc WHERE price = 43 OR id = 63;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price < 1000 AND (id = 43 OR label = 'l63')$$);
SELECT id FROM doc WHERE price < 1000 AND (id = 43 OR label = 'l63');

-- nearest first: a path that is not proven, whose index PostgreSQL then has to look at itself
RESET ROLE;
CREATE INDEX doc_near ON doc USING gist (tenant_id, period, id);
SET ROLE regress_leaky_looks;
SET enable_sort = off;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE period && int4range(1, 15000) ORDER BY id <-> 9003 LIMIT 3$$);
RESET enable_sort;
SELECT id FROM doc WHERE period && int4range(1, 15000) ORDER BY id <-> 9003 LIMIT 3;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE period && int4range(90, 95)$$);

-- an index that the tenant does not lead, a unique one, one that covers a part, one of an expression
RESET ROLE;
CREATE INDEX doc_other ON doc (label);
SET ROLE regress_leaky_looks;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price = 43$$);
RESET ROLE;
DROP INDEX doc_other, doc_price;
CREATE UNIQUE INDEX doc_price ON doc (tenant_id, price);
SET ROLE regress_leaky_looks;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price = 43$$);
SELECT pg_temp.plan($$SELECT a.label FROM doc a LEFT JOIN doc b ON b.price = a.price AND b.tenant_id = 'looks-3' WHERE a.id = 3$$);
RESET ROLE;
DROP INDEX doc_price;
CREATE INDEX doc_price ON doc (tenant_id, price) WHERE price < 1000;
SET ROLE regress_leaky_looks;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price < 43$$);
RESET ROLE;
DROP INDEX doc_price;
CREATE INDEX doc_price ON doc (tenant_id, (price * 2));
ANALYZE doc;
SET ROLE regress_leaky_looks;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price * 2 = 86$$);
RESET ROLE;
DROP INDEX doc_price;
CREATE INDEX doc_price ON doc (tenant_id, price);

-- functions that the estimates call: they plan in between, fail in between, and fail inside
CREATE FUNCTION nested() RETURNS numeric STABLE LANGUAGE plpgsql AS $$
DECLARE found numeric;
BEGIN
    EXECUTE 'SELECT max(price) FROM doc WHERE price < 50' INTO found;
    RETURN found;
END $$;
CREATE FUNCTION caught() RETURNS numeric STABLE LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE 'SELECT price FROM doc WHERE price = failing()';
    EXCEPTION WHEN division_by_zero THEN
        RETURN nested();
    END;
    RETURN 0;
END $$;
CREATE FUNCTION failing() RETURNS numeric STABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1 / 0; END';
SET ROLE regress_leaky_looks;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price = nested()$$);
SELECT id FROM doc WHERE price = nested();
SELECT pg_temp.plan($$SELECT a.id FROM doc a, doc b WHERE a.price = caught() AND b.price = nested()$$);
SELECT a.id, b.id FROM doc a, doc b WHERE a.price = caught() AND b.price = nested();
\set SHOW_CONTEXT never
SELECT id FROM doc WHERE price = failing();
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price = 43$$);
DO $$
BEGIN
    FOR i IN 1..200 LOOP
        BEGIN
            EXECUTE 'SELECT a.id FROM doc a, doc b WHERE a.price = 43 AND b.price = failing()';
        EXCEPTION WHEN division_by_zero THEN NULL;
        END;
    END LOOP;
END $$;
SELECT pg_temp.plan($$SELECT id FROM doc WHERE price BETWEEN 43 AND 63$$);
SELECT id FROM doc WHERE price BETWEEN 43 AND 63;

RESET ROLE;
RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA "Leaky Looks" CASCADE;
DROP OWNED BY regress_leaky_looks;
DROP ROLE regress_leaky_looks;
