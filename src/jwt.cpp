#include "jwt.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jansson.h>

#include "base64url.hpp"

namespace djust::jwt {

namespace {

constexpr int64_t latest_time = 253402300799;  // the last second of the year 9999
constexpr int parts = 3;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// `small` in lower case.
bool equals_in_any_case(std::string_view text, std::string_view small) {
    if (text.size() != small.size()) return false;
    for (size_t i = 0; i < text.size(); i++)
        if (lower(text[i]) != small[i]) return false;
    return true;
}

// RFC 7515 section 4.1.9: "application/" may be left out, and letter case does not count in media types.
bool is_media_type(std::string_view text, std::string_view small) {
    constexpr std::string_view prefix = "application/";
    if (text.size() > prefix.size() && equals_in_any_case({text.data(), prefix.size()}, prefix)) text.remove_prefix(prefix.size());
    return equals_in_any_case(text, small);
}

// The three parts between two dots.
Problem split(std::string_view compact, std::string_view (&part)[parts]) {
    const char *begin = compact.data(), *const end = begin + compact.size();
    for (int i = 0; i < parts; i++) {
        const auto *dot = static_cast<const char *>(begin < end ? memchr(begin, '.', static_cast<size_t>(end - begin)) : nullptr);
        if ((dot == nullptr) != (i == parts - 1)) return Problem::not_three_parts;
        part[i] = {begin, static_cast<size_t>((dot ? dot : end) - begin)};
        if (dot) begin = dot + 1;
    }
    return Problem::none;
}

// What a header may not have whatever its value. Only "none" is told before: its missing signature is not what is wrong.
Problem find_forbidden(const json_t *header) {
    static constexpr struct {
        std::string_view name;
        Problem problem;
    } forbidden[] = {
        {"crit", Problem::critical},     {"b64", Problem::unencoded},    {"enc", Problem::encrypted},
        {"zip", Problem::encrypted},     {"jwk", Problem::embedded_key}, {"jku", Problem::embedded_key},
        {"x5u", Problem::embedded_key},  {"x5c", Problem::embedded_key},
    };
    for (const auto &one : forbidden)
        if (member(header, one.name)) return one.problem;
    return Problem::none;
}

Problem read_header(const json_t *header, Token *token) {
    std::string_view text;
    if (!text_of(member(header, "alg"), &text)) return Problem::no_algorithm;
    if (equals_in_any_case(text, "none")) return Problem::unsecured;
    std::optional<Algorithm> algorithm = algorithm_named(text);
    Problem problem = find_forbidden(header);
    if (problem != Problem::none) return problem;
    if (!algorithm) return Problem::unknown_algorithm;
    token->algorithm = *algorithm;
    if (const json_t *type = member(header, "typ"))
        if (!text_of(type, &text) || !(is_media_type(text, "jwt") || is_media_type(text, "at+jwt"))) return Problem::bad_type;
    if (const json_t *content = member(header, "cty"))
        if (!text_of(content, &text) || is_media_type(text, "jwt")) return Problem::nested;
    if (const json_t *kid = member(header, "kid")) {
        if (!text_of(kid, &text) || !is_key_id(text)) return Problem::bad_key_id;
        token->has_key_id = true;
        memcpy(token->key_id, text.data(), text.size());
        token->key_id[text.size()] = '\0';
    }
    return Problem::none;
}

// Along the path, the longest name that is there at each level; null when it leads nowhere.
const json_t *at_path(const json_t *object, std::string_view path) {
    while (true) {
        std::string_view name = path;
        const json_t *value = member(object, name);
        while (!value) {
            const auto *dot = static_cast<const char *>(name.empty() ? nullptr : memrchr(name.data(), '.', name.size()));
            if (!dot) return nullptr;
            name = {name.data(), static_cast<size_t>(dot - name.data())};
            value = member(object, name);
        }
        if (name.size() == path.size()) return value;
        if (!json_is_object(value)) return nullptr;
        object = value;
        path.remove_prefix(name.size() + 1);
    }
}

}  // namespace

Problem Token::read(std::string_view compact) {
    close();
    if (compact.size() > longest_token) return Problem::too_long;
    std::string_view part[parts], decoded[parts];
    Problem problem = split(compact, part);
    if (problem != Problem::none) return problem;
    if (!allocate(&memory, base64url::most_bytes(compact.size()))) return Problem::out_of_memory;
    unsigned char *place = memory.data;
    for (int i = 0; i < parts; i++) {
        std::optional<size_t> size = base64url::decode(part[i], place);
        if (!size) return Problem::bad_base64;
        decoded[i] = {reinterpret_cast<char *>(place), *size};
        place += *size;
    }
    if (part[0].empty()) return Problem::empty_part;
    json_t *header = nullptr;
    problem = read_object(decoded[0], &header);
    if (problem == Problem::none) problem = read_header(header, this);
    json_decref(header);
    if (problem != Problem::none) return problem;
    if (part[1].empty() || part[2].empty()) return Problem::empty_part;
    payload = decoded[1];
    signature = decoded[2];
    signed_bytes = {compact.data(), part[0].size() + 1 + part[1].size()};
    return Problem::none;
}

Problem Token::verify(const Key *key) {
    json_decref(claims);
    claims = nullptr;
    // An algorithm that the key's owner did not choose is never tried, whatever the key's bytes would mean to it.
    if (algorithm_of(key) != algorithm) return Problem::other_algorithm;
    if (signed_bytes.empty()) return Problem::bad_signature;
    Problem problem = verify_signature(key, signed_bytes, signature);
    return problem == Problem::none ? read_object(payload, &claims) : problem;
}

void Token::close() {
    json_decref(claims);
    release(&memory);
    *this = {};
}

Token::Found Token::time(std::string_view claim, int64_t *seconds) const {
    const json_t *value = member(claims, claim);
    if (!value) return Found::absent;
    if (json_is_integer(value)) {
        json_int_t whole = json_integer_value(value);
        if (whole < 0 || whole > latest_time) return Found::malformed;
        *seconds = whole;
        return Found::present;
    }
    if (!json_is_real(value)) return Found::malformed;
    double number = json_real_value(value);
    if (!(number >= 0 && number <= static_cast<double>(latest_time))) return Found::malformed;
    *seconds = static_cast<int64_t>(number);
    return Found::present;
}

Token::Found Token::text(std::string_view claim, std::string_view *value) const {
    const json_t *found = member(claims, claim);
    if (!found) return Found::absent;
    return text_of(found, value) ? Found::present : Found::malformed;
}

bool Token::audience_has(std::string_view wanted) const {
    const json_t *audience = member(claims, "aud");
    std::string_view text;
    if (text_of(audience, &text)) return text == wanted;
    bool has = false;
    for (size_t i = 0; i < json_array_size(audience); i++) {
        if (!text_of(json_array_get(audience, i), &text)) return false;
        has = has || text == wanted;
    }
    return has;
}

Token::Found Token::tenant(std::string_view path, char *place, std::string_view *value) const {
    const json_t *found = claims ? at_path(claims, path) : nullptr;
    if (!found) return Found::absent;
    if (text_of(found, value)) return Found::present;
    if (!json_is_integer(found)) return Found::malformed;
    int length = snprintf(place, place_size, "%lld", static_cast<long long>(json_integer_value(found)));
    *value = {place, static_cast<size_t>(length)};
    return Found::present;
}

namespace {

// {"alg":"HS256","typ":"JWT","kid":"..."}: the key id as JSON writes it, into `out`.
Problem write_header(const Key *key, std::string_view key_id, Bytes *out) {
    constexpr char format[] = R"({"alg":"%s","typ":"JWT"%s%s})";
    char *quoted = nullptr;
    if (!key_id.empty()) {
        if (!is_key_id(key_id)) return Problem::bad_key_id;
        json_t *text = json_stringn(key_id.data(), key_id.size());
        if (!text) return Problem::bad_key_id;  // no UTF-8
        quoted = json_dumps(text, JSON_ENCODE_ANY);
        json_decref(text);
        if (!quoted) return Problem::out_of_memory;
    }
    const size_t room = sizeof(format) + 16 + (quoted ? strlen(quoted) : 0);
    Problem problem = Problem::out_of_memory;
    if (allocate(out, room)) {
        out->size = static_cast<size_t>(snprintf(reinterpret_cast<char *>(out->data), room, format, name_of(algorithm_of(key)),
                                                 quoted ? R"(,"kid":)" : "", quoted ? quoted : ""));
        problem = Problem::none;
    }
    free(quoted);
    return problem;
}

}  // namespace

Problem sign(const Key *key, std::string_view key_id, std::string_view payload, Bytes *out) {
    *out = {};
    if (!is_symmetric(algorithm_of(key))) return Problem::not_a_secret;
    if (payload.size() > longest_token) return Problem::too_long;
    json_t *claims = nullptr;
    Problem problem = read_object(payload, &claims);
    json_decref(claims);
    Bytes header;
    if (problem == Problem::none) problem = write_header(key, key_id, &header);
    if (problem != Problem::none) return problem;

    unsigned char signature[64];
    size_t signature_size = 0;
    const size_t header_length = base64url::characters(header.size), payload_length = base64url::characters(payload.size());
    const size_t signed_length = header_length + 1 + payload_length;
    if (signed_length + 1 + base64url::characters(sizeof(signature)) > longest_token)
        problem = Problem::too_long;
    else if (!allocate(out, longest_token + 1))
        problem = Problem::out_of_memory;
    if (problem == Problem::none) {
        auto *text = reinterpret_cast<char *>(out->data);
        base64url::encode(header.view(), text);
        text[header_length] = '.';
        base64url::encode(payload, text + header_length + 1);
        problem = sign_bytes(key, {text, signed_length}, signature, &signature_size);
        if (problem == Problem::none) {
            text[signed_length] = '.';
            base64url::encode({reinterpret_cast<char *>(signature), signature_size}, text + signed_length + 1);
            out->size = signed_length + 1 + base64url::characters(signature_size);
            text[out->size] = '\0';
        }
    }
    release(&header);
    if (problem != Problem::none) release(out);
    return problem;
}

}  // namespace djust::jwt
