// Tokens and keys as their issuers make them: signed by OpenSSL directly, so that nothing of what is tested signs its own tests.
#pragma once
#include <cstdlib>
#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base64url.hpp"
#include "jwt.hpp"

namespace tokens {

using djust::jwt::Algorithm;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Key = std::unique_ptr<djust::jwt::Key, decltype(&djust::jwt::free_key)>;

inline std::string base64(const std::string &bytes) {
    std::string text(djust::base64url::characters(bytes.size()), '?');
    djust::base64url::encode(bytes, text.data());
    return text;
}

inline PrivateKey generate(Algorithm algorithm, int rsa_bits = 2048) {
    EVP_PKEY *key = algorithm == Algorithm::es256   ? EVP_EC_gen("P-256")
                    : algorithm == Algorithm::eddsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                                    : EVP_RSA_gen(static_cast<size_t>(rsa_bits));
    if (!key) abort();
    return PrivateKey(key, EVP_PKEY_free);
}

inline std::string public_der(EVP_PKEY *key) {
    unsigned char *der = nullptr;
    int size = i2d_PUBKEY(key, &der);
    if (size <= 0) abort();
    std::string bytes(reinterpret_cast<char *>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

template <typename Write>
std::string pem_by(Write write) {
    BIO *out = BIO_new(BIO_s_mem());
    if (write(out) != 1) abort();
    char *text = nullptr;
    long size = BIO_get_mem_data(out, &text);
    std::string pem(text, static_cast<size_t>(size));
    BIO_free(out);
    return pem;
}
inline std::string public_pem(EVP_PKEY *key) {
    return pem_by([&](BIO *out) { return PEM_write_bio_PUBKEY(out, key); });
}
inline std::string private_pem(EVP_PKEY *key) {
    return pem_by([&](BIO *out) { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

// What OpenSSL signs, as it writes it: ECDSA in DER. `salt`: of PS256, in bytes.
inline std::string sign_raw(Algorithm algorithm, EVP_PKEY *key, const std::string &bytes, int salt = RSA_PSS_SALTLEN_DIGEST) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *details = nullptr;
    size_t size = 2048;
    std::string signature(size, '\0');
    const EVP_MD *hash = algorithm == Algorithm::eddsa ? nullptr : EVP_sha256();
    if (EVP_DigestSignInit(context, &details, hash, nullptr, key) != 1) abort();
    if (algorithm == Algorithm::ps256 && (EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) != 1 ||
                                          EVP_PKEY_CTX_set_rsa_pss_saltlen(details, salt) != 1))
        abort();
    if (EVP_DigestSign(context, reinterpret_cast<unsigned char *>(signature.data()), &size,
                       reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()) != 1)
        abort();
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return signature;
}

// r and s of 32 bytes each.
inline std::string raw_of_der(const std::string &der) {
    const auto *at = reinterpret_cast<const unsigned char *>(der.data());
    ECDSA_SIG *pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    if (!pair) abort();
    std::string raw(64, '\0');
    auto *out = reinterpret_cast<unsigned char *>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32);
    ECDSA_SIG_free(pair);
    return raw;
}

inline std::string sign(Algorithm algorithm, EVP_PKEY *key, const std::string &bytes) {
    std::string signature = sign_raw(algorithm, key, bytes);
    return algorithm == Algorithm::es256 ? raw_of_der(signature) : signature;
}

inline std::string hmac(Algorithm algorithm, const std::string &secret, const std::string &bytes) {
    const char *hash = algorithm == Algorithm::hs256 ? "SHA256" : algorithm == Algorithm::hs384 ? "SHA384" : "SHA512";
    std::string out(EVP_MAX_MD_SIZE, '\0');
    size_t size = 0;
    if (!EVP_Q_mac(nullptr, "HMAC", nullptr, hash, nullptr, secret.data(), secret.size(),
                   reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size(),
                   reinterpret_cast<unsigned char *>(out.data()), out.size(), &size))
        abort();
    out.resize(size);
    return out;
}

// A token of any header and payload whatever, signed.
inline std::string hmac_token(const std::string &secret, const std::string &header, const std::string &payload,
                              Algorithm algorithm = Algorithm::hs256) {
    std::string begin = base64(header) + "." + base64(payload);
    return begin + "." + base64(hmac(algorithm, secret, begin));
}
inline std::string token(Algorithm algorithm, EVP_PKEY *key, const std::string &header, const std::string &payload) {
    std::string begin = base64(header) + "." + base64(payload);
    return begin + "." + base64(sign(algorithm, key, begin));
}

inline Key key_of(Algorithm algorithm, const std::string &material) {
    djust::jwt::Problem problem = djust::jwt::Problem::none;
    return Key(djust::jwt::make_key(algorithm, material, &problem), djust::jwt::free_key);
}

}  // namespace tokens
