#include "error_text.hpp"

namespace djust::error {

const char *name_of(Oid relid) {
    const char *name = get_rel_name(relid);
    if (!name) return "?";
    const char *schema = get_namespace_name(get_rel_namespace(relid));
    return quote_qualified_identifier(schema, name);
}

int relation_fields(Oid relid, const char *column) {
    const char *name = get_rel_name(relid);
    if (!name) return 0;
    err_generic_string(PG_DIAG_SCHEMA_NAME, get_namespace_name(get_rel_namespace(relid)));
    err_generic_string(PG_DIAG_TABLE_NAME, name);
    if (column) err_generic_string(PG_DIAG_COLUMN_NAME, column);
    return 0;
}

const char *shown(std::string_view text) {
    constexpr int most = 64;
    int length = static_cast<int>(text.size());
    if (length <= most) return pnstrdup(text.data(), text.size());
    length = pg_mbcliplen(text.data(), length, most);
    return psprintf("%.*s...", length, text.data());
}

bool is_signed_mode() {
    const char *mode = GetConfigOption("djust_tenants.context_mode", true, false);
    return mode && strcmp(mode, "signed") == 0;
}

const char *entering() {
    return is_signed_mode() ? "djust_tenants.set_tenant_from_token(...)" : "djust_tenants.set_current_tenant(...)";
}

}  // namespace djust::error
