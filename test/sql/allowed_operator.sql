-- The operators that are not leakproof and may be index conditions: the list, who changes it, and when it counts.
LOAD 'djust_tenants';
CREATE SCHEMA "Operators Test";
CREATE ROLE regress_operators_app;
GRANT USAGE ON SCHEMA "Operators Test" TO regress_operators_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Operators Test" GRANT ALL ON TABLES TO regress_operators_app;
SET search_path TO "Operators Test";

-- everybody may read the list; every entry has its reason; nothing leakproof is in it
SET ROLE regress_operators_app;
SELECT operator, built_in, reason FROM djust_tenants.allowed_operator
WHERE operator IN ('~~(text,text)', '>(numeric,numeric)', '@@(tsvector,tsquery)', '&&(anyrange,anyrange)') ORDER BY operator::text;
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE reason IS NULL OR NOT built_in) AS odd,
    count(*) FILTER (WHERE p.proleakproof) AS leakproof
FROM djust_tenants.allowed_operator a JOIN pg_operator o ON o.oid = a.operator JOIN pg_proc p ON p.oid = o.oprcode;
SELECT count(*) AS rows_and_casts FROM djust_tenants.allowed_operator
WHERE operator::text LIKE '%record%' OR operator::text LIKE '!%' OR operator::text LIKE '->%';
-- nobody else may change it
SELECT djust_tenants.allow_operator('!~~(text,text)');
SELECT djust_tenants.disallow_operator('~~(text,text)');
SELECT count(*) FROM djust_tenants.operator_rule WHERE NOT built_in;
INSERT INTO djust_tenants.operator_rule VALUES ('pg_catalog.!~~(text,text)', false, true);
RESET ROLE;
-- nor when a superuser gives the function away
GRANT EXECUTE ON FUNCTION djust_tenants.allow_operator(regoperator), djust_tenants.disallow_operator(regoperator) TO regress_operators_app;
SET ROLE regress_operators_app;
SELECT djust_tenants.allow_operator('!~~(text,text)');
SELECT djust_tenants.disallow_operator('~~(text,text)');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION djust_tenants.allow_operator(regoperator), djust_tenants.disallow_operator(regoperator) FROM regress_operators_app;

-- what cannot be allowed
SELECT djust_tenants.allow_operator(NULL);
SELECT djust_tenants.disallow_operator(NULL);
SELECT djust_tenants.allow_operator(0);
SELECT djust_tenants.allow_operator('~~~~~(text,text)');
SELECT djust_tenants.allow_operator('+(integer,integer)');
SELECT djust_tenants.allow_operator('!!(NONE,tsquery)');
SELECT djust_tenants.disallow_operator(0);
SELECT djust_tenants.disallow_operator('+(integer,integer)');
SELECT djust_tenants.disallow_operator('!!(NONE,tsquery)');
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN RETURN textlike($1, $2); END $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
ALTER OPERATOR === (text, text) OWNER TO regress_operators_app;
SELECT djust_tenants.allow_operator('===(text,text)');
ALTER OPERATOR === (text, text) OWNER TO CURRENT_USER;
ALTER FUNCTION same OWNER TO regress_operators_app;
SELECT djust_tenants.allow_operator('===(text,text)');
ALTER FUNCTION same OWNER TO CURRENT_USER;

-- a table with an index for a comparison of our own
CREATE FUNCTION before(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN RETURN text_lt($1, $2); END $$;
CREATE OPERATOR <<< (LEFTARG = text, RIGHTARG = text, FUNCTION = before);
CREATE OPERATOR CLASS text_before FOR TYPE text USING btree AS OPERATOR 1 <<<, OPERATOR 3 =, FUNCTION 1 bttextcmp(text, text);
CREATE TABLE item (tenant_id text NOT NULL, id int, name text, price numeric);
INSERT INTO item SELECT 'operators-' || i % 20, i, 'name' || i, i FROM generate_series(1, 4000) i;
CREATE INDEX item_name ON item (tenant_id, name text_before);
CREATE INDEX item_price ON item (tenant_id, price);
SELECT djust_tenants.scope_table('item');
ANALYZE item;
CREATE FUNCTION pg_temp.uses(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan text;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || query INTO plan;
    RETURN substring(plan FROM '"Index Cond": "([^\n]*)"');
END $$;
SET djust_tenants.tenant_id = 'operators-3';
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE by_name AS SELECT id FROM item WHERE name <<< 'name12' ORDER BY id;
PREPARE by_price AS SELECT id FROM item WHERE price < 30;
SET ROLE regress_operators_app;
SELECT pg_temp.uses('EXECUTE by_name');
SELECT pg_temp.uses('EXECUTE by_price');
-- a plan that was made before a rule is not used after it
RESET ROLE;
SELECT djust_tenants.allow_operator('<<<(text,text)');
SELECT djust_tenants.allow_operator('<<<(text,text)');
SELECT djust_tenants.disallow_operator('<(numeric,numeric)');
SELECT djust_tenants.disallow_operator('<(numeric,numeric)');
SELECT operator, built_in, allowed, replace(reason, session_user, 'SESSION_USER') ~ '^(dis)?allow_operator by SESSION_USER, 2\d\d\d-\d\d-\d\d \d\d:\d\d UTC$' AS who_and_when
FROM djust_tenants.operator_rule WHERE NOT built_in ORDER BY operator;
SELECT operator, built_in, left(reason, 18) AS reason FROM djust_tenants.allowed_operator WHERE operator IN ('<<<(text,text)', '<(numeric,numeric)') ORDER BY operator::text;
SET ROLE regress_operators_app;
SELECT pg_temp.uses('EXECUTE by_name');
EXECUTE by_name;
SELECT pg_temp.uses('EXECUTE by_price');
EXECUTE by_price;
-- the setting switches everything off, for plans too that are there
RESET ROLE;
SET djust_tenants.index_leaky_operators = off;
SET ROLE regress_operators_app;
SELECT pg_temp.uses('EXECUTE by_name');
EXECUTE by_name;
SET djust_tenants.index_leaky_operators = on;
RESET ROLE;
SET djust_tenants.index_leaky_operators = on;
-- a rule does not outlive its owner's rights: another operator behind the name is another matter
ALTER FUNCTION before OWNER TO regress_operators_app;
ALTER OPERATOR <<< (text, text) SET (RESTRICT = scalarltsel);
SELECT operator FROM djust_tenants.allowed_operator WHERE NOT built_in;
ALTER FUNCTION before OWNER TO CURRENT_USER;
ALTER OPERATOR <<< (text, text) SET (RESTRICT = NONE);
SELECT operator FROM djust_tenants.allowed_operator WHERE NOT built_in;
-- a rolled back rule does not count
BEGIN;
SELECT djust_tenants.disallow_operator('<<<(text,text)');
SELECT count(*) FROM djust_tenants.allowed_operator WHERE NOT built_in;
ROLLBACK;
SELECT count(*) FROM djust_tenants.allowed_operator WHERE NOT built_in;
-- and back
SELECT djust_tenants.disallow_operator('<<<(text,text)');
SELECT djust_tenants.allow_operator('<(numeric,numeric)');
SELECT * FROM djust_tenants.operator_rule WHERE NOT built_in;
SET ROLE regress_operators_app;
SELECT pg_temp.uses('EXECUTE by_name');
SELECT pg_temp.uses('EXECUTE by_price');
RESET ROLE;
DEALLOCATE ALL;
RESET plan_cache_mode;
-- a rule goes with its operator, by whatever way, and whoever drops it
SELECT djust_tenants.allow_operator('<<<(text,text)'), djust_tenants.allow_operator('===(text,text)');
DROP OPERATOR CLASS text_before USING btree CASCADE;
BEGIN;
DROP OPERATOR <<< (text, text);
SELECT operator FROM djust_tenants.operator_rule WHERE NOT built_in;
ROLLBACK;
BEGIN;
DROP FUNCTION before CASCADE;
SELECT operator FROM djust_tenants.operator_rule WHERE NOT built_in;
ROLLBACK;
ALTER OPERATOR <<< (text, text) OWNER TO regress_operators_app;
SET ROLE regress_operators_app;
DROP OPERATOR <<< (text, text);
RESET ROLE;
SELECT operator, built_in FROM djust_tenants.allowed_operator WHERE NOT built_in;
SELECT operator FROM djust_tenants.operator_rule WHERE NOT built_in;
-- where one is renamed, a new one in its place does not inherit the rule
ALTER SCHEMA "Operators Test" RENAME TO "Operators Other";
CREATE SCHEMA "Operators Test";
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = "Operators Other".same);
SELECT count(*) FROM djust_tenants.allowed_operator WHERE NOT built_in;
SELECT count(*) FROM djust_tenants.operator_rule WHERE NOT built_in;
-- (nor is it of use to whoever may not allow: the rules are looked at as the extension's owner, and nothing else is)
SET ROLE regress_operators_app;
SELECT djust_tenants.forget_operators();
RESET ROLE;
SELECT djust_tenants.forget_operators();
DROP OPERATOR === (text, text);
DROP SCHEMA "Operators Test";
ALTER SCHEMA "Operators Other" RENAME TO "Operators Test";

RESET djust_tenants.tenant_id;
SET client_min_messages = warning;
DROP SCHEMA "Operators Test" CASCADE;
DROP OWNED BY regress_operators_app;
DROP ROLE regress_operators_app;
