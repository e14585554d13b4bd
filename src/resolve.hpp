// From a request to a tenant id: a bearer token, the chain of strategies, the custom function.
#pragma once
#include "pg.hpp"

namespace djust::resolve {

// As set_tenant_from_request: enters the tenant of a request. Without one the tenant of the last request is left: it must
// not serve this one. In signed mode a bound role's request without a bearer token is refused where it `needs_token`, and
// else enters nobody.
void enter(Jsonb *request, bool local, bool needs_token);

}  // namespace djust::resolve
