#include "seal.hpp"

#include "role.hpp"
#include "settings.hpp"

namespace djust::seal {

namespace {

constexpr const char *seal_name = "djust_tenants.sealed";

// For parallel workers, who get the settings' values and nothing of what travels with them: whether the leader's value
// counts. Written here and by nobody else.
bool leader_counts;

// Only the leader's own value, on its way into a parallel worker.
bool check_sealed(bool *value, void **, GucSource) {
    if (!*value || InitializingParallelWorker) return true;
    GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
    GUC_check_errmsg("djust_tenants.sealed cannot be set");
    GUC_check_errdetail("It tells parallel workers whether the tenant of their leader counts.");
    GUC_check_errhint("Call djust_tenants.set_tenant_from_token(...).");
    return false;
}

}  // namespace

void define() {
    // Settings with their default's source are not handed to workers; and nobody's RESET ALL must touch it.
    DefineCustomBoolVariable(seal_name, "Internal: whether the tenant of a parallel worker's leader counts.", nullptr,
                             &leader_counts, false, PGC_SUSET,
                             GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, check_sealed,
                             nullptr, nullptr);
    SetConfigOption(seal_name, "off", PGC_SUSET, PGC_S_OVERRIDE);
}

bool counts(const Seal &seal) {
    if (settings::signed_mode() && (seal.origin == Origin::plain || !settings::preloaded())) return false;
    switch (seal.origin) {
        case Origin::leader: return leader_counts;
        case Origin::token:
            if (seal.transaction != InvalidLocalTransactionId) return seal.transaction == pg::local_transaction_id();
            return GetCurrentTimestamp() < seal.expires;
        default: return true;
    }
}

bool is_exempt() {
    return IsTransactionState() ? role::bypasses_row_security(GetUserId()) : settings::is_superuser_session();
}

std::optional<Seal> of_plain_value() {
    Seal seal{};
    if (InitializingParallelWorker)
        seal.origin = Origin::leader;
    else if (settings::signed_mode()) {
        if (!is_exempt()) return std::nullopt;
        seal.origin = Origin::exempt;
    }
    return seal;
}

bool tell_workers(const Seal *seal) {
    const bool is_set = seal && counts(*seal);
    if (!InitializingParallelWorker && !(seal && seal->origin == Origin::leader)) leader_counts = is_set;
    return is_set;
}

}  // namespace djust::seal
