#include "jwt_key.hpp"

#include <cstdlib>
#include <cstring>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base64url.hpp"

namespace djust::jwt {

namespace {

// What is fixed for each algorithm, in the order of the enum.
struct Facts {
    const char *name;
    const char *hash;  // of HMAC, as OpenSSL names it
    size_t secret;     // shortest secret, which is the size of the hash, in bytes; 0: not symmetric
};
constexpr Facts facts[] = {
    {"HS256", "SHA256", 32}, {"HS384", "SHA384", 48}, {"HS512", "SHA512", 64}, {"RS256", nullptr, 0},
    {"PS256", nullptr, 0},   {"ES256", nullptr, 0},   {"EdDSA", nullptr, 0},
};
constexpr size_t algorithms = sizeof(facts) / sizeof(facts[0]);
static_assert(static_cast<size_t>(Algorithm::eddsa) + 1 == algorithms);

const Facts &facts_of(Algorithm algorithm) { return facts[static_cast<size_t>(algorithm)]; }

// The SubjectPublicKeyInfo of these two kinds has one form, in front of the key's bytes (RFC 5480, RFC 8410). Another
// curve, explicit parameters and compressed points do not begin so.
constexpr unsigned char p256_prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                         0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr size_t p256_size = sizeof(p256_prefix) + 64;
constexpr unsigned char ed25519_prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr size_t ed25519_size = sizeof(ed25519_prefix) + 32;

constexpr size_t es256_part = 32;  // bytes of r, and of s
constexpr int fewest_rsa_bits = 2048;
constexpr int most_rsa_bits = static_cast<int>(longest_signature) * 8;

// Looking an algorithm up costs more than hashing a token: each is looked up once, and kept while the process lives.
EVP_MD *sha256() {
    static EVP_MD *kept;
    if (!kept) kept = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return kept;
}

EVP_MAC *hmac() {
    static EVP_MAC *kept;
    if (!kept) kept = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    return kept;
}

const unsigned char *bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char *>(text.data()); }

bool begins_with(std::string_view text, std::string_view beginning) {
    return text.size() >= beginning.size() && memcmp(text.data(), beginning.data(), beginning.size()) == 0;
}

template <size_t size>
bool begins_with(std::string_view der, const unsigned char (&prefix)[size]) {
    return der.size() >= size && memcmp(der.data(), prefix, size) == 0;
}

bool contains(std::string_view text, std::string_view part) {
    return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Whether bytes begin with a public key or a certificate in DER, or with a public key in SSH's form.
bool is_public(std::string_view bytes) {
    constexpr std::string_view ssh_ed25519("\0\0\0\x0bssh-", 8), ssh_rsa("\0\0\0\x07ssh-", 8), ssh_ecdsa("\0\0\0\x13" "ecdsa-", 10);
    if (begins_with(bytes, ssh_ed25519) || begins_with(bytes, ssh_rsa) || begins_with(bytes, ssh_ecdsa)) return true;
    constexpr char der_sequence = 0x30;
    if (bytes.empty() || bytes.front() != der_sequence) return false;
    QuietErrors quiet;
    const auto size = static_cast<long>(bytes.size());
    const unsigned char *end = bytes_of(bytes);
    X509 *certificate = d2i_X509(nullptr, &end, size);
    end = bytes_of(bytes);
    EVP_PKEY *key = d2i_PUBKEY(nullptr, &end, size);
    end = bytes_of(bytes);
    if (!key) key = d2i_PublicKey(EVP_PKEY_RSA, nullptr, &end, size);  // between BEGIN RSA PUBLIC KEY and END
    const bool found = certificate || key;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return found;
}

// Whether a text of at most longest_secret characters is such bytes in base64 or base64url, as consoles and key sets
// (x5c) show them: with or without padding and line breaks.
bool is_public_in_base64(std::string_view text) {
    char plain[longest_secret];
    unsigned char bytes[base64url::most_bytes(longest_secret)];
    size_t size = 0;
    for (char c : text)
        if (!is_blank(c) && c != '=') plain[size++] = c == '+' ? '-' : c == '/' ? '_' : c;
    std::optional<size_t> count = base64url::decode({plain, size}, bytes);
    const bool found = count && is_public({reinterpret_cast<char *>(bytes), *count});
    OPENSSL_cleanse(plain, sizeof(plain));
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return found;
}

Problem check_secret(std::string_view secret, size_t shortest) {
    if (secret.size() < shortest) return Problem::weak_secret;
    if (secret.size() > longest_secret) return Problem::key_too_long;
    // What everybody may know must not become what signs: the older libraries' confusion of keys, by an administrator.
    if (is_public(secret) || is_public_in_base64(secret)) return Problem::public_key_as_secret;
    while (!secret.empty() && is_blank(secret.front())) secret.remove_prefix(1);
    if (contains(secret, "-----BEGIN ") || contains(secret, "---- BEGIN SSH2") || begins_with(secret, "ssh-") ||
        begins_with(secret, "ecdsa-sha2-") || (begins_with(secret, "{") && contains(secret, "\"kty\"")))
        return Problem::public_key_as_secret;
    return Problem::none;
}

// The public key of a DER SubjectPublicKeyInfo that fits the algorithm; null: `problem` says why.
EVP_PKEY *read_public_key(Algorithm algorithm, std::string_view der, Problem *problem) {
    const bool is_ec = algorithm == Algorithm::es256, is_edwards = algorithm == Algorithm::eddsa;
    if (der.size() > longest_key_text) {
        *problem = Problem::key_too_long;
        return nullptr;
    }
    const unsigned char *end = bytes_of(der);
    EVP_PKEY *key = d2i_PUBKEY(nullptr, &end, static_cast<long>(der.size()));
    if (!key) {
        *problem = Problem::bad_public_key;
        return nullptr;
    }
    const int type = EVP_PKEY_get_base_id(key);
    *problem = Problem::none;
    if (end != bytes_of(der) + der.size())
        *problem = Problem::bad_public_key;
    else if (type != (is_ec ? EVP_PKEY_EC : is_edwards ? EVP_PKEY_ED25519 : EVP_PKEY_RSA))
        *problem = Problem::other_key_type;
    else if ((is_ec && (der.size() != p256_size || !begins_with(der, p256_prefix))) ||
             (is_edwards && (der.size() != ed25519_size || !begins_with(der, ed25519_prefix))))
        *problem = Problem::other_curve;
    else if (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < fewest_rsa_bits)
        *problem = Problem::weak_rsa;
    else if (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) > most_rsa_bits)
        *problem = Problem::oversized_rsa;
    if (*problem == Problem::none) return key;
    EVP_PKEY_free(key);
    return nullptr;
}

// An odd modulus of at least two primes without small ones, and an odd exponent above 1: with 1 everything would be its
// own signature.
bool has_sound_numbers(EVP_PKEY *key) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr);
    bool sound = context && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return sound;
}

}  // namespace

QuietErrors::QuietErrors() { ERR_set_mark(); }
QuietErrors::~QuietErrors() { ERR_pop_to_mark(); }

std::optional<Algorithm> algorithm_named(std::string_view name) {
    if (name == "Ed25519") return Algorithm::eddsa;
    for (size_t i = 0; i < algorithms; i++)
        if (name.size() == strlen(facts[i].name) && begins_with(name, facts[i].name)) return static_cast<Algorithm>(i);
    return std::nullopt;
}

const char *name_of(Algorithm algorithm) { return facts_of(algorithm).name; }

bool is_symmetric(Algorithm algorithm) { return facts_of(algorithm).secret > 0; }

bool allocate(Bytes *bytes, size_t size) {
    bytes->data = static_cast<unsigned char *>(malloc(size > 0 ? size : 1));
    bytes->size = bytes->data ? size : 0;
    return bytes->data != nullptr;
}

void release(Bytes *bytes) {
    if (bytes->data) OPENSSL_cleanse(bytes->data, bytes->size);
    free(bytes->data);
    *bytes = {};
}

struct Key {
    Algorithm algorithm;
    EVP_MAC_CTX *mac;        // HMAC: has the secret, and begins anew for each token
    EVP_PKEY *public_key;    // the others
    EVP_PKEY_CTX *verifier;  // RSA and ECDSA: set up once, used for each token
};

namespace {

bool set_up_hmac(Key *key, std::string_view secret) {
    // OSSL_PARAM has no form for what is only read, and only reads it.
    char *hash = const_cast<char *>(facts_of(key->algorithm).hash);
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0), OSSL_PARAM_construct_end()};
    if (!hmac()) return false;
    key->mac = EVP_MAC_CTX_new(hmac());
    return key->mac && EVP_MAC_init(key->mac, bytes_of(secret), secret.size(), parameters) == 1;
}

bool set_up_verifier(Key *key) {
    if (key->algorithm == Algorithm::eddsa) return true;
    key->verifier = EVP_PKEY_CTX_new_from_pkey(nullptr, key->public_key, nullptr);
    if (!sha256() || !key->verifier || EVP_PKEY_verify_init(key->verifier) != 1 ||
        EVP_PKEY_CTX_set_signature_md(key->verifier, sha256()) != 1)
        return false;
    if (key->algorithm == Algorithm::rs256) return EVP_PKEY_CTX_set_rsa_padding(key->verifier, RSA_PKCS1_PADDING) == 1;
    if (key->algorithm == Algorithm::ps256)
        return EVP_PKEY_CTX_set_rsa_padding(key->verifier, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(key->verifier, sha256()) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(key->verifier, RSA_PSS_SALTLEN_DIGEST) == 1;
    return true;
}

}  // namespace

Problem check_material(Algorithm algorithm, std::string_view material, bool thoroughly) {
    if (is_symmetric(algorithm)) return check_secret(material, facts_of(algorithm).secret);
    QuietErrors quiet;
    Problem problem = Problem::none;
    EVP_PKEY *key = read_public_key(algorithm, material, &problem);
    if (!key) return problem;
    if (thoroughly && !has_sound_numbers(key)) problem = Problem::bad_public_key;
    EVP_PKEY_free(key);
    return problem;
}

Key *make_key(Algorithm algorithm, std::string_view material, Problem *problem) {
    QuietErrors quiet;
    auto *key = static_cast<Key *>(calloc(1, sizeof(Key)));
    *problem = key ? Problem::none : Problem::out_of_memory;
    if (!key) return nullptr;
    key->algorithm = algorithm;
    bool done = false;
    if (is_symmetric(algorithm)) {
        *problem = check_secret(material, facts_of(algorithm).secret);
        done = *problem == Problem::none && set_up_hmac(key, material);
    } else {
        key->public_key = read_public_key(algorithm, material, problem);
        done = key->public_key && set_up_verifier(key);
    }
    if (done) return key;
    if (*problem == Problem::none) *problem = Problem::crypto_failed;
    free_key(key);
    return nullptr;
}

void free_key(Key *key) {
    if (!key) return;
    EVP_MAC_CTX_free(key->mac);
    EVP_PKEY_CTX_free(key->verifier);
    EVP_PKEY_free(key->public_key);
    free(key);
}

Algorithm algorithm_of(const Key *key) { return key->algorithm; }

Problem sign_bytes(const Key *key, std::string_view bytes, unsigned char *out, size_t *size) {
    if (!key->mac) return Problem::not_a_secret;
    QuietErrors quiet;
    // Without a key it begins anew with the one it has.
    bool done = EVP_MAC_init(key->mac, nullptr, 0, nullptr) == 1 && EVP_MAC_update(key->mac, bytes_of(bytes), bytes.size()) == 1 &&
                EVP_MAC_final(key->mac, out, size, EVP_MAX_MD_SIZE) == 1;
    return done && *size == facts_of(key->algorithm).secret ? Problem::none : Problem::crypto_failed;
}

namespace {

Problem verify_hmac(const Key *key, std::string_view signed_bytes, std::string_view signature) {
    unsigned char right[EVP_MAX_MD_SIZE];
    size_t size = 0;
    Problem problem = sign_bytes(key, signed_bytes, right, &size);
    if (problem == Problem::none && (signature.size() != size || CRYPTO_memcmp(right, signature.data(), size) != 0))
        problem = Problem::bad_signature;
    OPENSSL_cleanse(right, sizeof(right));
    return problem;
}

Problem verify_eddsa(const Key *key, std::string_view signed_bytes, std::string_view signature) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    Problem problem = Problem::crypto_failed;
    if (context && EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key->public_key) == 1)
        problem = EVP_DigestVerify(context, bytes_of(signature), signature.size(), bytes_of(signed_bytes), signed_bytes.size()) == 1
                      ? Problem::none
                      : Problem::bad_signature;
    EVP_MD_CTX_free(context);
    return problem;
}

// r and s as a token has them, into the DER that OpenSSL takes: malloc'd by OpenSSL; 0 when there is no memory.
int der_of(std::string_view signature, unsigned char **der) {
    BIGNUM *r = BN_bin2bn(bytes_of(signature), es256_part, nullptr);
    BIGNUM *s = BN_bin2bn(bytes_of(signature) + es256_part, es256_part, nullptr);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    int size = 0;
    if (r && s && pair && ECDSA_SIG_set0(pair, r, s) == 1) {
        size = i2d_ECDSA_SIG(pair, der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(pair);
    return size > 0 ? size : 0;
}

Problem verify_hashed(const Key *key, std::string_view signed_bytes, std::string_view signature) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const bool is_ec = key->algorithm == Algorithm::es256;
    // OpenSSL takes RSA signatures with leading zeros left out for PS256; RFC 8017 does not.
    if (signature.size() != (is_ec ? 2 * es256_part : static_cast<size_t>(EVP_PKEY_get_size(key->public_key))))
        return Problem::bad_signature;
    if (EVP_Digest(signed_bytes.data(), signed_bytes.size(), hash, &size, sha256(), nullptr) != 1) return Problem::crypto_failed;
    if (!is_ec)
        return EVP_PKEY_verify(key->verifier, bytes_of(signature), signature.size(), hash, size) == 1 ? Problem::none
                                                                                                       : Problem::bad_signature;
    unsigned char *der = nullptr;
    const int der_size = der_of(signature, &der);
    if (der_size == 0) return Problem::crypto_failed;
    bool right = EVP_PKEY_verify(key->verifier, der, static_cast<size_t>(der_size), hash, size) == 1;
    OPENSSL_free(der);
    return right ? Problem::none : Problem::bad_signature;
}

}  // namespace

Problem verify_signature(const Key *key, std::string_view signed_bytes, std::string_view signature) {
    if (signature.size() > longest_signature) return Problem::bad_signature;
    QuietErrors quiet;
    if (key->mac) return verify_hmac(key, signed_bytes, signature);
    if (key->algorithm == Algorithm::eddsa) return verify_eddsa(key, signed_bytes, signature);
    return verify_hashed(key, signed_bytes, signature);
}

}  // namespace djust::jwt
