#include "world.hpp"

namespace bench {

const char *name(Protocol protocol) {
    switch (protocol) {
        case Protocol::simple: return "simple";
        case Protocol::unnamed: return "unnamed";
        case Protocol::custom: return "custom";
        case Protocol::generic: return "generic";
    }
    return "";
}

const char *name(Key key) {
    switch (key) {
        case Key::text: return "text";
        case Key::uuid: return "uuid";
        case Key::bigint: return "bigint";
    }
    return "";
}

const char *name(Variant variant) {
    switch (variant) {
        case Variant::limit: return "limit";
        case Variant::limit_again: return "limit_again";
        case Variant::ours: return "ours";
        case Variant::plain: return "plain";
        case Variant::setting: return "setting";
        case Variant::subselect: return "subselect";
        case Variant::trigger: return "trigger";
        case Variant::batches: return "batches";
        case Variant::schema: return "schema";
        case Variant::empty: return "empty";
        case Variant::entered: return "entered";
    }
    return "";
}

const char *title(Variant variant) {
    switch (variant) {
        case Variant::limit: return "LIMIT";
        case Variant::limit_again: return "LIMIT again";
        case Variant::ours: return "djust_tenants";
        case Variant::plain: return "all switched off";
        case Variant::setting: return "current_setting()";
        case Variant::subselect: return "(SELECT current_setting())";
        case Variant::trigger: return "plpgsql trigger";
        case Variant::batches: return "INSERT, 1,000 rows each";
        case Variant::schema: return "schema per tenant";
        case Variant::empty: return "empty loop";
        case Variant::entered: return "set_current_tenant()";
    }
    return "";
}

Data read_data(const std::string &socket) {
    Data data;
    data.socket = socket;
    data.superuser = std::make_shared<Superuser>(socket);
    Result tenants =
        data.superuser->query("SELECT n, text_id, uuid_id, bigint_id, schema_name FROM bench.tenant ORDER BY n");
    for (int row = 0; row < tenants.rows(); row++)
        data.tenants.push_back({std::stoi(tenants.value(row, 0)), tenants.value(row, 1), tenants.value(row, 2),
                                tenants.value(row, 3), tenants.value(row, 4)});
    data.rows = std::stoi(data.superuser->value("SELECT count(*) FROM bench.doc WHERE n = 1"));
    data.first_id = 1000000000 * std::stol(data.superuser->value("SELECT nextval('bench.run')"));
    if (data.tenants.size() < 20 || data.rows < 200) throw Error("too little data");
    return data;
}

const char *role(Variant variant) {
    if (by_hand(variant)) return "bench_limit";
    return variant == Variant::plain ? "bench_plain" : "bench_app";
}

std::string search_path(Variant variant, Key key, const Tenant &tenant) {
    const std::string suffix = std::string("_") + name(key);
    switch (variant) {
        case Variant::schema: return tenant.schema;
        // These two read another's tables and only write to their own.
        case Variant::limit_again: return "limit_again" + suffix + ", limit" + suffix;
        case Variant::plain: return "plain" + suffix + ", ours" + suffix;
        case Variant::batches: return "setting" + suffix;
        default: return name(variant) + suffix;
    }
}

std::string assignment(Variant variant, const std::string &id, const std::string &schema) {
    switch (variant) {
        case Variant::ours:
        case Variant::plain: return "djust_tenants.tenant_id = '" + id + "'";
        case Variant::schema: return "search_path = " + schema;
        default: return "app.tenant = '" + id + "'";
    }
}

std::string literal(const std::string &value) {
    bool number = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    return number ? value : "'" + value + "'";
}

std::string inlined(const std::string &sql, const Values &values) {
    std::string text;
    for (size_t i = 0; i < sql.size(); i++) {
        if (sql[i] == '$')
            text += literal(values.at(sql.at(++i) - '1'));
        else
            text += sql[i];
    }
    return text;
}

}  // namespace bench
