// The SQL functions of the tenant context: those that policies call, and entering, leaving, asking.
#include "context.hpp"
#include "error.hpp"
#include "registry.hpp"

using namespace djust;

namespace {

Datum typed_current(FunctionCallInfo fcinfo, catalog::Kind kind) {
    std::optional<Datum> value = context::value(kind);
    if (!value) PG_RETURN_NULL();
    return *value;
}

// `fallback` of tenant_setting and tenant_setting_text.
Datum argument_or_null(FunctionCallInfo fcinfo, int argument) {
    if (PG_ARGISNULL(argument)) PG_RETURN_NULL();
    return PG_GETARG_DATUM(argument);
}

// The value of a key of the current tenant's settings; null when there is no tenant or no such key.
JsonbValue *setting_of_tenant(text *key, JsonbValue *place) {
    const char *id = context::current();
    if (!id) return nullptr;
    Jsonb *found = nullptr;
    if (const registry::Facts *facts = registry::facts(id))
        found = facts->settings;
    else
        found = context::given_settings();
    if (!found || !JB_ROOT_IS_OBJECT(found)) return nullptr;
    return getKeyJsonValueFromContainer(&found->root, VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key), place);
}

}  // namespace

DJUST_FUNCTION(djust_current_tenant_id) { return typed_current(fcinfo, catalog::Kind::text); }
DJUST_FUNCTION(djust_current_tenant_uuid) { return typed_current(fcinfo, catalog::Kind::uuid); }
DJUST_FUNCTION(djust_current_tenant_bigint) { return typed_current(fcinfo, catalog::Kind::bigint); }
DJUST_FUNCTION(djust_current_tenant_integer) { return typed_current(fcinfo, catalog::Kind::integer); }

DJUST_FUNCTION(djust_set_current_tenant) {
    if (PG_ARGISNULL(1)) error::null_argument("set_current_tenant", "is_local");
    bool local = PG_GETARG_BOOL(1);
    const char *id = PG_ARGISNULL(0) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(0));
    context::enter(id, local, nullptr);
    if (local) context::warn_if_local_without_transaction(fcinfo, "set_current_tenant");
    return context::current_info(fcinfo);
}

DJUST_FUNCTION(djust_clear_current_tenant) {
    context::enter(nullptr, false, nullptr);
    PG_RETURN_VOID();
}

DJUST_FUNCTION(djust_current_tenant) { return context::current_info(fcinfo); }

DJUST_FUNCTION(djust_require_tenant) {
    PG_RETURN_TEXT_P(cstring_to_text(context::require("djust_tenants.require_tenant() was called.")));
}

DJUST_FUNCTION(djust_assert_tenant) {
    const char *current = context::current();
    const char *asked = PG_ARGISNULL(0) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(0));
    if (!asked || !current || strcmp(asked, current) != 0) error::not_the_tenant(asked, current);
    PG_RETURN_VOID();
}

DJUST_FUNCTION(djust_tenant_key) {
    if (PG_ARGISNULL(0)) error::null_argument("tenant_key", "key");
    const char *id = context::require("djust_tenants.tenant_key(...) was called.");
    PG_RETURN_TEXT_P(cstring_to_text(psprintf("tenant:%s:%s", id, text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

DJUST_FUNCTION(djust_tenant_setting) {
    JsonbValue place;
    JsonbValue *value = PG_ARGISNULL(0) ? nullptr : setting_of_tenant(PG_GETARG_TEXT_PP(0), &place);
    if (!value) return argument_or_null(fcinfo, 1);
    PG_RETURN_JSONB_P(JsonbValueToJsonb(value));
}

DJUST_FUNCTION(djust_tenant_setting_text) {
    JsonbValue place;
    JsonbValue *value = PG_ARGISNULL(0) ? nullptr : setting_of_tenant(PG_GETARG_TEXT_PP(0), &place);
    if (!value || value->type == jbvNull) return argument_or_null(fcinfo, 1);
    if (value->type == jbvString)
        PG_RETURN_TEXT_P(cstring_to_text_with_len(value->val.string.val, value->val.string.len));
    Jsonb *json = JsonbValueToJsonb(value);
    PG_RETURN_TEXT_P(cstring_to_text(JsonbToCString(nullptr, &json->root, static_cast<int>(VARSIZE(json)))));
}
