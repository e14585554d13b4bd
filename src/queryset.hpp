// Planner: get_tenant_queryset as a part of the query that calls it.
#pragma once
#include "pg.hpp"

namespace djust::queryset {

// Turns each get_tenant_queryset(NULL::table) in FROM, at every level of a query that comes out of the rewriter, into
// a sub-query over the table, in place. True when it did: the plan then depends on the role
// (PlannedStmt.dependsOnRole). Adds to `touches` a policy::Touch for what stamp::prepare cannot see: tables on which
// the caller is not bound by row security, and calls that stay calls.
bool inline_calls(Query *query, List **touches);

}  // namespace djust::queryset
