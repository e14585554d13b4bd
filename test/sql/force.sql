-- Code that runs inside a foreign key's action is bound by FORCE ROW LEVEL SECURITY as everywhere else.
LOAD 'djust_tenants';
CREATE SCHEMA "Force Test";
CREATE ROLE regress_force_owner;
CREATE ROLE regress_force_definer;
GRANT ALL ON SCHEMA "Force Test" TO regress_force_owner, regress_force_definer;
SET search_path TO "Force Test";
SET client_min_messages = warning;
SET ROLE regress_force_owner;
CREATE TABLE secret (id int, tenant_id text, body text);
SELECT djust_tenants.scope_table('secret');
CREATE TABLE above (id int PRIMARY KEY);
CREATE TABLE below (id int, above_id int REFERENCES above ON DELETE CASCADE ON UPDATE CASCADE, body text);
CREATE TABLE lowest (id int);
GRANT ALL ON secret TO regress_force_definer;
RESET ROLE;
INSERT INTO secret VALUES (1, 'acme', 'of acme'), (2, 'globex', 'of globex'), (3, 'globex', 'of globex');
SET ROLE regress_force_owner;
SET djust_tenants.tenant_id = 'acme';
INSERT INTO above SELECT generate_series(1, 20);
INSERT INTO below SELECT i, i FROM generate_series(1, 20) i;

CREATE FUNCTION seen() RETURNS text LANGUAGE sql AS $$ SELECT count(*) || ' ' || string_agg(DISTINCT body, ',') FROM "Force Test".secret $$;
CREATE FUNCTION seen_plpgsql() RETURNS text LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
    SELECT count(*) INTO n FROM "Force Test".secret;
    RETURN n || ' ' || "Force Test".seen();
END $$;
CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE '% % %: %, %', TG_WHEN, TG_LEVEL, TG_OP, "Force Test".seen(), "Force Test".seen_plpgsql();
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER a BEFORE DELETE OR UPDATE ON below FOR EACH ROW EXECUTE FUNCTION spy();
CREATE TRIGGER b BEFORE DELETE OR UPDATE ON below FOR EACH STATEMENT EXECUTE FUNCTION spy();
CREATE TRIGGER c AFTER DELETE OR UPDATE ON below FOR EACH ROW EXECUTE FUNCTION spy();
SET client_min_messages = notice;
SELECT seen();
DELETE FROM above WHERE id = 1;
UPDATE above SET id = 102 WHERE id = 2;
-- what was planned there is kept, and used outside
SELECT seen_plpgsql();
SET djust_tenants.tenant_id = 'globex';
SELECT seen_plpgsql();
SET djust_tenants.tenant_id = 'acme';
DROP TRIGGER a ON below;
DROP TRIGGER b ON below;
DROP TRIGGER c ON below;

-- writing
CREATE FUNCTION write() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
    UPDATE "Force Test".secret SET body = body || '!';
    GET DIAGNOSTICS n = ROW_COUNT;
    RAISE NOTICE '% row changed', n;
    BEGIN
        INSERT INTO "Force Test".secret VALUES (9, 'globex', 'forged');
    EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE '%', SQLERRM;
    END;
    DELETE FROM "Force Test".secret WHERE id > 1;
    GET DIAGNOSTICS n = ROW_COUNT;
    RAISE NOTICE '% rows deleted', n;
    RETURN OLD;
END $$;
CREATE TRIGGER a BEFORE DELETE ON below FOR EACH ROW EXECUTE FUNCTION write();
DELETE FROM above WHERE id = 3;
DROP TRIGGER a ON below;

-- an error that is caught leaves everything in order: below the function that raised it, and above the whole action
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        PERFORM 1 / 0;
    EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'inside: %', "Force Test".seen();
    END;
    RAISE 'of the trigger';
END $$;
CREATE TRIGGER a BEFORE DELETE ON below FOR EACH ROW EXECUTE FUNCTION fail();
DO $$ BEGIN DELETE FROM "Force Test".above WHERE id = 4;
EXCEPTION WHEN raise_exception THEN RAISE NOTICE 'outside: %, %', SQLERRM, "Force Test".seen(); END $$;
DROP TRIGGER a ON below;
DELETE FROM above WHERE id = 4;
SELECT count(*) FROM below WHERE above_id = 4;

-- an action within the function of an action: the inner one reaches all rows, as foreign keys must
CREATE TABLE inner_above (id int PRIMARY KEY);
CREATE TABLE inner_below (tenant_id text, id int REFERENCES inner_above ON DELETE CASCADE, body text);
SELECT djust_tenants.scope_table('inner_below');
INSERT INTO inner_above VALUES (1);
INSERT INTO inner_below VALUES ('acme', 1);
SET djust_tenants.tenant_id = 'globex';
INSERT INTO inner_below VALUES ('globex', 1);
SET djust_tenants.tenant_id = 'acme';
CREATE FUNCTION nested() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "Force Test".inner_above;
    RAISE NOTICE 'after the inner action: %', "Force Test".seen();
    RETURN OLD;
END $$;
CREATE TRIGGER a BEFORE DELETE ON below FOR EACH ROW EXECUTE FUNCTION nested();
CREATE TRIGGER a BEFORE DELETE ON inner_below FOR EACH ROW EXECUTE FUNCTION spy();
DELETE FROM above WHERE id = 5;
RESET ROLE;
SELECT count(*) AS left_of_all_tenants FROM inner_below;
SET ROLE regress_force_owner;
DROP TRIGGER a ON below;

-- functions in WHEN, in a default that ON DELETE SET DEFAULT takes, in a CHECK
CREATE FUNCTION tell(what text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%: %', what, "Force Test".seen(); RETURN NULL; END $$;
CREATE TRIGGER a BEFORE DELETE ON below FOR EACH ROW WHEN (tell('WHEN') IS NOT NULL) EXECUTE FUNCTION spy();
DELETE FROM above WHERE id = 6;
DROP TRIGGER a ON below;
CREATE TABLE defaults (above_id int DEFAULT tell('DEFAULT') REFERENCES above ON DELETE SET DEFAULT,
    CHECK (above_id IS NOT NULL OR tell('CHECK') IS NULL));
INSERT INTO defaults VALUES (7);
DELETE FROM above WHERE id = 7;
-- of a built-in function that runs a query
CREATE TRIGGER a BEFORE DELETE ON below FOR EACH ROW
    WHEN (query_to_xml('SELECT * FROM "Force Test".secret', true, true, '') IS NULL) EXECUTE FUNCTION spy();
DELETE FROM above WHERE id = 8;
DROP TRIGGER a ON below;
CREATE TRIGGER a BEFORE DELETE ON below FOR EACH ROW
    WHEN (table_to_xml('"Force Test".secret', true, true, '') IS NULL) EXECUTE FUNCTION spy();
\set VERBOSITY terse
DELETE FROM above WHERE id = 8;
DROP TRIGGER a ON below;
DELETE FROM above WHERE id = 8;
-- and in a function it is bound
CREATE FUNCTION spy_xml() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE NOTICE '%', query_to_xml('SELECT body FROM "Force Test".secret', true, true, ''); RETURN OLD; END $$;
CREATE TRIGGER a BEFORE DELETE ON below FOR EACH ROW EXECUTE FUNCTION spy_xml();
DELETE FROM above WHERE id = 9;
DROP TRIGGER a ON below;

-- a SECURITY DEFINER function, and one with a setting
SET ROLE regress_force_definer;
CREATE FUNCTION definer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET work_mem = '1MB' AS
    $$ BEGIN RAISE NOTICE '%: %', current_user, "Force Test".seen(); RETURN OLD; END $$;
SET ROLE regress_force_owner;
CREATE TRIGGER a BEFORE DELETE ON below FOR EACH ROW EXECUTE FUNCTION definer();
CREATE TRIGGER b BEFORE DELETE ON below FOR EACH ROW EXECUTE FUNCTION spy();
DELETE FROM above WHERE id IN (10, 11);
DROP TRIGGER a ON below;
DROP TRIGGER b ON below;

-- the back-fill of scope_table, which works on all rows
CREATE TABLE filled (id int, tenant_id text);
INSERT INTO filled VALUES (1);
CREATE FUNCTION spy_filled() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', "Force Test".seen(); RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE ON filled FOR EACH ROW EXECUTE FUNCTION spy_filled();
SELECT djust_tenants.scope_table('filled', backfill => 'acme');
-- after the query, of which nothing runs any more
CREATE TABLE filled_after (id int, tenant_id text);
INSERT INTO filled_after VALUES (1);
CREATE FUNCTION after_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', NEW.id; RETURN NULL; END $$;
CREATE TRIGGER a AFTER UPDATE ON filled_after FOR EACH ROW EXECUTE FUNCTION after_it();
SELECT djust_tenants.scope_table('filled_after', backfill => 'acme');
\set VERBOSITY default

-- the rows are as they were
RESET ROLE;
RESET djust_tenants.tenant_id;
SELECT * FROM secret ORDER BY id;
SET client_min_messages = warning;
DROP SCHEMA "Force Test" CASCADE;
DROP ROLE regress_force_owner, regress_force_definer;
