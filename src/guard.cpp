#include "guard.hpp"

#include "constant.hpp"
#include "context.hpp"
#include "error.hpp"
#include "gin_limit.hpp"
#include "policy.hpp"
#include "settings.hpp"
#include "tenant_id.hpp"

namespace djust::guard {

namespace {

// The plan carries what it touches as invalidation items of a cache that PostgreSQL has not: the plan cache keeps
// and copies them, nothing ever matches them, and a plan without them costs a look at a pointer.
constexpr int mark_base = 0x646A0000;
constexpr int mark_mask = ~0x7F;
constexpr int mark_unchecked_update = 0x40;
constexpr int mark_unchecked_insert = 0x20;
constexpr int mark_limited = 0x10;
constexpr int mark_registry = 0x8;
constexpr int mark_writes = 0x4;
constexpr int mark_kind = 0x3;

bool is_mark(const PlanInvalItem *item) { return (item->cacheId & mark_mask) == mark_base; }

}  // namespace

// In its own query context: it goes when that goes, and with the transaction.
struct Execution {
    Execution *next;
    QueryDesc *query;
    uint64 fingerprint;  // of who started it
    const char *id;      // lives as long as the transaction; null: no tenant
    MemoryContextCallback gone;
};

// In the portal's context. Rows that it has stored (a held cursor, INSERT ... RETURNING that is fetched in parts) are
// served without any hook.
struct StoredRows {
    StoredRows *next;
    Portal portal;
    bool set;
    char id[tenant_id::longest + 1];  // of who stored them; a copy, for a held cursor outlives its transaction
    bool closed_by_us;
    MemoryContextCallback gone;
};

namespace {

bool are_of(const StoredRows *rows, const char *id) {
    return rows->set == (id != nullptr) && (!id || strcmp(rows->id, id) == 0);
}

void execution_gone(void *item) {
    pg::unlink(&executions, static_cast<Execution *>(item));
    if (!executions) gin_limit::resume();
}
void portal_gone(void *item) { pg::unlink(&portals, static_cast<StoredRows *>(item)); }

void remember_execution(QueryDesc *query) {
    auto *made = static_cast<Execution *>(MemoryContextAlloc(query->estate->es_query_cxt, sizeof(Execution)));
    made->query = query;
    made->fingerprint = context::fingerprint();
    made->id = context::current();
    made->gone.func = execution_gone;
    made->gone.arg = made;
    MemoryContextRegisterResetCallback(query->estate->es_query_cxt, &made->gone);
    made->next = executions;
    executions = made;
    gin_limit::suspend();
}

// Whether the portal that runs is this query's own, and not that of a statement around it.
bool runs_in_its_portal(const QueryDesc *query) {
    return ActivePortal && list_member_ptr(ActivePortal->stmts, query->plannedstmt);
}

StoredRows *rows_of(Portal portal) {
    StoredRows *rows = portals;
    while (rows && rows->portal != portal) rows = rows->next;
    return rows;
}

// The running portal's rows belong to the current tenant.
void remember_portal() {
    StoredRows *rows = rows_of(ActivePortal);
    if (!rows) {
        rows = static_cast<StoredRows *>(MemoryContextAllocZero(ActivePortal->portalContext, sizeof(StoredRows)));
        rows->portal = ActivePortal;
        rows->gone.func = portal_gone;
        rows->gone.arg = rows;
        MemoryContextRegisterResetCallback(ActivePortal->portalContext, &rows->gone);
        rows->next = portals;
        portals = rows;
    }
    const char *id = context::current();
    rows->set = id != nullptr;
    strlcpy(rows->id, id ? id : "", sizeof(rows->id));
}

// An unnamed portal of a plain SELECT stores no rows, and no FETCH can name it: its runs are all there is to check. Nor
// does one of statements without a result.
bool may_store_rows(const PortalData *portal) {
    if (portal->strategy == PORTAL_MULTI_QUERY) return false;
    return portal->strategy != PORTAL_ONE_SELECT || portal->name[0] != '\0' || (portal->cursorOptions & CURSOR_OPT_HOLD);
}

// Closes portals with another tenant's stored rows, and opens them again when their tenant returns. Runs in the
// setting's assign hook, so it must not raise: a failed portal refuses every way of fetching from it.
void tenant_changed(const char *id) {
    for (StoredRows *rows = portals; rows; rows = rows->next) {
        Portal portal = rows->portal;
        if (are_of(rows, id)) {
            if (rows->closed_by_us && portal->status == PORTAL_FAILED) portal->status = PORTAL_READY;
            rows->closed_by_us = false;
        } else if (portal->holdStore && portal->status == PORTAL_READY) {
            portal->status = PORTAL_FAILED;
            rows->closed_by_us = true;
        }
    }
}

// The tenant is another one than `opened`, perhaps none because of a fence.
[[noreturn]] void refuse_changed(const char *opened) {
    const char *id = context::current();
    if (!id) context::refuse_kept_out();
    error::tenant_changed(opened, id);
}

void require_tenant(const PlanInvalItem *item) {
    Oid relid = static_cast<Oid>(item->hashValue);
    bool writes = (item->cacheId & mark_writes) != 0;
    const char *id = context::current();
    if (!id) {
        if (writes || settings::tenant_required()) context::refuse_missing(relid, nullptr);
        return;
    }
    auto kind = static_cast<catalog::Kind>(item->cacheId & mark_kind);
    bool limited = (item->cacheId & mark_limited) != 0;
    if (!writes || (context::has_value(kind) && !limited)) return;
    std::optional<policy::Scope> scope = policy::scope_of(relid);
    if (!scope) return;  // unscoped since it was planned: the plan is about to be made anew
    if (limited && strlen(id) <= policy::longest_value(relid, scope->column)) return;
    error::not_a_value(relid, get_attname(relid, scope->column, false), get_atttype(relid, scope->column), id);
}

// Rows go unchecked because nothing can change them: that was so when the statement was planned. The executor has its
// own look at the triggers, which may have come since: made by a function that the planner has called, by a statement
// before this one in the same function or rule, or between Bind and Execute.
void require_unchanged(const QueryDesc *query, Oid relid, bool inserts, bool updates) {
    auto is_it = [relid](const ResultRelInfo *target) { return RelationGetRelid(target->ri_RelationDesc) == relid; };
    ListCell *cell;
    foreach (cell, query->estate->es_opened_result_relations) {
        auto *target = static_cast<ResultRelInfo *>(lfirst(cell));
        const TriggerDesc *triggers = is_it(target) ? target->ri_TrigDesc : nullptr;
        bool may_change = triggers && ((inserts && triggers->trig_insert_before_row) ||
                                       (updates && triggers->trig_update_before_row));
        // A child has triggers of its own; there was none.
        const ResultRelInfo *root = target->ri_RootResultRelInfo;
        bool is_child = updates && root && root != target && is_it(root) && !is_it(target);
        if (may_change || is_child) error::changed_since_planned(relid);
    }
}

bool administers(Oid registry) { return pg_class_aclcheck(registry, GetUserId(), ACL_INSERT) == ACLCHECK_OK; }

// Whether it is one on scoped tables.
bool check_execution(const QueryDesc *query) {
    for (Execution *open = executions; open; open = open->next) {
        if (open->query != query) continue;
        if (open->fingerprint != context::fingerprint()) refuse_changed(open->id);
        return true;
    }
    return false;
}

#if PG_VERSION_NUM >= 160000
bool is_named_in_query(const RangeTblEntry *entry) { return entry->perminfoindex != 0; }
Oid reader_of(const PlannedStmt *plan, RangeTblEntry *entry) {
    return getRTEPermissionInfo(plan->permInfos, entry)->checkAsUser;
}
#else
bool is_named_in_query(const RangeTblEntry *entry) { return entry->requiredPerms != 0; }
Oid reader_of(const PlannedStmt *, RangeTblEntry *entry) { return entry->checkAsUser; }
#endif

// SQL functions that the planner has inlined bring tables that were not in the query: they are read.
List *inlined_touches(const PlannedStmt *plan, List *touches) {
    if (!plan->dependsOnRole) return touches;
    ListCell *cell, *known;
    foreach (cell, plan->rtable) {
        auto *entry = static_cast<RangeTblEntry *>(lfirst(cell));
        if (entry->rtekind != RTE_RELATION || !is_named_in_query(entry)) continue;
        bool seen = false;
        foreach (known, touches)
            seen = seen || static_cast<const policy::Touch *>(lfirst(known))->relid == entry->relid;
        if (seen || check_enable_rls(entry->relid, reader_of(plan, entry), true) != RLS_ENABLED) continue;
        bool registry = catalog::is_registry(entry->relid);
        std::optional<policy::Scope> scope = policy::scope_of(entry->relid);
        if (!scope && !registry) continue;
        policy::add_touch(&touches, policy::Touch{entry->relid, scope ? scope->kind : catalog::Kind::text, false,
                                                  registry, false});
    }
    return touches;
}

}  // namespace

void init() { context::on_change(tenant_changed); }

void mark(PlannedStmt *plan, List *touches) {
    touches = inlined_touches(plan, touches);
    ListCell *cell;
    foreach (cell, touches) {
        const auto *touch = static_cast<policy::Touch *>(lfirst(cell));
        auto *item = makeNode(PlanInvalItem);
        item->cacheId = mark_base | static_cast<int>(touch->kind) | (touch->writes ? mark_writes : 0) |
                        (touch->registry ? mark_registry : 0) | (touch->limited ? mark_limited : 0) |
                        (touch->unchecked_insert ? mark_unchecked_insert : 0) |
                        (touch->unchecked_update ? mark_unchecked_update : 0);
        item->hashValue = touch->relid;
        plan->invalItems = lappend(plan->invalItems, item);
    }
}

void started(QueryDesc *query, int flags) {
    bool marked = false;
    const PlanInvalItem *whose = nullptr;
    ListCell *cell;
    foreach (cell, query->plannedstmt->invalItems) {
        const auto *item = static_cast<PlanInvalItem *>(lfirst(cell));
        if (constant::is_mark(item)) whose = item;
        if (!is_mark(item)) continue;
        if (flags & EXEC_FLAG_EXPLAIN_ONLY) return;
        if (item->cacheId & mark_registry) {
            // Who administers the registry sees all of it whoever is the tenant, and may go through it switching.
            marked = marked || !administers(static_cast<Oid>(item->hashValue));
            continue;
        }
        marked = true;
        if (item->cacheId & (mark_unchecked_insert | mark_unchecked_update))
            require_unchanged(query, static_cast<Oid>(item->hashValue), item->cacheId & mark_unchecked_insert,
                              item->cacheId & mark_unchecked_update);
        require_tenant(item);
    }
    if (flags & EXEC_FLAG_EXPLAIN_ONLY) return;
    if (whose) constant::check(query->plannedstmt, whose);
    if (!marked) return;
    begun++;
    remember_execution(query);
    if (runs_in_its_portal(query) && may_store_rows(ActivePortal)) remember_portal();
}

Oid scoped_table_of(const PlannedStmt *plan) {
    ListCell *cell;
    foreach (cell, plan->invalItems) {
        const auto *item = static_cast<PlanInvalItem *>(lfirst(cell));
        if (is_mark(item) && !(item->cacheId & mark_registry)) return static_cast<Oid>(item->hashValue);
    }
    return InvalidOid;
}

void check_before_run(const QueryDesc *query) {
    if (executions && check_execution(query)) begun++;
    // A cursor on a function: what the function has read is stored where we do not see it.
    if (portals && runs_in_its_portal(query)) {
        const StoredRows *rows = rows_of(ActivePortal);
        const char *id = rows ? context::current() : nullptr;
        if (rows && !are_of(rows, id)) refuse_changed(rows->set ? rows->id : nullptr);
    }
}

void check_after_run(const QueryDesc *query, uint64 begun_before) {
    if (executions) check_execution(query);
    // A function may have entered tenants of its own choice: its rows belong to the one that it left behind.
    if (begun != begun_before && runs_in_its_portal(query)) remember_portal();
}

void check_fetch(const FetchStmt *statement) {
    if (!portals || !statement->portalname) return;
    Portal portal = GetPortalByName(statement->portalname);
    if (!portal || !rows_of(portal)) return;
    const char *id = context::current();
    if (!are_of(rows_of(portal), id)) {
        if (!id) context::refuse_kept_out();
        error::foreign_cursor(portal->name);
    }
    begun++;
}

void after_utility(uint64 begun_before) {
    if (begun != begun_before && ActivePortal && ActivePortal->strategy == PORTAL_UTIL_SELECT) remember_portal();
}

}  // namespace djust::guard
