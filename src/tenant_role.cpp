// allow_tenant, disallow_tenant: who writes the rows that fence reads. See doc/fences.md.
#include "ddl.hpp"
#include "error.hpp"
#include "fence.hpp"
#include "tenant_id.hpp"

namespace {

using namespace djust;

struct Row {
    Oid role;
    const char *tenant;
};

Row row_of(FunctionCallInfo fcinfo, const char *function) {
    if (!superuser()) error::superuser_only(function);
    PreventCommandIfReadOnly(psprintf("%s()", function));
    if (PG_ARGISNULL(0)) error::null_argument(function, "role");
    if (PG_ARGISNULL(1)) error::null_argument(function, "tenant_id");
    Row row{PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1))};
    if (!tenant_id::is_valid(row.tenant)) error::malformed_tenant_id(row.tenant);
    // A name is looked up by the type; a number is not.
    if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(row.role))) error::no_such_role(row.role, function);
    if (!OidIsValid(fence::table())) error::broken();
    return row;
}

// The rows of roles that were dropped: DROP ROLE knows nothing of them, and another role may get the number one day.
void forget_dropped() {
    ddl::change("DELETE FROM djust_tenants.tenant_role_fence f WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r "
                "WHERE r.oid OPERATOR(pg_catalog.=) f.role::pg_catalog.oid)");
}

// Whoever takes the last tenant from a login means to shut it out, and has done the opposite.
void warn_of_opened(Oid role) {
    const char *name = GetUserNameFromId(role, false);
    ereport(WARNING, (errcode(ERRCODE_WARNING), errmsg("role \"%s\" has no fence any more", name),
                      errdetail("It may enter every tenant, as far as other rules let it."),
                      errhint("To shut it out, ALTER ROLE %s NOLOGIN, or call djust_tenants.allow_tenant with a tenant "
                              "that does not exist.", quote_identifier(name))));
}

}  // namespace

DJUST_FUNCTION(djust_allow_tenant) {
    Row row = row_of(fcinfo, "allow_tenant");
    int settings = ddl::pin_settings();
    forget_dropped();
    ddl::change(ddl::format("INSERT INTO djust_tenants.tenant_role_fence (role, tenant_id) "
                            "VALUES (%u::pg_catalog.oid::pg_catalog.regrole, %s) ON CONFLICT DO NOTHING",
                            row.role, quote_literal_cstr(row.tenant)));
    ddl::unpin_settings(settings);
    PG_RETURN_VOID();
}

DJUST_FUNCTION(djust_disallow_tenant) {
    Row row = row_of(fcinfo, "disallow_tenant");
    bool had_fence = fence::has_any(row.role);
    int settings = ddl::pin_settings();
    forget_dropped();
    ddl::change(ddl::format("DELETE FROM djust_tenants.tenant_role_fence f WHERE f.role::pg_catalog.oid "
                            "OPERATOR(pg_catalog.=) %u AND f.tenant_id OPERATOR(pg_catalog.=) %s",
                            row.role, quote_literal_cstr(row.tenant)));
    ddl::unpin_settings(settings);
    CommandCounterIncrement();  // the trigger's invalidation is met
    if (had_fence && !fence::has_any(row.role)) warn_of_opened(row.role);
    PG_RETURN_VOID();
}
