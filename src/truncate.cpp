#include "truncate.hpp"

#include "catalog.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "role.hpp"
#include "settings.hpp"

namespace djust::truncate {

namespace {

// Also while row security is off: who has switched it off has not meant this.
bool is_scoped(Oid relid) {
    Relation relation = try_relation_open(relid, AccessShareLock);
    if (!relation) return false;
    bool scoped = policy::state_of(relation).isolation_ok;
    relation_close(relation, AccessShareLock);
    return scoped;
}

}  // namespace

void check(Oid relid) {
    if (!settings::guard_truncate() || role::bypasses_row_security(GetUserId()) || !OidIsValid(catalog::schema())) return;
    // Children are emptied without a look at their own privileges, so ours is not PostgreSQL's question.
    if (get_rel_namespace(relid) == catalog::schema() || is_scoped(relid)) error::truncate_refused(relid);
}

}  // namespace djust::truncate
