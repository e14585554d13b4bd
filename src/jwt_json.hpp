// JSON of strangers, read strictly. libjansson does it; its one function whose name the server has too, json_object(), is
// never called: the server's would be.
#pragma once
#include <cstddef>
#include <string_view>

#include "jwt_problem.hpp"

struct json_t;

namespace djust::jwt {

constexpr int deepest_json = 16;

// One object and nothing behind it, of at most 16 levels, no name twice in an object. The caller gives it to json_decref.
Problem read_object(std::string_view text, json_t **out);

// The member, or null. Without the 0 at its end.
json_t *member(const json_t *object, std::string_view name);

// The value of a JSON string; false when it is none (null included).
bool text_of(const json_t *value, std::string_view *out);

// A key id as tokens and key sets have it: 1 to 255 bytes, no control character.
constexpr size_t longest_key_id = 255;
bool is_key_id(std::string_view text);

}  // namespace djust::jwt
