// EXPLAIN and its like count the rows of all tenants: what roles that row-level security binds may see of it.
#pragma once
#include "pg.hpp"

namespace djust::explain {

// The EXPLAIN as it may be run: itself, or a copy without estimates when djust_tenants.hide_estimates is on and the
// current role is bound. Raises 42501 on options that count what was read.
PlannedStmt *permitted(PlannedStmt *statement);

// debug_print_plan, which every role may set, is on: raises 42501 where EXPLAIN would have to hide the estimates.
void check_printed_plan();
// Raises 42501 when one of the relations that a statement names is a view of the statistics. PostgreSQL hides in them what
// belongs to a table with row-level security, but not what belongs to its indexes on expressions, which the owner sees.
void check_statistics(List *named);
// Raises 42501 when pg_lock_status(), which pg_locks calls, is about to be called. In a serializable transaction its locks
// show which rows of an index a query has read before the policy left them out.
void check_locks();

}  // namespace djust::explain
