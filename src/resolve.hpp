// From a request to a tenant id: a bearer token, the chain of strategies, the custom function.
#pragma once
#include "pg.hpp"

namespace djust::resolve {

// What is done in signed mode, for a role that row-level security binds, with a request that has no bearer token.
enum class Anonymous { refuse, nobody };

// As set_tenant_from_request: enters the tenant of a request. Without one the tenant of the last request is left: it must
// not serve this one.
void enter(Jsonb *request, bool local, Anonymous anonymous);

}  // namespace djust::resolve
