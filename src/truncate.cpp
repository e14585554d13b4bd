#include "truncate.hpp"

#include "catalog.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "role.hpp"
#include "settings.hpp"
#include "signing_key.hpp"

namespace djust::truncate {

void check(Oid relid) {
    if (!OidIsValid(catalog::schema())) return;
    // Nobody else writes the keys either, whatever has been granted.
    if (relid == signing_key::material_table() && !superuser()) error::keys_are_secret(relid);
    if (!settings::guard_truncate() || role::bypasses_row_security(GetUserId())) return;
    // Children are emptied without a look at their own privileges, so ours is not PostgreSQL's question.
    const bool is_own = get_rel_namespace(relid) == catalog::schema();
    // Also while row security is off: who has switched it off has not meant this.
    if (is_own || policy::state_of(relid).isolation_ok) error::truncate_refused(relid, is_own);
}

}  // namespace djust::truncate
