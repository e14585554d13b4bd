#include "request.hpp"

#include "error.hpp"
#include "settings.hpp"
#include "tenant_id.hpp"

namespace djust::request {

namespace {

using tenant_id::first_of;
using tenant_id::without_first;

constexpr size_t longest_host = 253;
constexpr size_t longest_label = 63;

constexpr const char *shape_hint =
    "Pass an object such as {\"host\": \"acme.example.com\", \"path\": \"/orders\", \"headers\": {...}, "
    "\"session\": {...}, \"jwt\": {...}, \"user\": {\"tenant_id\": ...}}; every key is optional.";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Strings, and numbers in their text form; nothing else is a text.
std::string_view text_of(const JsonbValue *value) {
    if (!value) return {};
    if (value->type == jbvString) return {value->val.string.val, static_cast<size_t>(value->val.string.len)};
    if (value->type == jbvNumeric)
        return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
    return {};
}

std::string_view id_of(std::string_view text) { return tenant_id::is_valid(text) ? text : std::string_view(); }

JsonbValue *value_of(JsonbContainer *object, std::string_view key, JsonbValue *place) {
    return getKeyJsonValueFromContainer(object, key.data(), static_cast<int>(key.size()), place);
}

// A value in a jsonb, where it lies.
struct Value {
    JEntry entry;
    char *start;
    size_t size;  // with what aligns it

    bool is_null() const { return JBE_ISNULL(entry); }
    // As text_of().
    std::string_view text() const {
        if (JBE_ISSTRING(entry)) return {start, size};
        if (!JBE_ISNUMERIC(entry)) return {};
        return DatumGetCString(DirectFunctionCall1(numeric_out, PointerGetDatum(aligned())));
    }
    JsonbContainer *object() const {  // null: something else
        if (!JBE_ISCONTAINER(entry)) return nullptr;
        auto *container = reinterpret_cast<JsonbContainer *>(aligned());
        return JsonContainerIsObject(container) ? container : nullptr;
    }
    // Byte for byte: 1 and 1.0 are equal numbers, but would be two tenants.
    bool is(const Value &other) const {
        if ((entry & JENTRY_TYPEMASK) != (other.entry & JENTRY_TYPEMASK)) return false;
        // Only numbers and containers are aligned; what is true, false or null has no bytes at all.
        if (!JBE_ISNUMERIC(entry) && !JBE_ISCONTAINER(entry))
            return size == other.size && memcmp(start, other.start, size) == 0;
        size_t length = static_cast<size_t>(start + size - aligned());
        return length == static_cast<size_t>(other.start + other.size - other.aligned()) &&
               memcmp(aligned(), other.aligned(), length) == 0;
    }

private:
    // A jsonb's data are as far from an aligned address as its entries are.
    char *aligned() const {
        auto address = reinterpret_cast<uintptr_t>(start);
        return start + (INTALIGN(address) - address);
    }
};

// The keys of an object and their values, one after the other, the shorter keys first. jsonb's own look-up by name, once
// for each key that a request may have, took longer than all the rest of resolving it.
class Walk {
public:
    explicit Walk(JsonbContainer *object)
        : keys_(object->children), end_(keys_ + JsonContainerSize(object)), values_(end_),
          data_(reinterpret_cast<char *>(end_ + JsonContainerSize(object))) {
        for (const JEntry *key = keys_; key < end_; key++) JBE_ADVANCE_OFFSET(value_end_, *key);
    }
    bool next() {
        if (keys_ == end_) return false;
        key_start_ = key_end_;
        value_start_ = value_end_;
        JBE_ADVANCE_OFFSET(key_end_, *keys_);
        JBE_ADVANCE_OFFSET(value_end_, *values_);
        keys_++;
        values_++;
        return true;
    }
    std::string_view key() const { return {data_ + key_start_, key_end_ - key_start_}; }
    Value value() const { return {values_[-1], data_ + value_start_, value_end_ - value_start_}; }

private:
    JEntry *keys_, *end_, *values_;
    char *data_;
    uint32 key_start_ = 0, key_end_ = 0, value_start_ = 0, value_end_ = 0;
};

// What a host name is made of, and in which form it is compared; 0 is none of it.
struct HostCharacters {
    char lower[256];
    constexpr HostCharacters() : lower() {
        for (int c = 0; c < 256; c++)
            if (tenant_id::is_letter_or_digit(static_cast<char>(c)))
                lower[c] = tenant_id::lower(static_cast<char>(c));
        for (char c : {'-', '_', '.'}) lower[static_cast<unsigned char>(c)] = c;
    }
    constexpr char of(char c) const { return lower[static_cast<unsigned char>(c)]; }
};
constexpr HostCharacters host_characters;

// A colon and digits; else it was an IPv6 address, or no host at all.
bool is_port(std::string_view text) {
    if (text.size() < 2 || text.front() != ':') return false;
    for (char c : without_first(text, 1))
        if (!is_digit(c)) return false;
    return true;
}

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

    static constexpr std::string_view prefix = "HTTP_";

    explicit HeaderName(std::string_view from) : name(from), cgi(false) {
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

// The headers of one name, in all of its spellings.
class Spellings {
public:
    Spellings(JsonbContainer *headers, const char *name) : walk_(headers), wanted_(name) {}
    bool next() {
        const size_t cgi_size = HeaderName::prefix.size() + wanted_.name.size();
        while (walk_.next()) {
            std::string_view key = walk_.key();
            if (key.size() > cgi_size) return false;  // and so are all that follow
            if (key.size() != wanted_.name.size() && key.size() != cgi_size) continue;
            if (HeaderName(key).is(wanted_)) return true;
        }
        return false;
    }
    Value value() const { return walk_.value(); }

private:
    Walk walk_;
    const HeaderName wanted_;
};

// The text of the header of that name, empty when it is not there.
std::string_view header_text(JsonbContainer *headers, const char *name, const char *hint) {
    Value found{};
    bool is_found = false;
    Spellings spellings(headers, name);
    while (spellings.next()) {
        if (is_found && !spellings.value().is(found))
            error::malformed_request(
                psprintf("Header \"%s\" is there in two spellings, with different values.", name), hint);
        found = spellings.value();
        is_found = true;
    }
    return is_found ? found.text() : std::string_view();
}

constexpr const char *authorization = "Authorization";

}  // namespace

Parts read(Jsonb *request) {
    if (!JB_ROOT_IS_OBJECT(request)) error::malformed_request("The request is not a JSON object.", shape_hint);
    Parts parts{};
    // Bits: of several that are wrong the same is named always, whatever jsonb's order is.
    constexpr const char *names[] = {"headers", "session", "jwt", "user"};
    unsigned wrong = 0;
    Walk walk(&request->root);
    auto take = [&](JsonbContainer **part, unsigned name) {
        const Value value = walk.value();
        *part = value.object();
        if (unlikely(!*part) && !value.is_null()) wrong |= 1u << name;
    };
    constexpr size_t longest_key = 7;
    while (walk.next()) {
        std::string_view key = walk.key();
        if (key.size() > longest_key) break;  // and so are all that follow
        switch (key.size()) {  // first: the length tells most keys apart
            case 3:
                if (key == "jwt") take(&parts.jwt, 2);
                break;
            case 4:
                if (key == "host")
                    parts.host = walk.value().text();
                else if (key == "path")
                    parts.path = walk.value().text();
                else if (key == "user")
                    take(&parts.user, 3);
                break;
            case 7:
                if (key == "headers")
                    take(&parts.headers, 0);
                else if (key == "session")
                    take(&parts.session, 1);
                break;
        }
    }
    for (unsigned name = 0; unlikely(wrong >> name); name++)
        if (wrong & 1u << name)
            error::malformed_request(psprintf("Key \"%s\" of the request is not an object.", names[name]), shape_hint);
    return parts;
}

JsonbContainer *object(Jsonb *json, const char *function, const char *argument) {
    if (JB_ROOT_IS_OBJECT(json)) return &json->root;
    error::malformed_request(psprintf("Argument %s is not a JSON object.", argument),
                             psprintf("Pass an object, or NULL for none, to djust_tenants.%s.", function));
}

bool read_host(std::string_view from, Host *host) {
    size_t end = 0, start = 0, labels = 0;
    bool only_numbers = true;
    auto ends_label = [&]() {
        std::string_view label(host->text + start, end - start);
        if (label.empty() || label.size() > longest_label) return false;
        only_numbers = only_numbers && is_digit(label.front()) && is_number(label);
        if (labels++ == 0) host->first_label = label.size();
        start = end + 1;
        return true;
    };
    const size_t most = from.size() < sizeof(host->text) ? from.size() : sizeof(host->text);
    for (const char *next = from.data(); end < most; end++) {
        char c = host_characters.of(*next++);
        if (c <= '.') {  // one question for most characters
            if (c == '\0') break;
            if (c == '.' && !ends_label()) return false;
        }
        host->text[end] = c;
    }
    if (end < from.size() && (end == sizeof(host->text) || !is_port(without_first(from, end)))) return false;
    if (end > 0 && start == end)
        end--;  // the last dot
    else if (!ends_label())
        return false;
    if (end > longest_host) return false;
    host->size = end;
    host->labels = labels;
    host->text[end] = '\0';
    return !only_numbers;
}

std::string_view subdomain_tenant(std::string_view from, Host *host) {
    if (!read_host(from, host) || host->labels < 2) return {};
    std::string_view name = host->view(), label = first_of(name, host->first_label);
    // Comparing all that follows the first dot leaves no room for evilmyapp.com, nor for a second label.
    const char *domain = settings::main_domain();
    if (*domain == '\0' ? host->labels < 3 : without_first(name, label.size() + 1) != domain) return {};
    if (settings::subdomain_exclude().have(label)) return {};
    return label;
}

std::string_view path_tenant(std::string_view path) {
    path = first_of(path, path.find_first_of("?#"));
    while (!path.empty() && path.front() == '/') path.remove_prefix(1);
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    for (int position = 1; position < settings::path_position(); position++) {
        size_t slash = path.find('/');
        if (slash == std::string_view::npos) return {};
        path.remove_prefix(slash + 1);
    }
    std::string_view segment = first_of(path, path.find('/'));
    if (segment.empty() || segment.size() > tenant_id::longest) return {};
    for (char c : segment)
        if (!tenant_id::is_letter_or_digit(c) && c != '-' && c != '_') return {};
    if (settings::path_exclude().have(segment)) return {};
    return segment;
}

std::string_view header_tenant(JsonbContainer *headers) { 
    return id_of(header_text(headers, settings::header(), "Pass the header that djust_tenants.header names once."));
}

bool has_authorization(JsonbContainer *headers) { return Spellings(headers, authorization).next(); }

std::string_view bearer_token(JsonbContainer *headers) {
    std::string_view value = tenant_id::trimmed(header_text(headers, authorization, "Pass one Authorization header."));
    constexpr std::string_view scheme = "Bearer";
    if (value.size() <= scheme.size() || !tenant_id::equal_ignoring_case(first_of(value, scheme.size()), scheme))
        return {};
    value = without_first(value, scheme.size());
    return value.front() == ' ' ? tenant_id::trimmed(value) : std::string_view();
}

std::string_view session_tenant(JsonbContainer *session, JsonbContainer *jwt, JsonbContainer *user) {
    auto id_at = [](JsonbContainer *object, std::string_view key) {
        JsonbValue place;
        return object ? id_of(text_of(value_of(object, key, &place))) : std::string_view();
    };
    // app_metadata.tenant_id: the claim of that very name, else the path through objects.
    auto claim_at = [](JsonbContainer *object, std::string_view path) {
        JsonbValue place;
        const JsonbValue *value = value_of(object, path, &place);
        for (size_t dot; !value && (dot = path.find('.')) != std::string_view::npos; path = without_first(path, dot + 1)) {
            const JsonbValue *inner = value_of(object, first_of(path, dot), &place);
            if (!inner || inner->type != jbvBinary || !JsonContainerIsObject(inner->val.binary.data)) break;
            object = inner->val.binary.data;
            value = value_of(object, without_first(path, dot + 1), &place);
        }
        return id_of(text_of(value));
    };
    std::string_view id = id_at(session, settings::session_key());
    if (id.empty() && jwt) id = claim_at(jwt, settings::jwt_claim());
    if (id.empty()) id = id_at(user, "tenant_id");
    return id;
}

}  // namespace djust::request
