// What an index is made of, and which index does the work of another. Not for request paths.
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
    List *trailing;   // the same as numbers, in their order
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

// A usable tenant column is the first key. For GIN too: its own search knows no order of the columns, but conditions that
// are not leakproof use no other (leaky-operators).
bool is_led(const Index *index);

// The same keys in the same order, included columns and predicate.
bool is_equal(const Index *a, const Index *b);

enum class Cover {
    no,
    whole,   // whatever `index` does, `by` does
    tenant,  // for one tenant's queries: the tenant column of `by` stands in front
};
// `column` is the tenant column.
Cover covers(const Index *by, const Index *index, AttrNumber column);

// The operator class that puts the tenant column into an index of that method is there, and has our operator.
bool takes_tenant(Oid method, Relation table, AttrNumber column);

}  // namespace djust::index_shape
