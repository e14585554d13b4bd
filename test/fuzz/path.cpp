// A path, any bytes, names the tenant that the rules name in their simplest words.
// An input is a line with djust_tenants.path_position, a line with djust_tenants.path_exclude, and the path.
// sources: src/request.cpp src/settings.cpp src/tenant_id.cpp test/fuzz/server/server.cpp test/fuzz/server/json.cpp
// flags: -DDJUST_TENANTS_VERSION="fuzz" -Itest/fuzz/server
// server headers
// longest: 600
#include "naive.hpp"

#include "request.hpp"
#include "settings.hpp"

namespace settings = djust::settings;
namespace request = djust::request;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    std::string_view input(reinterpret_cast<const char *>(data), size);
    server::reset_settings();
    server::set("djust_tenants.path_position", atoi(std::string(server::take_line(input)).c_str()));
    std::string exclude(server::take_line(input));
    exclude.resize(strlen(exclude.c_str()));
    if (!server::set("djust_tenants.path_exclude", exclude)) exclude = "admin,api,static,media";
    std::vector<char> text(input.begin(), input.end());
    std::string_view from(text.data(), text.size());

    std::string_view id = request::path_tenant(from);
    REQUIRE(id == naive::path_tenant(from, settings::path_position(), exclude));
    if (!id.empty()) {
        REQUIRE(naive::is_id(id) && naive::made_of(id, "-_"));
        REQUIRE(id.data() >= text.data() && id.data() + id.size() <= text.data() + text.size());
        REQUIRE(!settings::path_exclude().have(id));
    }
    server::forget();
    return 0;
}
