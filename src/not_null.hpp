// NOT NULL on the tenant column of a table and of what is below it. Not for request paths.
#pragma once
#include "pg.hpp"
#include "scope_plan.hpp"

namespace djust::not_null {

// The statements (char *) that set it where it is missing. `live`: without a scan under an exclusive lock, by a constraint
// that goes again. Where such a list was broken off, the rest of it; not live too takes away the constraint it has left.
List *statements(const scope_plan::Plan &plan, bool live);

}  // namespace djust::not_null
