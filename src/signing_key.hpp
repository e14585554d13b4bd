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

// The table that is looked for in every statement. By its name alone: it is secret in whatever state the extension is.
inline Oid secret_table = InvalidOid;
inline bool secret_table_known = false;
void find_secret();
// Whether the relations that the executor is about to check, for every statement (RangeTblEntry, from PostgreSQL 16 on
// RTEPermissionInfo), have the table of keys among them.
inline bool is_among(const List *named) {
    if (unlikely(!secret_table_known)) find_secret();
    if (!named || !OidIsValid(secret_table)) return false;
    for (const ListCell *cell = named->elements, *end = cell + named->length; cell < end; cell++)
        if (unlikely(static_cast<const pg::CheckedRelation *>(lfirst(cell))->relid == secret_table)) return true;
    return false;
}
// Then: whether it is a superuser who reads it.
bool may_access(const List *named, Oid *refused);

}  // namespace djust::signing_key
