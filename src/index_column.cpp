#include "index_column.hpp"

namespace djust::index_column {

namespace {

// Operator families of PostgreSQL's own; headers give no symbols for them.
constexpr Oid gin_array_ops = 2745, gin_tsvector_ops = 3659, gin_jsonb_ops = 4036, gin_jsonb_path_ops = 4037;
constexpr Oid gist_network_ops = 3550, gist_range_ops = 3919, gist_multirange_ops = 6158;

// Families are those of an extension when they are its members: a name proves nothing.
enum class Maker : char { unknown, somebody, btree_gin, btree_gist, pg_trgm };

struct Known {
    Oid family;
    Maker maker;
};
constexpr int most_known = 32;
Known known[most_known];
int count;

void drop(Datum, int, uint32) { count = 0; }

bool is_extension(Oid extension, const char *name) {
    return OidIsValid(extension) && extension == get_extension_oid(name, true);
}

Maker maker_of(Oid family) {
    if (family < FirstNormalObjectId) return Maker::somebody;  // PostgreSQL's own
    for (int i = 0; i < count; i++)
        if (known[i].family == family) return known[i].maker;
    Oid extension = getExtensionOfObject(OperatorFamilyRelationId, family);
    Maker maker = is_extension(extension, "btree_gin")    ? Maker::btree_gin
                  : is_extension(extension, "btree_gist") ? Maker::btree_gist
                  : is_extension(extension, "pg_trgm")    ? Maker::pg_trgm
                                                          : Maker::somebody;
    if (count == most_known) count = 0;
    known[count++] = Known{family, maker};
    return maker;
}

// Comparisons that call nobody's code and raise no error, of whatever value: leakproof ones, and PostgreSQL's own for
// numeric, enum, jsonb and tsvector. Not those of arrays, ranges and rows, which call their elements', nor tsquery's, which
// recurses into what it compares, until the stack is used up.
bool is_quiet(Oid comparison) {
    switch (comparison) {
        case F_NUMERIC_CMP:
        case F_ENUM_CMP:
        case F_JSONB_CMP:
        case F_TSVECTOR_CMP: return true;
        default: return OidIsValid(comparison) && get_func_leakproof(comparison);
    }
}

// GIN keeps an array's elements as keys: the type of the index's own column.
bool has_quiet_keys(Oid type) {
    return OidIsValid(type) && is_quiet(lookup_type_cache(type, TYPECACHE_CMP_PROC)->cmp_proc);
}

bool has_quiet_bounds(Oid type) {
    TypeCacheEntry *range = OidIsValid(type) ? lookup_type_cache(type, TYPECACHE_RANGE_INFO | TYPECACHE_MULTIRANGE_INFO)
                                             : nullptr;
    if (range && range->rngtype) range = range->rngtype;  // a multirange
    // Adjacency brings bounds into the canonical form; those of PostgreSQL's own types are in it, and nothing is raised.
    return range && range->rngelemtype && is_quiet(range->rng_cmp_proc_finfo.fn_oid) &&
           range->rng_canonical_finfo.fn_oid < FirstNormalObjectId;
}

Oid stored_type(const IndexOptInfo *index, int column) {
    return get_atttype(index->indexoid, static_cast<AttrNumber>(column + 1));
}

// Whether it depends on what is stored.
bool asks_for_type(Oid family) {
    return family == gin_array_ops || family == gist_range_ops || family == gist_multirange_ops;
}

}  // namespace

void init() { CacheRegisterSyscacheCallback(OPFAMILYOID, drop, Datum(0)); }

bool led_by(const IndexOptInfo *index, AttrNumber column) {
    if (index->nkeycolumns < 2 || index->indexkeys[0] != column) return false;
    switch (index->relam) {
        case BTREE_AM_OID: return true;
        case GIN_AM_OID: return maker_of(index->opfamily[0]) == Maker::btree_gin;
        case GIST_AM_OID: return maker_of(index->opfamily[0]) == Maker::btree_gist;
        default: return false;
    }
}

bool is_equality(const IndexOptInfo *index, Oid operation) {
    Oid family = index->opfamily[0];
    // In PostgreSQL's own families an operator that is called = is one.
    if (index->relam == BTREE_AM_OID && family < FirstNormalObjectId && operation < FirstNormalObjectId) return true;
    return get_op_opfamily_strategy(operation, family) == BTEqualStrategyNumber;  // of all three methods
}

bool is_safe(const IndexOptInfo *index, int column) {
    if (column < 1 || column >= index->nkeycolumns) return false;
    Oid family = index->opfamily[column];
    return is_safe(index->relam, family, asks_for_type(family) ? stored_type(index, column) : InvalidOid);
}

bool evaluates_tsquery(const IndexOptInfo *index, int column) {
    return index->relam == GIN_AM_OID && index->opfamily[column] == gin_tsvector_ops;
}

bool is_safe(Oid method, Oid family, Oid stored) {
    switch (method) {
        // Later columns are compared only where all earlier ones are equal.
        case BTREE_AM_OID: return true;
        // Every tenant's keys are in one tree, and each is compared by the operator class. The condition's own
        // function sees none of them.
        case GIN_AM_OID:
            switch (family) {
                case gin_tsvector_ops:
                case gin_jsonb_ops:
                case gin_jsonb_path_ops: return true;
                case gin_array_ops: return has_quiet_keys(stored);
                default: break;
            }
            return maker_of(family) == Maker::btree_gin || maker_of(family) == Maker::pg_trgm;
        // Inner pages keep unions over tenants.
        case GIST_AM_OID:
            switch (family) {
                case gist_network_ops: return true;
                case gist_range_ops:
                case gist_multirange_ops: return has_quiet_bounds(stored);
                default: return false;
            }
        default: return false;
    }
}

}  // namespace djust::index_column
