// Whether row-level security binds a role, cached and invalidated.
#pragma once
#include "pg.hpp"

namespace djust::role {

void init();

// As has_bypassrls_privilege().
bool bypasses_row_security(Oid role);

}  // namespace djust::role
