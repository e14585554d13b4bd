// The one text of each sequence of bytes, and what is no text of any.
// sources: src/base64url.cpp
#include "base64url.hpp"

#include "../checks.hpp"

#include <string>

using checks::check;

namespace {

std::string encoded(const std::string &bytes) {
    std::string text(djust::base64url::characters(bytes.size()), '?');
    djust::base64url::encode(bytes, text.data());
    return text;
}

// "refused", or the bytes in front of a dot.
std::string decoded(const std::string &text) {
    std::string bytes(djust::base64url::most_bytes(text.size()), '?');
    auto count = djust::base64url::decode(text, reinterpret_cast<unsigned char *>(bytes.data()));
    return count ? bytes.substr(0, *count) + "." : "refused";
}

}  // namespace

int main() {
    // RFC 4648 section 10, without the padding.
    const char *const pairs[][2] = {{"", ""},         {"f", "Zg"},         {"fo", "Zm8"},        {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (const auto &[bytes, text] : pairs) {
        check(std::string("encode ") + text, encoded(bytes) == text);
        check(std::string("decode ") + text, decoded(text) == std::string(bytes) + ".");
    }
    // RFC 7515 appendix C, and the two characters that base64 has otherwise.
    check("encode RFC 7515 C", encoded("\x03\xec\xff\xe0\xc1") == "A-z_4ME");
    check("decode RFC 7515 C", decoded("A-z_4ME") == "\x03\xec\xff\xe0\xc1.");

    const std::string no[] = {"A", "AAAAA", "Zg==", "Zg=", "Zm9v ", " Zm9v", "Zm9v\n", "Zm\n9", "A+z/4ME", "Zm9.", "Zm9\x80",
                              "Zm9\xff", std::string("Zm9\0", 4), "=", "===="};
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        check("refused: no text " + std::to_string(i), decoded(no[i]) == "refused");
    // "Zg" is f; the others would be too, if the bits that are left over counted for nothing.
    for (const char *text : {"Zh", "Zi", "Zk", "Zo", "Zm9", "Zm-", "Zm5", "Zm_"})
        check(std::string("refused: bits left over, ") + text, decoded(text) == "refused");
    check("Zm8 is the one text of its kind", decoded("Zm8") == "fo.");
    return checks::failures > 0;
}
