// The columns of our own tables and type that code reads by number. Who has changed one behind our back must not make it
// read something else: no value of another type, and no row as if it said nothing.
#pragma once
#include "pg.hpp"

namespace djust::own_columns {

enum class Of { tenant, tenant_domain, operator_rule, signing_key_material, tenant_info, tenant_role_fence };

// True when each column that is read is there, with its type. Others may have been added behind them.
bool are_intact(Of what, Oid relid);           // as the catalogs have it now
bool are_intact(Of what, TupleDesc descriptor);  // of a relation that is locked, or of a row

// True for a column that the extension has made, by the names of the relation and the column's number.
bool is_ours(const char *relation, AttrNumber column);

}  // namespace djust::own_columns
