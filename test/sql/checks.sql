-- The policy's WITH CHECK is left out where the row's tenant is our stamp, or was the tenant's and keeps its column, and
-- nothing can change it: each condition, and its opposite. How often the policy's function is called tells: once a row
-- for the stamp, once more for the check.
LOAD 'djust_tenants';
CREATE SCHEMA "Checks Test";
CREATE ROLE regress_checks_app;
GRANT USAGE ON SCHEMA "Checks Test" TO regress_checks_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Checks Test" GRANT ALL ON TABLES TO regress_checks_app;
SET search_path TO "Checks Test";
SET client_min_messages = warning;
CREATE DOMAIN tenant_name AS text CHECK (VALUE <> 'nobody');
CREATE TABLE plain (id int, tenant_id text, body text);
CREATE TABLE in_domain (id int, tenant_id tenant_name);
CREATE TABLE in_varchar (id int, tenant_id varchar(40));
CREATE TABLE number (id int, tenant_id integer);
CREATE TABLE keyed (id int, tenant_id text, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE nullable (id int, tenant_id text);
CREATE TABLE triggered (id int, tenant_id text);
CREATE TABLE afterwards (id int, tenant_id text);
CREATE TABLE own_policy (id int, tenant_id text);
CREATE TABLE other_default (id int, tenant_id text);
CREATE TABLE computed (id int, tenant_id text, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE parted (id int, tenant_id text) PARTITION BY LIST (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1, 2);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
CREATE TABLE parent (id int, tenant_id text);
CREATE TABLE child () INHERITS (parent);
SELECT DISTINCT status FROM djust_tenants.scope_schema('Checks Test');
ALTER TABLE nullable ALTER tenant_id DROP NOT NULL;
ALTER TABLE other_default ALTER tenant_id SET DEFAULT 'globex';
CREATE FUNCTION into_globex() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN IF NEW.id = 13 THEN NEW.tenant_id := 'globex'; END IF; RETURN NEW; END$$;
CREATE TRIGGER t BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION into_globex();
CREATE TRIGGER t BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION into_globex();
INSERT INTO parent VALUES (20, 'acme');
INSERT INTO child VALUES (22, 'acme');
CREATE TRIGGER t AFTER INSERT ON afterwards FOR EACH ROW EXECUTE FUNCTION into_globex();
CREATE POLICY mine ON own_policy FOR ALL USING (true) WITH CHECK (id < 10);
CREATE VIEW small WITH (security_invoker) AS SELECT id, tenant_id FROM plain WHERE id < 10 WITH CHECK OPTION;
GRANT ALL ON small TO regress_checks_app;
-- the calls of a statement; without constants, so that each shows
SET track_functions = 'all';
SET djust_tenants.tenant_constant = off;
CREATE FUNCTION calls(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    functions oid[] := '{djust_tenants.current_tenant_id,djust_tenants.current_tenant_integer}'::regproc[];
    before bigint := (SELECT coalesce(sum(pg_stat_get_xact_function_calls(f)), 0) FROM unnest(functions) f);
    written bigint;
    state text;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN format('%s calls, %s rows', (SELECT coalesce(sum(pg_stat_get_xact_function_calls(f)), 0) - before
                                        FROM unnest(functions) f), written);
EXCEPTION WHEN insufficient_privilege OR not_null_violation OR check_violation OR with_check_option_violation THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
    RETURN format('%s %s', state, SQLERRM);
END $$;
GRANT EXECUTE ON FUNCTION calls(text) TO regress_checks_app;
SET ROLE regress_checks_app;
SET djust_tenants.tenant_id = 'acme';

-- left out: the stamp alone
SELECT calls($$INSERT INTO plain (id) VALUES (1)$$);
SELECT calls($$INSERT INTO plain (id) VALUES (1) RETURNING tenant_id$$);
SELECT calls($$INSERT INTO plain (id) VALUES (1), (2), (3)$$);
SELECT calls($$INSERT INTO plain (id, tenant_id) VALUES (1, DEFAULT)$$);
SELECT calls($$INSERT INTO plain (id, tenant_id) VALUES (1, NULL)$$);
SELECT calls($$INSERT INTO plain (id, tenant_id) VALUES (1, djust_tenants.current_tenant_id())$$);
SELECT calls($$INSERT INTO plain (id) SELECT generate_series(1, 10)$$);
SELECT calls($$INSERT INTO plain DEFAULT VALUES$$);
SELECT calls($$WITH n AS (INSERT INTO plain (id) VALUES (1) RETURNING id) SELECT FROM n$$);
SELECT calls($$INSERT INTO in_domain (id) VALUES (1)$$);
SELECT calls($$INSERT INTO afterwards (id) VALUES (13)$$);
SELECT calls($$INSERT INTO computed (id) VALUES (1)$$);
SELECT calls($$INSERT INTO parted_1 (id) VALUES (1)$$);
SET djust_tenants.tenant_id = '7';
SELECT calls($$INSERT INTO number (id) VALUES (1)$$);
SET djust_tenants.tenant_id = 'acme';
-- left out: an UPDATE of another column; two calls for the estimate and the scan, one more when there is a check
SELECT calls($$INSERT INTO keyed (id) VALUES (21), (22)$$);
SET enable_seqscan = off;
SELECT calls($$UPDATE keyed SET body = 'x' WHERE id = 21$$);
SELECT calls($$UPDATE keyed k SET body = p.body FROM plain p WHERE k.id = 22$$);
SELECT calls($$UPDATE parted_1 SET id = 2$$);
-- made: of the tenant column, of a partitioned table, where a BEFORE ROW trigger may change it
SELECT calls($$UPDATE keyed SET tenant_id = 'acme' WHERE id = 21$$);
SELECT calls($$UPDATE keyed SET tenant_id = tenant_id WHERE id = 21$$);
SELECT calls($$UPDATE keyed SET (body, tenant_id) = (SELECT 'y', 'globex') WHERE id = 21$$);
SELECT calls($$UPDATE parted SET id = 2$$);
RESET ROLE;
CREATE TRIGGER u BEFORE UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION into_globex();
INSERT INTO triggered VALUES (20, 'acme');
SET ROLE regress_checks_app;
SELECT calls($$UPDATE triggered SET id = 21$$);
SELECT calls($$UPDATE triggered SET id = 13$$);
-- made: of a table with children, whose triggers are their own
SELECT calls($$UPDATE parent SET id = 21 WHERE id = 20$$);
SELECT calls($$UPDATE ONLY parent SET id = 22 WHERE id = 21$$);
SELECT calls($$UPDATE parent SET id = 13 WHERE id = 22$$);
SELECT calls($$UPDATE child SET id = 23 WHERE id = 22$$);
RESET enable_seqscan;
-- made: a value may come from elsewhere
SELECT calls($$INSERT INTO plain (id, tenant_id) VALUES (1, 'acme')$$);
SELECT calls($$INSERT INTO plain (id, tenant_id) VALUES (1, 'globex')$$);
SELECT calls($$INSERT INTO plain (id, tenant_id) VALUES (1, 'acme'), (2, NULL)$$);
SELECT calls($$INSERT INTO plain (id, tenant_id) VALUES (1, NULL), (2, 'globex')$$);
SELECT calls($$INSERT INTO plain (id, tenant_id) SELECT 1, nullif('acme', 'acme')$$);
SELECT calls($$INSERT INTO plain (id, tenant_id) SELECT 1, t FROM unnest('{acme,globex}'::text[]) t$$);
SELECT calls($$INSERT INTO other_default (id) VALUES (1)$$);
-- made: the coercion could change it, the column takes NULL
SELECT calls($$INSERT INTO in_varchar (id) VALUES (1)$$);
SELECT calls($$INSERT INTO nullable (id) VALUES (1)$$);
-- made: a BEFORE ROW trigger could change it
SELECT calls($$INSERT INTO triggered (id) VALUES (1)$$);
SELECT calls($$INSERT INTO triggered (id) VALUES (13)$$);
-- made: rows of a partitioned table, also with a trigger of a partition that is made later
SELECT calls($$INSERT INTO parted (id) VALUES (1)$$);
PREPARE into_parted(int) AS INSERT INTO parted (id) VALUES ($1);
SET plan_cache_mode = force_generic_plan;
EXECUTE into_parted(13);
RESET ROLE;
CREATE TRIGGER t BEFORE INSERT ON parted_rest FOR EACH ROW EXECUTE FUNCTION into_globex();
SET ROLE regress_checks_app;
EXECUTE into_parted(12);
EXECUTE into_parted(13);
-- made: ON CONFLICT, MERGE, UPDATE
SELECT calls($$INSERT INTO keyed (id) VALUES (1) ON CONFLICT DO NOTHING$$);
SELECT calls($$INSERT INTO keyed (id) VALUES (1) ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'again'$$);
SELECT calls($$INSERT INTO keyed (id) VALUES (1) ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = 'globex'$$);
SELECT calls($$MERGE INTO keyed k USING (VALUES (5)) v(id) ON k.id = v.id WHEN NOT MATCHED THEN INSERT (id) VALUES (v.id)$$);
SELECT calls($$UPDATE keyed SET tenant_id = 'globex'$$);
SELECT calls($$UPDATE keyed SET tenant_id = NULL$$);
-- made: what is not ours
SELECT calls($$INSERT INTO own_policy (id) VALUES (1)$$);
SELECT calls($$INSERT INTO own_policy (id) VALUES (10)$$);
SELECT calls($$INSERT INTO small (id) VALUES (1)$$);
SELECT calls($$INSERT INTO small (id) VALUES (10)$$);
-- a kept plan without the check falls when a trigger comes, or another default
PREPARE into_plain(int) AS INSERT INTO plain (id) VALUES ($1);
EXECUTE into_plain(13);
RESET ROLE;
CREATE TRIGGER t BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION into_globex();
SET ROLE regress_checks_app;
EXECUTE into_plain(12);
EXECUTE into_plain(13);
RESET ROLE;
DROP TRIGGER t ON plain;
ALTER TABLE plain ALTER tenant_id SET DEFAULT 'globex';
SET ROLE regress_checks_app;
EXECUTE into_plain(14);
RESET ROLE;
ALTER TABLE plain ALTER tenant_id SET DEFAULT djust_tenants.current_tenant_id();
SET ROLE regress_checks_app;
EXECUTE into_plain(15);
RESET plan_cache_mode;
-- without a tenant, and as one that the column cannot hold
RESET djust_tenants.tenant_id;
INSERT INTO plain (id) VALUES (1);
SET djust_tenants.tenant_id = 'acme';
INSERT INTO number (id) VALUES (1);
SET djust_tenants.tenant_id = 'nobody';
INSERT INTO in_domain (id) VALUES (1);
-- a statement that leaves its tenant on the way
SET djust_tenants.tenant_id = 'acme';
BEGIN;
INSERT INTO plain (id) SELECT CASE WHEN i = 2 THEN length((djust_tenants.set_current_tenant('globex')).id) ELSE i END FROM generate_series(1, 3) i;
ROLLBACK;
BEGIN;
INSERT INTO plain (id) SELECT CASE WHEN i = 2 THEN coalesce(length((djust_tenants.set_current_tenant(NULL)).id), 0) ELSE i END FROM generate_series(1, 3) i;
ROLLBACK;
RESET ROLE;

-- a function of the statement that enters another tenant for a part of a row, and returns: with a plan that names the
-- tenant the row is this one's; else the check is made, except where no function can
CREATE FUNCTION enter(tenant text, result int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('djust_tenants.tenant_id', tenant, false);
    RETURN result;
END $$;
CREATE TABLE between_two (id int, tenant_id text, note int);
SELECT djust_tenants.scope_table('between_two');
INSERT INTO between_two VALUES (1, 'acme', 0), (2, 'globex', 0), (3, 'acme', 0);
CREATE FUNCTION insert_between() RETURNS void LANGUAGE sql AS
    $$INSERT INTO between_two (id, note) VALUES (enter('globex', 4), enter('acme', 0))$$;
CREATE FUNCTION update_between() RETURNS void LANGUAGE sql AS
    $$UPDATE between_two SET note = CASE id WHEN 1 THEN enter('globex', 1) ELSE enter('acme', 1) END$$;
GRANT ALL ON between_two TO regress_checks_app;
SET enable_indexscan = off; SET enable_bitmapscan = off;  -- in the order of their insertion
SET ROLE regress_checks_app;
SET djust_tenants.tenant_id = 'acme';
SELECT insert_between();
SELECT update_between();
INSERT INTO between_two (id, note) VALUES (enter('globex', 5), enter('acme', 0));
UPDATE between_two SET note = CASE id WHEN 1 THEN enter('globex', 2) ELSE enter('acme', 2) END;
RESET ROLE;
SET djust_tenants.tenant_constant = on;
SET ROLE regress_checks_app;
INSERT INTO between_two (id, note) VALUES (enter('globex', 6), enter('acme', 0));
UPDATE between_two SET note = CASE id WHEN 1 THEN enter('globex', 3) ELSE enter('acme', 3) END;
RESET ROLE;
SELECT * FROM between_two ORDER BY id;
RESET enable_indexscan; RESET enable_bitmapscan;
-- calls of PostgreSQL's own functions do not need it, others do
SET djust_tenants.tenant_constant = off;
CREATE FUNCTION own(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RETURN i; END$$;
CREATE DOMAIN own_number AS int CHECK (own(VALUE) > 0);
CREATE SEQUENCE numbers;
GRANT USAGE ON SEQUENCE numbers TO regress_checks_app;
SET ROLE regress_checks_app;
SELECT calls($$INSERT INTO between_two (id, note) VALUES (nextval('numbers'), abs(-1) + 1)$$);
SELECT calls($$INSERT INTO between_two (id, note) VALUES (greatest(1, 2), (ARRAY[1, 2])[1])$$);
SELECT calls($$INSERT INTO between_two (id, note) SELECT 1, length(now()::text) WHERE (1, 2) < (2, now()::date - 'today'::date)$$);
SELECT calls($$INSERT INTO between_two (id, note) VALUES (1, own(1))$$);
SELECT calls($$INSERT INTO between_two (id, note) VALUES (1, greatest(own(1), 1))$$);
SELECT calls($$INSERT INTO between_two (id, note) VALUES (1, (ARRAY[own(1), 2])[2])$$);
SELECT calls($$INSERT INTO between_two (id, note) SELECT 1, 1 WHERE (1, 2) < (2, own(1))$$);
SELECT calls($$INSERT INTO between_two (id, note) SELECT 1, length('{1}'::text::own_number[]::text)$$);
SELECT calls($$INSERT INTO between_two (id, note) VALUES (1, 1::own_number)$$);
SELECT calls($$INSERT INTO between_two (id, note) SELECT 1, 1 WHERE set_config('regress.checks', '', true) = ''$$);
SELECT calls($$INSERT INTO between_two (id, note) SELECT id, length(query_to_xml('SELECT 1', true, true, '')::text) FROM between_two$$);
SELECT calls($$INSERT INTO between_two (id) SELECT count(*) FROM between_two$$);
RESET ROLE;
SET djust_tenants.tenant_constant = on;
-- nor do rows whose writing runs code that the statement does not show: generated columns, domains that are left out
CREATE FUNCTION steered(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('djust_tenants.tenant_id', CASE WHEN t LIKE '%!' THEN 'globex' ELSE 'acme' END, false);
    RETURN t;
END $$;
CREATE FUNCTION entered(t text) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('djust_tenants.tenant_id', t, false);
    RETURN true;
END $$;
CREATE DOMAIN to_globex AS int CHECK (entered('globex'));
CREATE DOMAIN to_acme AS int CHECK (entered('acme'));
CREATE TABLE generated (id int, name text, tenant_id text, slug text GENERATED ALWAYS AS (steered(name)) STORED);
CREATE TABLE in_between (id int, one to_globex, tenant_id text, two to_acme);
SELECT djust_tenants.scope_table('generated'), djust_tenants.scope_table('in_between');
INSERT INTO generated (id, name, tenant_id) VALUES (1, 'acme', 'acme'), (2, 'globex', 'globex'), (3, 'acme', 'acme');
CREATE FUNCTION insert_generated() RETURNS void LANGUAGE sql AS $$INSERT INTO generated (id, name) VALUES (4, 'x!'), (5, 'x')$$;
CREATE FUNCTION update_generated() RETURNS void LANGUAGE sql AS $$UPDATE generated SET name = CASE id WHEN 1 THEN 'x!' ELSE 'x' END$$;
CREATE FUNCTION insert_in_between() RETURNS void LANGUAGE sql AS $$INSERT INTO in_between (id) VALUES (1)$$;
GRANT ALL ON generated, in_between TO regress_checks_app;
SET enable_indexscan = off; SET enable_bitmapscan = off;
SET djust_tenants.tenant_constant = off;
SET ROLE regress_checks_app;
SET djust_tenants.tenant_id = 'acme';
\set VERBOSITY sqlstate
SELECT insert_generated();
SELECT update_generated();
SELECT insert_in_between();
INSERT INTO generated (id, name) VALUES (4, 'x!'), (5, 'x');
UPDATE generated SET name = CASE id WHEN 1 THEN 'x!' ELSE 'x' END;
INSERT INTO in_between (id) VALUES (1);
\set VERBOSITY default
RESET ROLE;
SELECT id, name, tenant_id FROM generated ORDER BY id;
SELECT count(*) FROM in_between;
RESET enable_indexscan; RESET enable_bitmapscan;
SET djust_tenants.tenant_constant = on;
-- our policies on a tenant column that is generated, written by hand: it is computed after the stamp and the checks, so
-- the table counts as not scoped, and has plain row-level security
CREATE TABLE by_name (id int, name text, tenant_id text GENERATED ALWAYS AS (split_part(name, '-', 1)) STORED);
INSERT INTO by_name VALUES (1, 'acme-1'), (2, 'globex-2');
CREATE POLICY djust_tenants_isolation ON by_name AS RESTRICTIVE USING (tenant_id = djust_tenants.current_tenant_id())
    WITH CHECK (tenant_id = djust_tenants.current_tenant_id());
CREATE POLICY djust_tenants_access ON by_name USING (tenant_id = djust_tenants.current_tenant_id())
    WITH CHECK (tenant_id = djust_tenants.current_tenant_id());
ALTER TABLE by_name ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT ALL ON by_name TO regress_checks_app;
SET ROLE regress_checks_app;
SET djust_tenants.tenant_id = 'acme';
UPDATE by_name SET name = 'globex-1';
UPDATE by_name SET name = 'acme-2' RETURNING *;
INSERT INTO by_name (id, name) VALUES (3, 'acme-3') RETURNING *;
INSERT INTO by_name (id, name) VALUES (4, 'globex-4');
RESET ROLE;
SELECT policy_ok FROM djust_tenants.scoped_table WHERE target = 'by_name'::regclass;
-- a trigger that is made after the check was left out, and before the statement begins: by a function that the planner
-- calls, by an earlier statement of the same function or rule
RESET ROLE;
CREATE TABLE late (id int, tenant_id text);
SELECT djust_tenants.scope_table('late');
GRANT TRIGGER ON late TO regress_checks_app;
GRANT CREATE ON SCHEMA "Checks Test" TO regress_checks_app;
SET ROLE regress_checks_app;
SET djust_tenants.tenant_id = 'acme';
INSERT INTO late (id) VALUES (1), (2);
CREATE FUNCTION to_globex() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.tenant_id := 'globex'; RETURN NEW; END$$;
CREATE FUNCTION make_trigger() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'CREATE TRIGGER z BEFORE INSERT OR UPDATE ON late FOR EACH ROW EXECUTE FUNCTION to_globex()';
    RETURN 1;
END $$;
CREATE FUNCTION early() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RETURN make_trigger(); END$$;
INSERT INTO late (id) SELECT 900 + early();
UPDATE late SET id = 901 WHERE id = early();
CREATE FUNCTION two_inserts() RETURNS void LANGUAGE sql AS $$SELECT make_trigger(); INSERT INTO late (id) VALUES (902)$$;
CREATE FUNCTION two_updates() RETURNS void LANGUAGE sql AS $$SELECT make_trigger(); UPDATE late SET id = 903$$;
-- (from 18 on an SQL function plans a statement when its turn comes: the check is made)
\set VERBOSITY sqlstate
SELECT two_inserts();
SELECT two_updates();
\set VERBOSITY default
WITH w AS (INSERT INTO late (id) VALUES (904 + early()) RETURNING id) SELECT * FROM w;
SELECT * FROM late ORDER BY id;
-- which is no bar to triggers of the other kind, or that were there
RESET ROLE;
SET djust_tenants.tenant_constant = off;
CREATE TRIGGER u BEFORE UPDATE ON late FOR EACH ROW EXECUTE FUNCTION into_globex();
SET ROLE regress_checks_app;
SELECT calls($$INSERT INTO late (id) VALUES (3)$$);
SELECT calls($$WITH i AS (INSERT INTO late (id) VALUES (4) RETURNING id) UPDATE late SET id = 5 WHERE late.id = 3$$);
RESET ROLE;
SELECT id, tenant_id FROM late ORDER BY id;

-- off: every row is checked
SET djust_tenants.skip_redundant_checks = off;
SET ROLE regress_checks_app;
SET djust_tenants.skip_redundant_checks = on;
SELECT calls($$INSERT INTO plain (id) VALUES (1), (2), (3)$$);
RESET ROLE;
RESET djust_tenants.skip_redundant_checks;
-- nobody's rows are in anybody's table
SELECT (SELECT count(*) FROM plain WHERE tenant_id <> 'acme'), (SELECT count(*) FROM triggered WHERE tenant_id <> 'acme'),
       (SELECT count(*) FROM parted WHERE tenant_id <> 'acme'), (SELECT count(*) FROM keyed WHERE tenant_id <> 'acme');

RESET ALL;
SET client_min_messages = warning;
DEALLOCATE ALL;
DROP SCHEMA "Checks Test" CASCADE;
DROP ROLE regress_checks_app;
