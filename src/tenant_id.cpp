#include "tenant_id.hpp"

namespace djust::tenant_id {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); i++)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

bool is_valid(std::string_view text) {
    if (text.empty() || text.size() > longest) return false;
    for (char c : text)
        if (!characters.is(c, Characters::of_an_id)) return false;
    return true;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool next_item(std::string_view &list, std::string_view &item) {
    if (list.data() == nullptr) return false;
    size_t comma = list.find(',');
    item = trimmed(first_of(list, comma));
    // A null data pointer marks the end: an empty rest after a last comma is still an (empty) item.
    list = comma == std::string_view::npos ? std::string_view() : without_first(list, comma + 1);
    return true;
}

std::optional<int64> as_bigint(std::string_view id) {
    bool negative = !id.empty() && id.front() == '-';
    std::string_view digits = negative ? without_first(id, 1) : id;
    if (digits.empty() || digits.size() > 19) return std::nullopt;
    // int8out writes no leading zero and no minus before zero.
    if (digits.front() == '0' && (negative || digits.size() > 1)) return std::nullopt;
    uint64 magnitude = 0;  // 19 digits fit into 64 bits without a sign
    for (char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        magnitude = magnitude * 10 + static_cast<uint64>(c - '0');
    }
    const uint64 most = static_cast<uint64>(PG_INT64_MAX) + (negative ? 1 : 0);
    if (magnitude > most) return std::nullopt;
    return static_cast<int64>(negative ? ~magnitude + 1 : magnitude);
}

std::optional<int32> as_integer(std::string_view id) {
    std::optional<int64> value = as_bigint(id);
    if (!value || *value < PG_INT32_MIN || *value > PG_INT32_MAX) return std::nullopt;
    return static_cast<int32>(*value);
}

bool as_uuid(std::string_view id, pg_uuid_t *uuid) {
    if (id.size() != 36) return false;
    int nibbles = 0;
    for (size_t i = 0; i < id.size(); i++) {
        char c = id[i];
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-') return false;
            continue;
        }
        int value;
        if (c >= '0' && c <= '9')
            value = c - '0';
        else if (c >= 'a' && c <= 'f')
            value = c - 'a' + 10;
        else
            return false;
        unsigned char &byte = uuid->data[nibbles / 2];
        byte = static_cast<unsigned char>(nibbles % 2 == 0 ? value << 4 : byte | value);
        nibbles++;
    }
    return true;
}

}  // namespace djust::tenant_id
