-- A table with policies of its own: ANDed with the floor; djust_tenants_access comes and goes with the permissive ones.
LOAD 'djust_tenants';
CREATE SCHEMA "Policies Test";
CREATE ROLE regress_policies_app;
CREATE ROLE regress_policies_owner;
GRANT ALL ON SCHEMA "Policies Test" TO regress_policies_owner;
GRANT USAGE ON SCHEMA "Policies Test" TO regress_policies_app;
SET search_path TO "Policies Test";
CREATE FUNCTION policies(target regclass) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(polname || CASE WHEN polpermissive THEN '' ELSE ' (restrictive)' END, ', ' ORDER BY polname)
    FROM pg_policy WHERE polrelid = target
$$;
SET ROLE regress_policies_owner;
CREATE TABLE note (id int PRIMARY KEY, tenant_id text, public boolean DEFAULT true, author text DEFAULT 'x');
INSERT INTO note VALUES (1, 'acme', true), (2, 'acme', false), (3, 'globex', true), (4, 'globex', false);
GRANT ALL ON note TO regress_policies_app;

-- policies from before
CREATE POLICY is_public ON note FOR SELECT USING (public);
CREATE POLICY anything ON note FOR INSERT WITH CHECK (true);
CREATE POLICY any_change ON note FOR UPDATE USING (true);
SELECT djust_tenants.scope_table('note');
SELECT policies('note');
SET ROLE regress_policies_app;
SET djust_tenants.tenant_id = 'acme';
SELECT * FROM note ORDER BY id;
INSERT INTO note (id) VALUES (5) RETURNING tenant_id;
\set VERBOSITY sqlstate
INSERT INTO note (id, tenant_id) VALUES (6, 'globex');
-- WITH CHECK (true) of an own policy widens nothing
UPDATE note SET tenant_id = 'globex';
\set VERBOSITY default
UPDATE note SET author = 'me' RETURNING id;
-- an own policy that refuses says so itself
UPDATE note SET public = false WHERE id = 1;
-- nothing for DELETE: closed
DELETE FROM note;
SELECT count(*) FROM note;
RESET djust_tenants.tenant_id;
SELECT count(*) FROM note;

-- access comes when the last permissive policy goes, in the same command, and goes when one comes
SET ROLE regress_policies_owner;
DROP POLICY anything ON note;
DROP POLICY any_change ON note;
SELECT policies('note');
BEGIN;
DROP POLICY is_public ON note;
SELECT policies('note');
SAVEPOINT a;
CREATE POLICY back ON note USING (true);
SELECT policies('note');
ROLLBACK TO a;
SELECT policies('note');
COMMIT;
CREATE POLICY "Odd ""name""" ON note TO regress_policies_app USING (public) WITH CHECK (true);
SELECT policies('note');
ALTER POLICY "Odd ""name""" ON note RENAME TO even;
SELECT policies('note');
SET ROLE regress_policies_app;
SET djust_tenants.tenant_id = 'globex';
SELECT id FROM note ORDER BY id;
RESET djust_tenants.tenant_id;
SET ROLE regress_policies_owner;
DROP POLICY even ON note;
-- one for SELECT alone leaves nothing for the others
CREATE POLICY read ON note FOR SELECT USING (true);
SELECT policies('note');
BEGIN;
SET LOCAL ROLE regress_policies_app;
SET LOCAL djust_tenants.tenant_id = 'acme';
SELECT count(*) > 0 AS reads FROM note;
UPDATE note SET author = author RETURNING id;
DELETE FROM note RETURNING id;
INSERT INTO note (id) VALUES (7);
ROLLBACK;
DROP POLICY read ON note;
-- restrictive ones do not count
CREATE POLICY narrow ON note AS RESTRICTIVE FOR SELECT USING (public);
SELECT policies('note');
SET ROLE regress_policies_app;
SET djust_tenants.tenant_id = 'acme';
SELECT id FROM note ORDER BY id;
INSERT INTO note (id, public) VALUES (7, false);
RESET djust_tenants.tenant_id;
SET ROLE regress_policies_owner;
-- dropped by CASCADE from what it depends on
CREATE FUNCTION allowed() RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE POLICY by_function ON note USING ("Policies Test".allowed());
SELECT policies('note');
SET client_min_messages = warning;
DROP FUNCTION allowed() CASCADE;
SELECT policies('note');
CREATE POLICY by_column ON note USING (author IS NOT NULL);
ALTER TABLE note DROP COLUMN author CASCADE;
RESET client_min_messages;
SELECT policies('note');
-- by DROP OWNED, which drops the policies of the role alone
CREATE POLICY of_app ON note TO regress_policies_app USING (true);
SELECT policies('note');
RESET ROLE;
DROP OWNED BY regress_policies_app;
SELECT policies('note');
GRANT USAGE ON SCHEMA "Policies Test" TO regress_policies_app;
GRANT ALL ON note TO regress_policies_app;
-- the table with them
SET ROLE regress_policies_owner;
CREATE TABLE gone (id int, tenant_id text);
SELECT djust_tenants.scope_table('gone');
CREATE POLICY mine ON gone USING (true);
DROP TABLE gone;
-- of a temporary table, too
CREATE TEMP TABLE scratch (id int, tenant_id text);
SELECT djust_tenants.scope_table('scratch');
CREATE POLICY mine ON scratch USING (true);
SELECT policies('scratch');
DROP POLICY mine ON scratch;
SELECT policies('scratch');
DROP TABLE scratch;

-- ours dropped by hand, where that is allowed (policy_guard has the other case): the other still isolates, and scoping
-- again repairs
RESET ROLE;
SET djust_tenants.guard_policies = off;
SET ROLE regress_policies_owner;
DROP POLICY djust_tenants_access ON note;
SELECT policies('note');
SET ROLE regress_policies_app;
SET djust_tenants.tenant_id = 'acme';
SELECT count(*) FROM note;
SET ROLE regress_policies_owner;
SELECT djust_tenants.scope_table('note');
SELECT policies('note');
-- the hint is what repairs: a changed policy must go first, the column has a name
CREATE TABLE "Changed" (id int, org text);
SELECT djust_tenants.scope_table('"Changed"', 'org');
ALTER POLICY djust_tenants_isolation ON "Changed" USING (org = djust_tenants.current_tenant_id() OR org = 'shared');
SELECT djust_tenants.create_scoped_view('"Changed"');
ALTER POLICY djust_tenants_access ON "Changed" USING (true);
SELECT * FROM djust_tenants.index_advice('"Changed"');
DROP POLICY djust_tenants_isolation ON "Changed";
SELECT djust_tenants.unscope_table('"Changed"');
DROP POLICY djust_tenants_access ON "Changed";
SELECT djust_tenants.scope_table('"Changed"', 'org');
ALTER TABLE "Changed" DISABLE ROW LEVEL SECURITY;
SELECT djust_tenants.get_tenant_queryset(NULL::"Changed");
SELECT djust_tenants.scope_table('"Changed"', 'org');
DROP TABLE "Changed";
DROP POLICY djust_tenants_isolation ON note;
SET ROLE regress_policies_app;
SELECT id FROM note ORDER BY id;
SET ROLE regress_policies_owner;
SELECT djust_tenants.scope_table('note');
SELECT policies('note');
-- a name of ours on an own policy loosens nothing
ALTER POLICY djust_tenants_access ON note RENAME TO was_access;
SELECT policies('note');
CREATE POLICY djust_tenants_access ON note USING (true);
SET ROLE regress_policies_app;
SELECT DISTINCT tenant_id FROM note;
SET ROLE regress_policies_owner;
DROP POLICY djust_tenants_access ON note;
DROP POLICY was_access ON note;
SELECT policies('note');
-- the floor under another name: the table is not scoped any more, and not opened
ALTER POLICY djust_tenants_isolation ON note RENAME TO floor;
SELECT policies('note'), (SELECT count(*) FROM djust_tenants.scoped_table WHERE target = 'note'::regclass) AS scoped;
SET ROLE regress_policies_app;
SELECT DISTINCT tenant_id FROM note;
SET ROLE regress_policies_owner;
ALTER POLICY floor ON note RENAME TO djust_tenants_isolation;
-- the column is guarded by them, and closes the table when it is dropped all the same
\set VERBOSITY sqlstate
ALTER TABLE note DROP COLUMN tenant_id;
ALTER TABLE note ALTER COLUMN tenant_id TYPE varchar(20);
\set VERBOSITY default
SET client_min_messages = warning;
ALTER TABLE note DROP COLUMN tenant_id CASCADE;
RESET client_min_messages;
SELECT policies('note');
SET ROLE regress_policies_app;
SELECT count(*) FROM note;
RESET djust_tenants.tenant_id;

-- a restore replays our policies one by one, in any order, and is not disturbed
SET ROLE regress_policies_owner;
CREATE TABLE restored (id int, tenant_id text);
CREATE POLICY djust_tenants_access ON restored USING ((tenant_id = djust_tenants.current_tenant_id()))
    WITH CHECK ((tenant_id = djust_tenants.current_tenant_id()));
CREATE POLICY djust_tenants_isolation ON restored AS RESTRICTIVE USING ((tenant_id = djust_tenants.current_tenant_id()))
    WITH CHECK ((tenant_id = djust_tenants.current_tenant_id()));
ALTER TABLE restored ENABLE ROW LEVEL SECURITY;
ALTER TABLE ONLY restored FORCE ROW LEVEL SECURITY;
CREATE TABLE restored_own (id int, tenant_id text);
CREATE POLICY djust_tenants_isolation ON restored_own AS RESTRICTIVE USING ((tenant_id = djust_tenants.current_tenant_id()))
    WITH CHECK ((tenant_id = djust_tenants.current_tenant_id()));
SELECT policies('restored_own');
CREATE POLICY mine ON restored_own USING (true);
ALTER TABLE restored_own ENABLE ROW LEVEL SECURITY;
ALTER TABLE ONLY restored_own FORCE ROW LEVEL SECURITY;
SELECT policies('restored'), policies('restored_own');
SELECT target, policy_ok FROM djust_tenants.scoped_table WHERE target::text ~ '^restored' ORDER BY target::text;

RESET ROLE;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Policies Test" CASCADE;
DROP ROLE regress_policies_app, regress_policies_owner;
