// From a request to a tenant id: a bearer token, the chain of strategies, the custom function.
#pragma once
#include "pg.hpp"

namespace djust::resolve {

// As set_tenant_from_request: enters the request's tenant until the end of the transaction, or leaves the last one's.
void enter_request(Jsonb *request);

}  // namespace djust::resolve
