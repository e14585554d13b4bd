-- Signed mode: for a role that row-level security binds only a verified token makes a tenant the current one. Every
-- other way is refused or without effect. Ways that need a connection of their own: test/run/signed.
LOAD 'djust_tenants';
CREATE SCHEMA "Signed Test";
CREATE ROLE regress_signed_app;
CREATE ROLE regress_signed_bypass BYPASSRLS;
GRANT USAGE, CREATE ON SCHEMA "Signed Test" TO regress_signed_app;
GRANT regress_signed_app TO regress_signed_bypass;
SET search_path TO "Signed Test";
CREATE TABLE note (id int PRIMARY KEY, tenant_id text);
INSERT INTO note SELECT i, CASE i % 2 WHEN 0 THEN 'acme' ELSE 'globex' END FROM generate_series(1, 10) i;
SELECT djust_tenants.scope_table('note');
GRANT ALL ON note TO regress_signed_app;
SET client_min_messages = error;  -- who may read pg_stat_activity: see signing_key
SELECT djust_tenants.add_signing_key('regress_signed', 'HS256', 'a secret of at least thirty-two bytes for tests');
RESET client_min_messages;
SELECT djust_tenants.sign_token('acme', 'regress_signed') AS acme,
       djust_tenants.sign_token('globex', 'regress_signed') AS globex,
       djust_tenants.sign_token('acme', 'regress_signed', '-1 second') AS expired \gset
-- a way in that was laid before the mode was switched on
CREATE FUNCTION as_globex() RETURNS text LANGUAGE sql SET djust_tenants.tenant_id = 'globex' AS
    'SELECT djust_tenants.current_tenant_id()';
CREATE FUNCTION whose() RETURNS TABLE (tenant text, rows bigint, tenants text) LANGUAGE sql AS
    $$ SELECT djust_tenants.current_tenant_id(), count(*), string_agg(DISTINCT tenant_id, ',') FROM "Signed Test".note $$;

-- only superusers choose the mode
SET ROLE regress_signed_app;
\set VERBOSITY sqlstate
SET djust_tenants.context_mode = 'signed';
SELECT set_config('djust_tenants.context_mode', 'signed', false);
ALTER ROLE CURRENT_USER SET djust_tenants.context_mode = 'open';
\set VERBOSITY default
RESET ROLE;
SET djust_tenants.context_mode = 'sealed';
-- open mode: tokens work as well, and nothing else is changed
SET ROLE regress_signed_app;
BEGIN;
SELECT djust_tenants.set_tenant_from_token(:'acme');
SELECT * FROM whose();
SET LOCAL djust_tenants.tenant_id = 'globex';
SELECT * FROM whose();
COMMIT;
-- what was set before the mode is switched on does not count after it
SET djust_tenants.tenant_id = 'globex';
SELECT * FROM whose();
RESET ROLE;
SET djust_tenants.context_mode = 'signed';
SET ROLE regress_signed_app;
SHOW djust_tenants.tenant_id;
SELECT * FROM whose();
SELECT djust_tenants.current_tenant_id(), djust_tenants.current_tenant_uuid(), djust_tenants.current_tenant_bigint(),
       djust_tenants.current_tenant_integer(), djust_tenants.current_tenant();
INSERT INTO note VALUES (20);
SELECT djust_tenants.require_tenant();
\set VERBOSITY sqlstate
INSERT INTO note VALUES (20, 'globex');
SELECT djust_tenants.assert_tenant('globex');
SELECT djust_tenants.tenant_key('k');
\set VERBOSITY default

-- every setting of the setting
SET djust_tenants.tenant_id = 'globex';
SET LOCAL djust_tenants.tenant_id = 'globex';
SELECT set_config('djust_tenants.tenant_id', 'globex', false);
UPDATE pg_settings SET setting = 'globex' WHERE name = 'djust_tenants.tenant_id';
SELECT djust_tenants.set_current_tenant('globex');
SELECT djust_tenants.set_current_tenant('globex', false);
SELECT as_globex();
CREATE FUNCTION by_clause() RETURNS text LANGUAGE sql SET djust_tenants.tenant_id = 'globex' AS 'SELECT 1';
DO $$ BEGIN PERFORM set_config('djust_tenants.tenant_id', 'globex', true); END $$;
\set VERBOSITY sqlstate
CREATE FUNCTION by_current() RETURNS text LANGUAGE sql SET djust_tenants.tenant_id FROM CURRENT AS 'SELECT 1';
ALTER ROLE CURRENT_USER SET djust_tenants.tenant_id = 'globex';
ALTER ROLE CURRENT_USER SET djust_tenants.tenant_id FROM CURRENT;
DO $$ BEGIN EXECUTE 'SET djust_tenants.tenant_id = ''globex'''; END $$;
SET djust_tenants.sealed = on;
SELECT set_config('djust_tenants.sealed', 'on', false);
SET djust_tenants.jwt_claim = 'sub';
\set VERBOSITY default
SELECT * FROM whose();

-- requests: the bearer token alone counts
SELECT djust_tenants.set_tenant_from_request('{"host": "globex.example.com"}');
\set VERBOSITY sqlstate
SELECT djust_tenants.set_tenant_from_request('{"jwt": {"tenant_id": "globex"}, "session": {"tenant_id": "globex"}}');
SELECT djust_tenants.set_tenant_from_request('{"headers": {"X-Tenant-ID": "globex", "Authorization": "Basic Z2xvYmV4"}}');
SELECT djust_tenants.set_tenant_from_request('{"headers": {"Authorization": "Bearer"}}');
SELECT djust_tenants.set_tenant_from_request('{"headers": {"Authorization": "Bearer globex"}}');
\set VERBOSITY default
BEGIN;
SELECT djust_tenants.set_tenant_from_request(jsonb_build_object('host', 'globex.example.com', 'headers',
    jsonb_build_object('authorization', 'Bearer ' || :'acme'), 'jwt', '{"tenant_id": "globex"}'::jsonb));
SELECT * FROM whose();
COMMIT;
-- resolving enters nobody, and says of claims what a token says
SELECT (djust_tenants.resolve_tenant('{"host": "globex.example.com"}')).id AS by_host;
RESET ROLE;
SET djust_tenants.resolver = 'session';
SET ROLE regress_signed_app;
SELECT djust_tenants.resolve_tenant('{"jwt": {"tenant_id": "globex"}}') AS by_claims;
SELECT (djust_tenants.resolve_tenant(jsonb_build_object('headers', jsonb_build_object('HTTP_AUTHORIZATION',
    'bearer  ' || :'acme'), 'jwt', '{"tenant_id": "globex"}'::jsonb))).id AS by_token;
SELECT * FROM whose();
RESET ROLE;
RESET djust_tenants.resolver;
SET ROLE regress_signed_app;

-- the way in
BEGIN;
SELECT djust_tenants.set_tenant_from_token(:'acme');
SELECT * FROM whose();
INSERT INTO note VALUES (20) RETURNING *;
-- sealed: only another token, or the end
\set VERBOSITY sqlstate
SAVEPOINT a;
SET LOCAL djust_tenants.tenant_id = 'globex';
ROLLBACK TO a;
SELECT djust_tenants.set_current_tenant('globex');
ROLLBACK TO a;
SELECT djust_tenants.set_tenant_from_token(:'expired');
ROLLBACK TO a;
SELECT djust_tenants.set_tenant_from_token('acme');
ROLLBACK TO a;
INSERT INTO note VALUES (21, 'globex');
ROLLBACK TO a;
\set VERBOSITY default
SELECT * FROM whose();
-- hints name the way in that there is
SAVEPOINT h;
INSERT INTO note VALUES (21, 'globex');
ROLLBACK TO h;
SELECT djust_tenants.assert_tenant('globex');
ROLLBACK TO h;
DECLARE mine CURSOR FOR SELECT * FROM note;
SELECT id FROM djust_tenants.set_tenant_from_token(:'globex');
FETCH mine;
ROLLBACK TO h;
-- savepoints: a tenant that is left again is not there
SAVEPOINT b;
SELECT djust_tenants.set_tenant_from_token(:'globex');
SELECT * FROM whose();
ROLLBACK TO b;
SELECT * FROM whose();
SAVEPOINT c;
SELECT djust_tenants.set_tenant_from_token(:'globex');
RELEASE c;
SELECT * FROM whose();
-- clearing always works, and nothing but a token leads back
RESET djust_tenants.tenant_id;
SELECT * FROM whose();
SELECT djust_tenants.set_tenant_from_token(:'acme');
SET LOCAL djust_tenants.tenant_id = '';
SELECT * FROM whose();
SELECT djust_tenants.set_tenant_from_token(:'acme');
SELECT djust_tenants.set_current_tenant(NULL);
SELECT * FROM whose();
ROLLBACK;
SELECT * FROM whose();

-- the end of a transaction brings back nothing but the session's own tenant
SELECT (djust_tenants.set_tenant_from_token(:'acme', false)).id;
BEGIN;
SELECT (djust_tenants.set_tenant_from_token(:'globex')).id;
COMMIT;
SELECT * FROM whose();
BEGIN;
SELECT (djust_tenants.set_tenant_from_token(:'globex', false)).id;
ROLLBACK;
SELECT * FROM whose();
SELECT djust_tenants.clear_current_tenant();
SELECT * FROM whose();
SELECT (djust_tenants.set_tenant_from_token(:'acme', false)).id;
DISCARD ALL;
LOAD 'djust_tenants';
SET search_path TO "Signed Test";
RESET ROLE;
SET djust_tenants.context_mode = 'signed';
SET ROLE regress_signed_app;
SELECT * FROM whose();

-- a session's tenant ends with its token, also within a transaction; one of a transaction ends with that
RESET ROLE;
SELECT djust_tenants.sign_token('acme', 'regress_signed', '4 seconds') AS short \gset
CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM "Signed Test".note); END';
SET ROLE regress_signed_app;
SELECT (djust_tenants.set_tenant_from_token(:'short', false)).id;
PREPARE kept AS SELECT count(*) FROM note;
PREPARE kept_too AS SELECT count(*), min(tenant_id) FROM note;
EXECUTE kept;
EXECUTE kept_too;
SELECT counted();
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM note ORDER BY id;
FETCH held;
BEGIN;
SELECT * FROM whose();
DECLARE opened CURSOR FOR SELECT id FROM note ORDER BY id;
FETCH opened;
SELECT pg_sleep(5.1);
-- plans that are kept have the tenant in them: they are made anew
EXECUTE kept;
SELECT counted();
EXECUTE kept_too;
SELECT * FROM whose();
SAVEPOINT a;
INSERT INTO note VALUES (22);
ROLLBACK TO a;
FETCH opened;
ROLLBACK TO a;
FETCH held;
ROLLBACK;
SELECT * FROM whose();
EXECUTE kept;
FETCH held;
CLOSE held;
DEALLOCATE kept;
DEALLOCATE kept_too;
RESET ROLE;
SELECT djust_tenants.sign_token('acme', 'regress_signed', '2 seconds') AS short \gset
SET ROLE regress_signed_app;
BEGIN;
SELECT (djust_tenants.set_tenant_from_token(:'short')).id;
SELECT pg_sleep(3.1);
SELECT * FROM whose();
COMMIT;

-- tokens that are none
SELECT djust_tenants.set_tenant_from_token(NULL);
SELECT djust_tenants.set_tenant_from_token(:'acme', NULL);
\set VERBOSITY terse
SELECT djust_tenants.set_tenant_from_token('');
SELECT djust_tenants.set_tenant_from_token(:'expired');
SELECT djust_tenants.set_tenant_from_token(:'acme' || 'x');
\set VERBOSITY default
-- outside a transaction a local tenant is gone at once
SELECT (djust_tenants.set_tenant_from_token(:'acme')).id;
SELECT * FROM whose();
-- prepared statements and bind parameters
PREPARE enter(text) AS SELECT (djust_tenants.set_tenant_from_token($1)).id;
PREPARE read AS SELECT count(*), min(tenant_id) FROM note;
BEGIN;
EXECUTE enter(:'acme');
EXECUTE read;
EXECUTE enter(:'globex');
EXECUTE read;
COMMIT;
EXECUTE read;

-- operators and functions of an attacker, from before the mode was switched on, in front of PostgreSQL's
RESET ROLE;
CREATE FUNCTION "Signed Test".texteq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR "Signed Test".= (FUNCTION = "Signed Test".texteq, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION "Signed Test".current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'globex' $$;
SET search_path TO "Signed Test", pg_catalog;
SET ROLE regress_signed_app;
SELECT * FROM whose();
BEGIN;
SELECT (djust_tenants.set_tenant_from_token(:'acme')).id;
SELECT * FROM whose();
COMMIT;
RESET ROLE;
DROP OPERATOR "Signed Test".= (text, text);
DROP FUNCTION "Signed Test".texteq, "Signed Test".current_setting;
SET search_path TO "Signed Test";

-- roles that row-level security does not bind may set what they like, for themselves and for whom they become
SET djust_tenants.tenant_id = 'globex';
SELECT djust_tenants.current_tenant_id();
SET ROLE regress_signed_app;
SELECT * FROM whose();
\set VERBOSITY sqlstate
SET djust_tenants.tenant_id = 'acme';
\set VERBOSITY default
SELECT * FROM whose();
RESET ROLE;
RESET djust_tenants.tenant_id;
SET ROLE regress_signed_bypass;
SELECT (djust_tenants.set_current_tenant('globex', false)).id;
SET ROLE regress_signed_app;
SELECT * FROM whose();
SELECT djust_tenants.clear_current_tenant();
RESET ROLE;
-- as do functions that run with their rights
CREATE FUNCTION door(id text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path TO pg_catalog AS
    'SELECT (djust_tenants.set_current_tenant(id)).id';
SET ROLE regress_signed_app;
BEGIN;
SELECT door('acme');
SELECT * FROM whose();
COMMIT;

-- PostgREST: its settings, as it sets them before db-pre-request
BEGIN;
SELECT set_config('role', 'regress_signed_app', true), set_config('request.method', 'GET', true),
       set_config('request.path', '/note', true), set_config('request.jwt.claims', '{"tenant_id": "globex"}', true) IS NOT NULL AS claims,
       set_config('request.headers', jsonb_build_object('host', 'globex.example.com', 'authorization', 'Bearer ' || :'acme')::text, true) IS NOT NULL AS headers;
SELECT djust_tenants.set_tenant_from_postgrest();
SELECT * FROM whose();
COMMIT;
-- a request without a token, as of the anonymous role, enters nobody, and nobody is left of the request before it
SELECT (djust_tenants.set_tenant_from_token(:'acme', false)).id;
BEGIN;
SELECT set_config('request.jwt.claims', '{"tenant_id": "globex"}', true), set_config('request.headers', '{"host": "globex.example.com"}', true);
SELECT djust_tenants.set_tenant_from_postgrest();
SELECT * FROM whose();
SELECT set_config('request.headers', '{"authorization": "Basic Z2xvYmV4"}', true);
SELECT djust_tenants.set_tenant_from_postgrest();
SELECT * FROM whose();
ROLLBACK;
SELECT djust_tenants.clear_current_tenant();
RESET ROLE;
SET djust_tenants.default_tenant = 'globex';
SET ROLE regress_signed_app;
BEGIN;
SELECT djust_tenants.set_tenant_from_postgrest();
SELECT * FROM whose();
ROLLBACK;
RESET ROLE;
RESET djust_tenants.default_tenant;
SET djust_tenants.tenant_required = on;
SET ROLE regress_signed_app;
SELECT djust_tenants.set_tenant_from_postgrest();
RESET ROLE;
RESET djust_tenants.tenant_required;
SET ROLE regress_signed_app;
-- one with a token that does not count is refused
BEGIN;
SELECT set_config('request.headers', jsonb_build_object('authorization', 'Bearer ' || :'expired')::text, true) IS NOT NULL AS set;
SELECT djust_tenants.set_tenant_from_postgrest();
ROLLBACK;
BEGIN;
SELECT set_config('request.headers', '{"authorization": "Bearer secret"', true) IS NOT NULL AS set;
SELECT djust_tenants.set_tenant_from_postgrest();
ROLLBACK;
BEGIN;
SELECT set_config('request.headers', '[]', true);
\set VERBOSITY terse
SELECT djust_tenants.set_tenant_from_postgrest();
\set VERBOSITY default
ROLLBACK;
SELECT djust_tenants.set_tenant_from_postgrest();
RESET ROLE;
-- in open mode its claims count, for the strategy session, unless there is a token to verify
SET djust_tenants.context_mode = 'open';
SET djust_tenants.resolver = 'session';
SET ROLE regress_signed_app;
BEGIN;
SELECT set_config('request.jwt.claims', '{"tenant_id": "globex"}', true) IS NOT NULL AS set;
SELECT djust_tenants.set_tenant_from_postgrest();
SELECT * FROM whose();
SELECT set_config('request.headers', jsonb_build_object('authorization', 'Bearer ' || :'acme')::text, true) IS NOT NULL AS set;
SELECT djust_tenants.set_tenant_from_postgrest();
SELECT * FROM whose();
SELECT set_config('request.headers', jsonb_build_object('authorization', 'Bearer ' || :'expired')::text, true) IS NOT NULL AS set;
\set VERBOSITY terse
SELECT djust_tenants.set_tenant_from_postgrest();
\set VERBOSITY default
ROLLBACK;
-- a bearer token is looked at where the strategy session is reached, and nowhere else: there may be others' tokens
RESET ROLE;
CREATE TABLE request (number int, of text, request jsonb);
INSERT INTO request VALUES
    (1, 'opaque', '{"host": "globex.example.com", "headers": {"authorization": "Bearer opaque"}}'),
    (2, 'expired', jsonb_build_object('host', 'globex.example.com', 'headers', jsonb_build_object('Authorization', 'Bearer ' || :'expired'))),
    (3, 'valid', jsonb_build_object('host', 'globex.example.com', 'headers', jsonb_build_object('Authorization', 'Bearer ' || :'acme'))),
    (4, 'two', '{"host": "globex.example.com", "headers": {"authorization": "Bearer a", "Authorization": "Bearer b"}}'),
    (5, 'opaque, with a header', '{"headers": {"authorization": "Bearer opaque", "X-Tenant-ID": "globex"}}');
CREATE FUNCTION resolved(request jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce((djust_tenants.set_tenant_from_request(request)).id, 'nobody');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION custom(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT substr(request -> 'headers' ->> 'authorization', 8) $$;
GRANT SELECT ON request TO regress_signed_app;
SET djust_tenants.custom_resolver = '"Signed Test".custom';
SET djust_tenants.resolver = 'subdomain';
SET ROLE regress_signed_app;
SELECT of, resolved(request) AS by_subdomain FROM request ORDER BY number;
RESET ROLE;
SET djust_tenants.resolver = 'header, session';
SET ROLE regress_signed_app;
SELECT of, resolved(request) AS by_header_and_session FROM request ORDER BY number;
RESET ROLE;
SET djust_tenants.resolver = 'session, subdomain';
SET ROLE regress_signed_app;
SELECT of, resolved(request) AS by_session_and_subdomain FROM request ORDER BY number;
SELECT djust_tenants.resolve_tenant(request) FROM request WHERE of = 'opaque';
RESET ROLE;
SET djust_tenants.resolver = 'custom, subdomain';
SET ROLE regress_signed_app;
SELECT of, resolved(request) AS by_custom FROM request WHERE of <> 'valid' AND of <> 'expired' ORDER BY number;
-- so it is in signed mode for exempt roles, and never for bound ones
RESET ROLE;
SET djust_tenants.context_mode = 'signed';
SET djust_tenants.resolver = 'subdomain';
SELECT of, resolved(request) AS exempt_by_subdomain FROM request ORDER BY number;
SET djust_tenants.resolver = 'session';
SELECT of, resolved(request) AS exempt_by_session FROM request ORDER BY number;
SET djust_tenants.resolver = 'subdomain';
SET ROLE regress_signed_app;
SELECT of, resolved(request) AS bound FROM request ORDER BY number;
RESET ROLE;
SET djust_tenants.context_mode = 'open';
RESET djust_tenants.custom_resolver;
SET djust_tenants.resolver = 'session';
-- nested claims
RESET ROLE;
SET djust_tenants.jwt_claim = 'app_metadata.tenant_id';
SELECT djust_tenants.resolve_session(NULL, '{"app_metadata": {"tenant_id": "acme"}}') AS nested,
       djust_tenants.resolve_session(NULL, '{"app_metadata.tenant_id": "acme"}') AS by_name,
       djust_tenants.resolve_session(NULL, '{"app_metadata": "acme"}') AS not_nested;
RESET djust_tenants.jwt_claim;
RESET djust_tenants.resolver;

SELECT djust_tenants.drop_signing_key('regress_signed');
SET client_min_messages = warning;
DROP SCHEMA "Signed Test" CASCADE;
DROP ROLE regress_signed_app, regress_signed_bypass;
