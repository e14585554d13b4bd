// Which operators that are not leakproof may still be index conditions beside the tenant condition: data in
// djust_tenants.operator_rule, asked while planning, cached in the backend.
#pragma once
#include "pg.hpp"

namespace djust::allowed_operator {

void init();  // registers the invalidation callbacks

// By the rules, and when the operator exists and nobody but a superuser can change what it does.
bool allowed(Oid operation);

}  // namespace djust::allowed_operator
