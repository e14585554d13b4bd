// From a request to a tenant id: a bearer token, the chain of strategies, the custom function.
#pragma once
#include "pg.hpp"

namespace djust::resolve {

// As set_tenant_from_request: enters the tenant of a request. Without one the tenant of the last request is left: it must
// not serve this one.
void enter(Jsonb *request, bool local);

}  // namespace djust::resolve
