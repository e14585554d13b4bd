// A text search condition beside the tenant condition in a GIN index: GIN evaluates the tsquery for rows of every tenant
// (it tells the rows' lexemes as yes, no or perhaps), as deep into the query as those answers lead. That must not end in
// "stack depth limit exceeded" for some rows and not for others: the error would tell of another tenant's lexemes. So
// whether there is stack enough is asked before each scan, of the query alone.
#pragma once
#include "pg.hpp"

namespace djust::tsquery_stack {

// Around the planner. What `begin` returns goes to `end`, which must be called after an error too, and to `arrange`.
struct Planning {
    bool outer;
    uint64 offers;
};
Planning begin();
void end(const Planning &planning);
// Puts the question into the plan, where a path with such a condition was offered since `begin`.
void arrange(PlannedStmt *plan, const Planning &planning);

// A path with such a condition is about to be offered. False when nothing would arrange its plan.
bool offer();

}  // namespace djust::tsquery_stack
