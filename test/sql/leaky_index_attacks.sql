-- Every allowed operator against a table that other tenants share: each operator's function is replaced by one that
-- raises an error when it is handed a value that only other tenants have, be it in an index, in a filter, in a recheck
-- or by the planner. Nothing may reach it; and the rows must be those of plain row-level security.
LOAD 'djust_tenants';
SET client_min_messages = warning;
CREATE SCHEMA "Leaky Attacks";
SET search_path TO "Leaky Attacks", public;
CREATE EXTENSION pg_trgm SCHEMA "Leaky Attacks";
CREATE EXTENSION btree_gin SCHEMA "Leaky Attacks";
CREATE EXTENSION btree_gist SCHEMA "Leaky Attacks";
CREATE ROLE regress_leaky_attacks;
GRANT USAGE ON SCHEMA "Leaky Attacks" TO regress_leaky_attacks;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Leaky Attacks" GRANT ALL ON TABLES TO regress_leaky_attacks;

-- i even: the tenant acme, odd: its neighbours. A neighbour's value stands in five rows, so that it is a most common
-- value. No value of acme's is a value of theirs.
CREATE TYPE mood AS ENUM ('m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7');
CREATE FUNCTION fill(first int, last int, pad int) RETURNS TABLE (tenant_id text, id int, c_text text, c_bpchar bpchar,
    c_name name, c_bytea bytea, c_numeric numeric, c_enum mood, c_jsonb jsonb, c_tsvector tsvector, c_tsquery tsquery,
    c_array int[], c_range int4range, c_multirange int4multirange, c_date date, c_timestamp timestamp,
    c_timestamptz timestamptz, c_inet inet, c_int int, pad text) LANGUAGE sql AS $$
    SELECT CASE WHEN i % 2 = 0 THEN 'acme' ELSE (ARRAY['a', 'aa', 'acmf', 'b', 'zz'])[copy] END, i * 10 + copy,
        'v' || i, 'v' || i, ('v' || i)::name, ('v' || i)::bytea, i + 0.5, ('m' || i % 8)::mood,
        jsonb_build_object('k', i, 'l' || i % 3, i % 2, 'all', true), to_tsvector('simple', 'w' || i || ' common'),
        to_tsquery('simple', 'w' || i || ' | common'), ARRAY[i, -1] || CASE WHEN i % 8 < 6 THEN ARRAY[-2] ELSE '{}' END, int4range(i, i + 7),
        int4multirange(int4range(i, i + 3), int4range(i + 5, i + 9)), date '2000-01-01' + i,
        timestamp '2000-01-01' + i * interval '1 day', timestamptz '2000-01-01 UTC' + i * interval '1 day',
        ('10.' || i / 250 || '.' || i % 250 || '.0/24')::inet, i, repeat('p', pad)
    FROM generate_series(first, last) i, generate_series(1, CASE WHEN i % 2 = 0 THEN 1 ELSE 5 END) copy
$$;
SET timezone TO 'UTC';
CREATE TABLE shared AS SELECT * FROM fill(0, 48, 0);
-- one row on each page or two: bitmaps of 64 kB get lossy
CREATE TABLE wide AS SELECT * FROM fill(0, 0, 0) WITH NO DATA;
ALTER TABLE wide ALTER pad SET STORAGE PLAIN;
INSERT INTO wide SELECT DISTINCT ON (id / 10) * FROM fill(0, 3000, 3500);
ALTER TABLE shared ADD PRIMARY KEY (id);
ALTER TABLE wide ADD PRIMARY KEY (id);
CREATE FUNCTION index_all(target text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE c text;
BEGIN
    FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = target::regclass AND attname LIKE 'c\_%' LOOP
        EXECUTE format('CREATE INDEX ON %I (tenant_id, %I %s)', target, c,
                       CASE c WHEN 'c_text' THEN 'text_pattern_ops' WHEN 'c_bpchar' THEN 'bpchar_pattern_ops' ELSE '' END);
    END LOOP;
    EXECUTE format('CREATE INDEX ON %I (tenant_id, id)', target);
    FOREACH c IN ARRAY ARRAY['c_array', 'c_jsonb', 'c_jsonb jsonb_path_ops', 'c_tsvector', 'c_text gin_trgm_ops'] LOOP
        EXECUTE format('CREATE INDEX ON %I USING gin (tenant_id, %s)', target, c);
    END LOOP;
    FOREACH c IN ARRAY ARRAY['c_range', 'c_multirange', 'c_inet inet_ops'] LOOP
        EXECUTE format('CREATE INDEX ON %I USING gist (tenant_id, %s)', target, c);
    END LOOP;
END $$;
SELECT index_all('shared'), index_all('wide');
SELECT djust_tenants.scope_table('shared'), djust_tenants.scope_table('wide');
-- what has not been merged into the GIN indexes yet is searched in another way
INSERT INTO wide SELECT DISTINCT ON (id / 10) * FROM fill(3001, 3060, 3500);
ANALYZE shared, wide;
CREATE VIEW plain_view WITH (security_invoker) AS SELECT * FROM shared;
CREATE VIEW barrier WITH (security_barrier, security_invoker) AS SELECT * FROM shared WHERE id >= 0;
GRANT ALL ON plain_view, barrier TO regress_leaky_attacks;

-- The values that are other tenants' alone, as text.
CREATE TABLE foreign_value (v text PRIMARY KEY);
CREATE FUNCTION every_value(target text, own boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT DISTINCT e.value FROM %I t, jsonb_each_text(to_jsonb(t)) e '
        'WHERE (t.tenant_id = ''acme'') = $1 AND e.key LIKE ''c\_%%'' AND e.key <> ''c_bytea''', target) USING own;
    RETURN QUERY EXECUTE format('SELECT DISTINCT x FROM %I t, LATERAL (VALUES (c_jsonb::text), (c_array::text), (c_bytea::text), '
        '(c_timestamp::text), (c_timestamptz::text), (c_tsquery::text)) v (x) WHERE (t.tenant_id = ''acme'') = $1', target)
        USING own;
END $$;
INSERT INTO foreign_value
    SELECT every_value('shared', false) UNION SELECT every_value('wide', false)
    EXCEPT (SELECT every_value('shared', true) UNION SELECT every_value('wide', true));
SELECT count(*) > 10000 AS many_values FROM foreign_value;

-- One guard for each operator that the planner is allowed to put into an index.
CREATE FUNCTION stands_for(polymorphic oid) RETURNS oid LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE polymorphic WHEN 'anyarray'::regtype THEN 'int[]'::regtype WHEN 'anyenum'::regtype THEN 'mood'::regtype
        WHEN 'anyrange'::regtype THEN 'int4range'::regtype WHEN 'anymultirange'::regtype THEN 'int4multirange'::regtype
        WHEN 'anyelement'::regtype THEN 'int'::regtype ELSE polymorphic::regtype END
$$;
CREATE FUNCTION guard_operators() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    o record;
    many int := 0;
BEGIN
    FOR o IN SELECT p.oid, p.oprcode, p.oprcode::regproc::text AS called, format_type(stands_for(p.oprleft), NULL) AS l, format_type(stands_for(p.oprright), NULL) AS r
             , f.prosupport
             FROM djust_tenants.allowed_operator a JOIN pg_operator p ON p.oid = a.operator JOIN pg_proc f ON f.oid = p.oprcode LOOP
        EXECUTE format('CREATE FUNCTION guard_%s(l %s, r %s) RETURNS boolean LANGUAGE plpgsql STRICT IMMUTABLE PARALLEL SAFE AS '
            '$f$ BEGIN IF EXISTS (SELECT FROM "Leaky Attacks".foreign_value WHERE v IN (l::text, r::text)) THEN '
            'RAISE EXCEPTION ''leaked: %% %%'', l, r; END IF; RETURN %s(l, r); END $f$',
            o.oid, o.l, o.r, o.called);
        -- what makes a range out of a pattern
        IF o.prosupport <> 0 THEN
            EXECUTE format('ALTER FUNCTION guard_%s(%s, %s) SUPPORT %s', o.oid, o.l, o.r, o.prosupport);
        END IF;
        EXECUTE format('UPDATE pg_operator SET oprcode = ''"Leaky Attacks".guard_%s''::regproc WHERE oid = %s', o.oid, o.oid);
        many := many + 1;
    END LOOP;
    RETURN many;
END $$;

-- For each operator and each column of its left or right type, a condition with a value of acme's own.
CREATE FUNCTION sample(type oid, operator text, most boolean) RETURNS text LANGUAGE sql AS $$
    SELECT CASE
        WHEN most AND operator LIKE '~~%' AND type = 'text'::regtype THEN quote_literal('v__%')
        WHEN most AND operator LIKE '~%' AND type = 'text'::regtype THEN quote_literal('^v[12]')
        WHEN most AND type = 'tsquery'::regtype AND operator LIKE '@@%' THEN $v$'w1:* | w2:*'::tsquery$v$
        WHEN most AND type = 'jsonb'::regtype AND operator = '@>' THEN $v$'{"all": true}'::jsonb$v$
        WHEN most AND type = 'int[]'::regtype AND operator = '&&' THEN $v$'{-2}'::int[]$v$
        WHEN most AND type = 'int4range'::regtype AND operator IN ('&&', '<@') THEN $v$int4range(0, 9000)$v$
        WHEN most AND type = 'int4multirange'::regtype AND operator IN ('&&', '<@') THEN $v$int4multirange(int4range(0, 9000))$v$
        WHEN operator LIKE '~~%' AND type = 'text'::regtype THEN quote_literal('v4%')
        WHEN operator LIKE '~~%' AND type = 'bytea'::regtype THEN quote_literal('v4%') || '::bytea'
        WHEN operator LIKE '~%' THEN quote_literal('^v4')
        WHEN operator = '?' THEN quote_literal('l1')
        WHEN type = 'text[]'::regtype THEN $v$'{l1,k}'::text[]$v$
        WHEN type = 'jsonpath'::regtype AND operator = '@?' THEN $v$'$.k ? (@ > 30)'::jsonpath$v$
        WHEN type = 'jsonpath'::regtype THEN $v$'$.k == 40'::jsonpath$v$
        WHEN type = 'tsquery'::regtype AND operator LIKE '@@%' THEN $v$'w4:* | w5:*'::tsquery$v$
        WHEN type = 'tsvector'::regtype AND operator LIKE '@@%' THEN $v$'common:2'::tsvector$v$
        WHEN type = 'jsonb'::regtype AND operator = '@>' THEN $v$'{"l1": 0}'::jsonb$v$
        WHEN type = 'int[]'::regtype AND operator IN ('&&', '@>') THEN $v$'{-1}'::int[]$v$
        WHEN type = 'int[]'::regtype AND operator = '<@' THEN $v$'{-1,-2,39,40,41,42,43,44,45,46}'::int[]$v$
        WHEN type = 'inet'::regtype AND operator LIKE '<<%' THEN $v$'10.0.0.0/8'::inet$v$
        WHEN type = 'inet'::regtype AND operator LIKE '>>%' THEN $v$'10.0.40.1'::inet$v$
        WHEN type = 'inet'::regtype THEN $v$'10.0.32.0/20'::inet$v$
        WHEN type = 'int4range'::regtype THEN $v$int4range(30, 52)$v$
        WHEN type = 'int4multirange'::regtype THEN $v$int4multirange(int4range(30, 52))$v$
        ELSE (SELECT quote_literal(x) || '::' || format_type(type, NULL) FROM (VALUES
            ('numeric'::regtype, '40.5'), ('mood'::regtype, 'm4'), ('jsonb'::regtype, '{"k": 40, "l1": 0, "all": true}'),
            ('tsvector'::regtype, '''common'':2 ''w40'':1'), ('tsquery'::regtype, '''w40'' | ''common'''),
            ('int[]'::regtype, '{40,-1,-2}'), ('date'::regtype, '2000-02-10'), ('timestamp'::regtype, '2000-02-10'),
            ('timestamptz'::regtype, '2000-02-10'), ('int'::regtype, '40')) v (t, x) WHERE t = type)
    END
$$;
CREATE FUNCTION side_condition(col name, on_left boolean, operator name, other oid, most boolean) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN on_left THEN format('%%1$s.%I OPERATOR(pg_catalog.%s) %s', col, operator, value)
                ELSE format('%3$s OPERATOR(pg_catalog.%2$s) %%1$s.%1$I', col, operator, value) END
    FROM (SELECT replace(sample(stands_for(other), operator, most), '%', '%%') AS value) v
$$;
-- Of each kind and index method some meet every statement, the others a few.
CREATE TABLE condition AS
    SELECT a.operator::text IN ('~~(text,text)', '~(text,text)', '@@(tsvector,tsquery)', '@>(jsonb,jsonb)', '&&(anyarray,anyarray)',
            '>(numeric,numeric)', '=(anyenum,anyenum)', '>(date,timestamp with time zone)', '&&(anyrange,anyrange)', '<<=(inet,inet)') AS thorough, p.oid AS operator, split_part(a.reason, ':', 1) AS kind, a.operator::text AS shown, side.col, side.own_left,
        side_condition(side.col, side.own_left, p.oprname, CASE WHEN side.own_left THEN p.oprright ELSE p.oprleft END, false) AS condition,
        side_condition(side.col, side.own_left, p.oprname, CASE WHEN side.own_left THEN p.oprright ELSE p.oprleft END, true) AS of_most
    FROM djust_tenants.allowed_operator a
    JOIN pg_operator p ON p.oid = a.operator
    JOIN LATERAL (
        SELECT attname AS col, true AS own_left FROM pg_attribute
        WHERE attrelid = 'shared'::regclass AND attnum > 1 AND attname LIKE 'c\_%' AND atttypid = stands_for(p.oprleft)
        UNION ALL
        SELECT attname, false FROM pg_attribute
        WHERE attrelid = 'shared'::regclass AND attnum > 1 AND attname LIKE 'c\_%' AND atttypid = stands_for(p.oprright)
            AND p.oprname !~ '^[!~]'
    ) side ON true;
SELECT bool_and(condition !~ ' $' AND condition !~ '^ ') AS all_have_values, count(DISTINCT operator) = (SELECT count(*) FROM djust_tenants.allowed_operator) AS all_operators FROM condition;

-- Statements with the condition C(alias), or one that most rows meet, and in which ways they are forced.
CREATE TABLE shape (name text, statement text, thorough boolean DEFAULT true);
INSERT INTO shape (name, statement) VALUES
    ('select', 'SELECT count(*), sum(a.id) FROM shared a WHERE C(a)'),
    ('index-only', 'SELECT count(a.tenant_id) FROM shared a WHERE C(a)'),
    ('ordered', 'SELECT count(*), sum(id) FROM (SELECT id FROM shared a WHERE C(a) ORDER BY id LIMIT 7) x'),
    ('or', 'SELECT count(*), sum(a.id) FROM shared a WHERE C(a) OR a.id = 400 OR a.id BETWEEN 100 AND 130'),
    ('and', 'SELECT count(*), sum(a.id) FROM shared a WHERE C(a) AND a.c_int > 3 AND a.id < 700'),
    ('not', 'SELECT count(*), sum(a.id) FROM shared a WHERE NOT C(a)'),
    ('named', 'SELECT count(*), sum(a.id) FROM shared a WHERE a.tenant_id = ''acme'' AND C(a)'),
    ('foreign named', 'SELECT count(*), sum(a.id) FROM shared a WHERE a.tenant_id = ''acmf'' AND C(a)'),
    ('joined', 'SELECT count(*), sum(a.id + b.id) FROM shared a JOIN shared b ON b.id = a.id + 20 AND C(b) WHERE a.c_int < 30'),
    ('left', 'SELECT count(*), sum(b.id) FROM shared a LEFT JOIN shared b ON b.id = a.id AND C(b)'),
    ('right', 'SELECT count(*), sum(a.id) FROM shared a RIGHT JOIN shared b ON b.id = a.id AND C(a)'),
    ('full', 'SELECT count(*), sum(a.id), sum(b.id) FROM (SELECT * FROM shared a WHERE C(a)) a FULL JOIN shared b ON b.id = a.id'),
    ('full on', 'SELECT count(*), sum(a.id), sum(b.id) FROM shared a FULL JOIN shared b ON b.id = a.id AND C(b)'),
    ('lateral', 'SELECT count(*), sum(x.id) FROM shared a, LATERAL (SELECT * FROM shared b WHERE C(b) AND b.id >= a.id ORDER BY b.id LIMIT 2) x WHERE a.c_int < 20'),
    ('exists', 'SELECT count(*), sum(a.id) FROM shared a WHERE EXISTS (SELECT FROM shared b WHERE b.id = a.id AND C(b))'),
    ('not exists', 'SELECT count(*), sum(a.id) FROM shared a WHERE NOT EXISTS (SELECT FROM shared b WHERE b.id = a.id AND C(b))'),
    ('sub-link', 'SELECT count(*), sum((SELECT count(*) FROM shared b WHERE C(b) AND b.id <= a.id)) FROM shared a WHERE a.c_int < 20'),
    ('cte', 'WITH m AS MATERIALIZED (SELECT * FROM shared b WHERE C(b)) SELECT count(*), sum(a.id) FROM m JOIN shared a USING (id) WHERE C(a)'),
    ('union', 'SELECT count(*), sum(id) FROM (SELECT id FROM shared a WHERE C(a) UNION ALL SELECT id FROM shared b WHERE C(b)) x'),
    ('view', 'SELECT count(*), sum(a.id) FROM plain_view a WHERE C(a)'),
    ('barrier above', 'SELECT count(*), sum(a.id) FROM barrier a WHERE C(a)'),
    ('grouped', 'SELECT count(*), sum(n) FROM (SELECT a.c_int % 3, count(*) AS n FROM shared a WHERE C(a) GROUP BY 1) x'),
    ('update', 'WITH x AS (UPDATE shared a SET id = a.id WHERE C(a) RETURNING a.id) SELECT count(*), sum(id) FROM x'),
    ('update barrier', 'WITH x AS (UPDATE barrier a SET id = a.id WHERE C(a) RETURNING a.id) SELECT count(*), sum(id) FROM x'),
    ('update from', 'WITH x AS (UPDATE shared a SET id = a.id FROM shared b WHERE a.id = b.id AND C(b) AND C(a) RETURNING a.id) SELECT count(*), sum(id) FROM x'),
    ('delete', 'WITH x AS (DELETE FROM shared a WHERE C(a) RETURNING a.id) SELECT count(*), sum(id) FROM x'),
    ('merge', 'MERGE INTO shared a USING (SELECT * FROM shared b WHERE C(b)) s ON s.id = a.id WHEN MATCHED AND C(a) THEN UPDATE SET pad = ''x'' WHEN MATCHED THEN DELETE'),
    ('for update', 'SELECT count(*), sum(id) FROM (SELECT id FROM shared a WHERE C(a) FOR UPDATE) x'),
    ('lossy', 'SELECT count(*), sum(a.id) FROM wide a WHERE MOST(a)'),
    ('lossy or', 'SELECT count(*), sum(a.id) FROM wide a WHERE MOST(a) OR a.c_int > 2900'),
    ('lossy joined', 'SELECT count(*), sum(a.id) FROM shared b, wide a WHERE MOST(a) AND a.id % 490 = b.id');
UPDATE shape SET thorough = false WHERE name IN ('select', 'or', 'joined', 'lossy');
CREATE TABLE way (name text, settings text[]);
INSERT INTO way VALUES
    ('as planned', '{}'),
    ('index', '{enable_seqscan,enable_bitmapscan}'),
    ('bitmap', '{enable_seqscan,enable_indexscan,enable_indexonlyscan}'),
    ('nested loop', '{enable_seqscan,enable_hashjoin,enable_mergejoin,enable_material}');

-- Runs a statement as the tenant acme; its row count and first row as text, or the error.
CREATE FUNCTION attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r record;
    n bigint;
BEGIN
    IF statement LIKE 'MERGE%' THEN
        EXECUTE statement;
        GET DIAGNOSTICS n = ROW_COUNT;
        EXECUTE 'SELECT count(*), sum(id), max(pad) FROM shared' INTO r;
    ELSE
        EXECUTE statement INTO r;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'ZU001', MESSAGE = concat(n || ' changed ', r::text);
EXCEPTION
    WHEN SQLSTATE 'ZU001' THEN RETURN SQLERRM;  -- and everything is undone
    WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
GRANT EXECUTE ON FUNCTION attempt(text) TO regress_leaky_attacks;
CREATE TABLE result (id int PRIMARY KEY, kind text, shown text, col name, shape text, way text, statement text,
                     ours text, plain text, our_plan text, plain_plan text);
-- Each time in another way; with DJUST_FULL=1 in the environment of psql in every way, which takes several minutes.
CREATE FUNCTION attack(shapes text[], every boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    next_one record;
    switch text; method text; outcome text; plan text;
BEGIN
    INSERT INTO result
        SELECT row_number() OVER (ORDER BY w.name, c.shown, c.col, s.name), c.kind, c.shown, c.col, s.name, w.name,
            replace(replace(replace(s.statement, 'C(a)', '(' || format(c.condition, 'a') || ')'),
                            'C(b)', '(' || format(c.condition, 'b') || ')'), 'MOST(a)', '(' || format(c.of_most, 'a') || ')')
        FROM (SELECT *, row_number() OVER (ORDER BY shown, col) AS n FROM condition) c
        CROSS JOIN (SELECT *, row_number() OVER (ORDER BY name) AS n FROM shape) s
        CROSS JOIN (SELECT *, row_number() OVER (ORDER BY name) AS n FROM way) w
        WHERE CASE WHEN shapes IS NOT NULL THEN s.name = ANY (shapes) AND w.name = 'as planned'
              ELSE (c.thorough OR NOT s.thorough) AND (every OR (c.n + s.n + w.n) % CASE WHEN c.thorough THEN 4 ELSE 8 END = 0) END;
    ANALYZE result;
    PERFORM set_config('djust_tenants.tenant_id', 'acme', true), set_config('work_mem', '64kB', true);
    FOREACH switch IN ARRAY ARRAY['on', 'off'] LOOP
        PERFORM set_config('djust_tenants.index_leaky_operators', switch, true);
        FOR next_one IN SELECT r.id, r.statement, w.settings FROM result r JOIN way w ON w.name = r.way ORDER BY r.id LOOP
            FOREACH method IN ARRAY next_one.settings LOOP PERFORM set_config(method, 'off', true); END LOOP;
            SET LOCAL ROLE regress_leaky_attacks;
            outcome := attempt(next_one.statement);
            BEGIN
                EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || next_one.statement INTO plan;
            EXCEPTION WHEN OTHERS THEN outcome := 'explain ' || SQLERRM;
            END;
            RESET ROLE;
            FOREACH method IN ARRAY next_one.settings LOOP PERFORM set_config(method, 'on', true); END LOOP;
            IF switch = 'on' THEN
                UPDATE result r SET ours = outcome, our_plan = plan WHERE r.id = next_one.id;
            ELSE
                UPDATE result r SET plain = outcome, plain_plan = plan WHERE r.id = next_one.id;
            END IF;
        END LOOP;
    END LOOP;
    PERFORM set_config('djust_tenants.index_leaky_operators', 'on', true);
END $$;

BEGIN;
SET LOCAL allow_system_table_mods = on;
SELECT guard_operators() > 130 AS guarded;
-- the guards work: marked leakproof, a guard is called for other tenants' values
SAVEPOINT control;
DO $$ DECLARE f regprocedure; BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = '"Leaky Attacks"'::regnamespace AND p.proname LIKE 'guard\_%' AND p.prorettype = 'bool'::regtype LOOP
        EXECUTE format('ALTER FUNCTION %s LEAKPROOF', f);
    END LOOP;
END $$;
SELECT attack('{select}', true);
SELECT count(DISTINCT shown) > 50 AS seen, count(*) > 100 AS leaks FROM result WHERE ours LIKE '%leaked%';
ROLLBACK TO control;

\getenv full DJUST_FULL
\if :{?full}
\else
\set full 0
\endif
SELECT attack(NULL, :'full' = '1');
-- (how many operators and statements there are depends on the server's version; the numbers are no numeric: its operators are guarded)
SELECT kind, count(DISTINCT shown) > 10 AND count(*) > 50 AS many,
    count(*) FILTER (WHERE ours LIKE '%leaked%' OR plain LIKE '%leaked%') AS leaks,
    count(*) FILTER (WHERE ours IS DISTINCT FROM plain) AS differences,
    10 * count(DISTINCT shown) FILTER (WHERE our_plan <> plain_plan) > 9 * count(DISTINCT shown) AS in_indexes
FROM result GROUP BY kind ORDER BY kind;
SELECT shown, col, shape, way, ours, plain FROM result WHERE ours IS DISTINCT FROM plain OR ours LIKE '%leaked%' ORDER BY 1, 2, 3, 4 LIMIT 20;
-- (of 'foreign named' newer versions see that it is empty)
SELECT shape, count(*) FILTER (WHERE our_plan <> plain_plan) > 0 AS uses_indexes FROM result WHERE shape <> 'foreign named' GROUP BY shape ORDER BY shape;
-- the bitmaps of the table that is wide are lossy
SET LOCAL work_mem = '64kB';
SET LOCAL enable_seqscan = off;
SET LOCAL enable_indexscan = off;
SET LOCAL djust_tenants.tenant_id = 'acme';
SET LOCAL ROLE regress_leaky_attacks;
CREATE FUNCTION pg_temp.lossy(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE plan text;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan;
    RETURN substring(plan FROM '"Lossy Heap Blocks": (\d+)')::int > 0 AND plan LIKE '%"Index Cond": "((tenant_id = %) AND (c_%';
END $$;
SELECT split_part(c, ' ', 2) AS operator, pg_temp.lossy('SELECT count(*) FROM wide WHERE ' || c) AS lossy
FROM unnest(ARRAY['c_numeric > 100', 'c_text ~ ''^v[12]''', 'c_jsonb ? ''k''', 'c_jsonb @> ''{"all": true}''',
    'c_tsvector @@ ''w1:* | w2:*''', 'c_array && ''{-2}''', 'c_range && int4range(0, 9000)']) c;
ROLLBACK;

DROP SCHEMA "Leaky Attacks" CASCADE;
DROP OWNED BY regress_leaky_attacks;
DROP ROLE regress_leaky_attacks;
