// The alphabet of tokens and keys (RFC 4648 section 5, without padding): each sequence of bytes has one text alone.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace djust::base64url {

constexpr size_t most_bytes(size_t characters) { return characters * 3 / 4; }
constexpr size_t characters(size_t bytes) { return (bytes * 4 + 2) / 3; }

// Writes the bytes and answers how many; `out` has room for most_bytes(text.size()). Nothing: a character that is not of
// the alphabet (padding and blanks included), a length that no bytes have, or bits left over that are not zero.
std::optional<size_t> decode(std::string_view text, unsigned char *out);

// Writes characters(bytes.size()) characters, and no NUL.
void encode(std::string_view bytes, char *out);

}  // namespace djust::base64url
