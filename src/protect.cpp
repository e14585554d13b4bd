// Event trigger before a command: the extension finds its schema and what is in it by name, reads its columns by number,
// and without them nobody is the current tenant; and dropping it with CASCADE may open a table.
#include "catalog.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "own_columns.hpp"

namespace {

using namespace djust;

constexpr const char *our_schema = "djust_tenants";

const char *our_relation(const RangeVar *name) {
    if (!name) return nullptr;
    Oid relid = RangeVarGetRelid(name, NoLock, true);
    return OidIsValid(relid) && get_rel_namespace(relid) == catalog::schema() ? name->relname : nullptr;
}

const char *our_function(ObjectType type, ObjectWithArgs *named) {
    Oid function = LookupFuncWithArgs(type, named, true);
    return OidIsValid(function) && get_func_namespace(function) == catalog::schema() ? get_func_name(function) : nullptr;
}

const char *our_type(List *names) {
    Oid type = LookupTypeNameOid(nullptr, makeTypeNameFromNameList(names), true);
    HeapTuple tuple = OidIsValid(type) ? SearchSysCache1(TYPEOID, ObjectIdGetDatum(type)) : nullptr;
    if (!HeapTupleIsValid(tuple)) return nullptr;
    auto *row = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    const char *name = row->typnamespace == catalog::schema() ? pstrdup(NameStr(row->typname)) : nullptr;
    ReleaseSysCache(tuple);
    return name;
}

const char *our_object(ObjectType type, Node *object) {
    switch (type) {
        case OBJECT_FUNCTION:
        case OBJECT_ROUTINE: return our_function(type, castNode(ObjectWithArgs, object));
        case OBJECT_TYPE: return our_type(castNode(List, object));
        default: return nullptr;
    }
}

// What of ours a command would rename or move, or null.
const char *taken_away(const Node *tree) {
    if (IsA(tree, RenameStmt)) {
        const auto *statement = castNode(RenameStmt, tree);
        if (statement->renameType == OBJECT_SCHEMA)
            return strcmp(statement->subname, our_schema) == 0 ? our_schema : nullptr;
        const char *relation = our_relation(statement->relation);
        return relation ? relation : our_object(statement->renameType, statement->object);
    }
    if (IsA(tree, AlterObjectSchemaStmt)) {
        const auto *statement = castNode(AlterObjectSchemaStmt, tree);
        const char *relation = our_relation(statement->relation);
        return relation ? relation : our_object(statement->objectType, statement->object);
    }
    return nullptr;
}

// An ALTER TABLE, ALTER TYPE that changes or drops a column of ours; columns that were added are their owner's business.
// The values of the type are formed here, so that it can get no others.
void refuse_column_change(const AlterTableStmt *statement) {
    const char *relation = our_relation(statement->relation);
    if (!relation) return;
    Oid relid = get_relname_relid(relation, catalog::schema());
    ListCell *cell;
    foreach (cell, statement->cmds) {
        auto *command = static_cast<AlterTableCmd *>(lfirst(cell));
        if (command->subtype == AT_AddColumn && get_rel_relkind(relid) == RELKIND_COMPOSITE_TYPE)
            error::own_column("add", relation, castNode(ColumnDef, command->def)->colname);
        bool drops = command->subtype == AT_DropColumn;
        if ((drops || command->subtype == AT_AlterColumnType) &&
            own_columns::is_ours(relation, get_attnum(relid, command->name)))
            error::own_column(drops ? "drop" : "change", relation, command->name);
    }
}

// What a command drops with CASCADE.
struct Dropped {
    List *extensions, *schemas, *owners;  // the owners with what is theirs
};

Dropped dropped_by(const Node *tree) {
    Dropped dropped{};
    ListCell *cell;
    if (IsA(tree, DropStmt) && castNode(DropStmt, tree)->behavior == DROP_CASCADE) {
        const auto *statement = castNode(DropStmt, tree);
        foreach (cell, statement->objects)
            if (statement->removeType == OBJECT_EXTENSION)
                dropped.extensions = lappend_oid(dropped.extensions, get_extension_oid(strVal(lfirst(cell)), true));
            else if (statement->removeType == OBJECT_SCHEMA)
                dropped.schemas = lappend_oid(dropped.schemas, get_namespace_oid(strVal(lfirst(cell)), true));
    }
    if (IsA(tree, DropOwnedStmt) && castNode(DropOwnedStmt, tree)->behavior == DROP_CASCADE)
        foreach (cell, castNode(DropOwnedStmt, tree)->roles) {
            Oid role = get_rolespec_oid(static_cast<RoleSpec *>(lfirst(cell)), true);
            dropped.owners = lappend_oid(dropped.owners, role);
            dropped.schemas = list_concat(
                dropped.schemas, ddl::query_oids(ddl::format("SELECT oid FROM pg_catalog.pg_namespace "
                                                             "WHERE nspowner OPERATOR(pg_catalog.=) %u", role)));
        }
    return dropped;
}

Oid of_extension(const char *column) {
    List *found = ddl::query_oids(ddl::format("SELECT %s FROM pg_catalog.pg_extension "
                                              "WHERE extname OPERATOR(pg_catalog.=) 'djust_tenants'", column));
    return found ? linitial_oid(found) : InvalidOid;
}

// The extension goes with itself, with its owner, and with the schema that was the first of the search path when it was
// created, which may be another extension's.
bool drops_us(const Dropped &dropped) {
    if (!dropped.extensions && !dropped.schemas && !dropped.owners) return false;
    Oid schema = of_extension("extnamespace");
    return list_member_oid(dropped.extensions, get_extension_oid("djust_tenants", true)) ||
           list_member_oid(dropped.extensions, getExtensionOfObject(NamespaceRelationId, schema)) ||
           list_member_oid(dropped.schemas, schema) || list_member_oid(dropped.owners, of_extension("extowner"));
}

// The policies and defaults go. A table without permissive policies of its own is closed then, one with them is
// governed by those alone.
void warn_of_opened(const Dropped &dropped) {
    ListCell *cell;
    foreach (cell, ddl::query_oids("SELECT DISTINCT p.polrelid FROM pg_catalog.pg_policy p "
                                   "JOIN djust_tenants.scoped_table s ON s.target OPERATOR(pg_catalog.=) p.polrelid "
                                   "WHERE p.polpermissive "
                                   "AND p.polname OPERATOR(pg_catalog.<>) 'djust_tenants_access' "
                                   "ORDER BY p.polrelid")) {
        Oid table = lfirst_oid(cell);
        if (list_member_oid(dropped.schemas, get_rel_namespace(table)) ||
            list_member_oid(dropped.owners, ddl::owner_of(table)))
            continue;
        ereport(WARNING, (errcode(ERRCODE_WARNING),
                          errmsg("table %s is no longer isolated by tenant", ddl::name_of(table)),
                          errdetail("The policies of djust_tenants go with the extension; its own permissive policies "
                                    "stay and decide alone."),
                          errhint("Create the extension again and call djust_tenants.scope_table, or REVOKE the "
                                  "privileges on the table.")));
    }
}

}  // namespace

DJUST_FUNCTION(djust_protect_extension) {
    const Node *tree = ddl::event_of(fcinfo)->parsetree;
    if (creating_extension || !OidIsValid(catalog::schema())) PG_RETURN_NULL();
    // Who is no superuser is refused by PostgreSQL, with its own error; but he may own a schema.
    if (superuser()) {
        if (const char *name = taken_away(tree)) error::own_object(name);
        if (IsA(tree, AlterTableStmt)) refuse_column_change(castNode(AlterTableStmt, tree));
    }
    Dropped dropped = dropped_by(tree);
    if (drops_us(dropped)) warn_of_opened(dropped);
    PG_RETURN_NULL();
}
