// SHA-256, by OpenSSL: what stands for a token or its name where the text itself must not be kept.
#pragma once
#include <string_view>

namespace djust::digest {

struct Sha256 {
    unsigned char bytes[32];
};

// False when OpenSSL has no memory, or no SHA-256.
bool sha256(std::string_view text, Sha256 *out);

}  // namespace djust::digest
