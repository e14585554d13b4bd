-- A role with SQL access, as tenant acme, tries what doc/security.md lists. "Not yet covered" marks today's truth
-- where the extension does not protect yet: a change of those results is progress.
LOAD 'djust_tenants';
CREATE SCHEMA "Attacks Test";
CREATE ROLE regress_attacks_app;
CREATE ROLE regress_attacks_shared;
GRANT USAGE ON SCHEMA "Attacks Test" TO regress_attacks_app, regress_attacks_shared;
GRANT CREATE ON SCHEMA "Attacks Test" TO regress_attacks_app;
SET search_path TO "Attacks Test";
\set VERBOSITY sqlstate
CREATE TABLE account (id int PRIMARY KEY, tenant_id text, name text, balance int);
INSERT INTO account VALUES (1, 'acme', 'a1', 10), (2, 'acme', 'a2', 20), (3, 'globex', 'g1', 300), (4, 'globex', 'g2', 400);
CREATE UNIQUE INDEX ON account (name);
CREATE TABLE entry (id int PRIMARY KEY, tenant_id text, account_id int REFERENCES account ON DELETE CASCADE,
    other_id int REFERENCES account ON DELETE SET NULL);
INSERT INTO entry VALUES (1, 'acme', 1, 1), (3, 'globex', 3, 3);
SELECT djust_tenants.scope_table('account'), djust_tenants.scope_table('entry');
GRANT SELECT, INSERT, UPDATE, DELETE ON account, entry TO regress_attacks_app, regress_attacks_shared;
CREATE VIEW balances AS SELECT * FROM account;
CREATE MATERIALIZED VIEW totals AS SELECT tenant_id, sum(balance) FROM account GROUP BY 1;
GRANT SELECT ON balances, totals TO regress_attacks_app;
SET ROLE regress_attacks_app;
SET djust_tenants.tenant_id = 'acme';

-- forgotten WHERE, OR true, NOT, sub-queries, set operations, whole-row, system columns, TABLESAMPLE, row locks
SELECT id FROM account ORDER BY id;
SELECT id FROM account WHERE tenant_id = 'globex' OR true ORDER BY id;
SELECT id FROM account WHERE NOT (tenant_id = 'acme');
SELECT (SELECT string_agg(name, ',' ORDER BY id) FROM account), array(SELECT id FROM account ORDER BY 1);
SELECT id FROM account UNION SELECT id FROM account EXCEPT SELECT 0 ORDER BY 1;
SELECT a FROM account a ORDER BY a.id;
SELECT count(ctid), count(xmin) FROM account;
SELECT count(*) FROM account TABLESAMPLE SYSTEM (100);
SELECT id FROM account ORDER BY id FOR UPDATE;
SELECT id FROM account WHERE ctid IN ('(0,1)', '(0,2)', '(0,3)', '(0,4)') ORDER BY id;
SELECT count(*) FROM entry e FULL JOIN account a ON a.id = e.account_id WHERE a.tenant_id <> 'acme' OR e.tenant_id <> 'acme';
SELECT string_agg(a.name, ',') FROM account a, LATERAL (SELECT * FROM account b WHERE b.id > a.id) l;
-- by query_to_xml, cursor_to_xml, COPY TO, PL EXECUTE
SELECT query_to_xml('SELECT name FROM "Attacks Test".account', false, false, '')::text ~ 'g1' AS leaked;
COPY (SELECT count(*) FROM account) TO STDOUT;
COPY (UPDATE account SET balance = balance RETURNING id, tenant_id) TO STDOUT;
COPY (INSERT INTO entry (id) VALUES (5) RETURNING tenant_id) TO STDOUT;
DELETE FROM entry WHERE id = 5;
\set VERBOSITY terse
DO $$ DECLARE n int; BEGIN EXECUTE 'SELECT count(*) FROM "Attacks Test".account' INTO n; RAISE NOTICE '%', n; END $$;

-- a leaky function in the condition sees own rows alone (the order of evaluation)
CREATE FUNCTION peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'peeked at %', $1; RETURN true; END $$;
SELECT id FROM account WHERE peek(name) ORDER BY id;
SELECT count(*) FROM account WHERE 1 / (balance - 300) <> 7;
SELECT count(*) FROM account WHERE (SELECT true) AND 1 / (balance - 400) <> 7;
-- a cheap operator of one's own, declared for the planner's statistics (CVE-2017-7484)
CREATE FUNCTION peek_int(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN RAISE NOTICE 'peeked at %', $1; RETURN $1 < $2; END $$;
CREATE OPERATOR <<< (FUNCTION = peek_int, LEFTARG = int, RIGHTARG = int, RESTRICT = scalarltsel);
RESET ROLE;
ANALYZE account;
SET ROLE regress_attacks_app;
EXPLAIN (COSTS OFF) SELECT id FROM account WHERE balance <<< 0;
\set VERBOSITY sqlstate
-- statistics (CVE-2019-10130, CVE-2025-8713): pg_stats hides a table with row security
SELECT count(*) FROM pg_stats WHERE tablename = 'account' AND schemaname = 'Attacks Test';
SELECT count(*) FROM pg_stats_ext WHERE tablename = 'account' AND schemaname = 'Attacks Test';
SELECT count(*) FROM pg_statistic;
-- not yet covered: sizes and row counts of the whole table are everybody's
SELECT reltuples FROM pg_class WHERE oid = 'account'::regclass;
SELECT pg_relation_size('account') > 0 AS size;
-- not yet covered: plain EXPLAIN estimates from the whole table's statistics
CREATE FUNCTION estimate(query text) RETURNS int LANGUAGE plpgsql AS
    $$ DECLARE plan json; BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan; RETURN plan #>> '{0,Plan,Plan Rows}'; END $$;
SELECT estimate('SELECT * FROM "Attacks Test".account WHERE balance = 300') >= 0 AS estimates;

-- writes: another tenant's rows do not exist
UPDATE account SET balance = 0 WHERE id >= 3 RETURNING *;
UPDATE account SET balance = balance + 1 RETURNING id;
DELETE FROM account WHERE id = 3 RETURNING *;
UPDATE account SET tenant_id = 'globex';
UPDATE account a SET balance = b.balance FROM account b WHERE b.tenant_id = 'globex';
DELETE FROM entry USING account WHERE account.tenant_id = 'globex';
TRUNCATE account;
-- MERGE (CVE-2023-39418), ON CONFLICT (CVE-2017-15099)
MERGE INTO account USING (VALUES (3)) s(i) ON id = i WHEN MATCHED THEN UPDATE SET balance = 0;
MERGE INTO account USING (VALUES (3)) s(i) ON tenant_id = 'globex' WHEN MATCHED THEN DELETE;
MERGE INTO account USING (VALUES (1)) s(i) ON id = i WHEN MATCHED THEN UPDATE SET tenant_id = 'globex';
INSERT INTO account VALUES (1, 'acme', 'a1', 0) ON CONFLICT (id) DO UPDATE SET tenant_id = 'globex';
INSERT INTO account VALUES (3, 'acme', 'x', 0) ON CONFLICT (id) DO UPDATE SET balance = 0 RETURNING *;
INSERT INTO account VALUES (3, 'acme', 'x', 0) ON CONFLICT (id) DO UPDATE SET balance = account.balance RETURNING *;
-- not yet covered: these two, and every key without the tenant, tell that the hidden row exists
INSERT INTO account (id) VALUES (3);
INSERT INTO account (id) VALUES (3) ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO account (id, name) VALUES (9, 'g1');
-- not yet covered: a foreign key without the tenant accepts another tenant's id
INSERT INTO entry (id, account_id) VALUES (10, 3) RETURNING *;
DELETE FROM entry WHERE id = 10;
-- not yet covered: a foreign key's actions reach another tenant's rows
RESET ROLE;
INSERT INTO entry VALUES (11, 'globex', 1, NULL), (12, 'globex', NULL, 1);
SET ROLE regress_attacks_app;
BEGIN;
DELETE FROM account WHERE id = 1 RETURNING id;
RESET ROLE;
SELECT * FROM entry ORDER BY id;
ROLLBACK;
RESET ROLE;
DELETE FROM entry WHERE id > 10;
-- every action of a foreign key without the tenant: on delete and on update, one referencing row of globex each
CREATE TABLE parent (id int PRIMARY KEY, tenant_id text);
CREATE TABLE by_cascade (id int, tenant_id text, parent_id int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE by_null (id int, tenant_id text, parent_id int REFERENCES parent ON DELETE SET NULL ON UPDATE SET NULL);
CREATE TABLE by_default (id int, tenant_id text, parent_id int DEFAULT 9 REFERENCES parent ON DELETE SET DEFAULT ON UPDATE SET DEFAULT);
CREATE TABLE by_restrict (id int, tenant_id text, parent_id int REFERENCES parent ON DELETE RESTRICT);
SET client_min_messages = warning;
SELECT djust_tenants.scope_table(t::regclass) FROM unnest('{parent,by_cascade,by_null,by_default,by_restrict}'::text[]) t;
RESET client_min_messages;
GRANT SELECT, INSERT, UPDATE, DELETE ON parent, by_cascade, by_null, by_default, by_restrict TO regress_attacks_app;
INSERT INTO parent VALUES (1, 'acme'), (2, 'acme'), (9, 'acme');
INSERT INTO by_cascade VALUES (1, 'globex', 1);
INSERT INTO by_null VALUES (1, 'globex', 1);
INSERT INTO by_default VALUES (1, 'globex', 1);
INSERT INTO by_restrict VALUES (1, 'globex', 2);
CREATE VIEW referencing AS SELECT 'cascade' AS action, * FROM by_cascade UNION ALL SELECT 'set null', * FROM by_null
    UNION ALL SELECT 'set default', * FROM by_default UNION ALL SELECT 'restrict', * FROM by_restrict;
BEGIN;
SET LOCAL ROLE regress_attacks_app;
-- deletes globex' row, and writes two others
DELETE FROM parent WHERE id = 1 RETURNING id;
RESET ROLE;
SELECT * FROM referencing;
ROLLBACK;
BEGIN;
SET LOCAL ROLE regress_attacks_app;
UPDATE parent SET id = 5 WHERE id = 1 RETURNING id;
RESET ROLE;
SELECT * FROM referencing;
ROLLBACK;
-- and tells that another tenant has a row that references
BEGIN;
SET LOCAL ROLE regress_attacks_app;
DO $$ BEGIN DELETE FROM parent WHERE id = 2; EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN RAISE NOTICE 'refused'; END $$;
ROLLBACK;
-- the cure: the tenant in the key; another tenant's row cannot be referenced, and no action reaches one
CREATE TABLE sound_parent (tenant_id text, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE sound (id int, tenant_id text, parent_id int,
    FOREIGN KEY (tenant_id, parent_id) REFERENCES sound_parent (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE sound_null (id int, tenant_id text, parent_id int,
    FOREIGN KEY (tenant_id, parent_id) REFERENCES sound_parent (tenant_id, id) ON DELETE SET NULL (parent_id));
CREATE TABLE sound_default (id int, tenant_id text, parent_id int DEFAULT 9,
    FOREIGN KEY (tenant_id, parent_id) REFERENCES sound_parent (tenant_id, id) ON DELETE SET DEFAULT (parent_id));
SET client_min_messages = warning;
SELECT djust_tenants.scope_table(t::regclass) FROM unnest('{sound_parent,sound,sound_null,sound_default}'::text[]) t;
RESET client_min_messages;
GRANT SELECT, INSERT, UPDATE, DELETE ON sound_parent, sound, sound_null, sound_default TO regress_attacks_app;
INSERT INTO sound_parent VALUES ('acme', 1), ('acme', 9), ('globex', 1), ('globex', 9);
INSERT INTO sound VALUES (1, 'globex', 1), (2, 'acme', 1);
INSERT INTO sound_null VALUES (1, 'globex', 1), (2, 'acme', 1);
INSERT INTO sound_default VALUES (1, 'globex', 1), (2, 'acme', 1);
CREATE VIEW soundly AS SELECT 'cascade' AS action, * FROM sound UNION ALL SELECT 'set null', * FROM sound_null
    UNION ALL SELECT 'set default', * FROM sound_default;
INSERT INTO sound VALUES (3, 'globex', 5);
BEGIN;
SET LOCAL ROLE regress_attacks_app;
DELETE FROM sound_parent WHERE id = 1 RETURNING id;
RESET ROLE;
SELECT * FROM soundly ORDER BY action, id;
ROLLBACK;
-- not covered: an action that sets the tenant column of a composite key too. Its default is the current tenant
CREATE TABLE unsound (id int, tenant_id text, parent_id int DEFAULT 9,
    FOREIGN KEY (tenant_id, parent_id) REFERENCES sound_parent (tenant_id, id) ON DELETE SET DEFAULT);
SET client_min_messages = warning;
SELECT djust_tenants.scope_table('unsound');
RESET client_min_messages;
INSERT INTO unsound VALUES (1, 'globex', 1);
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'acme';
DELETE FROM sound_parent WHERE tenant_id = 'globex' AND id = 1;
SELECT * FROM unsound;
ROLLBACK;
DROP VIEW referencing, soundly;
DROP TABLE by_cascade, by_null, by_default, by_restrict, parent, unsound, sound, sound_null, sound_default, sound_parent;
-- TRUNCATE asks for no tenant, only for its privilege: refused, unless a superuser has switched that off
GRANT TRUNCATE ON entry TO regress_attacks_app;
SET ROLE regress_attacks_app;
TRUNCATE entry;
SET djust_tenants.guard_truncate = off;
RESET ROLE;
SELECT count(*) FROM entry;
BEGIN;
SET LOCAL djust_tenants.guard_truncate = off;
SET LOCAL ROLE regress_attacks_app;
TRUNCATE entry;
RESET ROLE;
SELECT count(*) FROM entry;
ROLLBACK;
REVOKE TRUNCATE ON entry FROM regress_attacks_app;

-- the switches: row_security, the policies, the table, the settings, the functions
SET ROLE regress_attacks_app;
SET row_security = off;
SELECT * FROM account;
RESET row_security;
ALTER TABLE account DISABLE ROW LEVEL SECURITY;
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
DROP POLICY djust_tenants_isolation ON account;
ALTER POLICY djust_tenants_isolation ON account USING (true);
CREATE POLICY mine ON account USING (true);
SELECT djust_tenants.unscope_table('account');
SELECT djust_tenants.scope_table('account');
CREATE OR REPLACE FUNCTION djust_tenants.current_tenant_id() RETURNS text LANGUAGE sql AS 'SELECT ''globex''';
ALTER FUNCTION djust_tenants.current_tenant_id() RENAME TO x;
CREATE FUNCTION djust_tenants.mine() RETURNS text LANGUAGE sql AS 'SELECT ''x''';
DROP EXTENSION djust_tenants CASCADE;
DROP EVENT TRIGGER djust_tenants_follow_ddl;
SET djust_tenants.require_registered = off;
SET djust_tenants.resolver = 'header';
SET djust_tenants.default_tenant = 'globex';
SELECT set_config('djust_tenants.custom_resolver', 'x.y', false);
SET session_replication_role = replica;
UPDATE djust_tenants.tenant SET id = 'globex';
-- names on the search path are not what the policy calls
CREATE FUNCTION current_tenant_id() RETURNS text LANGUAGE sql AS 'SELECT ''globex''';
CREATE FUNCTION eq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR = (FUNCTION = eq, LEFTARG = text, RIGHTARG = text);
SET search_path = "Attacks Test", pg_catalog;
SELECT id FROM account ORDER BY id;
DROP OPERATOR = (text, text);
RESET search_path;
SET search_path TO "Attacks Test";
-- internals called by hand
SELECT djust_tenants.refuse_row('account'::regclass, 1::smallint);
SELECT djust_tenants.refuse_row(0, 0::smallint);
SELECT djust_tenants.refuse_row('pg_class'::regclass, 99::smallint);
SELECT djust_tenants.registry_changed();
SELECT djust_tenants.follow_drop();

-- not yet covered: whoever has SQL access can name any tenant, by SET, set_config, a function's SET, a role's default
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'globex';
SELECT count(*) FROM account;
SELECT set_config('djust_tenants.tenant_id', 'acme', true);
ROLLBACK;
CREATE FUNCTION as_globex() RETURNS bigint LANGUAGE sql SET djust_tenants.tenant_id = 'globex' AS 'SELECT count(*) FROM "Attacks Test".account WHERE tenant_id = ''globex''';
SELECT as_globex();
ALTER ROLE CURRENT_USER SET djust_tenants.tenant_id = 'globex';
ALTER ROLE CURRENT_USER RESET djust_tenants.tenant_id;
SHOW djust_tenants.tenant_id;

-- not yet covered: a view or materialized view of an exempt role shows all (security_invoker is the cure)
SELECT count(DISTINCT tenant_id) FROM balances;
SELECT count(*) FROM totals;
-- one's own view does not
CREATE VIEW mine AS SELECT * FROM account;
SELECT count(*) FROM mine;
DROP VIEW mine;

-- what outlives the tenant in a session: plans, cursors, temporary tables
PREPARE q(int) AS SELECT id FROM account WHERE id >= $1 ORDER BY id;
SET plan_cache_mode = force_generic_plan;
EXECUTE q(0);
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM account;
COMMIT;
-- not yet covered: a temporary table is nobody's
CREATE TEMP TABLE kept AS SELECT * FROM account;
SET djust_tenants.tenant_id = 'globex';
EXECUTE q(0);
FETCH ALL FROM c;
SELECT count(*) FROM kept WHERE tenant_id = 'acme';
CLOSE c;
RESET djust_tenants.tenant_id;
EXECUTE q(0);
DROP TABLE kept;
-- plan reuse across roles (CVE-2016-2193, CVE-2024-10976): by SET ROLE, in a CTE, a sub-query, a sub-link
RESET ROLE;
CREATE POLICY shared_positive ON account FOR SELECT TO regress_attacks_shared USING (balance > 15);
CREATE POLICY app_all ON account FOR SELECT TO regress_attacks_app USING (true);
SET djust_tenants.tenant_id = 'acme';
PREPARE in_cte AS WITH a AS MATERIALIZED (SELECT * FROM account) SELECT count(*) FROM a;
PREPARE in_subquery AS SELECT count(*) FROM (SELECT * FROM account OFFSET 0) a;
PREPARE in_sublink AS SELECT (SELECT count(*) FROM account);
PREPARE in_exists AS SELECT count(*) FROM generate_series(1, 4) i WHERE EXISTS (SELECT FROM account WHERE id = i);
PREPARE in_union AS SELECT count(*) FROM (SELECT id FROM account UNION ALL SELECT id FROM account) a;
CREATE FUNCTION inlined() RETURNS SETOF account LANGUAGE sql STABLE AS 'SELECT * FROM "Attacks Test".account';
PREPARE in_function AS SELECT count(*) FROM inlined();
CREATE FUNCTION executed() RETURNS text LANGUAGE plpgsql AS $$
DECLARE q text; n int; result text := '';
BEGIN
    FOREACH q IN ARRAY '{in_cte,in_subquery,in_sublink,in_exists,in_union,in_function}'::text[] LOOP
        EXECUTE 'EXECUTE ' || q INTO n;
        result := result || n || ' ';
    END LOOP;
    RETURN result;
END $$;
SELECT executed() AS superuser;
SET ROLE regress_attacks_app;
SELECT executed() AS app;
SET ROLE regress_attacks_shared;
SELECT executed() AS shared;
SET ROLE regress_attacks_app;
SELECT executed() AS app;
SET djust_tenants.tenant_id = 'globex';
SELECT executed() AS app;
RESET djust_tenants.tenant_id;
SELECT executed() AS app;
-- not yet covered: an IMMUTABLE wrapper of one's own freezes a tenant into one's own queries, and never widens the policy
CREATE FUNCTION frozen() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT djust_tenants.current_tenant_id()';
SET djust_tenants.tenant_id = 'acme';
PREPARE frozen AS SELECT id FROM account WHERE tenant_id = frozen() ORDER BY id;
EXECUTE frozen;
SET djust_tenants.tenant_id = 'globex';
EXECUTE frozen;
RESET ROLE;
DROP POLICY shared_positive ON account;
DROP POLICY app_all ON account;

-- a search_path or role switched inside a definer's function (CVE-2023-2455): the policy holds in the inlined body
CREATE FUNCTION as_owner() RETURNS SETOF account LANGUAGE sql STABLE AS 'SELECT * FROM "Attacks Test".account';
SET ROLE regress_attacks_app;
SET djust_tenants.tenant_id = 'acme';
SELECT count(*) FROM as_owner();
SELECT count(*) FROM as_owner() a JOIN as_owner() b USING (tenant_id) WHERE a.tenant_id <> 'acme';

RESET ROLE;
RESET djust_tenants.tenant_id;
RESET plan_cache_mode;
DEALLOCATE ALL;
RESET search_path;
-- nothing was written to another tenant's rows by all this
SELECT id, name, balance FROM "Attacks Test".account WHERE tenant_id = 'globex' ORDER BY id;
SET client_min_messages = warning;
DROP SCHEMA "Attacks Test" CASCADE;
DROP ROLE regress_attacks_app, regress_attacks_shared;
