#include "index_shape.hpp"

#include "catalog.hpp"
#include "ddl.hpp"

namespace djust::index_shape {

namespace {

bool is_same(const Key *a, const Key *b) {
    return a->column == b->column && equal(a->expression, b->expression) && a->family == b->family &&
           a->collation == b->collation && equal(a->options, b->options);
}

// How far `a` and `b` agree: the keys of `a`, in their order, are the first ones of `b`. A b-tree is read in both
// directions, so all of them may run the other way.
bool is_prefix(List *a, List *b) {
    bool same = true, opposite = true;
    ListCell *cell_a, *cell_b;
    if (list_length(a) > list_length(b)) return false;
    forboth(cell_a, a, cell_b, b) {
        auto *key_a = static_cast<Key *>(lfirst(cell_a)), *key_b = static_cast<Key *>(lfirst(cell_b));
        if (!is_same(key_a, key_b)) return false;
        same = same && key_a->order == key_b->order;
        opposite = opposite && key_a->order == (key_b->order ^ (INDOPTION_DESC | INDOPTION_NULLS_FIRST));
    }
    return same || opposite;
}

bool has_all(List *keys, List *of) {
    ListCell *cell, *other;
    foreach (cell, of) {
        bool found = false;
        foreach (other, keys)
            found = found || is_same(static_cast<Key *>(lfirst(cell)), static_cast<Key *>(lfirst(other)));
        if (!found) return false;
    }
    return true;
}

// What is left of the keys for one tenant: its id is a constant, under whatever collation and operator class.
List *without_tenant(List *keys, AttrNumber column) {
    List *rest = NIL;
    ListCell *cell;
    foreach (cell, keys)
        if (static_cast<Key *>(lfirst(cell))->column != column) rest = lappend(rest, lfirst(cell));
    return rest;
}

// The same of an index that is to do another one's work: PostgreSQL knows only of a usable key that it is constant, and
// any other in between would break the order.
List *without_usable_tenant(List *keys) {
    List *rest = NIL;
    ListCell *cell;
    foreach (cell, keys)
        if (!static_cast<Key *>(lfirst(cell))->is_tenant) rest = lappend(rest, lfirst(cell));
    return rest;
}

}  // namespace

Index *read(Relation table, AttrNumber column, Oid relid) {
    Relation relation = index_open(relid, AccessShareLock);
    auto *index = static_cast<Index *>(palloc0(sizeof(Index)));
    Form_pg_index form = relation->rd_index;
    index->oid = relid;
    index->method = relation->rd_rel->relam;
    index->predicate = static_cast<List *>(copyObjectImpl(RelationGetIndexPredicate(relation)));
    index->valid = form->indisvalid && form->indisready && form->indislive;
    index->unique = form->indisunique;
    index->is_key = form->indisunique || form->indisexclusion || form->indisreplident;
    index->clustered = form->indisclustered;
    index->attached = relation->rd_rel->relispartition;
    index->partitioned = relation->rd_rel->relkind == RELKIND_PARTITIONED_INDEX;
    List *expressions = RelationGetIndexExpressions(relation);
    ListCell *expression = list_head(expressions);
    for (int i = 0; i < form->indnatts; i++) {
        AttrNumber number = form->indkey.values[i];
        int offset = number - FirstLowInvalidHeapAttributeNumber;
        if (number != 0) index->columns = bms_add_member(index->columns, offset);
        if (i >= form->indnkeyatts) {
            index->included = bms_add_member(index->included, offset);
            index->trailing = lappend_int(index->trailing, number);
            continue;
        }
        auto *key = static_cast<Key *>(palloc0(sizeof(Key)));
        key->column = number;
        if (number == 0) {
            key->expression = static_cast<Node *>(copyObjectImpl(lfirst(expression)));
            expression = lnext(expressions, expression);
        }
        key->family = relation->rd_opfamily[i];
        key->collation = relation->rd_indcollation[i];
        key->order = relation->rd_indoption[i];
        key->options = untransformRelOptions(get_attoptions(relid, static_cast<int16>(i + 1)));
        key->is_tenant = ddl::is_tenant_key(table, column, relation, i);
        index->keys = lappend(index->keys, key);
    }
    index_close(relation, AccessShareLock);
    return index;
}

Index *with_tenant(const Index *old, Relation table, AttrNumber column) {
    auto *index = static_cast<Index *>(palloc(sizeof(Index)));
    *index = *old;
    auto *key = static_cast<Key *>(palloc0(sizeof(Key)));
    Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), column - 1);
    Oid opclass = GetDefaultOpClass(attribute->atttypid, old->method);
    key->column = column;
    key->family = OidIsValid(opclass) ? get_opclass_family(opclass) : InvalidOid;
    key->collation = attribute->attcollation;
    key->is_tenant = true;
    int offset = column - FirstLowInvalidHeapAttributeNumber;
    index->oid = InvalidOid;
    index->keys = list_concat(list_make1(key), without_tenant(old->keys, column));
    index->columns = bms_add_member(bms_copy(old->columns), offset);
    index->included = bms_del_member(bms_copy(old->included), offset);
    index->trailing = list_delete_int(list_copy(old->trailing), column);
    index->valid = true;
    return index;
}

bool is_led(const Index *index) { return static_cast<Key *>(linitial(index->keys))->is_tenant; }

bool is_equal(const Index *a, const Index *b) {
    return a->method == b->method && list_length(a->keys) == list_length(b->keys) && is_prefix(a->keys, b->keys) &&
           static_cast<Key *>(linitial(a->keys))->order == static_cast<Key *>(linitial(b->keys))->order &&
           equal(a->trailing, b->trailing) && equal(a->predicate, b->predicate);
}

Cover covers(const Index *by, const Index *index, AttrNumber column) {
    if (by == index || by->method != index->method || !by->valid) return Cover::no;
    // A partial index answers its own question with fewer entries than a whole one has.
    if (!equal(by->predicate, index->predicate) || !bms_is_subset(index->included, by->columns)) return Cover::no;
    List *rest = without_tenant(index->keys, column), *rest_of_by = without_usable_tenant(by->keys);
    switch (index->method) {
        case BTREE_AM_OID:
            if (is_prefix(index->keys, by->keys)) return Cover::whole;
            return is_led(by) && is_prefix(rest, rest_of_by) ? Cover::tenant : Cover::no;
        case GIN_AM_OID:
            if (is_led(index) && !is_led(by)) return Cover::no;
            return has_all(by->keys, index->keys) ? Cover::whole : Cover::no;
        case GIST_AM_OID:
            // What stands in front decides how a GiST index is laid out, so a longer one is another one.
            if (list_length(rest) != list_length(rest_of_by) || !is_prefix(rest, rest_of_by)) return Cover::no;
            if (list_length(index->keys) == list_length(by->keys) && is_prefix(index->keys, by->keys))
                return Cover::whole;
            return is_led(by) ? Cover::tenant : Cover::no;
        default:
            return Cover::no;
    }
}

bool takes_tenant(Oid method, Relation table, AttrNumber column) {
    Oid type = TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid;
    Oid opclass = GetDefaultOpClass(type, method);
    std::optional<catalog::Kind> kind = catalog::kind_of_base_type(getBaseType(type));
    return kind && OidIsValid(opclass) && op_in_opfamily(catalog::facts(*kind).equality, get_opclass_family(opclass));
}

}  // namespace djust::index_shape
