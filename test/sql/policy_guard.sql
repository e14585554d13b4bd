-- A scoped table's isolation is taken away by unscope_table alone: the owner, whom row-level security binds, by every
-- other way; and who bypasses it is warned.
LOAD 'djust_tenants';
CREATE SCHEMA "Policy Guard";
CREATE ROLE regress_guard_owner;
CREATE ROLE regress_guard_bypass BYPASSRLS;
CREATE ROLE regress_guard_other;
GRANT ALL ON SCHEMA "Policy Guard" TO regress_guard_owner, regress_guard_bypass, regress_guard_other;
GRANT regress_guard_owner TO regress_guard_bypass;
GRANT regress_guard_other TO regress_guard_owner;
SET search_path TO "Policy Guard";
SET ROLE regress_guard_owner;
CREATE DOMAIN tenant_name AS text;
CREATE COLLATION tenant_order (provider = libc, locale = 'C');
CREATE TABLE "Note" (id int, tenant_id text, body text);
CREATE TABLE by_domain (id int, tenant_id tenant_name);
CREATE TABLE by_collation (id int, tenant_id text COLLATE tenant_order);
CREATE TABLE event (id int, tenant_id text) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE TABLE numbered (id int, tenant_id bigint);
SET client_min_messages = warning;
SELECT djust_tenants.scope_table(t)
FROM unnest(ARRAY['"Note"', 'by_domain', 'by_collation', 'event', 'numbered']::regclass[]) t;
RESET client_min_messages;
INSERT INTO "Note" VALUES (1, 'acme', 'x');
RESET ROLE;
INSERT INTO "Note" VALUES (1, 'acme', 'a'), (2, 'globex', 'b');
CREATE VIEW isolated AS SELECT target, policy_ok FROM djust_tenants.scoped_table s
    JOIN pg_class c ON c.oid = s.target WHERE relnamespace = '"Policy Guard"'::regnamespace ORDER BY target::text;
GRANT SELECT ON isolated TO PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA "Policy Guard" TO regress_guard_bypass;

-- the whole messages
SET ROLE regress_guard_owner;
ALTER TABLE "Note" DISABLE ROW LEVEL SECURITY;
DROP POLICY djust_tenants_isolation ON "Note";
\set VERBOSITY terse
-- the switches
ALTER TABLE "Note" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ONLY "Policy Guard"."Note" ADD COLUMN extra int, NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE IF EXISTS event DISABLE ROW LEVEL SECURITY;
ALTER TABLE event_1 DISABLE ROW LEVEL SECURITY;
-- the policies
DROP POLICY djust_tenants_access ON "Note";
DROP POLICY IF EXISTS "djust_tenants_isolation" ON "Policy Guard"."Note" CASCADE;
DROP POLICY djust_tenants_isolation ON event_1;
ALTER POLICY djust_tenants_isolation ON "Note" USING (true);
ALTER POLICY djust_tenants_isolation ON "Note" WITH CHECK (true);
ALTER POLICY djust_tenants_isolation ON "Note" TO regress_guard_other;
ALTER POLICY djust_tenants_isolation ON "Note" USING (tenant_id = djust_tenants.current_tenant_id() OR id > 0);
ALTER POLICY djust_tenants_access ON "Note" USING (true) WITH CHECK (true);
ALTER POLICY djust_tenants_isolation ON "Note" RENAME TO mine;
ALTER POLICY djust_tenants_access ON "Note" RENAME TO mine;
-- the tenant column, and what it hangs on
ALTER TABLE "Note" DROP COLUMN tenant_id;
ALTER TABLE "Note" DROP COLUMN tenant_id CASCADE;
ALTER TABLE "Note" DROP COLUMN body, DROP COLUMN tenant_id CASCADE, ADD COLUMN tenant_id text;
ALTER TABLE "Note" ALTER COLUMN tenant_id TYPE varchar(9);
ALTER TABLE event DROP COLUMN tenant_id CASCADE;
ALTER TABLE by_domain ALTER COLUMN tenant_id TYPE text;
DROP DOMAIN tenant_name;
DROP DOMAIN tenant_name CASCADE;
DROP TYPE tenant_name CASCADE;
DROP COLLATION tenant_order CASCADE;
-- the same in a DO block, in EXECUTE, a function, with the error caught and the same tried again
DO $$ BEGIN ALTER TABLE "Note" DISABLE ROW LEVEL SECURITY; END $$;
DO $$
DECLARE command text;
BEGIN
    FOREACH command IN ARRAY ARRAY['ALTER TABLE "Note" NO FORCE ROW LEVEL SECURITY', 'DROP POLICY djust_tenants_isolation ON "Note"',
        'DROP POLICY djust_tenants_isolation ON "Note"', 'ALTER POLICY djust_tenants_isolation ON "Note" USING (true)',
        'DROP DOMAIN tenant_name CASCADE', 'ALTER TABLE "Note" DROP COLUMN tenant_id CASCADE'] LOOP
        BEGIN
            EXECUTE command;
            RAISE NOTICE 'done: %', command;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE 'refused: %', command;
        END;
    END LOOP;
END $$;
CREATE FUNCTION drop_it() RETURNS void LANGUAGE sql AS 'DROP POLICY djust_tenants_isolation ON "Policy Guard"."Note"';
SELECT drop_it();
-- a command within a command hides nothing: while the rows are rewritten, a function drops something else
CREATE TABLE litter (id int);
CREATE TABLE rewritten (id int, tenant_id text, n text);
INSERT INTO rewritten VALUES (1, 'acme', 'n');
SET client_min_messages = warning;
SELECT djust_tenants.scope_table('rewritten');
CREATE FUNCTION sweeps(text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN DROP TABLE "Policy Guard".litter; RETURN $1; END $$;
ALTER TABLE rewritten DROP COLUMN tenant_id CASCADE, ALTER COLUMN n TYPE varchar USING sweeps(n);
RESET client_min_messages;
-- our own statements open nothing for what they run: a function of the caller's is called by scope_table's ADD COLUMN
CREATE FUNCTION opens() RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN ALTER TABLE "Policy Guard"."Note" DISABLE ROW LEVEL SECURITY; RETURN 'acme'; END $$;
CREATE FUNCTION opens_too(text) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN ALTER TABLE "Policy Guard"."Note" DISABLE ROW LEVEL SECURITY; RETURN true; END $$;
CREATE DOMAIN opening AS text CHECK (opens_too(VALUE));
CREATE TABLE fresh (id int);
INSERT INTO fresh VALUES (1);
SELECT djust_tenants.scope_table('fresh', column_type => 'opening', backfill => 'acme');
CREATE TABLE filled (id int, tenant_id text);
INSERT INTO filled VALUES (1, NULL);
CREATE FUNCTION fills() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM opens(); RETURN NEW; END $$;
CREATE TRIGGER fills BEFORE UPDATE ON filled FOR EACH ROW EXECUTE FUNCTION fills();
SELECT djust_tenants.scope_table('filled', backfill => 'acme');
-- games with partitions, children, owners: what can be read through another table is scoped, or refused
CREATE TABLE open_parent (id int, tenant_id text, body text);
ALTER TABLE "Note" INHERIT open_parent;
CREATE TABLE wide_root (id int, tenant_id text, body text) PARTITION BY RANGE (id);
ALTER TABLE wide_root ATTACH PARTITION "Note" FOR VALUES FROM (0) TO (9);
CREATE TABLE open_root (id int, tenant_id text) PARTITION BY RANGE (id);
ALTER TABLE event DETACH PARTITION event_1;
ALTER TABLE event_1 DISABLE ROW LEVEL SECURITY;
ALTER TABLE open_root ATTACH PARTITION event_1 FOR VALUES FROM (0) TO (9);
ALTER TABLE "Note" OWNER TO regress_guard_other;
SET ROLE regress_guard_other;
ALTER TABLE "Policy Guard"."Note" NO FORCE ROW LEVEL SECURITY;
RESET ROLE;
ALTER TABLE "Note" OWNER TO regress_guard_owner;
SELECT * FROM isolated;
SET ROLE regress_guard_owner;
DROP OWNED BY regress_guard_other;
-- the setting is not the owner's
SET djust_tenants.guard_policies = off;

-- harmless: other names, own policies, defaults and NULL, which the policies check all the same
ALTER TABLE "Note" RENAME COLUMN tenant_id TO tenant;
ALTER TABLE "Note" RENAME COLUMN tenant TO tenant_id;
ALTER TABLE "Note" RENAME TO renamed;
ALTER TABLE renamed RENAME TO "Note";
ALTER TABLE "Note" ALTER COLUMN tenant_id SET DEFAULT 'globex', ALTER COLUMN tenant_id DROP NOT NULL;
CREATE POLICY mine ON "Note" USING (true);
ALTER POLICY mine ON "Note" RENAME TO yours;
ALTER POLICY djust_tenants_isolation ON "Note" USING (tenant_id = djust_tenants.current_tenant_id());
ALTER TABLE "Note" DISABLE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY;
SET djust_tenants.tenant_id = 'acme';
SELECT * FROM "Note";
INSERT INTO "Note" (id) VALUES (3) RETURNING tenant_id;
INSERT INTO "Note" VALUES (4, 'globex');
UPDATE "Note" SET tenant_id = DEFAULT;
RESET djust_tenants.tenant_id;
ALTER TABLE numbered ALTER COLUMN tenant_id DROP DEFAULT, ALTER COLUMN tenant_id ADD GENERATED ALWAYS AS IDENTITY;
SET djust_tenants.tenant_id = '7';
INSERT INTO numbered (id) VALUES (1) RETURNING tenant_id;
INSERT INTO numbered OVERRIDING SYSTEM VALUE VALUES (1, 8);
RESET djust_tenants.tenant_id;
DROP POLICY yours ON "Note";
-- a rule, which runs with the owner's rights, is no way around: FORCE binds him
CREATE TABLE loot (id int, tenant_id text, body text);
CREATE RULE copies AS ON INSERT TO loot DO INSTEAD INSERT INTO "Note" VALUES (NEW.id, NEW.tenant_id, NEW.body);
SET djust_tenants.tenant_id = 'acme';
INSERT INTO loot VALUES (5, 'globex', 'x');
RESET djust_tenants.tenant_id;
SELECT * FROM isolated;

-- and what is wholly gone, or unscoped as it should be, is no opened table
DROP TABLE by_domain;
DROP TABLE event CASCADE;
SELECT djust_tenants.unscope_table('numbered');
ALTER TABLE numbered DISABLE ROW LEVEL SECURITY;
ALTER TABLE numbered DROP COLUMN tenant_id CASCADE;
-- policies with our names and another shape isolate nothing: they have to go before the table can be scoped
CREATE TABLE odd (id int, tenant_id text);
CREATE POLICY djust_tenants_isolation ON odd USING (true);
CREATE POLICY djust_tenants_access ON odd USING (true);
ALTER TABLE odd DISABLE ROW LEVEL SECURITY;
DROP POLICY djust_tenants_isolation ON odd;
DROP POLICY djust_tenants_access ON odd;
SELECT djust_tenants.scope_table('odd');

-- who bypasses row-level security is warned: of the switches, a drop by CASCADE, a changed policy
\set VERBOSITY default
RESET ROLE;
BEGIN;
ALTER TABLE "Note" NO FORCE ROW LEVEL SECURITY;
\set VERBOSITY terse
ALTER TABLE odd DISABLE ROW LEVEL SECURITY;
ALTER POLICY djust_tenants_isolation ON "Note" USING (true);
ALTER POLICY djust_tenants_access ON odd RENAME TO other;
DROP POLICY djust_tenants_isolation ON odd;
DROP COLLATION tenant_order CASCADE;
SELECT * FROM isolated;
ROLLBACK;
BEGIN;
SET LOCAL ROLE regress_guard_bypass;
ALTER TABLE "Note" DISABLE ROW LEVEL SECURITY;
ROLLBACK;
-- in a function of his that a bound role calls, too
CREATE FUNCTION maintains() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'ALTER TABLE "Policy Guard"."Note" NO FORCE ROW LEVEL SECURITY';
BEGIN;
SET LOCAL ROLE regress_guard_owner;
SELECT maintains();
ROLLBACK;
-- also in replica role, with which replication tools work
SET session_replication_role = replica;
BEGIN;
ALTER TABLE odd DISABLE ROW LEVEL SECURITY;
SET LOCAL ROLE regress_guard_owner;
DROP POLICY djust_tenants_isolation ON "Note";
ROLLBACK;
RESET session_replication_role;

-- switched off: the owner may, and nobody is warned
SET djust_tenants.guard_policies = off;
BEGIN;
ALTER TABLE odd DISABLE ROW LEVEL SECURITY;
SET LOCAL ROLE regress_guard_owner;
ALTER TABLE "Note" DISABLE ROW LEVEL SECURITY;
DROP POLICY djust_tenants_isolation ON "Note";
ALTER TABLE "Note" DROP COLUMN tenant_id CASCADE;
SELECT * FROM isolated;
ROLLBACK;
RESET djust_tenants.guard_policies;
SELECT * FROM isolated;

RESET ROLE;
RESET search_path;
SET client_min_messages = error;
DROP SCHEMA "Policy Guard" CASCADE;
DROP ROLE regress_guard_owner, regress_guard_bypass, regress_guard_other;
