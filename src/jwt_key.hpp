// The keys that tokens are verified with, and the primitives behind them: all cryptography is OpenSSL's.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "jwt_problem.hpp"

namespace djust::jwt {

enum class Algorithm : unsigned char { hs256, hs384, hs512, rs256, ps256, es256, eddsa };
// Exactly as in RFC 7518 and 8037: "HS256"; Ed25519 is what RFC 9864 calls EdDSA with such a key.
std::optional<Algorithm> algorithm_named(std::string_view name);
const char *name_of(Algorithm algorithm);
bool is_symmetric(Algorithm algorithm);

// In bytes.
constexpr size_t longest_key_text = 16384;
constexpr size_t longest_secret = 1024;
constexpr size_t longest_signature = 1024;  // RSA's, with 8192 bits

// Bytes of our own (malloc); release() overwrites them.
struct Bytes {
    unsigned char *data = nullptr;
    size_t size = 0;
    std::string_view view() const { return {reinterpret_cast<const char *>(data), size}; }
};
bool allocate(Bytes *bytes, size_t size);  // false: no memory
void release(Bytes *bytes);

// OpenSSL notes errors in a queue that the server's own connections look into: what comes in here while one of these lives is
// taken out again.
struct QuietErrors {
    QuietErrors();
    ~QuietErrors();
    QuietErrors(const QuietErrors &) = delete;
    QuietErrors &operator=(const QuietErrors &) = delete;
};

// A key as it is used: made once, used for many tokens. It belongs to one thread.
struct Key;
// `material`: for HMAC the secret's bytes; else a DER SubjectPublicKeyInfo, as read_key_text and read_jwk make it.
// Null: `problem` says why.
Key *make_key(Algorithm algorithm, std::string_view material, Problem *problem);
void free_key(Key *key);
Algorithm algorithm_of(const Key *key);

// none, bad_signature or crypto_failed. ES256: r and s of 32 bytes each, as RFC 7518 section 3.4 has them.
Problem verify_signature(const Key *key, std::string_view signed_bytes, std::string_view signature);

// The HMAC into `out`, which has room for 64 bytes. not_a_secret for a public key.
Problem sign_bytes(const Key *key, std::string_view bytes, unsigned char *out, size_t *size);

// Whether bytes may be a secret, a DER public key the public key, of that algorithm; `thoroughly` tests the numbers of an
// RSA key too, which takes milliseconds.
Problem check_material(Algorithm algorithm, std::string_view material, bool thoroughly);

}  // namespace djust::jwt
