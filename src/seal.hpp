// Whether a value of the setting djust_tenants.tenant_id makes anybody the current tenant: in signed mode only one that a
// token, or an exempt role, has entered.
#pragma once
#include "pg.hpp"

namespace djust::seal {

// Who made a value the setting's. It travels with the value: no check hook sees a RESET, a rollback, or what was set
// before the mode was switched on.
enum class Origin : unsigned char {
    plain,   // a setting like any other: counts in open mode alone
    exempt,  // a role that row-level security does not bind has set it in signed mode
    token,   // a verified token
    leader,  // it was handed to this parallel worker
};
struct Seal {
    Origin origin;
    LocalTransactionId transaction;  // of a token: counts in that transaction alone; invalid: in the session
    TimestampTz expires;             // then: until that time
};

void define();  // the internal setting for parallel workers

// Whether a value of that seal makes anybody the current tenant.
bool counts(const Seal &seal);
// The same of the value in force (null: there is none), which the parallel workers that are started from now on hear.
bool tell_workers(const Seal *seal);
// Whether who sets a value may make himself any tenant. Settings are also read where there is no transaction.
bool is_exempt();
// The seal of a value that no function of ours sets; nothing: it is refused.
std::optional<Seal> of_plain_value();

}  // namespace djust::seal
