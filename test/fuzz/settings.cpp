// The settings that are lists or names: a value is taken as a whole or refused with a reason, and what is in force then
// does what the value says. An input is lines "setting=value" of djust_tenants, set one after the other.
// sources: src/request.cpp src/settings.cpp src/tenant_id.cpp test/fuzz/server/server.cpp test/fuzz/server/json.cpp
// flags: -DDJUST_TENANTS_VERSION="fuzz" -Itest/fuzz/server
// server headers
// longest: 1000
#include "naive.hpp"

#include "request.hpp"
#include "settings.hpp"

namespace settings = djust::settings;
namespace request = djust::request;
using server::Json;

namespace {

bool is_strategy(const std::string &name) {
    return naive::has({"subdomain", "path", "header", "session", "domain", "custom"}, name);
}

void check_list(const settings::Names &names, const std::string &value) {
    auto wanted = naive::items(value);
    REQUIRE(static_cast<size_t>(names.count) == wanted.size());
    for (size_t i = 0; i < wanted.size(); i++) {
        REQUIRE(naive::lower(names.list[i]) == wanted[i] && naive::is_id(names.list[i]));
        REQUIRE(names.have(wanted[i]) && names.have(names.list[i]));
        REQUIRE(names.have(wanted[i] + "x") == naive::has(wanted, wanted[i] + "x"));
    }
    REQUIRE(!names.have("") && !names.have("a,b"));
}

Json object_with(const std::string &key) {
    Json object, id;
    id.kind = Json::Kind::string;
    id.text = "acme";
    object.kind = Json::Kind::object;
    object.members.emplace_back(key, id);
    return object;
}

// What must hold after `value` was taken for the setting, or refused.
void check(const std::string &name, const std::string &value, bool taken) {
    auto items = naive::items(value);
    bool good = true;
    if (name == "resolver") {
        good = !items.empty() && std::all_of(items.begin(), items.end(), is_strategy);
        if (taken) {
            const settings::Strategies &resolver = settings::resolver();
            REQUIRE(static_cast<size_t>(resolver.count) == items.size());
            REQUIRE(resolver.has_custom == naive::has(items, "custom"));
            for (size_t i = 0; i < items.size(); i++)
                REQUIRE((resolver.list[i] == settings::Strategy::path) == (items[i] == "path"));
        }
    } else if (name == "subdomain_exclude" || name == "path_exclude") {
        good = std::all_of(items.begin(), items.end(), [](const std::string &item) { return naive::is_id(item); });
        if (taken) check_list(name[0] == 's' ? settings::subdomain_exclude() : settings::path_exclude(), value);
    } else if (name == "main_domain") {
        // Numbers in hexadecimal are not refused here: no host has such a domain's name below it but as a name.
        auto labels = naive::host(value + "."), named = naive::host("acme." + value);
        good = value.empty() || (value.size() <= 253 && naive::made_of(value, "-_.") && !naive::all_of(value, ".0123456789"));
        if (good && !value.empty())
            for (const auto &label : naive::split(value, '.')) good = good && !label.empty() && label.size() <= 63;
        if (taken) {
            REQUIRE(settings::main_domain() == naive::lower(value));
            request::Host host;
            if (named && named->size() > 2)
                REQUIRE(request::subdomain_tenant("acme." + value, &host) == (settings::subdomain_exclude().have("acme") ? "" : "acme"));
        }
    } else if (name == "header") {
        good = !value.empty() && naive::made_of(value, "!#$%&'*+-.^_`|~");
        if (taken) {
            REQUIRE(request::header_tenant(&server::jsonb(object_with(value))->root) == "acme");
            REQUIRE(request::header_tenant(&server::jsonb(object_with(naive::lower(value)))->root) == "acme");
            REQUIRE(request::header_tenant(&server::jsonb(object_with(value + "x"))->root).empty());
        }
    } else if (name == "session_key" || name == "jwt_claim") {
        good = !value.empty() && naive::trimmed(value) == value;
        Jsonb *object = server::jsonb(object_with(value));
        if (taken)
            REQUIRE((name[0] == 's' ? request::session_tenant(&object->root, nullptr, nullptr)
                                    : request::session_tenant(nullptr, &object->root, nullptr)) == "acme");
    } else if (name == "default_tenant") {
        good = value.empty() || naive::is_id(value);
        if (taken) REQUIRE(settings::default_tenant() == value);
    } else {
        good = taken;
        if (taken && !value.empty()) {
            // Two names, and nothing that calls or compares outside quotes.
            List *names = NIL;
            REQUIRE(SplitIdentifierString(pstrdup(value.c_str()), '.', &names) && list_length(names) == 2);
            bool quoted = false;
            for (char c : value) {
                if (c == '"') quoted = !quoted;
                REQUIRE(quoted || !strchr("()[]{},;=<>*/+-'\\:", c));
            }
        }
    }
    REQUIRE(taken == good);
    REQUIRE(taken == server::refusal.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    std::string_view input(reinterpret_cast<const char *>(data), size);
    server::reset_settings();
    while (!input.empty()) {
        std::string_view line = server::take_line(input);
        size_t equals = std::min(line.find('='), line.size());
        const std::string name(line.substr(0, equals));
        std::string value(line.substr(std::min(equals + 1, line.size())));
        value.resize(strlen(value.c_str()));
        std::replace(value.begin(), value.end(), '\a', '\n');  // a line cannot hold one
        for (const char *known : {"resolver", "subdomain_exclude", "path_exclude", "main_domain", "header", "session_key",
                                  "jwt_claim", "default_tenant", "custom_resolver"})
            if (name == known) check(name, value, server::set("djust_tenants." + name, value));
        server::forget();
    }
    return 0;
}
