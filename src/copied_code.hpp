// Whether an expression in a definition has been written by whoever gives the command, or was in a definition before:
// partitions, children and LIKE take what their parent has, and some commands make again what they replace.
#pragma once
#include "pg.hpp"

namespace djust::copied_code {

// Of an expression, or a list of them, that the running command (command::running()) puts into the definition of a table.
bool is_copy(const Node *expression, Oid relid);

}  // namespace djust::copied_code
