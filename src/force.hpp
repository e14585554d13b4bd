// FORCE ROW LEVEL SECURITY, kept for code that runs inside a foreign key's action.
//
// PostgreSQL runs the queries of foreign keys as the table's owner and without FORCE (SECURITY_NOFORCE_RLS, ri_triggers.c):
// a key must hold for all rows. What those queries call on their way, BEFORE triggers of the table that a cascade reaches
// for one, inherits that, and an owner's function would see, and a plan of it would keep, the rows of all tenants.
#pragma once
#include "pg.hpp"

namespace djust::force {

// For fmgr's hooks: whether a call of the function has to be followed, and the begin and the end of one that is.
// Functions that are built into PostgreSQL are never asked for; those that run queries are met by check_query.
bool needs_hook(Oid function);
void follow(FmgrHookEventType event, FmgrInfo *function, Datum *kept);

// Whether FORCE is not in force now: a foreign key's query runs, or one of ours over all rows.
inline bool is_suspended() { return InNoForceRLSOperation(); }
// Runs a query while FORCE is suspended.
void run(void (*query)(void *), void *what);
// Raises 42501 when a query is about to be analysed that a built-in function in such a query has made.
void check_query();

}  // namespace djust::force
