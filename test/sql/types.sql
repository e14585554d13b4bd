-- Tenant columns of every type: what is stamped, read and refused.
LOAD 'djust_tenants';
CREATE SCHEMA "Types Test";
CREATE ROLE regress_types_app;
GRANT USAGE ON SCHEMA "Types Test" TO regress_types_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Types Test" GRANT ALL ON TABLES TO regress_types_app;
SET search_path TO "Types Test";
\pset null '(null)'

CREATE DOMAIN d_text AS text;
CREATE DOMAIN d_varchar AS varchar(10);
CREATE DOMAIN d_uuid AS uuid NOT NULL;
CREATE DOMAIN d_bigint AS bigint CHECK (VALUE > 0);
CREATE DOMAIN d_integer AS integer NOT NULL CHECK (VALUE IS NOT NULL AND VALUE <> 13);
CREATE DOMAIN "D twice" AS d_varchar NOT NULL CHECK (VALUE ~ '^[a-z0-9-]+$');
CREATE TABLE of_text (id int, t text, n int);
CREATE TABLE of_varchar (id int, t varchar, n int);
CREATE TABLE of_varchar5 (n int, id int, t varchar(5));
CREATE TABLE of_uuid (t uuid, id int, n int);
CREATE TABLE of_bigint (id int, t bigint, n int);
CREATE TABLE of_integer (id int, t integer, n int);
CREATE TABLE of_d_text (id int, t d_text, n int);
CREATE TABLE of_d_varchar (id int, t d_varchar, n int);
CREATE TABLE of_d_uuid (id int, t d_uuid, n int);
CREATE TABLE of_d_bigint (id int, t d_bigint, n int);
CREATE TABLE of_d_integer (n int, id int, t d_integer);
CREATE TABLE of_d_twice (id int, t "D twice", n int);
SELECT table_name, status FROM djust_tenants.scope_schema('Types Test', 't') ORDER BY table_name::text;
SELECT target, column_type, policy_ok FROM djust_tenants.scoped_table
WHERE target::text ~ '^of_' ORDER BY target::text;

-- Every way to leave the tenant out; then its own value; then what SQLSTATE another gives, and what is seen.
CREATE FUNCTION try(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE FUNCTION stamps(target text, tenant text, other text)
RETURNS TABLE(omitted text, "null" text, "default" text, rows text, selected text, typed_null text, own text, another text,
              conflict text, merged text, seen text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM djust_tenants.set_current_tenant(tenant);
    omitted := try(format('INSERT INTO %I (id) VALUES (1)', target));
    "null" := try(format('INSERT INTO %I (id, t) VALUES (2, NULL)', target));
    "default" := try(format('INSERT INTO %I (id, t) VALUES (3, DEFAULT)', target));
    rows := try(format('INSERT INTO %I (id, t) VALUES (4, NULL), (5, DEFAULT), (6, %L)', target, tenant));
    selected := try(format('INSERT INTO %I (id, t) SELECT i, NULL FROM generate_series(7, 8) i', target));
    typed_null := try(format('INSERT INTO %I (id, t) VALUES (9, NULLIF(%L, %L)::%s)', target, tenant, tenant,
        (SELECT format_type(getbase(atttypid), NULL) FROM pg_attribute WHERE attrelid = target::regclass AND attname = 't')));
    own := try(format('INSERT INTO %I (id, t) VALUES (10, %L)', target, tenant));
    another := try(format('INSERT INTO %I (id, t) VALUES (11, %L)', target, other));
    conflict := try(format('INSERT INTO %I (id, t) VALUES (12, NULL) ON CONFLICT DO NOTHING', target));
    merged := try(format('MERGE INTO %1$I USING (VALUES (13)) s(i) ON %1$I.id = s.i
        WHEN NOT MATCHED THEN INSERT (id, t) VALUES (s.i, NULL)', target));
    EXECUTE format('SELECT concat(count(*), '' '', min(t::text), '' '', count(DISTINCT t)) FROM %I', target) INTO seen;
    RETURN NEXT;
END $$;
CREATE FUNCTION getbase(type oid) RETURNS oid LANGUAGE sql STABLE AS
    $$ SELECT CASE WHEN typtype = 'd' THEN getbase(typbasetype) ELSE type END FROM pg_type WHERE oid = type $$;
SET ROLE regress_types_app;
SELECT target, s.* FROM (VALUES ('of_text'), ('of_varchar'), ('of_varchar5'), ('of_d_text'), ('of_d_varchar'), ('of_d_twice'))
    AS v(target), stamps(target, 'acme', 'other') s;
SELECT target, s.* FROM (VALUES ('of_uuid'), ('of_d_uuid')) AS v(target),
    stamps(target, '6fa459ea-ee8a-3ca4-894e-db77e160355e', '16fd2706-8baf-433b-82eb-8c7fada847da') s;
SELECT target, s.* FROM (VALUES ('of_bigint'), ('of_integer'), ('of_d_bigint'), ('of_d_integer')) AS v(target),
    stamps(target, '42', '43') s;

-- too short for the id: an error, never cut
SET djust_tenants.tenant_id = 'globexcorporation';
INSERT INTO of_varchar5 (id) VALUES (1);
INSERT INTO of_d_varchar (id) VALUES (1);
\set VERBOSITY sqlstate
INSERT INTO of_varchar5 VALUES (1, 1, NULL);
INSERT INTO of_d_twice VALUES (1, NULL);
INSERT INTO of_varchar5 (id, t) VALUES (1, 'globe');
\set VERBOSITY default
SET djust_tenants.tenant_id = 'globe';
SELECT count(*) FROM of_varchar5;

-- a domain's check sees the stamp
SET djust_tenants.tenant_id = '13';
INSERT INTO of_d_integer (id) VALUES (1);
SET djust_tenants.tenant_id = '-1';
\set VERBOSITY sqlstate
INSERT INTO of_d_bigint (id) VALUES (1);
INSERT INTO of_d_bigint (id, t) VALUES (1, NULL), (2, DEFAULT);
SET djust_tenants.tenant_id = 'UPPER';
INSERT INTO of_d_twice (id) VALUES (1);
\set VERBOSITY default
SET djust_tenants.tenant_id = '2147483648';
INSERT INTO of_bigint (id) VALUES (1) RETURNING t;
INSERT INTO of_integer (id) VALUES (1);

-- an id that is no value of the type reads nothing and writes 22023, whatever it would cast to
SET djust_tenants.tenant_id = '042';
SELECT count(*) FROM of_bigint;
SELECT count(*) FROM of_d_integer;
INSERT INTO of_bigint (id) VALUES (1);
UPDATE of_integer SET n = 1;
DELETE FROM of_d_bigint;
\set VERBOSITY sqlstate
INSERT INTO of_integer (id, t) VALUES (1, 42);
INSERT INTO of_d_integer (id, t) VALUES (1, 42);
INSERT INTO of_d_integer (id) SELECT 1 WHERE false;
MERGE INTO of_bigint USING (VALUES (1)) s(i) ON id = i WHEN MATCHED THEN DELETE;
SET djust_tenants.tenant_id = '6FA459EA-EE8A-3CA4-894E-DB77E160355E';
SELECT count(*) FROM of_uuid;
INSERT INTO of_uuid (id) VALUES (1);
INSERT INTO of_d_uuid (id, t) VALUES (1, '6fa459ea-ee8a-3ca4-894e-db77e160355e');
SET djust_tenants.tenant_id = '+42';
SELECT count(*) FROM of_integer;
INSERT INTO of_integer (id) VALUES (1);
SET djust_tenants.tenant_id = 'acme';
SELECT count(*) FROM of_bigint;
INSERT INTO of_bigint (id) VALUES (1);
\set VERBOSITY default
RESET djust_tenants.tenant_id;
RESET ROLE;
SELECT count(*) FROM of_bigint WHERE t <> 42;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Types Test" CASCADE;
DROP ROLE regress_types_app;
