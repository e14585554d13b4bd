// Index paths for conditions that are not leakproof, behind the tenant condition. Row-level security keeps them out
// of every index, because they would run on other tenants' rows; beside an equality on the tenant column they do not.
#pragma once
#include "pg.hpp"

namespace djust::leaky_index {

// In set_rel_pathlist_hook: offers further paths of the relation. Takes none away.
void add_paths(PlannerInfo *root, RelOptInfo *relation, RangeTblEntry *entry);

}  // namespace djust::leaky_index
