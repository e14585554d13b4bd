// Values of the type djust_tenants.tenant_info(id, name, settings, metadata).
#pragma once
#include "pg.hpp"

namespace djust::tenant_info {

// Of that id, all other fields NULL.
Datum make(std::string_view id);

// In two steps, for what must not be held while something is looked up.
TupleDesc descriptor();
// Releases the descriptor.
Datum make(TupleDesc descriptor, const char *id, const char *name, Jsonb *settings, Jsonb *metadata);

// An object without keys: the settings and metadata that nobody has given. In static memory, for reading alone.
Jsonb *empty_object();

}  // namespace djust::tenant_info
