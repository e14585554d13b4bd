#include "jwt_problem.hpp"

namespace djust::jwt {

const char *describe(Problem problem) {
    switch (problem) {
        case Problem::none:
            return "";
        case Problem::too_long:
            return "A token has at most 8192 bytes.";
        case Problem::not_three_parts:
            return "A signed token has three parts with a dot between them; five parts are an encrypted token's.";
        case Problem::empty_part:
            return "None of a token's three parts may be empty.";
        case Problem::bad_base64:
            return "A part is not base64url as RFC 7515 writes it: without padding, blanks and other characters, and with "
                   "zeros in the bits that are left over.";
        case Problem::not_json:
            return "A part is not one JSON object in strict form (RFC 8259: UTF-8, nothing behind it, no character 0, no number "
                   "beyond 64 bits).";
        case Problem::duplicate_name:
            return "A JSON object has the same name twice.";
        case Problem::too_deep:
            return "The JSON is nested more than 16 levels deep.";
        case Problem::no_algorithm:
            return "The token's header has no algorithm.";
        case Problem::unsecured:
            return "The token's algorithm is none: it has no signature.";
        case Problem::unknown_algorithm:
            return "The algorithm is none of HS256, HS384, HS512, RS256, PS256, ES256 and EdDSA (Ed25519).";
        case Problem::critical:
            return "The token's header has critical extensions (\"crit\"); none is known here.";
        case Problem::unencoded:
            return "The token's header has \"b64\": an unencoded payload is not read here.";
        case Problem::encrypted:
            return "The token's header is that of an encrypted or compressed token (\"enc\" or \"zip\").";
        case Problem::embedded_key:
            return "The token's header brings or names a key of its own (\"jwk\", \"jku\", \"x5u\" or \"x5c\"); only keys that were "
                   "added here count.";
        case Problem::bad_type:
            return "The token's type (\"typ\") is neither JWT nor at+jwt.";
        case Problem::nested:
            return "The token has another token in it (\"cty\" is JWT).";
        case Problem::bad_key_id:
            return "The key id (\"kid\") is not text of 1 to 255 bytes without control characters.";
        case Problem::other_algorithm:
            return "The token's algorithm is not that of its key.";
        case Problem::bad_signature:
            return "The token's signature is not that of its key.";
        case Problem::key_too_long:
            return "The text of a key has at most 16384 bytes, and a secret at most 1024.";
        case Problem::weak_secret:
            return "The secret is shorter than its hash (RFC 7518 section 3.2): HS256 takes at least 32 bytes, HS384 48, HS512 64.";
        case Problem::public_key_as_secret:
            return "The secret is a public key or a certificate in one of its forms (PEM, DER, base64, SSH, JSON Web Key): whoever "
                   "knows it could sign.";
        case Problem::not_one_public_key:
            return "The key is not exactly one PEM block of the kind PUBLIC KEY.";
        case Problem::private_key:
            return "The key has private parts; only the public key belongs here. Take one that was not passed around.";
        case Problem::certificate:
            return "The key is a certificate; its public key alone belongs here, as \"openssl x509 -pubkey -noout\" writes it.";
        case Problem::unknown_key_type:
            return "The key's type (\"kty\") is none of oct, RSA, EC and OKP.";
        case Problem::other_key_type:
            return "The key's type is not that of its algorithm.";
        case Problem::other_curve:
            return "The key is neither an uncompressed point of P-256 (ES256) nor one of Ed25519 (EdDSA).";
        case Problem::weak_rsa:
            return "The RSA key has fewer than 2048 bits (RFC 7518 section 3.3).";
        case Problem::oversized_rsa:
            return "The RSA key has more than 8192 bits.";
        case Problem::bad_public_key:
            return "The key's numbers are no public key of its kind.";
        case Problem::no_key_algorithm:
            return "The key does not say its algorithm (\"alg\"), and its type alone does not tell it.";
        case Problem::bad_key_member:
            return "A member of the JSON Web Key is missing or has no value that it can have.";
        case Problem::not_for_verifying:
            return "The key is not meant for verifying signatures (\"use\" or \"key_ops\").";
        case Problem::not_a_secret:
            return "Tokens are signed here with the keys of HS256, HS384 and HS512 alone.";
        case Problem::out_of_memory:
            return "There is no memory left for reading it.";
        case Problem::crypto_failed:
            return "The cryptographic library does not do this algorithm here.";
    }
    return "";
}

bool is_unknown_kind(Problem problem) {
    return problem == Problem::unknown_key_type || problem == Problem::unknown_algorithm || problem == Problem::other_curve;
}

bool is_malformed(Problem problem) {
    switch (problem) {
        case Problem::none:
        case Problem::unsecured:
        case Problem::unknown_algorithm:
        case Problem::critical:
        case Problem::unencoded:
        case Problem::encrypted:
        case Problem::embedded_key:
        case Problem::bad_type:
        case Problem::nested:
        case Problem::other_algorithm:
        case Problem::bad_signature:
        case Problem::out_of_memory:
        case Problem::crypto_failed:
            return false;
        default:
            return true;
    }
}

}  // namespace djust::jwt
