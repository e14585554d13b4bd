#include "request.hpp"

#include "error.hpp"
#include "settings.hpp"
#include "tenant_id.hpp"

namespace djust::request {

namespace {

using tenant_id::first_of;
using tenant_id::without_first;

constexpr size_t longest_host = sizeof(Host::text) - 1;
constexpr size_t longest_label = 63;

constexpr const char *shape_hint =
    "Pass an object such as {\"host\": \"acme.example.com\", \"path\": \"/orders\", \"headers\": {...}, "
    "\"session\": {...}, \"jwt\": {...}, \"user\": {\"tenant_id\": ...}}; every key is optional.";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

const char *copy(std::string_view text) { return pnstrdup(text.data(), text.size()); }

// Strings, and numbers in their text form; nothing else is a text.
std::string_view text_of(const JsonbValue *value) {
    if (!value) return {};
    if (value->type == jbvString) return {value->val.string.val, static_cast<size_t>(value->val.string.len)};
    if (value->type == jbvNumeric)
        return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
    return {};
}

const char *id_of(const JsonbValue *value) {
    std::string_view text = text_of(value);
    return tenant_id::is_valid(text) ? copy(text) : nullptr;
}

JsonbValue *value_of(JsonbContainer *object, std::string_view key, JsonbValue *place) {
    return getKeyJsonValueFromContainer(object, key.data(), static_cast<int>(key.size()), place);
}

// The values of an object's keys, one after the other. jsonb's own look-up by name, once for each key that a request
// may have, took longer than all the rest of resolving it.
class Walk {
public:
    explicit Walk(JsonbContainer *object)
        : keys_(object->children), values_(keys_ + JsonContainerSize(object)), left_(JsonContainerSize(object)),
          data_(reinterpret_cast<char *>(values_ + left_)) {
        for (uint32 i = 0; i < left_; i++) JBE_ADVANCE_OFFSET(value_end_, keys_[i]);
    }
    bool next() {
        if (left_ == 0) return false;
        left_--;
        value_ = *values_++;
        key_start_ = key_end_;
        value_start_ = value_end_;
        JBE_ADVANCE_OFFSET(key_end_, *keys_);
        JBE_ADVANCE_OFFSET(value_end_, value_);
        keys_++;
        return true;
    }
    std::string_view key() const { return {data_ + key_start_, key_end_ - key_start_}; }
    // As text_of().
    std::string_view text() const {
        if (JBE_ISSTRING(value_)) return {data_ + value_start_, value_end_ - value_start_};
        if (!JBE_ISNUMERIC(value_)) return {};
        auto *number = reinterpret_cast<Numeric>(data_ + INTALIGN(value_start_));
        return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
    }
    bool is_null() const { return JBE_ISNULL(value_); }
    JsonbContainer *object() const {  // null: something else
        if (!JBE_ISCONTAINER(value_)) return nullptr;
        auto *container = reinterpret_cast<JsonbContainer *>(data_ + INTALIGN(value_start_));
        return JsonContainerIsObject(container) ? container : nullptr;
    }

private:
    JEntry *keys_, *values_, value_ = 0;
    uint32 left_;
    char *data_;
    uint32 key_start_ = 0, key_end_ = 0, value_start_ = 0, value_end_ = 0;
};

// Decimal, or hexadecimal as in 0x7f: what a resolver of names would take for a part of an IP address.
bool is_number(std::string_view label) {
    bool hexadecimal = label.size() > 1 && label[0] == '0' && label[1] == 'x';
    if (hexadecimal) label.remove_prefix(2);
    for (char c : label)
        if (!is_digit(c) && !(hexadecimal && c >= 'a' && c <= 'f')) return false;
    return true;
}

// A header's name as it is compared. The CGI form HTTP_X_TENANT_ID is that of X-Tenant-ID; without HTTP_ an
// underscore is an underscore, because a proxy that guards X-Tenant-ID lets X_Tenant_ID pass.
struct HeaderName {
    std::string_view name;
    bool cgi;

    explicit HeaderName(std::string_view from) : name(from), cgi(false) {
        constexpr std::string_view prefix = "HTTP_";
        if (from.size() <= prefix.size()) return;
        cgi = tenant_id::equal_ignoring_case(first_of(from, prefix.size()), prefix);
        if (cgi) name.remove_prefix(prefix.size());
    }
    char at(size_t i) const { return cgi && name[i] == '_' ? '-' : tenant_id::lower(name[i]); }
    bool is(const HeaderName &other) const {
        if (name.size() != other.name.size()) return false;
        for (size_t i = 0; i < name.size(); i++)
            if (at(i) != other.at(i)) return false;
        return true;
    }
};

// Byte for byte: 1 and 1.0 are equal numbers, but would be two tenants.
bool same_value(JsonbValue *a, JsonbValue *b) {
    const Jsonb *left = JsonbValueToJsonb(a), *right = JsonbValueToJsonb(b);
    return VARSIZE(left) == VARSIZE(right) && memcmp(left, right, VARSIZE(left)) == 0;
}

}  // namespace

Parts read(Jsonb *request) {
    if (!JB_ROOT_IS_OBJECT(request)) error::malformed_request("The request is not a JSON object.", shape_hint);
    Parts parts{};
    bool headers_wrong = false, session_wrong = false, jwt_wrong = false, user_wrong = false;
    Walk walk(&request->root);
    auto take = [&walk](JsonbContainer **part, bool *wrong) {
        if (walk.is_null()) return;
        *part = walk.object();
        *wrong = !*part;
    };
    while (walk.next()) {
        std::string_view key = walk.key();
        switch (key.size()) {  // first: the length tells most keys apart
            case 3:
                if (key == "jwt") take(&parts.jwt, &jwt_wrong);
                break;
            case 4:
                if (key == "host") parts.host = walk.text();
                if (key == "path") parts.path = walk.text();
                if (key == "user") take(&parts.user, &user_wrong);
                break;
            case 7:
                if (key == "headers") take(&parts.headers, &headers_wrong);
                if (key == "session") take(&parts.session, &session_wrong);
                break;
        }
    }
    // Of several that are wrong the same is named always, whatever jsonb's order is.
    const char *wrong = headers_wrong   ? "headers"
                        : session_wrong ? "session"
                        : jwt_wrong     ? "jwt"
                        : user_wrong    ? "user"
                                        : nullptr;
    if (wrong) error::malformed_request(psprintf("Key \"%s\" of the request is not an object.", wrong), shape_hint);
    return parts;
}

JsonbContainer *object(Jsonb *json, const char *function, const char *argument) {
    if (JB_ROOT_IS_OBJECT(json)) return &json->root;
    error::malformed_request(psprintf("Argument %s is not a JSON object.", argument),
                             psprintf("Pass an object, or NULL for none, to djust_tenants.%s.", function));
}

bool read_host(std::string_view from, Host *host) {
    size_t colon = from.find(':');
    if (colon != std::string_view::npos) {
        std::string_view port = without_first(from, colon + 1);
        if (port.empty()) return false;
        for (char c : port)
            if (!is_digit(c)) return false;  // an IPv6 address, or no host at all
        from = first_of(from, colon);
    }
    if (!from.empty() && from.back() == '.') from.remove_suffix(1);
    if (from.empty() || from.size() > longest_host) return false;

    host->size = from.size();
    bool only_numbers = true;
    size_t start = 0;
    for (size_t i = 0; i <= from.size(); i++) {
        if (i < from.size() && from[i] != '.') {
            if (!tenant_id::is_letter_or_digit(from[i]) && from[i] != '-' && from[i] != '_') return false;
            host->text[i] = tenant_id::lower(from[i]);
            continue;
        }
        std::string_view label(host->text + start, i - start);
        if (label.empty() || label.size() > longest_label) return false;
        only_numbers = only_numbers && is_number(label);
        host->text[i] = i < from.size() ? '.' : '\0';
        start = i + 1;
    }
    return !only_numbers;
}

const char *subdomain_tenant(std::string_view from) {
    Host host;
    if (!read_host(from, &host)) return nullptr;
    std::string_view name = host.view(), domain = settings::main_domain();
    size_t dot = name.find('.');
    if (dot == std::string_view::npos) return nullptr;
    std::string_view label = first_of(name, dot), rest = without_first(name, dot + 1);
    // Comparing all that follows the first dot leaves no room for evilmyapp.com, nor for a second label.
    if (domain.empty() ? rest.find('.') == std::string_view::npos : rest != domain) return nullptr;
    if (tenant_id::list_has(settings::subdomain_exclude(), label)) return nullptr;
    return copy(label);
}

const char *path_tenant(std::string_view path) {
    path = first_of(path, path.find_first_of("?#"));
    while (!path.empty() && path.front() == '/') path.remove_prefix(1);
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    for (int position = 1; position < settings::path_position(); position++) {
        size_t slash = path.find('/');
        if (slash == std::string_view::npos) return nullptr;
        path.remove_prefix(slash + 1);
    }
    std::string_view segment = first_of(path, path.find('/'));
    if (segment.empty() || segment.size() > tenant_id::longest) return nullptr;
    for (char c : segment)
        if (!tenant_id::is_letter_or_digit(c) && c != '-' && c != '_') return nullptr;
    if (tenant_id::list_has(settings::path_exclude(), segment)) return nullptr;
    return copy(segment);
}

const char *header_tenant(JsonbContainer *headers) {
    const HeaderName wanted(settings::header());
    JsonbValue found, key, value;
    bool is_found = false;
    JsonbIterator *iterator = JsonbIteratorInit(headers);
    JsonbIteratorNext(&iterator, &key, true);  // the object's begin
    while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY) {
        JsonbIteratorNext(&iterator, &value, true);
        HeaderName name({key.val.string.val, static_cast<size_t>(key.val.string.len)});
        if (!name.is(wanted)) continue;
        if (is_found && !same_value(&found, &value))
            error::malformed_request(
                psprintf("Header \"%s\" is there in two spellings, with different values.", settings::header()),
                "Pass the header that djust_tenants.header names once.");
        found = value;
        is_found = true;
    }
    return is_found ? id_of(&found) : nullptr;
}

const char *session_tenant(JsonbContainer *session, JsonbContainer *jwt, JsonbContainer *user) {
    JsonbValue place;
    const char *id = session ? id_of(value_of(session, settings::session_key(), &place)) : nullptr;
    if (!id && jwt) id = id_of(value_of(jwt, settings::jwt_claim(), &place));
    if (!id && user) id = id_of(value_of(user, "tenant_id", &place));
    return id;
}

}  // namespace djust::request
