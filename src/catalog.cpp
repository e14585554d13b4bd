#include "catalog.hpp"

#include "own_columns.hpp"

namespace djust::catalog {

namespace {

struct Ids {
    bool valid;
    Oid schema, tenant, tenant_domain, refuse, copied_row, checked_tsquery, queryset, tenant_info, tenant_info_relation;
    Oid current[kinds];
};
Ids ids;
void (*registry_changed)(Oid);
uint64 invalidations;  // how often anything that we may have looked at became invalid

const KindFacts kind_facts[kinds] = {
    {"current_tenant_id", TEXTOID, TextEqualOperator, -1, false},
    {"current_tenant_uuid", UUIDOID, 2972, UUID_LEN, false},  // uuid_eq; headers give no symbol for it
    {"current_tenant_bigint", INT8OID, 410, sizeof(int64), FLOAT8PASSBYVAL},  // int8eq, likewise
    {"current_tenant_integer", INT4OID, Int4EqualOperator, sizeof(int32), true},
};

Oid function_oid(const char *name, std::initializer_list<Oid> arguments) {
    Oid types[4];
    int count = 0;
    for (Oid type : arguments) types[count++] = type;
    return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
                           PointerGetDatum(buildoidvector(types, count)), ObjectIdGetDatum(ids.schema));
}

// A missing extension is not remembered: it may be created at any time.
bool look_up() {
    ids = Ids{};
    ids.schema = get_namespace_oid("djust_tenants", true);
    if (!OidIsValid(ids.schema)) return false;
    // Somebody else's schema of that name is none of ours.
    Oid extension = getExtensionOfObject(NamespaceRelationId, ids.schema);
    if (!OidIsValid(extension) || extension != get_extension_oid("djust_tenants", true)) return false;
    ids.tenant = get_relname_relid("tenant", ids.schema);
    ids.tenant_domain = get_relname_relid("tenant_domain", ids.schema);
    ids.refuse = function_oid("refuse_row", {OIDOID, INT2OID});
    ids.copied_row = function_oid("copied_row", {});
    ids.checked_tsquery = function_oid("checked_tsquery", {TSQUERYOID});
    ids.queryset = function_oid("get_tenant_queryset", {ANYELEMENTOID});
    ids.tenant_info = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("tenant_info"),
                                      ObjectIdGetDatum(ids.schema));
    ids.tenant_info_relation = get_typ_typrelid(ids.tenant_info);
    bool complete = OidIsValid(ids.tenant) && OidIsValid(ids.tenant_domain) && OidIsValid(ids.refuse) &&
                    OidIsValid(ids.queryset) && OidIsValid(ids.tenant_info);
    for (int i = 0; i < kinds; i++) {
        ids.current[i] = function_oid(kind_facts[i].function, {});
        complete = complete && OidIsValid(ids.current[i]);
    }
    using own_columns::Of;
    complete = complete && own_columns::are_intact(Of::tenant, ids.tenant) &&
               own_columns::are_intact(Of::tenant_domain, ids.tenant_domain) &&
               own_columns::are_intact(Of::tenant_info, ids.tenant_info_relation);
    if (!complete) ids = Ids{};  // the install script is still running, or somebody has changed an object
    return complete;
}

// True when the ids can be used.
bool load() {
    if (likely(ids.valid)) return true;
    if (!IsTransactionState()) return false;
    for (;;) {
        // Looking up may itself process the invalidation of what was looked up before.
        uint64 before = invalidations;
        bool found = look_up();
        if (before != invalidations) continue;
        ids.valid = found;
        return found;
    }
}

// A function that the extension's first version has not: ALTER EXTENSION UPDATE may have made it since, and nothing
// tells us.
Oid newer_function(Oid *known, const char *name, std::initializer_list<Oid> arguments) {
    if (!load()) return InvalidOid;
    if (!OidIsValid(*known)) *known = function_oid(name, arguments);
    return *known;
}

// DROP EXTENSION drops the tables, which invalidates their relation cache entries in every backend.
void relation_changed(Datum, Oid relid) {
    invalidations++;
    if (ids.valid && OidIsValid(relid) && relid != ids.tenant && relid != ids.tenant_domain &&
        relid != ids.tenant_info_relation)
        return;
    ids.valid = false;  // while it is, the registry's tables are not known: any relation may be one of them
    if (registry_changed) registry_changed(relid);
}

}  // namespace

void init() { CacheRegisterRelcacheCallback(relation_changed, Datum(0)); }

void on_registry_change(void (*callback)(Oid)) { registry_changed = callback; }

const KindFacts &facts(Kind kind) { return kind_facts[static_cast<int>(kind)]; }

std::optional<Kind> kind_of_base_type(Oid type) {
    switch (type) {
        case TEXTOID:
        case VARCHAROID: return Kind::text;
        case UUIDOID: return Kind::uuid;
        case INT8OID: return Kind::bigint;
        case INT4OID: return Kind::integer;
        default: return std::nullopt;
    }
}

Oid schema() { return load() ? ids.schema : InvalidOid; }
Oid tenant_table() { return load() ? ids.tenant : InvalidOid; }
Oid tenant_domain_table() { return load() ? ids.tenant_domain : InvalidOid; }
bool is_registry(Oid relid) { return load() && (relid == ids.tenant || relid == ids.tenant_domain); }
Oid current_function(Kind kind) { return load() ? ids.current[static_cast<int>(kind)] : InvalidOid; }
Oid refuse_function() { return load() ? ids.refuse : InvalidOid; }
Oid copied_row_function() { return newer_function(&ids.copied_row, "copied_row", {}); }
Oid checked_tsquery_function() { return newer_function(&ids.checked_tsquery, "checked_tsquery", {TSQUERYOID}); }
Oid queryset_function() { return load() ? ids.queryset : InvalidOid; }
Oid tenant_info_type() { return load() ? ids.tenant_info : InvalidOid; }

std::optional<Kind> kind_of_function(Oid function) {
    if (!load()) return std::nullopt;
    for (int i = 0; i < kinds; i++)
        if (ids.current[i] == function) return static_cast<Kind>(i);
    return std::nullopt;
}

}  // namespace djust::catalog
