# shellcheck shell=bash
# A database with everything that a dump or an upgrade must keep, and what to compare; source it after common.sh.
#   make_world DATABASE   makes it, with the roles regress_owner, regress_app and regress_signup
#   catalogs, data, behaviour DATABASE

make_world() {
    must postgres "CREATE DATABASE $1" 'CREATE ROLE regress_owner LOGIN' 'CREATE ROLE regress_app LOGIN' \
        'CREATE ROLE regress_signup LOGIN'
    must "$1" 'CREATE EXTENSION djust_tenants' 'CREATE SCHEMA "App Data" AUTHORIZATION regress_owner' \
        'GRANT USAGE ON SCHEMA "App Data" TO regress_app' \
        'GRANT SELECT, INSERT, UPDATE ON djust_tenants.tenant TO regress_signup'

    # The application's owner makes and scopes the tables; a superuser the registry rows.
    psql -qX -v ON_ERROR_STOP=1 -d "$1" -U regress_owner >/dev/null <<'SQL'
SET search_path = "App Data";
SET client_min_messages = warning;

-- the column added, and filled
CREATE TABLE customer (id int PRIMARY KEY, name text UNIQUE);
INSERT INTO customer SELECT i, 'customer ' || i FROM generate_series(1, 10) i;
SELECT djust_tenants.scope_table('customer', backfill => 'a', column_type => 'varchar(40)');

-- filled from the parent, and a foreign key that needs every parent row at restore
CREATE TABLE invoice (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total numeric,
                      doubled numeric GENERATED ALWAYS AS (total * 2) STORED);
INSERT INTO invoice SELECT i, i, i * 1.5 FROM generate_series(1, 10) i;
SELECT djust_tenants.scope_table('invoice', column_type => 'varchar(40)', backfill_from => 'customer_id');

-- partitions of two levels, one attached with another order of columns
CREATE TABLE event (id int, tenant_id text NOT NULL, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (at);
CREATE TABLE event_2024_rest PARTITION OF event_2024 DEFAULT;
SELECT djust_tenants.scope_table('event');
CREATE TABLE loose (at date NOT NULL, gone int, id int NOT NULL, tenant_id text NOT NULL);
ALTER TABLE loose DROP COLUMN gone;
ALTER TABLE event ATTACH PARTITION loose FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;

-- inheritance
CREATE TABLE base (id serial, tenant_id text, note text);
CREATE TABLE derived (extra text) INHERITS (base);
SELECT djust_tenants.scope_table('base');
CREATE TABLE later (more text) INHERITS (base);

-- policies of its own
CREATE TABLE document (id int PRIMARY KEY, tenant_id text, secret boolean);
SELECT djust_tenants.scope_table('document');
CREATE POLICY public_only ON document FOR SELECT USING (NOT secret);
CREATE POLICY write_all ON document FOR INSERT WITH CHECK (true);

-- typed columns, a domain, names that need quoting
CREATE DOMAIN org AS bigint CHECK (VALUE > 0);
CREATE TABLE by_uuid (id int, tenant_id uuid);
CREATE TABLE by_bigint (id int, "Org Id" bigint);
CREATE TABLE by_integer (id int, tenant_id integer);
CREATE TABLE "By Domain" (id int, tenant_id org NOT NULL);
SELECT djust_tenants.scope_table('by_uuid'), djust_tenants.scope_table('by_bigint', 'Org Id'),
       djust_tenants.scope_table('by_integer'), djust_tenants.scope_table('"By Domain"');

-- views, and a table that is not scoped
SELECT djust_tenants.create_scoped_view('customer'), djust_tenants.create_scoped_view('document', 'My "Docs"');
CREATE TABLE country (code text PRIMARY KEY);
INSERT INTO country VALUES ('de'), ('nl');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "App Data" TO regress_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA "App Data" TO regress_app;
SQL
    psql -qX -v ON_ERROR_STOP=1 -d "$1" >/dev/null <<'SQL'
SET search_path = "App Data";
INSERT INTO customer VALUES (11, 'other', 'b');
INSERT INTO invoice (id, customer_id, total, tenant_id) VALUES (11, 11, 7, 'b');
INSERT INTO event SELECT i, (ARRAY['a','b'])[i % 2 + 1], date '2023-06-01' + i * 90 FROM generate_series(1, 12) i;
INSERT INTO base (tenant_id, note) VALUES ('a', 'a1'), ('b', 'b1');
INSERT INTO derived (tenant_id, note, extra) VALUES ('a', 'a2', 'x'), ('b', 'b2', 'y');
INSERT INTO later (tenant_id, more) VALUES ('a', 'z');
INSERT INTO document VALUES (1, 'a', false), (2, 'a', true), (3, 'b', false);
INSERT INTO by_uuid VALUES (1, '11111111-1111-1111-1111-111111111111'), (2, '22222222-2222-2222-2222-222222222222');
INSERT INTO by_bigint VALUES (1, 7), (2, 8);
INSERT INTO by_integer VALUES (1, 7), (2, 8);
INSERT INTO "By Domain" VALUES (1, 7), (2, 8);
INSERT INTO djust_tenants.tenant (id, name, settings, is_active) VALUES
    ('a', 'Tenant A', '{"plan": "gold"}', true), ('off', 'gone', '{}', false);
INSERT INTO djust_tenants.tenant_domain VALUES ('a.example', 'a'), ('www.a.example', 'a');
-- an operator of its own that is allowed, a built-in one that is not
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
SELECT djust_tenants.allow_operator('===(text,text)'), djust_tenants.disallow_operator('~(text,text)');
SQL
}

# Everything that should be the same, without OIDs.
catalogs() {
    ask "$1" "SELECT schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2, 3"
    ask "$1" "SELECT c.oid::regclass, relkind, relrowsecurity, relforcerowsecurity, relowner::regrole,
                     (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) a), reloptions
              FROM pg_class c WHERE relnamespace = '\"App Data\"'::regnamespace ORDER BY relname"
    ask "$1" "SELECT a.attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)
              FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
              WHERE relnamespace = '\"App Data\"'::regnamespace AND attnum > 0 AND NOT attisdropped ORDER BY relname, attname"
    ask "$1" "SELECT indrelid::regclass, replace(pg_get_indexdef(indexrelid), 'ONLY ', '') FROM pg_index JOIN pg_class c ON c.oid = indrelid
              WHERE relnamespace = '\"App Data\"'::regnamespace ORDER BY relname, 2"
    ask "$1" "SELECT viewname, viewowner, definition FROM pg_views WHERE schemaname = 'App Data' ORDER BY 1"
    ask "$1" "SELECT target, tenant_column, column_type, index_name, policy_ok FROM djust_tenants.scoped_table ORDER BY target::text"
    ask "$1" 'SELECT * FROM djust_tenants.tenant ORDER BY id'
    ask "$1" 'SELECT * FROM djust_tenants.tenant_domain ORDER BY domain'
    ask "$1" 'SELECT operator, reason, built_in FROM djust_tenants.operator_rule WHERE NOT built_in ORDER BY operator'
    ask "$1" "SELECT operator, built_in FROM djust_tenants.allowed_operator WHERE NOT built_in OR operator = '~(text,text)'::regoperator"
    ask "$1" 'SELECT count(*) FROM djust_tenants.allowed_operator'
    ask "$1" 'SELECT evtname, evtevent, evtenabled, evttags FROM pg_event_trigger ORDER BY 1'
}
data() { # every row of every table, as a superuser
    ask "$1" "SELECT format('SELECT %L, t FROM ONLY %s t ORDER BY t::text;', oid::regclass, oid::regclass) FROM pg_class
              WHERE relnamespace = '\"App Data\"'::regnamespace AND relkind = 'r' ORDER BY relname" |
        psql -qXAt -d "$1" 2>&1
}
# What roles get: the application as two tenants and as nobody, the owner, the sign-up service.
behaviour() {
    local tenant role table
    for role in regress_app regress_owner; do
        for tenant in a b 7 11111111-1111-1111-1111-111111111111 off ''; do
            echo "SET djust_tenants.tenant_id = '$tenant';"
            for table in customer invoice event event_2024 loose base derived later document by_uuid by_bigint \
                by_integer '"By Domain"' customer_scoped '"My ""Docs"""' country; do
                echo "SELECT '$role', '$tenant', '$table', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text))
                      FROM \"App Data\".$table t;"
            done
        done | ask_all "$1" $role
    done
    ask_all "$1" regress_app <<'SQL'
BEGIN;
SET LOCAL djust_tenants.tenant_id = 'a';
SET LOCAL search_path = "App Data";
INSERT INTO customer (id, name) VALUES (90, 'new') RETURNING tenant_id;
INSERT INTO invoice (id, customer_id, total) VALUES (90, 90, 1) RETURNING tenant_id, doubled;
INSERT INTO event (id, at) VALUES (90, '2025-05-05'), (91, '2024-05-05'), (92, '2030-01-01')
    RETURNING tableoid::regclass, tenant_id;
INSERT INTO derived (note) VALUES ('new') RETURNING tenant_id;
INSERT INTO customer_scoped VALUES (91, 'view') RETURNING *;
UPDATE invoice SET total = 0 RETURNING id;
DELETE FROM base RETURNING note;
SET LOCAL djust_tenants.tenant_id = '7';
INSERT INTO "By Domain" (id) VALUES (9) RETURNING tenant_id;
ROLLBACK;
SET search_path = "App Data";
SET djust_tenants.tenant_id = 'a';
INSERT INTO customer VALUES (92, 'foreign', 'b');
SELECT name, settings FROM djust_tenants.current_tenant();
SET djust_tenants.tenant_id = 'off';
INSERT INTO customer VALUES (92, 'off');
RESET djust_tenants.tenant_id;
INSERT INTO customer VALUES (92, 'nobody');
SELECT djust_tenants.resolve_domain('www.a.example'), count(*) FROM djust_tenants.tenant;
SQL
    ask "$1" 'SELECT count(*) FROM djust_tenants.tenant' regress_signup
}
