// A text search condition beside the tenant condition in a GIN index: GIN evaluates the tsquery for rows of every tenant
// (it tells the rows' lexemes as yes, no or perhaps), as deep into the query as those answers lead. That must not end in
// "stack depth limit exceeded" for some rows and not for others: the error would tell of another tenant's lexemes. So
// whether there is stack enough is asked before each scan, of the query alone.
#pragma once
#include "pg.hpp"

namespace djust::tsquery_stack {

void init();  // registers the callback of subtransactions

inline bool planning = false;  // our planner hook is under way: another extension's may not call it
inline void transaction_ended() { planning = false; }

// Around the planner. After an error nothing needs to be called: the (sub)transaction's end does it.
struct Planning {
    bool outer;
    uint64 offers;
};
Planning begin();
// Puts the question into the plan, where a path with such a condition was offered since `begin`.
void end(const Planning &planning, PlannedStmt *plan);

// A path with such a condition is about to be offered. False when nothing would arrange its plan.
bool offer();

}  // namespace djust::tsquery_stack
