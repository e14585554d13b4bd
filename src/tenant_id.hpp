// What is a tenant id, and what is a list in a setting: pure functions on text, without PostgreSQL's state.
#pragma once
#include "pg.hpp"

namespace djust::tenant_id {

constexpr size_t longest = 128;

// True for 1 to 128 characters out of ASCII letters, digits and - _ . @ + ~ |
bool is_valid(std::string_view text);

// string_view::substr throws (and pulls in libstdc++): these clamp instead.
constexpr std::string_view without_first(std::string_view text, size_t count) {
    count = count < text.size() ? count : text.size();
    return std::string_view(text.data() + count, text.size() - count);
}
constexpr std::string_view first_of(std::string_view text, size_t count) {
    return std::string_view(text.data(), count < text.size() ? count : text.size());
}

// What a character is, in a table: ids, hosts and paths are read with every request. ASCII only, whatever the locale.
struct Characters {
    enum : unsigned char { letter_or_digit = 1, of_an_id = 2 };
    unsigned char facts[256];
    constexpr Characters() : facts() {
        for (int c = '0'; c <= '9'; c++) facts[c] = letter_or_digit | of_an_id;
        for (int c = 'a'; c <= 'z'; c++) facts[c] = facts[c - 'a' + 'A'] = letter_or_digit | of_an_id;
        for (char c : {'-', '_', '.', '@', '+', '~', '|'}) facts[static_cast<unsigned char>(c)] = of_an_id;
    }
    constexpr bool is(char c, unsigned char what) const { return facts[static_cast<unsigned char>(c)] & what; }
};
inline constexpr Characters characters;

constexpr bool is_letter_or_digit(char c) { return characters.is(c, Characters::letter_or_digit); }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trimmed(std::string_view text);  // without blanks and tabs around it

// Takes the next item off a comma list (blanks around items do not count). False at its end.
bool next_item(std::string_view &list, std::string_view &item);

// Readings of an id as the value of a typed column; only an id that is the value's own text form,
// byte for byte, is one ("042" is not 42, "+1" is not 1, upper-case hex is no uuid's form).
std::optional<int64> as_bigint(std::string_view id);
std::optional<int32> as_integer(std::string_view id);
bool as_uuid(std::string_view id, pg_uuid_t *uuid);

}  // namespace djust::tenant_id
