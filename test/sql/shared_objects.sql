-- What belongs to the database and not to a tenant: large objects, advisory locks, sequences. Today's truth, and the
-- recipes of doc/session-guards.md.
LOAD 'djust_tenants';
CREATE SCHEMA "Shared Test";
CREATE ROLE regress_shared_app;
GRANT USAGE, CREATE ON SCHEMA "Shared Test" TO regress_shared_app;
SET search_path TO "Shared Test";
SET ROLE regress_shared_app;
\set VERBOSITY terse

-- large objects have an owner and privileges, no tenant: what one tenant writes another reads, changes and deletes
SET djust_tenants.tenant_id = 'acme';
SELECT lo_from_bytea(0, 'secret of acme') AS acmes \gset
SET djust_tenants.tenant_id = 'globex';
SELECT convert_from(lo_get(:acmes), 'utf8');
SELECT lo_put(:acmes, 0, 'SECRET');
SELECT convert_from(lo_get(:acmes), 'utf8');
-- they can be listed, and counted
SELECT count(*) FROM pg_largeobject_metadata WHERE oid = :acmes;
SELECT lo_unlink(:acmes);
-- with lo_compat_privileges every role can, of whatever owner
RESET ROLE;
SELECT lo_from_bytea(0, 'of the superuser') AS admins \gset
SET ROLE regress_shared_app;
\set VERBOSITY sqlstate
SELECT lo_get(:admins);
\set VERBOSITY terse
RESET ROLE;
SET lo_compat_privileges = on;
SET ROLE regress_shared_app;
SELECT convert_from(lo_get(:admins), 'utf8');
RESET ROLE;
RESET lo_compat_privileges;
-- the recipe: bytea in a scoped table, and the functions for nobody
BEGIN;
DO $$ DECLARE f regprocedure; BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
        AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite')) LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
SET LOCAL ROLE regress_shared_app;
SAVEPOINT s;
SELECT lo_get(:admins);
ROLLBACK TO s;
SELECT lo_creat(-1);
ROLLBACK TO s;
SELECT lo_from_bytea(0, 'x');
ROLLBACK TO s;
SELECT lo_open(:admins, 262144);
ROLLBACK TO s;
SELECT lo_import('/nonexistent');
ROLLBACK;
SELECT lo_unlink(:admins);

-- advisory locks are keyed by numbers that belong to the database
SET ROLE regress_shared_app;
SET djust_tenants.tenant_id = 'acme';
SELECT pg_advisory_lock(42);
SET djust_tenants.tenant_id = 'globex';
-- the lock outlives the tenant on the connection, and its number is seen by all
SELECT mode, objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
SELECT pg_advisory_unlock(42);
-- the recipe: a hash of tenant_key, for the transaction
CREATE FUNCTION tenant_lock(name text) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT hashtextextended(djust_tenants.tenant_key(name), 0) $$;
SELECT tenant_lock('invoices') AS globexs \gset
SET djust_tenants.tenant_id = 'acme';
SELECT tenant_lock('invoices') <> :globexs AS another_number;
BEGIN;
SELECT pg_advisory_xact_lock(tenant_lock('invoices'));
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
COMMIT;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
RESET djust_tenants.tenant_id;
SELECT tenant_lock('invoices');

-- sequences count for all tenants
RESET ROLE;
CREATE TABLE invoice (id bigint GENERATED ALWAYS AS IDENTITY, tenant_id text, amount int);
SELECT djust_tenants.scope_table('invoice');
GRANT SELECT, INSERT ON invoice TO regress_shared_app;
SET ROLE regress_shared_app;
SET djust_tenants.tenant_id = 'acme';
INSERT INTO invoice (amount) VALUES (1), (2), (3);
SET djust_tenants.tenant_id = 'globex';
INSERT INTO invoice (amount) VALUES (1) RETURNING id;
SET djust_tenants.tenant_id = 'acme';
-- the gap says that somebody else has written one row
INSERT INTO invoice (amount) VALUES (4) RETURNING id;
SET djust_tenants.tenant_id = 'globex';
-- without a grant on the sequence there is no more than that
SELECT lastval();
SELECT last_value FROM invoice_id_seq;
SELECT setval('invoice_id_seq', 1);
-- with one, the last number of all tenants, whoever had it on this connection, and a way to break their inserts
RESET ROLE;
GRANT SELECT, UPDATE ON SEQUENCE invoice_id_seq TO regress_shared_app;
SET ROLE regress_shared_app;
SELECT lastval();
SELECT last_value FROM invoice_id_seq;
SELECT setval('invoice_id_seq', 1);
RESET ROLE;
DISCARD SEQUENCES;
SET ROLE regress_shared_app;
SELECT lastval();
-- the recipe: uuids, or a number of the tenant's own
RESET ROLE;
CREATE TABLE counter (tenant_id text, name text, value bigint NOT NULL, PRIMARY KEY (tenant_id, name));
SELECT djust_tenants.scope_table('counter');
GRANT SELECT, INSERT, UPDATE ON counter TO regress_shared_app;
SET ROLE regress_shared_app;
CREATE FUNCTION next_number(counted text) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO "Shared Test".counter (name, value) VALUES (counted, 1)
    ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1 RETURNING value $$;
SELECT next_number('invoice'), next_number('invoice');
SET djust_tenants.tenant_id = 'acme';
SELECT next_number('invoice');

RESET ROLE;
RESET djust_tenants.tenant_id;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Shared Test" CASCADE;
DROP ROLE regress_shared_app;
