// Executor: CREATE TABLE AS, SELECT INTO and materialized views take one tenant's rows to where no policy is.
#pragma once
#include "pg.hpp"

namespace djust::copies {

// Whether the query's rows become a relation.
inline bool is_copy(const QueryDesc *query) {
    return query->dest && (query->dest->mydest == DestIntoRel || query->dest->mydest == DestTransientRel);
}
// Before it runs: warns, or raises 42501.
void check(const QueryDesc *query);

}  // namespace djust::copies
