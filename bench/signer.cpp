#include "signer.hpp"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>

#include "connection.hpp"

namespace bench {

namespace {

constexpr size_t secret_size = 32;  // characters, hexadecimal
constexpr size_t p256_part = 32;    // bytes of r, and of s
constexpr size_t rsa_bits = 2048;

void require(bool done, const char *what) {
    if (!done) throw Error(std::string("OpenSSL cannot ") + what);
}

const unsigned char *bytes(const std::string &text) { return reinterpret_cast<const unsigned char *>(text.data()); }
unsigned char *bytes(std::string &text) { return reinterpret_cast<unsigned char *>(text.data()); }

std::string base64url(const std::string &text) {
    std::string result((text.size() + 2) / 3 * 4 + 1, '\0');
    result.resize(static_cast<size_t>(EVP_EncodeBlock(bytes(result), bytes(text), static_cast<int>(text.size()))));
    result.erase(std::find(result.begin(), result.end(), '='), result.end());
    std::replace(result.begin(), result.end(), '+', '-');
    std::replace(result.begin(), result.end(), '/', '_');
    return result;
}

EVP_PKEY *new_key(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::hs256: return nullptr;
        case Algorithm::es256: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
        case Algorithm::rs256:
        case Algorithm::ps256: return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", rsa_bits);
        case Algorithm::eddsa: return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    return nullptr;
}

// RFC 7518 section 3.4: r and s side by side, where OpenSSL has a DER sequence.
std::string side_by_side(const std::string &der) {
    const unsigned char *place = bytes(der);
    std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG *)> pair(
        d2i_ECDSA_SIG(nullptr, &place, static_cast<long>(der.size())), ECDSA_SIG_free);
    require(pair != nullptr, "read its own signature");
    std::string result(2 * p256_part, '\0');
    const int size = static_cast<int>(p256_part);
    require(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes(result), size) == size &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes(result) + p256_part, size) == size,
            "take its own signature apart");
    return result;
}

}  // namespace

const char *name(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::hs256: return "HS256";
        case Algorithm::es256: return "ES256";
        case Algorithm::rs256: return "RS256";
        case Algorithm::ps256: return "PS256";
        case Algorithm::eddsa: return "EdDSA";
    }
    return "";
}

Signer::Signer(Algorithm algorithm) : algorithm_(algorithm), key_(new_key(algorithm), EVP_PKEY_free) {
    if (algorithm != Algorithm::hs256) {
        require(key_ != nullptr, "make a key");
        return;
    }
    std::string random(secret_size / 2, '\0');
    require(RAND_bytes(bytes(random), static_cast<int>(random.size())) == 1, "find random bytes");
    secret_ = hexadecimal(random);
}

std::string Signer::signature_of(const std::string &message) const {
    if (algorithm_ == Algorithm::hs256) {
        std::string mac(EVP_MAX_MD_SIZE, '\0');
        unsigned size = 0;
        require(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes(message), message.size(),
                     bytes(mac), &size) != nullptr,
                "make an HMAC");
        mac.resize(size);
        return mac;
    }
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX *)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX *with = nullptr;  // the context's
    require(context && EVP_DigestSignInit(context.get(), &with, algorithm_ == Algorithm::eddsa ? nullptr : EVP_sha256(),
                                          nullptr, key_.get()) == 1,
            "begin a signature");
    if (algorithm_ == Algorithm::ps256)
        require(EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_rsa_pss_saltlen(with, RSA_PSS_SALTLEN_DIGEST) == 1,
                "choose PSS");
    size_t size = 0;
    require(EVP_DigestSign(context.get(), nullptr, &size, bytes(message), message.size()) == 1, "size a signature");
    std::string signature(size, '\0');
    require(EVP_DigestSign(context.get(), bytes(signature), &size, bytes(message), message.size()) == 1, "sign");
    signature.resize(size);
    return signature;
}

Signed Signer::sign(const std::string &key_id, const std::string &payload) const {
    Signed result;
    result.message = base64url(std::string(R"({"alg":")") + name(algorithm_) + R"(","typ":"JWT","kid":")" + key_id + "\"}") +
                     "." + base64url(payload);
    result.signature = signature_of(result.message);
    result.token = result.message + "." +
                   base64url(algorithm_ == Algorithm::es256 ? side_by_side(result.signature) : result.signature);
    return result;
}

std::string Signer::text() const {
    if (algorithm_ == Algorithm::hs256) return secret_;
    std::unique_ptr<BIO, int (*)(BIO *)> memory(BIO_new(BIO_s_mem()), BIO_free);
    require(memory && PEM_write_bio_PUBKEY(memory.get(), key_.get()) == 1, "write a public key");
    const char *data = nullptr;
    long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<size_t>(size)};
}

std::string Signer::key() const {
    if (algorithm_ == Algorithm::hs256) return secret_;
    int size = i2d_PUBKEY(key_.get(), nullptr);
    require(size > 0, "encode a public key");
    std::string der(static_cast<size_t>(size), '\0');
    unsigned char *place = bytes(der);
    i2d_PUBKEY(key_.get(), &place);
    return der;
}

std::string hexadecimal(const std::string &bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (unsigned char byte : bytes) {
        result += digits[byte >> 4];
        result += digits[byte & 15];
    }
    return result;
}

}  // namespace bench
