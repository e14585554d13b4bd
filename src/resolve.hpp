// From a request to a tenant id: a bearer token, the chain of strategies, the custom function.
#pragma once
#include "pg.hpp"

namespace djust::resolve {

// What becomes, in signed mode, of a bound role's request that has no bearer token: it is refused, it enters nobody, or
// (where nobody is entered anyway) it is looked up as in open mode.
enum class Tokenless { refused, nobody, looked_up };

// As set_tenant_from_request: enters the tenant of a request. Without one the tenant of the last request is left: it must
// not serve this one.
void enter(Jsonb *request, bool local, Tokenless tokenless);

}  // namespace djust::resolve
