// From the state of a table to the statements that scope or unscope it. A statement is made only where the state
// differs from what it should be, so that doing it again changes nothing.
#pragma once
#include "pg.hpp"
#include "scope_plan.hpp"

namespace djust::scoping {

using scope_plan::Request;

// Scopes the table with all its partitions and children. True when anything was changed. Raises 42501, 22023.
bool scope(Oid relid, const Request &request);
// The statements that would do it on a live table, one each (char *).
List *statements(Oid relid, const Request &request);
// The statements that make an index of the table on that column (not quoted), led by nothing else, on a live table.
List *index_statements(Oid relid, const char *column);
// Takes policies, default and row-security flags away again.
void unscope(Oid relid);

// A table was made or attached: scopes what has come below a scoped table; raises 22023 where a scoped table has come
// below an unscoped one.
void follow_parents(Oid relid);
// Adds or removes djust_tenants_access as the table has permissive policies of its own.
void follow_policies(Oid relid);

}  // namespace djust::scoping
