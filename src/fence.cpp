#include "fence.hpp"

#include "catalog.hpp"
#include "error.hpp"
#include "own_columns.hpp"
#include "tenant_id.hpp"

namespace djust::fence {

namespace {

// Past this number the answers are dropped: simple, and a backend's memory stays bounded.
constexpr long most_answers = 1024;

Oid known_table;  // that the answers were read from; InvalidOid: any relation that changes may become it
uint64 generation;

// What was asked: a role and a tenant, or (with an empty id) whether the role has rows at all.
struct Question {
    Oid role;
    char id[tenant_id::longest + 1];
};
struct Answer {
    Question question;  // key
    bool yes;
};
HTAB *answers;

// The last that both users may enter, or not.
struct Judged {
    uint64 generation;
    Oid session_user, current_user;
    bool may_enter;
    size_t size;  // of the id; 0: nothing was judged
    char id[tenant_id::longest];
    bool is(Oid session, Oid current, std::string_view other) const {
        return session_user == session && current_user == current && generation == fence::changes() &&
               size == other.size() && memcmp(id, other.data(), size) == 0;
    }
};
Judged last;

constexpr int most_listeners = 4;
void (*listeners[most_listeners])();
int listener_count;

void relation_changed(Datum, Oid relid) {
    if (OidIsValid(relid) && OidIsValid(known_table) && relid != known_table) return;
    generation++;
    fences = Fences::unknown;
    if (answers) hash_destroy(answers);
    answers = nullptr;
    // Before the table was there nothing was fenced. It comes with an update of the extension, and any relation may be
    // it: nobody is told of each, and whoever judges anew in each transaction meets it in the next.
    if (!OidIsValid(known_table)) return;
    known_table = InvalidOid;
    for (int i = 0; i < listener_count; i++) listeners[i]();
}

struct Table {
    Oid relid;
    bool is_broken;
};
Table look_up_table() {
    Oid schema = catalog::schema();
    // What is broken there the registry tells: nobody is the current tenant then.
    if (!OidIsValid(schema)) return {InvalidOid, false};
    Oid relid = get_relname_relid("tenant_role_fence", schema);
    if (OidIsValid(relid)) return {relid, !own_columns::are_intact(own_columns::Of::tenant_role_fence, relid)};
    // The extension's older versions have no fences, and not this function either.
    Oid types[] = {REGROLEOID, TEXTOID};
    return {InvalidOid, SearchSysCacheExists3(PROCNAMEARGSNSP, CStringGetDatum("allow_tenant"),
                                              PointerGetDatum(buildoidvector(types, 2)), ObjectIdGetDatum(schema))};
}

// Whether there is a row: of any role (InvalidOid), of any tenant (an empty id). The catalog snapshot is always fresh,
// and works in parallel workers.
bool has_row(Oid relid, Oid role, const char *id) {
    Relation relation = table_open(relid, AccessShareLock);
    // Waiting for the lock may have let somebody change them since.
    if (!own_columns::are_intact(own_columns::Of::tenant_role_fence, RelationGetDescr(relation))) error::broken();
    ScanKeyData keys[2];
    int count = 0;
    if (OidIsValid(role)) ScanKeyInit(&keys[count++], 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
    if (*id) {
        ScanKeyInit(&keys[count], 2, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(id));
        // The order of the index, whatever collation a superuser has given the column.
        keys[count++].sk_collation = TupleDescAttr(RelationGetDescr(relation), 1)->attcollation;
    }
    RelationGetIndexList(relation);  // fills rd_pkindex
    SysScanDesc scan = systable_beginscan(relation, relation->rd_pkindex, OidIsValid(relation->rd_pkindex), nullptr,
                                          count, keys);
    bool found = HeapTupleIsValid(systable_getnext(scan));
    systable_endscan(scan);
    table_close(relation, AccessShareLock);
    return found;
}

}  // namespace

// Reading may itself process the invalidation of what was read: then it is read again.
Fences look() {
    for (;;) {
        uint64 before = generation;
        Table table = look_up_table();
        Fences found = table.is_broken               ? Fences::broken
                       : !OidIsValid(table.relid)    ? Fences::none
                       : has_row(table.relid, InvalidOid, "") ? Fences::some
                                                     : Fences::none;
        if (before != generation) continue;
        known_table = table.relid;
        return fences = found;
    }
}

namespace {

bool answer(Oid role, const char *id) {
    Question question{};  // its bytes are compared, all of them
    question.role = role;
    strlcpy(question.id, id, sizeof(question.id));
    bool found;
    uint64 before;
    do {
        if (answers)
            if (auto *known = static_cast<Answer *>(hash_search(answers, &question, HASH_FIND, nullptr)))
                return known->yes;
        exist();
        before = generation;
        // Broken: each role has a fence, and no tenant is inside.
        found = fences == Fences::broken ? *id == '\0' : OidIsValid(known_table) && has_row(known_table, role, id);
    } while (before != generation);
    if (answers && hash_get_num_entries(answers) >= most_answers) {
        hash_destroy(answers);
        answers = nullptr;
    }
    if (!answers) {
        HASHCTL control{};
        control.keysize = sizeof(Question);
        control.entrysize = sizeof(Answer);
        answers = hash_create("djust_tenants fences", 32, &control, HASH_ELEM | HASH_BLOBS);
    }
    static_cast<Answer *>(hash_search(answers, &question, HASH_ENTER, nullptr))->yes = found;
    return found;
}

}  // namespace

void init() { CacheRegisterRelcacheCallback(relation_changed, Datum(0)); }

uint64 changes() { return generation; }

void on_change(void (*callback)()) {
    Assert(listener_count < most_listeners);
    listeners[listener_count++] = callback;
}

bool has_any(Oid role) { return exist() && answer(role, ""); }

bool may_enter(Oid role, std::string_view id) {
    if (likely(!exist())) return true;
    if (!has_any(role)) return true;
    // Longer is only what a superuser has put into the registry past its constraints; no row can name it.
    if (id.empty() || id.size() > tenant_id::longest) return false;
    char text[tenant_id::longest + 1];
    memcpy(text, id.data(), id.size());
    text[id.size()] = '\0';
    return answer(role, text);
}

bool may_enter(std::string_view id) {
    if (likely(!exist())) return true;
    const Oid session = GetSessionUserId(), current = GetUserId();
    if (likely(last.is(session, current, id))) return last.may_enter;
    uint64 before = generation;
    bool may = may_enter(session, id) && (session == current || may_enter(current, id));
    if (id.size() <= tenant_id::longest) {
        last.generation = before;
        last.session_user = session;
        last.current_user = current;
        last.may_enter = may;
        last.size = id.size();
        memcpy(last.id, id.data(), id.size());
    }
    return may;
}

void require_inside(std::string_view id) {
    if (likely(may_enter(id))) return;
    if (fences == Fences::broken) error::broken();
    const Oid session = GetSessionUserId();
    bool is_session_user = !may_enter(session, id);
    error::fenced_off(is_session_user ? session : GetUserId(), is_session_user, id);
}

Oid table() {
    exist();
    if (fences == Fences::broken) error::broken();
    return known_table;
}

}  // namespace djust::fence
