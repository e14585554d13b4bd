// What leaky_index tries: which conditions of a relation that are not leakproof could stand behind the tenant condition
// in which of its indexes. Only a choice, made cheaply; what is proven is the path that comes of it.
#pragma once
#include "pg.hpp"
#include "tenant_condition.hpp"

namespace djust::leaky_search {

using tenant_condition::Tenant;

struct Search {
    Tenant tenant;
    List *clauses;  // RestrictInfos that are to pass for leakproof
    List *indexes;  // IndexOptInfos that are led by the tenant column and fit one of them
};

// False, cheaply, when no condition of the relation waits for another, or the setting is off.
bool is_needed(RelOptInfo *relation, RangeTblEntry *entry);
// Nothing when none of the conditions that wait is allowed, or no index fits.
std::optional<Search> find(PlannerInfo *root, RelOptInfo *relation);

// Whether PostgreSQL keeps the condition out of indexes: it is not leakproof, and another has a lower security level.
bool waits(RestrictInfo *clause, RelOptInfo *relation);
// Whether the planner may use the index at all, and the tenant column leads it.
bool is_led(const IndexOptInfo *index, const Tenant &tenant);

}  // namespace djust::leaky_search
