-- From a request to a tenant: each strategy alone, the chain, the custom function, entering.
LOAD 'djust_tenants';
CREATE SCHEMA "Resolve Test";
CREATE ROLE regress_resolve_app;
CREATE ROLE regress_resolve_bypass BYPASSRLS;
GRANT USAGE ON SCHEMA "Resolve Test" TO regress_resolve_app;
SET search_path TO "Resolve Test", djust_tenants, pg_catalog;
-- What a statement gives: its one value, or SQLSTATE and message.
CREATE FUNCTION outcome(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
    EXECUTE command INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION tenants(VARIADIC requests jsonb[]) RETURNS TABLE(request jsonb, outcome text) LANGUAGE sql AS $$
    SELECT r, outcome(format('SELECT (resolve_tenant(%L)).id', r)) FROM unnest(requests) r
$$;
\pset null '(null)'

-- subdomain, without a main domain: the first of three or more labels
SELECT host, resolve_subdomain(host) FROM (VALUES
    ('acme.myapp.com'), ('ACME.MyApp.Com'), ('acme.myapp.com:8000'), ('acme.myapp.com.'), ('acme.myapp.com.:8000'),
    ('a.b.c.d.e'), ('a_b-c.myapp.com'), ('42.myapp.com'), ('xn--bcher-kva.myapp.com'),
    ('myapp.com'), ('localhost'), ('localhost:5432'), (''), ('.'), (':80'), (NULL)) AS t(host);
SELECT host, resolve_subdomain(host) FROM (VALUES
    -- excluded, by their first label alone
    ('www.myapp.com'), ('API.myapp.com'), ('admin.acme.myapp.com'), ('wwww.myapp.com'),
    -- addresses
    ('127.0.0.1'), ('127.0.0.1:8000'), ('1.2.3.4.'), ('1.2.3'), ('0x7f.0.0.0x1'), ('[::1]'), ('[::1]:80'), ('::1'),
    ('2001:db8::1'), ('[::ffff:127.0.0.1]:80'),
    -- no host names
    ('acme..myapp.com'), ('.acme.myapp.com'), ('acme.myapp.com..'), ('acme.myapp.com:'), ('acme.myapp.com:80a'),
    ('acme.myapp.com:80:80'), ('acme.myapp.com:-1'), (' acme.myapp.com'), ('acme.myapp.com '), ('acme/x.myapp.com'),
    ('user@acme.myapp.com'), ('acme.myapp.com/path'), ('ac%6de.myapp.com'), ('*.myapp.com'), ('a|b.myapp.com'),
    (E'acme.myapp.com\nx'), ('http://acme.myapp.com')) AS t(host);
SELECT what, resolve_subdomain(host) IS NULL AS no_match FROM (VALUES
    ('umlaut', convert_from('\x61c3bc2e6d796170702e636f6d', 'UTF8')),
    ('full-width dot', convert_from('\x61636d65efbc8e6d796170702e636f6d', 'UTF8')),
    ('Kelvin sign is not k', convert_from('\xe284aa2e6d796170702e636f6d', 'UTF8')),
    ('label of 63', repeat('a', 63) || '.myapp.com'),
    ('label of 64', repeat('a', 64) || '.myapp.com'),
    ('later label of 64', 'acme.' || repeat('a', 64) || '.com'),
    ('host of 253', repeat('a.', 126) || 'b'),
    ('host of 253 and a dot', repeat('a.', 126) || 'b.'),
    ('host of 254', repeat('a.', 126) || 'bc'),
    ('ten million', 'acme.' || repeat('a', 10000000))) AS t(what, host);

-- with a main domain: exactly one label before it, and the suffix begins at a dot
SET djust_tenants.main_domain = 'MyApp.com';
SHOW djust_tenants.main_domain;
SELECT host, resolve_subdomain(host) FROM (VALUES
    ('acme.myapp.com'), ('ACME.MYAPP.COM.:443'), ('myapp.com'), ('.myapp.com'), ('evilmyapp.com'), ('acme.evilmyapp.com'),
    ('a.b.myapp.com'), ('acme.myapp.com.evil.com'), ('acme.myapp.co'), ('acme.myapp.comm'), ('acme.myappxcom'),
    ('acme.other.com'), ('www.myapp.com'), ('127.0.0.1'), ('acme')) AS t(host);
SET djust_tenants.main_domain = 'localhost';
SELECT resolve_subdomain('acme.localhost:8000'), resolve_subdomain('localhost'), resolve_subdomain('a.b.localhost');
SET djust_tenants.subdomain_exclude = 'cdn , Static';
SELECT resolve_subdomain('www.localhost') AS www, resolve_subdomain('STATIC.localhost') AS static,
       resolve_subdomain('cdn.localhost') AS cdn;
SET djust_tenants.subdomain_exclude = '';
SELECT resolve_subdomain('cdn.localhost');
RESET djust_tenants.subdomain_exclude;
RESET djust_tenants.main_domain;

-- path
SELECT path, resolve_path(path) FROM (VALUES
    ('/acme/orders'), ('acme'), ('/acme'), ('/acme/'), ('///acme///x'), ('/Acme_1-b/x'), ('/42/x'), ('/acme?x=/y'),
    ('/acme#top'), ('/?/acme'), ('/#/acme'), ('?acme'), ('/acme/x?q=1#z'), ('/admin/x'), ('/ADMIN/x'), ('/api'),
    ('/static/a.css'), ('/media'), ('/administrator'), ('/'), (''), ('///'), (NULL),
    ('/../acme'), ('/./acme'), ('/..%2facme'), ('/%61cme/x'), ('/ac me/x'), ('/a.b/x'), ('/a@b'), ('/a|b'), ('/a;b'),
    ('/a\b'), (E'/acme\n'), ('http://acme/x'), ('/a+b')) AS t(path);
SELECT what, resolve_path(path) IS NULL AS no_match FROM (VALUES
    ('128 characters', '/' || repeat('a', 128)), ('129 characters', '/' || repeat('a', 129)),
    ('ten million', '/' || repeat('a', 10000000)), ('ten million slashes', repeat('/', 10000000)),
    ('long after the segment', '/acme/' || repeat('a', 10000000)),
    ('umlaut', '/' || convert_from('\x61c3bc', 'UTF8'))) AS t(what, path);
SET djust_tenants.path_position = 2;
SELECT path, resolve_path(path) FROM (VALUES
    ('/t/acme/orders'), ('/t/acme'), ('t/acme'), ('/t'), ('/t/'), ('/t//acme'), ('/t?/acme'), ('/t/api'), ('/api/acme'),
    ('/t/..')) AS t(path);
SET djust_tenants.path_exclude = 'login';
SELECT resolve_path('/t/api') AS api, resolve_path('/t/LOGIN') AS login;
RESET djust_tenants.path_exclude;
RESET djust_tenants.path_position;

-- header
SELECT headers, resolve_header(headers) FROM (VALUES
    (jsonb '{"X-Tenant-ID": "acme"}'), ('{"x-tenant-id": "Acme"}'), ('{"X-TENANT-ID": "acme", "Host": "b.c"}'),
    ('{"HTTP_X_TENANT_ID": "acme"}'), ('{"http_x_tenant_id": "acme"}'), ('{"Http_X-Tenant_Id": "acme"}'),
    -- underscores are hyphens in the CGI form alone
    ('{"X_Tenant_ID": "acme"}'), ('{"X-Tenant": "acme"}'), ('{"X-Tenant-IDs": "acme"}'), ('{"HTTP_": "acme"}'), ('{}'),
    ('{"X-Tenant-ID": 42}'), ('{"X-Tenant-ID": -1.50}'), ('{"X-Tenant-ID": 1e3}'), ('{"X-Tenant-ID": "a.b@c+d~e|f_g-h"}'),
    ('{"X-Tenant-ID": ""}'), ('{"X-Tenant-ID": " acme"}'), ('{"X-Tenant-ID": "a,b"}'), ('{"X-Tenant-ID": "a/b"}'),
    ('{"X-Tenant-ID": "a:b"}'), ('{"X-Tenant-ID": "*"}'), ('{"X-Tenant-ID": true}'), ('{"X-Tenant-ID": null}'),
    ('{"X-Tenant-ID": ["acme"]}'), ('{"X-Tenant-ID": {"id": "acme"}}'), ('{"a": {"X-Tenant-ID": "acme"}}'),
    -- the same key twice: jsonb keeps the last; two spellings with one value
    ('{"X-Tenant-ID": "acme", "X-Tenant-ID": "globex"}'), ('{"X-Tenant-ID": "acme", "HTTP_X_TENANT_ID": "acme"}'),
    (NULL)) AS t(headers);
SELECT resolve_header('{"X-Tenant-ID": "acme", "HTTP_X_TENANT_ID": "globex"}');
-- the same value wherever it lies among the others
SELECT n, resolve_header(jsonb_build_object('h', repeat('.', n), 'X-Tenant-ID', 12, 'Accept-Language', 'en', 'HTTP_X_TENANT_ID', 12)) AS number,
       outcome(format('SELECT resolve_header(%L)', jsonb_build_object('h', repeat('.', n), 'X-Tenant-ID', 12, 'HTTP_X_TENANT_ID', 120))) AS other,
       resolve_header(jsonb_build_object('h', repeat('.', n), 'X-Tenant-ID', '{"a": [1]}'::jsonb, 'HTTP_X_TENANT_ID', '{"a": [1]}'::jsonb)) AS object,
       resolve_header(jsonb_build_object('h', repeat('.', n), 'X-Tenant-ID', true, 'HTTP_X_TENANT_ID', true, 'X_Tenant_ID', '{}'::jsonb)) AS boolean,
       resolve_header(jsonb_build_object('h', repeat('.', n), 'X-Tenant-ID', NULL, 'HTTP_X_TENANT_ID', NULL, 'X_Tenant_ID', '{}'::jsonb)) AS nothing,
       outcome(format('SELECT resolve_header(%L)', jsonb_build_object('h', repeat('.', n), 'X-Tenant-ID', true, 'HTTP_X_TENANT_ID', false))) AS booleans
    FROM generate_series(0, 4) n;
-- among more headers than jsonb has lengths without an offset for
SELECT resolve_header((SELECT jsonb_object_agg('h' || i, 'v' || i) FROM generate_series(1, 100) i) || '{"X-Tenant-ID": "acme", "X-Later-Header": 1}') AS id;
SELECT resolve_tenant((SELECT jsonb_object_agg('h' || i, 'v' || i) FROM generate_series(100, 200) i)
                      || '{"host": "acme.myapp.com", "session": {"tenant_id": "acme"}, "jwt_claims": []}') IS NOT NULL AS resolved;
SELECT headers, outcome(format('SELECT resolve_header(%L)', headers)) FROM (VALUES
    ('{"X-Tenant-ID": "acme", "x-tenant-id": "globex"}'), ('{"X-Tenant-ID": "42", "x-tenant-id": 42}'),
    ('{"X-Tenant-ID": 1, "x-tenant-id": 1.0}'), ('{"X-Tenant-ID": "acme", "x-tenant-id": null}'),
    ('{"X-Tenant-ID": ["a"], "x-tenant-id": ["a"]}'), ('{"X-Tenant-ID": ["a"], "x-tenant-id": ["b"]}'),
    ('{"A": 1, "a": 2, "X-Tenant-ID": "acme"}'), ('[]'), ('"acme"'), ('null'), ('1')) AS t(headers);
SELECT resolve_header(jsonb_build_object('X-Tenant-ID', repeat('a', 128))) IS NULL AS of_128,
       resolve_header(jsonb_build_object('X-Tenant-ID', repeat('a', 129))) IS NULL AS of_129,
       resolve_header('{"X-Tenant-ID": 1e200}') IS NULL AS number_of_201,
       resolve_header(jsonb_build_object('X-Tenant-ID', repeat('a', 10000000))) IS NULL AS ten_million;
SET djust_tenants.header = 'HTTP_X_ORG';
SELECT resolve_header('{"x-org": "acme"}') AS http, resolve_header('{"HTTP_X_ORG": "acme"}') AS cgi,
       resolve_header('{"X-Tenant-ID": "acme"}') AS other;
SET djust_tenants.header = 'x_org';
SELECT resolve_header('{"X_ORG": "acme"}') AS same, resolve_header('{"X-Org": "acme"}') AS hyphen;
RESET djust_tenants.header;

-- session, then JWT, then user
SELECT session, jwt, "user", resolve_session(session, jwt, "user") FROM (VALUES
    (jsonb '{"tenant_id": "s"}', jsonb '{"tenant_id": "j"}', jsonb '{"tenant_id": "u"}'),
    ('{}', '{"tenant_id": "j"}', '{"tenant_id": "u"}'), (NULL, '{"tenant_id": "j"}', '{"tenant_id": "u"}'),
    (NULL, NULL, '{"tenant_id": "u"}'), ('{}', '{}', '{}'), (NULL, NULL, NULL),
    ('{"tenant_id": 42}', NULL, NULL), ('{"tenant_id": "no id"}', '{"tenant_id": "j"}', NULL),
    ('{"tenant_id": null}', '{"tenant_id": ["x"]}', '{"tenant_id": "u"}'),
    ('{"tenant_id": true}', '{"tenant_id": {"tenant_id": "x"}}', NULL),
    ('{"Tenant_ID": "s"}', '{"TENANT_ID": "j"}', '{"tenant-id": "u"}')) AS t(session, jwt, "user");
SELECT resolve_session('{"tenant_id": "s"}') AS one_argument,
       resolve_session('{}', user_claims => '{"tenant_id": "u"}', jwt_claims => '{}') AS named;
SELECT call, outcome('SELECT resolve_session' || call) FROM (VALUES
    ('(''[]'')'), ('(''{}'', ''"x"'')'), ('(''{"tenant_id": "s"}'', NULL, ''1'')')) AS t(call);
SELECT resolve_session('{}', '[]');
SET djust_tenants.session_key = 'org';
SET djust_tenants.jwt_claim = 'https://example.com/org';
SELECT resolve_session('{"org": "s", "tenant_id": "x"}') AS session,
       resolve_session('{"tenant_id": "x"}', '{"https://example.com/org": "j"}') AS jwt,
       resolve_session('{}', '{"org": "x"}', '{"tenant_id": "u"}') AS "user";
RESET djust_tenants.session_key;
RESET djust_tenants.jwt_claim;

-- domain
INSERT INTO djust_tenants.tenant (id, name, settings, metadata, is_active) VALUES
    ('acme', 'Acme Ltd', '{"theme": "dark"}', '{"plan": "gold"}', true),
    ('globex', NULL, '{}', '{}', true), ('closed', 'Closed', '{}', '{}', false);
INSERT INTO djust_tenants.tenant_domain VALUES ('shop.acme.example', 'acme'), ('globex.example', 'globex'), ('closed.example', 'closed');
SELECT host, resolve_domain(host) FROM (VALUES
    ('shop.acme.example'), ('SHOP.Acme.Example.:8443'), ('acme.example'), ('x.shop.acme.example'), ('evilglobex.example'),
    ('globex.example'), ('closed.example'), ('shop.acme.example..'), ('127.0.0.1'), ('[::1]'), (''), (NULL)) AS t(host);
UPDATE djust_tenants.tenant_domain SET tenant_id = 'globex' WHERE domain = 'shop.acme.example';
SELECT resolve_domain('shop.acme.example');
DELETE FROM djust_tenants.tenant_domain WHERE domain = 'shop.acme.example';
SELECT resolve_domain('shop.acme.example');

-- a request: an object, its parts objects too; every key optional
SELECT resolve_tenant(NULL);
SELECT resolve_tenant('[]');
SELECT resolve_tenant('{"headers": "x"}');
SELECT * FROM tenants('{}', '1', '"x"', 'null', 'true', '{"headers": []}', '{"session": 1}', '{"jwt": "x"}', '{"user": true}',
    '{"headers": null, "session": null, "jwt": null, "user": null, "host": null, "path": null}', '{"more": [1]}',
    '{"host": 1}', '{"host": ["acme.myapp.com"]}', '{"host": {"host": "acme.myapp.com"}}', '{"host": true}',
    '{"Host": "acme.myapp.com"}', '{"host": "acme.myapp.com", "path": 42, "headers": {}}');
SELECT outcome('SELECT set_tenant_from_request(NULL)') AS entering, outcome('SELECT resolve_custom(NULL)') AS custom,
       outcome('SELECT set_tenant_from_request(''[]'')') AS entering_array, outcome('SELECT resolve_custom(''1'')') AS custom_number,
       outcome('SELECT resolve_custom(''{"user": 1}'')') AS custom_user;
-- of several parts that are wrong the same is always named
SELECT resolve_tenant('{"user": 1, "jwt": 2, "session": 3, "headers": 4}');
SELECT resolve_tenant('{"user": 1, "jwt": 2, "session": {}, "headers": null}');
BEGIN;
SET LOCAL djust_tenants.resolver = 'session,path,subdomain';
-- the parts are found among other keys, shorter and longer, before and after, however many; numbers and objects too
SELECT count(*), part, (resolve_tenant(part || others)).id
FROM (VALUES (0), (1), (15), (16), (17), (31), (32), (33), (200)) AS t(keys),
     LATERAL (SELECT coalesce(jsonb_object_agg(repeat('k', i % 9) || i, CASE i % 4
                  WHEN 0 THEN to_jsonb(i) WHEN 1 THEN '"odd"' WHEN 2 THEN '{"host": "x.myapp.com"}' ELSE 'null' END), '{}')
              FROM generate_series(1, keys) i) AS o(others),
     (VALUES ('{"host": "acme.myapp.com", "path": 42, "user": {"a": 1}, "jwt": {}, "headers": {"b": "c"}}'::jsonb),
             ('{"path": "", "host": "b.myapp.com", "session": {"tenant_id": 1.5}}'), ('{"hosts": "c.myapp.com"}')) AS p(part)
GROUP BY 2, 3 ORDER BY 2;
SELECT * FROM tenants('{"host": "a.myapp.com", "path": 42, "session": {"tenant_id": 17}}',
    '{"host": "a.myapp.com", "path": 42, "session": {}}', '{"host": "a.myapp.com", "path": null}');
-- the settings' parsed forms are restored with them
SAVEPOINT before;
SET LOCAL djust_tenants.subdomain_exclude = 'a, B';
SET LOCAL djust_tenants.path_exclude = 'c';
SELECT resolve_subdomain('a.myapp.com') AS a, resolve_subdomain('b.myapp.com') AS b, resolve_subdomain('www.myapp.com') AS www,
       resolve_path('/C/x') AS c, resolve_path('/api') AS api;
ROLLBACK TO before;
SELECT resolve_subdomain('a.myapp.com') AS a, resolve_subdomain('www.myapp.com') AS www, resolve_path('/c') AS c, resolve_path('/api') AS api;
SET LOCAL djust_tenants.resolver = 'path';
SELECT * FROM tenants('{"host": "a.myapp.com", "path": 42, "session": {"tenant_id": 17}}', '{"host": "a.myapp.com"}');
ROLLBACK TO before;
SELECT * FROM tenants('{"host": "a.myapp.com", "path": 42, "session": {"tenant_id": 17}}', '{"host": "a.myapp.com"}');
COMMIT;
SELECT * FROM tenants('{"host": "a.myapp.com", "path": 42, "session": {"tenant_id": 17}}');

-- the chain: the first match, in the order of the setting
SET djust_tenants.resolver = ' Header,SESSION , path,subdomain,domain';
SELECT * FROM tenants(
    '{"host": "sub.myapp.com", "path": "/p/x", "headers": {"X-Tenant-ID": "h"}, "session": {"tenant_id": "s"}}',
    '{"host": "sub.myapp.com", "path": "/p/x", "headers": {}, "session": {"tenant_id": "s"}}',
    '{"host": "sub.myapp.com", "path": "/p/x", "headers": {"X-Tenant-ID": "no id"}, "user": {"tenant_id": "u"}}',
    '{"host": "sub.myapp.com", "path": "/p/x", "jwt": {"tenant_id": 7}}', '{"host": "sub.myapp.com", "path": "/p/x"}',
    '{"host": "sub.myapp.com", "path": "/api"}', '{"host": "globex.example", "path": "/"}', '{"host": "www.myapp.com"}', '{}',
    '{"headers": {"X-Tenant-ID": "a", "HTTP_X_TENANT_ID": "b"}, "session": {"tenant_id": "s"}}');
SET djust_tenants.resolver = 'subdomain,header';
SELECT * FROM tenants('{"host": "sub.myapp.com", "headers": {"X-Tenant-ID": "h"}}', '{"path": "/p", "headers": {"X-Tenant-ID": "h"}}');
SET djust_tenants.resolver = 'path';
SELECT * FROM tenants('{"host": "sub.myapp.com", "path": 42}', '{"host": "sub.myapp.com", "path": ["a"]}');

-- the default, admitted like any other; an inactive tenant never falls through to it
SET djust_tenants.resolver = 'header,session';
SET djust_tenants.default_tenant = 'acme';
SELECT * FROM tenants('{}', '{"headers": {"X-Tenant-ID": "globex"}}', '{"headers": {"X-Tenant-ID": "closed"}}',
    '{"headers": {"X-Tenant-ID": "closed"}, "session": {"tenant_id": "globex"}}', '{"headers": {"X-Tenant-ID": "stranger"}}');
SET djust_tenants.require_registered = on;
SELECT * FROM tenants('{"headers": {"X-Tenant-ID": "stranger"}}', '{"headers": {"X-Tenant-ID": "Acme"}}', '{"headers": {"X-Tenant-ID": "acme"}}');
SET djust_tenants.default_tenant = 'stranger';
SELECT * FROM tenants('{}');
SET djust_tenants.default_tenant = 'closed';
SELECT * FROM tenants('{}', '{"session": {"tenant_id": "acme"}}');
RESET djust_tenants.require_registered;
RESET djust_tenants.default_tenant;
SET djust_tenants.tenant_required = on;
SELECT resolve_tenant('{}');
SELECT * FROM tenants('{}', '{"session": {"tenant_id": "acme"}}');
SELECT outcome('SELECT set_tenant_from_request(''{}'')');
SET djust_tenants.default_tenant = 'globex';
SELECT * FROM tenants('{}');
RESET djust_tenants.default_tenant;
RESET djust_tenants.tenant_required;

-- who learns what: the id alone for a role that row-level security binds
SELECT * FROM resolve_tenant('{"session": {"tenant_id": "acme"}}');
SELECT * FROM resolve_tenant('{"session": {"tenant_id": "globex"}}');
SELECT * FROM resolve_tenant('{"session": {"tenant_id": "stranger"}}');
SELECT resolve_tenant('{}') IS NULL AS none;
SET ROLE regress_resolve_bypass;
SELECT * FROM djust_tenants.resolve_tenant('{"session": {"tenant_id": "acme"}}');
SET ROLE regress_resolve_app;
SELECT * FROM djust_tenants.resolve_tenant('{"session": {"tenant_id": "acme"}}');
SELECT djust_tenants.resolve_domain('globex.example');
-- byte for byte the row that PostgreSQL forms, whatever the length of the id
SELECT n, (r).id = repeat('i', n) AS id, pg_catalog.record_image_eq(r, made) AS same, pg_column_size(r) = pg_column_size(made) AS size, kept
    FROM (SELECT n, djust_tenants.resolve_tenant(jsonb_build_object('session', jsonb_build_object('tenant_id', repeat('i', n)))) AS r,
                 ROW(repeat('i', n), NULL, NULL, NULL)::djust_tenants.tenant_info AS made,
                 (djust_tenants.resolve_tenant(jsonb_build_object('session', jsonb_build_object('tenant_id', repeat('k', n))))).id = repeat('k', n) AS kept
          FROM (VALUES (1), (10), (125), (126), (127), (128), (10)) AS t(n) OFFSET 0) AS t;
RESET ROLE;
-- whom row-level security binds can change, within a session and a transaction
CREATE FUNCTION seen_by_app() RETURNS text LANGUAGE sql SET role = regress_resolve_app AS
    $$ SELECT djust_tenants.resolve_tenant('{"session": {"tenant_id": "acme"}}')::text $$;
SELECT seen_by_app();
BEGIN;
ALTER ROLE regress_resolve_app BYPASSRLS;
SELECT seen_by_app();
ROLLBACK;
SELECT seen_by_app();
ALTER ROLE regress_resolve_app BYPASSRLS;
SELECT seen_by_app();
ALTER ROLE regress_resolve_app NOBYPASSRLS;
SELECT seen_by_app();
ALTER ROLE regress_resolve_app SUPERUSER;
SELECT seen_by_app();
ALTER ROLE regress_resolve_app NOSUPERUSER;
SELECT seen_by_app();
-- the row type can change too, though nobody should do that
ALTER EVENT TRIGGER djust_tenants_protect_extension DISABLE;
BEGIN;
ALTER TYPE djust_tenants.tenant_info ADD ATTRIBUTE more text;
SAVEPOINT altered;
SELECT seen_by_app();
ROLLBACK TO altered;
SELECT resolve_tenant('{"session": {"tenant_id": "acme"}}');
ROLLBACK;
SELECT seen_by_app();
BEGIN;
ALTER TYPE djust_tenants.tenant_info ALTER ATTRIBUTE name TYPE varchar;
SELECT seen_by_app();
ROLLBACK;
SELECT seen_by_app();
BEGIN;
ALTER TYPE djust_tenants.tenant_info ALTER ATTRIBUTE name TYPE int;
SAVEPOINT altered;
SELECT seen_by_app();
ROLLBACK TO altered;
SELECT resolve_tenant('{"session": {"tenant_id": "acme"}}');
ROLLBACK TO altered;
SELECT current_tenant();
ROLLBACK;
-- what was dropped again is not there
BEGIN;
ALTER TYPE djust_tenants.tenant_info ADD ATTRIBUTE more text, ADD ATTRIBUTE yet_more text;
ALTER TYPE djust_tenants.tenant_info DROP ATTRIBUTE more, DROP ATTRIBUTE yet_more;
SELECT seen_by_app();
SELECT * FROM resolve_tenant('{"session": {"tenant_id": "acme"}}');
SELECT resolve_tenant('{"session": {"tenant_id": "acme"}}');
ROLLBACK;
ALTER EVENT TRIGGER djust_tenants_protect_extension ENABLE ALWAYS;
SELECT seen_by_app();

-- entering
BEGIN;
SELECT * FROM set_tenant_from_request('{"session": {"tenant_id": "acme"}}');
SELECT current_tenant_id();
-- no tenant: yesterday's does not stay
SELECT set_tenant_from_request('{}') IS NULL AS none, current_tenant_id();
SELECT id FROM set_tenant_from_request('{"session": {"tenant_id": "globex"}}');
SAVEPOINT here;
SELECT set_tenant_from_request('{"session": {"tenant_id": "closed"}}');
ROLLBACK TO here;
SELECT current_tenant_id();
COMMIT;
SELECT current_tenant_id();
SELECT id, current_tenant_id() FROM set_tenant_from_request('{"session": {"tenant_id": "acme"}}', false);
SELECT current_tenant_id();
SELECT set_tenant_from_request('{}', false) IS NULL AS none;
SELECT current_tenant_id();
-- left for the transaction, when the tenant was the session's
SELECT id FROM set_tenant_from_request('{"session": {"tenant_id": "acme"}}', false);
BEGIN;
SELECT set_tenant_from_request('{}') IS NULL AS none, current_tenant_id();
COMMIT;
SELECT current_tenant_id();
SELECT clear_current_tenant();
-- at top level outside a transaction block
SELECT id FROM set_tenant_from_request('{"session": {"tenant_id": "acme"}}');
SELECT current_tenant_id();
DO $$ BEGIN PERFORM djust_tenants.set_tenant_from_request('{"session": {"tenant_id": "acme"}}'); END $$;
SELECT set_tenant_from_request('{}', NULL);
-- having entered it, a role may read it
SET ROLE regress_resolve_app;
BEGIN;
SELECT * FROM djust_tenants.set_tenant_from_request(is_local => true, request => '{"session": {"tenant_id": "acme"}}');
COMMIT;
RESET ROLE;

-- custom
SELECT resolve_custom('{}');
SET djust_tenants.resolver = 'header,custom';
-- said to every request, not only to those that come as far as the custom function
SELECT * FROM tenants('{}', '{"headers": {"X-Tenant-ID": "acme"}}');
CREATE FUNCTION "by Path"(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT request ->> 'path' $$;
SET djust_tenants.custom_resolver = '"Resolve Test"."by Path"';
SELECT left(path, 8) AS path, resolve_custom(jsonb_build_object('path', path)) FROM (VALUES ('acme'), ('no id'), (''), (NULL), (repeat('a', 129))) AS t(path);
SELECT * FROM tenants('{"path": "acme"}', '{"path": "closed"}', '{"path": "/x"}', '{}', '{"path": "acme", "headers": {"X-Tenant-ID": "h"}}');
SELECT * FROM resolve_tenant('{"path": "stranger"}');

CREATE FUNCTION by_user(request jsonb) RETURNS djust_tenants.tenant_info LANGUAGE plpgsql AS $$
BEGIN
    IF request ? 'raise' THEN RAISE EXCEPTION 'our own error' USING ERRCODE = 'XX999'; END IF;
    IF request ? 'none' THEN RETURN NULL; END IF;
    RETURN (request ->> 'path', 'Given', request -> 'user', request -> 'jwt')::djust_tenants.tenant_info;
END $$;
SET djust_tenants.custom_resolver = '"Resolve Test".BY_USER';
SELECT resolve_custom('{"path": "acme"}') AS id, resolve_custom('{"path": "a b"}') AS malformed, resolve_custom('{}') AS no_id,
       resolve_custom('{"none": 1}') AS none, outcome('SELECT resolve_custom(''{"raise": 1}'')') AS raising;
SELECT outcome('SELECT resolve_tenant(''{"raise": 1}'')') AS raising;
-- the registry's facts come before what the function gives; for a stranger, its objects count
SELECT * FROM resolve_tenant('{"path": "acme", "user": {"a": 1}, "jwt": {"b": 2}}');
SELECT * FROM resolve_tenant('{"path": "stranger", "user": {"a": 1}, "jwt": {"b": 2}}');
SELECT * FROM resolve_tenant('{"path": "stranger", "user": null}');
BEGIN;
SELECT * FROM set_tenant_from_request('{"path": "stranger", "user": {"a": 1}}');
SELECT * FROM current_tenant();
SELECT tenant_setting('a');
SELECT * FROM set_tenant_from_request('{"headers": {"X-Tenant-ID": "stranger"}}');
COMMIT;
SET ROLE regress_resolve_app;
BEGIN;
SELECT * FROM djust_tenants.resolve_tenant('{"path": "stranger", "user": {"a": 1}}');
SELECT * FROM djust_tenants.set_tenant_from_request('{"path": "stranger", "user": {"a": 1}}');
COMMIT;
RESET ROLE;
CREATE OR REPLACE FUNCTION by_user(request jsonb) RETURNS djust_tenants.tenant_info LANGUAGE sql AS
    $$ SELECT ('stranger', NULL, '[1]'::jsonb, '"text"'::jsonb)::djust_tenants.tenant_info $$;
SELECT * FROM resolve_tenant('{}');

-- functions that cannot serve
CREATE FUNCTION wrong_type(jsonb) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION wrong_set(jsonb) RETURNS SETOF text LANGUAGE sql AS $$ SELECT 'acme' $$;
CREATE FUNCTION wrong_argument(json) RETURNS text LANGUAGE sql AS $$ SELECT 'acme' $$;
CREATE FUNCTION wrong_number(jsonb, int DEFAULT 1) RETURNS text LANGUAGE sql AS $$ SELECT 'acme' $$;
CREATE FUNCTION step(text, jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'acme' $$;
CREATE AGGREGATE wrong_aggregate(jsonb) (SFUNC = step, STYPE = text);
CREATE PROCEDURE wrong_procedure(jsonb) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION pg_temp.hidden(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'acme' $$;
CREATE FUNCTION custom(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('djust_tenants.custom_resolver', name, true);
    RETURN outcome('SELECT djust_tenants.resolve_custom(''{}'')');
END $$;
SELECT name, custom(name) FROM (VALUES
    ('"Resolve Test".wrong_type'), ('"Resolve Test".wrong_set'), ('"Resolve Test".wrong_argument'), ('"Resolve Test".wrong_number'),
    ('"Resolve Test".wrong_aggregate'), ('"Resolve Test".wrong_procedure'), ('pg_temp.hidden'), ('"Resolve Test".missing'),
    ('resolve_test.missing')) AS t(name);
SET djust_tenants.custom_resolver = '"Resolve Test".missing';
SELECT resolve_custom('{}');
SET djust_tenants.custom_resolver = '"Resolve Test".wrong_type';
SELECT resolve_custom('{}');
-- a resolver that calls itself ends at the stack's limit
SELECT left(custom('djust_tenants.resolve_custom'), 5);

-- with the caller's rights
CREATE FUNCTION who(jsonb) RETURNS text LANGUAGE sql AS 'SELECT current_user::text';
SET djust_tenants.custom_resolver = '"Resolve Test".who';
SELECT current_user = resolve_custom('{}') AS caller;
SET ROLE regress_resolve_app;
SELECT djust_tenants.resolve_custom('{}');
SELECT * FROM djust_tenants.resolve_tenant('{}');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION who FROM PUBLIC;
SET ROLE regress_resolve_app;
SELECT djust_tenants.resolve_custom('{}');
RESET ROLE;
GRANT EXECUTE ON FUNCTION who TO regress_resolve_app;
REVOKE USAGE ON SCHEMA "Resolve Test" FROM regress_resolve_app;
SET ROLE regress_resolve_app;
SELECT djust_tenants.set_tenant_from_request('{}');
RESET ROLE;
GRANT USAGE ON SCHEMA "Resolve Test" TO regress_resolve_app;
-- a function that changes the settings under the chain
CREATE FUNCTION meddling(jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('djust_tenants.resolver', repeat('domain,', 50) || 'domain', true);
    RETURN NULL;
END $$;
SET djust_tenants.custom_resolver = '"Resolve Test".meddling';
SET djust_tenants.resolver = 'custom,header';
SELECT * FROM tenants('{"headers": {"X-Tenant-ID": "acme"}}');
RESET djust_tenants.custom_resolver;
RESET djust_tenants.resolver;

-- the settings: superusers only, and only values that make sense
SET ROLE regress_resolve_app;
SELECT name, outcome(format('SELECT set_config(%L, %L, false)', 'djust_tenants.' || name, value)) FROM (VALUES
    ('resolver', 'header'), ('main_domain', 'evil.com'), ('subdomain_exclude', ''), ('path_position', '2'), ('path_exclude', ''),
    ('header', 'X'), ('session_key', 'x'), ('jwt_claim', 'x'), ('custom_resolver', 'a.b'), ('default_tenant', 'acme'),
    ('tenant_required', 'off'), ('require_registered', 'off')) AS t(name, value);
RESET ROLE;
SELECT name, value, outcome(format('SELECT set_config(%L, %L, true)', 'djust_tenants.' || name, value)) FROM (VALUES
    ('resolver', ''), ('resolver', 'host'), ('resolver', 'header,'), ('resolver', 'header;path'), ('resolver', ','),
    ('main_domain', '.myapp.com'), ('main_domain', 'myapp.com.'), ('main_domain', 'http://myapp.com'), ('main_domain', 'myapp.com:80'),
    ('main_domain', 'my app'), ('main_domain', '1.2.3.4'), ('main_domain', '10'),
    ('subdomain_exclude', 'www,,api'), ('subdomain_exclude', 'w w'), ('path_exclude', 'a/b'),
    ('path_position', '0'), ('path_position', '-1'), ('path_position', 'x'), ('header', ''), ('header', ' X'), ('header', 'X Tenant'),
    ('header', 'X-Tenant-ID:'), ('header', 'X(1)'), ('session_key', ''), ('jwt_claim', ''), ('custom_resolver', 'unqualified'),
    ('custom_resolver', 'a.b.c'), ('custom_resolver', 'a.'), ('custom_resolver', 'a.b(jsonb)'), ('custom_resolver', 'a.b()'),
    ('custom_resolver', 'a-b.c'), ('custom_resolver', '"a".b,c'),
    ('default_tenant', 'no id'), ('default_tenant', 'a,b'), ('tenant_required', 'x')) AS t(name, value);
SET djust_tenants.main_domain = '1.2.3.4';
SET djust_tenants.header = 'X Tenant';
SET djust_tenants.custom_resolver = 'a.b(jsonb)';
SELECT name, value, outcome(format('SELECT set_config(%L, %L, true)', 'djust_tenants.' || name, value)) FROM (VALUES
    ('main_domain', '1and1.com'), ('main_domain', '3.example.4a'), ('header', $$!#$%&'*+-.^_`|~09azAZ$$),
    ('custom_resolver', 'a.B_$9'), ('custom_resolver', ' a . "b(jsonb) of ""c""" ')) AS t(name, value);

-- what the catalogs say
SELECT proname, pg_get_function_arguments(oid) AS arguments, pg_get_function_result(oid) AS result, provolatile, proparallel, prosecdef,
       proisstrict, has_function_privilege('regress_resolve_app', oid, 'EXECUTE') AS everyone, obj_description(oid, 'pg_proc') IS NOT NULL AS described
    FROM pg_proc WHERE pronamespace = 'djust_tenants'::regnamespace AND (proname LIKE 'resolve\_%' OR proname = 'set_tenant_from_request')
    ORDER BY proname COLLATE "C";

DELETE FROM djust_tenants.tenant_domain WHERE tenant_id IN ('acme', 'globex', 'closed');
DELETE FROM djust_tenants.tenant WHERE id IN ('acme', 'globex', 'closed');
SET client_min_messages TO warning;
DROP SCHEMA "Resolve Test" CASCADE;
DROP ROLE regress_resolve_app, regress_resolve_bypass;
