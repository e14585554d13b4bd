// The keys that tokens are verified with: rows of djust_tenants.signing_key_material, cached in the backend and dropped in
// every backend when the table changes. And who may look at that table: superusers, whatever has been granted.
#pragma once
#include "jwt.hpp"
#include "pg.hpp"

namespace djust::signing_key {

void init();  // registers the invalidation callbacks

// The columns, as own_columns checks them.
enum Column { key_id_column = 1, algorithm_column, material_column, not_after_column, created_at_column };
Oid material_table();  // InvalidOid without the extension, and before ALTER EXTENSION UPDATE

struct Entry {
    const char *key_id;
    jwt::Algorithm algorithm;
    TimestampTz not_after;  // DT_NOEND: for ever
    std::string_view material;
    mutable jwt::Key *key;  // made when first asked for
    bool is_valid(TimestampTz now) const { return now < not_after; }
};

// Whether there is any key.
bool exist();

// Reads the keys, and what other backends have changed until now. After it the rest raises nothing and processes no
// invalidations, and what it returns lives until somebody else does.
void load();
uint64 changes();  // another number whenever the keys have been dropped
const Entry *find(std::string_view key_id);
// The one valid key of the algorithm; null when there is none, or more than one.
const Entry *only_one(jwt::Algorithm algorithm, TimestampTz now);
// Null when OpenSSL cannot make one of it: no memory, or a row that add_signing_key has not written.
const jwt::Key *key_of(const Entry *entry);

// Whether the relations that the executor is about to check, for every statement (RangeTblEntry, from PostgreSQL 16 on
// RTEPermissionInfo), have the table of keys among them.
bool is_among(const List *named);
// Then: whether it is a superuser who reads it.
bool may_access(const List *named, Oid *refused);

}  // namespace djust::signing_key
