// Tokens: the examples of the RFCs, and each pitfall of RFC 8725 by itself.
// sources: src/jwt.cpp src/jwt_import.cpp src/jwt_key.cpp src/jwt_json.cpp src/jwt_problem.cpp src/base64url.cpp
// libraries: -lcrypto -ljansson
#include "tokens.hpp"

#include <cstring>

#include "../checks.hpp"

using djust::jwt::Problem;
using djust::jwt::Token;
using tokens::Algorithm;
using tokens::base64;
using checks::check;

namespace {

const std::string secret = "an example of a secret: 32 bytes, or more";
const std::string header = R"({"alg":"HS256","typ":"JWT","kid":"k1"})";

// What reading, then verifying says.
Problem outcome(const std::string &compact, const djust::jwt::Key *key) {
    Token token;
    Problem problem = token.read(compact);
    if (problem == Problem::none) problem = token.verify(key);
    if (problem != Problem::none && token.claims) problem = Problem::none;  // claims of what was refused
    token.close();
    return problem;
}

void expect(const std::string &name, Problem got, Problem wanted) {
    check(name, got == wanted, std::string("got: ") + djust::jwt::describe(got));
}

struct Signed {
    tokens::Key key = tokens::key_of(Algorithm::hs256, secret);
    Problem header(const std::string &text) const { return outcome(tokens::hmac_token(secret, text, "{}"), key.get()); }
    Problem payload(const std::string &text) const { return outcome(tokens::hmac_token(secret, ::header, text), key.get()); }
};

const std::string rfc_payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string es256_jwk = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

void example(const std::string &name, const std::string &jwk_text, const std::string &compact, Problem wanted) {
    djust::jwt::Jwk jwk;
    expect(name + ": the key", djust::jwt::read_jwk(jwk_text, &jwk), Problem::none);
    tokens::Key key = tokens::key_of(jwk.algorithm, std::string(jwk.material.view()));
    djust::jwt::release(&jwk.material);
    check(name + ": made", key != nullptr);
    if (!key) return;
    expect(name + ": the token", outcome(compact, key.get()), wanted);
    std::string other = compact;
    size_t at = other.rfind('.') + 2;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    expect(name + ": one bit of the signature", outcome(other, key.get()), Problem::bad_signature);
    std::string claims = base64(R"({"iss":"joe","exp":1300819381})");
    expect(name + ": another payload",
           outcome(compact.substr(0, compact.find('.') + 1) + claims + compact.substr(compact.rfind('.')), key.get()),
           Problem::bad_signature);
}

void rfc_examples() {
    example("RFC 7515 A.1 HS256",
            R"({"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + rfc_payload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            Problem::none);
    example("RFC 7515 A.2 RS256",
            R"({"kty":"RSA","alg":"RS256","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
            "eyJhbGciOiJSUzI1NiJ9." + rfc_payload +
                ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
            Problem::none);
    example("RFC 7515 A.3 ES256", es256_jwk,
            "eyJhbGciOiJFUzI1NiJ9." + rfc_payload +
                ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            Problem::none);
    // Its payload is "Example of Ed25519 signing": the signature is right, and then it is no token.
    example("RFC 8037 A.4 EdDSA", R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            Problem::not_json);
}

void every_algorithm() {
    const std::string payload = R"({"sub":"acme","exp":2000000000})";
    const std::pair<Algorithm, const char *> symmetric[] = {
        {Algorithm::hs256, "HS256"}, {Algorithm::hs384, "HS384"}, {Algorithm::hs512, "HS512"}};
    const std::pair<Algorithm, const char *> asymmetric[] = {
        {Algorithm::rs256, "RS256"}, {Algorithm::ps256, "PS256"}, {Algorithm::es256, "ES256"}, {Algorithm::eddsa, "EdDSA"}};
    const std::string long_secret(64, 's');
    for (auto [algorithm, name] : symmetric) {
        tokens::Key key = tokens::key_of(algorithm, long_secret);
        std::string text = std::string(R"({"alg":")") + name + "\"}";
        expect(std::string(name) + " is verified", outcome(tokens::hmac_token(long_secret, text, payload, algorithm), key.get()),
               Problem::none);
        expect(std::string(name) + " of another secret is refused",
               outcome(tokens::hmac_token(std::string(64, 't'), text, payload, algorithm), key.get()), Problem::bad_signature);
        for (auto [other, other_name] : symmetric)
            if (other != algorithm)
                expect(std::string(other_name) + " for a key of " + name,
                       outcome(tokens::hmac_token(long_secret, std::string(R"({"alg":")") + other_name + "\"}", payload, other),
                               key.get()),
                       Problem::other_algorithm);
    }
    for (auto [algorithm, name] : asymmetric) {
        tokens::PrivateKey pair = tokens::generate(algorithm), stranger = tokens::generate(algorithm);
        tokens::Key key = tokens::key_of(algorithm, tokens::public_der(pair.get()));
        std::string text = std::string(R"({"alg":")") + name + "\"}";
        std::string good = tokens::token(algorithm, pair.get(), text, payload);
        // More than once with the same key, and after a failure: it keeps nothing of one token for the next.
        expect(std::string(name) + " is verified", outcome(good, key.get()), Problem::none);
        expect(std::string(name) + " of a stranger is refused",
               outcome(tokens::token(algorithm, stranger.get(), text, payload), key.get()), Problem::bad_signature);
        expect(std::string(name) + " is verified again", outcome(good, key.get()), Problem::none);
        const std::string part = good.substr(0, good.rfind('.') + 1);
        const std::string signature = tokens::sign(algorithm, pair.get(), part.substr(0, part.size() - 1));
        for (const auto &[what, bytes] : {std::pair<const char *, std::string>{"a byte short", signature.substr(0, signature.size() - 1)},
                                          {"a byte short in front", signature.substr(1)},
                                          {"a byte long", signature + '\0'},
                                          {"a byte long in front", '\0' + signature},
                                          {"half", signature.substr(0, signature.size() / 2)},
                                          {"one byte", "\x01"},
                                          {"zeros", std::string(signature.size(), '\0')},
                                          {"ones", std::string(signature.size(), '\xff')}})
            expect(std::string(name) + ": a signature of " + what, outcome(part + base64(bytes), key.get()), Problem::bad_signature);

        // The confusion: what is public as the secret of HMAC.
        for (const std::string &known : {tokens::public_der(pair.get()), tokens::public_pem(pair.get())})
            expect(std::string(name) + ": HS256 with the public key as secret",
                   outcome(tokens::hmac_token(known, R"({"alg":"HS256"})", payload), key.get()), Problem::other_algorithm);
        for (auto [other, other_name] : asymmetric)
            if (other != algorithm)
                expect(std::string(other_name) + " for a key of " + name,
                       outcome(base64(std::string(R"({"alg":")") + other_name + "\"}") + "." + base64(payload) + "." +
                                   base64(signature),
                               key.get()),
                       Problem::other_algorithm);
    }
}

void signatures() {
    tokens::PrivateKey ec = tokens::generate(Algorithm::es256), rsa = tokens::generate(Algorithm::ps256);
    tokens::Key es256 = tokens::key_of(Algorithm::es256, tokens::public_der(ec.get()));
    tokens::Key ps256 = tokens::key_of(Algorithm::ps256, tokens::public_der(rsa.get()));
    std::string part = base64(R"({"alg":"ES256"})") + ".e30";
    std::string raw = tokens::sign(Algorithm::es256, ec.get(), part);
    expect("ES256 in DER", outcome(part + "." + base64(tokens::sign_raw(Algorithm::es256, ec.get(), part)), es256.get()),
           Problem::bad_signature);
    // CVE-2022-21449, and the values around the order of the curve.
    std::string order("\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2"
                      "\xfc\x63\x25\x51", 32);
    std::string zero(32, '\0'), one = std::string(31, '\0') + '\x01';
    for (const auto &[what, bytes] : {std::pair<const char *, std::string>{"r is 0", zero + raw.substr(32)},
                                      {"s is 0", raw.substr(0, 32) + zero},
                                      {"both are 0", zero + zero},
                                      {"both are the order", order + order},
                                      {"r is the order", order + raw.substr(32)},
                                      {"both are 1", one + one},
                                      {"r and s swapped", raw.substr(32) + raw.substr(0, 32)}})
        expect(std::string("ES256: ") + what, outcome(part + "." + base64(bytes), es256.get()), Problem::bad_signature);

    part = base64(R"({"alg":"PS256"})") + ".e30";
    expect("PS256 with a salt of 32 bytes",
           outcome(part + "." + base64(tokens::sign_raw(Algorithm::ps256, rsa.get(), part, 32)), ps256.get()), Problem::none);
    for (int salt : {0, 20, 64})
        expect("PS256 with a salt of " + std::to_string(salt) + " bytes",
               outcome(part + "." + base64(tokens::sign_raw(Algorithm::ps256, rsa.get(), part, salt)), ps256.get()),
               Problem::bad_signature);
    // One signature in 256 begins with a zero; without it, it is the same number in one byte less.
    for (Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256}) {
        const std::string name = djust::jwt::name_of(algorithm), begin = base64(R"({"alg":")" + name + "\"}") + ".";
        tokens::Key key = tokens::key_of(algorithm, tokens::public_der(rsa.get()));
        std::string text, signature = "x";
        for (int i = 0; signature[0] != 0; i++) {
            text = begin + base64("{\"i\":" + std::to_string(i) + "}");
            signature = tokens::sign(algorithm, rsa.get(), text);
        }
        expect(name + " with a zero in front", outcome(text + "." + base64(signature), key.get()), Problem::none);
        expect(name + " without the zero in front", outcome(text + "." + base64(signature.substr(1)), key.get()),
               Problem::bad_signature);
    }
    expect("PS256: the padding of RS256", outcome(part + "." + base64(tokens::sign(Algorithm::rs256, rsa.get(), part)), ps256.get()),
           Problem::bad_signature);
}

void forms() {
    Signed with;
    const std::string good = tokens::hmac_token(secret, header, R"({"a":1})");
    const std::string h = base64(header), p = base64(R"({"a":1})"), s = good.substr(good.rfind('.') + 1);
    auto expect_text = [&](const std::string &name, const std::string &text, Problem wanted) {
        expect("form: " + name, outcome(text, with.key.get()), wanted);
    };
    expect_text("good", good, Problem::none);
    expect_text("nothing", "", Problem::not_three_parts);
    expect_text("one part", h, Problem::not_three_parts);
    expect_text("two parts", h + "." + p, Problem::not_three_parts);
    expect_text("four parts", good + "." + s, Problem::not_three_parts);
    expect_text("four parts, the last empty", good + ".", Problem::not_three_parts);
    expect_text("five parts", good + "." + s + "." + s, Problem::not_three_parts);
    expect_text("dots alone", "..", Problem::empty_part);
    expect_text("no header", "." + p + "." + s, Problem::empty_part);
    expect_text("no payload", h + ".." + s, Problem::empty_part);
    expect_text("no signature", h + "." + p + ".", Problem::empty_part);
    for (const std::string &text : {" " + good, good + " ", good + "\n", h + " ." + p + "." + s, h + ".\n" + p + "." + s, good + "=",
                                    h + "." + p + "=." + s, good + std::string(1, '\0'), "Bearer " + good, "\"" + good + "\"",
                                    good.substr(0, good.size() - 1) + "\xc3\xa9"})
        expect_text("a character too many", text, Problem::bad_base64);
    // 32 bytes leave two bits over. The three other texts that would decode to the same bytes:
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 1; i < 4; i++)
        expect_text("bits left over", good.substr(0, good.size() - 1) + alphabet[alphabet.find(good.back()) + i], Problem::bad_base64);
    expect_text("bits left over in the payload", h + ".e31." + s, Problem::bad_base64);

    // As long as can be, and one byte longer.
    std::string longest;
    for (size_t filling = 5900; longest.size() < djust::jwt::longest_token; filling++) {
        std::string next = tokens::hmac_token(secret, header, R"({"a":")" + std::string(filling, 'x') + "\"}");
        if (next.size() > djust::jwt::longest_token) break;
        longest = next;
    }
    check("form: the longest is nearly 8192 bytes", longest.size() > 8188 && longest.size() <= 8192);
    expect_text("the longest", longest, Problem::none);
    expect_text("too long", longest + std::string(8193 - longest.size(), 'A'), Problem::too_long);
    expect_text("much too long", std::string(1 << 20, '.'), Problem::too_long);
}

void headers() {
    Signed with;
    auto expect_header = [&](const std::string &text, Problem wanted) { expect("header " + text, with.header(text), wanted); };
    for (const char *alg : {"none", "None", "NONE", "nOnE"}) {
        std::string text = std::string(R"({"alg":")") + alg + "\"}";
        expect_header(text, Problem::unsecured);
        expect("unsigned " + text, outcome(base64(text) + ".e30.", with.key.get()), Problem::unsecured);
    }
    for (const char *alg : {"hs256", "HS256 ", "HS-256", "", "ES384", "PS512", "HS1", "dir", "A128KW", "none ", "Ed448", "ed25519", "HS256\\u0000"})
        expect_header(std::string(R"({"alg":")") + alg + "\"}",
                      strstr(alg, "\\u0000") ? Problem::not_json : Problem::unknown_algorithm);
    // RFC 9864's name of EdDSA.
    expect_header(R"({"alg":"Ed25519"})", Problem::other_algorithm);
    tokens::PrivateKey ed = tokens::generate(Algorithm::eddsa);
    tokens::Key ed_key = tokens::key_of(Algorithm::eddsa, tokens::public_der(ed.get()));
    std::string signed_part = base64(R"({"alg":"Ed25519"})") + "." + base64("{}");
    expect("a token of Ed25519", outcome(signed_part + "." + base64(tokens::sign_raw(Algorithm::eddsa, ed.get(), signed_part)), ed_key.get()),
           Problem::none);
    for (const char *text : {"{}", R"({"alg":null})", R"({"alg":256})", R"({"alg":["HS256"]})", R"({"Alg":"HS256"})"})
        expect_header(text, Problem::no_algorithm);
    for (const char *typ : {"JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/jwt", "application/at+jwt", "Application/JWT"})
        expect_header(std::string(R"({"alg":"HS256","typ":")") + typ + "\"}", Problem::none);
    for (const char *typ : {"\"\"", "\"JOSE\"", "\"secevent+jwt\"", "\"application/\"", "\"application/application/jwt\"", "\"text/jwt\"",
                            "\"dpop+jwt\"", "1", "null", "[\"JWT\"]"})
        expect_header(std::string(R"({"alg":"HS256","typ":)") + typ + "}", Problem::bad_type);
    expect_header(R"({"alg":"HS256"})", Problem::none);
    for (const char *crit : {R"(["exp"])", "[]", R"(["b64"])", "null", R"("exp")", R"(["x"],"x":1)"})
        expect_header(std::string(R"({"alg":"HS256","crit":)") + crit + "}", Problem::critical);
    expect_header(R"({"alg":"HS256","b64":true})", Problem::unencoded);
    expect_header(R"({"alg":"HS256","b64":false})", Problem::unencoded);
    expect_header(R"({"alg":"HS256","enc":"A128GCM"})", Problem::encrypted);
    expect_header(R"({"alg":"RSA-OAEP","enc":"A128GCM"})", Problem::encrypted);
    expect_header(R"({"alg":"HS256","zip":"DEF"})", Problem::encrypted);
    expect_header(R"({"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}})", Problem::embedded_key);
    for (const char *name : {"jku", "x5u"})
        expect_header(std::string(R"({"alg":"HS256",")") + name + R"(":"https://attacker.example/keys"})", Problem::embedded_key);
    expect_header(R"({"alg":"HS256","x5c":["MIIB"]})", Problem::embedded_key);
    expect_header(R"({"alg":"HS256","x5t":"AAAA","x5t#S256":"AAAA","unknown":{"a":[1]}})", Problem::none);
    expect_header(R"({"alg":"HS256","cty":"JWT"})", Problem::nested);
    expect_header(R"({"alg":"HS256","cty":"application/jwt"})", Problem::nested);
    expect_header(R"({"alg":"HS256","cty":7})", Problem::nested);
    expect_header(R"({"alg":"HS256","cty":"application/json"})", Problem::none);

    for (const std::string &kid : {std::string("\"\""), std::string("7"), std::string("null"), std::string(R"(["k1"])"),
                                   std::string(R"("a\nb")"), std::string(R"("a\u007f")"), std::string(R"("\u0085")"),
                                   std::string(R"("\u001b[31m")"), '"' + std::string(256, 'k') + '"'})
        expect("header with the key id " + kid, with.header(R"({"alg":"HS256","kid":)" + kid + "}"), Problem::bad_key_id);
    for (const std::string &kid : {std::string("k"), std::string(255, 'k'), std::string("../../etc/passwd"), std::string("' OR 1=1 --"),
                                   std::string("caf\xc3\xa9"), std::string("\xc2\xa0")}) {
        Token token;
        Problem problem = token.read(tokens::hmac_token(secret, R"({"alg":"HS256","kid":")" + kid + "\"}", "{}"));
        check("the key id " + kid + " is read as it is", problem == Problem::none && token.has_key_id && kid == token.key_id);
        token.close();
        check("and forgotten", !token.has_key_id && token.key_id[0] == '\0');
    }
}

void json() {
    Signed with;
    auto expect_json = [&](const std::string &name, const std::string &text, Problem wanted) {
        expect("payload: " + name, with.payload(text), wanted);
    };
    auto nested = [](int levels) {
        std::string text = "{\"a\":";
        for (int i = 1; i < levels; i++) text += '[';
        for (int i = 1; i < levels; i++) text += ']';
        return text + "}";
    };
    expect_json("16 levels", nested(16), Problem::none);
    expect_json("17 levels", nested(17), Problem::too_deep);
    expect_json("2000 levels", nested(2000), Problem::too_deep);
    expect_json("brackets never closed", "{\"a\":" + std::string(3000, '['), Problem::too_deep);
    expect_json("brackets in a string", "{\"a\":\"" + std::string(300, '[') + "\\\"{[\"}", Problem::none);
    expect_json("brackets behind a string that ends in a backslash", "{\"a\\\\\":" + std::string(20, '['), Problem::too_deep);
    expect_json("a name twice", R"({"exp":1,"exp":2})", Problem::duplicate_name);
    expect_json("a name twice with the same value", R"({"exp":1,"exp":1})", Problem::duplicate_name);
    expect_json("a name twice, once in escapes", R"({"exp":1,"\u0065xp":2})", Problem::duplicate_name);
    expect_json("a name twice further down", R"({"a":[{"b":{"c":1,"d":2,"c":3}}]})", Problem::duplicate_name);
    expect_json("one name on two levels", R"({"a":{"a":{"a":1}}})", Problem::none);
    expect("header: a name twice", with.header(R"({"alg":"HS256","alg":"none"})"), Problem::duplicate_name);
    expect("header: a name twice further down", with.header(R"({"alg":"HS256","x":{"a":1,"a":1}})"), Problem::duplicate_name);
    for (const char *text : {"[]", "1", "\"x\"", "null", "true"}) {
        expect_json(std::string("no object: ") + text, text, Problem::not_json);
        expect(std::string("header: no object: ") + text, with.header(text), Problem::not_json);
    }
    for (const char *text : {"{", "{}}", "{} {}", "{}x", "{'a':1}", "{a:1}", "{\"a\":1,}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}",
                             "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":0x10}", "{/**/}", "\xef\xbb\xbf{}", "{\"a\":\"\n\"}",
                             "{\"a\":\"\\x\"}", "{\"a\":1e999}", "{\"a\":99999999999999999999}"})
        expect_json(std::string("no strict JSON: ") + text, text, Problem::not_json);
    expect_json("a NUL byte", std::string("{\"a\":\"b\0\"}", 10), Problem::not_json);
    expect_json("a NUL byte behind", std::string("{}\0", 3), Problem::not_json);
    expect_json("an escaped NUL", R"({"a":"b\u0000"})", Problem::not_json);
    expect_json("an escaped NUL in a name", R"({"exp\u0000":1})", Problem::not_json);
    for (const char *bytes : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xc1\xbf", "\xf8\x88\x80\x80\x80"})
        expect_json("no UTF-8", std::string("{\"a\":\"") + bytes + "\"}", Problem::not_json);
    for (const char *text : {R"({"a":"\ud800"})", R"({"a":"\udc00"})", R"({"a":"\ud800\ud800"})"})
        expect_json(std::string("half of a pair: ") + text, text, Problem::not_json);
    expect_json("blanks around it", " \t\r\n{ } \n", Problem::none);
    // What nobody signed is not read: not even whether it is JSON is told.
    std::string unsigned_token = base64(header) + "." + base64("{\"a\":1,\"a\":2}") + "." + base64(std::string(32, 'x'));
    expect("an unsigned payload is not looked at", outcome(unsigned_token, with.key.get()), Problem::bad_signature);
}

void claims() {
    tokens::Key key = tokens::key_of(Algorithm::hs256, secret);
    auto with = [&](const std::string &payload, auto look) {
        std::string compact = tokens::hmac_token(secret, header, payload);
        Token token;
        if (token.read(compact) != Problem::none || token.verify(key.get()) != Problem::none) return check("claims " + payload, false);
        look(token);
        token.close();
    };
    auto time = [&](const std::string &value, Token::Found wanted, int64_t seconds = 0) {
        with("{\"exp\":" + value + "}", [&](const Token &token) {
            int64_t got = 0;
            Token::Found found = token.time("exp", &got);
            check("exp " + value, found == wanted && got == seconds);
        });
    };
    using Found = Token::Found;
    time("1700000000", Found::present, 1700000000);
    time("1700000000.9", Found::present, 1700000000);
    time("1.7e9", Found::present, 1700000000);
    time("0", Found::present, 0);
    time("253402300799", Found::present, 253402300799);
    for (const char *value : {"253402300800", "1700000000000", "-1", "-0.5", "1e300", "1e12", "9223372036854775807", "\"1700000000\"", "null",
                              "true", "[1700000000]", "{}", "\"\""})
        time(value, Found::malformed);
    with("{\"nbf\":1}", [&](const Token &token) {
        int64_t got = 0;
        check("exp that is not there", token.time("exp", &got) == Found::absent && token.time("nb", &got) == Found::absent);
    });

    with(R"({"iss":"joe","jti":7,"sub":""})", [&](const Token &token) {
        std::string_view value;
        check("iss", token.text("iss", &value) == Found::present && value == "joe");
        check("sub that is empty", token.text("sub", &value) == Found::present && value.empty());
        check("jti that is a number", token.text("jti", &value) == Found::malformed);
        check("a claim that is not there", token.text("ISS", &value) == Found::absent);
    });

    auto audience = [&](const std::string &value, bool wanted) {
        with("{\"aud\":" + value + "}", [&](const Token &token) { check("aud " + value, token.audience_has("api") == wanted); });
    };
    audience("\"api\"", true);
    audience("[\"web\",\"api\"]", true);
    for (const char *value : {"\"API\"", "\"api \"", "\"web\"", "[]", "[\"web\"]", "[\"api\",1]", "[1,\"api\"]", "[[\"api\"]]", "{\"api\":1}",
                              "{\"0\":\"api\"}", "null", "\"\"", "[null]"})
        audience(value, false);
    with("{}", [&](const Token &token) { check("no aud", !token.audience_has("api") && !token.audience_has("")); });

    auto tenant = [&](const std::string &payload, const char *path, Found wanted, const std::string &text = "") {
        with(payload, [&](const Token &token) {
            char place[Token::place_size];
            std::string_view value;
            Found found = token.tenant(path, place, &value);
            check(std::string("tenant ") + path + " of " + payload, found == wanted && value == text, std::string(value));
        });
    };
    tenant(R"({"tenant_id":"acme"})", "tenant_id", Found::present, "acme");
    tenant(R"({"tenant_id":42})", "tenant_id", Found::present, "42");
    tenant(R"({"tenant_id":-9223372036854775808})", "tenant_id", Found::present, "-9223372036854775808");
    for (const char *value : {"4.2", "42.0", "true", "null", "[]", "[\"acme\"]", "{\"tenant_id\":\"acme\"}"})
        tenant(std::string("{\"tenant_id\":") + value + "}", "tenant_id", Found::malformed);
    tenant(R"({"app_metadata":{"tenant_id":"acme"},"tenant_id":"x"})", "app_metadata.tenant_id", Found::present, "acme");
    tenant(R"({"app_metadata.tenant_id":"top","app_metadata":{"tenant_id":"acme"}})", "app_metadata.tenant_id", Found::present, "top");
    tenant(R"({"https://x.org/claims":{"a.b":{"tenant":"acme"}}})", "https://x.org/claims.a.b.tenant", Found::present, "acme");
    tenant(R"({"a":{"b":{"c":"wrong"}},"a.b":{"c":"right"}})", "a.b.c", Found::present, "right");
    // No way back: what the longest name leads to decides, or a claim could be put beside the one that was meant.
    tenant(R"({"a":{"b":{"c":"wrong"}},"a.b":{"d":1}})", "a.b.c", Found::absent);
    for (const char *path : {"tenant", "app_metadata", "app_metadata.", ".tenant_id", "", ".", "a..b", "app_metadata.tenant_id.x", "list.0"})
        tenant(R"({"tenant_id":"acme","app_metadata":{"tenant_id":"acme"},"list":["acme"]})", path,
               std::string(path) == "app_metadata" ? Found::malformed : Found::absent);

    Token unread;
    int64_t seconds = 0;
    std::string_view value;
    char place[Token::place_size];
    check("a token that was not read has no claims", unread.time("exp", &seconds) == Found::absent &&
                                                         unread.text("iss", &value) == Found::absent && !unread.audience_has("x") &&
                                                         unread.tenant("tenant_id", place, &value) == Found::absent);
    expect("a token that was not read is not verified", unread.verify(key.get()), Problem::bad_signature);
    std::string compact = tokens::hmac_token(secret, header, R"({"iss":"joe"})");
    check("before it is verified a token has no claims",
          unread.read(compact) == Problem::none && unread.text("iss", &value) == Found::absent);
    unread.close();
    unread.close();
}

void signing() {
    for (auto [algorithm, size] : {std::pair{Algorithm::hs256, 32}, {Algorithm::hs384, 48}, {Algorithm::hs512, 64}}) {
        std::string name = std::string("sign ") + djust::jwt::name_of(algorithm);
        tokens::Key key = tokens::key_of(algorithm, std::string(static_cast<size_t>(size), 'k'));
        djust::jwt::Bytes out;
        expect(name, djust::jwt::sign(key.get(), "my \"key\" \\ caf\xc3\xa9", R"({"sub":"acme"})", &out), Problem::none);
        std::string text(out.view());
        check(name + " ends with a NUL", out.data && out.data[out.size] == 0);
        Token token;
        check(name + " is read", token.read(text) == Problem::none && std::string(token.key_id) == "my \"key\" \\ caf\xc3\xa9");
        std::string_view value;
        check(name + " is verified", token.verify(key.get()) == Problem::none && token.text("sub", &value) == Token::Found::present &&
                                         value == "acme");
        token.close();
        djust::jwt::release(&out);
        expect(name + " without a key id", djust::jwt::sign(key.get(), "", "{}", &out), Problem::none);
        check(name + " without a key id: none is there", token.read(out.view()) == Problem::none && !token.has_key_id);
        token.close();
        djust::jwt::release(&out);
        for (const auto &[what, key_id, payload, wanted] :
             {std::tuple{"an array", std::string("k"), std::string("[]"), Problem::not_json},
              {"a name twice", "k", R"({"a":1,"a":1})", Problem::duplicate_name},
              {"a key id with a line end", "k\n", "{}", Problem::bad_key_id},
              {"a key id that is no UTF-8", "k\xff", "{}", Problem::bad_key_id},
              {"a key id that is too long", std::string(256, 'k'), "{}", Problem::bad_key_id},
              {"a payload too long for a token", "k", "{\"a\":\"" + std::string(6100, 'x') + "\"}", Problem::too_long},
              {"a payload that is too long", "k", "{\"a\":\"" + std::string(9000, 'x') + "\"}", Problem::too_long}}) {
            expect(name + ": " + what, djust::jwt::sign(key.get(), key_id, payload, &out), wanted);
            check(name + ": " + what + " leaves nothing", out.data == nullptr);
        }
    }
    tokens::PrivateKey pair = tokens::generate(Algorithm::es256);
    tokens::Key key = tokens::key_of(Algorithm::es256, tokens::public_der(pair.get()));
    djust::jwt::Bytes out;
    expect("sign with a public key", djust::jwt::sign(key.get(), "k", "{}", &out), Problem::not_a_secret);
}

void sentences() {
    for (unsigned i = 0; i < djust::jwt::problems; i++) {
        std::string text = djust::jwt::describe(static_cast<Problem>(i));
        check("problem " + std::to_string(i) + " has a sentence", i == 0 ? text.empty() : text.size() > 10 && text.back() == '.', text);
    }
}

}  // namespace

int main() {
    rfc_examples();
    every_algorithm();
    signatures();
    forms();
    headers();
    json();
    claims();
    signing();
    sentences();
    return checks::failures > 0;
}
