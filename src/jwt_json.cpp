#include "jwt_json.hpp"

#include <jansson.h>

namespace djust::jwt {

namespace {

// libjansson's own bound is 2048 levels. Brackets are counted before it runs, those in strings left out; whether they match
// is for it to say.
bool is_too_deep(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size(); i++) {
        char character = text[i];
        if (in_string) {
            if (character == '\\')
                i++;
            else if (character == '"')
                in_string = false;
        } else if (character == '"') {
            in_string = true;
        } else if (character == '{' || character == '[') {
            if (++depth > deepest_json) return true;
        } else if (character == '}' || character == ']') {
            depth--;
        }
    }
    return false;
}

}  // namespace

Problem read_object(std::string_view text, json_t **out) {
    *out = nullptr;
    if (is_too_deep(text)) return Problem::too_deep;
    json_error_t error;
    json_t *value = json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &error);
    if (!value) {
        switch (json_error_code(&error)) {
            case json_error_duplicate_key:
                return Problem::duplicate_name;
            case json_error_out_of_memory:
                return Problem::out_of_memory;
            default:
                return Problem::not_json;
        }
    }
    if (!json_is_object(value)) {
        json_decref(value);
        return Problem::not_json;
    }
    *out = value;
    return Problem::none;
}

json_t *member(const json_t *object, std::string_view name) { return json_object_getn(object, name.data(), name.size()); }

bool text_of(const json_t *value, std::string_view *out) {
    if (!value || !json_is_string(value)) return false;
    *out = {json_string_value(value), json_string_length(value)};
    return true;
}

bool is_key_id(std::string_view text) {
    if (text.empty() || text.size() > longest_key_id) return false;
    for (size_t i = 0; i < text.size(); i++) {
        auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) return false;
        // U+0080 to U+009F in UTF-8.
        if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
    }
    return true;
}

}  // namespace djust::jwt
