// What an index's own functions look at. The columns of an index that is led by the tenant column are safe for a
// condition that is not leakproof when nothing that such a condition can choose or see runs over other tenants' keys.
#pragma once
#include "pg.hpp"

namespace djust::index_column {

void init();  // registers the invalidation callback

// True when the index is led by that column of its table, and of a kind whose search by it is exact.
bool led_by(const IndexOptInfo *index, AttrNumber column);
// True when an operator called =, of catalog::facts, is the equality of the first column of such an index. PostgreSQL
// has found it in the column's operator family: the condition is one of the index as it stands.
bool is_equality(const IndexOptInfo *index, Oid operation);
// True when a condition on the index column, counted from 0, is safe beside an equality on the first.
bool is_safe(const IndexOptInfo *index, int column);
// True when GIN evaluates a tsquery in that column, of which tsquery_stack tells.
bool evaluates_tsquery(const IndexOptInfo *index, int column);
// is_safe of a column with that operator family, which keeps values of the type `stored`, in an index of that method.
bool is_safe(Oid method, Oid family, Oid stored);

}  // namespace djust::index_column
