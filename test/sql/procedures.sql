-- What the typed functions hand out is the caller's for as long as he runs: arguments of CALL outlive the procedure's
-- COMMITs, and no copy is made of them.
LOAD 'djust_tenants';
SET client_min_messages = warning;
CREATE SCHEMA "Procedures";
CREATE ROLE regress_procedures;
GRANT USAGE, CREATE ON SCHEMA "Procedures" TO regress_procedures;
SET search_path TO "Procedures";
SET ROLE regress_procedures;
SET client_min_messages = notice;
CREATE PROCEDURE another(id text, uid uuid) LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'before: %, %', id, uid;
    COMMIT;
    PERFORM djust_tenants.set_current_tenant('0b2d9a6e-16e1-4b1c-a2cb-5c8b9aa64f13', false);
    RAISE NOTICE 'current: %', djust_tenants.current_tenant_id();
    COMMIT;
    PERFORM djust_tenants.set_current_tenant('globex', false);
    RAISE NOTICE 'current: %', djust_tenants.current_tenant_id();
    RAISE NOTICE 'after: %, %', id, uid;
END $$;
SET djust_tenants.tenant_id = '7f7c1f5e-9a0b-4f3e-8a54-3d0f6c1f9f00';
CALL another(djust_tenants.current_tenant_id(), djust_tenants.current_tenant_uuid());
-- three tenants in the transaction that evaluates the arguments, memory that others want after the COMMIT
CREATE PROCEDURE several(a text, b text, c text, d text, e text, f text) LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    FOR i IN 1..20 LOOP PERFORM pg_notify('channel', repeat('P', 1000) || i); END LOOP;
    RAISE NOTICE '%, %, %, %', a, octet_length(c), c, e;
    ROLLBACK;
    PERFORM djust_tenants.clear_current_tenant();
    COMMIT;
    PERFORM djust_tenants.set_current_tenant('initech', false);
    RAISE NOTICE '%, %, %, %', djust_tenants.current_tenant_id(), a, c, e;
END $$;
SET djust_tenants.tenant_id = 'acme';
CALL several(djust_tenants.current_tenant_id(), set_config('djust_tenants.tenant_id', 'globex', false),
             djust_tenants.current_tenant_id(), set_config('djust_tenants.tenant_id', 'umbrella', false),
             djust_tenants.current_tenant_id(), set_config('djust_tenants.tenant_id', 'acme', false));
-- a procedure that calls one, in DO, after a failure, with a cursor open
CREATE PROCEDURE inner_one(id text) LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    PERFORM set_config('djust_tenants.tenant_id', 'other-' || id, false);
    PERFORM djust_tenants.current_tenant_id();
    RAISE NOTICE 'inner: %', id;
    COMMIT;
    RAISE NOTICE 'inner: %, %', id, djust_tenants.current_tenant_id();
END $$;
CREATE PROCEDURE outer_one(id text) LANGUAGE plpgsql AS $$
DECLARE i int;
BEGIN
    FOR i IN SELECT generate_series(1, 3) LOOP
        PERFORM set_config('djust_tenants.tenant_id', 'round-' || i, false);
        CALL inner_one(djust_tenants.current_tenant_id());
        BEGIN
            PERFORM set_config('djust_tenants.tenant_id', 'failed-' || i, false), djust_tenants.current_tenant_id();
            RAISE division_by_zero;
        EXCEPTION WHEN division_by_zero THEN NULL;
        END;
    END LOOP;
    RAISE NOTICE 'outer: %', id;
END $$;
SET djust_tenants.tenant_id = 'acme';
CALL outer_one(djust_tenants.current_tenant_id());
DO $$
BEGIN
    PERFORM set_config('djust_tenants.tenant_id', 'acme', false);
    CALL outer_one(djust_tenants.current_tenant_id());
END $$;
-- as many tenants as there are
CREATE PROCEDURE each(id text) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..1000 LOOP
        PERFORM set_config('djust_tenants.tenant_id', 'tenant-' || i % 200, false);
        IF djust_tenants.current_tenant_id() <> 'tenant-' || i % 200 THEN RAISE 'wrong'; END IF;
        COMMIT;
    END LOOP;
    RAISE NOTICE 'each: %', id;
END $$;
SET djust_tenants.tenant_id = 'acme';
CALL each(djust_tenants.current_tenant_id());
SELECT djust_tenants.current_tenant_id();
RESET ALL;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA "Procedures" CASCADE;
DROP ROLE regress_procedures;
