// Keys as administrators have them: a secret, a PEM public key, a JSON Web Key (RFC 7517).
#pragma once
#include <string_view>

#include "jwt_json.hpp"
#include "jwt_key.hpp"

namespace djust::jwt {

// Makes the material for make_key in `out`, which the caller releases. For HMAC the bytes of the text as they are, at least
// as many as the hash has; else one PEM block of the kind PUBLIC KEY with blanks around it at most.
Problem read_key_text(Algorithm algorithm, std::string_view text, Bytes *out);

// One key of a set as JSON text: oct, RSA, EC with P-256, OKP with Ed25519. Without "alg", EC is ES256, OKP EdDSA and RSA
// RS256 (Microsoft's sets leave it out), and oct is refused. "use" other than sig, "key_ops" without verify, and private
// members are refused; unknown members do not count.
struct Jwk {
    Algorithm algorithm = Algorithm::hs256;
    bool has_key_id = false;
    char key_id[longest_key_id + 1] = {};
    Bytes material;  // the caller releases it; empty when the key was refused
};
Problem read_jwk(std::string_view json, Jwk *out);

}  // namespace djust::jwt
