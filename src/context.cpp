#include "context.hpp"

#include "error.hpp"
#include "fence.hpp"
#include "registry.hpp"
#include "seal.hpp"
#include "settings.hpp"
#include "tenant_id.hpp"
#include "tenant_info.hpp"

namespace djust::context {

using catalog::Kind;
using seal::Origin;

namespace {

constexpr const char *setting_name = "djust_tenants.tenant_id";

// The parsed value travels as the setting's `extra`: SET LOCAL, savepoints, function SET and parallel workers
// restore it with the value. Jsonb and name of `given` follow the struct.
struct Parsed {
    size_t size;  // of the id
    seal::Seal seal;
    bool has_uuid, has_bigint, has_integer;
    pg_uuid_t uuid;
    int64 bigint;
    int32 integer;
    bool has_given;
    Size name_size, settings_size, metadata_size;  // 0: not given
};

char *setting_value;
Parsed *parsed;  // of the value in force; null when it is empty

// What enter() hands to the check hook, for that id alone.
const Given *pending_given;
const char *pending_id;
seal::Seal pending_seal;

constexpr int most_listeners = 4;
void (*listeners[most_listeners])(const char *);
int listener_count;
void (*prepare_entering)(const char *);
bool (*refuses_entering)(const char *);

// A tenant that nothing was found against, with its id as values that are handed out.
struct Admitted {
    char id[tenant_id::longest + 1];  // first: the key of `more_admitted`
    size_t size;
    uint64 fingerprint;
    pg_uuid_t uuid;
    alignas(int32) char text[VARHDRSZ + tenant_id::longest];
};
// What was handed out stays as it is to the end of the transaction, and in a procedure that commits to the end of the
// statement that called it: arguments of CALL are not copied. One tenant has the place that is kept over transactions,
// others that come before such an end have memory of their own.
Admitted first_admitted;
HTAB *more_admitted;
const Admitted *last_admitted = &first_admitted;

// The judgement on the value in force, made once in a transaction.
struct Verdict {
    LocalTransactionId made_in;
    const Admitted *tenant;  // null: no current tenant
    TimestampTz expires;     // 0: it holds for the transaction
};
Verdict verdict;

// A fence may be in the way of the tenant that the verdict names: of whom, depends on the roles of the moment. False
// once it is seen in a transaction that there are no fences.
bool ask_fences;

Size size_of(Jsonb *json) { return json ? VARSIZE(json) : 0; }

bool check(char **value, void **extra, GucSource source) {
    std::string_view id = *value;
    // One tenant for everybody, by a file, is never meant; ALTER SYSTEM is refused by GUC_DISALLOW_IN_FILE.
    if (source == PGC_S_FILE && !id.empty()) {
        GUC_check_errmsg("djust_tenants.tenant_id cannot be set in a configuration file");
        GUC_check_errhint("A default tenant for requests is djust_tenants.default_tenant.");
        return false;
    }
    if (id.empty()) return true;
    if (!tenant_id::is_valid(id)) {
        GUC_check_errmsg("malformed tenant id");
        GUC_check_errdetail("\"%s\" is not a tenant id.", *value);
        GUC_check_errhint("A tenant id is 1 to 128 ASCII letters, digits and - _ . @ + ~ |; to leave a tenant, RESET "
                          "djust_tenants.tenant_id or call djust_tenants.clear_current_tenant().");
        return false;
    }
    const bool is_entered = pending_id && id == pending_id;
    const std::optional<seal::Seal> seal = is_entered && pending_seal.origin == Origin::token
                                               ? std::optional<seal::Seal>(pending_seal)
                                               : seal::of_plain_value();
    if (!seal) {
        GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
        GUC_check_errmsg("a tenant can be entered with a verified token only");
        GUC_check_errdetail("djust_tenants.context_mode is signed: setting djust_tenants.tenant_id enters nobody.");
        GUC_check_errhint("Call djust_tenants.set_tenant_from_token(...).");
        return false;
    }
    if (source == PGC_S_SESSION && refuses_entering && IsTransactionState() && refuses_entering(*value)) return false;
    const Given *given = is_entered ? pending_given : nullptr;
    Size name_size = given && given->name ? strlen(given->name) + 1 : 0;
    Size settings_size = given ? size_of(given->settings) : 0;
    Size metadata_size = given ? size_of(given->metadata) : 0;
    // Jsonb first: it wants alignment.
    auto *made = static_cast<Parsed *>(pg::guc_memory(MAXALIGN(sizeof(Parsed)) + MAXALIGN(settings_size) +
                                                      MAXALIGN(metadata_size) + name_size));
    if (!made) return false;
    memset(made, 0, sizeof(Parsed));
    made->size = id.size();
    made->seal = *seal;
    made->has_uuid = tenant_id::as_uuid(id, &made->uuid);
    if (auto number = tenant_id::as_bigint(id)) {
        made->has_bigint = true;
        made->bigint = *number;
        made->has_integer = *number >= PG_INT32_MIN && *number <= PG_INT32_MAX;
        made->integer = static_cast<int32>(*number);
    }
    if (given) {
        made->has_given = true;
        made->name_size = name_size;
        made->settings_size = settings_size;
        made->metadata_size = metadata_size;
        char *place = reinterpret_cast<char *>(made) + MAXALIGN(sizeof(Parsed));
        if (settings_size) memcpy(place, given->settings, settings_size);
        place += MAXALIGN(settings_size);
        if (metadata_size) memcpy(place, given->metadata, metadata_size);
        place += MAXALIGN(metadata_size);
        if (name_size) memcpy(place, given->name, name_size);
    }
    *extra = made;
    return true;
}

// When the token expires that has entered the session; 0: none has.
TimestampTz end_of_session() {
    const bool ends = parsed && parsed->seal.origin == Origin::token && parsed->seal.transaction == InvalidLocalTransactionId;
    return ends ? parsed->seal.expires : 0;
}

void tell(const char *id) {
    verdict.made_in = InvalidLocalTransactionId;
    const bool is_set = seal::tell_workers(parsed ? &parsed->seal : nullptr);
    for (int i = 0; i < listener_count; i++) listeners[i](is_set ? id : nullptr);
}

void assign(const char *value, void *extra) {
    parsed = static_cast<Parsed *>(extra);
    session_ends = end_of_session();
    tell(value && *value ? value : nullptr);
}

void mode_changed() { tell(parsed ? setting_value : nullptr); }

Given given_of(const Parsed *from) {
    Given given{};
    if (!from || !from->has_given) return given;
    char *place = reinterpret_cast<char *>(const_cast<Parsed *>(from)) + MAXALIGN(sizeof(Parsed));
    if (from->settings_size) given.settings = reinterpret_cast<Jsonb *>(place);
    place += MAXALIGN(from->settings_size);
    if (from->metadata_size) given.metadata = reinterpret_cast<Jsonb *>(place);
    place += MAXALIGN(from->metadata_size);
    if (from->name_size) given.name = place;
    return given;
}

enum class Refusal { none, inactive, unknown, broken };

// The last tenant that nothing was found against, over transactions until it or the registry changes: a request asks
// when it is resolved, entered and first used.
struct Passed {
    uint64 registry_changes;
    bool require_registered;
    size_t size;  // of the id
    char id[tenant_id::longest];
    bool is(std::string_view other) const { return size == other.size() && memcmp(id, other.data(), size) == 0; }
};
Passed last_passed;

Refusal looked_up_refusal_of(const char *id) {
    // Without the registry nobody can tell who is active: closed. (Without the extension nobody asks.)
    if (!OidIsValid(catalog::schema()) && OidIsValid(get_extension_oid("djust_tenants", true))) return Refusal::broken;
    switch (registry::standing(id)) {
        case registry::Standing::inactive: return Refusal::inactive;
        case registry::Standing::unregistered:
            return settings::require_registered() ? Refusal::unknown : Refusal::none;
        case registry::Standing::active: break;
    }
    return Refusal::none;
}

bool has_passed(std::string_view id) {
    return last_passed.is(id) && last_passed.registry_changes == registry::changes() &&
           last_passed.require_registered == settings::require_registered();
}

Refusal refusal_of(const char *id, size_t size) {
    if (has_passed({id, size})) return Refusal::none;
    Refusal refusal = looked_up_refusal_of(id);
    // Longer is only what a superuser has put into the registry past its constraints.
    if (refusal == Refusal::none && likely(size <= tenant_id::longest)) {
        last_passed.registry_changes = registry::changes();
        last_passed.require_registered = settings::require_registered();
        last_passed.size = size;
        memcpy(last_passed.id, id, size);
    }
    return refusal;
}

// A number that nobody can compute without the seed.
uint64 fingerprint_of(std::string_view id) {
    static uint64 seed;
    if (unlikely(!seed) && !pg_strong_random(&seed, sizeof(seed))) error::no_randomness();
    uint64 hash = hash_bytes_extended(reinterpret_cast<const unsigned char *>(id.data()),
                                      static_cast<int>(id.size()), seed);
    return hash ? hash : 1;
}

const Admitted *newly_admitted(const char *id, size_t size) {
    const uint64 fingerprint = fingerprint_of({id, size});
    Admitted *place = &first_admitted;
    if (has_handed_out) {
        if (first_admitted.size == size && memcmp(first_admitted.id, id, size) == 0) return &first_admitted;
        if (!more_admitted) {
            HASHCTL control{};
            control.keysize = sizeof(Admitted::id);
            control.entrysize = sizeof(Admitted);
            more_admitted = hash_create("djust_tenants current tenants", 8, &control, HASH_ELEM | HASH_STRINGS);
        }
        bool found;
        place = static_cast<Admitted *>(hash_search(more_admitted, id, HASH_ENTER, &found));
        if (found) return place;
    }
    place->fingerprint = fingerprint;
    if (parsed->has_uuid) place->uuid = parsed->uuid;
    SET_VARSIZE(place->text, VARHDRSZ + size);
    memcpy(VARDATA(place->text), id, size);
    memcpy(place->id, id, size + 1);
    place->size = size;
    if (place == &first_admitted) has_handed_out = true;
    return place;
}

}  // namespace

// The end of everything that may have been handed a value, unless a procedure goes on.
void take_back(XactEvent event) {
    if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE &&
        event != XACT_EVENT_PARALLEL_COMMIT && event != XACT_EVENT_PARALLEL_ABORT)
        return;
    if (ActivePortal || SPI_inside_nonatomic_context()) return;
    has_handed_out = false;
    if (likely(!more_admitted)) return;
    hash_destroy(more_admitted);
    more_admitted = nullptr;
    last_admitted = &first_admitted;
}

namespace {

// Of the value in force. Null when the tenant is refused.
const Admitted *admitted(const char *id, size_t size) {
    if (refusal_of(id, size) != Refusal::none) return nullptr;
    if (last_admitted->size == size && memcmp(last_admitted->id, id, size) == 0) {
        if (last_admitted == &first_admitted) has_handed_out = true;
        return last_admitted;
    }
    return last_admitted = newly_admitted(id, size);
}

void judge() {
    // Looking into the registry may run invalidations; the value is still the same after it.
    const bool is_set = seal::tell_workers(parsed ? &parsed->seal : nullptr);
    const Admitted *tenant = is_set ? admitted(setting_value, parsed->size) : nullptr;
    verdict = Verdict{pg::local_transaction_id(), tenant, is_set ? end_of_session() : 0};
    ask_fences = true;
}

const Verdict &judged() {
    if (unlikely(verdict.made_in != pg::local_transaction_id())) judge();
    // A token that entered the session ends with the first statement after its time, also within a transaction.
    if (unlikely(verdict.expires != 0) && GetCurrentStatementStartTimestamp() >= verdict.expires) judge();
    return verdict;
}

// The tenant of the verdict, where no fence is in its way. SET ROLE, and a SECURITY DEFINER function, come and go in
// the middle of a transaction: this is asked again and again.
const Admitted *inside_fences(const Admitted *tenant) {
    if (likely(!ask_fences) || !tenant) return tenant;
    uint64 before = fence::changes();
    bool may_enter = fence::may_enter({tenant->id, tenant->size});
    ask_fences = fence::exist() || fence::changes() != before;
    return may_enter ? tenant : nullptr;
}

}  // namespace

void define() {
    DefineCustomStringVariable(
        setting_name, "The current tenant.",
        "Empty: none. Set it for a transaction with SET LOCAL or djust_tenants.set_current_tenant(...): a value set "
        "for the session outlives a pooled transaction.",
        &setting_value, "", PGC_USERSET, GUC_REPORT | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, check, assign,
        nullptr);
    seal::define();
    settings::on_mode_change(mode_changed);
    fence::on_change([] { ask_fences = true; });
}

void on_change(void (*callback)(const char *)) {
    Assert(listener_count < most_listeners);
    listeners[listener_count++] = callback;
}

void on_enter(void (*prepare)(const char *), bool (*refuses)(const char *)) {
    prepare_entering = prepare;
    refuses_entering = refuses;
}

const char *named() { return parsed ? setting_value : nullptr; }

const char *current() {
    const Admitted *tenant = inside_fences(judged().tenant);
    return tenant ? tenant->id : nullptr;
}

bool has_value(Kind kind) {
    if (!current()) return false;
    switch (kind) {
        case Kind::text: return true;
        case Kind::uuid: return parsed->has_uuid;
        case Kind::bigint: return parsed->has_bigint;
        case Kind::integer: return parsed->has_integer;
    }
    return false;
}

std::optional<Datum> value(Kind kind) {
    if (!has_value(kind)) return std::nullopt;
    switch (kind) {
        case Kind::text: return PointerGetDatum(verdict.tenant->text);
        case Kind::uuid: return UUIDPGetDatum(&verdict.tenant->uuid);
        case Kind::bigint: return Int64GetDatum(parsed->bigint);
        case Kind::integer: return Int32GetDatum(parsed->integer);
    }
    return std::nullopt;
}

uint64 fingerprint() {
    const Admitted *tenant = inside_fences(judged().tenant);
    return tenant ? tenant->fingerprint : 0;
}

namespace {

// Raises the error that says why when the tenant that is set counts no longer.
void refuse_discounted() {
    if (!parsed || seal::counts(parsed->seal)) return;
    error::discounted_tenant(setting_value, settings::signed_mode() && !settings::preloaded()
                                                ? error::Discounted::not_preloaded
                                            : parsed->seal.origin == Origin::token ? error::Discounted::expired
                                                                                   : error::Discounted::unsealed);
}

}  // namespace

void refuse_missing(Oid relid, const char *what) {
    if (parsed) {
        refuse_discounted();
        admit(setting_value);
        error::inactive_tenant(setting_value);  // it has been activated since the transaction began
    }
    if (OidIsValid(relid)) error::no_tenant_for_table(relid);
    error::no_tenant(what);
}

const char *require(const char *what) {
    const char *id = current();
    if (!id) refuse_missing(InvalidOid, what);
    return id;
}

void refuse_kept_out() {
    if (!parsed) return;
    fence::require({setting_value, parsed->size});
    refuse_discounted();
}

void tell_expiry() {
    if (seal::counts(parsed->seal)) return;  // somebody has set the clock back
    session_ends = 0;
    tell(setting_value);
}

void admit(std::string_view asked) {
    // First: whoever may not enter the tenant learns nothing of it either.
    fence::require(asked);
    if (likely(has_passed(asked))) return;
    const char *id = pnstrdup(asked.data(), asked.size());
    switch (refusal_of(id, asked.size())) {
        case Refusal::inactive: error::inactive_tenant(id);
        case Refusal::unknown: error::unknown_tenant(id);
        case Refusal::broken: error::broken();
        case Refusal::none: break;
    }
}

void check_alter_system(const AlterSystemStmt *statement) {
    VariableSetStmt *set = statement->setstmt;
    if (settings::preloaded() || set->kind != VAR_SET_VALUE) return;
    if (pg_strcasecmp(set->name, settings::mode_setting) != 0) return;
    const char *value = ExtractSetVariableArgs(set);
    if (value && pg_strcasecmp(value, "signed") == 0) error::signed_not_preloaded();
}

namespace {

void set(const char *id, bool local, const Given *given, const seal::Seal &seal) {
    if (id) {
        if (!tenant_id::is_valid(id)) error::malformed_tenant_id(id);
        if (settings::signed_mode() && !settings::preloaded()) error::signed_not_preloaded();
        if (settings::signed_mode() && seal.origin != Origin::token && !seal::is_exempt())
            error::token_needed("What was called does not verify one.");
        admit(id);
        if (prepare_entering) prepare_entering(id);
    }
    pending_given = given;
    pending_id = id;
    pending_seal = seal;
    PG_TRY();
    {
        set_config_option(setting_name, id ? id : "", superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
                          local ? GUC_ACTION_LOCAL : GUC_ACTION_SET, true, 0, false);
    }
    PG_FINALLY();
    {
        pending_given = nullptr;
        pending_id = nullptr;
        pending_seal = seal::Seal{};
    }
    PG_END_TRY();
}

}  // namespace

void enter(const char *id, bool local, const Given *given) { set(id, local, given, seal::Seal{}); }

void enter_verified(const char *id, bool local, TimestampTz expires) {
    set(id, local, nullptr,
        local ? seal::Seal{Origin::token, pg::local_transaction_id(), 0}
              : seal::Seal{Origin::token, InvalidLocalTransactionId, expires});
}

Datum info_of(const char *id, const Given &given) {
    // First: looking it up may process invalidations, and the registry's facts would go with them.
    TupleDesc descriptor = tenant_info::descriptor();
    if (const registry::Facts *facts = registry::facts(id))
        return tenant_info::make(descriptor, id, facts->name, facts->settings, facts->metadata);
    auto or_empty = [](Jsonb *json) { return json ? json : tenant_info::empty_object(); };
    return tenant_info::make(descriptor, id, given.name ? given.name : id, or_empty(given.settings),
                             or_empty(given.metadata));
}

Jsonb *given_settings() { return given_of(parsed).settings; }

Datum current_info(FunctionCallInfo fcinfo) {
    const char *id = current();
    if (!id) PG_RETURN_NULL();
    return info_of(id, given_of(parsed));
}

void warn_if_local_without_transaction(FunctionCallInfo fcinfo, const char *function) {
    // Only a call from the top-level statement itself: inside DO, PL, SQL functions and CALL the transaction goes on.
    if (!ActivePortal || !ActivePortal->queryDesc || !ActivePortal->queryDesc->estate) return;
    if (ActivePortal->queryDesc->estate->es_query_cxt != fcinfo->flinfo->fn_mcxt) return;
    if (IsInTransactionBlock(true)) return;
    ereport(WARNING, (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
                      errmsg("%s with is_local true has no effect outside a transaction block", function),
                      errdetail("The tenant is left again at the end of this statement."),
                      errhint("BEGIN a transaction first, or pass is_local => false and clear the tenant before the "
                              "connection goes back to its pool.")));
}

}  // namespace djust::context
