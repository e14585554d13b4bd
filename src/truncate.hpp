// TRUNCATE asks for no tenant: it empties the table of all of them. Refused to roles that row-level security binds.
#pragma once
#include "pg.hpp"

namespace djust::truncate {

// For each relation that a TRUNCATE reaches: named, a partition or child, or by CASCADE. It need not be locked.
void check(Oid relid);

}  // namespace djust::truncate
