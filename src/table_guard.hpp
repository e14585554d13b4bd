// What tenants share: a scoped table is one for all of them, and so are a view and a foreign table. A role that guard_ddl
// guards is refused commands that look at the rows of all tenants, throw them away, or change what the next tenant's
// statements do.
#pragma once
#include "command.hpp"
#include "pg.hpp"

namespace djust::table_guard {

// Before a command.
void check(const command::Command &command);
// What a command makes on its way, whatever the command is; the catalog row is there, but not yet visible.
void created(Oid class_id, Oid object_id, int sub_id);
// A relation, or a column of it, was altered; its rows have not been touched yet.
void altered(Oid relid, int sub_id);
// A relation is about to be dropped, by whatever command; or what isolates it, which goes first. May be InvalidOid.
void dropping(Oid relid);
// The same for what belongs to a relation: a column, a default, a constraint, a policy that does not isolate.
void dropping_part(Oid class_id, Oid object_id, int sub_id);

}  // namespace djust::table_guard
