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
