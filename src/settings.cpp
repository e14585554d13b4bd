#include "settings.hpp"

#include "error.hpp"
#include "tenant_id.hpp"

namespace djust::settings {

namespace {

char *resolver_value;
Strategies *strategies;  // that it names
char *main_domain_value;
char *subdomain_exclude_value;
Names *subdomain_exclude_names;  // that it lists
int path_position_value = 1;
char *path_exclude_value;
Names *path_exclude_names;
char *header_value;
char *session_key_value;
char *jwt_claim_value;
char *token_issuer_value;
char *token_audience_value;
int token_leeway_value = 0;
bool token_single_use_value = false;
int single_use_tokens_value = 8192;
uint64 token_rules_value;
char *custom_resolver_value;
char *default_tenant_value;
bool tenant_required_value = false;
bool require_registered_value = false;
bool tenant_constant_value = true;
bool index_leaky_operators_value = true;
bool skip_redundant_checks_value = true;
bool copy_from_value = true;
bool guard_notify_value = false;
int guard_session_value = static_cast<int>(SessionGuard::off);
bool hide_estimates_value = false;

const config_enum_entry session_guards[] = {{"off", static_cast<int>(SessionGuard::off), false},
                                            {"refuse", static_cast<int>(SessionGuard::refuse), false},
                                            {"clean", static_cast<int>(SessionGuard::clean), false},
                                            {nullptr, 0, false}};

enum Mode { mode_open, mode_signed };
constexpr config_enum_entry modes[] = {{"open", mode_open, false}, {"signed", mode_signed, false}, {nullptr, 0, false}};
int context_mode_value = mode_open;
bool loaded_by_server;
void (*mode_listener)();
bool guard_truncate_value = true;
bool guard_policies_value = true;
bool guard_ddl_value = true;
int guard_copies_value = static_cast<int>(Copies::warn);
char *auto_scope_value;
Names *auto_scope_names;

const config_enum_entry copies_modes[] = {{"off", static_cast<int>(Copies::off), false},
                                          {"warn", static_cast<int>(Copies::warn), false},
                                          {"refuse", static_cast<int>(Copies::refuse), false},
                                          {nullptr, 0, false}};

// A value from the startup packet reaches a superuser-only setting when the library is loaded later than
// it: PostgreSQL then takes the placeholder's value over without asking for the role.
bool refuse_client(GucSource source) {
    if (!comes_from_client(source)) return false;
    GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
    GUC_check_errmsg("only superusers may set this by connection options");
    GUC_check_errhint("Load djust_tenants with shared_preload_libraries, and set it in postgresql.conf, by ALTER "
                      "DATABASE or by ALTER ROLE as a superuser.");
    return true;
}

// A value from a file or a stored default is taken in any case: falling back to open would be worse. Nobody is the
// current tenant then (see context).
bool check_mode(int *value, void **, GucSource source) {
    if (refuse_client(source)) return false;
    if (*value != mode_signed || loaded_by_server || source < PGC_S_CLIENT) return true;
    GUC_check_errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
    GUC_check_errmsg("signed mode needs the library in shared_preload_libraries");
    GUC_check_errdetail("Loaded later than a connection's first statement, it could not guard that statement.");
    GUC_check_errhint("Add djust_tenants to shared_preload_libraries and restart the server.");
    return false;
}

void assign_mode(int value, void *) {
    bool changes = value != context_mode_value;
    context_mode_value = value;  // before PostgreSQL does: the listener asks
    if (changes && mode_listener) mode_listener();
}

bool check_bool(bool *, void **, GucSource source) { return !refuse_client(source); }

// Plans made under the other value must not be used again.
void assign_planning(bool, void *) { ResetPlanCache(); }

// What was found of a token under the other value must not be used again.
template <typename Value>
void assign_token_rule(Value, void *) {
    token_rules_value++;
}

bool check_text(char **, void **, GucSource source) { return !refuse_client(source); }

bool check_int(int *, void **, GucSource source) { return !refuse_client(source); }

// The strategy of that name (ASCII case ignored).
std::optional<Strategy> strategy(std::string_view name) {
    constexpr struct {
        std::string_view name;
        Strategy strategy;
    } known[] = {{"subdomain", Strategy::subdomain}, {"path", Strategy::path},     {"header", Strategy::header},
                 {"session", Strategy::session},     {"domain", Strategy::domain}, {"custom", Strategy::custom}};
    for (const auto &entry : known)
        if (tenant_id::equal_ignoring_case(entry.name, name)) return entry.strategy;
    return std::nullopt;
}

bool check_resolver(char **value, void **extra, GucSource source) {
    if (refuse_client(source)) return false;
    std::string_view list = *value, item;
    int count = 0;
    while (tenant_id::next_item(list, item)) {
        count++;
        if (strategy(item)) continue;
        GUC_check_errdetail("\"%.*s\" is not a strategy.", static_cast<int>(item.size()), item.data());
        GUC_check_errhint("Name one or more of subdomain, path, header, session, domain and custom, with commas "
                          "between them.");
        return false;
    }
    auto *made = static_cast<Strategies *>(pg::guc_memory(Strategies::size_for(count)));
    if (!made) return false;
    *made = Strategies{};
    list = *value;
    while (tenant_id::next_item(list, item)) {
        Strategy named = *strategy(item);
        made->list[made->count++] = named;
        made->has_custom = made->has_custom || named == Strategy::custom;
    }
    *extra = made;
    return true;
}

void assign_resolver(const char *, void *extra) { strategies = static_cast<Strategies *>(extra); }

// Labels of letters, digits, hyphens and underscores with dots between them. Numbers alone are an address.
bool is_host(std::string_view host) {
    if (host.size() > 253) return false;
    size_t label = 0;
    bool address = true;
    for (char c : host) {
        address = address && (c == '.' || (c >= '0' && c <= '9'));
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
        } else if (tenant_id::is_letter_or_digit(c) || c == '-' || c == '_') {
            if (++label > 63) return false;
        } else {
            return false;
        }
    }
    return label > 0 && !address;
}

bool check_main_domain(char **value, void **, GucSource source) {
    if (refuse_client(source)) return false;
    if (**value == '\0') return true;
    if (!is_host(*value)) {
        GUC_check_errdetail("\"%s\" is not a domain name.", *value);
        GUC_check_errhint("Write it as in example.com: no address, no scheme, no port, no dot at either end.");
        return false;
    }
    for (char *c = *value; *c; c++) *c = tenant_id::lower(*c);
    return true;
}

// A list of names that is being made. Their characters follow it: a setting's value may be freed before its `extra`.
struct NewNames {
    Names *made;  // null: no memory
    char *place;  // of the next name's characters

    NewNames(size_t count, size_t characters) {
        const Size array = offsetof(Names, list) + count * sizeof(std::string_view);
        made = static_cast<Names *>(pg::guc_memory(array + characters));
        place = made ? reinterpret_cast<char *>(made) + array : nullptr;
        if (made) made->count = 0;
    }
    void add(std::string_view name) {
        memcpy(place, name.data(), name.size());
        made->list[made->count++] = {place, name.size()};
        place += name.size();
    }
};

bool check_list(char **value, void **extra, GucSource source) {
    if (refuse_client(source)) return false;
    const std::string_view all = **value ? std::string_view(*value) : std::string_view();
    std::string_view list = all, item;
    size_t count = 0;
    while (tenant_id::next_item(list, item)) {
        count++;
        if (tenant_id::is_valid(item)) continue;
        GUC_check_errdetail("\"%.*s\" cannot stand in the list.", static_cast<int>(item.size()), item.data());
        GUC_check_errhint("Write names with commas between them, or an empty text for none.");
        return false;
    }
    NewNames names(count, all.size());
    if (!names.made) return false;
    list = all;
    while (tenant_id::next_item(list, item)) names.add(item);
    *extra = names.made;
    return true;
}

// Outside double quotes nothing but letters, digits and `others`: SplitIdentifierString() takes app.f(jsonb) for a name.
bool has_identifiers_alone(const char *names, const char *others) {
    bool quoted = false;
    for (const char *c = names; *c; c++) {
        if (*c == '"')
            quoted = !quoted;
        else if (!quoted && !tenant_id::is_letter_or_digit(*c) && !IS_HIGHBIT_SET(*c) && !strchr(others, *c))
            return false;
    }
    return true;
}

// Column names, as in SQL: folded to lower case unless they are quoted.
bool check_columns(char **value, void **extra, GucSource source) {
    if (refuse_client(source)) return false;
    char *copy = pstrdup(*value);
    List *names = NIL;
    ListCell *cell;
    bool good = has_identifiers_alone(*value, "_$, \t\n\r\f") && SplitIdentifierString(copy, ',', &names);
    bool made = false;
    if (good) {
        size_t characters = 0;
        foreach (cell, names) characters += strlen(static_cast<char *>(lfirst(cell)));
        NewNames columns(static_cast<size_t>(list_length(names)), characters);
        made = columns.made != nullptr;
        if (made) foreach (cell, names) columns.add(static_cast<char *>(lfirst(cell)));
        *extra = columns.made;
    } else {
        GUC_check_errdetail("\"%s\" is not a list of column names.", *value);
        GUC_check_errhint("Write names with commas between them, as in tenant_id, \"Org\"; an empty text for none.");
    }
    list_free(names);
    pfree(copy);
    return made;
}

void assign_auto_scope(const char *, void *extra) { auto_scope_names = static_cast<Names *>(extra); }

void assign_subdomain_exclude(const char *, void *extra) { subdomain_exclude_names = static_cast<Names *>(extra); }
void assign_path_exclude(const char *, void *extra) { path_exclude_names = static_cast<Names *>(extra); }

bool check_name(char **value, void **, GucSource source) {
    if (refuse_client(source)) return false;
    if (**value != '\0' && tenant_id::trimmed(*value) == *value) return true;
    GUC_check_errdetail("The name is empty, or has blanks around it.");
    GUC_check_errhint("Write the name alone.");
    return false;
}

// What RFC 9110 (5.1, 5.6.2) calls a token: no request has a header of another name.
bool check_header(char **value, void **, GucSource source) {
    if (refuse_client(source)) return false;
    const std::string_view name = *value;
    bool good = !name.empty();
    for (char c : name) good = good && (tenant_id::is_letter_or_digit(c) || strchr("!#$%&'*+-.^_`|~", c) != nullptr);
    if (good) return true;
    GUC_check_errdetail("\"%s\" is not the name of a header.", *value);
    GUC_check_errhint("Write the name alone, without blanks and without a colon, as in X-Tenant-ID.");
    return false;
}

bool check_custom_resolver(char **value, void **, GucSource source) {
    if (refuse_client(source)) return false;
    if (**value == '\0') return true;
    // The same reading as at the call: identifiers, quoted or folded, with dots between them. The function's
    // existence is looked at when it is called: it may be made, or restored, later than the setting.
    char *copy = pstrdup(*value);
    List *names = NIL;
    bool good = has_identifiers_alone(*value, "_$. \t\n\r\f") &&
                SplitIdentifierString(copy, '.', &names) && list_length(names) == 2;
    list_free(names);
    pfree(copy);
    if (good) return true;
    GUC_check_errdetail("\"%s\" is not a schema-qualified function name without arguments.", *value);
    GUC_check_errhint("Write it as in app.resolve_tenant: a function of one jsonb that returns text or "
                      "djust_tenants.tenant_info.");
    return false;
}

bool check_default_tenant(char **value, void **, GucSource source) {
    if (refuse_client(source)) return false;
    if (**value == '\0' || tenant_id::is_valid(*value)) return true;
    GUC_check_errdetail("\"%s\" is not a tenant id.", *value);
    GUC_check_errhint("A tenant id is 1 to 128 ASCII letters, digits and - _ . @ + ~ |; an empty text is no default.");
    return false;
}

void define_text(const char *name, const char *what, const char *why, char **variable, const char *initial,
                 GucStringCheckHook check, GucStringAssignHook assign = nullptr) {
    DefineCustomStringVariable(name, what, why, variable, initial, PGC_SUSET, 0, check, assign, nullptr);
}

void define_switch(const char *name, const char *what, const char *why, bool *variable, bool initial,
                   GucBoolAssignHook assign = nullptr) {
    DefineCustomBoolVariable(name, what, why, variable, initial, PGC_SUSET, 0, check_bool, assign, nullptr);
}

void define_speed(const char *name, const char *what, const char *off, bool *variable) {
    define_switch(name, what, off, variable, true, assign_planning);
}

}  // namespace

bool is_superuser_session() {
    const char *superuser = GetConfigOption("is_superuser", true, false);
    return superuser && strcmp(superuser, "on") == 0;
}

bool comes_from_client(GucSource source) { return source == PGC_S_CLIENT && !is_superuser_session(); }

void define() {
    loaded_by_server = process_shared_preload_libraries_in_progress;
    // The connection's options have set it before the library, whose check would leave the default in its place: open.
    const config_generic *placeholder = pg::find_setting(mode_setting);
    if (placeholder && placeholder->source == PGC_S_CLIENT && !is_superuser_session()) error::mode_from_client();
    DefineCustomEnumVariable(mode_setting, "What may make a tenant the current one: open or signed.",
                             "Signed, only a verified token does, for roles that row-level security binds: an injected "
                             "SET, a stored default or a stale connection gains nothing.",
                             &context_mode_value, mode_open, modes, PGC_SUSET, 0, check_mode, assign_mode, nullptr);
    // Each is superuser-only: whoever could change one could choose the tenant that a request gets.
    define_text("djust_tenants.resolver", "How a request is resolved to a tenant.",
                "One strategy, or a comma list that is tried in order: subdomain, path, header, session, domain, "
                "custom. Name only those whose input your application or proxy controls.",
                &resolver_value, "subdomain", check_resolver, assign_resolver);
    define_text("djust_tenants.main_domain", "The domain below which one label names the tenant.",
                "Set it in production: a host outside the domain then never resolves. Empty: the first label of a "
                "host of three or more.",
                &main_domain_value, "", check_main_domain);
    define_text("djust_tenants.subdomain_exclude", "Labels that are no tenants.",
                "Hosts such as www belong to the application itself.", &subdomain_exclude_value, "www,api,admin",
                check_list, assign_subdomain_exclude);
    DefineCustomIntVariable("djust_tenants.path_position", "Which segment of the path names the tenant, from 1.",
                            "2 for paths such as /t/acme/orders.", &path_position_value, 1, 1, 64, PGC_SUSET, 0,
                            check_int, nullptr, nullptr);
    define_text("djust_tenants.path_exclude", "Path segments that are no tenants.",
                "Paths such as /static belong to the application itself.", &path_exclude_value,
                "admin,api,static,media", check_list, assign_path_exclude);
    define_text("djust_tenants.header", "The request header that names the tenant.",
                "A header is only as trusted as who sets it: let your proxy overwrite it.", &header_value,
                "X-Tenant-ID", check_header);
    define_text("djust_tenants.session_key", "The key of the session that names the tenant.", nullptr,
                &session_key_value, "tenant_id", check_name);
    define_text("djust_tenants.jwt_claim", "The JWT claim that names the tenant.", nullptr, &jwt_claim_value,
                "tenant_id", check_name, assign_token_rule);
    define_text("djust_tenants.token_issuer", "The issuer (iss) that a token must name.",
                "Set it where a key signs for more than one issuer. Empty: any.", &token_issuer_value, "", check_text,
                assign_token_rule);
    define_text("djust_tenants.token_audience", "The audience (aud) that a token must name.",
                "Set it so that a token that was issued for another service does not count here. Empty: tokens "
                "that name an audience are refused.",
                &token_audience_value, "", check_text, assign_token_rule);
    DefineCustomIntVariable("djust_tenants.token_leeway", "How many seconds the clocks of issuer and server may differ.",
                            "A token counts that much before and after its own times.", &token_leeway_value, 0, 0,
                            longest_token_leeway, PGC_SUSET, GUC_UNIT_S, check_int, assign_token_rule, nullptr);
    define_switch("djust_tenants.token_single_use", "Whether a token counts once.",
                  "On, a token that somebody reads in flight or in a log is worth nothing after its use. Each "
                  "needs a claim jti, and the library must be in shared_preload_libraries.",
                  &token_single_use_value, false, assign_token_rule);
    // Without shared memory it says nothing; but a line in postgresql.conf must not be unknown then.
    DefineCustomIntVariable("djust_tenants.single_use_tokens", "How many used tokens the server remembers.",
                            "Each until it has expired: more than are used within their lifetime and five minutes.",
                            &single_use_tokens_value, 8192, 16, 10000000,
                            process_shared_preload_libraries_in_progress ? PGC_POSTMASTER : PGC_SIGHUP, 0, check_int,
                            nullptr, nullptr);
    define_text("djust_tenants.custom_resolver", "A function that resolves a request to a tenant.",
                "Schema-qualified, takes the request as jsonb, returns text or djust_tenants.tenant_info, and runs "
                "with the caller's rights.",
                &custom_resolver_value, "", check_custom_resolver);
    define_text("djust_tenants.default_tenant", "The tenant of a request that no strategy resolves.",
                "For single-tenant installations and development. Empty: none.", &default_tenant_value, "",
                check_default_tenant);
    define_switch("djust_tenants.tenant_required", "Whether working without a tenant is an error.",
                  "On, a request without a tenant and a read of a scoped table without a tenant raise an "
                  "error, so that a forgotten context shows in tests and not as an empty page.",
                  &tenant_required_value, false);
    define_switch("djust_tenants.require_registered", "Whether only registered tenants may be entered.",
                  "On, a misspelt or forged id that has no row in djust_tenants.tenant is refused.",
                  &require_registered_value, false);
    define_speed("djust_tenants.tenant_constant", "Whether plans that are used once have the tenant as a constant.",
                 "Off, every plan calls the function of the policy, as plain row-level security does.",
                 &tenant_constant_value);
    define_speed("djust_tenants.index_leaky_operators",
                 "Whether allowed operators that are not leakproof use tenant-leading indexes.",
                 "Off, only leakproof conditions do, as under plain row-level security. The operators are in "
                 "djust_tenants.allowed_operator.",
                 &index_leaky_operators_value);
    define_speed("djust_tenants.skip_redundant_checks",
                 "Whether a row whose tenant is the extension's own stamp goes without the policy's WITH CHECK.",
                 "Off, every written row is checked, as under plain row-level security.",
                 &skip_redundant_checks_value);
    define_speed("djust_tenants.copy_from", "Whether COPY FROM works on scoped tables for roles bound by row-level "
                 "security.",
                 "Off, it is refused, as under plain row-level security.", &copy_from_value);
    define_switch("djust_tenants.guard_notify",
                  "Whether LISTEN and NOTIFY work on the current tenant's channels alone.",
                  "Channels belong to the database: without it a tenant who guesses a name hears another "
                  "one. Name channels with djust_tenants.tenant_channel(...).",
                  &guard_notify_value, false);
    DefineCustomEnumVariable("djust_tenants.guard_session",
                             "What is done about what one tenant leaves on a connection, when the next comes.",
                             "Temporary objects, prepared statements, LISTEN and held cursors outlive the tenant on a "
                             "pooled connection. refuse: the next is not let in; clean: they go.",
                             &guard_session_value, static_cast<int>(SessionGuard::off), session_guards, PGC_SUSET, 0,
                             check_int, nullptr, nullptr);
    define_switch("djust_tenants.hide_estimates", "Whether EXPLAIN is without estimates.",
                  "They count the rows of all tenants. On, roles that row-level security binds get plans "
                  "without costs and rows, and no EXPLAIN ANALYZE.",
                  &hide_estimates_value, false);
    define_switch("djust_tenants.guard_truncate",
                  "Whether TRUNCATE of a scoped table is refused to roles that row-level security binds.",
                  "Off, whoever has the privilege empties the table of all tenants, as under plain row-level security.",
                  &guard_truncate_value, true);
    define_switch("djust_tenants.guard_policies",
                  "Whether a scoped table's isolation can be taken away by unscope_table alone.",
                  "Off, the owner can drop or alter the policies and the tenant column and switch row-level security "
                  "off, as on any table.",
                  &guard_policies_value, true);
    define_switch("djust_tenants.guard_ddl",
                  "Whether roles that row-level security binds are refused, in signed mode and where they have a fence, "
                  "DDL that leaves code or shadowing names behind or looks at all tenants' rows.",
                  "Switch it off for the role that runs migrations, with ALTER ROLE ... SET.", &guard_ddl_value, true);
    DefineCustomEnumVariable("djust_tenants.guard_copies",
                             "What becomes of copies of scoped tables' rows into relations that are not scoped.",
                             "CREATE TABLE AS, SELECT INTO and materialized views keep one tenant's rows where every "
                             "tenant may read them: off, warn or refuse.",
                             &guard_copies_value, static_cast<int>(Copies::warn), copies_modes, PGC_SUSET, 0,
                             check_int, nullptr, nullptr);
    define_text("djust_tenants.auto_scope", "Columns that make a new table tenant-scoped.",
                "Column names with commas between them. A table that is created with one of them cannot be forgotten: "
                "it is scoped by the same command. Empty: none.",
                &auto_scope_value, "", check_columns, assign_auto_scope);
}

bool Names::have(std::string_view name) const {
    for (int i = 0; i < count; i++)
        if (list[i].size() == name.size() && tenant_id::equal_ignoring_case(list[i], name)) return true;
    return false;
}

const Strategies &resolver() { return *strategies; }
const char *main_domain() { return main_domain_value; }
const Names &subdomain_exclude() { return *subdomain_exclude_names; }
int path_position() { return path_position_value; }
const Names &path_exclude() { return *path_exclude_names; }
const char *header() { return header_value; }
const char *session_key() { return session_key_value; }
const char *jwt_claim() { return jwt_claim_value; }
const char *token_issuer() { return token_issuer_value; }
const char *token_audience() { return token_audience_value; }
int token_leeway() { return token_leeway_value; }
bool token_single_use() { return token_single_use_value; }
int single_use_tokens() { return single_use_tokens_value; }
uint64 token_rules() { return token_rules_value; }
const char *custom_resolver() { return custom_resolver_value; }
const char *default_tenant() { return default_tenant_value; }
bool tenant_required() { return tenant_required_value; }
bool require_registered() { return require_registered_value; }
bool tenant_constant() { return tenant_constant_value; }
bool index_leaky_operators() { return index_leaky_operators_value; }
bool skip_redundant_checks() { return skip_redundant_checks_value; }
bool copy_from() { return copy_from_value; }
bool signed_mode() { return context_mode_value == mode_signed; }
bool preloaded() { return loaded_by_server; }
void on_mode_change(void (*callback)()) { mode_listener = callback; }
bool guard_notify() { return guard_notify_value; }
SessionGuard guard_session() { return static_cast<SessionGuard>(guard_session_value); }
bool hide_estimates() { return hide_estimates_value; }
bool guard_truncate() { return guard_truncate_value; }
bool guard_policies() { return guard_policies_value; }
bool guard_ddl() { return guard_ddl_value; }
Copies guard_copies() { return static_cast<Copies>(guard_copies_value); }
const Names &auto_scope() { return *auto_scope_names; }

}  // namespace djust::settings
