#include "role.hpp"

namespace djust::role {

namespace {

// The role that was asked for last, and the answer: hardly ever does a backend ask for two in turn. The answer follows
// from its row in pg_authid alone, and so holds until one changes.
Oid last = InvalidOid;
bool last_bypasses;
uint64 changes;

void authid_changed(Datum, int, uint32) {
    changes++;
    last = InvalidOid;
}

}  // namespace

void init() { CacheRegisterSyscacheCallback(AUTHOID, authid_changed, Datum(0)); }

bool bypasses_row_security(Oid role) {
    if (likely(role == last)) return last_bypasses;
    // Looking up may itself process the invalidation of what was looked up.
    uint64 before = changes;
    bool bypasses = has_bypassrls_privilege(role);
    if (before == changes) {
        last = role;
        last_bypasses = bypasses;
    }
    return bypasses;
}

}  // namespace djust::role
