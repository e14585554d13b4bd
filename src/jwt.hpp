// JSON Web Tokens in the compact form (RFC 7515, 7519; the advice of RFC 8725): reading, verifying, signing. Pure functions
// on bytes, nothing of PostgreSQL. Nothing here raises; what fails says why. Memory is malloc'd: who can be left by an error
// of the server between read() and close() closes in PG_FINALLY.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jwt_import.hpp"
#include "jwt_json.hpp"
#include "jwt_key.hpp"
#include "jwt_problem.hpp"

namespace djust::jwt {

constexpr size_t longest_token = 8192;  // bytes of its text

// read() tells which key to look for, verify() whether it is the key's token; only then there are claims: nothing that is not
// signed is ever read, and before, every claim is absent.
struct Token {
    Algorithm algorithm = Algorithm::hs256;  // what the header says; verify() compares it with the key's
    bool has_key_id = false;
    char key_id[longest_key_id + 1] = {};

    // The form of the whole, and the header. `compact` must stay where it is until verify() is done.
    Problem read(std::string_view compact);
    // The signature first, then whether the payload is a JSON object without a name twice.
    Problem verify(const Key *key);
    void close();  // also after a Problem, and as often as one likes

    enum class Found : unsigned char { absent, present, malformed };
    // exp, nbf, iat: whole seconds since 1970, fractions cut. Malformed: no number, negative, or after the year 9999 (such as
    // milliseconds).
    Found time(std::string_view claim, int64_t *seconds) const;
    // iss, sub, jti: a string. The value lives until close(), and may be empty.
    Found text(std::string_view claim, std::string_view *value) const;
    // aud: that string, or an array of strings alone with that one in it.
    bool audience_has(std::string_view wanted) const;
    // The claim of that very name, else a path of names with dots between them: app_metadata.tenant_id. A name may have dots
    // itself; at each level the longest that is there is taken. A string as it is, an integer as its text in `place`; any
    // other value is malformed. The value lives until close(); it may be empty and is not yet known to be a tenant id.
    static constexpr size_t place_size = 32;
    Found tenant(std::string_view path, char *place, std::string_view *value) const;

    // Of its own business alone.
    std::string_view signed_bytes;
    Bytes memory;  // header, payload and signature, decoded
    std::string_view payload, signature;
    json_t *claims = nullptr;
};

// Signs a JSON object with an HMAC key, `key_id` in the header when it is not empty. `out` is the token's text with a NUL
// behind it that its size does not count; the caller releases it.
Problem sign(const Key *key, std::string_view key_id, std::string_view payload, Bytes *out);

}  // namespace djust::jwt
