#include "catalog_row.hpp"

namespace djust::catalog_row {

Row find(Oid catalog_id, Oid index, AttrNumber first, Oid first_value, AttrNumber second, int second_value) {
    Row row;
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], first, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(first_value));
    if (second)
        ScanKeyInit(&keys[1], second, BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum(static_cast<int16>(second_value)));
    row.catalog = table_open(catalog_id, AccessShareLock);
    row.scan = systable_beginscan(row.catalog, index, true, SnapshotSelf, second ? 2 : 1, keys);
    row.tuple = systable_getnext(row.scan);
    return row;
}

void done(const Row &row) {
    systable_endscan(row.scan);
    table_close(row.catalog, AccessShareLock);
}

Node *expression_in(const Row &row, AttrNumber column) {
    bool is_null;
    Datum value = heap_getattr(row.tuple, column, RelationGetDescr(row.catalog), &is_null);
    return is_null ? nullptr : static_cast<Node *>(stringToNode(TextDatumGetCString(value)));
}

}  // namespace djust::catalog_row
