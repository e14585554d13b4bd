-- djust_tenants.auto_scope: a table that is created with one of the listed columns is scoped by the same command.
LOAD 'djust_tenants';
CREATE SCHEMA "Auto Scope";
CREATE ROLE regress_auto_app;
GRANT ALL ON SCHEMA "Auto Scope" TO regress_auto_app;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_auto_app', current_database()); END $$;
SET search_path TO "Auto Scope";
CREATE FOREIGN DATA WRAPPER regress_auto_fdw;
CREATE SERVER regress_auto_server FOREIGN DATA WRAPPER regress_auto_fdw;
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE VIEW state AS SELECT target, tenant_column, policy_ok FROM djust_tenants.scoped_table s
    JOIN pg_class c ON c.oid = s.target WHERE relname NOT LIKE 'before%' ORDER BY target::text;
GRANT SELECT ON state TO PUBLIC;
-- the setting: off at first; names as in SQL
SHOW djust_tenants.auto_scope;
CREATE TABLE before_1 (id int, tenant_id text);
CREATE TABLE before_2 (id int, tenant_id text) PARTITION BY RANGE (id);
SELECT * FROM state;
SET djust_tenants.auto_scope = 'tenant_id,';
SET djust_tenants.auto_scope = 'tenant id';
SET djust_tenants.auto_scope = 'app.tenant_id';
SET djust_tenants.auto_scope = '"tenant_id';
SET djust_tenants.auto_scope = 'tenant_id; DROP TABLE x';
SET djust_tenants.auto_scope = ' Tenant_ID , "Org ""1"", unit", größe ';
CREATE TABLE quoted (id int, "Org ""1"", unit" text);
CREATE TABLE folded (id int, tenant_id text);
CREATE TABLE other_case (id int, "Tenant_ID" text);
SELECT * FROM state;
DROP TABLE quoted, folded, other_case;
SET djust_tenants.auto_scope = 'tenant_id, org';

-- who creates it, owns it: a role that row-level security binds. Every way to make a table, or the column
SET ROLE regress_auto_app;
SET djust_tenants.auto_scope = '';
\set VERBOSITY default
CREATE TABLE "Plain" (id int, tenant_id text);
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE TABLE alike (LIKE "Plain");
CREATE TABLE if_not_there (id int, org bigint);
CREATE TABLE IF NOT EXISTS if_not_there (id int, org bigint);
CREATE UNLOGGED TABLE unlogged (id int, tenant_id uuid);
CREATE TABLE added (id int);
ALTER TABLE added ADD COLUMN n int, ADD COLUMN tenant_id varchar(20);
CREATE TABLE renamed (id int, tenant text);
ALTER TABLE renamed RENAME COLUMN tenant TO tenant_id;
CREATE TABLE both_columns (org text, tenant_id text);
CREATE TABLE root (id int, tenant_id text) PARTITION BY RANGE (id);
CREATE TABLE root_1 PARTITION OF root FOR VALUES FROM (0) TO (10);
CREATE TABLE child () INHERITS ("Plain");
CREATE SCHEMA "Auto Third" CREATE TABLE of_schema (id int, tenant_id text) CREATE TABLE without (id int);
CREATE TABLE as_values AS SELECT 1 AS id, 'acme'::text AS tenant_id;
SELECT 2 AS id, 'globex'::text AS tenant_id INTO into_table;
CREATE TABLE no_data (id, tenant_id) AS SELECT 1, 'x'::text WITH NO DATA;
DO $$ BEGIN EXECUTE 'CREATE TABLE "Auto Scope".by_do (id int, tenant_id text)'; END $$;
RESET client_min_messages;
SELECT * FROM state;
SET djust_tenants.tenant_id = 'acme';
SELECT * FROM as_values, into_table;
SELECT * FROM as_values;
INSERT INTO by_do VALUES (1), (2);
INSERT INTO by_do VALUES (3, 'globex');
RESET djust_tenants.tenant_id;
-- of a composite type: the tables that were made of it, with their partitions
CREATE TYPE of_this AS (id int, name text);
CREATE TYPE of_that AS (id int);
CREATE TABLE of_this_1 OF of_this;
CREATE TABLE of_this_2 OF of_this PARTITION BY RANGE (id);
CREATE TABLE of_this_21 PARTITION OF of_this_2 DEFAULT;
CREATE TABLE of_that_1 OF of_that;
CREATE TABLE with_this (one of_this);
ALTER TYPE of_that ADD ATTRIBUTE other text CASCADE;
ALTER TYPE of_this RENAME ATTRIBUTE name TO title CASCADE;
SELECT count(*) FROM state WHERE target::text ~ '^of_th';
ALTER TYPE of_this ADD ATTRIBUTE tenant_id text;
ALTER TYPE of_this ADD ATTRIBUTE tenant_id text CASCADE;
ALTER TYPE of_that RENAME ATTRIBUTE other TO org CASCADE;
SELECT * FROM state WHERE target::text ~ '^of_th';
ALTER TYPE of_that RENAME TO of_those;
-- in the same transaction: rolled back with it, and closed for the next statement already
BEGIN;
CREATE TABLE gone (id int, tenant_id text);
INSERT INTO gone VALUES (1, 'acme');
ROLLBACK;
SELECT to_regclass('gone');

-- not: temporary tables, views, other columns, tables that are unscoped on purpose
CREATE TEMP TABLE scratch (id int, tenant_id text);
CREATE VIEW a_view AS SELECT 1 AS tenant_id;
CREATE TABLE other (id int, tenant text);
SELECT djust_tenants.unscope_table('alike');
ALTER TABLE alike ADD COLUMN n int;
ALTER TABLE alike RENAME COLUMN n TO m;
ALTER TABLE alike RENAME TO alike_2;
SELECT count(*) FROM state WHERE target::text ~ 'scratch|other|alike';
-- what cannot be scoped: a warning that says why
\set VERBOSITY default
CREATE TABLE typed (id int, tenant_id jsonb);
\set VERBOSITY terse
CREATE TABLE generated (id int, tenant_id text GENERATED ALWAYS AS ('x') STORED);
CREATE TABLE identity (tenant_id int GENERATED ALWAYS AS IDENTITY);
RESET ROLE;
CREATE TABLE collated (id int, tenant_id text COLLATE nocase);
CREATE FOREIGN TABLE far (id int, tenant_id text) SERVER regress_auto_server;
CREATE TABLE below () INHERITS (before_1);
CREATE TABLE before_part PARTITION OF before_2 DEFAULT;
SELECT count(*) FROM state WHERE target::text ~ 'typed|generated|identity|collated|far|below|before';
-- rows without a tenant: the error of scope_table, and the command has done nothing
SET ROLE regress_auto_app;
CREATE TABLE filled (id int);
INSERT INTO filled VALUES (1);
\set VERBOSITY default
ALTER TABLE filled ADD COLUMN tenant_id text;
\set VERBOSITY terse
SELECT count(*) FROM information_schema.columns WHERE table_name = 'filled';
CREATE TABLE as_nulls AS SELECT 1 AS id, NULL::text AS tenant_id;
SELECT to_regclass('as_nulls');
ALTER TABLE filled ADD COLUMN tenant_id text DEFAULT 'acme';
SELECT djust_tenants.scope_table('other', 'tenant');
CREATE TABLE filled_2 AS SELECT 1 AS id;
SELECT djust_tenants.scope_table('filled_2', backfill => 'acme');
SELECT * FROM state WHERE target::text ~ 'filled';

-- a dump's own commands: the table with its default, in a session without row security; its policies come later
SET row_security = off;
CREATE TABLE restored (id int, tenant_id text DEFAULT djust_tenants.current_tenant_id() NOT NULL);
CREATE INDEX restored_tenant_id_idx ON restored (tenant_id);
CREATE POLICY djust_tenants_isolation ON restored AS RESTRICTIVE USING (tenant_id = djust_tenants.current_tenant_id()) WITH CHECK (tenant_id = djust_tenants.current_tenant_id());
CREATE POLICY djust_tenants_access ON restored USING (tenant_id = djust_tenants.current_tenant_id()) WITH CHECK (tenant_id = djust_tenants.current_tenant_id());
ALTER TABLE ONLY restored FORCE ROW LEVEL SECURITY;
ALTER TABLE restored ENABLE ROW LEVEL SECURITY;
CREATE TABLE not_restored (id int, tenant_id text);
RESET row_security;
CREATE TABLE not_restored_2 (id int, tenant_id text DEFAULT djust_tenants.current_tenant_id());
SELECT * FROM state WHERE target::text ~ 'restored';
-- other searches for names, and other owners
SET search_path TO pg_temp, "Auto Scope";
CREATE TABLE "Auto Scope"."Odd ""name" (id int, tenant_id text);
SELECT policy_ok FROM djust_tenants.scoped_table WHERE target = '"Auto Scope"."Odd ""name"'::regclass;
RESET ROLE;
SET search_path TO "Auto Scope";
CREATE SCHEMA "Auto Fourth" AUTHORIZATION regress_auto_app CREATE TABLE of_other (id int, tenant_id text);
SELECT target, policy_ok FROM djust_tenants.scoped_table WHERE target = '"Auto Fourth".of_other'::regclass;
-- switched off again
SET djust_tenants.auto_scope = '';
CREATE TABLE after (id int, tenant_id text);
SELECT count(*) FROM state WHERE target::text = 'after';

RESET djust_tenants.auto_scope;
RESET search_path;
SET client_min_messages = error;
DROP SCHEMA "Auto Scope", "Auto Third", "Auto Fourth" CASCADE;
DROP FOREIGN DATA WRAPPER regress_auto_fdw CASCADE;
DROP OWNED BY regress_auto_app;
DROP ROLE regress_auto_app;
