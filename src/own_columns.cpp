#include "own_columns.hpp"

namespace djust::own_columns {

namespace {

constexpr int most_read = 5;

struct Shape {
    const char *name;
    int made;             // by the extension
    int read;             // the first of them
    Oid types[most_read];
};

constexpr Shape shapes[] = {
    {"tenant", 6, 5, {TEXTOID, TEXTOID, JSONBOID, JSONBOID, BOOLOID}},
    {"tenant_domain", 2, 2, {TEXTOID, TEXTOID}},
    {"operator_rule", 4, 3, {TEXTOID, BOOLOID, BOOLOID}},
    {"signing_key_material", 5, 4, {TEXTOID, TEXTOID, BYTEAOID, TIMESTAMPTZOID}},
    {"tenant_info", 4, 4, {TEXTOID, TEXTOID, JSONBOID, JSONBOID}},
    {"tenant_role_fence", 2, 2, {REGROLEOID, TEXTOID}},
};

const Shape &shape_of(Of what) { return shapes[static_cast<int>(what)]; }

// varchar is stored and compared as text is.
bool is_intact(const FormData_pg_attribute *column, Oid type) {
    return !column->attisdropped &&
           (column->atttypid == type || (type == TEXTOID && column->atttypid == VARCHAROID));
}

}  // namespace

bool are_intact(Of what, Oid relid) {
    const Shape &shape = shape_of(what);
    for (int i = 0; i < shape.read; i++) {
        HeapTuple tuple =
            SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(static_cast<AttrNumber>(i + 1)));
        if (!HeapTupleIsValid(tuple)) return false;
        bool intact = is_intact(reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple)), shape.types[i]);
        ReleaseSysCache(tuple);
        if (!intact) return false;
    }
    return true;
}

bool are_intact(Of what, TupleDesc descriptor) {
    const Shape &shape = shape_of(what);
    if (descriptor->natts < shape.read) return false;
    for (int i = 0; i < shape.read; i++)
        if (!is_intact(TupleDescAttr(descriptor, i), shape.types[i])) return false;
    return true;
}

bool is_ours(const char *relation, AttrNumber column) {
    for (const Shape &shape : shapes)
        if (strcmp(shape.name, relation) == 0) return column > 0 && column <= shape.made;
    return false;
}

}  // namespace djust::own_columns
