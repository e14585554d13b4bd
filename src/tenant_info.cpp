#include "tenant_info.hpp"

#include "catalog.hpp"
#include "error.hpp"
#include "own_columns.hpp"
#include "tenant_id.hpp"

namespace djust::tenant_info {

namespace {

constexpr int columns = 4;

// Rows of an id alone, one for each length of an id: they differ in the id's characters and nowhere else, and to copy
// one takes a tenth of forming it. What a row's header says is PostgreSQL's business, of every minor version: it is
// never written here.
struct Pattern {
    HeapTupleHeader row;  // null: not formed yet
    size_t place;         // of the characters
};
Pattern patterns[tenant_id::longest + 1];
MemoryContext memory;  // theirs
uint64 made_for;       // the version of the type that they are of
uint64 intact_for;     // the version that was last seen to be as the extension made it
TypeCacheEntry *type;  // PostgreSQL never frees these

// The patterns go with the type's row descriptor.
void drop_others() {
    if (likely(type && type->type_id == catalog::tenant_info_type() && type->tupDesc &&
               type->tupDesc_identifier == made_for))
        return;
    if (!OidIsValid(catalog::tenant_info_type())) error::broken();
    type = lookup_type_cache(catalog::tenant_info_type(), TYPECACHE_TUPDESC);
    if (type->tupDesc && type->tupDesc_identifier == made_for) return;
    for (Pattern &pattern : patterns) pattern = Pattern{};
    made_for = 0;
    if (memory)
        MemoryContextReset(memory);
    else
        memory = AllocSetContextCreate(CacheMemoryContext, "djust_tenants rows", ALLOCSET_SMALL_SIZES);
    if (type->tupDesc) made_for = type->tupDesc_identifier;
}

void require_intact(TupleDesc descriptor) {
    if (!own_columns::are_intact(own_columns::Of::tenant_info, descriptor)) error::broken();
    // A superuser may have added an attribute: there is no value for it.
    for (int i = columns; i < descriptor->natts; i++)
        if (!TupleDescAttr(descriptor, i)->attisdropped) error::broken();
    intact_for = made_for;
}

// Releases the descriptor.
Datum form(TupleDesc descriptor, const Datum *values, const bool *nulls) {
    // Attributes that were dropped still have their places in it.
    Datum all_values[MaxTupleAttributeNumber];
    bool all_nulls[MaxTupleAttributeNumber];
    for (int i = 0; i < descriptor->natts; i++) {
        all_values[i] = i < columns ? values[i] : Datum(0);
        all_nulls[i] = i >= columns || nulls[i];
    }
    Datum row = HeapTupleGetDatum(heap_form_tuple(descriptor, all_values, all_nulls));
    ReleaseTupleDesc(descriptor);
    return row;
}

void add_pattern(Pattern *pattern, std::string_view id) {
    Datum values[columns] = {PointerGetDatum(cstring_to_text_with_len(id.data(), static_cast<int>(id.size())))};
    const bool nulls[columns] = {false, true, true, true};
    bool is_null;
    HeapTupleHeader row = DatumGetHeapTupleHeader(form(tenant_info::descriptor(), values, nulls));
    text *characters = DatumGetTextPP(GetAttributeByNum(row, 1, &is_null));
    const size_t size = HeapTupleHeaderGetDatumLength(row);
    auto *kept = static_cast<HeapTupleHeader>(MemoryContextAlloc(memory, size));
    memcpy(kept, row, size);
    pattern->place = static_cast<size_t>(VARDATA_ANY(characters) - reinterpret_cast<char *>(row));
    pattern->row = kept;
}

}  // namespace

Datum make(std::string_view id) {
    drop_others();
    // Only what a superuser has put into the registry past its constraints is longer.
    Pattern *pattern = likely(id.size() <= tenant_id::longest) ? &patterns[id.size()] : nullptr;
    if (unlikely(!pattern)) return make(descriptor(), pnstrdup(id.data(), id.size()), nullptr, nullptr, nullptr);
    if (unlikely(!pattern->row)) add_pattern(pattern, id);
    const size_t size = HeapTupleHeaderGetDatumLength(pattern->row);
    auto *row = static_cast<char *>(palloc(size));
    memcpy(row, pattern->row, size);
    memcpy(row + pattern->place, id.data(), id.size());
    return PointerGetDatum(row);
}

TupleDesc descriptor() {
    drop_others();
    TupleDesc descriptor = type->tupDesc;
    if (unlikely(!descriptor)) error::broken();
    if (unlikely(made_for != intact_for)) require_intact(descriptor);
    PinTupleDesc(descriptor);
    return descriptor;
}

Datum make(TupleDesc descriptor, const char *id, const char *name, Jsonb *settings, Jsonb *metadata) {
    const Datum values[columns] = {CStringGetTextDatum(id), name ? CStringGetTextDatum(name) : Datum(0),
                                   JsonbPGetDatum(settings), JsonbPGetDatum(metadata)};
    const bool nulls[columns] = {false, !name, !settings, !metadata};
    return form(descriptor, values, nulls);
}

Jsonb *empty_object() {
    alignas(Jsonb) static char memory_of[sizeof(Jsonb)];
    auto *object = reinterpret_cast<Jsonb *>(memory_of);
    SET_VARSIZE(object, sizeof(Jsonb));
    object->root.header = JB_FOBJECT;
    return object;
}

}  // namespace djust::tenant_info
