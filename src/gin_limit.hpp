// gin_fuzzy_search_limit, which any role may set, drops rows of a GIN scan when an entry of the index has more rows than
// that: of all tenants. So whether a tenant finds its own row would tell of others' rows with the same word. While a
// statement on a scoped table is open, by a role that is bound, the limit is off.
#pragma once
#include "pg.hpp"

namespace djust::gin_limit {

void init();  // from here on the setting has its effect through us

// Whether that was possible.
bool in_charge();

// The setting keeps its value, for SHOW too, without effect until resume(). Neither raises.
void suspend();
void resume();

}  // namespace djust::gin_limit
