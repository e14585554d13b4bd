#include "leftovers.hpp"

#include "context.hpp"
#include "error.hpp"
#include "in_use.hpp"
#include "role.hpp"
#include "settings.hpp"
#include "tenant_id.hpp"

// Who made a thing is noted when it is made, by a role that is bound, as a tenant. Whether it is still there is asked
// when another tenant comes, of PostgreSQL itself: DROP, DISCARD, DEALLOCATE, a rollback and ON COMMIT DROP need not be
// seen. Only the channels of LISTEN are counted here, since the statements of an open transaction cannot be asked for.
namespace djust::leftovers {

namespace {

using Id = char[tenant_id::longest + 1];

struct Object {
    struct Key {
        Oid catalog, object;
    } key;  // first: of the table
    Id maker;
    bool seen;  // by the search that runs
};

struct Statement {
    char name[NAMEDATALEN];  // first: the key
    Id maker;
};
HTAB *statements;

struct Channel {
    Channel *next;
    Id maker;
    SubTransactionId listened, left;  // in which open subtransaction; invalid: in none
    char name[NAMEDATALEN];
};
Channel *channels;

// In the memory of its portal: it goes with it.
struct Held {
    Held *next;
    Portal portal;
    Id maker;
    MemoryContextCallback gone;
};
Held *cursors;

bool is_kept() { return objects || statements || channels || cursors; }

// The last tenant of the session.
Id last;

// Of what is made now; null when nobody shall be asked for it. In signed mode what is made after a tenant has been left is
// that tenant's still, or leaving would be the way not to be asked: before the first one it is the pool's or the driver's.
const char *maker() {
    if (settings::guard_session() == settings::SessionGuard::off) return nullptr;
    const char *id = context::named();
    if (!id && *last && settings::signed_mode()) id = last;
    return id && !role::bypasses_row_security(GetUserId()) ? id : nullptr;
}

bool binds() {
    return is_kept() && settings::guard_session() != settings::SessionGuard::off &&
           !role::bypasses_row_security(GetUserId());
}

bool is_of(const Id &maker, const char *id) { return strcmp(maker, id) == 0; }

// --- temporary objects: whatever is in the session's temporary schema --------------------------------------------------

bool may_be_temporary(Oid catalog, Oid object) {
    Oid schema, toast_schema;
    GetTempNamespaceState(&schema, &toast_schema);
    if (!OidIsValid(schema)) return false;
    if (catalog != RelationRelationId)
        // Of others than relations the schema is not known here; the search finds those that are in it.
        return catalog == ProcedureRelationId || catalog == TypeRelationId || catalog == OperatorRelationId ||
               catalog == CollationRelationId || catalog == ConversionRelationId || catalog == StatisticExtRelationId ||
               catalog == TSDictionaryRelationId || catalog == TSConfigRelationId;
    // Its row cannot be read yet, but it is in the relation cache.
    Relation made = RelationIdGetRelation(object);
    if (!RelationIsValid(made)) return false;
    bool temporary = made->rd_rel->relpersistence == RELPERSISTENCE_TEMP;
    RelationClose(made);
    return temporary;
}

// Whether one is there that another tenant has made; with `found`, all of them (of ObjectAddress *).
bool find_objects(const char *id, List **found) {
    if (!objects) return false;
    Oid schema, toast_schema;
    GetTempNamespaceState(&schema, &toast_schema);
    HASH_SEQ_STATUS all;
    hash_seq_init(&all, objects);
    while (auto *object = static_cast<Object *>(hash_seq_search(&all))) object->seen = false;
    bool any = false;
    if (OidIsValid(schema)) {
        Relation depend = table_open(DependRelationId, AccessShareLock);
        ScanKeyData keys[2];
        ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
                    ObjectIdGetDatum(NamespaceRelationId));
        ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
        SysScanDesc scan = systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
        while (HeapTuple tuple = systable_getnext(scan)) {
            auto *row = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
            Object::Key key{row->classid, row->objid};
            auto *object = static_cast<Object *>(hash_search(objects, &key, HASH_FIND, nullptr));
            if (!object) continue;
            object->seen = true;
            if (is_of(object->maker, id)) continue;
            any = true;
            if (!found) continue;
            auto *address = static_cast<ObjectAddress *>(palloc(sizeof(ObjectAddress)));
            *address = ObjectAddress{row->classid, row->objid, 0};
            *found = lappend(*found, address);
        }
        systable_endscan(scan);
        table_close(depend, AccessShareLock);
    }
    // What is not there is forgotten, unless this transaction may have dropped it and may yet bring it back.
    if (TransactionIdIsValid(GetTopTransactionIdIfAny())) return any;
    bool none = true;
    hash_seq_init(&all, objects);
    while (auto *object = static_cast<Object *>(hash_seq_search(&all))) {
        if (object->seen)
            none = false;
        else
            hash_search(objects, &object->key, HASH_REMOVE, nullptr);
    }
    if (none) {
        hash_destroy(objects);
        objects = nullptr;
    }
    return any;
}

void drop_objects(const char *id) {
    List *found = NIL;
    if (!find_objects(id, &found)) return;
    if (const ObjectAddress *used = in_use::find(found)) error::left_in_use(getObjectDescription(used, false));
    ObjectAddresses *all = new_object_addresses();
    ListCell *cell;
    foreach (cell, found) add_exact_object_address(static_cast<ObjectAddress *>(lfirst(cell)), all);
    performMultipleDeletions(all, DROP_CASCADE,
                             PERFORM_DELETION_INTERNAL | PERFORM_DELETION_QUIETLY | PERFORM_DELETION_SKIP_EXTENSIONS);
    CommandCounterIncrement();
    free_object_addresses(all);
}

// --- statements of PREPARE; those of the protocol belong to the driver or the pool -------------------------------------

// The first that another tenant has made, or null.
const Statement *find_statement(const char *id) {
    if (!statements) return nullptr;
    HASH_SEQ_STATUS all;
    hash_seq_init(&all, statements);
    bool none = true;
    while (auto *statement = static_cast<Statement *>(hash_seq_search(&all))) {
        const PreparedStatement *real = FetchPreparedStatement(statement->name, false);
        if (!real || !real->from_sql) {
            hash_search(statements, statement->name, HASH_REMOVE, nullptr);
            continue;
        }
        none = false;
        if (is_of(statement->maker, id)) continue;
        hash_seq_term(&all);
        return statement;
    }
    if (none) {
        hash_destroy(statements);
        statements = nullptr;
    }
    return nullptr;
}

void remember_statement(const char *name, const char *id) {
    if (!statements) {
        if (!id) return;
        HASHCTL control{};
        control.keysize = NAMEDATALEN;
        control.entrysize = sizeof(Statement);
        statements = hash_create("djust_tenants prepared statements", 16, &control, HASH_ELEM | HASH_STRINGS);
    }
    // Also when nobody made it: the name may have been another's.
    auto *statement = static_cast<Statement *>(hash_search(statements, name, id ? HASH_ENTER : HASH_REMOVE, nullptr));
    if (id) strlcpy(statement->maker, id, sizeof(Id));
}

// --- channels of LISTEN, as they would be if the open transaction were committed ---------------------------------------

Channel *find_channel(const char *id) {
    for (Channel *channel = channels; channel; channel = channel->next)
        if (channel->left == InvalidSubTransactionId && !is_of(channel->maker, id)) return channel;
    return nullptr;
}

void transaction_ended(XactEvent event, void *) {
    const bool committed = event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE;
    if (!committed && event != XACT_EVENT_ABORT) return;
    for (Channel **link = &channels; *link;) {
        Channel *channel = *link;
        if ((committed ? channel->left : channel->listened) != InvalidSubTransactionId) {
            *link = channel->next;
            pfree(channel);
            continue;
        }
        channel->left = channel->listened = InvalidSubTransactionId;
        link = &channel->next;
    }
}

void subtransaction_ended(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *) {
    const bool committed = event == SUBXACT_EVENT_COMMIT_SUB;
    if (!committed && event != SUBXACT_EVENT_ABORT_SUB) return;
    for (Channel **link = &channels; *link;) {
        Channel *channel = *link;
        if (!committed && channel->listened == mine) {
            *link = channel->next;
            pfree(channel);
            continue;
        }
        if (channel->listened == mine) channel->listened = parent;
        if (channel->left == mine) channel->left = committed ? parent : InvalidSubTransactionId;
        link = &channel->next;
    }
}

void remember_channel(const char *name, const char *id) {
    for (const Channel *channel = channels; channel; channel = channel->next)
        if (channel->left == InvalidSubTransactionId && strcmp(channel->name, name) == 0 && is_of(channel->maker, id))
            return;
    // Not before: every transaction of everybody would pay for it.
    static bool followed;
    if (!followed) {
        RegisterXactCallback(transaction_ended, nullptr);
        RegisterSubXactCallback(subtransaction_ended, nullptr);
        followed = true;
    }
    auto *made = static_cast<Channel *>(MemoryContextAllocZero(TopMemoryContext, sizeof(Channel)));
    strlcpy(made->name, name, sizeof(made->name));
    strlcpy(made->maker, id, sizeof(Id));
    made->listened = GetCurrentSubTransactionId();
    made->next = channels;
    channels = made;
}

// UNLISTEN, null: of all.
void leave_channel(const char *name) {
    for (Channel *channel = channels; channel; channel = channel->next)
        if (channel->left == InvalidSubTransactionId && (!name || strcmp(channel->name, name) == 0))
            channel->left = GetCurrentSubTransactionId();
}

// --- held cursors ------------------------------------------------------------------------------------------------------

Held *find_cursor(const char *id) {
    for (Held *held = cursors; held; held = held->next)
        if (!is_of(held->maker, id)) return held;
    return nullptr;
}

void cursor_gone(void *item) { pg::unlink(&cursors, static_cast<Held *>(item)); }

void remember_cursor(const char *name, const char *id) {
    Portal portal = GetPortalByName(name);
    if (!PortalIsValid(portal)) return;
    auto *made = static_cast<Held *>(MemoryContextAllocZero(portal->portalContext, sizeof(Held)));
    made->portal = portal;
    strlcpy(made->maker, id, sizeof(Id));
    made->gone.func = cursor_gone;
    made->gone.arg = made;
    MemoryContextRegisterResetCallback(portal->portalContext, &made->gone);
    made->next = cursors;
    cursors = made;
}

// --- what follows from it ----------------------------------------------------------------------------------------------

// A sentence about what another tenant has left, or null.
const char *left_to(const char *id) {
    if (find_objects(id, nullptr)) return "A temporary table, or another temporary object, of another tenant is still there.";
    if (find_statement(id)) return "A prepared statement of another tenant is still there.";
    if (find_channel(id)) return "The session still listens on a channel for another tenant.";
    if (find_cursor(id)) return "A cursor WITH HOLD of another tenant is still open.";
    return nullptr;
}

// What can be undone goes first: a temporary table that is in use, and a cursor that runs, are errors.
void clean(const char *id) {
    if (settings::guard_session() != settings::SessionGuard::clean || !binds()) return;
    drop_objects(id);
    while (const Held *held = find_cursor(id)) PortalDrop(held->portal, false);
    while (const Channel *channel = find_channel(id)) {
        Async_Unlisten(channel->name);
        leave_channel(channel->name);
    }
    while (const Statement *statement = find_statement(id)) DropPreparedStatement(statement->name, false);
}

bool refuses(const char *id) {
    const char *left = binds() ? left_to(id) : nullptr;
    if (!left) return false;
    GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
    GUC_check_errmsg("%s", error::left_behind_message());
    GUC_check_errdetail("%s", left);
    GUC_check_errhint("%s", error::left_behind_hint());
    return true;
}

void tenant_changed(const char *id) {
    unchecked = id && is_kept();
    if (id) strlcpy(last, id, sizeof(Id));
}

// What another tenant has left can be there only where no one was asked when the tenant came.
void check_execution() {
    if (likely(!unchecked) || !binds()) return;
    const char *id = context::named();
    const char *left = id ? left_to(id) : nullptr;
    if (left) error::left_behind(left);
    unchecked = false;
}

// What a client can do to get out of it, or to ask.
bool cleans_up(const Node *statement) {
    switch (nodeTag(statement)) {
        case T_TransactionStmt:
        case T_DiscardStmt:
        case T_DeallocateStmt:
        case T_UnlistenStmt:
        case T_ClosePortalStmt:
        case T_DropStmt:
        case T_VariableSetStmt:
        case T_VariableShowStmt: return true;
        default: return false;
    }
}

}  // namespace

void init() {
    context::on_change(tenant_changed);
    context::on_enter(clean, refuses);
}

void created(Oid catalog, Oid object) {
    const char *id = maker();
    if (likely(!id) || !may_be_temporary(catalog, object)) return;
    if (!objects) {
        HASHCTL control{};
        control.keysize = sizeof(Object::Key);
        control.entrysize = sizeof(Object);
        objects = hash_create("djust_tenants temporary objects", 16, &control, HASH_ELEM | HASH_BLOBS);
    }
    Object::Key key{catalog, object};
    auto *made = static_cast<Object *>(hash_search(objects, &key, HASH_ENTER, nullptr));
    strlcpy(made->maker, id, sizeof(Id));
}

void check_started(QueryDesc *query) {
    check_execution();
    if (objects) in_use::started(query);
}

bool before_utility(const Node *statement) {
    if (unlikely(unchecked) && !cleans_up(statement)) check_execution();
    switch (nodeTag(statement)) {
        case T_PrepareStmt:
        case T_ListenStmt:
        case T_UnlistenStmt:
        case T_DiscardStmt:
        case T_DeclareCursorStmt: return true;
        default: return false;
    }
}

void after_utility(const Node *statement) {
    switch (nodeTag(statement)) {
        case T_PrepareStmt: remember_statement(castNode(PrepareStmt, statement)->name, maker()); break;
        case T_ListenStmt:
            if (const char *id = maker()) remember_channel(castNode(ListenStmt, statement)->conditionname, id);
            break;
        case T_UnlistenStmt: leave_channel(castNode(UnlistenStmt, statement)->conditionname); break;
        case T_DiscardStmt:
            if (castNode(DiscardStmt, statement)->target == DISCARD_ALL) leave_channel(nullptr);
            break;
        case T_DeclareCursorStmt: {
            const auto *declared = castNode(DeclareCursorStmt, statement);
            const char *id = declared->options & CURSOR_OPT_HOLD ? maker() : nullptr;
            if (id) remember_cursor(declared->portalname, id);
            break;
        }
        default: break;
    }
}

}  // namespace djust::leftovers
