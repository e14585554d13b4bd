// Tokens of strangers: the text as it is, and headers and payloads that are signed, so that what stands behind the signature
// is reached. The first byte says which.
// sources: src/jwt.cpp src/jwt_import.cpp src/jwt_key.cpp src/jwt_json.cpp src/jwt_problem.cpp src/base64url.cpp
// libraries: -lcrypto -ljansson
// longest: 9000
#include "jwt_keys.hpp"

#include <cstring>
#include <algorithm>
#include <memory>
#include <string>

#include <jansson.h>

#include "jwt.hpp"

using djust::jwt::Problem;
using djust::jwt::Token;
using fuzz::encoded;
using fuzz::must;

namespace {

std::string_view rest_after(std::string_view &text, char end) {
    size_t at = text.find(end);
    std::string_view rest = at == text.npos ? std::string_view() : text.substr(at + 1);
    if (at != text.npos) text = text.substr(0, at);
    return rest;
}

int levels(const json_t *value) {
    int deepest = 0;
    if (json_is_object(value)) {
        for (void *at = json_object_iter(const_cast<json_t *>(value)); at; at = json_object_iter_next(const_cast<json_t *>(value), at))
            deepest = std::max(deepest, levels(json_object_iter_value(at)));
        return deepest + 1;
    }
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) deepest = std::max(deepest, levels(json_array_get(value, i)));
        return deepest + 1;
    }
    return 0;
}

// Every question that is asked of claims, with names of theirs and of ours.
void look(const Token &token, std::string_view name) {
    using Found = Token::Found;
    for (std::string_view claim : {std::string_view("exp"), std::string_view("iss"), std::string_view("tenant_id"),
                                   std::string_view("app_metadata.tenant_id"), std::string_view("a.b.c"), name}) {
        int64_t seconds = -1;
        if (token.time(claim, &seconds) == Found::present) must(seconds >= 0 && seconds <= 253402300799);
        std::string_view value;
        if (token.text(claim, &value) == Found::present) must(memchr(value.data(), 0, value.size()) == nullptr);
        std::unique_ptr<char[]> place(new char[Token::place_size]);
        if (token.tenant(claim, place.get(), &value) == Found::present) must(memchr(value.data(), 0, value.size()) == nullptr);
        token.audience_has(claim);
    }
    must(levels(token.claims) <= djust::jwt::deepest_json && json_is_object(token.claims));
}

Problem try_all(std::string_view text, std::string_view name) {
    // As long as it is and no longer, so that the sanitizer sees one byte too many.
    std::unique_ptr<char[]> compact(new char[text.size()]);
    memcpy(compact.get(), text.data(), text.size());
    Token token;
    Problem problem = token.read({compact.get(), text.size()});
    if (problem == Problem::none) {
        must(!token.has_key_id || djust::jwt::is_key_id(token.key_id));
        for (size_t i = 0; i < fuzz::keys; i++) {
            const djust::jwt::Key *key = fuzz::all_keys()[i];
            Problem verified = token.verify(key);
            must((verified == Problem::other_algorithm) == (token.algorithm != djust::jwt::algorithm_of(key)));
            must((verified == Problem::none) == (token.claims != nullptr));
            must(verified != Problem::crypto_failed && verified != Problem::out_of_memory);
            if (verified == Problem::none) look(token, name);
            if (verified != Problem::other_algorithm) problem = verified;
        }
    }
    must(djust::jwt::describe(problem) != nullptr);
    token.close();
    must(token.claims == nullptr && token.memory.data == nullptr);
    fuzz::no_error_left();
    return problem;
}

// Signed by HMAC as the header says it or not.
void try_signed(std::string_view header, std::string_view payload, size_t key) {
    std::string text = encoded(header) + "." + encoded(payload);
    unsigned char mac[64];
    size_t size = 0;
    must(djust::jwt::sign_bytes(fuzz::all_keys()[key], text, mac, &size) == Problem::none);
    text += "." + encoded({reinterpret_cast<char *>(mac), size});
    try_all(text, payload);
}

void try_payload(std::string_view payload) {
    const djust::jwt::Key *key = fuzz::all_keys()[0];
    djust::jwt::Bytes out;
    Problem signed_problem = djust::jwt::sign(key, "k", payload, &out);
    if (signed_problem == Problem::none) {
        // What was signed here is read here.
        must(try_all(out.view(), payload) == Problem::none);
    } else {
        must(out.data == nullptr);
        std::string text = encoded(R"({"alg":"HS256","kid":"k"})") + "." + encoded(payload);
        unsigned char mac[64];
        size_t size = 0;
        must(djust::jwt::sign_bytes(key, text, mac, &size) == Problem::none);
        text += "." + encoded({reinterpret_cast<char *>(mac), size});
        must(try_all(text, payload) != Problem::none);
    }
    djust::jwt::release(&out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    std::string_view input(reinterpret_cast<const char *>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            try_all(input, "");
            break;
        case 1: {
            std::string_view payload = rest_after(input, '\n');
            try_signed(input, payload, data[0] / 5 % 3);
            break;
        }
        case 2:
            try_payload(input);
            break;
        case 3: {
            // A signature of anybody's, of each algorithm in turn.
            std::string header = std::string(R"({"alg":")") + djust::jwt::name_of(static_cast<djust::jwt::Algorithm>(data[0] / 5 % 7)) + "\"}";
            must(try_all(encoded(header) + ".e30." + encoded(input), "") != Problem::none);
            break;
        }
        case 4: {
            std::string_view key_id = input, payload = rest_after(key_id, '\n');
            djust::jwt::Bytes out;
            if (djust::jwt::sign(fuzz::all_keys()[2], key_id, payload, &out) == Problem::none) {
                Token token;
                must(token.read(out.view()) == Problem::none && key_id == token.key_id && token.has_key_id == !key_id.empty());
                token.close();
            }
            djust::jwt::release(&out);
            break;
        }
    }
    return 0;
}
