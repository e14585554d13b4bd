// What keeps an index from having the tenant column in front.
#pragma once
#include "index_shape.hpp"
#include "pg.hpp"

namespace djust::index_obstacle {

// Why an index of the table, whose tenant column is `column`, cannot have that in front, or would not be better for it;
// null when it can.
const char *of(const index_shape::Index *index, Relation table, AttrNumber column);

// The extension that lets the method (GIN, GiST) take a tenant column.
const char *extension_for(Oid method);

}  // namespace djust::index_obstacle
