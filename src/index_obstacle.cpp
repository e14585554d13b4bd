#include "index_obstacle.hpp"

#include "ddl.hpp"
#include "index_column.hpp"

namespace djust::index_obstacle {

using ddl::format;
using index_shape::Index;

namespace {

// Row-level security keeps no leakproof condition from an index, and no ORDER BY at all.
bool has_free_operator(Oid family) {
    bool found = false;
    CatCList *list = SearchSysCacheList1(AMOPSTRATEGY, ObjectIdGetDatum(family));
    for (int i = 0; i < list->n_members && !found; i++) {
        auto *row = reinterpret_cast<Form_pg_amop>(GETSTRUCT(&list->members[i]->tuple));
        found = row->amoppurpose == AMOP_ORDER || get_func_leakproof(get_opcode(row->amopopr));
    }
    ReleaseSysCacheList(list);
    return found;
}

// Whether a tenant's query can use a column of it, once the tenant column stands in front.
bool serves_tenants(const Index *index) {
    int column = 0;
    ListCell *cell;
    foreach (cell, index->keys) {
        auto *key = static_cast<index_shape::Key *>(lfirst(cell));
        Oid stored = get_atttype(index->oid, static_cast<AttrNumber>(++column));
        if (key->is_tenant) continue;
        if (index_column::is_safe(index->method, key->family, stored) || has_free_operator(key->family)) return true;
    }
    return false;
}

}  // namespace

const char *extension_for(Oid method) { return method == GIN_AM_OID ? "btree_gin" : "btree_gist"; }

const char *of(const Index *index, Relation table, AttrNumber column) {
    const char *tenant = ddl::column_name(RelationGetRelid(table), column);
    switch (index->method) {
        case BTREE_AM_OID:
        case GIN_AM_OID:
        case GIST_AM_OID:
            if (list_length(index->keys) + bms_num_members(index->included) >= INDEX_MAX_KEYS)
                return format("It has %d columns already, and an index has no more.", INDEX_MAX_KEYS);
            if (index->method != BTREE_AM_OID && get_extension_oid(extension_for(index->method), true) != InvalidOid &&
                !index_shape::takes_tenant(index->method, table, column))
                return format("Its access method has no operator class for column %s.", tenant);
            if (index->method != BTREE_AM_OID && !serves_tenants(index))
                return "No tenant's condition can use its operator classes, with the tenant column in front or without: "
                       "they are not among those that are proven safe.";
            return nullptr;
        case HASH_AM_OID:
            return format("A hash index has one column. A B-tree index with column %s in front can serve a tenant's "
                          "searches for one value, while values are shorter than about 2,700 bytes.", tenant);
        case SPGIST_AM_OID:
            return format("An SP-GiST index has one column. A GiST index takes column %s in front, with the extension "
                          "btree_gist, if it has an operator class for the data.", tenant);
        case BRIN_AM_OID:
            return "The columns of a BRIN index have no order: one in front changes nothing.";
        default:
            return "Its access method is not one that is known here.";
    }
}

}  // namespace djust::index_obstacle
