// What isolates a table is taken away by unscope_table alone: roles that row-level security binds are refused every
// other way, others are warned.
#pragma once
#include "pg.hpp"

namespace djust::policy_guard {

// A policy is about to be dropped, by whatever command. Its table may be about to go as well. Returns the table, if it
// is a policy that isolates it, else InvalidOid.
Oid dropping(Oid policy);

}  // namespace djust::policy_guard
