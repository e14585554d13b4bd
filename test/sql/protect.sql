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

-- DROP EXTENSION ... CASCADE tells which tables it opens
CREATE POLICY all_of_it ON customer USING (true);
BEGIN;
DROP EXTENSION djust_tenants CASCADE;
ROLLBACK;

DELETE FROM djust_tenants.tenant;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Protect Test" CASCADE;
DROP ROLE regress_protect_app;
