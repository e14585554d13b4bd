// NOTIFY by tenants: names of channels that belong to one tenant, and the guard that keeps a tenant to its own.
#pragma once
#include "pg.hpp"

namespace djust::notify {

// LISTEN, NOTIFY and UNLISTEN: raises 42501 when djust_tenants.guard_notify is on, the current role is bound and the
// channel is not the current tenant's. Any other statement costs a look at its tag.
void check(const Node *statement);

// Before pg_notify(text, text) is called: raises 42501 when the guard is on and the current role is bound.
void check_call();

}  // namespace djust::notify
