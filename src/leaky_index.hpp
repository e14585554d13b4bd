// Index paths for conditions that are not leakproof, behind the tenant condition. Row-level security keeps them out
// of every index, because they would run on other tenants' rows; beside an equality on the tenant column they do not.
#pragma once
#include "pg.hpp"

namespace djust::leaky_index {

struct Look;

// In get_relation_stats_hook, which is called while the rows of a relation are estimated: keeps the indexes that
// add_paths will look at out of PostgreSQL's own look, or their paths would be made and costed twice.
void hold_back(PlannerInfo *root, RangeTblEntry *entry);

// In set_rel_pathlist_hook, before anybody else's code: the relation has all its indexes again. Returns what add_paths
// takes, or nothing where hold_back had nothing to do.
Look *give_back(RelOptInfo *relation);

// In set_rel_pathlist_hook: offers further paths of the relation, and those that hold_back has prevented.
void add_paths(PlannerInfo *root, RelOptInfo *relation, RangeTblEntry *entry, const Look *look);

}  // namespace djust::leaky_index
