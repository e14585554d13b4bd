// A host, any bytes, is read as the rules say in their simplest words, and never names a tenant outside the domain.
// An input is a line with djust_tenants.main_domain, a line with djust_tenants.subdomain_exclude, and the host.
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
    server::set("djust_tenants.main_domain", server::take_line(input));
    std::string exclude(server::take_line(input));
    exclude.resize(strlen(exclude.c_str()));
    if (!server::set("djust_tenants.subdomain_exclude", exclude)) exclude = "www,api,admin";
    // In memory of its own, so that the sanitizer sees one byte too many.
    std::vector<char> text(input.begin(), input.end());
    std::string_view from(text.data(), text.size());

    request::Host host{};
    bool read = request::read_host(from, &host);
    auto labels = naive::host(from);
    REQUIRE(read == labels.has_value());
    if (read) {
        std::string name;
        for (const auto &label : *labels) name += (name.empty() ? "" : ".") + label;
        REQUIRE(host.view() == name && host.text[host.size] == '\0');
        REQUIRE(host.labels == labels->size() && host.first_label == labels->front().size());
        // Read again it is the same.
        request::Host again{};
        REQUIRE(request::read_host(name, &again) && again.view() == name);
        REQUIRE(name.size() > 252 || (request::read_host(name + ".:443", &again) && again.view() == name));
    }

    const std::string domain = settings::main_domain();
    std::string_view id = request::subdomain_tenant(from, &host);
    REQUIRE(id == naive::subdomain_tenant(from, domain, exclude));
    if (!id.empty()) {
        REQUIRE(naive::is_id(id) && id == naive::lower(id) && id.find('.') == std::string_view::npos);
        REQUIRE(domain.empty() || host.view() == std::string(id) + '.' + domain);
        REQUIRE(!settings::subdomain_exclude().have(id));
    }
    server::forget();
    return 0;
}
