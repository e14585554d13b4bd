-- The registry: who sees and writes what, which tenants may be entered, and how changes reach the caches.
LOAD 'djust_tenants';
CREATE SCHEMA "Registry Test";
CREATE ROLE regress_registry_app;
CREATE ROLE regress_registry_signup;
GRANT USAGE ON SCHEMA "Registry Test" TO regress_registry_app;
GRANT INSERT ON djust_tenants.tenant TO regress_registry_signup;
GRANT SELECT, INSERT, UPDATE, DELETE ON djust_tenants.tenant_domain TO regress_registry_signup;
GRANT UPDATE, DELETE ON djust_tenants.tenant TO regress_registry_signup;
SET search_path TO "Registry Test", djust_tenants;
\pset null '(null)'
CREATE TABLE note (id int, tenant_id text);
INSERT INTO note VALUES (1, 'acme'), (2, 'globex'), (3, 'stranger');
SELECT scope_table('note');
GRANT ALL ON note TO regress_registry_app;

-- what an id, a domain, and the rest of a row may be
INSERT INTO tenant (id, name) VALUES ('acme', 'Acme'), ('globex', 'Globex');
INSERT INTO tenant_domain VALUES ('acme.example.com', 'acme'), ('globex.example.com', 'globex');
CREATE FUNCTION constraint_of(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
    EXECUTE command;
    RAISE EXCEPTION 'accepted' USING ERRCODE = 'P0001';
EXCEPTION
    WHEN raise_exception THEN RETURN 'accepted';
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME;
        RETURN SQLSTATE || ' ' || name;
END $$;
SELECT id, constraint_of(format('INSERT INTO tenant (id) VALUES (%L)', id)) FROM (VALUES
    ('new'), ('UPPER'), ('a|b@c+d~e.f_g-h'), ('acme'), (''), ('a b'), ('a:b'), (E'a\n'), (repeat('x', 129)), (NULL)) AS t(id);
SELECT domain, constraint_of(format('INSERT INTO tenant_domain VALUES (%L, %L)', domain, 'acme')) FROM (VALUES
    ('new.example.com'), ('localhost'), ('xn--bcher-kva.example'), ('Upper.example.com'), ('example.com.'), ('.example.com'),
    ('a..b'), ('a.b:80'), ('127.0.0.1'), ('a b'), ('-a.b'), ('a-.b'), ('http://a.b'), (''), (repeat('a', 64) || '.b'), (NULL)) AS t(domain);
SELECT constraint_of('INSERT INTO tenant_domain VALUES (''x.example.com'', ''nobody'')') AS unknown_tenant,
       constraint_of('INSERT INTO tenant (id, settings) VALUES (''x'', ''[]'')') AS settings,
       constraint_of('INSERT INTO tenant (id, metadata) VALUES (''x'', ''1'')') AS metadata,
       constraint_of('DELETE FROM tenant WHERE id = ''acme''') AS with_domains;

-- a tenant reads its own row and domains, and writes nothing
SET ROLE regress_registry_app;
SELECT id FROM tenant;
SET djust_tenants.tenant_id = 'acme';
SELECT id, name FROM tenant;
SELECT * FROM tenant_domain;
\set VERBOSITY sqlstate
INSERT INTO tenant (id) VALUES ('mine');
UPDATE tenant SET name = 'x';
DELETE FROM tenant_domain;
TRUNCATE tenant, tenant_domain;
\set VERBOSITY default
RESET djust_tenants.tenant_id;

-- a role with INSERT sees and writes all of it, whatever the tenant
SET ROLE regress_registry_signup;
SELECT id FROM tenant ORDER BY id;
INSERT INTO tenant (id, name) VALUES ('initech', 'Initech');
INSERT INTO tenant_domain VALUES ('initech.example.com', 'initech');
UPDATE tenant SET name = 'Initech Inc' WHERE id = 'initech' RETURNING id, name, is_active;
SET djust_tenants.tenant_id = 'acme';
SELECT count(*) FROM tenant;
RESET djust_tenants.tenant_id;
RESET ROLE;

-- an inactive tenant: functions refuse at once; a plain SET reads nothing and writes nothing
UPDATE tenant SET is_active = false WHERE id = 'globex';
SET ROLE regress_registry_app;
SELECT set_current_tenant('globex');
SET djust_tenants.tenant_id = 'globex';
SELECT current_tenant_id(), current_tenant();
SELECT * FROM note;
SELECT * FROM tenant;
INSERT INTO note (id) VALUES (4);
SELECT require_tenant();
\set VERBOSITY sqlstate
INSERT INTO note VALUES (4, 'globex');
UPDATE note SET id = 4;
DELETE FROM note;
SELECT tenant_key('k');
SELECT assert_tenant('globex');
\set VERBOSITY default
SELECT assert_tenant('globex');
SELECT tenant_setting('k', '"fallback"');
RESET djust_tenants.tenant_id;
-- an unregistered one is as good as any, until registration is required
SELECT (set_current_tenant('stranger', false)).name;
SELECT * FROM note;
RESET ROLE;
SET djust_tenants.require_registered = on;
SET ROLE regress_registry_app;
SELECT * FROM note;
INSERT INTO note (id) VALUES (4);
SELECT set_current_tenant('stranger');
RESET djust_tenants.tenant_id;
SET djust_tenants.tenant_id = 'stranger';
SELECT * FROM note;
\set VERBOSITY sqlstate
SELECT require_tenant();
\set VERBOSITY default
SELECT (set_current_tenant('acme', false)).id;
SELECT * FROM note;
RESET djust_tenants.tenant_id;
SET djust_tenants.require_registered = off;
RESET ROLE;
RESET djust_tenants.require_registered;

-- deactivated while current: from the next transaction on
SET ROLE regress_registry_app;
SET djust_tenants.tenant_id = 'acme';
BEGIN;
SELECT * FROM note;
RESET ROLE;
UPDATE tenant SET is_active = false WHERE id = 'acme';
SET ROLE regress_registry_app;
SELECT * FROM note;
COMMIT;
SELECT * FROM note;
\set VERBOSITY sqlstate
INSERT INTO note (id) VALUES (5);
\set VERBOSITY default
RESET ROLE;
BEGIN;
UPDATE tenant SET is_active = true WHERE id = 'acme';
ROLLBACK;
SELECT current_tenant_id();
BEGIN;
SAVEPOINT a;
UPDATE tenant SET is_active = true WHERE id = 'acme';
ROLLBACK TO a;
SET LOCAL djust_tenants.tenant_id = 'acme';
SELECT current_tenant_id();
COMMIT;
UPDATE tenant SET is_active = true;
SELECT current_tenant_id();

-- what is cached of a tenant follows UPDATE, DELETE, TRUNCATE, MERGE, COPY, rollback and savepoint
SELECT current_tenant(), tenant_setting('k');
UPDATE tenant SET name = 'New', settings = '{"k": 1}' WHERE id = 'acme';
SELECT current_tenant(), tenant_setting('k');
BEGIN;
UPDATE tenant SET settings = '{"k": 2}' WHERE id = 'acme';
SELECT tenant_setting('k');
SAVEPOINT a;
UPDATE tenant SET settings = '{"k": 3}' WHERE id = 'acme';
SELECT tenant_setting('k');
ROLLBACK TO a;
SELECT tenant_setting('k');
ROLLBACK;
SELECT tenant_setting('k');
MERGE INTO tenant USING (VALUES ('acme')) AS s(who) ON id = who WHEN MATCHED THEN UPDATE SET settings = '{"k": 4}';
SELECT tenant_setting('k');
SET session_replication_role = replica;
UPDATE tenant SET settings = '{"k": 5}' WHERE id = 'acme';
RESET session_replication_role;
SELECT tenant_setting('k');
UPDATE tenant_domain SET tenant_id = 'initech' WHERE domain = 'acme.example.com';
SELECT resolve_domain('acme.example.com'), resolve_domain('none.example.com');
INSERT INTO tenant_domain VALUES ('none.example.com', 'acme');
SELECT resolve_domain('acme.example.com'), resolve_domain('none.example.com');
-- the key's update reaches the domains
UPDATE tenant SET id = 'initech2' WHERE id = 'initech';
SELECT * FROM tenant_domain ORDER BY domain;
SELECT resolve_domain('acme.example.com');
DELETE FROM tenant_domain;
SELECT resolve_domain('none.example.com');
DELETE FROM tenant WHERE id = 'acme';
SELECT current_tenant(), tenant_setting('k');
COPY tenant (id, name) FROM STDIN;
acme	Copied
\.
SELECT current_tenant();
BEGIN;
TRUNCATE tenant, tenant_domain;
SELECT current_tenant();
ROLLBACK;
SELECT current_tenant();
TRUNCATE tenant, tenant_domain;
SELECT current_tenant();
-- many tenants go through a bounded cache
INSERT INTO tenant (id, name) SELECT 't' || i, 'Tenant ' || i FROM generate_series(1, 1500) i;
BEGIN;
SELECT count(*) AS names, count(*) FILTER (WHERE (set_current_tenant('t' || i)).name <> 'Tenant ' || i) AS wrong
FROM generate_series(1, 1500) i;
COMMIT;
TRUNCATE tenant, tenant_domain;

CREATE FUNCTION each_tenant() RETURNS text LANGUAGE plpgsql AS $$
DECLARE row record; seen text := '';
BEGIN
    FOR row IN SELECT id FROM tenant ORDER BY id LOOP
        seen := seen || row.id || ' ';
        PERFORM set_config('djust_tenants.tenant_id', CASE row.id WHEN 'acme' THEN 'globex' ELSE 'acme' END, true);
    END LOOP;
    RETURN seen;
END $$;
GRANT USAGE ON SCHEMA "Registry Test" TO regress_registry_signup;
-- cursors and loops on the registry belong to the tenant that began them, but for its administrators
INSERT INTO tenant (id) VALUES ('acme'), ('globex');
SET ROLE regress_registry_app;
SET djust_tenants.tenant_id = 'acme';
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM tenant;
COMMIT;
SET djust_tenants.tenant_id = 'globex';
FETCH ALL FROM held;
SET djust_tenants.tenant_id = 'acme';
FETCH ALL FROM held;
CLOSE held;
SELECT each_tenant();
RESET ROLE;
GRANT SELECT ON tenant TO regress_registry_signup;
SET ROLE regress_registry_signup;
SELECT each_tenant();
RESET ROLE;
TRUNCATE tenant, tenant_domain;

RESET djust_tenants.tenant_id;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Registry Test" CASCADE;
DROP OWNED BY regress_registry_signup;
DROP ROLE regress_registry_app, regress_registry_signup;
