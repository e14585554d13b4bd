-- guard_ddl: what reaches a scoped table, or what tenants share, from beside it: CASCADE from another object, the row type
-- of a column, a command of another name, an order of all rows, an index that some rows do not fit into.
LOAD 'djust_tenants';
CREATE SCHEMA "Beside";
CREATE ROLE regress_beside_owner;
CREATE ROLE regress_beside_fenced;
GRANT regress_beside_owner TO regress_beside_fenced;
GRANT ALL ON SCHEMA "Beside" TO regress_beside_owner;
CREATE FOREIGN DATA WRAPPER regress_beside_fdw;
CREATE SERVER regress_beside_server FOREIGN DATA WRAPPER regress_beside_fdw;
SET search_path TO "Beside";
SET client_min_messages = warning;
SET ROLE regress_beside_owner;
CREATE TABLE address (street text, city text);
CREATE TABLE house (street text, number int);
CREATE TYPE home AS (since date, at house);
CREATE TABLE spot (x int, y int);
CREATE DOMAIN place AS spot;
CREATE TABLE customer (tenant_id text, id bigint PRIMARY KEY, name text, lk int, at address, n serial, salary int);
CREATE TABLE lives (tenant_id text, homes home[]);
CREATE TABLE placed (tenant_id text, p place);
CREATE TABLE kind (id int CONSTRAINT kind_key UNIQUE, v text, w text);
CREATE TABLE bought (tenant_id text, kind_id int REFERENCES kind (id), amount numeric);
CREATE TABLE members (usr text);
CREATE POLICY mine ON customer AS RESTRICTIVE
    USING (name IS NULL OR NOT EXISTS (SELECT FROM members m WHERE m.usr = current_setting('app.usr', true)));
SELECT djust_tenants.scope_table(t::regclass) FROM unnest('{customer,lives,placed,bought}'::text[]) t;
CREATE VIEW customer_view AS SELECT tenant_id, id, name FROM customer WHERE lk IN (SELECT k.id FROM kind k WHERE k.v = 'one');
CREATE MATERIALIZED VIEW kind_matview AS SELECT w FROM kind;
CREATE VIEW plain_view AS SELECT id, v FROM kind;
RESET ROLE;
CREATE FOREIGN TABLE far (a int) SERVER regress_beside_server;
ALTER TABLE far OWNER TO regress_beside_owner;
INSERT INTO customer (tenant_id, id, name, salary) VALUES ('acme', 1, 'a', 10), ('globex', 2, 'b', 73951);
RESET client_min_messages;

-- as it is without the guard
BEGIN;
SET LOCAL ROLE regress_beside_owner;
SET LOCAL client_min_messages = warning;
ALTER TABLE kind DROP COLUMN v CASCADE;
ALTER TABLE address DROP COLUMN street;
DROP TABLE members CASCADE;
DROP SEQUENCE customer_n_seq CASCADE;
CREATE INDEX ON customer (name);
CLUSTER customer USING customer_pkey;
ALTER TABLE customer ALTER COLUMN name SET STORAGE plain;
ALTER INDEX customer_pkey RENAME TO other;
ROLLBACK;

SET djust_tenants.context_mode = signed;
SET ROLE regress_beside_owner;
-- CASCADE
ALTER TABLE kind DROP COLUMN v CASCADE;
\set VERBOSITY terse
ALTER TABLE kind DROP COLUMN w CASCADE;
DROP TABLE kind CASCADE;
ALTER TABLE kind DROP CONSTRAINT kind_key CASCADE;
DROP TABLE members CASCADE;
DROP SEQUENCE customer_n_seq CASCADE;
DROP TABLE address CASCADE;
\set VERBOSITY default
DROP SEQUENCE customer_n_seq CASCADE;
\set VERBOSITY terse
-- policies that do not isolate hold rows back too
DROP POLICY mine ON customer;
DROP POLICY IF EXISTS none ON customer;
-- what isolates
DROP POLICY djust_tenants_isolation ON customer;
-- row types of columns: by themselves, in rows and arrays, in domains
ALTER TABLE address DROP COLUMN street;
ALTER TABLE house ADD COLUMN country text;
ALTER TABLE spot ALTER COLUMN x TYPE bigint;
ALTER TABLE kind ADD COLUMN x int;
ALTER TABLE kind DROP COLUMN x;
-- views, materialized views and foreign tables under the name of a table
ALTER TABLE plain_view SET (security_invoker = false);
ALTER TABLE plain_view ALTER COLUMN v SET DEFAULT 'written by acme';
ALTER TABLE plain_view RENAME COLUMN v TO x;
ALTER TABLE plain_view RENAME TO away;
ALTER TABLE kind_matview RENAME COLUMN w TO x;
ALTER MATERIALIZED VIEW kind_matview RENAME TO away;
ALTER MATERIALIZED VIEW kind_matview SET SCHEMA public;
ALTER FOREIGN TABLE far OPTIONS (table_name 'members');
ALTER TABLE far ALTER COLUMN a OPTIONS (column_name 'b');
ALTER TABLE far RENAME COLUMN a TO b;
-- indexes as what they belong to
ALTER INDEX customer_pkey RENAME TO other;
ALTER TABLE customer_pkey RENAME TO other;
ALTER INDEX customer_pkey SET (fillfactor = 80);
ALTER INDEX kind_key RENAME TO kind_other_key;
ALTER INDEX kind_other_key RENAME TO kind_key;
-- the order of all rows
CLUSTER customer USING customer_pkey;
CLUSTER customer;
CLUSTER;
ALTER TABLE customer CLUSTER ON customer_pkey;
CLUSTER kind USING kind_key;
-- what does not fit in
CREATE INDEX ON customer (name);
CREATE INDEX ON customer (salary) INCLUDE (name);
CREATE INDEX ON bought (amount);
CREATE INDEX ON customer USING brin (salary);
ALTER TABLE customer ALTER COLUMN name SET STORAGE plain;
CREATE INDEX ON customer (salary, id) INCLUDE (lk);
CREATE INDEX ON customer USING hash (salary);
CREATE INDEX ON kind (v);
-- our own commands do what they do
SELECT djust_tenants.unscope_table('lives');
RESET ROLE;
RESET djust_tenants.context_mode;

-- nothing has changed
SELECT attname FROM pg_attribute WHERE attrelid = 'customer'::regclass AND attnum > 0 ORDER BY attnum;
SELECT polname FROM pg_policy WHERE polrelid = 'customer'::regclass ORDER BY polname;
SELECT relname, relkind FROM pg_class WHERE relnamespace = '"Beside"'::regnamespace AND relkind IN ('v', 'm', 'f') ORDER BY relname;

-- open mode: a login with a fence that is a member of the owner
SELECT djust_tenants.allow_tenant('regress_beside_fenced', 'acme');
SET SESSION AUTHORIZATION regress_beside_fenced;
SET djust_tenants.tenant_id = 'acme';
SELECT djust_tenants.unscope_table('"Beside".customer');
SET ROLE regress_beside_owner;
SELECT djust_tenants.unscope_table('"Beside".customer');
CLUSTER "Beside".customer USING customer_pkey;
DROP TABLE "Beside".members CASCADE;
RESET ROLE;
SELECT count(*) FROM "Beside".customer;
RESET SESSION AUTHORIZATION;
RESET djust_tenants.tenant_id;
-- the owner himself has none, and a superuser can open it for migrations
SET djust_tenants.guard_ddl = off;
SET SESSION AUTHORIZATION regress_beside_fenced;
BEGIN;
SELECT djust_tenants.unscope_table('"Beside".lives');
ROLLBACK;
RESET SESSION AUTHORIZATION;
RESET djust_tenants.guard_ddl;
SET ROLE regress_beside_owner;
SELECT djust_tenants.unscope_table('"Beside".lives');
RESET ROLE;

SELECT djust_tenants.disallow_tenant('regress_beside_fenced', 'acme');
RESET search_path;
SET client_min_messages = error;
DROP SCHEMA "Beside" CASCADE;
DROP FOREIGN DATA WRAPPER regress_beside_fdw CASCADE;
DROP OWNED BY regress_beside_owner, regress_beside_fenced;
DROP ROLE regress_beside_owner, regress_beside_fenced;
