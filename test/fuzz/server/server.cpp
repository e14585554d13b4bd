// The functions of the server that the parsers call, as far as they need them.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "server.hpp"

#include "error.hpp"
#include "settings.hpp"

#undef printf
#undef fprintf
#undef snprintf
#undef vsnprintf

namespace server {

namespace {

std::vector<void *> &given() {
    static std::vector<void *> list;
    return list;
}

void *give(size_t size) {
    void *memory = malloc(size > 0 ? size : 1);
    given().push_back(memory);
    return memory;
}

std::string formatted(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    std::string text(static_cast<size_t>(vsnprintf(nullptr, 0, format, again)) + 1, '\0');
    va_end(again);
    vsnprintf(text.data(), text.size(), format, arguments);
    text.pop_back();
    return text;
}

}  // namespace

void fail(const char *what, const char *file, int line) {
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, what);
    abort();
}

void forget() {
    for (void *memory : given()) free(memory);
    given().clear();
}

jmp_buf *catcher;
std::string error_detail, refusal;

// --- settings ---------------------------------------------------------------------------------------

namespace {

struct TextSetting {
    char **variable;
    void *extra = nullptr;
    std::string initial;
    GucStringCheckHook check;
    GucStringAssignHook assign;
};
struct NumberSetting {
    int *variable;
    int initial, least, most;
};
std::map<std::string, TextSetting, std::less<>> texts;
std::map<std::string, NumberSetting, std::less<>> numbers;

// The order is guc.c's: the value is freed before its extra, both after the new ones are in force. The value is moved once
// the hook has seen it: what the hook makes of it must not point into it.
bool set_text(TextSetting &setting, std::string_view value) {
    char *copy = strndup(value.data() ? value.data() : "", value.size());
    void *extra = nullptr;
    refusal.clear();
    if (setting.check && !setting.check(&copy, &extra, PGC_S_SESSION)) {
        free(copy);
        free(extra);
        return false;
    }
    char *kept = strdup(copy);
    free(copy);
    if (setting.assign) setting.assign(kept, extra);
    free(std::exchange(*setting.variable, kept));
    free(std::exchange(setting.extra, extra));
    return true;
}

}  // namespace

bool set(std::string_view name, std::string_view value) {
    auto found = texts.find(name);
    REQUIRE(found != texts.end());
    return set_text(found->second, value.substr(0, value.find('\0')));
}

bool set(std::string_view name, int value) {
    auto found = numbers.find(name);
    REQUIRE(found != numbers.end());
    if (value < found->second.least || value > found->second.most) return false;
    *found->second.variable = value;
    return true;
}

void reset_settings() {
    if (texts.empty()) djust::settings::define();
    for (auto &[name, setting] : texts)
        if (!*setting.variable || *setting.variable != setting.initial) REQUIRE(set_text(setting, setting.initial));
    for (auto &[name, setting] : numbers) *setting.variable = setting.initial;
}

// --- JSON -------------------------------------------------------------------------------------------

const Json *Json::member(std::string_view name) const {
    for (const auto &one : members)
        if (one.first == name) return &one.second;
    return nullptr;
}

bool Json::operator==(const Json &other) const {
    return kind == other.kind && text == other.text && members == other.members;
}

namespace {

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool value(Json &json, int depth = 0) {
        blanks();
        if (at_ == text_.size() || depth > 20) return false;
        switch (char c = text_[at_]) {
            case '{':
            case '[': return members(json, c == '{', depth);
            case '"': json.kind = Json::Kind::string; return string(json.text);
            case 't':
            case 'f':
                json.kind = Json::Kind::boolean;
                json.text = c == 't' ? "true" : "false";
                return word(json.text);
            case 'n': return word("null");
            default: return number(json);
        }
    }

private:
    void blanks() {
        while (at_ < text_.size() && strchr(" \t\r\n", text_[at_]) && text_[at_]) at_++;
    }
    bool word(std::string_view wanted) {
        if (text_.substr(at_, wanted.size()) != wanted) return false;
        at_ += wanted.size();
        return true;
    }
    bool sign(char wanted) {
        blanks();
        if (at_ == text_.size() || text_[at_] != wanted) return false;
        at_++;
        return true;
    }
    bool members(Json &json, bool named, int depth) {
        at_++;
        json.kind = named ? Json::Kind::object : Json::Kind::array;
        const char end = named ? '}' : ']';
        std::map<std::pair<size_t, std::string>, Json> last;
        if (sign(end)) return true;
        for (;;) {
            std::string name;
            if (named) {
                blanks();
                if (at_ == text_.size() || text_[at_] != '"' || !string(name) || !sign(':')) return false;
            }
            Json one;
            if (!value(one, depth + 1)) return false;
            if (named)
                last[{name.size(), name}] = std::move(one);
            else
                json.members.emplace_back(std::string(), std::move(one));
            if (sign(end)) {
                for (auto &[key, value] : last) json.members.emplace_back(key.second, std::move(value));
                return true;
            }
            if (!sign(',')) return false;
        }
    }
    bool string(std::string &into) {
        for (at_++; at_ < text_.size(); at_++) {
            char c = text_[at_];
            if (c == '"') {
                at_++;
                return true;
            }
            if (c == '\\' && at_ + 1 < text_.size()) {
                c = text_[++at_];
                if (c == 'n') c = '\n';
                if (c == 't') c = '\t';
                if (c == 'u' && at_ + 4 < text_.size()) {
                    c = static_cast<char>(strtoul(std::string(text_.substr(at_ + 1, 4)).c_str(), nullptr, 16) & 0x7F);
                    at_ += 4;
                }
            }
            if (c == '\0') return false;  // no text of the server has one
            into += c;
        }
        return false;
    }
    // As numeric_out writes it: no exponent, no sign before zero, no useless zero in front.
    bool number(Json &json) {
        json.kind = Json::Kind::number;
        bool negative = at_ < text_.size() && text_[at_] == '-';
        if (negative) at_++;
        std::string digits = some_digits(), fraction;
        if (digits.empty()) return false;
        if (at_ < text_.size() && text_[at_] == '.') {
            at_++;
            fraction = some_digits();
            if (fraction.empty()) return false;
        }
        digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
        bool zero = (digits + fraction).find_first_not_of('0') == std::string::npos;
        json.text = (negative && !zero ? "-" : "") + digits + (fraction.empty() ? "" : "." + fraction);
        return true;
    }
    std::string some_digits() {
        size_t start = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') at_++;
        return std::string(text_.substr(start, at_ - start));
    }

    std::string_view text_;
    size_t at_ = 0;
};

// --- jsonb, by the rules of jsonb_util.c ------------------------------------------------------------

void pad(std::string &bytes) { bytes.append(INTALIGN(bytes.size()) - bytes.size(), '\0'); }
void put(std::string &bytes, size_t at, uint32 word) { memcpy(&bytes[at], &word, sizeof word); }

JEntry convert(std::string &bytes, const Json &json);

// A container of entries, each with its length, every 32nd with its offset instead.
JEntry convert_container(std::string &bytes, const Json &json) {
    const size_t base = bytes.size();
    pad(bytes);
    std::vector<const Json *> values;
    std::vector<std::string_view> keys;
    uint32 flags = JB_FARRAY;
    if (json.kind == Json::Kind::object) {
        flags = JB_FOBJECT;
        for (const auto &[name, value] : json.members) {
            keys.push_back(name);
            values.push_back(&value);
        }
    } else if (json.kind == Json::Kind::array) {
        for (const auto &member : json.members) values.push_back(&member.second);
    } else {
        flags = JB_FARRAY | JB_FSCALAR;
        values.push_back(&json);
    }
    size_t entry = bytes.size() + sizeof(uint32);
    bytes.resize(entry + (keys.size() + values.size()) * sizeof(JEntry));
    put(bytes, entry - sizeof(uint32), static_cast<uint32>(values.size()) | flags);
    uint32 total = 0;
    size_t index = 0;
    auto add = [&](JEntry made) {
        total += JBE_OFFLENFLD(made);
        if (index++ % JB_OFFSET_STRIDE == 0) made = (made & JENTRY_TYPEMASK) | total | JENTRY_HAS_OFF;
        put(bytes, entry, made);
        entry += sizeof(JEntry);
    };
    for (std::string_view key : keys) {
        bytes += key;
        add(JENTRY_ISSTRING | static_cast<uint32>(key.size()));
    }
    for (const Json *value : values) add(convert(bytes, *value));
    return JENTRY_ISCONTAINER | static_cast<uint32>(bytes.size() - base);
}

JEntry convert(std::string &bytes, const Json &json) {
    const size_t base = bytes.size();
    switch (json.kind) {
        case Json::Kind::null: return JENTRY_ISNULL;
        case Json::Kind::boolean: return json.text == "true" ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
        case Json::Kind::string: bytes += json.text; return JENTRY_ISSTRING | static_cast<uint32>(json.text.size());
        case Json::Kind::number: {
            // A varlena like a numeric, but its text is in it: numeric_out() below is the only one who looks.
            pad(bytes);
            size_t header = bytes.size();
            bytes.append(VARHDRSZ, '\0');
            bytes += json.text;
            SET_VARSIZE(&bytes[header], bytes.size() - header);
            return JENTRY_ISNUMERIC | static_cast<uint32>(bytes.size() - base);
        }
        default: return convert_container(bytes, json);
    }
}

}  // namespace

Json parse(std::string_view text) {
    Json json;
    return Reader(text).value(json) ? json : Json();
}

Jsonb *jsonb(const Json &value) {
    std::string bytes(VARHDRSZ, '\0');
    convert_container(bytes, value);
    auto *made = static_cast<Jsonb *>(give(bytes.size()));
    memcpy(made, bytes.data(), bytes.size());
    SET_VARSIZE(made, bytes.size());
    return made;
}

std::string_view take_line(std::string_view &input) {
    size_t end = std::min(input.find('\n'), input.size());
    std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    return line;
}

}  // namespace server

// --- the server's functions -------------------------------------------------------------------------

using namespace server;

extern "C" {

void *palloc(Size size) { return give(size); }
void pfree(void *pointer) {
    auto &all = given();
    for (auto one = all.rbegin(); one != all.rend(); ++one)
        if (*one == pointer) {
            free(pointer);
            all.erase(std::next(one).base());
            return;
        }
    REQUIRE(!"pfree() of what is not there");
}
char *pstrdup(const char *text) {
    size_t size = strlen(text) + 1;
    return static_cast<char *>(memcpy(give(size), text, size));
}
char *psprintf(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string text = formatted(format, arguments);
    va_end(arguments);
    return pstrdup(text.c_str());
}

Datum numeric_out(PG_FUNCTION_ARGS) {
    const char *number = DatumGetPointer(PG_GETARG_DATUM(0));
    REQUIRE(reinterpret_cast<uintptr_t>(number) % sizeof(int32) == 0);
    std::string text(VARDATA(number), VARSIZE(number) - VARHDRSZ);
    return CStringGetDatum(pstrdup(text.c_str()));
}
Datum DirectFunctionCall1Coll(PGFunction function, Oid, Datum argument) {
    LOCAL_FCINFO(call, 1);
    InitFunctionCallInfoData(*call, nullptr, 1, InvalidOid, nullptr, nullptr);
    call->args[0].value = argument;
    call->args[0].isnull = false;
    return function(call);
}

// Key after key; what comes before an entry is added up from the start.
JsonbValue *getKeyJsonValueFromContainer(JsonbContainer *container, const char *key, int size, JsonbValue *place) {
    REQUIRE(JsonContainerIsObject(container));
    const uint32 count = JsonContainerSize(container);
    const char *data = reinterpret_cast<const char *>(&container->children[2 * static_cast<size_t>(count)]);
    auto end_of = [&](uint32 index) {
        uint32 end = 0;
        for (uint32 i = 0; i <= index; i++) JBE_ADVANCE_OFFSET(end, container->children[i]);
        return end;
    };
    for (uint32 i = 0; i < count; i++) {
        const uint32 start = i == 0 ? 0 : end_of(i - 1);
        if (std::string_view(data + start, end_of(i) - start) != std::string_view(key, static_cast<size_t>(size))) continue;
        const JEntry entry = container->children[count + i];
        uint32 from = end_of(count + i - 1), to = end_of(count + i);
        if (JBE_ISSTRING(entry)) {
            place->type = jbvString;
            place->val.string.val = const_cast<char *>(data + from);
            place->val.string.len = static_cast<int>(to - from);
        } else if (JBE_ISNUMERIC(entry)) {
            place->type = jbvNumeric;
            place->val.numeric = reinterpret_cast<Numeric>(const_cast<char *>(data + INTALIGN(from)));
        } else {
            place->type = JBE_ISCONTAINER(entry) ? jbvBinary : JBE_ISNULL(entry) ? jbvNull : jbvBool;
        }
        return place;
    }
    return nullptr;
}

// Settings: what their hooks call, and where they are written down.
char *GUC_check_errmsg_string, *GUC_check_errdetail_string, *GUC_check_errhint_string;
void GUC_check_errcode(int) {}
void pre_format_elog_string(int, const char *) {}
char *format_elog_string(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string text = formatted(format, arguments);
    va_end(arguments);
    refusal += text + '\n';
    return pstrdup(text.c_str());
}
bool process_shared_preload_libraries_in_progress = true;
config_generic **get_guc_variables(void) { return nullptr; }
int GetNumConfigOptions(void) { return 0; }
config_generic *find_option(const char *, bool, bool, int) { return nullptr; }
const char *GetConfigOption(const char *, bool, bool) { return "on"; }
void ResetPlanCache(void) {}
#if PG_VERSION_NUM >= 160000
void *guc_malloc(int, size_t size) { return malloc(size); }
#endif
void DefineCustomStringVariable(const char *name, const char *, const char *, char **variable, const char *initial,
                                GucContext context, int, GucStringCheckHook check, GucStringAssignHook assign,
                                GucShowHook) {
    REQUIRE(context == PGC_SUSET && check);
    texts[name] = {variable, nullptr, initial, check, assign};
}
void DefineCustomIntVariable(const char *name, const char *, const char *, int *variable, int initial, int least, int most,
                             GucContext, int, GucIntCheckHook, GucIntAssignHook, GucShowHook) {
    numbers[name] = {variable, initial, least, most};
}
void DefineCustomBoolVariable(const char *, const char *, const char *, bool *, bool, GucContext, int, GucBoolCheckHook,
                              GucBoolAssignHook, GucShowHook) {}
void DefineCustomEnumVariable(const char *, const char *, const char *, int *, int, const config_enum_entry *, GucContext,
                              int, GucEnumCheckHook, GucEnumAssignHook, GucShowHook) {}

// A list of texts, as SplitIdentifierString() makes it.
List *lappend(List *list, void *item) {
    if (!list) {
        list = static_cast<List *>(give(sizeof(List)));
        list->type = T_List;
        list->length = 0;
        list->max_length = 0;
        list->elements = nullptr;
    }
    auto *made = static_cast<ListCell *>(give(static_cast<size_t>(list->length + 1) * sizeof(ListCell)));
    for (int i = 0; i < list->length; i++) made[i] = list->elements[i];
    made[list->length].ptr_value = item;
    list->elements = made;
    list->max_length = ++list->length;
    return list;
}
void list_free(List *) {}

// The rules of varlena.c, in a database of one-byte characters.
bool SplitIdentifierString(char *text, char separator, List **names) {
    char *next = text;
    auto blanks = [&] {
        while (*next == ' ' || (*next >= '\t' && *next <= '\r')) next++;
    };
    *names = NIL;
    blanks();
    if (*next == '\0') return true;
    for (;;) {
        char *name, *end;
        if (*next == '"') {
            name = ++next;
            for (;;) {
                end = strchr(next, '"');
                if (!end) return false;
                if (end[1] != '"') break;
                memmove(end, end + 1, strlen(end));
                next = end + 1;
            }
            next = end + 1;
        } else {
            name = next;
            while (*next && *next != separator && !(*next == ' ' || (*next >= '\t' && *next <= '\r'))) {
                if (*next >= 'A' && *next <= 'Z') *next = static_cast<char>(*next - 'A' + 'a');
                next++;
            }
            end = next;
            if (end == name) return false;
        }
        blanks();
        bool more = *next == separator;
        if (!more && *next) return false;
        if (more) {
            next++;
            blanks();
        }
        *end = '\0';
        if (end - name >= NAMEDATALEN) name[NAMEDATALEN - 1] = '\0';
        *names = lappend(*names, name);
        if (!more) return true;
    }
}

}  // extern "C"

namespace djust::error {

void malformed_request(const char *detail, const char *hint) {
    REQUIRE(*detail && detail[strlen(detail) - 1] == '.' && *hint && hint[strlen(hint) - 1] == '.');
    REQUIRE(catcher);
    error_detail = detail;
    longjmp(*catcher, 1);
}

void mode_from_client() { abort(); }

}  // namespace djust::error
