// Look-ups in djust_tenants.tenant and tenant_domain, cached in the backend (bounded) and dropped in every
// backend when the tables change. They see what is committed now, whatever the transaction's own snapshot, and
// they bypass row-level security: callers decide what a role may learn.
#pragma once
#include "pg.hpp"

namespace djust::registry {

enum class Standing { unregistered, active, inactive };

struct Facts {
    const char *name;  // never null: the id when the registry has no name
    Jsonb *settings;
    Jsonb *metadata;
};

void init();

// Another number whenever what was known of tenants has been dropped.
uint64 changes();
// Called when what was known of tenants is dropped, perhaps outside a transaction. Must not raise.
void on_change(void (*callback)());

Standing standing(const char *id);

// What the registry says of a tenant; null when it is not registered. Valid until the next call into this
// layer or the next processing of invalidations: build what you need of it at once.
const Facts *facts(const char *id);

// The tenant of a host name in lower case, copied into the current memory context; null when there is none.
const char *tenant_of_domain(std::string_view domain);

}  // namespace djust::registry
