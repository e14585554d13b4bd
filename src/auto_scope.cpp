// Event trigger: a new table that has one of the columns of djust_tenants.auto_scope is scoped by the command that makes
// it, so that it cannot be forgotten.
#include "catalog.hpp"
#include "command.hpp"
#include "ddl.hpp"
#include "policy.hpp"
#include "scoping.hpp"
#include "settings.hpp"

namespace {

using namespace djust;

bool is_listed(const char *name) {
    const settings::Names &columns = settings::auto_scope();
    for (int i = 0; name && i < columns.count; i++)
        if (columns.list[i] == name) return true;
    return false;
}

// Whether a command can have made such a column. A table that has one already is its owner's decision.
bool makes_column(const Node *tree) {
    ListCell *cell;
    switch (nodeTag(tree)) {
        case T_CreateStmt:
        case T_CreateForeignTableStmt:
        case T_CreateSchemaStmt: return true;
        case T_CreateTableAsStmt: return castNode(CreateTableAsStmt, tree)->objtype == OBJECT_TABLE;
        case T_RenameStmt: {
            const auto *statement = castNode(RenameStmt, tree);
            return (statement->renameType == OBJECT_COLUMN || statement->renameType == OBJECT_ATTRIBUTE) &&
                   is_listed(statement->newname);
        }
        case T_AlterTableStmt:
            foreach (cell, castNode(AlterTableStmt, tree)->cmds) {
                auto *command = static_cast<AlterTableCmd *>(lfirst(cell));
                if (command->subtype == AT_AddColumn && is_listed(castNode(ColumnDef, command->def)->colname))
                    return true;
            }
            return false;
        default: return false;
    }
}

// The first of the listed columns that the relation has; null: none.
const char *listed_column(Oid relid) {
    const settings::Names &columns = settings::auto_scope();
    for (int i = 0; i < columns.count; i++) {
        const char *name = pnstrdup(columns.list[i].data(), columns.list[i].size());
        if (get_attnum(relid, name) > 0) return name;
    }
    return nullptr;
}

// What keeps a column from being a tenant column, in a sentence; null: nothing does.
const char *obstacle(Oid relid, const char *column) {
    if (creating_extension) return "It is a table of an extension, and a dump would not have its policies.";
    if (get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE)
        return "It is a foreign table, and PostgreSQL has no row-level security for those.";
    Relation relation = table_open(relid, AccessShareLock);
    FormData_pg_attribute found = *TupleDescAttr(RelationGetDescr(relation), get_attnum(relid, column) - 1);
    table_close(relation, NoLock);
    if (!catalog::kind_of_base_type(getBaseType(found.atttypid)))
        return ddl::format("Column %s is of type %s.", quote_identifier(column), format_type_be(found.atttypid));
    if (found.attgenerated || found.attidentity)
        return ddl::format("Column %s is generated or an identity.", quote_identifier(column));
    if (OidIsValid(found.attcollation) && !get_collation_isdeterministic(found.attcollation))
        return ddl::format("Column %s has a nondeterministic collation.", quote_identifier(column));
    ListCell *cell;
    foreach (cell, ddl::parents_of(relid))
        if (!scope_plan::is_scoped(lfirst_oid(cell)))
            return ddl::format("It is a partition or child of %s, which is not scoped.", ddl::name_of(lfirst_oid(cell)));
    return nullptr;
}

// pg_dump writes a scoped table with its default and without row security in the session, and its policies later.
bool is_restored(Oid relid, const char *column) {
    if (row_security) return false;
    Relation relation = table_open(relid, AccessShareLock);
    bool restored = policy::is_current(ddl::default_of(relation, get_attnum(relid, column)));
    table_close(relation, NoLock);
    return restored;
}

void consider(Oid relid) {
    const char *column = get_rel_namespace(relid) == catalog::schema() ? nullptr : listed_column(relid);
    if (!column || get_rel_persistence(relid) == RELPERSISTENCE_TEMP || is_restored(relid, column)) return;
    bool is_foreign = get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE;
    if (!is_foreign && scope_plan::is_scoped(relid)) return;
    if (const char *reason = obstacle(relid, column)) {
        ereport(WARNING, (errcode(ERRCODE_WARNING), errmsg("table %s was not scoped", ddl::name_of(relid)),
                          errdetail("%s Setting djust_tenants.auto_scope lists column %s.", reason,
                                    quote_identifier(column)),
                          errhint("Correct it and call djust_tenants.scope_table(%s, %s), or give the column another "
                                  "name.", quote_literal_cstr(ddl::name_of(relid)), quote_literal_cstr(column))));
        return;
    }
    scoping::scope(relid, scoping::Request{column, nullptr, nullptr, nullptr});
    ereport(NOTICE, (errmsg("table %s was scoped by column %s", ddl::name_of(relid), quote_identifier(column)),
                     errdetail("Setting djust_tenants.auto_scope lists the column.")));
}

// ALTER TYPE ... CASCADE changes the tables that were made OF the type, and names none of them.
bool is_of_type(const Node *tree) {
    return IsA(tree, RenameStmt) ? castNode(RenameStmt, tree)->renameType == OBJECT_ATTRIBUTE
                                 : IsA(tree, AlterTableStmt) && castNode(AlterTableStmt, tree)->objtype == OBJECT_TYPE;
}

constexpr const char *tables =
    "SELECT c.objid FROM pg_catalog.pg_event_trigger_ddl_commands() c "
    "JOIN pg_catalog.pg_class r ON r.oid OPERATOR(pg_catalog.=) c.objid "
    "WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
    "AND r.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f}'::pg_catalog.\"char\"[])";
constexpr const char *tables_of_type =
    "SELECT r.oid FROM pg_catalog.pg_event_trigger_ddl_commands() c "
    "JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) c.objid "
    "JOIN pg_catalog.pg_class r ON r.reloftype OPERATOR(pg_catalog.=) t.reltype "
    "WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
    "AND t.relkind OPERATOR(pg_catalog.=) 'c'::pg_catalog.\"char\" "
    "AND r.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog.\"char\"[]) ORDER BY r.oid";

}  // namespace

DJUST_FUNCTION(djust_auto_scope) {
    EventTriggerData *event = ddl::event_of(fcinfo);
    const command::Command *running = command::running();
    if (settings::auto_scope().count == 0 || (running && running->own) || !OidIsValid(catalog::schema()) ||
        !makes_column(event->parsetree))
        PG_RETURN_NULL();
    ListCell *cell;
    foreach (cell, ddl::query_oids(is_of_type(event->parsetree) ? tables_of_type : tables)) consider(lfirst_oid(cell));
    PG_RETURN_NULL();
}
