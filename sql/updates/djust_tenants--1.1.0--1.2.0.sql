\echo Use "ALTER EXTENSION djust_tenants UPDATE TO '1.2.0'" to load this file. \quit

-- Signed mode: keys, tokens, role fences; the guards of side doors; channels of a tenant.

SET LOCAL search_path TO pg_catalog, pg_temp;

-- The keys that tokens are verified with. Read and written by superusers alone, also by those who have BYPASSRLS and
-- pg_read_all_data: the library refuses everybody else (see src/signing_key.cpp). Not in a dump: a dump is no place for
-- secrets, unless dump_signing_keys says so.

CREATE TABLE djust_tenants.signing_key_material (
    key_id text COLLATE "C" PRIMARY KEY
        CONSTRAINT signing_key_id_well_formed CHECK (key_id ~ '^[ -~]{1,255}$'),
    algorithm text COLLATE "C" NOT NULL,
    material bytea NOT NULL,
    not_after timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE djust_tenants.signing_key_material IS
    'secret: the keys themselves; add_signing_key and drop_signing_key change it, the view signing_key shows the rest';
REVOKE ALL ON djust_tenants.signing_key_material FROM PUBLIC;
ALTER TABLE djust_tenants.signing_key_material ENABLE ROW LEVEL SECURITY;
-- No copy of a key elsewhere: neither in pg_statistic nor in a TOAST table.
ALTER TABLE djust_tenants.signing_key_material
    ALTER COLUMN material SET STATISTICS 0,
    ALTER COLUMN material SET STORAGE PLAIN;

CREATE TRIGGER signing_key_changed AFTER INSERT OR UPDATE OR DELETE ON djust_tenants.signing_key_material
    FOR EACH ROW EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER signing_key_truncated AFTER TRUNCATE ON djust_tenants.signing_key_material
    FOR EACH STATEMENT EXECUTE FUNCTION djust_tenants.registry_changed();
ALTER TABLE djust_tenants.signing_key_material
    ENABLE ALWAYS TRIGGER signing_key_changed, ENABLE ALWAYS TRIGGER signing_key_truncated;

-- No fingerprint: of a weak secret it is enough to guess at.
CREATE VIEW djust_tenants.signing_key AS
    SELECT key_id, algorithm, not_after, created_at, (not_after IS NULL OR clock_timestamp() < not_after) AS is_valid
    FROM djust_tenants.signing_key_material;
COMMENT ON VIEW djust_tenants.signing_key IS 'the keys that tokens are verified with, without the keys themselves; for superusers';
REVOKE ALL ON djust_tenants.signing_key FROM PUBLIC;

CREATE FUNCTION djust_tenants.add_signing_key(key_id text, algorithm text, key text, not_after timestamptz DEFAULT NULL)
    RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_add_signing_key';
REVOKE ALL ON FUNCTION djust_tenants.add_signing_key(text, text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.add_signing_key(text, text, text, timestamptz) IS
    'adds a key that tokens are verified with: a secret for HS256, HS384, HS512, else a public key in PEM. A key that is there already gets the new not_after. Warns when PUBLIC can read tokens on their way. For superusers (42501); 22023 for NULL, an unknown algorithm, a weak or private key, another key under the same id';

CREATE FUNCTION djust_tenants.add_signing_keys(jwks jsonb) RETURNS integer
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_add_signing_keys';
REVOKE ALL ON FUNCTION djust_tenants.add_signing_keys(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.add_signing_keys(jsonb) IS
    'adds the keys of a JSON Web Key Set, or one key, all or none; keys that are there already stay as they are; keys of a set that do not verify signatures, or are of an unknown kind, are left out (NOTICE). Returns how many of the set are there now. For superusers (42501); 22023 as add_signing_key, for a key without kid, and when none is left';

CREATE FUNCTION djust_tenants.drop_signing_key(key_id text) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_drop_signing_key';
REVOKE ALL ON FUNCTION djust_tenants.drop_signing_key(text) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.drop_signing_key(text) IS
    'removes a key: its tokens count no more, in any session. For superusers (42501); 42704 for an unknown key id, 22023 for NULL';

CREATE FUNCTION djust_tenants.dump_signing_keys(include boolean) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_dump_signing_keys';
REVOKE ALL ON FUNCTION djust_tenants.dump_signing_keys(boolean) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.dump_signing_keys(boolean) IS
    'whether pg_dump of this database has the keys in it; then only superusers can dump it. For superusers (42501); 22023 for NULL';

-- Role fences: the tenants that a role may enter, where any are named for it. See doc/fences.md.

CREATE TABLE djust_tenants.tenant_role_fence (
    -- pg_upgrade keeps the OIDs of roles, and dumps have their names.
    role regrole,
    tenant_id text COLLATE "C"
        CONSTRAINT tenant_role_fence_well_formed CHECK (tenant_id ~ '^[A-Za-z0-9_.@+~|-]{1,128}$'),
    PRIMARY KEY (role, tenant_id)
);
COMMENT ON TABLE djust_tenants.tenant_role_fence IS
    'what djust_tenants.tenant_role shows and allow_tenant and disallow_tenant write; for superusers';
-- A dropped role's number may be another role's where the dump is restored.
SELECT pg_catalog.pg_extension_config_dump('djust_tenants.tenant_role_fence',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid OPERATOR(pg_catalog.=) role::pg_catalog.oid)');

-- Changes reach the caches of every backend, as those of the registry do.
CREATE TRIGGER tenant_role_changed AFTER INSERT OR UPDATE OR DELETE ON djust_tenants.tenant_role_fence
    FOR EACH ROW EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER tenant_role_truncated AFTER TRUNCATE ON djust_tenants.tenant_role_fence
    FOR EACH STATEMENT EXECUTE FUNCTION djust_tenants.registry_changed();
ALTER TABLE djust_tenants.tenant_role_fence
    ENABLE ALWAYS TRIGGER tenant_role_changed, ENABLE ALWAYS TRIGGER tenant_role_truncated;

-- No policy lets anybody in but those whom row-level security does not bind, whatever is granted one day.
ALTER TABLE djust_tenants.tenant_role_fence ENABLE ROW LEVEL SECURITY;

-- A barrier: a condition of the reader's must not see others' rows.
CREATE VIEW djust_tenants.tenant_role WITH (security_barrier) AS
    SELECT f.role, f.tenant_id
    FROM djust_tenants.tenant_role_fence f
    JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) f.role::pg_catalog.oid
    WHERE pg_catalog.pg_has_role(r.oid, 'MEMBER');
COMMENT ON VIEW djust_tenants.tenant_role IS
    'which tenants a role with a fence may enter; everybody sees the roles that he is a member of, superusers all';
GRANT SELECT ON djust_tenants.tenant_role TO PUBLIC;

CREATE FUNCTION djust_tenants.allow_tenant(role regrole, tenant_id text) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_allow_tenant';
REVOKE ALL ON FUNCTION djust_tenants.allow_tenant(regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.allow_tenant(regrole, text) IS
    'the role may enter the tenant, and from its first row on no other than those allowed; doing it again changes nothing. For superusers (42501); 22023 for NULL and a malformed id, 42704 for a role that does not exist';

CREATE FUNCTION djust_tenants.disallow_tenant(role regrole, tenant_id text) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_disallow_tenant';
REVOKE ALL ON FUNCTION djust_tenants.disallow_tenant(regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.disallow_tenant(regrole, text) IS
    'takes back allow_tenant; with the last row the role''s fence goes, and it may enter every tenant again. Where there is no such row it changes nothing. For superusers (42501); 22023 for NULL and a malformed id, 42704 for a role that does not exist';

-- Tokens: what a valid one says, and making them.

CREATE FUNCTION djust_tenants.token_tenant(token text) RETURNS text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_token_tenant';
COMMENT ON FUNCTION djust_tenants.token_tenant(text) IS
    'verifies a token and returns the id of the tenant that it names; enters nothing, and does not use up a token that counts once. 22023 for a malformed one and for NULL, 42501 for one that is not valid, 42704 for one of an unknown key';

CREATE FUNCTION djust_tenants.sign_token(tenant_id text, key_id text, lifetime interval DEFAULT '5 minutes',
                                         claims jsonb DEFAULT '{}') RETURNS text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_sign_token';
REVOKE ALL ON FUNCTION djust_tenants.sign_token(text, text, interval, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.sign_token(text, text, interval, jsonb) IS
    'makes a token for a tenant, signed with a secret (HS256, HS384, HS512); a negative lifetime makes an expired one. What claims has is kept as it is. For superusers (42501); 42704 for an unknown key id, 22023 for NULL, a malformed tenant id, a public key, claims that are no object or name another tenant';

-- Tokens, handed over as an argument or by PostgREST.

CREATE FUNCTION djust_tenants.set_tenant_from_token(token text, is_local boolean DEFAULT true)
    RETURNS djust_tenants.tenant_info
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_set_tenant_from_token';
COMMENT ON FUNCTION djust_tenants.set_tenant_from_token(text, boolean) IS
    'verifies a JSON Web Token and enters the tenant that it names, until the end of the transaction (is_local), or of the session or the token. Returns the tenant. Raises 22023 (malformed), 42501 (not valid; tenant not active), 42704 (unknown key id; not registered, when registration is required)';

CREATE FUNCTION djust_tenants.set_tenant_from_postgrest() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_set_tenant_from_postgrest';
COMMENT ON FUNCTION djust_tenants.set_tenant_from_postgrest() IS
    'for PostgREST''s db-pre-request: as set_tenant_from_request, until the end of the transaction, with the request that the settings request.headers, request.jwt.claims and request.path describe; in signed mode a request without a bearer token enters nobody. Raises what it raises';

-- What isolates a scoped table is taken away by unscope_table alone, whatever the command.

CREATE FUNCTION djust_tenants.guard_changed() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_guard_changed';
COMMENT ON FUNCTION djust_tenants.guard_changed() IS
    'internal: event trigger that refuses to open a scoped table (42501), or warns who bypasses row-level security';
CREATE FUNCTION djust_tenants.guard_dropped() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_guard_dropped';
COMMENT ON FUNCTION djust_tenants.guard_dropped() IS
    'internal: event trigger that refuses to drop the policies of a table that stays (42501), or warns';
REVOKE ALL ON FUNCTION djust_tenants.guard_changed(), djust_tenants.guard_dropped() FROM PUBLIC;

CREATE EVENT TRIGGER djust_tenants_guard_changed ON ddl_command_end WHEN TAG IN ('ALTER TABLE', 'ALTER POLICY')
    EXECUTE FUNCTION djust_tenants.guard_changed();
-- It does nothing at the start, but brings the library where it is not preloaded: it looks at policies as they go.
CREATE EVENT TRIGGER djust_tenants_guard_starts ON ddl_command_start
    WHEN TAG IN ('DROP POLICY', 'DROP DOMAIN', 'DROP TYPE', 'DROP COLLATION')
    EXECUTE FUNCTION djust_tenants.guard_changed();
CREATE EVENT TRIGGER djust_tenants_guard_dropped ON sql_drop EXECUTE FUNCTION djust_tenants.guard_dropped();
ALTER EVENT TRIGGER djust_tenants_guard_changed ENABLE ALWAYS;
ALTER EVENT TRIGGER djust_tenants_guard_starts ENABLE ALWAYS;
ALTER EVENT TRIGGER djust_tenants_guard_dropped ENABLE ALWAYS;

-- A new table with one of the columns of the setting djust_tenants.auto_scope is scoped by the command that makes it.

CREATE FUNCTION djust_tenants.auto_scope() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_auto_scope';
COMMENT ON FUNCTION djust_tenants.auto_scope() IS
    'internal: event trigger that scopes new tables; raises what scope_table raises';
REVOKE ALL ON FUNCTION djust_tenants.auto_scope() FROM PUBLIC;

-- The name comes before djust_tenants_follow_ddl: children that come in the same command find their parent scoped.
CREATE EVENT TRIGGER djust_tenants_auto_scope ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA', 'ALTER TABLE',
                 'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'ALTER TYPE')
    EXECUTE FUNCTION djust_tenants.auto_scope();
ALTER EVENT TRIGGER djust_tenants_auto_scope ENABLE ALWAYS;


-- Channels of LISTEN and NOTIFY that belong to the current tenant.

CREATE FUNCTION djust_tenants.tenant_channel(channel text) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_tenant_channel';
COMMENT ON FUNCTION djust_tenants.tenant_channel(text) IS
    'the name, of at most 63 bytes, of the current tenant''s channel, for LISTEN and UNLISTEN: tenant:<id>:<channel>, or a hashed form when that is too long. No other tenant has it. Raises 55000 when no tenant is set, 22023 (empty or NULL channel)';

CREATE FUNCTION djust_tenants.notify_tenant(channel text, payload text DEFAULT '') RETURNS void
    LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_notify_tenant';
COMMENT ON FUNCTION djust_tenants.notify_tenant(text, text) IS
    'NOTIFY on the current tenant''s channel, at the end of the transaction. Raises 55000 when no tenant is set, 22023 (empty or NULL channel, a payload of more than 7999 bytes)';

