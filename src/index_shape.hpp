// What an index is made of, which index does the work of another, and an index's definition with the tenant column in
// front. Not for request paths.
#pragma once
#include "pg.hpp"

namespace djust::index_shape {

struct Key {
    AttrNumber column;  // 0: an expression
    Node *expression;
    Oid family, collation;
    int16 order;        // DESC, NULLS FIRST
    List *options;      // of the operator class
    bool is_tenant;     // the policies' condition can use it
};

struct Index {
    Oid oid;  // InvalidOid: it does not exist yet
    Oid method;
    List *keys;       // of Key *
    Bitmapset *columns;  // key columns and included ones
    Bitmapset *included;
    List *predicate;
    bool valid;
    bool is_key;      // unique, of an exclusion constraint, or the replica identity: it means something
    bool unique;
    bool clustered;
    bool attached;    // belongs to the index of a partitioned table
    bool partitioned;
};

// Reads an index of `table`, whose tenant column is `column`.
Index *read(Relation table, AttrNumber column, Oid index);
// The index that `old` would be with the tenant column in front, taken out where it stood.
Index *with_tenant(const Index *old, Relation table, AttrNumber column);

// A usable tenant column is the first key; for GIN, whose keys have no order, any.
bool is_led(const Index *index);

enum class Cover {
    no,
    whole,   // whatever `index` does, `by` does
    tenant,  // for one tenant's queries: the tenant column of `by` stands in front
};
// `column` is the tenant column.
Cover covers(const Index *by, const Index *index, AttrNumber column);

// The operator class that puts the tenant column into an index of that method is there, and has our operator.
bool takes_tenant(Oid method, Relation table, AttrNumber column);

// The statements (char *) that build the index anew with the tenant column in front, under other names, on a live
// table; an index of a partitioned table with those of its partitions. `taken`: names that earlier statements use
// (char *, qualified), added to. NIL when its definition cannot be read.
List *rebuild(const Index *index, const char *tenant, List **taken);

}  // namespace djust::index_shape
