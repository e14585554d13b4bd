// Tokens as an identity provider issues them: a fresh key of one algorithm, and JSON Web Tokens that it signs. OpenSSL's.
#pragma once
#include <openssl/evp.h>

#include <memory>
#include <string>

namespace bench {

enum class Algorithm { hs256, es256, rs256, ps256, eddsa };
const char *name(Algorithm algorithm);  // as a token's header has it

struct Signed {
    std::string token;      // compact
    std::string message;    // its first two parts and the dot between them: the bytes that are signed
    std::string signature;  // bytes as OpenSSL takes them; of ES256 that is DER, unlike the token's third part
};

class Signer {
  public:
    // Makes a key: 32 bytes, P-256, RSA of 2048 bits or Ed25519. Raises Error.
    explicit Signer(Algorithm algorithm);
    Signed sign(const std::string &key_id, const std::string &payload) const;
    std::string text() const;  // what add_signing_key takes: the secret, or the public key in PEM
    std::string key() const;   // bytes: the secret, or the public key in DER

  private:
    std::string signature_of(const std::string &message) const;

    Algorithm algorithm_;
    std::string secret_;  // HS256
    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY *)> key_;  // the others
};

std::string hexadecimal(const std::string &bytes);

}  // namespace bench
