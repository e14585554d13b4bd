#include "explain.hpp"

#include "error.hpp"
#include "role.hpp"
#include "settings.hpp"

namespace djust::explain {

namespace {

bool binds() { return settings::hide_estimates() && !role::bypasses_row_security(GetUserId()); }

bool is_one_of(const char *name, std::initializer_list<const char *> names) {
    for (const char *one : names)
        if (strcmp(name, one) == 0) return true;
    return false;
}

// What tells nothing of the rows; TIMING, WAL and SERIALIZE do nothing without ANALYZE, which is refused.
bool is_harmless(const char *option) {
    return is_one_of(option, {"verbose", "settings", "format", "generic_plan", "summary", "timing", "wal", "serialize"});
}

}  // namespace

PlannedStmt *permitted(PlannedStmt *statement) {
    if (likely(!binds())) return statement;
    auto *given = castNode(ExplainStmt, statement->utilityStmt);
    List *options = NIL;
    ListCell *cell;
    foreach (cell, given->options) {
        auto *option = static_cast<DefElem *>(lfirst(cell));
        if (strcmp(option->defname, "costs") == 0) continue;
        // Any other, ANALYZE and BUFFERS and MEMORY and those that other libraries have added, only to switch it off.
        if (!is_harmless(option->defname) && defGetBoolean(option)) error::explain_refused(option->defname);
        options = lappend(options, option);
    }
    options = lappend(options, makeDefElem(pstrdup("costs"), reinterpret_cast<Node *>(makeString(pstrdup("off"))), -1));
    // The tree may stand in a plan cache, where it stays as it is.
    auto *hidden = makeNode(ExplainStmt);
    hidden->query = given->query;
    hidden->options = options;
    auto *copy = makeNode(PlannedStmt);
    *copy = *statement;
    copy->utilityStmt = reinterpret_cast<Node *>(hidden);
    return copy;
}

void check_printed_plan() {
    if (binds()) error::printed_plan_refused();
}

void check_statistics(List *named) {
    if (likely(!binds())) return;
    ListCell *cell;
    foreach (cell, named) {
        const auto *entry = static_cast<pg::CheckedRelation *>(lfirst(cell));
        // Made by initdb, like all views of the system.
        if (!pg::is_checked(entry) || entry->relid < FirstUnpinnedObjectId || entry->relid >= FirstNormalObjectId) continue;
        if (role::bypasses_row_security(pg::checked_user(entry))) continue;
        const char *name = get_rel_name(entry->relid);
        if (name && is_one_of(name, {"pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"}) &&
            get_rel_namespace(entry->relid) == PG_CATALOG_NAMESPACE)
            error::statistics_refused(name, "Statistics of indexes on expressions have values of all tenants' rows");
    }
}

void check_locks() {
    if (binds()) error::statistics_refused("pg_locks", "Predicate locks tell of rows of other tenants that a query has read");
}

}  // namespace djust::explain
