-- Channels that belong to a tenant: their names, and the guard that keeps LISTEN and NOTIFY to them.
LOAD 'djust_tenants';
CREATE SCHEMA "Notify Test";
CREATE ROLE regress_notify_app;
CREATE ROLE regress_notify_admin BYPASSRLS;
GRANT USAGE, CREATE ON SCHEMA "Notify Test" TO regress_notify_app, regress_notify_admin;
SET search_path TO "Notify Test";
SET djust_tenants.tenant_id = 'acme';

-- the name: as tenant_key's where it fits into 63 bytes, else hashed; always the tenant's alone
SELECT djust_tenants.tenant_channel('orders');
SELECT djust_tenants.tenant_channel('a:b'), djust_tenants.tenant_channel('Größe "x"');
SELECT n, octet_length(djust_tenants.tenant_channel(repeat('c', n))) AS length,
    djust_tenants.tenant_channel(repeat('c', n)) = djust_tenants.tenant_key(repeat('c', n)) AS plain
FROM unnest('{1,50,51,52,53,100000}'::int[]) n;
SELECT djust_tenants.tenant_channel(repeat('c', 52));
-- the hash is the first 160 bits of SHA-256, in base64url: of the id, and of the channel
SELECT djust_tenants.tenant_channel(repeat('c', 52)) =
    'tenant#' || rtrim(translate(encode(substr(sha256('acme'), 1, 20), 'base64'), '+/', '-_'), '=') ||
    ':' || rtrim(translate(encode(substr(sha256(convert_to(repeat('c', 52), 'utf8')), 1, 20), 'base64'), '+/', '-_'), '=') AS as_documented;
-- ids of every length: at most 63 bytes, and two ids or channels that differ at their end alone have two names
CREATE FUNCTION channel_of(id text, channel text) RETURNS text LANGUAGE plpgsql SET djust_tenants.tenant_id = '' AS
    $$ BEGIN PERFORM set_config('djust_tenants.tenant_id', id, true); RETURN djust_tenants.tenant_channel(channel); END $$;
SELECT count(*), count(DISTINCT name), max(octet_length(name)) AS longest,
    count(*) FILTER (WHERE name LIKE 'tenant:%') AS plain, count(*) FILTER (WHERE name LIKE 'tenant#%') AS hashed
FROM (SELECT channel_of(repeat('i', n) || id_end, channel) AS name FROM generate_series(1, 127) n,
    unnest('{x,y}'::text[]) id_end, unnest('{orders1,orders2}'::text[]) channel OFFSET 0) named;
SHOW djust_tenants.tenant_id;
\set VERBOSITY default
SELECT djust_tenants.tenant_channel('');
SELECT djust_tenants.tenant_channel(NULL);
SELECT djust_tenants.notify_tenant('');
SELECT djust_tenants.notify_tenant(NULL, 'x');
SELECT djust_tenants.notify_tenant('orders', repeat('p', 8000));
SELECT djust_tenants.notify_tenant('orders', repeat('p', 7999));
SELECT djust_tenants.notify_tenant('orders'), djust_tenants.notify_tenant('orders', NULL);
RESET djust_tenants.tenant_id;
SELECT djust_tenants.tenant_channel('orders');
SELECT djust_tenants.notify_tenant('orders');
\set VERBOSITY sqlstate
SELECT djust_tenants.tenant_channel('orders');
SELECT djust_tenants.notify_tenant('');
SET djust_tenants.tenant_id = 'acme';
SELECT djust_tenants.notify_tenant('');

-- today's truth, with the guard off: channels belong to the database
SET ROLE regress_notify_app;
LISTEN "tenant:globex:orders";
NOTIFY "tenant:globex:secret", 'x';
SELECT pg_notify('tenant:globex:secret', 'x');
SELECT pg_listening_channels();
UNLISTEN *;
SET djust_tenants.guard_notify = on;
RESET ROLE;

-- on: the current tenant's alone
SET djust_tenants.guard_notify = on;
SET ROLE regress_notify_app;
\set VERBOSITY default
LISTEN "tenant:globex:orders";
SELECT pg_notify('tenant:acme:orders', 'x');
\set VERBOSITY terse
NOTIFY "tenant:globex:orders", 'x';
UNLISTEN "tenant:globex:orders";
LISTEN orders;
LISTEN "tenant:acme";
LISTEN "tenant:acmes:orders";
LISTEN "tenant:acm:orders";
LISTEN "TENANT:acme:orders";
LISTEN "tenant#acme:orders";
LISTEN "tenant:acme:orders";
UNLISTEN "tenant:acme:orders";
LISTEN "tenant:acme:orders";
SELECT pg_listening_channels();
UNLISTEN *;
SELECT pg_listening_channels();
-- a name that PostgreSQL cuts to 63 bytes is nobody's channel: the id does not fit
SET djust_tenants.tenant_id = 'iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii';
LISTEN "tenant:iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii:orders";
SELECT format('LISTEN %I', djust_tenants.tenant_channel('orders')) \gexec
SELECT pg_listening_channels() = djust_tenants.tenant_channel('orders') AS listens;
SET djust_tenants.tenant_id = 'iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiij';
SELECT format('UNLISTEN %I', pg_listening_channels()) \gexec
UNLISTEN *;
-- an id that begins as another one
SET djust_tenants.tenant_id = 'tenant';
LISTEN "tenant:tenant:x";
LISTEN "tenant:x";
UNLISTEN *;
-- without a tenant: none
RESET djust_tenants.tenant_id;
LISTEN "tenant::orders";
NOTIFY "tenant:acme:orders";
SELECT pg_notify('x', 'x');
UNLISTEN *;
SET djust_tenants.tenant_id = 'acme';

-- side ways: through DO, EXECUTE, functions of every language, rules, triggers, views, operators, prepared statements
DO $$ BEGIN LISTEN "tenant:globex:x"; END $$;
DO $$ BEGIN EXECUTE 'NOTIFY "tenant:globex:x"'; END $$;
DO $$ BEGIN PERFORM pg_notify('tenant:globex:x', ''); END $$;
DO $$ BEGIN IF pg_notify('tenant:globex:x', '')::text = '' THEN END IF; END $$;
CREATE FUNCTION by_sql() RETURNS void LANGUAGE sql AS $$ SELECT pg_notify('tenant:globex:x', '') $$;
SELECT by_sql();
CREATE FUNCTION by_sql_notify() RETURNS void LANGUAGE sql AS $$ NOTIFY "tenant:globex:x" $$;
SELECT by_sql_notify();
CREATE FUNCTION folded() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_notify('tenant:globex:x', '')::text $$;
SELECT folded();
SELECT 1 WHERE folded() = 'x';
SELECT count(*) FROM generate_series(1, 2) i WHERE pg_notify('tenant:globex:x', i::text) IS NOT NULL;
SELECT * FROM pg_notify('tenant:globex:x', '');
SELECT (SELECT pg_notify('tenant:globex:x', '')) IS NULL;
CREATE TABLE written (id int, note text DEFAULT pg_notify('tenant:globex:x', '')::text);
INSERT INTO written (id) VALUES (1);
CREATE TABLE ruled (id int);
CREATE RULE tell AS ON INSERT TO ruled DO ALSO NOTIFY "tenant:globex:x";
INSERT INTO ruled VALUES (1);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('tenant:globex:x', NEW.id::text); RETURN NEW; END $$;
CREATE TABLE triggered (id int);
CREATE TRIGGER tell BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION tell();
INSERT INTO triggered VALUES (1);
CREATE CONSTRAINT TRIGGER tell_later AFTER INSERT ON triggered INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell();
DROP TRIGGER tell ON triggered;
BEGIN;
INSERT INTO triggered VALUES (1);
COMMIT;
CREATE VIEW telling AS SELECT pg_notify('tenant:globex:x', '')::text;
SELECT * FROM telling;
CREATE OPERATOR !!! (FUNCTION = pg_notify, LEFTARG = text, RIGHTARG = text);
SELECT 'tenant:globex:x' !!! 'x'::text;
PREPARE tell AS SELECT pg_notify('tenant:globex:x', $1);
EXECUTE tell('x');
DEALLOCATE tell;
COPY (SELECT pg_notify('tenant:globex:x', '')) TO STDOUT;
DECLARE telling CURSOR WITH HOLD FOR SELECT pg_notify('tenant:globex:x', '');
SELECT query_to_xml('SELECT pg_notify(''tenant:globex:x'', '''')', true, false, '') IS NULL;
CREATE FUNCTION alias(text, text) RETURNS void LANGUAGE internal AS 'pg_notify';
-- through notify_tenant there is no way out of the tenant
SELECT djust_tenants.notify_tenant(':globex:x', 'x'), djust_tenants.notify_tenant('tenant:globex:x', 'x');

-- the setting is the superusers'
SET djust_tenants.guard_notify = off;
SELECT set_config('djust_tenants.guard_notify', 'off', false);
-- an exempt role is not bound, and a function of its own tells everybody
RESET ROLE;
SET ROLE regress_notify_admin;
LISTEN everybody;
NOTIFY "tenant:globex:x";
SELECT pg_notify('tenant:globex:x', '');
UNLISTEN *;
CREATE FUNCTION broadcast(payload text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT pg_notify('everybody', payload) $$;
RESET ROLE;
SET ROLE regress_notify_app;
SELECT broadcast('x');
RESET ROLE;
-- a plan that an exempt role has made
SET ROLE regress_notify_admin;
PREPARE tell AS SELECT pg_notify('tenant:globex:x', $1);
EXECUTE tell('x');
SET ROLE regress_notify_app;
EXECUTE tell('x');
RESET ROLE;

RESET djust_tenants.guard_notify;
RESET djust_tenants.tenant_id;
DEALLOCATE ALL;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Notify Test" CASCADE;
DROP ROLE regress_notify_app, regress_notify_admin;
