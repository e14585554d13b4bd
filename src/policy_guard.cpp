#include "policy_guard.hpp"

#include "catalog.hpp"
#include "command.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "role.hpp"
#include "settings.hpp"

namespace djust::policy_guard {

namespace {

// Policies of ours that were dropped in this transaction, with their tables: what is in sql_drop's list says neither
// of which table they were nor of what shape. Of a drop that was rolled back an entry stays, and is found by nothing.
struct Dropped {
    Dropped *next;
    Oid policy, relid;
};
Dropped *dropped;
MemoryContextCallback transaction_end;

bool is_ours(const char *name) { return strcmp(name, policy::isolation) == 0 || strcmp(name, policy::access) == 0; }

bool is_enforced(Oid relid) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
    if (!HeapTupleIsValid(tuple)) return true;
    auto *row = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    bool enforced = row->relrowsecurity && row->relforcerowsecurity;
    ReleaseSysCache(tuple);
    return enforced;
}

bool is_watched() {
    const command::Command *running = command::running();
    return settings::guard_policies() && !(running && running->own) && OidIsValid(catalog::schema());
}

// Refuses, or warns, as the role that gave the command deserves it.
void object(Oid relid, const char *detail) {
    // Where the library is not preloaded it may have come in the middle of the command.
    const command::Command *running = command::running();
    if (running ? running->bound : !role::bypasses_row_security(GetUserId())) error::isolation_guarded(relid, detail);
    error::warn_isolation_lost(relid, detail);
}

bool opens_row_security(const AlterTableStmt *statement) {
    ListCell *cell;
    foreach (cell, statement->cmds) {
        auto type = static_cast<AlterTableCmd *>(lfirst(cell))->subtype;
        if (type == AT_DisableRowSecurity || type == AT_NoForceRowSecurity) return true;
    }
    return false;
}

constexpr const char *changed_tables =
    "SELECT objid FROM pg_catalog.pg_event_trigger_ddl_commands() "
    "WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass";
constexpr const char *tables_of_changed_policies =
    "SELECT p.polrelid FROM pg_catalog.pg_event_trigger_ddl_commands() c "
    "JOIN pg_catalog.pg_policy p ON p.oid OPERATOR(pg_catalog.=) c.objid "
    "WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass";
constexpr const char *dropped_policies =
    "SELECT objid FROM pg_catalog.pg_event_trigger_dropped_objects() "
    "WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass";

// What the command has left behind is looked at, and not what its names meant before: those may change while it waits.
void look_at(const Node *tree) {
    ListCell *cell;
    if (IsA(tree, AlterTableStmt) && opens_row_security(castNode(AlterTableStmt, tree))) {
        foreach (cell, ddl::query_oids(changed_tables))
            if (!is_enforced(lfirst_oid(cell)) && policy::state_of(lfirst_oid(cell)).isolation_ok)
                object(lfirst_oid(cell), "ALTER TABLE switches row-level security off, or lets it not bind the table's owner.");
    } else if (IsA(tree, AlterPolicyStmt)) {
        const char *name = castNode(AlterPolicyStmt, tree)->policy_name;
        if (!is_ours(name)) return;
        bool is_access = strcmp(name, policy::access) == 0;
        foreach (cell, ddl::query_oids(tables_of_changed_policies)) {
            policy::State state = policy::state_of(lfirst_oid(cell));
            if (is_access ? !state.access_ok : !state.isolation_ok)
                object(lfirst_oid(cell), psprintf("ALTER POLICY makes %s another policy than that of scope_table.", name));
        }
    } else if (IsA(tree, RenameStmt) && castNode(RenameStmt, tree)->renameType == OBJECT_POLICY) {
        const char *name = castNode(RenameStmt, tree)->subname;
        if (!is_ours(name)) return;
        foreach (cell, ddl::query_oids(tables_of_changed_policies))
            object(lfirst_oid(cell), psprintf("Policy %s gets another name.", name));
    }
}

}  // namespace

Oid dropping(Oid oid) {
    if (!OidIsValid(catalog::schema())) return InvalidOid;
    Oid relid = InvalidOid;
    bool is_access = false;
    Relation policies = table_open(PolicyRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_policy_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(oid));
    SysScanDesc scan = systable_beginscan(policies, PolicyOidIndexId, true, nullptr, 1, &key);
    if (HeapTuple tuple = systable_getnext(scan)) {
        auto *row = reinterpret_cast<Form_pg_policy>(GETSTRUCT(tuple));
        if (is_ours(NameStr(row->polname))) relid = row->polrelid;
        is_access = strcmp(NameStr(row->polname), policy::access) == 0;
    }
    systable_endscan(scan);
    table_close(policies, AccessShareLock);
    if (!OidIsValid(relid)) return InvalidOid;
    policy::State state = policy::state_of(relid);
    // Of another shape they isolate nothing, and have to go before the table can be scoped again.
    if (is_access ? !state.access_ok : !state.isolation_ok) return InvalidOid;
    if (!is_watched()) return relid;
    auto *made = static_cast<Dropped *>(MemoryContextAlloc(TopTransactionContext, sizeof(Dropped)));
    *made = Dropped{dropped, oid, relid};
    if (!dropped) {
        transaction_end.func = [](void *) { dropped = nullptr; };
        MemoryContextRegisterResetCallback(TopTransactionContext, &transaction_end);
    }
    dropped = made;
    return relid;
}

}  // namespace djust::policy_guard

DJUST_FUNCTION(djust_guard_changed) {
    using namespace djust;
    EventTriggerData *event = ddl::event_of(fcinfo);
    if (policy_guard::is_watched()) policy_guard::look_at(event->parsetree);
    PG_RETURN_NULL();
}

DJUST_FUNCTION(djust_guard_dropped) {
    using namespace djust;
    ddl::event_of(fcinfo);
    if (!policy_guard::dropped || !policy_guard::is_watched()) PG_RETURN_NULL();
    // Both policies may go at once.
    List *gone = ddl::query_oids(policy_guard::dropped_policies), *opened = NIL;
    for (policy_guard::Dropped *found = policy_guard::dropped; found; found = found->next)
        if (list_member_oid(gone, found->policy) && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(found->relid)))
            opened = list_append_unique_oid(opened, found->relid);
    ListCell *cell;
    foreach (cell, opened)
        policy_guard::object(lfirst_oid(cell),
                             "A policy of the extension is dropped, by itself or with what it depends on.");
    PG_RETURN_NULL();
}
