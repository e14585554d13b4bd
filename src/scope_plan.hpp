// What the scoping functions are asked, checked and resolved against the table.
#pragma once
#include "catalog.hpp"
#include "pg.hpp"

namespace djust::scope_plan {

struct Request {
    const char *column;         // tenant column
    const char *column_type;    // null: text, or what the column has
    const char *backfill;       // a tenant id for NULLs, or null
    const char *backfill_from;  // a foreign-key column that leads to a scoped table, or null
};

struct Plan {
    Oid root;
    List *tree;      // the root and everything below it, parents first
    AttrNumber column;  // of the root; 0 while it is missing
    const char *name;   // of the column, not quoted
    Oid type;
    int32 typmod;
    catalog::Kind kind;
    const char *table;   // quoted
    const char *quoted;  // column
};

// Locks the table with everything below it. Raises 42501, 42P01, 22023 where it cannot be scoped as asked.
Plan resolve(Oid relid, const Request &request, LOCKMODE lock);

void check_exists(Oid relid, const char *function);
// Locks the table and everything below it; the list begins with it. Who may not change it may not lock it either, and
// while we waited for the lock it may have been dropped or become another's.
List *lock_tree(Oid relid, LOCKMODE lock, const char *function);
// A relation is readable through every parent: all of them have to be scoped by that column, or stand in `tree`.
void check_parents(Oid relid, List *tree, const char *column);

bool is_scoped(Oid relid);
// The column that a relation is scoped by, not quoted; null when it is not scoped.
const char *scoped_by(Oid relid);
// Scoped by that column, with row security on and forced.
bool is_isolated(Oid relid, const char *column);

}  // namespace djust::scope_plan
