-- djust_tenants.tenant_required: reading a scoped table without a tenant is an error instead of no rows.
LOAD 'djust_tenants';
CREATE SCHEMA "Required Test";
CREATE ROLE regress_required_app;
GRANT USAGE ON SCHEMA "Required Test" TO regress_required_app;
SET search_path TO "Required Test";
CREATE TABLE note (id int, tenant_id text);
INSERT INTO note VALUES (1, 'acme');
CREATE TABLE shared (id int);
INSERT INTO shared VALUES (1);
CREATE FUNCTION inlined() RETURNS SETOF note LANGUAGE sql STABLE AS 'SELECT * FROM "Required Test".note';
CREATE VIEW note_view WITH (security_invoker) AS SELECT * FROM note;
SELECT djust_tenants.scope_table('note');
GRANT ALL ON ALL TABLES IN SCHEMA "Required Test" TO regress_required_app;

-- off, the default
SHOW djust_tenants.tenant_required;
SET ROLE regress_required_app;
PREPARE q AS SELECT * FROM note;
SELECT * FROM note;
EXECUTE q;
-- not the application's to change
SET djust_tenants.tenant_required = on;
RESET ROLE;
SET djust_tenants.tenant_required = on;
SET ROLE regress_required_app;
SELECT * FROM note;
\set VERBOSITY sqlstate
EXECUTE q;
SELECT * FROM shared WHERE EXISTS (SELECT FROM note);
WITH n AS (SELECT * FROM note) SELECT count(*) FROM n;
SELECT * FROM shared JOIN note USING (id);
SELECT * FROM note_view;
SELECT * FROM inlined();
SELECT * FROM note FOR UPDATE;
COPY note TO STDOUT;
TABLE note LIMIT 0;
DO $$ BEGIN PERFORM FROM note; END $$;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM note;
ROLLBACK;
UPDATE note SET id = 2;
INSERT INTO note VALUES (2);
\set VERBOSITY default
SELECT * FROM shared;
EXPLAIN (COSTS OFF) SELECT id FROM shared WHERE id = 1;
-- planning alone needs none
PREPARE later AS SELECT id FROM note;
SET djust_tenants.tenant_id = 'acme';
EXECUTE q;
EXECUTE later;
SELECT * FROM inlined();
SET djust_tenants.tenant_id = 'globex';
EXECUTE q;
RESET djust_tenants.tenant_id;
RESET ROLE;
-- a role that bypasses row-level security needs none
SELECT * FROM note;
SELECT * FROM inlined();
RESET djust_tenants.tenant_required;
DEALLOCATE ALL;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Required Test" CASCADE;
DROP ROLE regress_required_app;
