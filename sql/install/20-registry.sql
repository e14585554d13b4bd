-- The registry of tenants and of their domains: plain DML by administrators, dumped by pg_dump.

CREATE TABLE djust_tenants.tenant (
    -- "C": ids are bytes; the same characters as src/tenant_id.cpp.
    id text COLLATE "C" PRIMARY KEY
        CONSTRAINT tenant_id_well_formed CHECK (id ~ '^[A-Za-z0-9_.@+~|-]{1,128}$'),
    name text,
    settings jsonb NOT NULL DEFAULT '{}' CONSTRAINT tenant_settings_object CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CONSTRAINT tenant_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE djust_tenants.tenant IS 'the tenants; each sees its own row alone, roles with INSERT see and write all';

CREATE TABLE djust_tenants.tenant_domain (
    -- As hosts are compared: lower case, no port, no dot at either end.
    domain text COLLATE "C" PRIMARY KEY
        CONSTRAINT tenant_domain_well_formed
        CHECK (length(domain) <= 253
               AND domain ~ '^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$'
               AND domain !~ '^[0-9.]+$'),
    tenant_id text COLLATE "C" NOT NULL REFERENCES djust_tenants.tenant ON UPDATE CASCADE
);
COMMENT ON TABLE djust_tenants.tenant_domain IS 'the host names of the tenants, in lower case, for the strategy domain';
CREATE INDEX tenant_domain_tenant_id_idx ON djust_tenants.tenant_domain (tenant_id);

SELECT pg_catalog.pg_extension_config_dump('djust_tenants.tenant', '');
SELECT pg_catalog.pg_extension_config_dump('djust_tenants.tenant_domain', '');

-- Changes reach the caches of every backend, by DML, COPY, MERGE, logical replication and in replica role alike.

CREATE FUNCTION djust_tenants.registry_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'djust_registry_changed';
REVOKE ALL ON FUNCTION djust_tenants.registry_changed() FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.registry_changed() IS 'trigger: drops what backends have cached of the registry';

CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE ON djust_tenants.tenant
    FOR EACH ROW EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER registry_truncated AFTER TRUNCATE ON djust_tenants.tenant
    FOR EACH STATEMENT EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE ON djust_tenants.tenant_domain
    FOR EACH ROW EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER registry_truncated AFTER TRUNCATE ON djust_tenants.tenant_domain
    FOR EACH STATEMENT EXECUTE FUNCTION djust_tenants.registry_changed();
ALTER TABLE djust_tenants.tenant ENABLE ALWAYS TRIGGER registry_changed, ENABLE ALWAYS TRIGGER registry_truncated;
ALTER TABLE djust_tenants.tenant_domain ENABLE ALWAYS TRIGGER registry_changed, ENABLE ALWAYS TRIGGER registry_truncated;

-- Who sees what. The tables belong to a superuser, so FORCE would bind nobody.

GRANT SELECT ON djust_tenants.tenant, djust_tenants.tenant_domain TO PUBLIC;
ALTER TABLE djust_tenants.tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE djust_tenants.tenant_domain ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_own_row ON djust_tenants.tenant FOR SELECT
    USING (id = djust_tenants.current_tenant_id());
CREATE POLICY tenant_administrator ON djust_tenants.tenant
    USING ((SELECT has_table_privilege('djust_tenants.tenant', 'INSERT')));
CREATE POLICY tenant_own_row ON djust_tenants.tenant_domain FOR SELECT
    USING (tenant_id = djust_tenants.current_tenant_id());
CREATE POLICY tenant_administrator ON djust_tenants.tenant_domain
    USING ((SELECT has_table_privilege('djust_tenants.tenant_domain', 'INSERT')));
