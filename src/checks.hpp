// Planner: the policy's WITH CHECK on rows that are written: one of a kind, none where it is redundant, and with an
// error of ours.
#pragma once
#include "constant.hpp"
#include "pg.hpp"
#include "policy.hpp"

namespace djust::checks {

// The target entry of that column, or null.
TargetEntry *entry_of(List *entries, AttrNumber column);

// Call it on one level of a query that has been stamped. The checks of floor and access are equal: one of a kind is
// enough. Ours go first, so that a row of another tenant is refused as such, and not for some policy of the
// application's; where the tenant of every row is known there is none. A stamp and a check get the tenant as a constant
// where `baking` wants one. Returns the target when the role is bound by our policy, and whether its rows go unchecked.
struct Written {
    relation_facts::Facts relation;
    bool unchecked;
};
std::optional<Written> arrange(Query *query, constant::Baking *baking);

}  // namespace djust::checks
