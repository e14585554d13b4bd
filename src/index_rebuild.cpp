#include "index_rebuild.hpp"

#include "ddl.hpp"

namespace djust::index_rebuild {

using ddl::format;
using index_shape::Index;

namespace {

// An index definition taken apart: head "CREATE INDEX ... (", each key and included column, and what follows.
struct Definition {
    List *keys, *included;  // of char *
    const char *tail;
};

// The end of a list item: a comma or parenthesis that is in no string, quoted name or parentheses of its own. In both
// kinds of quotes the server writes a quote twice, and so ends and begins.
const char *end_of_item(const char *text) {
    int depth = 0;
    char quote = '\0';
    for (; *text; text++) {
        if (quote) {
            if (*text == quote) quote = '\0';
        } else if (*text == '\'' || *text == '"') {
            quote = *text;
        } else if (*text == '(') {
            depth++;
        } else if (depth == 0 && (*text == ',' || *text == ')')) {
            return text;
        } else if (*text == ')') {
            depth--;
        }
    }
    return nullptr;
}

// From behind the opening parenthesis to behind the closing one; null when there is none.
const char *take_list(const char *text, List **items) {
    for (;;) {
        const char *end = end_of_item(text);
        if (!end) return nullptr;
        *items = lappend(*items, pnstrdup(text, static_cast<Size>(end - text)));
        if (*end == ')') return end + 1;
        text = end + 2;
    }
}

bool take_apart(Relation index, Definition *definition) {
    constexpr const char include[] = " INCLUDE (";
    const char *text = pg_get_indexdef_string(RelationGetRelid(index));
    const char *head = format("CREATE INDEX %s ON %s USING %s (", quote_identifier(RelationGetRelationName(index)),
                              ddl::name_of(index->rd_index->indrelid),
                              quote_identifier(get_am_name(index->rd_rel->relam)));
    *definition = Definition{NIL, NIL, nullptr};
    if (strncmp(text, head, strlen(head)) != 0) return false;
    text = take_list(text + strlen(head), &definition->keys);
    if (text && strncmp(text, include, strlen(include)) == 0)
        text = take_list(text + strlen(include), &definition->included);
    definition->tail = text;
    return text && list_length(definition->keys) == IndexRelationGetNumberOfKeyAttributes(index) &&
           list_length(definition->keys) + list_length(definition->included) ==
               IndexRelationGetNumberOfAttributes(index);
}

// For a name as PostgreSQL gives it: the tenant column when there is one to go in front, then the other keys.
const char *column_names(Relation index, const char *tenant) {
    StringInfoData names;
    initStringInfo(&names);
    if (tenant) appendStringInfoString(&names, tenant);
    for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++) {
        const char *name = NameStr(TupleDescAttr(RelationGetDescr(index), i)->attname);
        if (!tenant || strcmp(name, tenant) != 0) appendStringInfo(&names, "%s%s", names.len ? "_" : "", name);
    }
    return names.data;
}

void append_items(StringInfo text, List *items, const char *separator) {
    ListCell *cell;
    foreach (cell, items) {
        appendStringInfo(text, "%s%s", separator, static_cast<char *>(lfirst(cell)));
        separator = ", ";
    }
}

// The name of a new index on the table, and the statement that builds it.
struct Made {
    const char *name;
    char *statement;
};
Made make(Relation table, const char *columns, const char *method, List *keys, List *included, const char *tail,
          List **taken) {
    bool partitioned = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
    const char *name = ddl::free_name(RelationGetRelid(table), columns, "idx", taken);
    StringInfoData text;
    initStringInfo(&text);
    appendStringInfo(&text, "CREATE INDEX %s%s ON %s%s USING %s", partitioned ? "" : "CONCURRENTLY ",
                     quote_identifier(name), partitioned ? "ONLY " : "", ddl::name_of(RelationGetRelid(table)),
                     quote_identifier(method));
    append_items(&text, keys, " (");
    appendStringInfoChar(&text, ')');
    if (included) {
        append_items(&text, included, " INCLUDE (");
        appendStringInfoChar(&text, ')');
    }
    appendStringInfoString(&text, tail);
    return Made{ddl::name_of(RelationGetNamespace(table), name), text.data};
}

List *attach(List *statements, const char *parent, const char *name) {
    return lappend(statements, format("ALTER INDEX %s ATTACH PARTITION %s", parent, name));
}

// --- anew, with the tenant column in front ------------------------------------------------------------

// A valid index of the partition's own that is what `wanted` would be.
Oid own_index(Relation table, AttrNumber column, const Index *wanted) {
    ListCell *cell;
    foreach (cell, RelationGetIndexList(table)) {
        const Index *index = index_shape::read(table, column, lfirst_oid(cell));
        if (index->valid && !index->is_key && !index->attached && index_shape::is_equal(index, wanted)) return index->oid;
    }
    return InvalidOid;
}

List *rebuild(Oid relid, const char *tenant, const char *parent, List **taken) {
    Relation index = index_open(relid, AccessShareLock);
    Relation table = table_open(index->rd_index->indrelid, AccessShareLock);
    AttrNumber column = get_attnum(RelationGetRelid(table), tenant);
    Definition definition;
    List *made = NIL, *keys = list_make1(pstrdup(quote_identifier(tenant))), *included = NIL;
    Oid own = parent ? own_index(table, column, index_shape::with_tenant(index_shape::read(table, column, relid), table,
                                                                         column))
                     : InvalidOid;
    if (OidIsValid(own)) {
        made = attach(NIL, parent, ddl::name_of(own));
    } else if (take_apart(index, &definition)) {
        int count = list_length(definition.keys);
        for (int i = 0; i < count; i++)
            if (index->rd_index->indkey.values[i] != column) keys = lappend(keys, list_nth(definition.keys, i));
        for (int i = 0; i < list_length(definition.included); i++)
            if (index->rd_index->indkey.values[count + i] != column)
                included = lappend(included, list_nth(definition.included, i));
        Made one = make(table, column_names(index, tenant), get_am_name(index->rd_rel->relam), keys, included,
                        definition.tail, taken);
        made = list_make1(one.statement);
        ListCell *cell;
        if (index->rd_rel->relkind == RELKIND_PARTITIONED_INDEX)
            foreach (cell, find_inheritance_children(relid, AccessShareLock))
                made = list_concat(made, rebuild(lfirst_oid(cell), tenant, one.name, taken));
        if (parent) made = attach(made, parent, one.name);
    }
    table_close(table, AccessShareLock);
    index_close(index, AccessShareLock);
    return made;
}

// --- the rest of what broke off -----------------------------------------------------------------------

// The index of a partitioned table whose partitions are to get theirs.
struct Whole {
    Relation index, table;
    Definition definition;
    List **taken;
};

Oid attached_to(Oid parent, Oid partition) {
    if (!OidIsValid(parent)) return InvalidOid;
    ListCell *cell;
    foreach (cell, find_inheritance_children(parent, AccessShareLock))
        if (IndexGetRelation(lfirst_oid(cell), false) == partition) return lfirst_oid(cell);
    return InvalidOid;
}

// What ATTACH PARTITION asks, and the order of the keys.
bool fits(const Whole &whole, Relation table, Relation index) {
    if (index->rd_rel->relispartition || index->rd_index->indisunique || index->rd_index->indisexclusion) return false;
    AttrMap *map = pg::columns_by_name(RelationGetDescr(table), RelationGetDescr(whole.table));
    if (!CompareIndexInfo(BuildIndexInfo(index), BuildIndexInfo(whole.index), index->rd_indcollation,
                          whole.index->rd_indcollation, index->rd_opfamily, whole.index->rd_opfamily, map))
        return false;
    return memcmp(index->rd_indoption, whole.index->rd_indoption,
                  sizeof(int16) * static_cast<Size>(IndexRelationGetNumberOfKeyAttributes(index))) == 0;
}

// A valid one, else one whose build broke off.
Oid own_index(const Whole &whole, Relation table) {
    Oid found = InvalidOid;
    ListCell *cell;
    foreach (cell, RelationGetIndexList(table)) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        bool good = index->rd_index->indislive && fits(whole, table, index);
        bool valid = index->rd_index->indisvalid;
        index_close(index, AccessShareLock);
        if (good && valid) return lfirst_oid(cell);
        if (good) found = lfirst_oid(cell);
    }
    return found;
}

bool is_valid(Oid index) {
    Relation relation = index_open(index, AccessShareLock);
    bool valid = relation->rd_index->indisvalid;
    index_close(relation, AccessShareLock);
    return valid;
}

// The partition's part in an index of its parent, `parent`: InvalidOid when that is still to be made under that name.
List *finish_partition(const Whole &whole, Oid partition, Oid parent, const char *parent_name) {
    Oid index = attached_to(parent, partition);
    if (OidIsValid(index) && is_valid(index)) return NIL;
    Relation table = table_open(partition, AccessShareLock);
    if (!OidIsValid(index)) index = own_index(whole, table);
    const char *name = OidIsValid(index) ? ddl::name_of(index) : nullptr;
    bool partitioned = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
    bool done = OidIsValid(index) && is_valid(index);
    List *made = NIL;
    if (!name) {
        Made one = make(table, column_names(whole.index, nullptr), get_am_name(whole.index->rd_rel->relam),
                        whole.definition.keys, whole.definition.included, whole.definition.tail, whole.taken);
        made = list_make1(one.statement);
        name = one.name;
    } else if (!done && !partitioned) {
        made = list_make1(format("REINDEX INDEX CONCURRENTLY %s", name));
    }
    ListCell *cell;
    if (partitioned && !done)
        foreach (cell, find_inheritance_children(partition, AccessShareLock))
            made = list_concat(made, finish_partition(whole, lfirst_oid(cell), index, name));
    table_close(table, AccessShareLock);
    // Of one that is attached already it makes PostgreSQL look again whether the parent's is valid now.
    return attach(made, parent_name, name);
}

}  // namespace

List *rebuild(const Index *index, const char *tenant, List **taken) {
    return rebuild(index->oid, tenant, nullptr, taken);
}

List *finish(const Index *index, List **taken) {
    Relation relation = index_open(index->oid, AccessShareLock);
    Relation table = table_open(relation->rd_index->indrelid, AccessShareLock);
    Whole whole{relation, table, {}, taken};
    List *made = NIL;
    ListCell *cell;
    if (take_apart(relation, &whole.definition))
        foreach (cell, find_inheritance_children(RelationGetRelid(table), AccessShareLock))
            made = list_concat(made, finish_partition(whole, lfirst_oid(cell), index->oid, ddl::name_of(index->oid)));
    table_close(table, AccessShareLock);
    index_close(relation, AccessShareLock);
    return made;
}

}  // namespace djust::index_rebuild
