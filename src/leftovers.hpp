// What a tenant leaves behind on a connection and the next one must not meet: temporary objects, statements of PREPARE,
// channels of LISTEN, held cursors. djust_tenants.guard_session says what is done about them.
#pragma once
#include "pg.hpp"

namespace djust::leftovers {

void init();

// An object has been made (object_access_hook).
void created(Oid catalog, Oid object);

// Around a utility statement. Before: raises 42501 as started() does, unless it is one that cleans up, or one
// that changes settings or ends the transaction. True: after it, after_utility() has to be called (the statements for
// which it is not may free themselves).
bool before_utility(const Node *statement);
void after_utility(const Node *statement);

inline HTAB *objects = nullptr;  // temporary ones
inline bool unchecked = false;   // another tenant has come than the one that was there when all was last in order

// A statement has started: raises 42501 when what another tenant has left is still there. That can only be where no one was
// asked when the tenant came: it came back with the end of a transaction, of a savepoint, or of a function, or by RESET.
void check_started(QueryDesc *query);
inline void started(QueryDesc *query) {
    if (unlikely(unchecked || objects)) check_started(query);
}

}  // namespace djust::leftovers
