// index_advice: which indexes of a scoped table would serve a tenant better with the tenant column in front, and which
// have become redundant. It proposes statements and runs none.
#include "catalog.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "index_obstacle.hpp"
#include "index_rebuild.hpp"
#include "index_shape.hpp"
#include "policy.hpp"
#include "scope_plan.hpp"
#include "scoping.hpp"

namespace djust {

namespace {

using ddl::format;
using index_shape::Cover;
using index_shape::covers;
using index_shape::Index;

struct Advisor {
    Relation table;
    AttrNumber column;
    const char *tenant;
    List *indexes;    // of Index *, oldest first
    List *redundant;  // those of them that another one replaces
    List *taken;      // names
    ReturnSetInfo *result;
};

void put(const Advisor &advisor, Oid index, const char *advice, const char *reason, const char *statement) {
    Datum values[4] = {ObjectIdGetDatum(index), CStringGetTextDatum(advice), CStringGetTextDatum(reason),
                       statement ? CStringGetTextDatum(statement) : Datum(0)};
    bool nulls[4] = {!OidIsValid(index), false, false, !statement};
    tuplestore_putvalues(advisor.result->setResult, advisor.result->setDesc, values, nulls);
}

void put_all(const Advisor &advisor, Oid index, const char *advice, const char *reason, List *statements) {
    ListCell *cell;
    foreach (cell, statements) put(advisor, index, advice, reason, static_cast<char *>(lfirst(cell)));
}

// The name of a foreign key of the table whose checks would miss the index: they run as the owner of the table, whom
// row-level security does not bind then, and ask for the referencing columns alone: no partial index serves that. Null
// when there is none.
const char *foreign_key_on(const Advisor &advisor, const Index *index) {
    ListCell *cell;
    if (index->predicate) return nullptr;
    foreach (cell, RelationGetFKeyList(advisor.table)) {
        auto *key = static_cast<ForeignKeyCacheInfo *>(lfirst(cell));
        bool served = list_length(index->keys) >= key->nkeys;
        for (int i = 0; served && i < key->nkeys; i++) {
            bool found = false;
            for (int j = 0; j < key->nkeys; j++)
                found = found || static_cast<index_shape::Key *>(list_nth(index->keys, j))->column == key->conkey[i];
            served = found && key->conkey[i] != advisor.column;
        }
        if (served) return get_constraint_name(key->conoid);
    }
    return nullptr;
}

bool is_redundant(const Advisor &advisor, const Index *index) { return list_member_ptr(advisor.redundant, index); }

const char *obstacle(const Advisor &advisor, const Index *index) {
    return index_obstacle::of(index, advisor.table, advisor.column);
}

// A key, and what cannot have the tenant column in front, stays as it is: it does the work of another index, but not
// that of what the other would become.
bool stays_without_tenant(const Advisor &advisor, const Index *index) {
    return !index_shape::is_led(index) && (index->is_key || obstacle(advisor, index));
}

// The index that stays and does the work of this one.
const Index *cover_of(const Advisor &advisor, const Index *index, Cover *cover) {
    const Index *found = nullptr;
    *cover = Cover::no;
    ListCell *cell;
    foreach (cell, advisor.indexes) {
        auto *by = static_cast<Index *>(lfirst(cell));
        if (is_redundant(advisor, by)) continue;
        if (stays_without_tenant(advisor, by) && !stays_without_tenant(advisor, index)) continue;
        Cover made = covers(by, index, advisor.column);
        if (made == Cover::no || (found && (*cover == Cover::whole || made == Cover::tenant))) continue;
        found = by;
        *cover = made;
    }
    return found;
}

// One at a time, the newest first, so that of two equal ones one stays.
void find_redundant(Advisor *advisor) {
    for (int i = list_length(advisor->indexes) - 1; i >= 0; i--) {
        auto *index = static_cast<Index *>(list_nth(advisor->indexes, i));
        if (index->is_key || index->clustered || index->attached) continue;
        Cover cover;
        if (!cover_of(*advisor, index, &cover)) continue;
        if (cover == Cover::whole || !foreign_key_on(*advisor, index))
            advisor->redundant = lappend(advisor->redundant, index);
    }
}

void put_redundant(const Advisor &advisor) {
    ListCell *cell;
    foreach (cell, advisor.indexes) {
        auto *index = static_cast<Index *>(lfirst(cell));
        if (!is_redundant(advisor, index)) continue;
        Cover cover;
        const Index *by = cover_of(advisor, index, &cover);
        const char *reason =
            cover == Cover::whole
                ? format("Index %s does whatever this one does.", ddl::name_of(by->oid))
                : format("Index %s serves the queries of a tenant. Only queries across tenants, of roles that bypass "
                         "row-level security, would miss this one.", ddl::name_of(by->oid));
        if (index->partitioned) reason = format("%s The statement locks the table and its partitions.", reason);
        put(advisor, index->oid, "drop", reason,
            format("DROP INDEX %s%s", index->partitioned ? "" : "CONCURRENTLY ", ddl::name_of(index->oid)));
    }
}

// What REINDEX CONCURRENTLY leaves behind when it fails, by the name that it gives (with a number when taken).
bool is_left_over(const Index *index) {
    std::string_view name = pg::view(get_rel_name(index->oid));
    while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.remove_suffix(1);
    if (name.size() < 7 || OidIsValid(get_index_constraint(index->oid))) return false;
    std::string_view end = name.substr(name.size() - 6);
    return end == "_ccnew" || end == "_ccold";
}

// An index of a partitioned table as it is proposed here, whose build broke off: its partitions can be given what they
// lack.
bool can_be_finished(const Index *index) {
    return !index->valid && index->partitioned && !index->is_key && !index->attached && index_shape::is_led(index);
}

// What such an index is about to be.
const Index *as_finished(const Index *index) {
    auto *finished = static_cast<Index *>(palloc(sizeof(Index)));
    *finished = *index;
    finished->valid = true;
    return finished;
}

// One of them, once it is finished, is what this one would be with the tenant column in front.
bool is_under_way(const Advisor &advisor, const Index *index) {
    const Index *better = index_shape::with_tenant(index, advisor.table, advisor.column);
    ListCell *cell;
    foreach (cell, advisor.indexes) {
        auto *by = static_cast<Index *>(lfirst(cell));
        if (can_be_finished(by) && covers(as_finished(by), better, advisor.column) != Cover::no) return true;
    }
    return false;
}

void put_invalid(Advisor *advisor, const Index *index) {
    const char *name = ddl::name_of(index->oid);
    List *statements = can_be_finished(index) ? index_rebuild::finish(index, &advisor->taken) : NIL;
    if (statements)
        put_all(*advisor, index->oid, "invalid",
                "It is not valid: its build on the partitions has broken off, or is running still. The statements finish "
                "it: what is there is attached, what is missing is built. Look first that no CREATE INDEX is running.",
                statements);
    else if (index->partitioned)
        put(*advisor, index->oid, "invalid",
            "It is not valid: a partition has no index that is attached to it. Attach one for each (ALTER INDEX ... "
            "ATTACH PARTITION), or drop it.", nullptr);
    else if (is_left_over(index))
        put(*advisor, index->oid, "invalid",
            "It is not valid: REINDEX CONCURRENTLY has left it behind. No query uses it, every write pays for it. Look "
            "first that no REINDEX is running.", format("DROP INDEX CONCURRENTLY %s", name));
    else
        put(*advisor, index->oid, "invalid",
            "It is not valid: a concurrent build has failed, or is running still. No query uses it, every write pays "
            "for it. Look first that no CREATE INDEX is running.",
            index->is_key && !index->unique ? nullptr : format("REINDEX INDEX CONCURRENTLY %s", name));
}

void put_key(const Advisor &advisor, const Index *index) {
    bool has_tenant = false;
    ListCell *cell;
    foreach (cell, index->keys) has_tenant = has_tenant || static_cast<index_shape::Key *>(lfirst(cell))->is_tenant;
    const char *what = index->unique ? "is unique" : "excludes";
    if (has_tenant)
        put(advisor, index->oid, "key",
            format("It %s within each tenant, and has column %s not in front. Keys are not rewritten here.", what,
                   quote_identifier(advisor.tenant)), nullptr);
    else
        put(advisor, index->oid, "key",
            format("It %s across all tenants: its error tells a tenant that another one has the value. With column %s "
                   "in front it would mean something else, so no statement is proposed.", what,
                   quote_identifier(advisor.tenant)), nullptr);
}

// The extensions come first: the statements that follow need them.
void put_extensions(const Advisor &advisor, List *better) {
    ListCell *cell;
    List *named = NIL;
    foreach (cell, better) {
        auto *index = static_cast<Index *>(lfirst(cell));
        if (index->method == BTREE_AM_OID || list_member_oid(named, index->method)) continue;
        if (index_shape::takes_tenant(index->method, advisor.table, advisor.column)) continue;
        named = lappend_oid(named, index->method);
        const char *name = index_obstacle::extension_for(index->method);
        put(advisor, index->oid, "extension",
            format("Column %s can stand in such an index with the extension %s, which comes with PostgreSQL. Its schema "
                   "is the first of your search_path.", quote_identifier(advisor.tenant), name),
            format("CREATE EXTENSION IF NOT EXISTS %s", name));
    }
}

void put_better(Advisor *advisor, const Index *index) {
    const char *tenant = quote_identifier(advisor->tenant);
    const char *key = foreign_key_on(*advisor, index);
    bool behind = false;
    ListCell *cell;
    foreach (cell, index->keys) behind = behind || static_cast<index_shape::Key *>(lfirst(cell))->is_tenant;
    const char *reason =
        index->method == GIN_AM_OID && behind
            ? format("With column %s in front a tenant can use it for the allowed operators too, and not for leakproof "
                     "ones alone.", tenant)
        : index->method == BTREE_AM_OID
            ? format("With column %s in front it can find the rows of one tenant alone, in their order.", tenant)
            : format("With column %s in front it can find the rows of one tenant alone. Without it, row-level security "
                     "lets a tenant's conditions use it for leakproof operators only, and most of its method's are "
                     "not.", tenant);
    if (key && index->method != GIN_AM_OID)
        reason = format("%s This one stays for foreign key %s, whose checks ask without the tenant.", reason,
                        quote_identifier(key));
    List *statements = index_rebuild::rebuild(index, advisor->tenant, &advisor->taken);
    if (statements)
        put_all(*advisor, index->oid, "create", reason, statements);
    else
        put(*advisor, index->oid, "keep", "Its definition could not be taken apart.", nullptr);
}

// Of what the better indexes would be, those that no other would do the work of.
List *needed(const Advisor &advisor, List *better) {
    List *made = NIL, *left_out = NIL, *found = NIL;
    ListCell *cell, *other;
    foreach (cell, better)
        made = lappend(made, index_shape::with_tenant(static_cast<Index *>(lfirst(cell)), advisor.table,
                                                      advisor.column));
    for (int i = list_length(made) - 1; i >= 0; i--) {
        auto *index = static_cast<Index *>(list_nth(made, i));
        foreach (other, made) {
            auto *by = static_cast<Index *>(lfirst(other));
            if (list_member_ptr(left_out, by) || covers(by, index, advisor.column) == Cover::no) continue;
            left_out = lappend(left_out, index);
            break;
        }
    }
    for (int i = 0; i < list_length(made); i++)
        if (!list_member_ptr(left_out, list_nth(made, i))) found = lappend(found, list_nth(better, i));
    return found;
}

void advise(Advisor *advisor) {
    List *better = NIL, *quiet = NIL;
    bool led = false;
    ListCell *cell;
    find_redundant(advisor);
    foreach (cell, advisor->indexes) {
        auto *index = static_cast<Index *>(lfirst(cell));
        bool counts = index->method == BTREE_AM_OID && !index->predicate && (index->valid || can_be_finished(index));
        led = led || (counts && index_shape::is_led(index));
        Cover cover;
        if (is_redundant(*advisor, index) || index->attached) continue;
        if (!index->valid || index->is_key || index_shape::is_led(index) || cover_of(*advisor, index, &cover) ||
            obstacle(*advisor, index)) {
            quiet = lappend(quiet, index);
            continue;
        }
        led = led || counts;
        if (!is_under_way(*advisor, index)) better = lappend(better, index);
    }
    better = needed(*advisor, better);
    put_extensions(*advisor, better);
    if (!led)
        put_all(*advisor, InvalidOid, "create",
                format("No B-tree index begins with column %s: each query of a tenant reads the rows of all.",
                       quote_identifier(advisor->tenant)),
                scoping::index_statements(RelationGetRelid(advisor->table), advisor->tenant));
    foreach (cell, better) put_better(advisor, static_cast<Index *>(lfirst(cell)));
    put_redundant(*advisor);
    foreach (cell, quiet) {
        auto *index = static_cast<Index *>(lfirst(cell));
        Cover cover;
        const Index *by = index->is_key ? nullptr : cover_of(*advisor, index, &cover);
        if (!index->valid) {
            put_invalid(advisor, index);
        } else if (index->is_key) {
            if (!index_shape::is_led(index)) put_key(*advisor, index);
        } else if (by && index->clustered) {
            put(*advisor, index->oid, "keep",
                format("Index %s can serve for it, but the table is clustered by this one.", ddl::name_of(by->oid)),
                nullptr);
        } else if (by) {
            put(*advisor, index->oid, "keep",
                format("Index %s serves the queries of a tenant; this one stays for foreign key %s, whose checks ask "
                       "without the tenant.", ddl::name_of(by->oid),
                       quote_identifier(foreign_key_on(*advisor, index))), nullptr);
        } else if (!index_shape::is_led(index)) {
            put(*advisor, index->oid, "keep", obstacle(*advisor, index), nullptr);
        }
    }
}

}  // namespace

}  // namespace djust

using namespace djust;

DJUST_FUNCTION(djust_index_advice) {
    if (PG_ARGISNULL(0)) error::null_argument("index_advice", "target");
    Oid relid = PG_GETARG_OID(0);
    InitMaterializedSRF(fcinfo, 0);
    // Who may not change the table may not lock it either.
    scope_plan::check_exists(relid, "index_advice");
    if (!pg::owns_relation(relid, GetUserId())) error::not_owner(relid);
    Relation table = try_relation_open(relid, AccessShareLock);
    if (!table) error::no_such_relation(relid, "index_advice");
    if (!pg::owns_relation(relid, GetUserId())) error::not_owner(relid);
    std::optional<policy::Scope> scope = policy::scope_of(table);
    if (!scope || RelationGetNamespace(table) == catalog::schema()) policy::not_scoped(relid);

    int nest_level = ddl::pin_settings();
    Advisor advisor{table, scope->column, get_attname(relid, scope->column, false), NIL, NIL, NIL,
                    reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)};
    ListCell *cell;
    foreach (cell, RelationGetIndexList(table))
        advisor.indexes = lappend(advisor.indexes, index_shape::read(table, scope->column, lfirst_oid(cell)));
    advise(&advisor);
    ddl::unpin_settings(nest_level);
    relation_close(table, AccessShareLock);
    return Datum(0);
}
