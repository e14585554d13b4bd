// COPY FROM on a scoped table. PostgreSQL refuses it for roles that row-level security binds; here every row is stamped
// and checked.
#pragma once
#include "pg.hpp"

namespace djust::copy {

// Runs the statement, or returns false when it is PostgreSQL's to run (or to refuse). Raises what PostgreSQL's COPY
// raises, and what an INSERT of the rows would.
bool run(const CopyStmt *statement, const char *text, QueryEnvironment *environment, QueryCompletion *completion);

}  // namespace djust::copy
