// What is a tenant id, its readings as a number and as a uuid, and the items of a list.
// sources: src/tenant_id.cpp test/fuzz/server/server.cpp src/settings.cpp
// flags: -DDJUST_TENANTS_VERSION="fuzz" -Itest/fuzz/server
// server headers
// longest: 300
#include "naive.hpp"

#include "tenant_id.hpp"

namespace tenant_id = djust::tenant_id;

namespace {

// The value's own text form, and nothing else, is a reading.
void check_readings(std::string_view id) {
    const std::string text(id);
    errno = 0;
    char *end;
    long long value = strtoll(text.c_str(), &end, 10);
    bool whole = errno == 0 && end == text.c_str() + text.size() && std::to_string(value) == text;
    auto bigint = tenant_id::as_bigint(id);
    REQUIRE(bigint.has_value() == whole && (!whole || *bigint == value));
    auto integer = tenant_id::as_integer(id);
    bool small = whole && value >= PG_INT32_MIN && value <= PG_INT32_MAX;
    REQUIRE(integer.has_value() == small && (!small || *integer == value));

    pg_uuid_t uuid{};
    bool is_uuid = tenant_id::as_uuid(id, &uuid);
    std::string form;
    for (size_t i = 0; i < sizeof uuid.data; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) form += '-';
        form += "0123456789abcdef"[uuid.data[i] >> 4];
        form += "0123456789abcdef"[uuid.data[i] & 15];
    }
    bool looks = id.size() == 36;
    for (size_t i = 0; looks && i < id.size(); i++)
        looks = (i == 8 || i == 13 || i == 18 || i == 23) ? id[i] == '-' : id[i] && strchr("0123456789abcdef", id[i]);
    REQUIRE(is_uuid == looks && (!is_uuid || form == text));
    // Whatever is a reading is an id as well.
    REQUIRE((!whole && !is_uuid) || tenant_id::is_valid(id));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    std::vector<char> bytes(data, data + size);
    std::string_view text(bytes.data(), bytes.size());
    REQUIRE(tenant_id::is_valid(text) == naive::is_id(text));
    check_readings(text);
    REQUIRE(tenant_id::trimmed(text) == naive::trimmed(text));

    std::string_view first = text.substr(0, size / 2), second = text.substr(size / 2);
    REQUIRE(tenant_id::equal_ignoring_case(first, second) == (naive::lower(first) == naive::lower(second)));
    REQUIRE(tenant_id::equal_ignoring_case(naive::lower(text), text));
    check_readings(second);

    if (size > 0) {
        std::string_view rest = text, item;
        for (const auto &wanted : naive::split(text, ',')) {
            REQUIRE(tenant_id::next_item(rest, item) && item == naive::trimmed(wanted));
            check_readings(item);
        }
        REQUIRE(!tenant_id::next_item(rest, item));
    }
    return 0;
}
