// Keys as administrators have them: what is taken, and what must not be.
// sources: src/jwt_import.cpp src/jwt_key.cpp src/jwt_json.cpp src/jwt_problem.cpp src/base64url.cpp
// libraries: -lcrypto -ljansson
#include "tokens.hpp"

#include "../checks.hpp"

using djust::jwt::Problem;
using tokens::Algorithm;
using tokens::base64;
using checks::check;

namespace {

void expect(const std::string &name, Problem got, Problem wanted) {
    check(name, got == wanted, std::string("got: ") + djust::jwt::describe(got));
}

Problem text(Algorithm algorithm, const std::string &key) {
    djust::jwt::Bytes out;
    Problem problem = djust::jwt::read_key_text(algorithm, key, &out);
    if (problem != Problem::none && out.data) check("a refused key leaves nothing", false);
    djust::jwt::release(&out);
    return problem;
}

Problem jwk(const std::string &json, djust::jwt::Jwk *out = nullptr) {
    djust::jwt::Jwk own;
    Problem problem = djust::jwt::read_jwk(json, &own);
    if (problem != Problem::none && own.material.data) check("a refused key leaves nothing", false);
    if (problem == Problem::none) {
        tokens::Key key = tokens::key_of(own.algorithm, std::string(own.material.view()));
        if (!key) check("what was read makes a key", false, json);
    }
    djust::jwt::release(&own.material);
    if (out) *out = own;
    return problem;
}

std::string rsa_der(EVP_PKEY *key) {
    unsigned char *der = nullptr;
    int size = i2d_PublicKey(key, &der);
    if (size <= 0) abort();
    std::string bytes(reinterpret_cast<char *>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

// Signed by itself.
std::string certificate(EVP_PKEY *key) {
    X509 *made = X509_new();
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>("x"), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(made));
    X509_gmtime_adj(X509_getm_notBefore(made), 0);
    X509_gmtime_adj(X509_getm_notAfter(made), 60);
    unsigned char *der = nullptr;
    if (X509_set_pubkey(made, key) != 1 || X509_sign(made, key, EVP_sha256()) == 0) abort();
    int size = i2d_X509(made, &der);
    if (size <= 0) abort();
    std::string bytes(reinterpret_cast<char *>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    X509_free(made);
    return bytes;
}

// base64 of base64url.
std::string padded(std::string text) {
    for (char &c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (text.size() % 4 != 0) text += '=';
    return text;
}

void secrets() {
    for (auto [algorithm, size] : {std::pair{Algorithm::hs256, 32}, {Algorithm::hs384, 48}, {Algorithm::hs512, 64}}) {
        std::string name = std::string(djust::jwt::name_of(algorithm)) + " secret of ";
        auto length = static_cast<size_t>(size);
        expect(name + "its hash's length", text(algorithm, std::string(length, 'x')), Problem::none);
        expect(name + "a byte less", text(algorithm, std::string(length - 1, 'x')), Problem::weak_secret);
        expect(name + "nothing", text(algorithm, ""), Problem::weak_secret);
        expect(name + "1024 bytes", text(algorithm, std::string(1024, 'x')), Problem::none);
        expect(name + "1025 bytes", text(algorithm, std::string(1025, 'x')), Problem::key_too_long);
        Problem problem = Problem::none;
        check(name + "a byte less makes no key", !djust::jwt::make_key(algorithm, std::string(length - 1, 'x'), &problem));
        expect(name + "a byte less: why", problem, Problem::weak_secret);
    }
    tokens::PrivateKey rsa = tokens::generate(Algorithm::rs256), ec = tokens::generate(Algorithm::es256);
    for (const std::string &known : {tokens::public_pem(rsa.get()), tokens::public_pem(ec.get()), "\n  " + tokens::public_pem(ec.get()),
                                     std::string("-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUT\n-----END CERTIFICATE-----\n"),
                                     std::string("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me"),
                                     std::string("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY"),
                                     std::string(R"( {"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWh","e":"AQAB"})")}) {
        expect("what is public as a secret", text(Algorithm::hs256, known), Problem::public_key_as_secret);
        expect("what is public as the secret of a JWK", jwk(R"({"kty":"oct","alg":"HS256","k":")" + base64(known) + "\"}"),
               Problem::public_key_as_secret);
    }
    // As consoles and key sets (x5c) show it: in base64, without the lines of PEM.
    tokens::PrivateKey ed = tokens::generate(Algorithm::eddsa);
    tokens::PrivateKey p384(EVP_EC_gen("P-384"), EVP_PKEY_free);
    std::string blob("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19);
    blob += std::string(32, '\x5a');
    for (const auto &[what, der] : {std::pair{"RSA key", tokens::public_der(rsa.get())}, {"EC key", tokens::public_der(ec.get())},
                                    {"Ed25519 key", tokens::public_der(ed.get())}, {"P-384 key", tokens::public_der(p384.get())},
                                    {"RSA key of PKCS 1", rsa_der(rsa.get())}, {"certificate", certificate(ec.get())},
                                    {"SSH key", blob}}) {
        std::string name = std::string(what) + " as a secret, ", url = base64(der), plain = padded(url), lines;
        for (size_t i = 0; i < plain.size(); i += 64) lines += plain.substr(i, 64) + "\r\n";
        expect(name + "in DER", text(Algorithm::hs256, der), Problem::public_key_as_secret);
        expect(name + "in base64", text(Algorithm::hs256, plain), Problem::public_key_as_secret);
        expect(name + "in base64url", text(Algorithm::hs256, url), Problem::public_key_as_secret);
        expect(name + "in lines", text(Algorithm::hs256, " " + lines), Problem::public_key_as_secret);
        expect(name + "of a JWK", jwk(R"({"kty":"oct","alg":"HS256","k":")" + url + "\"}"), Problem::public_key_as_secret);
        expect(name + "in base64 in a JWK", jwk(R"({"kty":"oct","alg":"HS256","k":")" + base64(plain) + "\"}"),
               Problem::public_key_as_secret);
        Problem problem = Problem::none;
        check(name + "makes no key", !djust::jwt::make_key(Algorithm::hs256, plain, &problem) && problem == Problem::public_key_as_secret);
        // What merely begins as one is as good as any text.
        std::string cut = padded(base64(der.substr(0, 32)));
        if (der[0] == 0x30) expect(name + "cut off", text(Algorithm::hs256, cut), Problem::none);
    }
    for (const char *fine : {"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
                             "0123456789 is no base64 for it has blanks and a dot."})
        expect(std::string("a secret: ") + fine, text(Algorithm::hs256, fine), Problem::none);
}

void pem() {
    tokens::PrivateKey rsa = tokens::generate(Algorithm::rs256), ec = tokens::generate(Algorithm::es256);
    tokens::PrivateKey ed = tokens::generate(Algorithm::eddsa), weak = tokens::generate(Algorithm::rs256, 2047);
    std::string rsa_pem = tokens::public_pem(rsa.get()), ec_pem = tokens::public_pem(ec.get()), ed_pem = tokens::public_pem(ed.get());
    expect("RS256 takes an RSA key", text(Algorithm::rs256, rsa_pem), Problem::none);
    expect("PS256 takes an RSA key", text(Algorithm::ps256, rsa_pem), Problem::none);
    expect("ES256 takes a key of P-256", text(Algorithm::es256, ec_pem), Problem::none);
    expect("EdDSA takes a key of Ed25519", text(Algorithm::eddsa, ed_pem), Problem::none);
    expect("blanks around it", text(Algorithm::es256, "\n\t " + ec_pem + " \r\n"), Problem::none);
    expect("without a line end", text(Algorithm::es256, ec_pem.substr(0, ec_pem.size() - 1)), Problem::none);
    std::string windows;
    for (char c : ec_pem) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    expect("lines of Windows", text(Algorithm::es256, windows), Problem::none);

    djust::jwt::Bytes out;
    expect("the material", djust::jwt::read_key_text(Algorithm::rs256, rsa_pem, &out), Problem::none);
    check("the material is the public key in DER", std::string(out.view()) == tokens::public_der(rsa.get()));
    djust::jwt::release(&out);

    for (Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256, Algorithm::es256, Algorithm::eddsa}) {
        std::string name = djust::jwt::name_of(algorithm);
        bool is_rsa = algorithm == Algorithm::rs256 || algorithm == Algorithm::ps256;
        if (!is_rsa) expect(name + " and an RSA key", text(algorithm, rsa_pem), Problem::other_key_type);
        if (algorithm != Algorithm::es256) expect(name + " and an EC key", text(algorithm, ec_pem), Problem::other_key_type);
        if (algorithm != Algorithm::eddsa) expect(name + " and an Ed25519 key", text(algorithm, ed_pem), Problem::other_key_type);
        for (EVP_PKEY *pair : {rsa.get(), ec.get(), ed.get()}) {
            expect(name + ": a private key", text(algorithm, tokens::private_pem(pair)), Problem::private_key);
            expect(name + ": a private key behind a public one", text(algorithm, tokens::public_pem(pair) + tokens::private_pem(pair)),
                   Problem::private_key);
        }
        expect(name + ": a certificate", text(algorithm, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
               Problem::certificate);
        for (const std::string &bad : {std::string(), std::string("secret"), "x" + ec_pem, ec_pem + "x", ec_pem + ec_pem,
                                       std::string("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
                                       std::string("-----BEGIN PUBLIC KEY-----\nMFkw\n"),
                                       std::string("-----BEGIN RSA PUBLIC KEY-----\nMIIB\n-----END RSA PUBLIC KEY-----\n"),
                                       // Encrypted, it says; OpenSSL's reader of keys would ask for a pass phrase.
                                       std::string("-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,") +
                                           std::string(32, '0') + "\n\n" + ec_pem.substr(ec_pem.find('\n') + 1)}) {
            Problem got = text(algorithm, bad);
            check(name + ": no one block", got == Problem::not_one_public_key || got == Problem::bad_public_key, djust::jwt::describe(got));
        }
        expect(name + ": no key in the block", text(algorithm, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
               Problem::bad_public_key);
        expect(name + ": too long", text(algorithm, ec_pem + std::string(16384, ' ')), Problem::key_too_long);
    }
    expect("RSA of 2047 bits", text(Algorithm::rs256, tokens::public_pem(weak.get())), Problem::weak_rsa);

    for (const char *curve : {"P-384", "secp256k1"}) {
        tokens::PrivateKey other(EVP_EC_gen(curve), EVP_PKEY_free);
        expect(std::string("ES256 and ") + curve, text(Algorithm::es256, tokens::public_pem(other.get())), Problem::other_curve);
    }
    tokens::PrivateKey x25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), EVP_PKEY_free);
    tokens::PrivateKey ed448(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"), EVP_PKEY_free);
    expect("EdDSA and X25519", text(Algorithm::eddsa, tokens::public_pem(x25519.get())), Problem::other_key_type);
    expect("EdDSA and Ed448", text(Algorithm::eddsa, tokens::public_pem(ed448.get())), Problem::other_key_type);

    // A curve of one's own that calls itself by the numbers of P-256 (CVE-2020-0601), and a compressed point.
    EVP_PKEY_set_utf8_string_param(ec.get(), "encoding", "explicit");
    expect("ES256 with the curve spelled out", text(Algorithm::es256, tokens::public_pem(ec.get())), Problem::other_curve);
    EVP_PKEY_set_utf8_string_param(ec.get(), "encoding", "named_curve");
    EVP_PKEY_set_utf8_string_param(ec.get(), "point-format", "compressed");
    expect("ES256 with a compressed point", text(Algorithm::es256, tokens::public_pem(ec.get())), Problem::other_curve);

    // One byte of the point is another: off the curve. One byte behind the key: not the one form.
    EVP_PKEY_set_utf8_string_param(ec.get(), "point-format", "uncompressed");
    std::string der = tokens::public_der(ec.get());
    Problem problem = Problem::none;
    check("a key's DER makes a key", tokens::key_of(Algorithm::es256, der) != nullptr);
    std::string off = der;
    off.back() = static_cast<char>(off.back() ^ 1);
    check("off the curve", !djust::jwt::make_key(Algorithm::es256, off, &problem) && problem == Problem::bad_public_key);
    check("a byte behind", !djust::jwt::make_key(Algorithm::es256, der + '\0', &problem) && problem == Problem::bad_public_key);
    check("a byte short", !djust::jwt::make_key(Algorithm::es256, der.substr(0, der.size() - 1), &problem));
    check("nothing", !djust::jwt::make_key(Algorithm::es256, "", &problem) && problem == Problem::bad_public_key);
}

const std::string n =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"
    "5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt"
    "-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
const std::string rsa = R"({"kty":"RSA","e":"AQAB","n":")" + n + "\"";
const std::string ec = R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                       R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM")";
const std::string okp = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
const std::string oct = R"({"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")";

void jwks() {
    djust::jwt::Jwk got;
    // RFC 7517 A.1: its EC key is for encryption.
    expect("RFC 7517 A.1: EC", jwk(ec + R"(,"use":"enc","kid":"1"})"), Problem::not_for_verifying);
    expect("RFC 7517 A.1: EC, for signatures", jwk(ec + R"(,"use":"sig","kid":"1"})", &got), Problem::none);
    check("RFC 7517 A.1: EC is ES256, key id 1", got.algorithm == Algorithm::es256 && got.has_key_id && std::string(got.key_id) == "1");
    expect("RFC 7517 A.1: RSA", jwk(rsa + R"(,"alg":"RS256","kid":"2011-04-29"})", &got), Problem::none);
    check("RFC 7517 A.1: RSA is RS256", got.algorithm == Algorithm::rs256 && std::string(got.key_id) == "2011-04-29");
    expect("RFC 8037 A.2", jwk(okp + "}", &got), Problem::none);
    check("RFC 8037 A.2 is EdDSA without a key id", got.algorithm == Algorithm::eddsa && !got.has_key_id && got.key_id[0] == '\0');
    expect("RFC 9864: Ed25519", jwk(okp + R"(,"alg":"Ed25519"})", &got), Problem::none);
    check("RFC 9864: Ed25519 is EdDSA", got.algorithm == Algorithm::eddsa);
    expect("RFC 9864: Ed25519 of RSA", jwk(rsa + R"(,"alg":"Ed25519"})"), Problem::other_key_type);
    expect("RFC 9864: Ed25519 of Ed448", jwk(R"({"kty":"OKP","crv":"Ed448","alg":"Ed25519","x":"AAAA"})"), Problem::other_curve);
    expect("RFC 9864: Ed448", jwk(okp + R"(,"alg":"Ed448"})"), Problem::unknown_algorithm);
    expect("a secret", jwk(oct + "}", &got), Problem::none);
    check("a secret is HS256", got.algorithm == Algorithm::hs256);
    expect("RSA for PS256", jwk(rsa + R"(,"alg":"PS256"})", &got), Problem::none);
    check("RSA for PS256 is PS256", got.algorithm == Algorithm::ps256);
    expect("RSA without an algorithm", jwk(rsa + "}", &got), Problem::none);
    check("RSA without an algorithm is RS256", got.algorithm == Algorithm::rs256);
    expect("a secret without an algorithm", jwk(R"({"kty":"oct","k":")" + std::string(86, 'A') + "\"}"), Problem::no_key_algorithm);
    expect("what Microsoft adds", jwk(rsa + R"(,"use":"sig","kid":"k","x5t":"k","x5c":["MIIC"],"issuer":"https://x"})"), Problem::none);

    for (const std::string &type : {rsa, ec, okp}) {
        std::string name = type.substr(8, 3) + ": ";
        for (const char *secret : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
            expect(name + "the private member " + secret, jwk(type + ",\"" + secret + "\":\"AAAA\"}"), Problem::private_key);
        for (const char *use : {"\"enc\"", "\"\"", "\"SIG\"", "\"sig \""})
            expect(name + "use " + use, jwk(type + ",\"use\":" + use + "}"), Problem::not_for_verifying);
        expect(name + "use 1", jwk(type + ",\"use\":1}"), Problem::bad_key_member);
        for (const char *operations : {"[\"sign\"]", "[]", "[\"encrypt\",\"wrapKey\"]", "[\"VERIFY\"]"})
            expect(name + "key_ops " + operations, jwk(type + ",\"key_ops\":" + operations + "}"), Problem::not_for_verifying);
        expect(name + "key_ops with verify", jwk(type + R"(,"key_ops":["sign","verify"]})"), Problem::none);
        expect(name + "key_ops as text", jwk(type + R"(,"key_ops":"verify"})"), Problem::bad_key_member);
        expect(name + "key_ops with a number", jwk(type + R"(,"key_ops":["verify",1]})"), Problem::bad_key_member);
        for (const char *alg : {"none", "RSA-OAEP", "ES384", "ECDH-ES", "hs256", ""})
            expect(name + "alg " + alg, jwk(type + ",\"alg\":\"" + alg + "\"}"), Problem::unknown_algorithm);
        expect(name + "alg HS256", jwk(type + R"(,"alg":"HS256"})"), Problem::other_key_type);
        expect(name + "alg null", jwk(type + R"(,"alg":null})"), Problem::bad_key_member);
        for (const std::string &kid : {std::string("1"), std::string("\"\""), std::string("null"), std::string(R"("a\tb")"),
                                       '"' + std::string(256, 'k') + '"'})
            expect(name + "kid " + kid, jwk(type + ",\"kid\":" + kid + "}"), Problem::bad_key_id);
        expect(name + "a member twice", jwk(type + R"(,"use":"sig","use":"sig"})"), Problem::duplicate_name);
        expect(name + "something behind", jwk(type + "}}"), Problem::not_json);
        expect(name + "too long", jwk(type + ",\"x\":\"" + std::string(16384, 'x') + "\"}"), Problem::key_too_long);
        expect(name + "too deep", jwk(type + ",\"x\":" + std::string(16, '[') + std::string(16, ']') + "}"), Problem::too_deep);
    }
    expect("oct with d", jwk(oct + R"(,"d":"AAAA"})"), Problem::private_key);
    expect("oct for RS256", jwk(R"({"kty":"oct","alg":"RS256","k":"AAAA"})"), Problem::other_key_type);
    expect("oct that is short", jwk(R"({"kty":"oct","alg":"HS256","k":"AAAA"})"), Problem::weak_secret);
    expect("oct with padding", jwk(R"({"kty":"oct","alg":"HS256","k":"AAAA="})"), Problem::bad_base64);
    for (const char *type : {"\"DSA\"", "\"rsa\"", "\"\"", "\"AKP\""})
        expect(std::string("kty ") + type, jwk(std::string("{\"kty\":") + type + "}"), Problem::unknown_key_type);
    for (const char *json : {"{}", R"({"kty":1})", R"({"kty":"RSA"})", R"({"kty":"EC","crv":"P-256"})", R"({"kty":"EC"})", R"({"kty":"OKP"})",
                             R"({"kty":"oct","alg":"HS256"})", R"({"kty":"oct","alg":"HS256","k":7})",
                             R"({"kty":"oct","alg":"HS256","k":""})", R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})",
                             R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})", R"({"kty":"RSA","n":"AAAA"})"})
        expect(std::string("missing: ") + json, jwk(json), Problem::bad_key_member);
    expect("a set and not a key", jwk(R"({"keys":[]})"), Problem::bad_key_member);
    // A set's reader passes over these: whatever else is said of them, but that they are private.
    expect("EC of P-384 with a key id of its own", jwk(R"({"kty":"EC","crv":"P-384","kid":7,"x":"AAAA","y":"AAAA"})"), Problem::other_curve);
    expect("EC of P-384, private", jwk(R"({"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA","d":"AAAA"})"), Problem::private_key);
    expect("EC of P-384", jwk(R"({"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"})"), Problem::other_curve);
    expect("EC of secp256k1", jwk(R"({"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"})"), Problem::other_curve);
    expect("OKP of X25519", jwk(R"({"kty":"OKP","crv":"X25519","x":"AAAA"})"), Problem::other_curve);
    expect("OKP of Ed448", jwk(R"({"kty":"OKP","crv":"Ed448","x":"AAAA"})"), Problem::other_curve);
    std::string zeros(43, 'A');
    expect("EC at zero", jwk(R"({"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")" + zeros + "\"}"), Problem::bad_public_key);

    auto numbers = [](const std::string &modulus, const std::string &exponent) {
        return jwk(R"({"kty":"RSA","n":")" + base64(modulus) + R"(","e":")" + base64(exponent) + "\"}");
    };
    tokens::PrivateKey weak = tokens::generate(Algorithm::rs256, 1024);
    BIGNUM *modulus = nullptr;
    EVP_PKEY_get_bn_param(weak.get(), "n", &modulus);
    std::string small(128, '\0');
    BN_bn2bin(modulus, reinterpret_cast<unsigned char *>(small.data()));
    BN_free(modulus);
    const std::string usual("\x01\x00\x01", 3);
    expect("RSA of 1024 bits", numbers(small, usual), Problem::weak_rsa);
    expect("RSA of 1024 bits behind zeros", numbers(std::string(200, '\0') + small, usual), Problem::weak_rsa);
    expect("RSA of 8200 bits", numbers(std::string(1025, '\xff'), usual), Problem::oversized_rsa);
    expect("RSA of 80000 bits", numbers(std::string(10000, '\xff'), usual), Problem::oversized_rsa);
    expect("RSA: an even modulus", numbers(std::string(255, '\xff') + '\xfe', usual), Problem::bad_public_key);
    expect("RSA: a modulus with small factors", numbers(std::string(256, '\xff'), usual), Problem::bad_public_key);
    // With the exponent 1 everything is its own signature.
    for (const char *e : {"AQ", "AA", "Ag", "AQAA"})
        expect(std::string("RSA: the exponent ") + e, jwk(R"({"kty":"RSA","e":")" + std::string(e) + R"(","n":")" + n + "\"}"),
               Problem::bad_public_key);
    expect("RSA: the exponent 3", jwk(R"({"kty":"RSA","e":"Aw","n":")" + n + "\"}"), Problem::none);
}

}  // namespace

int main() {
    secrets();
    pem();
    jwks();
    return checks::failures > 0;
}
