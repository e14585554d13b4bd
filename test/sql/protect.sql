-- The extension's own objects keep their names and places; without them nobody is the current tenant.
LOAD 'djust_tenants';
CREATE SCHEMA "Protect Test";
CREATE ROLE regress_protect_app;
GRANT USAGE ON SCHEMA "Protect Test" TO regress_protect_app;
SET search_path TO "Protect Test";

ALTER SCHEMA djust_tenants RENAME TO elsewhere;
ALTER TABLE djust_tenants.tenant RENAME TO elsewhere;
ALTER TABLE djust_tenants.tenant RENAME COLUMN is_active TO elsewhere;
ALTER TABLE djust_tenants.tenant_domain SET SCHEMA "Protect Test";
ALTER VIEW djust_tenants.scoped_table RENAME TO elsewhere;
ALTER FUNCTION djust_tenants.current_tenant_id() RENAME TO elsewhere;
ALTER ROUTINE djust_tenants.current_tenant_uuid() RENAME TO elsewhere;
ALTER FUNCTION djust_tenants.refuse_row(oid, smallint) SET SCHEMA "Protect Test";
ALTER TYPE djust_tenants.tenant_info RENAME TO elsewhere;
ALTER INDEX djust_tenants.tenant RENAME TO elsewhere;
ALTER TRIGGER registry_changed ON djust_tenants.tenant RENAME TO elsewhere;
ALTER POLICY tenant_own_row ON djust_tenants.tenant RENAME TO elsewhere;
SET search_path TO djust_tenants;
ALTER FUNCTION require_tenant() RENAME TO elsewhere;
ALTER TYPE tenant_info RENAME TO elsewhere;
ALTER TABLE tenant RENAME TO elsewhere;
SET search_path TO "Protect Test";

-- nor are its columns changed, which it reads by number
ALTER TABLE djust_tenants.tenant ALTER COLUMN name TYPE int USING 5;
ALTER TABLE djust_tenants.tenant ADD COLUMN plan text, ALTER COLUMN is_active TYPE text;
ALTER TABLE djust_tenants.tenant DROP COLUMN created_at CASCADE;
ALTER TABLE djust_tenants.tenant_domain ALTER tenant_id SET DATA TYPE int USING 5;
ALTER TABLE ONLY djust_tenants.operator_rule DROP allowed;
ALTER TYPE djust_tenants.tenant_info ALTER ATTRIBUTE name TYPE int;
ALTER TYPE djust_tenants.tenant_info DROP ATTRIBUTE metadata;
ALTER TYPE djust_tenants.tenant_info ADD ATTRIBUTE plan text;
-- one's own are
ALTER TABLE djust_tenants.tenant ADD COLUMN plan text;
ALTER TABLE djust_tenants.tenant ALTER COLUMN plan TYPE int USING 5;
ALTER TABLE djust_tenants.tenant ALTER COLUMN name SET STATISTICS 10, ALTER COLUMN name SET DEFAULT 'x';
ALTER TABLE djust_tenants.tenant ALTER COLUMN name DROP DEFAULT, DROP COLUMN plan, DROP COLUMN IF EXISTS no_such;

-- others' objects are their own business
CREATE TABLE tenant (id int, tenant_id text);
INSERT INTO tenant VALUES (1, 'acme');
SELECT djust_tenants.scope_table('tenant');
GRANT ALL ON tenant TO regress_protect_app;
ALTER TABLE tenant RENAME TO customer;
ALTER SCHEMA "Protect Test" RENAME TO "Protect Test 2";
ALTER SCHEMA "Protect Test 2" RENAME TO "Protect Test";

-- renamed all the same, with the event trigger off: closed, and said so
INSERT INTO djust_tenants.tenant (id, is_active) VALUES ('off', false);
BEGIN;
ALTER EVENT TRIGGER djust_tenants_protect_extension DISABLE;
ALTER TABLE djust_tenants.tenant RENAME TO elsewhere;
SET LOCAL djust_tenants.tenant_id = 'off';
SELECT djust_tenants.current_tenant_id();
SET LOCAL djust_tenants.tenant_id = 'acme';
SELECT djust_tenants.current_tenant_id();
SET LOCAL ROLE regress_protect_app;
SELECT * FROM customer;
SAVEPOINT before;
SELECT djust_tenants.set_current_tenant('acme');
ROLLBACK TO before;
SELECT djust_tenants.require_tenant();
ROLLBACK TO before;
INSERT INTO customer (id) VALUES (2);
ROLLBACK;
SET djust_tenants.tenant_id = 'acme';
SELECT * FROM customer;
RESET djust_tenants.tenant_id;

-- columns changed all the same: nobody is let in by what stands there now
INSERT INTO djust_tenants.tenant (id, name) VALUES ('acme', 'Acme');
INSERT INTO djust_tenants.tenant_domain VALUES ('acme.example.com', 'acme');
CREATE PROCEDURE changed(command text) LANGUAGE plpgsql AS $$
DECLARE
    outcome text[];
    question text;
BEGIN
    BEGIN
        ALTER EVENT TRIGGER djust_tenants_protect_extension DISABLE;
        EXECUTE command;
        FOREACH question IN ARRAY ARRAY['djust_tenants.set_current_tenant(''off'')', 'djust_tenants.current_tenant_id()',
            'djust_tenants.set_current_tenant(''acme'')', 'djust_tenants.current_tenant_id()',
            'djust_tenants.current_tenant()', 'djust_tenants.tenant_setting(''x'')', '(SELECT count(*) FROM customer)',
            'djust_tenants.resolve_domain(''acme.example.com'')'] LOOP
            BEGIN
                PERFORM set_config('djust_tenants.tenant_id', CASE WHEN question LIKE '%off%' THEN 'off' ELSE 'acme' END, true);
                SET LOCAL ROLE regress_protect_app;
                EXECUTE 'SELECT ' || question INTO question;
                outcome := outcome || coalesce(question, '-');
            EXCEPTION WHEN OTHERS THEN outcome := outcome || (SQLSTATE || ' ' || SQLERRM);
            END;
            RESET ROLE;
        END LOOP;
        RAISE EXCEPTION SQLSTATE 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN RAISE NOTICE '%: %', command, array_to_string(outcome, ', ');
    END;
END $$;
CALL changed('SELECT');
CALL changed('ALTER TABLE djust_tenants.tenant ADD COLUMN plan text');
CALL changed('ALTER TABLE djust_tenants.tenant ALTER name TYPE varchar(40)');
CALL changed('ALTER TABLE djust_tenants.tenant_domain DROP CONSTRAINT tenant_domain_tenant_id_fkey, ALTER domain TYPE text COLLATE "POSIX"');
CALL changed('ALTER TABLE djust_tenants.tenant ALTER name TYPE int USING 5');
CALL changed('ALTER TABLE djust_tenants.tenant ALTER name TYPE jsonb USING ''{}''');
CALL changed('ALTER TABLE djust_tenants.tenant DROP CONSTRAINT tenant_settings_object, ALTER settings DROP DEFAULT, ALTER settings TYPE json');
CALL changed('ALTER TABLE djust_tenants.tenant ALTER is_active DROP DEFAULT, ALTER is_active TYPE text');
CALL changed('ALTER TABLE djust_tenants.tenant DROP COLUMN is_active');
CALL changed('ALTER TABLE djust_tenants.tenant DROP COLUMN metadata');
CALL changed('ALTER TABLE djust_tenants.tenant_domain DROP COLUMN tenant_id CASCADE');
CALL changed('ALTER TYPE djust_tenants.tenant_info ALTER ATTRIBUTE name TYPE int');
CALL changed('ALTER TYPE djust_tenants.tenant_info DROP ATTRIBUTE name');
CALL changed('ALTER TYPE djust_tenants.tenant_info ADD ATTRIBUTE plan text');
CALL changed('SELECT');
-- and what is not a rule allows no operator
BEGIN;
ALTER EVENT TRIGGER djust_tenants_protect_extension DISABLE;
ALTER EXTENSION djust_tenants DROP VIEW djust_tenants.allowed_operator;
DROP VIEW djust_tenants.allowed_operator;
ALTER TABLE djust_tenants.operator_rule ALTER allowed TYPE text;
SELECT djust_tenants.is_allowed_operator('~~(text,text)'::regoperator), djust_tenants.is_allowed_operator('~~*(text,text)'::regoperator);
SELECT djust_tenants.allow_operator('~~(text,text)');
ROLLBACK;
SELECT djust_tenants.is_allowed_operator('~~(text,text)'::regoperator);

-- DROP EXTENSION ... CASCADE tells which tables it opens
CREATE POLICY all_of_it ON customer USING (true);
BEGIN;
DROP EXTENSION djust_tenants CASCADE;
ROLLBACK;

-- and so do the other commands that drop it, with the schema that it was created in or with its owner
CREATE ROLE regress_protect_owner SUPERUSER;
CREATE ROLE regress_protect_schema;
BEGIN;
CREATE SCHEMA "Created In";
CREATE TABLE "Created In".gone (id int, tenant_id text);
SELECT djust_tenants.scope_table('"Created In".gone');
CREATE POLICY all_of_it ON "Created In".gone USING (true);
DROP SCHEMA "Created In" CASCADE;
ROLLBACK;
\c
LOAD 'djust_tenants';
SET client_min_messages = warning;
BEGIN;
DROP EXTENSION djust_tenants CASCADE;
SET LOCAL ROLE regress_protect_owner;
CREATE SCHEMA "Created In" AUTHORIZATION regress_protect_schema;
SET LOCAL search_path TO "Created In";
CREATE EXTENSION djust_tenants;
RESET ROLE;
SELECT djust_tenants.scope_table('"Protect Test".customer');
CREATE TABLE "Created In".gone (id int, tenant_id text);
SELECT djust_tenants.scope_table('"Created In".gone');
CREATE POLICY all_of_it ON "Created In".gone USING (true);
SAVEPOINT before;
DROP SCHEMA "Created In";
ROLLBACK TO before;
DROP SCHEMA "Created In" CASCADE;
ROLLBACK TO before;
SET LOCAL ROLE regress_protect_schema;
DROP SCHEMA "Created In" CASCADE;
ROLLBACK TO before;
DROP OWNED BY regress_protect_schema CASCADE;
ROLLBACK TO before;
DROP OWNED BY regress_protect_app, regress_protect_owner CASCADE;
ROLLBACK TO before;
DROP OWNED BY regress_protect_app CASCADE;
ROLLBACK;
DROP ROLE regress_protect_owner, regress_protect_schema;

DELETE FROM djust_tenants.tenant_domain;
DELETE FROM djust_tenants.tenant;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Protect Test" CASCADE;
DROP ROLE regress_protect_app;
