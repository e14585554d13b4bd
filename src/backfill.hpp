// The rows that have no tenant when a table is scoped.
#pragma once
#include "pg.hpp"
#include "scope_plan.hpp"

namespace djust::backfill {

// How the rows without a tenant get one. Both null: there is none.
struct Fill {
    const char *initial;  // the value of a column that is added
    const char *update;   // the statement that fills the NULLs of one that is there
};

// Counts the rows and says how they get a tenant. Raises 22023 when some would stay without.
Fill plan_fill(const scope_plan::Plan &plan, const scope_plan::Request &request);
// Runs Fill::update. Raises 22023 when a rule or a trigger keeps rows out of it.
void run_update(const scope_plan::Plan &plan, const char *update);
// Rows whose tenant is no tenant id belong to nobody: no tenant can ever enter as them.
void warn_of_orphans(const scope_plan::Plan &plan);

}  // namespace djust::backfill
