// get_tenant_queryset, get_tenant_object, create_for_tenant: a table is named by its row type.
#pragma once
#include "pg.hpp"

namespace djust::model {

// Planner: turns each get_tenant_queryset(NULL::table) in FROM, at every level of a rewritten query, into a sub-query
// over the table, in place. True when it did: the plan then depends on the role (PlannedStmt.dependsOnRole). Adds to
// `touches` a policy::Touch of each table on which the caller is not bound by row security; where he is, stamp finds it.
bool inline_querysets(Query *query, List **touches);

}  // namespace djust::model
