-- Operators of one's own, which tell what they see; index methods that would show them other tenants' values; and the
-- well-known attacks on conditions that are not leakproof, by name.
LOAD 'djust_tenants';
SET client_min_messages = warning;
CREATE SCHEMA "Leaky Own";
CREATE ROLE regress_leaky_own;
GRANT USAGE ON SCHEMA "Leaky Own" TO regress_leaky_own;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Leaky Own" GRANT ALL ON TABLES TO regress_leaky_own;
SET search_path TO "Leaky Own";
CREATE EXTENSION btree_gin SCHEMA "Leaky Own";
CREATE EXTENSION btree_gist SCHEMA "Leaky Own";
CREATE EXTENSION pg_trgm SCHEMA "Leaky Own";

-- A type whose every comparison tells of a secret that it sees, while the setting is on.
CREATE TYPE loud AS (v text);
CREATE FUNCTION tell(l loud, r loud) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF current_setting('leaky.loud', true) = 'on' THEN
        IF l.v LIKE 'secret%' THEN RAISE WARNING 'leaked %', l.v; END IF;
        IF r.v LIKE 'secret%' THEN RAISE WARNING 'leaked %', r.v; END IF;
    END IF;
    RETURN bttextcmp(l.v, r.v);
END $$;
CREATE FUNCTION lt(loud, loud) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN "Leaky Own".tell($1, $2) < 0; END';
CREATE FUNCTION le(loud, loud) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN "Leaky Own".tell($1, $2) <= 0; END';
CREATE FUNCTION eq(loud, loud) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN "Leaky Own".tell($1, $2) = 0; END';
CREATE FUNCTION ge(loud, loud) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN "Leaky Own".tell($1, $2) >= 0; END';
CREATE FUNCTION gt(loud, loud) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN "Leaky Own".tell($1, $2) > 0; END';
CREATE OPERATOR < (LEFTARG = loud, RIGHTARG = loud, FUNCTION = lt, RESTRICT = scalarltsel, COMMUTATOR = >);
CREATE OPERATOR <= (LEFTARG = loud, RIGHTARG = loud, FUNCTION = le, RESTRICT = scalarlesel, COMMUTATOR = >=);
CREATE OPERATOR = (LEFTARG = loud, RIGHTARG = loud, FUNCTION = eq, RESTRICT = eqsel, JOIN = eqjoinsel, COMMUTATOR = =, MERGES);
CREATE OPERATOR >= (LEFTARG = loud, RIGHTARG = loud, FUNCTION = ge, RESTRICT = scalargesel, COMMUTATOR = <=);
CREATE OPERATOR > (LEFTARG = loud, RIGHTARG = loud, FUNCTION = gt, RESTRICT = scalargtsel, COMMUTATOR = <);
CREATE OPERATOR CLASS loud_ops DEFAULT FOR TYPE loud USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 tell(loud, loud);
CREATE TYPE loudrange AS RANGE (SUBTYPE = loud);

-- acme's neighbours in the index, before and behind it, on the same pages
CREATE TABLE own (tenant_id text NOT NULL, id int PRIMARY KEY, v loud, vs loud[], period loudrange);
INSERT INTO own SELECT CASE i % 3 WHEN 0 THEN 'aa' WHEN 1 THEN 'acme' ELSE 'zz' END, i, ROW(x)::loud, ARRAY[ROW(x)::loud],
    loudrange(ROW(x)::loud, ROW(x || 'z')::loud)
FROM (SELECT i, CASE WHEN i % 3 = 1 THEN 'own' ELSE 'secret' END || lpad((i % 250)::text, 4, '0') AS x FROM generate_series(1, 3000) i) s;
CREATE INDEX own_v ON own (tenant_id, v);
CREATE INDEX own_skip ON own (tenant_id, id, v);
SELECT djust_tenants.scope_table('own');
ANALYZE own;
SELECT djust_tenants.allow_operator(o.oid::regoperator) FROM pg_operator o WHERE o.oprnamespace = '"Leaky Own"'::regnamespace AND oprleft = 'loud'::regtype;
SELECT djust_tenants.allow_operator('&&(anyarray,anyarray)');
SET leaky.loud = on;
SET djust_tenants.tenant_id = 'acme';
SET ROLE regress_leaky_own;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM own WHERE v > ROW('own0100')::loud;
SELECT count(*) FROM own WHERE v > ROW('own0100')::loud;
SELECT count(*) FROM own WHERE v < ROW('zzzz')::loud AND v >= ROW('a')::loud;
SELECT count(*) FROM own WHERE v = ANY (ARRAY[ROW('own0100')::loud, ROW('zz')::loud, ROW('a')::loud]);
SELECT id FROM own WHERE v > ROW('own0100')::loud ORDER BY v DESC, id LIMIT 2;
SELECT id FROM own WHERE v < ROW('own0100')::loud ORDER BY v DESC, id LIMIT 2;
SELECT count(*) FROM own a JOIN own b ON b.v = a.v AND b.id < 100 WHERE a.id < 60;
SELECT count(*) FROM own WHERE v > ROW('own0100')::loud OR v < ROW('own0010')::loud OR id = 4;
SELECT count(*) FROM own WHERE (v, id) > (ROW('own0100')::loud, 3);
SET enable_bitmapscan = off;
SELECT count(*) FROM own WHERE v > ROW('own0100')::loud;
SELECT count(*) FROM own WHERE v > ROW('own0100')::loud AND id > 2900;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM own WHERE v > ROW('own0200')::loud ORDER BY v, id;
FETCH 2 FROM c;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
COMMIT;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = on;
SET work_mem = '64kB';
SELECT count(*) FROM own WHERE v > ROW('own0100')::loud;
UPDATE own SET id = id WHERE v = ROW('own0100')::loud;
RESET enable_indexscan;
RESET enable_indexonlyscan;
-- at the ends of the index: an unknown tenant, before and behind all others
SET djust_tenants.tenant_id = 'a';
SELECT count(*) FROM own WHERE v > ROW('own0100')::loud;
SET djust_tenants.tenant_id = 'acmd';
SELECT count(*) FROM own WHERE v < ROW('zz')::loud;
SET djust_tenants.tenant_id = 'acmf';
SELECT count(*) FROM own WHERE v > ROW('a')::loud AND v < ROW('zz')::loud;
SET djust_tenants.tenant_id = 'zzz';
SELECT count(*) FROM own WHERE v < ROW('zz')::loud;
-- it does tell, of one row that the tenant may see
SET djust_tenants.tenant_id = 'zz';
SELECT count(*) FROM own WHERE id = 2 AND v > ROW('own0100')::loud;
SET djust_tenants.tenant_id = 'acme';
RESET ROLE;

-- GIN compares elements of all tenants, GiST bounds: with a type that tells, such a column is not used
RESET leaky.loud;
CREATE INDEX own_vs ON own USING gin (tenant_id, vs);
CREATE INDEX own_period ON own USING gist (tenant_id, period);
DROP INDEX own_v, own_skip;
ANALYZE own;
SET leaky.loud = on;
SET ROLE regress_leaky_own;
EXPLAIN (COSTS OFF) SELECT count(*) FROM own WHERE vs && ARRAY[ROW('own0100')::loud];
SELECT count(*) FROM own WHERE vs && ARRAY[ROW('own0100')::loud];
EXPLAIN (COSTS OFF) SELECT count(*) FROM own WHERE period @> ROW('own0100')::loud;
SELECT count(*) FROM own WHERE period @> ROW('own0100')::loud;
RESET ROLE;
RESET leaky.loud;
SELECT djust_tenants.disallow_operator(o.oid::regoperator) FROM pg_operator o WHERE o.oprnamespace = '"Leaky Own"'::regnamespace AND oprleft = 'loud'::regtype;
SELECT count(*) FROM djust_tenants.operator_rule WHERE NOT built_in;

-- By name: a search so deep that its evaluation uses up the stack, where its first word is one of a row's: of another
-- tenant's, for GIN answers such a query for every row that has one of its words. It ends alike, whatever the word.
CREATE TABLE page (tenant_id text NOT NULL, id int, words tsvector);
INSERT INTO page SELECT CASE WHEN i % 4 = 0 THEN 'acme' ELSE 'globex' END, i,
    to_tsvector('simple', CASE WHEN i % 4 = 0 THEN 'own' ELSE 'other' END || CASE WHEN i = 1001 THEN ' secret' ELSE '' END)
FROM generate_series(1, 2000) i;
CREATE INDEX page_words ON page USING gin (tenant_id, words);
SELECT djust_tenants.scope_table('page');
VACUUM ANALYZE page;
-- and one word that is still in the list of what is to be merged into the index
INSERT INTO page VALUES ('globex', 0, 'other pending');
CREATE EXTENSION pageinspect SCHEMA "Leaky Own";
SELECT n_pending_tuples FROM gin_metapage_info(get_raw_page('page_words', 0));
CREATE FUNCTION pg_temp.outcome(q tsquery) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    PERFORM set_config('max_stack_depth', '100kB', true);
    SET LOCAL ROLE regress_leaky_own;
    SELECT count(*) INTO found FROM page WHERE words @@ q;
    RESET ROLE;
    PERFORM set_config('max_stack_depth', '1MB', true);
    RETURN found;
EXCEPTION WHEN OTHERS THEN RETURN SQLERRM;
END $$;
CREATE FUNCTION pg_temp.sweep() RETURNS TABLE (operator text, outcomes text[], several boolean) LANGUAGE sql AS $$
    SELECT o, array_agg(DISTINCT outcome), count(*) > 5
    FROM unnest('{&,<->,|}'::text[]) o, generate_series(0, 1500, 50) n, LATERAL (
        SELECT string_agg(pg_temp.outcome((word || ' & (own' || repeat(' ' || o || ' own', n) || ')')::tsquery), ', ' ORDER BY word)
        FROM unnest('{absent,pending,secret}'::text[]) word) x (outcome)
    GROUP BY o, left(outcome, 1) ORDER BY o, left(outcome, 1)
$$;
SET plan_cache_mode = force_generic_plan;
SET max_stack_depth = '1MB';
SET ROLE regress_leaky_own;
PREPARE search AS SELECT count(*) FROM page WHERE words @@ $1;
EXPLAIN (COSTS OFF) EXECUTE search('a');
RESET ROLE;
SELECT * FROM pg_temp.sweep();
-- (without the question that is asked first it would not)
BEGIN;
CREATE OR REPLACE FUNCTION djust_tenants.checked_tsquery(query tsquery) RETURNS tsquery LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
SELECT count(*) > 0 AS told FROM pg_temp.sweep() WHERE outcomes::text LIKE '%"0, 0, stack depth limit exceeded"%';
ROLLBACK;
-- of an array of them it is not asked, so no index is
SET ROLE regress_leaky_own;
EXPLAIN (COSTS OFF) SELECT FROM page WHERE words @@ ANY ('{secret,own}');
EXPLAIN (COSTS OFF) SELECT FROM page WHERE words @@ 'absent' OR words @@ ANY ('{secret,own}');
RESET ROLE;
CREATE OR REPLACE FUNCTION pg_temp.outcome(q tsquery) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    PERFORM set_config('max_stack_depth', '100kB', true);
    SET LOCAL ROLE regress_leaky_own;
    SELECT count(*) INTO found FROM page WHERE words @@ ANY (ARRAY[q]);
    RESET ROLE;
    PERFORM set_config('max_stack_depth', '1MB', true);
    RETURN found;
EXCEPTION WHEN OTHERS THEN RETURN SQLERRM;
END $$;
SELECT count(*) > 0 AS told FROM pg_temp.sweep() WHERE outcomes::text LIKE '%"0, 0, stack depth limit exceeded"%';
-- the function gives what it takes
SELECT djust_tenants.checked_tsquery('a & b'), djust_tenants.checked_tsquery(''), djust_tenants.checked_tsquery(NULL) IS NULL AS none;
RESET max_stack_depth;
RESET plan_cache_mode;
-- tsqueries as keys are compared as deeply as they go: no condition uses such an index
ALTER TABLE page ADD queries tsquery[];
CREATE INDEX page_queries ON page USING gin (tenant_id, queries);
SET ROLE regress_leaky_own;
EXPLAIN (COSTS OFF) SELECT FROM page WHERE queries @> '{a}';
RESET ROLE;

-- By name: a pattern that raises its error only when it meets a row that begins as it does. (Nobody of acme's does.)
CREATE TABLE doc (tenant_id text NOT NULL, id int, name text, body jsonb);
INSERT INTO doc SELECT CASE WHEN i % 4 = 0 THEN 'acme' ELSE 'globex' END, i,
    CASE WHEN i % 4 = 0 THEN 'plain' || i ELSE 'secrets' END, CASE WHEN i % 4 = 0 THEN '{"n": 1}' ELSE '{"n": "secret"}' END::jsonb
FROM generate_series(1, 2000) i;
CREATE INDEX ON doc (tenant_id, name text_pattern_ops);
CREATE INDEX ON doc (tenant_id, name);
CREATE INDEX ON doc USING gin (tenant_id, name gin_trgm_ops);
SELECT djust_tenants.scope_table('doc');
ANALYZE doc;
SET ROLE regress_leaky_own;
CREATE FUNCTION pg_temp.every_way(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE way text; outcome text := ''; one text;
BEGIN
    FOREACH way IN ARRAY ARRAY['seqscan,indexscan', 'seqscan,bitmapscan', 'bitmapscan,indexscan', ''] LOOP
        PERFORM set_config('enable_' || off, 'off', true) FROM regexp_split_to_table(way, ',') off WHERE off <> '';
        EXECUTE 'EXPLAIN ' || query;
        EXECUTE query INTO one;
        outcome := outcome || one || ' ';
        PERFORM set_config('enable_' || off, 'on', true) FROM regexp_split_to_table(way, ',') off WHERE off <> '';
    END LOOP;
    RETURN outcome;
END $$;
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name LIKE 'secret\'$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name LIKE '%ret\'$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name ILIKE 'secret\'$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name NOT LIKE 'secret\'$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name LIKE ANY ('{secret\\,sec\\}')$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name LIKE 'secret\' OR name LIKE 'plain4%'$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name LIKE 'p%' AND name LIKE 'secret\' AND id > 3$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc a JOIN doc b ON b.name LIKE 'secret\' AND a.id = b.id$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc a LEFT JOIN doc b ON b.name LIKE left(a.name, 0) || 'secret\'$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM (SELECT * FROM doc OFFSET 0) a WHERE name LIKE 'secret\'$$);
-- a cast beside it that raises of another tenant's value, in an allowed condition or next to one
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name LIKE 'plain%' AND (body ->> 'n')::int > 0$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name LIKE 'secret%' AND (body ->> 'n')::int > 0$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE (body ->> 'n')::numeric > 0 AND name ~ 'lain'$$);
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE 1 / (name <> 'secrets')::int > 0 AND name LIKE 'plain%'$$);
-- the pattern does raise for the tenant that has such rows
\set SHOW_CONTEXT never
SET djust_tenants.tenant_id = 'globex';
SELECT pg_temp.every_way($$SELECT count(*) FROM doc WHERE name LIKE 'secret\'$$);
-- the statistics do not tell either: what is expected of another tenant's most common value is what is of any
SET djust_tenants.tenant_id = 'acme';
CREATE FUNCTION pg_temp.expected(condition text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM doc WHERE ' || condition INTO plan;
    RETURN plan #> '{0,Plan,Plan Rows}';
END $$;
SELECT pg_temp.expected($$name LIKE '%ecrets'$$) = pg_temp.expected($$name LIKE '%ecrat_'$$) AS like_same,
    pg_temp.expected($$name ~ 'ecret'$$) = pg_temp.expected($$name ~ 'eczet'$$) AS regex_same,
    pg_temp.expected($$body = '{"n": "secret"}'$$) = pg_temp.expected($$body = '{"n": "secreX"}'$$) AS jsonb_same;
-- a range whose canonical form is somebody's own function: adjacency would call it with bounds of pages, of all tenants
RESET ROLE;
CREATE TYPE spied;
CREATE FUNCTION spied_form(spied) RETURNS spied LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE spied AS RANGE (subtype = int4, canonical = spied_form);
CREATE OR REPLACE FUNCTION spied_form(spied) RETURNS spied LANGUAGE plpgsql STRICT IMMUTABLE AS $$
BEGIN
    RAISE WARNING 'sees % to %', lower($1), upper($1);
    RETURN $1;
END $$;
SET client_min_messages = error;
CREATE TABLE booking (tenant_id text NOT NULL, id int, period spied, plain int4range);
INSERT INTO booking SELECT 'b' || i % 26, i, spied(i * 10, i * 10 + 5), int4range(i * 10, i * 10 + 5)
    FROM generate_series(1, 1000) i;
INSERT INTO booking SELECT 'acme', i, spied(i, i + 1), int4range(i, i + 1) FROM generate_series(1, 5) i;
CREATE INDEX booking_period ON booking USING gist (tenant_id, period);
CREATE INDEX booking_plain ON booking USING gist (tenant_id, plain);
SELECT djust_tenants.scope_table('booking');
ANALYZE booking;
SET ROLE regress_leaky_own;
SET client_min_messages = warning;
SET djust_tenants.tenant_id = 'acme';
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM booking WHERE period -|- '[500000,500001)';
SELECT count(*) FROM booking WHERE period -|- '[500000,500001)';
EXPLAIN (COSTS OFF) SELECT count(*) FROM booking WHERE plain -|- '[500000,500001)';
SELECT count(*) FROM booking WHERE plain -|- '[6,500001)';
SELECT count(*) FROM booking WHERE plain -|- '[2147483646,2147483647)';

RESET ROLE;
RESET ALL;
SET client_min_messages = warning;
SET search_path TO "Leaky Own";

-- not yet covered: the pages that a search in GIN reads tell of the keys of all tenants
CREATE TABLE word (tenant_id text, w tsvector);
INSERT INTO word SELECT 'acme', to_tsvector('simple', 'mine' || i) FROM generate_series(1, 1000) i;
INSERT INTO word SELECT 'globex', 'theirs' FROM generate_series(1, 20000);
CREATE INDEX ON word USING gin (tenant_id, w);
SELECT djust_tenants.scope_table('word');
ANALYZE word;
DROP INDEX word_tenant_id_idx;
CREATE FUNCTION pg_temp.pages(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT FROM word WHERE w @@ ' || quote_literal(query) INTO plan;
    RETURN (plan #>> '{0,Plan,Shared Hit Blocks}')::int + (plan #>> '{0,Plan,Shared Read Blocks}')::int;
END $$;
SET ROLE regress_leaky_own;
SET djust_tenants.tenant_id = 'acme';
SET enable_seqscan = off;
SELECT pg_temp.pages('theirs') > pg_temp.pages('theirx') AS tells, (SELECT count(*) FROM word WHERE w @@ 'theirs') AS rows;
RESET ROLE;
SET djust_tenants.index_leaky_operators = off;
SET ROLE regress_leaky_own;
SELECT pg_temp.pages('theirs') > pg_temp.pages('theirx') AS tells;
RESET ROLE;
RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA "Leaky Own" CASCADE;
DROP OWNED BY regress_leaky_own;
DROP ROLE regress_leaky_own;
