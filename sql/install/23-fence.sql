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
