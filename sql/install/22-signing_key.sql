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
