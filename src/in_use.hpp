// Whether a statement that is open depends on an object that is about to be dropped. PostgreSQL asks that of relations
// alone: a function or a type that goes while a statement uses it is an internal error of that statement.
#pragma once
#include "pg.hpp"

namespace djust::in_use {

// After standard_ExecutorStart, of every statement that may use such an object.
void started(QueryDesc *query);
// The first of the objects (of ObjectAddress *) that the plan of an open statement names; null: none does.
const ObjectAddress *find(const List *objects);

}  // namespace djust::in_use
