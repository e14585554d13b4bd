// Keys of strangers: JSON Web Keys, PEM, secrets, DER; also JSON Web Keys built around any numbers. The first byte says which.
// sources: src/jwt_import.cpp src/jwt_key.cpp src/jwt_json.cpp src/jwt_problem.cpp src/base64url.cpp
// libraries: -lcrypto -ljansson
// longest: 3000
#include "jwt_keys.hpp"

#include <cstring>
#include <algorithm>
#include <memory>
#include <string>


using djust::jwt::Algorithm;
using djust::jwt::Problem;
using fuzz::encoded;
using fuzz::must;

namespace {

// What was taken makes a key, is the one form of itself, and no signature of anybody's is its own.
void try_material(Algorithm algorithm, std::string_view material) {
    Problem problem = Problem::crypto_failed;
    djust::jwt::Key *key = djust::jwt::make_key(algorithm, material, &problem);
    must(key && problem == Problem::none && djust::jwt::algorithm_of(key) == algorithm);
    for (size_t size : {0, 1, 32, 64, 256, 512, 1024, 1025}) {
        std::string signature(size, '\x01');
        must(djust::jwt::verify_signature(key, "bytes", signature) == Problem::bad_signature);
    }
    djust::jwt::free_key(key);
}

void try_jwk(std::string_view text) {
    std::unique_ptr<char[]> exact(new char[text.size()]);
    memcpy(exact.get(), text.data(), text.size());
    djust::jwt::Jwk jwk;
    Problem problem = djust::jwt::read_jwk({exact.get(), text.size()}, &jwk);
    must((problem == Problem::none) == (jwk.material.data != nullptr));
    must(problem != Problem::crypto_failed && problem != Problem::out_of_memory);
    if (problem == Problem::none) {
        must(!jwk.has_key_id || djust::jwt::is_key_id(jwk.key_id));
        try_material(jwk.algorithm, jwk.material.view());
    }
    djust::jwt::release(&jwk.material);
}

void try_text(Algorithm algorithm, std::string_view text) {
    std::unique_ptr<char[]> exact(new char[text.size()]);
    memcpy(exact.get(), text.data(), text.size());
    djust::jwt::Bytes out;
    Problem problem = djust::jwt::read_key_text(algorithm, {exact.get(), text.size()}, &out);
    must((problem == Problem::none) == (out.data != nullptr));
    must(problem != Problem::crypto_failed && problem != Problem::out_of_memory);
    if (problem == Problem::none) try_material(algorithm, out.view());
    djust::jwt::release(&out);
}

void try_der(Algorithm algorithm, std::string_view der) {
    std::unique_ptr<char[]> exact(new char[der.size()]);
    memcpy(exact.get(), der.data(), der.size());
    Problem problem = Problem::none;
    djust::jwt::Key *key = djust::jwt::make_key(algorithm, {exact.get(), der.size()}, &problem);
    must((key != nullptr) == (problem == Problem::none));
    must((problem == Problem::none) == (djust::jwt::check_material(algorithm, der, false) == Problem::none));
    djust::jwt::free_key(key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    std::string_view input(reinterpret_cast<const char *>(data) + 1, size - 1);
    auto algorithm = static_cast<Algorithm>(data[0] / 6 % 7);
    switch (data[0] % 6) {
        case 0:
            try_jwk(input);
            break;
        case 1:
            try_text(algorithm, input);
            break;
        case 2:
            try_der(algorithm, input);
            break;
        case 3:  // the point of an EC key
            try_jwk(R"({"kty":"EC","crv":"P-256","x":")" + encoded(input.substr(0, 32)) + R"(","y":")" +
                    encoded(input.substr(std::min<size_t>(32, input.size()))) + "\"}");
            break;
        case 4:  // modulus and exponent, which may have up to three bytes here
            if (size > 3)
                try_jwk(R"({"kty":"RSA","e":")" + encoded(input.substr(0, input[0] % 3 + 1)) + R"(","n":")" + encoded(input.substr(3)) + "\"}");
            break;
        case 5:
            try_jwk(std::string(R"({"kty":"oct","alg":"HS256","k":")") + encoded(input) + "\"}");
            try_jwk(std::string(R"({"kty":"OKP","crv":"Ed25519","x":")") + encoded(input) + "\"}");
            break;
    }
    fuzz::no_error_left();
    return 0;
}
