// What the errors' texts are made of. For the files error*.cpp alone.
#pragma once
#include "pg.hpp"

namespace djust::error {

// A relation's name as a user would write it. For messages only.
const char *name_of(Oid relid);
// Puts schema, table and (when given) column into the error's fields, as PostgreSQL's own errors do. For ereport().
int relation_fields(Oid relid, const char *column = nullptr);
// Text that came from outside, cut to a length fit for a message; never split inside a character.
const char *shown(std::string_view text);
// The mode that is on, asked by name: the settings are above this layer. And the function that enters a tenant in it.
bool is_signed_mode();
const char *entering();

}  // namespace djust::error
