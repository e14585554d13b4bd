#include "registry.hpp"

#include "catalog.hpp"
#include "error.hpp"
#include "own_columns.hpp"
#include "tenant_id.hpp"
#include "tenant_info.hpp"

namespace djust::registry {

namespace {

constexpr int longest_domain = 253;  // RFC 1035, as text without the last dot
// Past these numbers the whole cache is dropped: simple, and a backend's memory stays bounded.
constexpr long most_entries = 1024;
constexpr int most_facts = 64;

struct TenantEntry {
    char id[tenant_id::longest + 1];  // key
    Standing standing;
    Facts *facts;  // read when first asked for
};

struct DomainEntry {
    char domain[longest_domain + 1];  // key
    char *tenant;                     // null: nobody's
};

MemoryContext cache;
HTAB *tenants;
HTAB *domains;
int facts_held;
// Counts the drops: a row that was read before an invalidation must not be kept after it.
uint64 generation;

void (*listener)();

void drop(Oid) {
    generation++;
    if (listener) listener();
    if (!cache) return;
    tenants = nullptr;
    domains = nullptr;
    facts_held = 0;
    MemoryContextDelete(cache);
    cache = nullptr;
}

void make_room() {
    if (cache && (hash_get_num_entries(tenants) + hash_get_num_entries(domains) >= most_entries ||
                  facts_held >= most_facts))
        drop(InvalidOid);
    if (cache) return;
    MemoryContext made = AllocSetContextCreate(CacheMemoryContext, "djust_tenants registry", ALLOCSET_SMALL_SIZES);
    HASHCTL control{};
    control.hcxt = made;
    control.keysize = tenant_id::longest + 1;
    control.entrysize = sizeof(TenantEntry);
    HTAB *new_tenants = hash_create("djust_tenants tenants", 32, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
    control.keysize = longest_domain + 1;
    control.entrysize = sizeof(DomainEntry);
    HTAB *new_domains = hash_create("djust_tenants domains", 32, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
    tenants = new_tenants;
    domains = new_domains;
    facts_held = 0;
    cache = made;
}

// Reads the row with that primary key and hands it to `take`; true when there is one. The catalog snapshot is
// always fresh, works in parallel workers, and asks no privileges.
template <typename Take>
bool read_row(own_columns::Of what, Oid relid, const char *key, Take take) {
    Relation relation = table_open(relid, AccessShareLock);
    // The catalog has looked; waiting for the lock may have let somebody change them since.
    if (!own_columns::are_intact(what, RelationGetDescr(relation))) error::broken();
    ScanKeyData scan_key;
    ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(key));
    // The order of the index, whatever collation a superuser has given the column.
    scan_key.sk_collation = TupleDescAttr(RelationGetDescr(relation), 0)->attcollation;
    RelationGetIndexList(relation);  // fills rd_pkindex
    SysScanDesc scan = systable_beginscan(relation, relation->rd_pkindex, OidIsValid(relation->rd_pkindex), nullptr,
                                          1, &scan_key);
    HeapTuple tuple = systable_getnext(scan);
    bool found = HeapTupleIsValid(tuple);
    if (found) take(tuple, RelationGetDescr(relation));
    systable_endscan(scan);
    table_close(relation, AccessShareLock);
    return found;
}

enum Column { id_column = 1, name_column, settings_column, metadata_column, is_active_column };

Jsonb *json_copy(HeapTuple tuple, TupleDesc descriptor, int column) {
    bool is_null;
    Datum value = heap_getattr(tuple, column, descriptor, &is_null);
    return is_null ? nullptr : DatumGetJsonbPCopy(value);
}

TenantEntry *entry_of(const char *id) {
    if (tenants) {
        auto *entry = static_cast<TenantEntry *>(hash_search(tenants, id, HASH_FIND, nullptr));
        if (entry) return entry;
    }
    Standing standing;
    uint64 before;
    do {
        before = generation;
        Oid relid = catalog::tenant_table();
        if (!OidIsValid(relid)) {
            // With the extension, but not its table as it was, nobody can tell who is active: closed.
            standing = OidIsValid(get_extension_oid("djust_tenants", true)) ? Standing::inactive
                                                                            : Standing::unregistered;
            break;
        }
        standing = Standing::unregistered;
        read_row(own_columns::Of::tenant, relid, id, [&](HeapTuple tuple, TupleDesc descriptor) {
            bool is_null;
            Datum active = heap_getattr(tuple, is_active_column, descriptor, &is_null);
            standing = !is_null && DatumGetBool(active) ? Standing::active : Standing::inactive;
        });
    } while (before != generation);
    make_room();
    auto *entry = static_cast<TenantEntry *>(hash_search(tenants, id, HASH_ENTER, nullptr));
    entry->standing = standing;
    entry->facts = nullptr;
    return entry;
}

}  // namespace

void init() { catalog::on_registry_change(drop); }

uint64 changes() { return generation; }

void on_change(void (*callback)()) { listener = callback; }

Standing standing(const char *id) { return entry_of(id)->standing; }

const Facts *facts(const char *id) {
    TenantEntry *entry = entry_of(id);
    if (entry->standing == Standing::unregistered) return nullptr;
    if (entry->facts) return entry->facts;

    Facts read{};
    MemoryContext caller = CurrentMemoryContext;
    uint64 before;
    do {
        before = generation;
        read = Facts{};
        Oid relid = catalog::tenant_table();
        bool found = OidIsValid(relid) && read_row(own_columns::Of::tenant, relid, id, [&](HeapTuple tuple, TupleDesc descriptor) {
            bool is_null;
            Datum name = heap_getattr(tuple, name_column, descriptor, &is_null);
            read.name = is_null ? nullptr : text_to_cstring(DatumGetTextPP(name));
            read.settings = json_copy(tuple, descriptor, settings_column);
            read.metadata = json_copy(tuple, descriptor, metadata_column);
        });
        if (!found) return nullptr;
        entry = entry_of(id);  // reading may have dropped the cache
    } while (before != generation);

    MemoryContextSwitchTo(cache);
    auto copy_json = [](Jsonb *json) {
        if (!json) return tenant_info::empty_object();
        auto *copy = static_cast<Jsonb *>(palloc(VARSIZE(json)));
        memcpy(copy, json, VARSIZE(json));
        return copy;
    };
    auto *kept = static_cast<Facts *>(palloc(sizeof(Facts)));
    kept->name = pstrdup(read.name ? read.name : id);
    kept->settings = copy_json(read.settings);
    kept->metadata = copy_json(read.metadata);
    MemoryContextSwitchTo(caller);
    entry->facts = kept;
    facts_held++;
    return kept;
}

const char *tenant_of_domain(std::string_view domain) {
    if (domain.empty() || domain.size() > longest_domain) return nullptr;
    char key[longest_domain + 1];
    memcpy(key, domain.data(), domain.size());
    key[domain.size()] = '\0';
    if (domains) {
        auto *entry = static_cast<DomainEntry *>(hash_search(domains, key, HASH_FIND, nullptr));
        if (entry) return entry->tenant ? pstrdup(entry->tenant) : nullptr;
    }
    char *tenant;
    uint64 before;
    do {
        before = generation;
        Oid relid = catalog::tenant_domain_table();
        if (!OidIsValid(relid)) return nullptr;
        tenant = nullptr;
        read_row(own_columns::Of::tenant_domain, relid, key, [&](HeapTuple tuple, TupleDesc descriptor) {
            bool is_null;
            Datum value = heap_getattr(tuple, 2, descriptor, &is_null);
            if (!is_null) tenant = text_to_cstring(DatumGetTextPP(value));
        });
    } while (before != generation);
    make_room();
    char *kept = tenant ? MemoryContextStrdup(cache, tenant) : nullptr;
    auto *entry = static_cast<DomainEntry *>(hash_search(domains, key, HASH_ENTER, nullptr));
    entry->tenant = kept;
    return tenant;
}

}  // namespace djust::registry

// Trigger on both tables, row level and TRUNCATE.
DJUST_FUNCTION(djust_registry_changed) {
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("registry_changed can only be called as a trigger")));
    auto *data = reinterpret_cast<TriggerData *>(fcinfo->context);
    CacheInvalidateRelcacheByRelid(RelationGetRelid(data->tg_relation));
    return PointerGetDatum(nullptr);
}
