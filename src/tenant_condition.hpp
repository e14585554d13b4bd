// The tenant condition where the planner has it: among a relation's security conditions, and among its own.
#pragma once
#include "catalog.hpp"
#include "pg.hpp"

namespace djust::tenant_condition {

// The tenant condition of a relation: its column, and what the policy compares it with. `tied` are values that a
// one-time filter of the same scan compares with that one: of `tenant_id = $1` beside the policy PostgreSQL makes an
// index condition of the one and a filter above the scan of the other. Constants and parameters alone: a function that
// is stable by name only could say one thing to the filter and another to the index.
struct Tenant {
    AttrNumber column;
    catalog::Kind kind;
    const Node *value;
    List *tied;
};

// Of a plain table in a query, or nothing when it is not scoped or its role not bound by row security.
std::optional<Tenant> of(PlannerInfo *root, RelOptInfo *relation);

// Whether a condition of the relation is the tenant's.
bool is_it(const RestrictInfo *clause, RelOptInfo *relation, const Tenant &tenant);

// In set_rel_pathlist_hook: sees to it that the relation is filtered by the tenant itself. Of `tenant_id = f()` beside
// the policy PostgreSQL makes a scan by f() and a one-time filter that compares f() with the tenant, and trusts that a
// STABLE f() keeps its word. Then f() alone decides what is read. Also where no policy is, for a condition of the query's
// own on a table's column.
void ensure(PlannerInfo *root, RelOptInfo *relation, RangeTblEntry *entry);

}  // namespace djust::tenant_condition
