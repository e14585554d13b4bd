// A request, read and resolved by each strategy under any settings, gives what the rules say in their simplest words.
// An input is lines "setting=value" of djust_tenants, an empty line, and the request as JSON.
// sources: src/request.cpp src/settings.cpp src/tenant_id.cpp test/fuzz/server/server.cpp test/fuzz/server/json.cpp
// flags: -DDJUST_TENANTS_VERSION="fuzz" -Itest/fuzz/server
// server headers
// longest: 1500
#include "naive.hpp"

#include "request.hpp"
#include "settings.hpp"
#include "tenant_id.hpp"

namespace settings = djust::settings;
namespace request = djust::request;
using server::Json;

namespace {

void read_settings(std::string_view &input) {
    for (std::string_view line; !(line = server::take_line(input)).empty();) {
        size_t equals = std::min(line.find('='), line.size());
        std::string_view name = line.substr(0, equals), value = line.substr(std::min(equals + 1, line.size()));
        for (const char *known : {"main_domain", "subdomain_exclude", "path_exclude", "header", "session_key", "jwt_claim"})
            if (name == known) server::set("djust_tenants." + std::string(name), value);
        if (name == "path_position" && !value.empty()) server::set("djust_tenants.path_position", value[0] - '0');
    }
}

std::string joined(const settings::Names &names) {
    std::string list;
    for (int i = 0; i < names.count; i++) list += (i ? "," : "") + std::string(names.list[i]);
    return list;
}

// An object, or null: what a part of that name is to the strategies.
const Json *object_of(const Json &json, const char *name) {
    const Json *part = json.member(name);
    return part && part->kind == Json::Kind::object ? part : nullptr;
}

std::string text_of(const Json &json, const char *name) {
    const Json *part = json.member(name);
    return part && part->is_text() ? part->text : "";
}

void check(const Json &json) {
    Jsonb *made = server::jsonb(json);
    request::Parts parts{};
    bool refused = server::raises([&] { parts = request::read(made); });
    if (json.kind != Json::Kind::object) {
        REQUIRE(refused && server::error_detail == "The request is not a JSON object.");
        REQUIRE(server::raises([&] { request::object(made, "resolve_header", "headers"); }));
        return;
    }
    REQUIRE(request::object(made, "resolve_header", "headers") == &made->root);
    for (const char *name : {"headers", "session", "jwt", "user"}) {
        const Json *part = json.member(name);
        if (!part || part->kind == Json::Kind::object || part->kind == Json::Kind::null) continue;
        REQUIRE(refused && server::error_detail.find('"' + std::string(name) + '"') != std::string::npos);
        return;
    }
    REQUIRE(!refused);
    const Json *headers = object_of(json, "headers"), *session = object_of(json, "session"), *jwt = object_of(json, "jwt"),
               *user = object_of(json, "user");
    REQUIRE(parts.host == text_of(json, "host") && parts.path == text_of(json, "path"));
    REQUIRE(!parts.headers == !headers && !parts.session == !session && !parts.jwt == !jwt && !parts.user == !user);

    request::Host host;
    std::string_view id = request::subdomain_tenant(parts.host, &host);
    REQUIRE(id == naive::subdomain_tenant(parts.host, settings::main_domain(), joined(settings::subdomain_exclude())));
    REQUIRE(id.empty() || naive::is_id(id));

    id = request::path_tenant(parts.path);
    REQUIRE(id == naive::path_tenant(parts.path, settings::path_position(), joined(settings::path_exclude())));
    REQUIRE(id.empty() || naive::is_id(id));

    if (headers) {
        auto wanted = naive::header_tenant(*headers, settings::header());
        std::string_view found;
        refused = server::raises([&] { found = request::header_tenant(parts.headers); });
        REQUIRE(refused == !wanted && (refused || found == *wanted));
    }
    id = request::session_tenant(parts.session, parts.jwt, parts.user);
    REQUIRE(id == naive::session_tenant(session, settings::session_key(), jwt, settings::jwt_claim(), user));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    std::string_view input(reinterpret_cast<const char *>(data), size);
    server::reset_settings();
    read_settings(input);
    check(server::parse(input));
    server::forget();
    return 0;
}
