#include "jwt_import.hpp"

#include <cstring>

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base64url.hpp"

namespace djust::jwt {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view without_blanks_around(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool contains(std::string_view text, std::string_view part) {
    return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

bool begins_with(std::string_view text, std::string_view beginning) {
    return text.size() >= beginning.size() && memcmp(text.data(), beginning.data(), beginning.size()) == 0;
}

Problem copy(std::string_view from, Bytes *out) {
    if (!allocate(out, from.size())) return Problem::out_of_memory;
    if (!from.empty()) memcpy(out->data, from.data(), from.size());
    return Problem::none;
}

// Into `out` what passes the checks of its algorithm.
Problem take_material(Algorithm algorithm, std::string_view material, Bytes *out) {
    Problem problem = check_material(algorithm, material, true);
    return problem == Problem::none ? copy(material, out) : problem;
}

Problem read_pem(Algorithm algorithm, std::string_view text, Bytes *out) {
    if (contains(text, "PRIVATE KEY-----")) return Problem::private_key;
    if (contains(text, "CERTIFICATE-----")) return Problem::certificate;
    // OpenSSL's reader passes over what stands around a block.
    if (!begins_with(text, "-----BEGIN PUBLIC KEY-----")) return Problem::not_one_public_key;
    BIO *source = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    if (!source) return Problem::out_of_memory;
    char *kind = nullptr, *header = nullptr;
    unsigned char *der = nullptr;
    long size = 0;
    Problem problem = Problem::not_one_public_key;
    // The plain reader of a block: the one for keys would ask for a pass phrase on a terminal.
    if (PEM_read_bio(source, &kind, &header, &der, &size) == 1 && *header == '\0' && BIO_pending(source) == 0)
        problem = take_material(algorithm, {reinterpret_cast<char *>(der), static_cast<size_t>(size)}, out);
    OPENSSL_free(kind);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(source);
    return problem;
}

// A member in base64url.
Problem read_bytes(const json_t *jwk, std::string_view name, Bytes *out) {
    std::string_view text;
    if (!text_of(member(jwk, name), &text) || text.empty()) return Problem::bad_key_member;
    if (!allocate(out, base64url::most_bytes(text.size()))) return Problem::out_of_memory;
    std::optional<size_t> size = base64url::decode(text, out->data);
    if (!size) return Problem::bad_base64;
    out->size = *size;
    return Problem::none;
}

// The DER form of a public key that is given by its parameters.
Problem take_public_key(Algorithm algorithm, const char *type, OSSL_PARAM_BLD *builder, Bytes *out) {
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr);
    EVP_PKEY *key = nullptr;
    unsigned char *der = nullptr;
    Problem problem = Problem::bad_public_key;
    if (!parameters || !context) {
        problem = Problem::crypto_failed;
    } else if (EVP_PKEY_fromdata_init(context) == 1 &&
               EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1) {
        int size = i2d_PUBKEY(key, &der);
        if (size > 0) problem = take_material(algorithm, {reinterpret_cast<char *>(der), static_cast<size_t>(size)}, out);
    }
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return problem;
}

Problem read_rsa(Algorithm algorithm, const json_t *jwk, OSSL_PARAM_BLD *builder, Bytes *out) {
    Bytes modulus, exponent;
    BIGNUM *n = nullptr, *e = nullptr;
    Problem problem = read_bytes(jwk, "n", &modulus);
    if (problem == Problem::none) problem = read_bytes(jwk, "e", &exponent);
    if (problem == Problem::none && (modulus.size > longest_signature + 1 || exponent.size > modulus.size))
        problem = modulus.size > longest_signature + 1 ? Problem::oversized_rsa : Problem::bad_public_key;
    if (problem == Problem::none) {
        n = BN_bin2bn(modulus.data, static_cast<int>(modulus.size), nullptr);
        e = BN_bin2bn(exponent.data, static_cast<int>(exponent.size), nullptr);
        problem = n && e && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
                          OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1
                      ? take_public_key(algorithm, "RSA", builder, out)
                      : Problem::out_of_memory;
    }
    BN_free(n);
    BN_free(e);
    release(&modulus);
    release(&exponent);
    return problem;
}

Problem read_ec(const json_t *jwk, OSSL_PARAM_BLD *builder, Bytes *out) {
    constexpr size_t coordinate = 32;
    Bytes x, y;
    Problem problem = read_bytes(jwk, "x", &x);
    if (problem == Problem::none) problem = read_bytes(jwk, "y", &y);
    if (problem == Problem::none && (x.size != coordinate || y.size != coordinate)) problem = Problem::bad_key_member;
    if (problem == Problem::none) {
        unsigned char point[1 + 2 * coordinate] = {POINT_CONVERSION_UNCOMPRESSED};
        memcpy(point + 1, x.data, coordinate);
        memcpy(point + 1 + coordinate, y.data, coordinate);
        problem = OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
                          OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) == 1
                      ? take_public_key(Algorithm::es256, "EC", builder, out)
                      : Problem::out_of_memory;
    }
    release(&x);
    release(&y);
    return problem;
}

Problem read_okp(const json_t *jwk, OSSL_PARAM_BLD *builder, Bytes *out) {
    Bytes x;
    Problem problem = read_bytes(jwk, "x", &x);
    if (problem == Problem::none && x.size != 32) problem = Problem::bad_key_member;
    if (problem == Problem::none)
        problem = OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, x.data, x.size) == 1
                      ? take_public_key(Algorithm::eddsa, "ED25519", builder, out)
                      : Problem::out_of_memory;
    release(&x);
    return problem;
}

Problem read_oct(Algorithm algorithm, const json_t *jwk, Bytes *out) {
    Bytes secret;
    Problem problem = read_bytes(jwk, "k", &secret);
    if (problem == Problem::none) problem = take_material(algorithm, secret.view(), out);
    release(&secret);
    return problem;
}

// Whether the members say that it verifies signatures (RFC 7517 sections 4.2 and 4.3).
Problem check_purpose(const json_t *jwk) {
    std::string_view text;
    const json_t *use = member(jwk, "use"), *operations = member(jwk, "key_ops");
    if (use && !text_of(use, &text)) return Problem::bad_key_member;
    if (use && text != "sig") return Problem::not_for_verifying;
    if (!operations) return Problem::none;
    if (!json_is_array(operations)) return Problem::bad_key_member;
    bool verifies = false;
    for (size_t i = 0; i < json_array_size(operations); i++) {
        if (!text_of(json_array_get(operations, i), &text)) return Problem::bad_key_member;
        verifies = verifies || text == "verify";
    }
    return verifies ? Problem::none : Problem::not_for_verifying;
}

// The algorithm that the key is for: what it says must fit its type.
Problem find_algorithm(const json_t *jwk, std::string_view type, Algorithm *out) {
    const json_t *alg = member(jwk, "alg");
    std::string_view name;
    if (alg) {
        if (!text_of(alg, &name)) return Problem::bad_key_member;
        std::optional<Algorithm> named = algorithm_named(name);
        if (!named) return Problem::unknown_algorithm;
        *out = *named;
    } else if (type == "oct") {
        return Problem::no_key_algorithm;
    } else {
        *out = type == "RSA" ? Algorithm::rs256 : type == "EC" ? Algorithm::es256 : Algorithm::eddsa;
    }
    const bool fits = type == "oct"   ? is_symmetric(*out)
                      : type == "RSA" ? *out == Algorithm::rs256 || *out == Algorithm::ps256
                      : type == "EC"  ? *out == Algorithm::es256
                                      : *out == Algorithm::eddsa;
    return fits ? Problem::none : Problem::other_key_type;
}

Problem read_members(const json_t *jwk, Jwk *out) {
    std::string_view type, curve, key_id;
    if (!text_of(member(jwk, "kty"), &type)) return Problem::bad_key_member;
    if (type != "oct" && type != "RSA" && type != "EC" && type != "OKP") return Problem::unknown_key_type;
    // In a key of type oct, "k" is the secret; in another it has no business.
    for (std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
        if (member(jwk, name) && (name != "k" || type != "oct")) return Problem::private_key;
    Problem problem = check_purpose(jwk);
    if (problem == Problem::none) problem = find_algorithm(jwk, type, &out->algorithm);
    if (problem != Problem::none) return problem;
    if (type == "EC" || type == "OKP") {
        if (!text_of(member(jwk, "crv"), &curve)) return Problem::bad_key_member;
        if (curve != (type == "EC" ? "P-256" : "Ed25519")) return Problem::other_curve;
    }
    if (const json_t *kid = member(jwk, "kid")) {
        if (!text_of(kid, &key_id) || !is_key_id(key_id)) return Problem::bad_key_id;
        out->has_key_id = true;
        memcpy(out->key_id, key_id.data(), key_id.size());
        out->key_id[key_id.size()] = '\0';
    }
    if (type == "oct") return read_oct(out->algorithm, jwk, &out->material);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (!builder) return Problem::out_of_memory;
    problem = type == "RSA"  ? read_rsa(out->algorithm, jwk, builder, &out->material)
              : type == "EC" ? read_ec(jwk, builder, &out->material)
                             : read_okp(jwk, builder, &out->material);
    OSSL_PARAM_BLD_free(builder);
    return problem;
}

}  // namespace

Problem read_key_text(Algorithm algorithm, std::string_view text, Bytes *out) {
    *out = {};
    if (text.size() > longest_key_text) return Problem::key_too_long;
    if (is_symmetric(algorithm)) return take_material(algorithm, text, out);
    QuietErrors quiet;
    return read_pem(algorithm, without_blanks_around(text), out);
}

Problem read_jwk(std::string_view json, Jwk *out) {
    *out = {};
    if (json.size() > longest_key_text) return Problem::key_too_long;
    QuietErrors quiet;
    json_t *jwk = nullptr;
    Problem problem = read_object(json, &jwk);
    if (problem == Problem::none) problem = read_members(jwk, out);
    json_decref(jwk);
    return problem;
}

}  // namespace djust::jwt
