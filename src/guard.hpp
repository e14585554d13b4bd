// Executor: an execution, and the rows that its portal has stored, belong to the tenant that started it.
#pragma once
#include "pg.hpp"

namespace djust::guard {

void init();

// Writes what stamp::prepare found into the plan, where the plan cache keeps it.
void mark(PlannedStmt *plan, List *touches);

// A scoped table that a plan touches for a role that row-level security binds; InvalidOid when it touches none.
Oid scoped_table_of(const PlannedStmt *plan);

// After standard_ExecutorStart. Raises when a tenant is needed and there is none; remembers whose execution it is.
void started(QueryDesc *query, int flags);
// Before and after each run: both raise 42501 when the tenant is another one than at the start. What the first
// returns is for the second.
uint64 before_run(const QueryDesc *query);
void after_run(const QueryDesc *query, uint64 begun_before);
// Around a utility statement that a client has sent: EXECUTE, FETCH and CALL store what they return in its portal.
uint64 before_utility();
void after_utility(uint64 begun_before);
// FETCH and MOVE: raises 42501 when the cursor's stored rows are another tenant's.
void check_fetch(const FetchStmt *statement);

}  // namespace djust::guard
