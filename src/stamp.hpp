// Planner: puts the current tenant into inserted rows, and lets a refused row say why.
#pragma once
#include "constant.hpp"
#include "pg.hpp"

namespace djust::stamp {

// Whether prepare() has anything to do. The rewriter sets the flag for every relation with row security, of roles that
// bypass it too.
inline bool concerns(const Query *query) { return query->hasRowSecurity || query->hasModifyingCTE; }

// Rewrites a query, as it comes out of the rewriter, in place: INSERT (also in CTEs), MERGE's INSERT and DO UPDATE SET
// on scoped tables get `coalesce(value, current tenant)`; row-security checks of ours are folded, left out where the
// stamp makes them redundant, and raise our error; conditions of ours get the tenant as a constant where `baking` wants
// one. Adds the policy::Touch of every scoped table that the role is bound on, palloc'd, to the list.
void prepare(Query *query, constant::Baking *baking, List **touches);

}  // namespace djust::stamp
