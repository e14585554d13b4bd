-- scope_table and its sisters: every option, every refusal, and that doing it again changes nothing.
LOAD 'djust_tenants';
CREATE SCHEMA "Scope Test";
CREATE ROLE regress_scope_owner;
CREATE ROLE regress_scope_other;
GRANT ALL ON SCHEMA "Scope Test" TO regress_scope_owner;
SET search_path TO "Scope Test", djust_tenants;
\pset null '(null)'

-- What scoping changes of a table, out of the catalogs.
CREATE FUNCTION state(target regclass) RETURNS TABLE(what text, value text) LANGUAGE sql SET search_path = "Scope Test" AS $$
    SELECT 'row security', CASE WHEN relrowsecurity THEN 'enabled' ELSE 'disabled' END ||
           CASE WHEN relforcerowsecurity THEN ', forced' ELSE '' END
      FROM pg_class WHERE oid = target
    UNION ALL
    SELECT 'column ' || attnum, concat_ws(' ', quote_ident(attname), format_type(atttypid, atttypmod),
           CASE WHEN attnotnull THEN 'not null' END, 'default ' || pg_get_expr(adbin, adrelid))
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'index', regexp_replace(pg_get_indexdef(indexrelid), '^CREATE( UNIQUE)? INDEX .* ON ', '\1 ON ')
      FROM pg_index WHERE indrelid = target
    UNION ALL
    SELECT 'policy ' || polname, concat_ws(' ', CASE WHEN polpermissive THEN 'permissive' ELSE 'restrictive' END, polcmd,
           polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
      FROM pg_policy WHERE polrelid = target
    UNION ALL
    SELECT 'constraint', pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = target AND contype <> 'n'  -- PostgreSQL 18 has NOT NULL there, too
    ORDER BY 1, 2
$$;

-- a missing column is added; again changes nothing
CREATE TABLE plain (id int PRIMARY KEY);
SELECT scope_table('plain');
SELECT * FROM state('plain');
CREATE TEMP TABLE before AS SELECT c.xmin AS x, c.oid FROM pg_class c WHERE relname ~ '^plain'
    UNION ALL SELECT xmin, oid FROM pg_policy WHERE polrelid = 'plain'::regclass
    UNION ALL SELECT xmin, oid FROM pg_attrdef WHERE adrelid = 'plain'::regclass
    UNION ALL SELECT xmin, attnum::int::oid FROM pg_attribute WHERE attrelid = 'plain'::regclass;
SELECT scope_table('plain');
SELECT scope_table('plain', 'tenant_id');
SELECT scope_table('plain', column_type => 'text');
SELECT count(*) AS rows_changed FROM (
    (SELECT c.xmin AS x, c.oid FROM pg_class c WHERE relname ~ '^plain'
     UNION ALL SELECT xmin, oid FROM pg_policy WHERE polrelid = 'plain'::regclass
     UNION ALL SELECT xmin, oid FROM pg_attrdef WHERE adrelid = 'plain'::regclass
     UNION ALL SELECT xmin, attnum::int::oid FROM pg_attribute WHERE attrelid = 'plain'::regclass)
    EXCEPT ALL SELECT x, oid FROM before) AS changed;
SELECT scope_table_sql('plain');
SELECT * FROM scoped_table WHERE target = 'plain'::regclass;
DROP TABLE before;

-- column_type, also of a domain found by the search path; names that need quoting
CREATE DOMAIN tenant_name AS varchar(20) CHECK (VALUE <> 'nobody');
CREATE TABLE "Order ""x""" (id int);
SELECT scope_table('"Order ""x"""', 'Tenant "id"', 'varchar(50)');
SELECT * FROM state('"Order ""x"""');
CREATE TABLE typed_by_domain (id int);
SELECT scope_table('typed_by_domain', column_type => 'tenant_name');
SELECT * FROM state('typed_by_domain');
CREATE TABLE u (id int);
SELECT scope_table('u', 'org', 'uuid');
SELECT * FROM state('u') WHERE what LIKE 'policy%' OR value LIKE 'org%';
\set VERBOSITY sqlstate
SELECT scope_table('u', 'org2', 'no_such_type');
\set VERBOSITY default

-- an index led by the column will do, whatever follows; a partial one will not, nor one of another method
CREATE TABLE keyed (tenant_id bigint, id int, PRIMARY KEY (tenant_id, id));
SELECT scope_table('keyed');
SELECT * FROM state('keyed') WHERE what = 'index';
CREATE TABLE badly_indexed (id int, tenant_id int);
CREATE INDEX ON badly_indexed (tenant_id) WHERE id > 0;
CREATE INDEX ON badly_indexed USING hash (tenant_id);
CREATE INDEX ON badly_indexed (id, tenant_id);
SELECT scope_table('badly_indexed');
SELECT * FROM state('badly_indexed') WHERE what = 'index';
-- nor one under another collation than the condition's, nor one that a concurrent build has left; another operator
-- class will do when the condition's operator is in its family, and so will descending order
CREATE TABLE collated (id int, tenant_id text);
CREATE INDEX ON collated (tenant_id COLLATE "POSIX");
INSERT INTO collated VALUES (1, 'acme'), (1, 'acme');
CREATE UNIQUE INDEX CONCURRENTLY left_invalid ON collated (tenant_id);
SELECT scope_table('collated');
CREATE TABLE patterned (id int, tenant_id text);
CREATE INDEX patterned_idx ON patterned (tenant_id text_pattern_ops DESC NULLS LAST, id);
SELECT scope_table('patterned');
-- what is said: each time that something was changed, and never by scope_table_sql
ALTER TABLE patterned NO FORCE ROW LEVEL SECURITY;
SELECT scope_table('patterned');
SELECT scope_table('patterned');
DROP INDEX patterned_idx;
SELECT scope_table_sql('patterned');
SELECT scope_table('patterned');
SELECT target, index_name FROM scoped_table WHERE target IN ('collated'::regclass, 'patterned') ORDER BY 1;

-- NULLs: refused with their number; backfill, backfill_from
CREATE TABLE customer (id int PRIMARY KEY, tenant_id text, name text);
INSERT INTO customer VALUES (1, 'acme', 'x'), (2, 'globex', 'y'), (3, NULL, 'z');
SELECT scope_table('customer');
SELECT scope_table('customer', backfill => 'not a tenant');
SELECT scope_table('customer', backfill => 'initech');
CREATE TABLE invoice (id int PRIMARY KEY, customer_id int REFERENCES customer, plain_id int REFERENCES plain, n int);
INSERT INTO invoice VALUES (10, 1), (11, 2), (12, 3), (13, NULL);
SELECT scope_table('invoice', backfill_from => 'no_such');
SELECT scope_table('invoice', backfill_from => 'n');
SELECT scope_table('invoice', backfill_from => 'customer_id', backfill => 'x');
SELECT scope_table('invoice', column_type => 'uuid', backfill_from => 'customer_id');
SELECT scope_table('invoice', backfill_from => 'customer_id');
DELETE FROM invoice WHERE id = 13;
SELECT scope_table('invoice', backfill_from => 'customer_id');
SELECT * FROM invoice ORDER BY id;
SELECT count(*) FROM state('invoice') WHERE what LIKE 'column%';
CREATE TABLE line (id int, invoice_id int, customer_id int, number int,
    FOREIGN KEY (invoice_id) REFERENCES invoice);
INSERT INTO line VALUES (100, 10), (101, 11), (102, 12);
SELECT scope_table('line', 'org', 'varchar(10)', backfill_from => 'invoice_id');
SELECT id, org FROM line ORDER BY id;
-- a composite key, whose operators are used
CREATE TABLE region (a int, b int, tenant_id text, PRIMARY KEY (a, b));
INSERT INTO region VALUES (1, 1, 'acme'), (1, 2, 'globex');
SELECT scope_table('region');
CREATE TABLE shop (id int, a int, b int, FOREIGN KEY (a, b) REFERENCES region);
INSERT INTO shop VALUES (1, 1, 2), (2, 1, 1);
SELECT scope_table('shop', backfill_from => 'b');
SELECT id, tenant_id FROM shop ORDER BY id;
CREATE TABLE numbered (id int, org bigint);
INSERT INTO numbered VALUES (1, NULL);
SELECT scope_table('numbered', 'org', backfill => '042');
SELECT scope_table('numbered', 'org', backfill => 'acme');
SELECT scope_table('numbered', 'org', backfill => '42');
SELECT * FROM numbered;
-- the owner's triggers and row security are no obstacle to a backfill, and are left as they were
CREATE TABLE guarded (id int, tenant_id text);
INSERT INTO guarded VALUES (1, NULL);
ALTER TABLE guarded OWNER TO regress_scope_owner;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SET ROLE regress_scope_owner;
SELECT scope_table('guarded', backfill => 'acme');
RESET ROLE;
SELECT * FROM guarded;

-- what cannot be scoped
CREATE VIEW a_view AS SELECT * FROM plain;
CREATE MATERIALIZED VIEW a_matview AS SELECT * FROM plain;
CREATE SEQUENCE a_sequence;
CREATE FOREIGN DATA WRAPPER regress_scope_fdw;
CREATE SERVER regress_scope_server FOREIGN DATA WRAPPER regress_scope_fdw;
CREATE FOREIGN TABLE a_foreign_table (id int, tenant_id text) SERVER regress_scope_server;
CREATE TYPE row_type AS (id int);
CREATE TABLE typed OF row_type;
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE badly_collated (id int, tenant_id text COLLATE nocase);
CREATE TABLE of_numeric (id int, tenant_id numeric);
CREATE TABLE of_char (id int, tenant_id char(10));
CREATE TABLE generated (id int, tenant_id text GENERATED ALWAYS AS (id::text) STORED);
CREATE TABLE counted (id int, tenant_id int GENERATED BY DEFAULT AS IDENTITY);
SELECT scope_table('a_view');
SELECT scope_table('a_foreign_table');
SELECT scope_table('typed');
SELECT scope_table('badly_collated');
SELECT scope_table('of_numeric');
SELECT scope_table('generated');
SELECT scope_table('pg_catalog.pg_proc');
SELECT scope_table('djust_tenants.tenant', 'id');
SELECT scope_table('plain', column_type => 'uuid');
SELECT scope_table('plain', 'id');
SELECT scope_table('plain', 'ctid');
SELECT scope_table(NULL);
SELECT scope_table('plain', NULL);
\set VERBOSITY sqlstate
SELECT scope_table('a_matview');
SELECT scope_table('a_sequence');
SELECT scope_table('of_char');
SELECT scope_table('counted');
SELECT scope_table('no_such_table');
SELECT scope_table(0);
SELECT scope_table('djust_tenants.tenant_domain', 'tenant_id');
\set VERBOSITY default
SET ROLE regress_scope_other;
SELECT scope_table('"Scope Test".plain');
RESET ROLE;
GRANT USAGE ON SCHEMA "Scope Test" TO regress_scope_other;
GRANT ALL ON plain TO regress_scope_other;
SET ROLE regress_scope_other;
SELECT scope_table('plain');
\set VERBOSITY sqlstate
SELECT unscope_table('plain');
SELECT scope_table_sql('plain');
\set VERBOSITY default
RESET ROLE;

-- a typed table whose type has the column
ALTER TYPE row_type ADD ATTRIBUTE tenant_id text CASCADE;
SELECT scope_table('typed');
SELECT * FROM state('typed');

-- a temporary table
CREATE TEMP TABLE scratch (id int, tenant_id text);
SELECT scope_table('scratch');
SELECT tenant_column, policy_ok FROM scoped_table WHERE target = 'scratch'::regclass;
DROP TABLE scratch;

-- an unlogged table with dropped columns
CREATE UNLOGGED TABLE holed (gone1 int, gone2 text, tenant_id text, gone3 int, id int);
ALTER TABLE holed DROP COLUMN gone1, DROP COLUMN gone2, DROP COLUMN gone3;
SELECT scope_table('holed');
SELECT * FROM state('holed');

-- a policy that has our name and another shape: refused, reported, never loosened
CREATE TABLE impostor (id int, tenant_id text NOT NULL);
CREATE POLICY djust_tenants_isolation ON impostor USING (tenant_id = djust_tenants.current_tenant_id() OR true);
ALTER TABLE impostor ENABLE ROW LEVEL SECURITY;
SELECT scope_table('impostor');
SELECT * FROM scoped_table WHERE target = 'impostor'::regclass;
SELECT unscope_table('impostor');
DROP TABLE impostor;
CREATE FUNCTION reshape(VARIADIC changes text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE change text; result boolean;
BEGIN
    DROP TABLE IF EXISTS reshaped;
    SET LOCAL client_min_messages = warning;
    CREATE TABLE reshaped (id int, tenant_id text, other text);
    PERFORM djust_tenants.scope_table('reshaped');
    FOREACH change IN ARRAY changes LOOP EXECUTE change; END LOOP;
    SELECT policy_ok INTO result FROM djust_tenants.scoped_table WHERE target = 'reshaped'::regclass;
    BEGIN
        PERFORM djust_tenants.scope_table('reshaped');
        IF NOT result AND NOT (SELECT policy_ok FROM djust_tenants.scoped_table WHERE target = 'reshaped'::regclass) THEN
            RAISE EXCEPTION 'scoped with a policy that is not ours';
        END IF;
    EXCEPTION WHEN invalid_parameter_value THEN
        NULL;
    END;
    RETURN result;
END $$;
SET djust_tenants.guard_policies = off;  -- no warnings here
SELECT change, reshape(change) AS policy_ok FROM unnest(ARRAY[
    'SELECT 1',
    'ALTER POLICY djust_tenants_isolation ON reshaped WITH CHECK (true)',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (true)',
    'ALTER POLICY djust_tenants_isolation ON reshaped TO regress_scope_other',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (tenant_id = current_setting(''djust_tenants.tenant_id''))',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (tenant_id <> djust_tenants.current_tenant_id())',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (tenant_id >= djust_tenants.current_tenant_id())',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (lower(tenant_id) = djust_tenants.current_tenant_id())',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (djust_tenants.current_tenant_id() = tenant_id)',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (tenant_id = djust_tenants.current_tenant_id() OR id = 0)',
    'ALTER POLICY djust_tenants_isolation ON reshaped WITH CHECK (other = djust_tenants.current_tenant_id())',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (tenant_id COLLATE nocase = djust_tenants.current_tenant_id())',
    'ALTER POLICY djust_tenants_isolation ON reshaped USING (tenant_id = djust_tenants.require_tenant())',
    'ALTER TABLE reshaped DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE reshaped NO FORCE ROW LEVEL SECURITY',
    'ALTER TABLE reshaped RENAME COLUMN tenant_id TO tenant']) WITH ORDINALITY AS c(change, n) ORDER BY n;
SELECT reshape('DROP POLICY djust_tenants_isolation ON reshaped', 'CREATE POLICY djust_tenants_isolation ON reshaped
    AS RESTRICTIVE FOR SELECT USING (tenant_id = djust_tenants.current_tenant_id())') AS for_select,
       reshape('DROP POLICY djust_tenants_isolation ON reshaped', 'CREATE POLICY djust_tenants_isolation ON reshaped
    AS PERMISSIVE USING (tenant_id = djust_tenants.current_tenant_id()) WITH CHECK (tenant_id = djust_tenants.current_tenant_id())') AS permissive,
       reshape('DROP POLICY djust_tenants_isolation ON reshaped', 'CREATE POLICY djust_tenants_isolation ON reshaped
    AS RESTRICTIVE USING (tenant_id = djust_tenants.current_tenant_id())') AS without_check;
RESET djust_tenants.guard_policies;
-- a foreign djust_tenants_access refuses scoping, and keeps row security on when the table is unscoped
CREATE TABLE accessed (id int, tenant_id text);
CREATE POLICY djust_tenants_access ON accessed USING (id > 0);
SELECT scope_table('accessed');
DROP POLICY djust_tenants_access ON accessed;
SELECT scope_table('accessed');
DROP POLICY djust_tenants_access ON accessed;
CREATE POLICY djust_tenants_access ON accessed USING (id > 0);
SELECT unscope_table('accessed');
SELECT * FROM state('accessed');

-- another column than the one it is scoped by
ALTER TABLE plain ADD COLUMN org text;
SELECT scope_table('plain', 'org');

-- unscope_table
SELECT unscope_table('plain');
SELECT * FROM state('plain');
SELECT unscope_table('plain');
SELECT unscope_table(NULL);
\set VERBOSITY sqlstate
SELECT unscope_table('a_view');
SELECT unscope_table('pg_catalog.pg_class');
\set VERBOSITY default
-- row security stays for the owner's own policies
CREATE TABLE own_policy (id int, tenant_id text);
CREATE POLICY mine ON own_policy USING (id > 0);
SELECT scope_table('own_policy');
SELECT unscope_table('own_policy');
SELECT * FROM state('own_policy');

-- scope_schema
CREATE SCHEMA "Scope Test 2";
CREATE TABLE "Scope Test 2".a (id int, tenant_id text);
CREATE TABLE "Scope Test 2"."B" (id int, tenant_id uuid);
CREATE TABLE "Scope Test 2".nulls (id int, tenant_id text);
INSERT INTO "Scope Test 2".nulls VALUES (1, NULL), (2, NULL);
CREATE TABLE "Scope Test 2".of_numeric (id int, tenant_id numeric);
CREATE TABLE "Scope Test 2".without (id int);
CREATE TABLE "Scope Test 2".parted (id int, tenant_id text) PARTITION BY LIST (tenant_id);
CREATE TABLE "Scope Test 2".parted_acme PARTITION OF "Scope Test 2".parted FOR VALUES IN ('acme');
CREATE VIEW "Scope Test 2".a_view AS SELECT * FROM "Scope Test 2".a;
SELECT scope_table('"Scope Test 2".a');
SELECT * FROM scope_schema('Scope Test 2') ORDER BY table_name::text;
SELECT * FROM scope_schema('Scope Test 2') WHERE status <> 'unchanged' ORDER BY table_name::text;
-- a column that no table has is remarked on, however it is written; an empty schema too
SELECT * FROM scope_schema('Scope Test 2', 'no such column');
SELECT * FROM scope_schema('Scope Test 2', 'Tenant_Id');
CREATE SCHEMA "Scope Empty";
SELECT * FROM scope_schema('Scope Empty');
CREATE VIEW "Scope Empty".v AS SELECT 1 AS tenant_id;
CREATE TABLE "Scope Empty".one (id int);
SELECT * FROM scope_schema('Scope Empty');
DROP SCHEMA "Scope Empty" CASCADE;
SELECT scope_schema(NULL);
SELECT scope_schema('Scope Test 2', NULL);
\set VERBOSITY sqlstate
SELECT * FROM scope_schema('no such schema');
SET ROLE regress_scope_other;
SELECT count(*) FROM scope_schema('Scope Test 2') WHERE status LIKE 'refused%';
RESET ROLE;
\set VERBOSITY default

-- scope_table_sql: the same state, statement by statement, in a session of its own; then there is nothing left to do
CREATE TABLE live (id int PRIMARY KEY, customer_id int REFERENCES customer);
INSERT INTO live VALUES (1, 1), (2, 3);
CREATE TABLE twin (id int PRIMARY KEY, customer_id int REFERENCES customer);
INSERT INTO twin VALUES (1, 1), (2, 3);
SELECT scope_table_sql('live', backfill_from => 'customer_id');
SELECT scope_table_sql('live', backfill_from => 'customer_id') \gexec
SELECT scope_table_sql('live', backfill_from => 'customer_id');
SELECT scope_table_sql('live');
SELECT scope_table('twin', backfill_from => 'customer_id');
SELECT * FROM state('live');
SELECT * FROM live ORDER BY id;
SELECT count(*) AS differences FROM (
    SELECT what, replace(value, 'live', 'x') FROM state('live')
    EXCEPT SELECT what, replace(value, 'twin', 'x') FROM state('twin')) AS d;
-- broken off anywhere and asked for again: the rest of it, and nothing stays behind
CREATE VIEW left_behind AS SELECT conrelid::regclass AS target, conname, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE conname ~ 'djust' OR contype = 'c' AND conrelid::regclass::text ~ 'broken'
    ORDER BY conrelid::regclass::text, conname;
CREATE TABLE broken_2 (tenant_id text);
INSERT INTO broken_2 VALUES ('acme');
SELECT s FROM scope_table_sql('broken_2') WITH ORDINALITY x(s, n) WHERE n <= 2 \gexec
SELECT * FROM left_behind;
SELECT s FROM scope_table_sql('broken_2') WITH ORDINALITY x(s, n) WHERE s ~* 'null' ORDER BY n;
SELECT * FROM scope_table_sql('broken_2') \gexec
SELECT * FROM left_behind;
CREATE TABLE broken_3 (tenant_id text);
INSERT INTO broken_3 VALUES ('acme');
SELECT s FROM scope_table_sql('broken_3') WITH ORDINALITY x(s, n) WHERE n <= 3 \gexec
SELECT * FROM left_behind;
SELECT s FROM scope_table_sql('broken_3') WITH ORDINALITY x(s, n) WHERE s ~* 'null' ORDER BY n;
SELECT * FROM scope_table_sql('broken_3') \gexec
SELECT * FROM left_behind;
CREATE TABLE broken_4 (tenant_id text);
INSERT INTO broken_4 VALUES ('acme');
SELECT s FROM scope_table_sql('broken_4') WITH ORDINALITY x(s, n) WHERE n <= 4 \gexec
SELECT * FROM left_behind;
SELECT s FROM scope_table_sql('broken_4') WITH ORDINALITY x(s, n) WHERE s ~* 'null' ORDER BY n;
SELECT * FROM scope_table_sql('broken_4') \gexec
SELECT * FROM left_behind;
-- or finished by scope_table
CREATE TABLE broken (tenant_id text);
SELECT s FROM scope_table_sql('broken') WITH ORDINALITY x(s, n) WHERE n <= 2 \gexec
SELECT scope_table('broken');
SELECT * FROM left_behind;
-- also with tables below, of which some have it already
CREATE TABLE broken_tree (tenant_id text);
CREATE TABLE broken_child () INHERITS (broken_tree);
CREATE TABLE broken_grandchild () INHERITS (broken_child);
CREATE TABLE broken_other () INHERITS (broken_tree);
SELECT s FROM scope_table_sql('broken_tree') WITH ORDINALITY x(s, n) WHERE n <= 4 \gexec
SELECT * FROM left_behind;
SELECT s FROM scope_table_sql('broken_tree') WITH ORDINALITY x(s, n) WHERE s ~* 'null' ORDER BY n;
ALTER TABLE ONLY broken_tree DROP CONSTRAINT djust_tenants_not_null;
SELECT s FROM scope_table_sql('broken_tree') WITH ORDINALITY x(s, n) WHERE s ~* 'null' ORDER BY n;
SELECT scope_table_sql('broken_tree') \gexec
SELECT * FROM left_behind;
-- an index that is half built is finished, and not begun anew under other names
CREATE TABLE broken_parts (id int, tenant_id text NOT NULL) PARTITION BY LIST (id);
CREATE TABLE broken_part_1 PARTITION OF broken_parts FOR VALUES IN (1);
CREATE TABLE broken_part_2 PARTITION OF broken_parts FOR VALUES IN (2);
SELECT s FROM scope_table_sql('broken_parts') WITH ORDINALITY x(s, n) WHERE n <= 3 \gexec
SELECT s FROM scope_table_sql('broken_parts') s WHERE s ~ 'INDEX';
SELECT scope_table_sql('broken_parts') \gexec
CREATE TABLE broken_build (id int, tenant_id text NOT NULL);
CREATE INDEX broken_build_idx ON broken_build (tenant_id);
CREATE UNIQUE INDEX broken_build_key ON broken_build (tenant_id);
UPDATE pg_index SET indisvalid = false WHERE indrelid = 'broken_build'::regclass;
SELECT s FROM scope_table_sql('broken_build') s WHERE s ~ 'INDEX';
DROP INDEX broken_build_idx;
SELECT s FROM scope_table_sql('broken_build') s WHERE s ~ 'INDEX';
-- a constraint of that name that says something else is not ours to drop
CREATE TABLE broken_own (tenant_id text CONSTRAINT djust_tenants_not_null CHECK (tenant_id <> ''),
    id int CONSTRAINT djust_tenants_not_null1 CHECK (id IS NOT NULL));
SELECT s FROM scope_table_sql('broken_own') WITH ORDINALITY x(s, n) WHERE n <= 2 \gexec
SELECT s FROM scope_table_sql('broken_own') WITH ORDINALITY x(s, n) WHERE s ~* 'null' ORDER BY n;
SELECT * FROM scope_table_sql('broken_own') \gexec
SELECT * FROM scope_table_sql('broken_own');
SELECT * FROM left_behind;
DROP VIEW left_behind;
CREATE TABLE parts (id int, "Tenant" varchar(8)) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (id);
CREATE TABLE parts_21 PARTITION OF parts_2 FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1, NULL), (11, 'acme');
SELECT scope_table_sql('parts', 'Tenant', backfill => 'globex');
SELECT scope_table_sql('parts', 'Tenant', backfill => 'globex') \gexec
SELECT scope_table_sql('parts', 'Tenant');
SELECT target, index_name, policy_ok FROM scoped_table WHERE target::text ~ '^parts' ORDER BY target::text;
SELECT * FROM parts ORDER BY id;
-- a child that lost its NOT NULL (PostgreSQL 18 refuses that itself)
CREATE TABLE parent (id int, tenant_id text);
CREATE TABLE child () INHERITS (parent);
SELECT scope_table('parent');
DO $$ BEGIN ALTER TABLE child ALTER tenant_id DROP NOT NULL; EXCEPTION WHEN OTHERS THEN NULL; END $$;
DO $$
DECLARE s text;
BEGIN
    FOR s IN SELECT * FROM djust_tenants.scope_table_sql('parent') LOOP EXECUTE s; END LOOP;
END $$;
SELECT scope_table_sql('parent');
SELECT attnotnull FROM pg_attribute WHERE attrelid = 'child'::regclass AND attname = 'tenant_id';
SELECT scope_table_sql('a_view');

-- DROP EXTENSION is refused while tables are scoped; with CASCADE data stays, and the tables are closed, but for
-- those with permissive policies of their own, which a warning names
CREATE TABLE kept (id int, tenant_id text);
INSERT INTO kept VALUES (1, 'acme'), (2, 'globex');
SELECT scope_table('kept');
CREATE POLICY open ON kept USING (true);
CREATE TABLE shut (id int, tenant_id text);
INSERT INTO shut VALUES (1, 'acme');
SELECT scope_table('shut');
GRANT SELECT ON kept, shut TO regress_scope_other;
\set VERBOSITY sqlstate
DROP EXTENSION djust_tenants;
\set VERBOSITY default
SELECT count(*) FROM pg_extension WHERE extname = 'djust_tenants';
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION djust_tenants CASCADE;
SELECT * FROM kept ORDER BY id;
SELECT * FROM shut;
SELECT count(*) FROM pg_namespace WHERE nspname = 'djust_tenants';
SELECT polrelid::regclass, polname FROM pg_policy WHERE polrelid IN ('kept'::regclass, 'shut'::regclass);
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid IN ('kept'::regclass, 'shut'::regclass) ORDER BY 1;
SET ROLE regress_scope_other;
SELECT * FROM shut;
ROLLBACK;
SELECT policy_ok FROM scoped_table WHERE target = 'kept'::regclass;
SET djust_tenants.tenant_id = 'acme';
SET ROLE regress_scope_other;
SELECT * FROM kept;
RESET ROLE;
RESET djust_tenants.tenant_id;

-- A domain's own default is nobody's tenant; a domain that refuses NULL is filled as the column comes.
CREATE DOMAIN with_default AS text DEFAULT 'zz';
CREATE DOMAIN never_null AS text NOT NULL;
CREATE TABLE domained (id int);
INSERT INTO domained VALUES (1);
SELECT scope_table('domained', 't', 'with_default');
SELECT scope_table('domained', 't', 'with_default', backfill => 'acme');
TABLE domained;
CREATE TABLE domained_too (id int);
INSERT INTO domained_too VALUES (1);
SELECT scope_table('domained_too', 't', 'never_null', backfill => 'acme');
TABLE domained_too;

-- What keeps the backfill from filling.
CREATE TABLE hindered (id int, tenant_id text);
INSERT INTO hindered VALUES (1);
CREATE RULE nothing AS ON UPDATE TO hindered DO INSTEAD NOTHING;
SELECT scope_table('hindered', backfill => 'acme');
DROP RULE nothing ON hindered;
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER skip BEFORE UPDATE ON hindered FOR EACH ROW EXECUTE FUNCTION skip();
SELECT scope_table('hindered', backfill => 'acme');
CREATE TABLE narrow (id int, tenant_id varchar(3));
INSERT INTO narrow VALUES (1);
SELECT scope_table('narrow', backfill => 'acme');

-- Names and types that are none.
SELECT scope_table('hindered', '');
SELECT scope_table('hindered', 'x', 'serial');
SELECT scope_table('hindered', 'x', 'varchar(0)');
SELECT scope_table('hindered', 'x', '');
SELECT scope_table('hindered', 'x', 'a b c');

-- Rows that no tenant can ever see are counted.
CREATE TABLE orphaned (id int, tenant_id text);
INSERT INTO orphaned VALUES (1, 'not an id'), (2, ''), (3, 'acme');
SELECT scope_table('orphaned');
SELECT scope_table('orphaned');
SELECT unscope_table('tenant');

-- backfill_from: which parent, who reads it, and that what comes of it is looked at
CREATE TABLE first_parent (id int PRIMARY KEY, tenant_id text);
CREATE TABLE other_parent (id int PRIMARY KEY, tenant_id text);
INSERT INTO first_parent VALUES (1, 'acme'), (2, 'not an id');
INSERT INTO other_parent VALUES (1, 'globex');
SET client_min_messages = error;
SELECT scope_table('first_parent'), scope_table('other_parent');
RESET client_min_messages;
CREATE TABLE torn (p int REFERENCES first_parent REFERENCES other_parent);
INSERT INTO torn VALUES (1);
SELECT scope_table('torn', backfill_from => 'p');
ALTER TABLE other_parent DISABLE ROW LEVEL SECURITY;
CREATE TABLE of_opened (p int REFERENCES other_parent);
SELECT scope_table('of_opened', backfill_from => 'p');
CREATE TABLE of_first (p int REFERENCES first_parent, tenant_id text);
INSERT INTO of_first VALUES (1), (2);
CREATE TABLE log (line text);
CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log VALUES ('a name that needs the search path');
    RETURN NULL;
END $$;
CREATE TRIGGER log_it AFTER UPDATE ON of_first FOR EACH ROW EXECUTE FUNCTION log_it();
SELECT scope_table('of_first', backfill_from => 'p');
TABLE of_first;
TABLE log;
CREATE TABLE owned (p int REFERENCES first_parent);
INSERT INTO owned VALUES (1);
ALTER TABLE owned OWNER TO regress_scope_other;
SELECT scope_table('owned', backfill_from => 'p');

-- another type for the tenant column, in one transaction
RESET ROLE;
SET client_min_messages = warning;
CREATE TABLE retyped (id int, tenant_id text);
INSERT INTO retyped VALUES (1, '7'), (2, '8');
SELECT scope_table('retyped');
ALTER TABLE retyped ALTER tenant_id TYPE bigint USING tenant_id::bigint;
BEGIN;
SELECT unscope_table('retyped');
ALTER TABLE retyped ALTER tenant_id TYPE bigint USING tenant_id::bigint;
SELECT scope_table('retyped');
COMMIT;
SELECT tenant_column, column_type, policy_ok FROM scoped_table WHERE target = 'retyped'::regclass;

-- LIKE copies everything but what scopes a table
CREATE TABLE alike (LIKE retyped INCLUDING ALL);
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'alike'::regclass;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'alike'::regclass;
SELECT count(*) FROM scoped_table WHERE target = 'alike'::regclass;

-- errors say what can be done, and nothing that is refused in its turn
SELECT unscope_table('djust_tenants.tenant');
SELECT * FROM index_advice('djust_tenants.tenant');
SELECT unscope_table('pg_catalog.pg_class');
CREATE TABLE told (id int, n int);
CREATE SEQUENCE told_sequence;
CREATE TYPE told_type AS (a int);
CREATE INDEX told_index ON told (id);
SELECT scope_table('told_sequence');
SELECT scope_table('told_type');
SELECT scope_table('told_index');
CREATE POLICY djust_tenants_access ON told USING (true);
SELECT scope_table('told');
DROP POLICY djust_tenants_access ON told;
INSERT INTO told VALUES (1, 1);
SELECT scope_table('told', 't', 'uuid', 'x');
SELECT scope_table('told', 't', 'varchar(3)', 'abcd');
SELECT scope_table('told', 'n', backfill => '042');
SELECT scope_table('told', backfill => '');
SELECT scope_table('told', backfill => 'a b');
CREATE TABLE told_below (p int REFERENCES first_parent, tenant_id int);
SELECT scope_table('told_below', backfill_from => 'p');
CREATE TABLE told_parts (id int, tenant_id text) PARTITION BY LIST (id);
CREATE TABLE told_part PARTITION OF told_parts FOR VALUES IN (1);
SELECT scope_table('told_parts');
ALTER TABLE told_parts OWNER TO regress_scope_owner;
ALTER TABLE told_part OWNER TO regress_scope_other;
SET ROLE regress_scope_owner;
SELECT unscope_table('told_parts');
RESET ROLE;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Scope Test" CASCADE;
DROP SCHEMA "Scope Test 2" CASCADE;
DROP FOREIGN DATA WRAPPER regress_scope_fdw CASCADE;
DROP ROLE regress_scope_owner, regress_scope_other;
