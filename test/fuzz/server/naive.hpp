// What src/request.hpp promises, said again in the simplest words and with no care for speed: what the fuzzers compare with.
#pragma once
#include "server.hpp"

#include <optional>

namespace naive {

using server::Json;

inline std::string lower(std::string_view text) {
    std::string made(text);
    for (char &c : made)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return made;
}
inline bool made_of(std::string_view text, const char *others) {
    for (char c : text)
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && (c == '\0' || !strchr(others, c)))
            return false;
    return true;
}
inline bool all_of(std::string_view text, const char *these) {
    return text.find_first_not_of(these) == std::string_view::npos;
}
inline bool is_id(std::string_view text) { return !text.empty() && text.size() <= 128 && made_of(text, "-_.@+~|"); }

inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts(1);
    for (char c : text)
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}
inline std::string trimmed(std::string_view text) {
    size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
    return first == std::string_view::npos ? "" : std::string(text.substr(first, last - first + 1));
}
// The items of a list setting, in lower case.
inline std::vector<std::string> items(std::string_view list) {
    std::vector<std::string> made = split(list, ',');
    for (auto &item : made) item = lower(trimmed(item));
    return list.empty() ? std::vector<std::string>() : made;
}
inline bool has(const std::vector<std::string> &items, std::string_view name) {
    return std::find(items.begin(), items.end(), lower(name)) != items.end();
}

// The labels of a host, in lower case.
inline std::optional<std::vector<std::string>> host(std::string_view text) {
    size_t colon = std::min(text.find(':'), text.size());
    std::string_view port = text.substr(colon), name = text.substr(0, colon);
    if (!port.empty() && (port.size() == 1 || !all_of(port.substr(1), "0123456789"))) return std::nullopt;
    if (!name.empty() && name.back() == '.') name.remove_suffix(1);
    if (name.empty() || name.size() > 253 || !made_of(name, "-_.")) return std::nullopt;
    std::vector<std::string> labels = split(lower(name), '.');
    bool address = true;
    for (const auto &label : labels) {
        if (label.empty() || label.size() > 63) return std::nullopt;
        address = address && (all_of(label, "0123456789") ||
                              (label.compare(0, 2, "0x") == 0 && all_of(label.substr(2), "0123456789abcdef")));
    }
    if (address) return std::nullopt;
    return labels;
}

inline std::string subdomain_tenant(std::string_view text, const std::string &domain, const std::string &exclude) {
    auto labels = host(text);
    if (!labels || labels->size() < 2) return "";
    std::string rest;
    for (size_t i = 1; i < labels->size(); i++) rest += (i > 1 ? "." : "") + (*labels)[i];
    if (domain.empty() ? labels->size() < 3 : rest != domain) return "";
    return has(items(exclude), labels->front()) ? "" : labels->front();
}

inline std::string path_tenant(std::string_view path, int position, const std::string &exclude) {
    path = path.substr(0, std::min(path.find('?'), path.find('#')));
    size_t first = path.find_first_not_of('/');
    if (first == std::string_view::npos) return "";
    auto segments = split(path.substr(first, path.find_last_not_of('/') + 1 - first), '/');
    if (static_cast<size_t>(position) > segments.size()) return "";
    const std::string &segment = segments[static_cast<size_t>(position) - 1];
    bool good = !segment.empty() && segment.size() <= 128 && made_of(segment, "-_");
    return good && !has(items(exclude), segment) ? segment : "";
}

// The name under which a header is compared.
inline std::string header_name(std::string_view name) {
    std::string made = lower(name);
    if (made.size() <= 5 || made.compare(0, 5, "http_") != 0) return made;
    made.erase(0, 5);
    std::replace(made.begin(), made.end(), '_', '-');
    return made;
}
// std::nullopt: in two spellings with different values.
inline std::optional<std::string> header_tenant(const Json &headers, std::string_view name) {
    const Json *found = nullptr;
    for (const auto &[key, value] : headers.members) {
        if (header_name(key) != header_name(name)) continue;
        if (found && !(*found == value)) return std::nullopt;
        found = &value;
    }
    return found && found->is_text() && is_id(found->text) ? found->text : "";
}

// The member of that very name, else the way through objects that the dots name.
inline const Json *claim_of(const Json &object, std::string_view path) {
    if (const Json *member = object.member(path)) return member;
    const size_t dot = path.find('.');
    if (dot == std::string_view::npos) return nullptr;
    const Json *inner = object.member(path.substr(0, dot));
    return inner && inner->kind == Json::Kind::object ? claim_of(*inner, path.substr(dot + 1)) : nullptr;
}

inline std::string session_tenant(const Json *session, std::string_view key, const Json *jwt, std::string_view claim,
                                  const Json *user) {
    const std::pair<const Json *, std::string_view> places[] = {{session, key}, {jwt, claim}, {user, "tenant_id"}};
    for (const auto &[object, name] : places) {
        const Json *value = !object ? nullptr : object == jwt ? claim_of(*object, name) : object->member(name);
        if (value && value->is_text() && is_id(value->text)) return value->text;
    }
    return "";
}

}  // namespace naive
