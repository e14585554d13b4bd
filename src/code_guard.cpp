#include "code_guard.hpp"

#include "catalog_row.hpp"
#include "copied_code.hpp"
#include "error.hpp"
#include "fence.hpp"
#include "foreign_code.hpp"
#include "policy.hpp"

namespace djust::code_guard {

using catalog_row::Row;

namespace {

// Another tenant's client, or a function, may write the name without its schema, under whatever search path: no other
// schema may have it. Names of relations are names of types as well. Null, or the schema that has it.
const char *schema_with(const char *name, Oid except, Oid catalog_id, Oid index, AttrNumber name_column) {
    const char *found = nullptr;
    Relation objects = table_open(catalog_id, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, name_column, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(name));
    SysScanDesc scan = systable_beginscan(objects, index, true, nullptr, 1, &key);
    while (HeapTuple tuple = systable_getnext(scan)) {
        Oid schema;
        if (catalog_id == RelationRelationId) {
            auto *row = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
            if (row->relkind == RELKIND_INDEX || row->relkind == RELKIND_PARTITIONED_INDEX) continue;
            schema = row->relnamespace;
        } else {
            schema = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typnamespace;
        }
        // Temporary relations of other sessions are met by nobody else; the information schema is on no search path.
        if (schema == except || isAnyTempNamespace(schema) || schema == PG_TOAST_NAMESPACE) continue;
        const char *name_of = get_namespace_name(schema);
        if (!name_of || strcmp(name_of, "information_schema") == 0) continue;
        found = name_of;
        break;
    }
    systable_endscan(scan);
    table_close(objects, AccessShareLock);
    return found;
}

void refuse_shadow(const char *name, Oid schema) {
    const char *other = schema_with(name, schema, RelationRelationId, ClassNameNspIndexId, Anum_pg_class_relname);
    if (!other) other = schema_with(name, schema, TypeRelationId, TypeNameNspIndexId, Anum_pg_type_typname);
    if (other) error::shadow_refused(name, other);
}

bool has_expression(const List *elements) {
    ListCell *cell;
    foreach (cell, elements) {
        auto *node = static_cast<Node *>(lfirst(cell));
        if (IsA(node, PartitionElem) && castNode(PartitionElem, node)->expr) return true;
        if (IsA(node, StatsElem) && castNode(StatsElem, node)->expr) return true;
    }
    return false;
}

// A password of its own is a tenant's affair where the login is that tenant's alone. One that many tenants' requests share
// would lock all of them out, or let somebody in.
bool is_own_login(const AlterRoleStmt *statement) {
    Oid role = get_rolespec_oid(statement->role, true);
    return OidIsValid(role) && role == GetSessionUserId() && fence::has_any(role);
}

// Commands that leave neither code nor settings behind; what they make on their way is looked at in created().
bool is_harmless(const Node *tree) {
    switch (nodeTag(tree)) {
        // Relations
        case T_CreateStmt: {
            const auto *spec = castNode(CreateStmt, tree)->partspec;
            return !spec || !has_expression(spec->partParams);
        }
        case T_CreateTableAsStmt: return castNode(CreateTableAsStmt, tree)->objtype == OBJECT_TABLE;
        case T_AlterTableStmt: {
            ObjectType type = castNode(AlterTableStmt, tree)->objtype;
            return type != OBJECT_TYPE && type != OBJECT_VIEW && type != OBJECT_MATVIEW && type != OBJECT_FOREIGN_TABLE;
        }
        case T_CreateStatsStmt: {
            // LIKE makes such commands, of statistics that are there.
            const auto *statement = castNode(CreateStatsStmt, tree);
            return statement->transformed || !has_expression(statement->exprs);
        }
        case T_IndexStmt:
        case T_CreateSeqStmt:
        case T_AlterSeqStmt:
        case T_AlterStatsStmt:
        case T_AlterTableMoveAllStmt:
        case T_RefreshMatViewStmt:
        case T_TruncateStmt:
        case T_VacuumStmt:
        case T_ClusterStmt:
        case T_ReindexStmt:
        // Anything
        case T_CommentStmt:
        case T_SecLabelStmt:
        case T_GrantStmt:
        case T_GrantRoleStmt:
        case T_AlterDefaultPrivilegesStmt:
        // Roles, databases and tablespaces, without their settings
        case T_CreateRoleStmt:
        case T_DropRoleStmt:
        case T_CreatedbStmt:
        case T_AlterDatabaseStmt:
        case T_AlterDatabaseRefreshCollStmt:
        case T_DropdbStmt:
        case T_CreateTableSpaceStmt:
        case T_AlterTableSpaceOptionsStmt:
        case T_DropTableSpaceStmt:
        // What is gone then
        case T_DropUserMappingStmt:
        case T_DropSubscriptionStmt:
        // These were looked at before they came here.
        case T_RenameStmt:
        case T_AlterObjectSchemaStmt: return true;
        case T_AlterRoleStmt: return is_own_login(castNode(AlterRoleStmt, tree));
        case T_DropStmt:
            switch (castNode(DropStmt, tree)->removeType) {
                case OBJECT_TABLE:
                case OBJECT_FOREIGN_TABLE:
                case OBJECT_INDEX:
                case OBJECT_SEQUENCE:
                case OBJECT_STATISTIC_EXT:
                // Views are refused in dropping(), with a better word; the policies that isolate are policy_guard's.
                case OBJECT_VIEW:
                case OBJECT_POLICY: return true;
                default: return false;
            }
        default: return false;
    }
}

bool is_relation(ObjectType type) {
    switch (type) {
        case OBJECT_TABLE:
        case OBJECT_FOREIGN_TABLE:
        case OBJECT_SEQUENCE:
        case OBJECT_VIEW:
        case OBJECT_MATVIEW:
        case OBJECT_INDEX: return true;  // ALTER INDEX ... RENAME takes tables too
        default: return false;
    }
}

// What a name says can be different from what the command finds, if it is changed meanwhile: the schema that is left
// out of the comparison, no more.
void check_rename(const RenameStmt *statement) {
    switch (statement->renameType) {
        // Of what belongs to all tenants they are refused by table_guard.
        case OBJECT_COLUMN:
        case OBJECT_TABCONSTRAINT:
        case OBJECT_DATABASE:
        case OBJECT_ROLE:
        case OBJECT_TABLESPACE:
        case OBJECT_STATISTIC_EXT: return;
        default: break;
    }
    if (!is_relation(statement->renameType)) error::code_refused(GetCommandTagName(CreateCommandTag((Node *)statement)));
    refuse_shadow(statement->newname, InvalidOid);
}

void check_move(const AlterObjectSchemaStmt *statement) {
    if (!is_relation(statement->objectType))
        error::code_refused(GetCommandTagName(CreateCommandTag((Node *)statement)));
    Oid relid = command::named(statement->relation);
    if (OidIsValid(relid)) refuse_shadow(statement->relation->relname, get_rel_namespace(relid));
}

// Evaluated on the rows that are there, of all tenants, an expression tells of them: by its error, or by none.
void check_expression(Oid relid, const Node *expression, const char *what, bool looks_at_rows) {
    if (!expression) return;
    foreign_code::Reason reason{};
    if (foreign_code::may_run(expression, &reason) && !copied_code::is_copy(expression, relid))
        error::expression_refused(relid, what, foreign_code::describe(reason));
    if (looks_at_rows && policy::is_scoped(relid)) error::all_rows_refused(relid, what);
}

void check_default(Oid relid, int column) {
    Row row = catalog_row::find(AttrDefaultRelationId, AttrDefaultIndexId, Anum_pg_attrdef_adrelid, relid,
                          Anum_pg_attrdef_adnum, column);
    Node *expression = HeapTupleIsValid(row.tuple) ? catalog_row::expression_in(row, Anum_pg_attrdef_adbin) : nullptr;
    catalog_row::done(row);
    row = catalog_row::find(AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid, relid,
                  Anum_pg_attribute_attnum, column);
    bool generated =
        HeapTupleIsValid(row.tuple) && reinterpret_cast<Form_pg_attribute>(GETSTRUCT(row.tuple))->attgenerated;
    catalog_row::done(row);
    check_expression(relid, expression, generated ? "The generated column" : "The default", generated);
}

void check_constraint(Oid constraint) {
    Row row = catalog_row::find(ConstraintRelationId, ConstraintOidIndexId, Anum_pg_constraint_oid, constraint);
    Node *expression = nullptr;
    Oid relid = InvalidOid;
    if (HeapTupleIsValid(row.tuple)) {
        auto *found = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(row.tuple));
        relid = found->conrelid;
        // A partition's own were its parent's before.
        if (found->coninhcount == 0) expression = catalog_row::expression_in(row, Anum_pg_constraint_conbin);
    }
    catalog_row::done(row);
    check_expression(relid, expression, "The constraint", true);
}

void check_relation(Oid relid, bool internal) {
    Row row = catalog_row::find(RelationRelationId, ClassOidIndexId, Anum_pg_class_oid, relid);
    if (!HeapTupleIsValid(row.tuple)) {
        catalog_row::done(row);
        return;
    }
    auto *found = reinterpret_cast<Form_pg_class>(GETSTRUCT(row.tuple));
    char kind = found->relkind;
    Oid schema = found->relnamespace;
    const char *name = pstrdup(NameStr(found->relname));
    catalog_row::done(row);
    // Not the new files of CLUSTER and ALTER TABLE, nor TOAST tables. An index can stand before a table too.
    if (!internal && schema != PG_TOAST_NAMESPACE) refuse_shadow(name, schema);
    if (kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX) return;
    // REINDEX makes none that was not there.
    if (command::running()->own || IsA(command::running()->tree, ReindexStmt)) return;
    row = catalog_row::find(IndexRelationId, IndexRelidIndexId, Anum_pg_index_indexrelid, relid);
    bool valid = HeapTupleIsValid(row.tuple);
    Oid table = valid ? reinterpret_cast<Form_pg_index>(GETSTRUCT(row.tuple))->indrelid : InvalidOid;
    Node *keys = valid ? catalog_row::expression_in(row, Anum_pg_index_indexprs) : nullptr;
    Node *predicate = valid ? catalog_row::expression_in(row, Anum_pg_index_indpred) : nullptr;
    catalog_row::done(row);
    check_expression(table, keys, "The index", true);
    check_expression(table, predicate, "The index", true);
}

}  // namespace

void check(const command::Command &command) {
    if (!command::is_guarded(&command) || command.own) return;
    if (IsA(command.tree, RenameStmt)) check_rename(castNode(RenameStmt, command.tree));
    if (IsA(command.tree, AlterObjectSchemaStmt)) check_move(castNode(AlterObjectSchemaStmt, command.tree));
    if (!is_harmless(command.tree))
        error::code_refused(GetCommandTagName(CreateCommandTag(const_cast<Node *>(command.tree))));
}

void created(Oid class_id, Oid object_id, int sub_id, bool internal) {
    const command::Command *running = command::running();
    if (!command::is_guarded(running)) return;
    // The name of what we make for a caller (a view) is his choice; its expressions are ours.
    if (class_id == RelationRelationId && sub_id == 0) check_relation(object_id, internal);
    if (running->own) return;
    if (class_id == AttrDefaultRelationId) check_default(object_id, sub_id);
    if (class_id == ConstraintRelationId) check_constraint(object_id);
}

}  // namespace djust::code_guard
