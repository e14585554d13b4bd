-- The current tenant: the setting, the functions that set and ask it, and how long it lasts.
LOAD 'djust_tenants';
CREATE SCHEMA "Context Test";
CREATE ROLE regress_context_app;
GRANT USAGE ON SCHEMA "Context Test" TO regress_context_app;
SET search_path TO "Context Test", djust_tenants, pg_catalog;
\pset null '(null)'

-- none
SHOW djust_tenants.tenant_id;
SELECT current_tenant_id(), current_tenant(), current_tenant_uuid(), current_tenant_bigint(), current_tenant_integer();
SELECT require_tenant();
SELECT tenant_key('orders');
SELECT assert_tenant('acme');
\set VERBOSITY sqlstate
SELECT assert_tenant(NULL);
\set VERBOSITY default

-- SET and RESET
SET djust_tenants.tenant_id = 'acme';
SHOW djust_tenants.tenant_id;
SELECT current_tenant_id(), current_tenant(), require_tenant(), tenant_key('orders'), tenant_key('');
SELECT assert_tenant('acme');
SELECT assert_tenant('globex');
SELECT assert_tenant(NULL);
SELECT tenant_key(NULL);
RESET djust_tenants.tenant_id;
SELECT current_tenant_id();
SET djust_tenants.tenant_id = 'acme';
SET djust_tenants.tenant_id TO DEFAULT;
SELECT current_tenant_id();
SET djust_tenants.tenant_id = 'acme';
SET djust_tenants.tenant_id = '';
SELECT current_tenant_id(), current_tenant() IS NULL AS none;
SET djust_tenants.tenant_id = 'acme';
DISCARD ALL;
SELECT djust_tenants.current_tenant_id();
SET search_path TO "Context Test", djust_tenants, pg_catalog;
SET djust_tenants.tenant_id = 'acme';
RESET ALL;
SELECT djust_tenants.current_tenant_id();
SET search_path TO "Context Test", djust_tenants, pg_catalog;
SELECT set_config('djust_tenants.tenant_id', 'acme', false), current_tenant_id();
SELECT clear_current_tenant(), current_tenant_id();
SELECT name, setting, context, vartype FROM pg_settings WHERE name = 'djust_tenants.tenant_id';
\set VERBOSITY sqlstate
ALTER SYSTEM SET djust_tenants.tenant_id = 'acme';
\set VERBOSITY default

-- SET LOCAL, savepoints, errors
SET djust_tenants.tenant_id = 'session';
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'local';
SELECT current_tenant_id();
SAVEPOINT a;
SET LOCAL djust_tenants.tenant_id = 'inner';
SELECT current_tenant_id(), current_tenant_id() = (current_tenant()).id AS same;
ROLLBACK TO a;
SELECT current_tenant_id();
SAVEPOINT b;
SET djust_tenants.tenant_id = 'released';
RELEASE b;
SELECT current_tenant_id();
\set VERBOSITY sqlstate
SAVEPOINT c;
SET LOCAL djust_tenants.tenant_id = 'lost';
SELECT 1 / 0;
ROLLBACK TO c;
\set VERBOSITY default
SELECT current_tenant_id();
ROLLBACK;
SELECT current_tenant_id();
BEGIN;
SET djust_tenants.tenant_id = 'kept';
SET LOCAL djust_tenants.tenant_id = 'replaced';
COMMIT;
BEGIN;
SET djust_tenants.tenant_id = 'kept';
SET LOCAL djust_tenants.tenant_id = 'local';
COMMIT;
SELECT current_tenant_id();
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'local';
COMMIT;
SELECT current_tenant_id();
RESET djust_tenants.tenant_id;

-- set_current_tenant
BEGIN;
SELECT set_current_tenant('acme'), current_tenant_id();
SELECT * FROM set_current_tenant('globex', true);
SAVEPOINT a;
SELECT id FROM set_current_tenant('initech');
ROLLBACK TO a;
SELECT current_tenant_id();
SELECT set_current_tenant(NULL), current_tenant_id();
COMMIT;
SELECT current_tenant_id();
SELECT (set_current_tenant('acme', false)).id;
SELECT current_tenant_id();
BEGIN;
SELECT (set_current_tenant('globex', false)).id;
ROLLBACK;
SELECT current_tenant_id();
SELECT set_current_tenant(NULL, false);
SELECT current_tenant_id();
SELECT (set_current_tenant('acme', false)).id;
BEGIN;
SELECT (set_current_tenant('local')).id;
SELECT clear_current_tenant(), current_tenant_id();
COMMIT;
SELECT current_tenant_id();
SELECT set_current_tenant('');
SELECT set_current_tenant('acme', NULL);

-- the warning of SET LOCAL: from the top-level statement alone, and only where the tenant is lost with its end
SELECT (set_current_tenant('acme', true)).id;
SELECT current_tenant_id();
DO $$ BEGIN PERFORM djust_tenants.set_current_tenant('acme'); END $$;
CREATE FUNCTION enter_plpgsql(tenant text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM djust_tenants.set_current_tenant(tenant);
    RETURN djust_tenants.current_tenant_id();
END $$;
CREATE FUNCTION enter_sql(tenant text) RETURNS text LANGUAGE sql AS
    $$ SELECT (djust_tenants.set_current_tenant(tenant)).id; SELECT djust_tenants.current_tenant_id(); $$;
CREATE PROCEDURE enter_procedure(tenant text) LANGUAGE plpgsql AS
    $$ BEGIN PERFORM djust_tenants.set_current_tenant(tenant); END $$;
SELECT enter_plpgsql('acme'), enter_sql('globex'), current_tenant_id();
CALL enter_procedure('acme');
SELECT current_tenant_id();
BEGIN;
SELECT (set_current_tenant('acme')).id;
COMMIT;
SELECT (set_current_tenant('acme')).id \; SELECT current_tenant_id();
SELECT (set_current_tenant('acme', false)).id;
RESET djust_tenants.tenant_id;

-- a function's SET clause
CREATE FUNCTION as_acme() RETURNS text LANGUAGE plpgsql SET djust_tenants.tenant_id = 'acme' AS
    $$ BEGIN RETURN djust_tenants.current_tenant_id(); END $$;
SELECT as_acme(), current_tenant_id();
SET djust_tenants.tenant_id = 'globex';
SELECT current_tenant_id(), as_acme(), current_tenant_id();
CREATE FUNCTION as_acme_then_local() RETURNS text LANGUAGE plpgsql SET djust_tenants.tenant_id = 'acme' AS
    $$ BEGIN PERFORM djust_tenants.set_current_tenant('initech'); RETURN djust_tenants.current_tenant_id(); END $$;
SELECT as_acme_then_local(), current_tenant_id();
CREATE FUNCTION fails_as_acme() RETURNS text LANGUAGE plpgsql SET djust_tenants.tenant_id = 'acme' AS
    $$ BEGIN RETURN 1 / 0; END $$;
\set VERBOSITY sqlstate
SELECT fails_as_acme();
SELECT current_tenant_id();
CREATE FUNCTION malformed() RETURNS text LANGUAGE sql SET djust_tenants.tenant_id = 'a b' AS $$ SELECT 'x' $$;
\set VERBOSITY default
DO $$ BEGIN
    BEGIN
        PERFORM djust_tenants.set_current_tenant('lost');
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        RAISE NOTICE 'after the error: %', djust_tenants.current_tenant_id();
    END;
END $$;
RESET djust_tenants.tenant_id;

-- what is a tenant id
SET djust_tenants.tenant_id = 'two words';
SELECT set_current_tenant('two words');
\set VERBOSITY sqlstate
ALTER ROLE regress_context_app SET djust_tenants.tenant_id = 'a:b';
\set VERBOSITY default
CREATE FUNCTION outcome(id text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('djust_tenants.tenant_id', id, true);
    IF djust_tenants.current_tenant_id() <> id THEN RETURN 'changed'; END IF;
    RETURN (djust_tenants.set_current_tenant(id)).id = id;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN SQLSTATE;
END $$;
SELECT id, outcome(id) FROM (VALUES
    ('acme'), ('Acme'), ('42'), ('-1'), ('a.b'), ('me@example.com'), ('a+b'), ('~a'), ('google-oauth2|103547991'),
    ('6fa459ea-ee8a-3ca4-894e-db77e160355e'), ('_'), ('a b'), (' a'), ('a '), ('a:b'), ('a,b'), ('a/b'), ('a\b'),
    ('a''b'), ('a"b'), ('a;b'), ('a%b'), ('a*b'), ('a=b'), ('a#b'), ('a?b'), ('a$b'), ('a(b'), (E'a\nb'), (E'a\tb'),
    ('{}'), ('<a>')) AS t(id);
SELECT what, outcome(id) FROM (VALUES
    ('128', repeat('a', 128)), ('129', repeat('a', 129)), ('million', repeat('a', 1000000)),
    ('umlaut', convert_from('\xc3bc', 'UTF8')), ('no-break space', convert_from('\x61c2a062', 'UTF8')),
    ('full-width a', convert_from('\xefbd81', 'UTF8'))) AS t(what, id);

-- the id as a value of other types: byte for byte its own text form
CREATE FUNCTION typed(id text) RETURNS TABLE(u uuid, b bigint, i integer) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM djust_tenants.set_current_tenant(id);
    RETURN QUERY SELECT djust_tenants.current_tenant_uuid(), djust_tenants.current_tenant_bigint(),
                        djust_tenants.current_tenant_integer();
END $$;
SELECT id, t.* FROM (VALUES
    ('0'), ('42'), ('-42'), ('042'), ('+42'), ('-0'), ('--1'), ('-'), ('4.2'), ('0x2A'), ('1e3'),
    ('2147483647'), ('2147483648'), ('-2147483648'), ('-2147483649'), ('9223372036854775807'),
    ('9223372036854775808'), ('-9223372036854775808'), ('-9223372036854775809'), ('18446744073709551658'),
    ('99999999999999999999'), ('1_000'),
    ('6fa459ea-ee8a-3ca4-894e-db77e160355e'), ('6FA459EA-ee8a-3ca4-894e-db77e160355e'),
    ('6fa459eaee8a3ca4894edb77e160355e'), ('6fa459ea-ee8a-3ca4-894e-db77e160355'), ('acme')) AS v(id), typed(v.id) t;

-- what the registry knows of a tenant
INSERT INTO tenant (id, name, settings, metadata) VALUES
    ('acme', 'Acme Corp', '{"color": "red", "limit": 10, "none": null, "nested": {"a": [1, 2]}, "on": true}',
     '{"plan": "pro"}'),
    ('bare', NULL, '{}', '{}');
BEGIN;
SELECT * FROM set_current_tenant('acme');
SELECT * FROM current_tenant();
SELECT tenant_setting('color'), tenant_setting('limit'), tenant_setting('nested'), tenant_setting('none'),
       tenant_setting('missing'), tenant_setting('missing', '[0]'), tenant_setting('none', '1'), tenant_setting(NULL, '2');
SELECT tenant_setting_text('color'), tenant_setting_text('limit'), tenant_setting_text('nested'),
       tenant_setting_text('on'), tenant_setting_text('none'), tenant_setting_text('none', 'fallback'),
       tenant_setting_text('missing'), tenant_setting_text('missing', 'fallback'), tenant_setting_text(NULL, 'x');
SELECT * FROM set_current_tenant('bare');
SELECT * FROM set_current_tenant('stranger');
SELECT tenant_setting('color'), tenant_setting('color', '"blue"'), tenant_setting_text('color', 'blue');
-- a role with no privileges reads its own
SET LOCAL ROLE regress_context_app;
SELECT * FROM set_current_tenant('acme');
SELECT tenant_setting_text('color'), (current_tenant()).metadata;
RESET ROLE;
COMMIT;
SELECT current_tenant(), tenant_setting('color'), tenant_setting('color', '"blue"'), tenant_setting_text('color', 'blue');
-- a value handed out before a switch in the same statement stays what it was
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'acme';
SELECT current_tenant_id() AS before, (set_current_tenant('globex')).id AS entered, current_tenant_id() AS after;
SELECT (current_tenant()).*, tenant_key('k');
COMMIT;

-- properties that policies, plans and parallel workers rely on
SELECT proname, provolatile, proparallel, proleakproof, prosecdef FROM pg_proc
WHERE pronamespace = 'djust_tenants'::regnamespace AND proname ~ '^current_tenant_' ORDER BY 1;

-- two-phase: the tenant goes with the transaction, the prepared one does not bring it back
BEGIN;
SELECT (set_current_tenant('acme')).id;
CREATE TABLE written AS SELECT current_tenant_id() AS tenant;
PREPARE TRANSACTION 'regress_context';
SELECT current_tenant_id();
SET djust_tenants.tenant_id = 'globex';
COMMIT PREPARED 'regress_context';
SELECT current_tenant_id(), tenant FROM written;
RESET djust_tenants.tenant_id;

-- stored for a role: validated, and in force for its next session
ALTER ROLE regress_context_app SET djust_tenants.tenant_id = 'acme';
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'regress_context_app'::regrole;

DELETE FROM tenant;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Context Test" CASCADE;
DROP ROLE regress_context_app;
