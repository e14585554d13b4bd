// Role fences: a role with rows in djust_tenants.tenant_role_fence may enter the tenants of those rows alone. The
// session user and the current user are asked, each by itself. Cached in the backend (bounded), and dropped in every
// backend when the table changes; like the registry it shows what is committed now, and asks no privileges.
#pragma once
#include "pg.hpp"

namespace djust::fence {

void init();  // registers the invalidation callback

// Whether any role of this database has a fence. Where none has, this is one comparison.
enum class Fences { unknown, none, some, broken };
inline Fences fences = Fences::unknown;
Fences look();
inline bool exist() {
    if (likely(fences == Fences::none)) return false;
    return (fences == Fences::unknown ? look() : fences) != Fences::none;
}
// Another number whenever what was known of fences has been dropped.
uint64 changes();
// Called when what was known of fences is dropped, perhaps outside a transaction. Must not raise.
void on_change(void (*callback)());

// True for a role without rows. The table not being as the extension has made it, nobody may enter anything.
bool may_enter(Oid role, std::string_view id);
// The same of the session user and the current user, for the tenant that is asked for again and again.
bool may_enter(std::string_view id);
// Raises 42501 when one of the two may not.
void require_inside(std::string_view id);
inline void require(std::string_view id) {
    if (unlikely(exist())) require_inside(id);
}

// Whether the role has a fence.
bool has_any(Oid role);
// The table; InvalidOid before ALTER EXTENSION UPDATE has made it. Raises 42501 when it is not as it was made.
Oid table();

}  // namespace djust::fence
