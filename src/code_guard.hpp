// Signed mode: a shared role's tenants find what others of them have left behind. A role that row-level security binds
// is refused DDL that leaves code, settings, or names that come before others'.
#pragma once
#include "command.hpp"
#include "pg.hpp"

namespace djust::code_guard {

// Before a command.
void check(const command::Command &command);
// What a command makes on its way, whatever the command is; the catalog row is there, but not yet visible.
void created(Oid class_id, Oid object_id, int sub_id, bool internal);

}  // namespace djust::code_guard
