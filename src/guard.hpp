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

// What is open, where the question that every statement asks can see it.
struct Execution;   // on scoped tables
struct StoredRows;  // the portal of one
inline Execution *executions = nullptr;
inline StoredRows *portals = nullptr;
// Counts executions as they begin and go on: a run in which it moves has dealt with scoped tables, be it in a function.
inline uint64 begun = 0;

// Before and after each run: both raise 42501 when the tenant is another one than at the start. What the first
// returns is for the second.
void check_before_run(const QueryDesc *query);
void check_after_run(const QueryDesc *query, uint64 begun_before);
inline uint64 before_run(const QueryDesc *query) {
    if (unlikely(executions || portals)) check_before_run(query);
    return begun;
}
inline void after_run(const QueryDesc *query, uint64 begun_before) {
    if (unlikely(executions || begun != begun_before)) check_after_run(query, begun_before);
}
// Around a utility statement that a client has sent: EXECUTE, FETCH and CALL store what they return in its portal.
inline uint64 before_utility() { return begun; }
void after_utility(uint64 begun_before);
// FETCH and MOVE: raises 42501 when the cursor's stored rows are another tenant's.
void check_fetch(const FetchStmt *statement);

}  // namespace djust::guard
