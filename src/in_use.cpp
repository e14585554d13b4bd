#include "in_use.hpp"

namespace djust::in_use {

namespace {

// In the memory of its query: it goes with it.
struct Open {
    Open *next;
    const PlannedStmt *plan;
    MemoryContextCallback gone;
};
Open *statements;

void gone(void *item) { pg::unlink(&statements, static_cast<Open *>(item)); }

// An object, and the types that come and go with it: of a table's rows, and arrays of either.
bool stands_for(const ObjectAddress *object, Oid named) {
    if (named == object->objectId) return true;
    Oid type = object->classId == TypeRelationId       ? object->objectId
               : object->classId == RelationRelationId ? get_rel_type_id(object->objectId)
                                                       : InvalidOid;
    return OidIsValid(type) && (named == type || named == get_array_type(type));
}

const ObjectAddress *named_by(Oid oid, const List *objects) {
    ListCell *cell;
    foreach (cell, objects)
        if (stands_for(static_cast<ObjectAddress *>(lfirst(cell)), oid)) return static_cast<ObjectAddress *>(lfirst(cell));
    return nullptr;
}

// Nothing walks through a whole plan but what writes it as text, in which an OID is a word of digits. Another number that
// is the same refuses too much, once in a long while; user's values are written byte by byte, and are less.
const ObjectAddress *find_in(const PlannedStmt *plan, const List *objects) {
    constexpr size_t shortest = 5;  // FirstNormalObjectId
    for (const char *at = nodeToString(plan); *at;) {
        size_t length = strcspn(at, " (){}\n");
        if (length >= shortest && strspn(at, "0123456789") == length) {
            unsigned long number = strtoul(at, nullptr, 10);
            const ObjectAddress *found = number <= OID_MAX ? named_by(static_cast<Oid>(number), objects) : nullptr;
            if (found) return found;
        }
        at += length > 0 ? length : 1;
    }
    return nullptr;
}

}  // namespace

void started(QueryDesc *query) {
    auto *made = static_cast<Open *>(MemoryContextAllocZero(query->estate->es_query_cxt, sizeof(Open)));
    made->plan = query->plannedstmt;
    made->gone.func = gone;
    made->gone.arg = made;
    MemoryContextRegisterResetCallback(query->estate->es_query_cxt, &made->gone);
    made->next = statements;
    statements = made;
}

const ObjectAddress *find(const List *objects) {
    const ObjectAddress *found = nullptr;
    for (const Open *open = statements; open && !found; open = open->next) found = find_in(open->plan, objects);
    return found;
}

}  // namespace djust::in_use
