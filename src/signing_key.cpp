#include "signing_key.hpp"

#include "catalog.hpp"
#include "error.hpp"
#include "own_columns.hpp"

namespace djust::signing_key {

namespace {

constexpr const char *table_name = "signing_key_material";

MemoryContext cache;  // what the entries are in; null: not read
Entry *entries;
int count;
Oid source;  // the table that they were read from
uint64 generation;

uint64 secret_table_moves;

void look_again() {
    secret_table_known = false;
    secret_table_moves++;
}

void drop() {
    generation++;
    if (!cache) return;
    for (int i = 0; i < count; i++) {
        if (entries[i].key) jwt::free_key(entries[i].key);
        // What is freed stays in the backend's memory, and in a core file.
        explicit_bzero(const_cast<char *>(entries[i].material.data()), entries[i].material.size());
    }
    entries = nullptr;
    count = 0;
    MemoryContext gone = cache;
    cache = nullptr;
    MemoryContextDelete(gone);
}

void relation_changed(Datum, Oid relid) {
    if (!OidIsValid(relid) || !OidIsValid(secret_table) || relid == secret_table) look_again();
    // A table that is not there may come.
    if (!OidIsValid(relid) || !OidIsValid(source) || relid == source) drop();
}

void schema_changed(Datum, int, uint32) { look_again(); }

struct Reading {
    MemoryContext into;
    Entry *entries;
    int count, room;
};

// A row that add_signing_key cannot have written is no key.
void take(HeapTuple tuple, TupleDesc descriptor, Reading *reading) {
    Datum values[4];
    bool nulls[4];
    for (int i = 0; i < 4; i++) values[i] = heap_getattr(tuple, i + 1, descriptor, &nulls[i]);
    if (nulls[0] || nulls[1] || nulls[2]) return;
    MemoryContext caller = MemoryContextSwitchTo(reading->into);
    const char *name = TextDatumGetCString(values[1]);
    if (auto algorithm = jwt::algorithm_named(name)) {
        if (reading->count == reading->room) {
            reading->room = reading->room ? reading->room * 2 : 8;
            Size size = sizeof(Entry) * static_cast<Size>(reading->room);
            reading->entries = static_cast<Entry *>(reading->entries ? repalloc(reading->entries, size) : palloc(size));
        }
        bytea *material = DatumGetByteaPCopy(values[2]);
        reading->entries[reading->count++] = {
            TextDatumGetCString(values[0]), *algorithm,
            nulls[3] ? TimestampTz(DT_NOEND) : DatumGetTimestampTz(values[3]),
            {VARDATA(material), static_cast<size_t>(VARSIZE(material) - VARHDRSZ)}, nullptr};
    }
    MemoryContextSwitchTo(caller);
}

// The catalog snapshot is always fresh, and asks no privileges.
void read_all(Oid relid, Reading *reading) {
    Relation relation = table_open(relid, AccessShareLock);
    if (!own_columns::are_intact(own_columns::Of::signing_key_material, RelationGetDescr(relation))) error::broken();
    SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
    while (HeapTuple tuple = systable_getnext(scan)) take(tuple, RelationGetDescr(relation), reading);
    systable_endscan(scan);
    table_close(relation, AccessShareLock);
}

}  // namespace

void init() {
    CacheRegisterRelcacheCallback(relation_changed, Datum(0));
    CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, Datum(0));
}

Oid material_table() {
    Oid schema = catalog::schema();
    return OidIsValid(schema) ? get_relname_relid(table_name, schema) : InvalidOid;
}

bool exist() {
    if (!cache) load();
    return count > 0;
}

void load() {
    AcceptInvalidationMessages();
    while (!cache) {
        // Belongs to the transaction until it is whole: an error on the way leaves nothing.
        Reading reading{AllocSetContextCreate(CurrentMemoryContext, "djust_tenants signing keys", ALLOCSET_SMALL_SIZES),
                        nullptr, 0, 0};
        uint64 before = generation;
        source = material_table();
        if (OidIsValid(source)) read_all(source, &reading);
        if (before != generation) {
            MemoryContextDelete(reading.into);
            continue;
        }
        MemoryContextSetParent(reading.into, CacheMemoryContext);
        cache = reading.into;
        entries = reading.entries;
        count = reading.count;
    }
}

uint64 changes() { return generation; }

const Entry *find(std::string_view key_id) {
    for (int i = 0; i < count; i++)
        if (key_id == entries[i].key_id) return &entries[i];
    return nullptr;
}

const Entry *only_one(jwt::Algorithm algorithm, TimestampTz now) {
    const Entry *found = nullptr;
    for (int i = 0; i < count; i++) {
        if (entries[i].algorithm != algorithm || !entries[i].is_valid(now)) continue;
        if (found) return nullptr;
        found = &entries[i];
    }
    return found;
}

const jwt::Key *key_of(const Entry *entry) {
    jwt::Problem problem;
    if (!entry->key) entry->key = jwt::make_key(entry->algorithm, entry->material, &problem);
    return entry->key;
}

void find_secret() {
    while (!secret_table_known) {
        uint64 before = secret_table_moves;  // looking may process an invalidation
        Oid schema = get_namespace_oid("djust_tenants", true);
        secret_table = OidIsValid(schema) ? get_relname_relid(table_name, schema) : InvalidOid;
        secret_table_known = before == secret_table_moves;
    }
}

bool may_access(const List *named, Oid *refused) {
    for (int i = 0; i < list_length(named); i++) {
        auto *entry = static_cast<const pg::CheckedRelation *>(list_nth(named, i));
        if (entry->relid != secret_table || !pg::is_checked(entry) || superuser_arg(pg::checked_user(entry))) continue;
        *refused = entry->relid;
        return false;
    }
    return true;
}

}  // namespace djust::signing_key
