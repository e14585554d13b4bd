#include "base64url.hpp"

#include <array>
#include <cstdint>

namespace djust::base64url {

namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned char none = 0xff;

constexpr std::array<unsigned char, 256> make_values() {
    std::array<unsigned char, 256> values{};
    for (unsigned char &value : values) value = none;
    for (unsigned char i = 0; i < 64; i++) values[static_cast<unsigned char>(alphabet[i])] = i;
    return values;
}

constexpr std::array<unsigned char, 256> values = make_values();

}  // namespace

std::optional<size_t> decode(std::string_view text, unsigned char *out) {
    if (text.size() % 4 == 1) return std::nullopt;
    size_t written = 0;
    uint32_t bits = 0;
    unsigned count = 0;  // of the low bits of `bits` that are not written yet
    for (char character : text) {
        unsigned char value = values[static_cast<unsigned char>(character)];
        if (value == none) return std::nullopt;
        bits = (bits << 6 | value) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[written++] = static_cast<unsigned char>(bits >> count);
        }
    }
    // Bits that no byte has: were they free, one signature would have several texts.
    if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
    return written;
}

void encode(std::string_view bytes, char *out) {
    uint32_t bits = 0;
    unsigned count = 0;
    for (char byte : bytes) {
        bits = (bits << 8 | static_cast<unsigned char>(byte)) & 0xffff;
        count += 8;
        while (count >= 6) {
            count -= 6;
            *out++ = alphabet[bits >> count & 63];
        }
    }
    if (count > 0) *out = alphabet[bits << (6 - count) & 63];
}

}  // namespace djust::base64url
