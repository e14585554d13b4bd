// A row of a catalog as the running command has written it: not yet visible to others, and to the catalog's caches.
#pragma once
#include "pg.hpp"

namespace djust::catalog_row {

// The first that the keys find; `tuple` is null when there is none. The caller ends the scan with done().
struct Row {
    Relation catalog;
    SysScanDesc scan;
    HeapTuple tuple;
};
Row find(Oid catalog_id, Oid index, AttrNumber first, Oid first_value, AttrNumber second = 0, int second_value = 0);
void done(const Row &row);

// The expression in a column of it; null when that is NULL.
Node *expression_in(const Row &row, AttrNumber column);

}  // namespace djust::catalog_row
