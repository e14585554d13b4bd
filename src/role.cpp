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

// Minor releases before August 2026 keep plans over changes of the roles that they were made for (CVE-2026-14666): whoever
// had BYPASSRLS went on reading all rows. The number is that of the server that runs, not of the headers.
bool server_keeps_plans() {
    const char *text = GetConfigOption("server_version_num", true, false);
    const int version = text ? atoi(text) : 0;
    switch (version / 10000) {
        case 15: return version < 150019;
        case 16: return version < 160015;
        case 17: return version < 170011;
        case 18: return version < 180005;
        default: return false;
    }
}

void forget_plans(Datum, int, uint32) { ResetPlanCache(); }

}  // namespace

void init() {
    CacheRegisterSyscacheCallback(AUTHOID, authid_changed, Datum(0));
    if (!server_keeps_plans()) return;
    CacheRegisterSyscacheCallback(AUTHOID, forget_plans, Datum(0));
    CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, forget_plans, Datum(0));
}

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
