// Keys whose private halves are the RFCs' own, for the fuzzers of tokens and keys.
#pragma once
#include <cstdlib>
#include <string>
#include <string_view>

#include <openssl/err.h>

#include "base64url.hpp"
#include "jwt_import.hpp"

namespace fuzz {

constexpr std::string_view jwks[] = {
    R"({"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
    R"({"kty":"oct","alg":"HS384","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
    R"({"kty":"oct","alg":"HS512","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
    R"({"kty":"RSA","alg":"RS256","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
    R"({"kty":"RSA","alg":"PS256","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
};
constexpr size_t keys = sizeof(jwks) / sizeof(jwks[0]);

inline void must(bool holds) {
    if (!holds) abort();
}

// The fuzzers are built without exceptions, and strings of theirs are short.
inline std::string encoded(std::string_view bytes) {
    std::string text(djust::base64url::characters(bytes.size()), '?');
    djust::base64url::encode(bytes, text.data());
    return text;
}

// The key of each algorithm, in the order of the enum.
inline djust::jwt::Key *const *all_keys() {
    static djust::jwt::Key *made[keys];
    for (size_t i = 0; i < keys && !made[i]; i++) {
        djust::jwt::Jwk jwk;
        djust::jwt::Problem problem = djust::jwt::read_jwk(jwks[i], &jwk);
        must(problem == djust::jwt::Problem::none && static_cast<size_t>(jwk.algorithm) == i);
        made[i] = djust::jwt::make_key(jwk.algorithm, jwk.material.view(), &problem);
        must(made[i] != nullptr);
        djust::jwt::release(&jwk.material);
    }
    return made;
}

// Whatever came in, nothing of it may be left where the server's connections look for errors of their own.
inline void no_error_left() { must(ERR_peek_error() == 0); }

}  // namespace fuzz
