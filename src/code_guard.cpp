#include "code_guard.hpp"

#include "catalog.hpp"
#include "copied_code.hpp"
#include "error.hpp"
#include "fence.hpp"
#include "foreign_code.hpp"
#include "policy.hpp"
#include "settings.hpp"

namespace djust::code_guard {

namespace {

// Passwords and stored settings are the cluster's: those of one database can be changed from every other one.
bool is_of_all_databases(const Node *tree) {
    return IsA(tree, AlterRoleStmt) || IsA(tree, AlterRoleSetStmt) || IsA(tree, AlterDatabaseSetStmt);
}

bool applies(const command::Command *command) {
    return settings::guard_ddl() && command && command->bound &&
           (OidIsValid(catalog::schema()) || is_of_all_databases(command->tree)) && command::is_guarded(command->user);
}

// The relation that a command names, without a lock: the command takes its own, and upgrading one is a deadlock.
Oid named(const RangeVar *relation) { return relation ? RangeVarGetRelid(relation, NoLock, true) : InvalidOid; }

// What ALTER TABLE changes as well as the command of its own name: a view's options, a foreign table's source.
bool is_code(Oid relid) {
    switch (OidIsValid(relid) ? get_rel_relkind(relid) : '\0') {
        case RELKIND_VIEW:
        case RELKIND_MATVIEW:
        case RELKIND_FOREIGN_TABLE: return true;
        default: return false;
    }
}

// The table of an index; else the relation itself. Invalid when it is gone.
Oid table_of(Oid relid) {
    char kind = OidIsValid(relid) ? get_rel_relkind(relid) : '\0';
    return kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX ? IndexGetRelation(relid, true) : relid;
}

bool is_scoped(Oid relid) { return OidIsValid(relid) && policy::scope_of(relid); }

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
            return type != OBJECT_TYPE && type != OBJECT_VIEW && type != OBJECT_MATVIEW && type != OBJECT_FOREIGN_TABLE &&
                   !is_code(named(castNode(AlterTableStmt, tree)->relation));
        }
        // Of all that were clustered once: scoped ones may be among them.
        case T_ClusterStmt: return castNode(ClusterStmt, tree)->relation != nullptr;
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
        case OBJECT_COLUMN:
        case OBJECT_TABCONSTRAINT: {
            Oid relid = named(statement->relation);
            if (is_scoped(relid)) error::change_refused(relid, "A column or constraint gets another name.");
            if (is_code(relid)) error::code_refused(GetCommandTagName(CreateCommandTag((Node *)statement)));
            return;
        }
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
    Oid relid = named(statement->relation);
    if (OidIsValid(relid)) refuse_shadow(statement->relation->relname, get_rel_namespace(relid));
}

// A row of a catalog that the running command has just written. The caller ends the scan.
struct Written {
    Relation catalog;
    SysScanDesc scan;
    HeapTuple tuple;
};

Written written(Oid catalog_id, Oid index, AttrNumber first, Oid first_value, AttrNumber second = 0, int second_value = 0) {
    Written row;
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], first, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(first_value));
    if (second)
        ScanKeyInit(&keys[1], second, BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum(static_cast<int16>(second_value)));
    row.catalog = table_open(catalog_id, AccessShareLock);
    row.scan = systable_beginscan(row.catalog, index, true, SnapshotSelf, second ? 2 : 1, keys);
    row.tuple = systable_getnext(row.scan);
    return row;
}

void done(const Written &row) {
    systable_endscan(row.scan);
    table_close(row.catalog, AccessShareLock);
}

Node *expression_in(const Written &row, AttrNumber column) {
    bool is_null;
    Datum value = heap_getattr(row.tuple, column, RelationGetDescr(row.catalog), &is_null);
    return is_null ? nullptr : static_cast<Node *>(stringToNode(TextDatumGetCString(value)));
}

// Evaluated on the rows that are there, of all tenants, an expression tells of them: by its error, or by none.
void check_expression(Oid relid, const Node *expression, const char *what, bool looks_at_rows) {
    if (!expression) return;
    foreign_code::Reason reason{};
    if (foreign_code::may_run(expression, &reason) && !copied_code::is_copy(expression, relid))
        error::expression_refused(relid, what, foreign_code::describe(reason));
    if (looks_at_rows && policy::scope_of(relid)) error::all_rows_refused(relid, what);
}

void check_default(Oid relid, int column) {
    Written row = written(AttrDefaultRelationId, AttrDefaultIndexId, Anum_pg_attrdef_adrelid, relid,
                          Anum_pg_attrdef_adnum, column);
    Node *expression = HeapTupleIsValid(row.tuple) ? expression_in(row, Anum_pg_attrdef_adbin) : nullptr;
    done(row);
    row = written(AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid, relid,
                  Anum_pg_attribute_attnum, column);
    bool generated =
        HeapTupleIsValid(row.tuple) && reinterpret_cast<Form_pg_attribute>(GETSTRUCT(row.tuple))->attgenerated;
    done(row);
    check_expression(relid, expression, generated ? "The generated column" : "The default", generated);
}

void check_constraint(Oid constraint) {
    Written row = written(ConstraintRelationId, ConstraintOidIndexId, Anum_pg_constraint_oid, constraint);
    Node *expression = nullptr;
    Oid relid = InvalidOid, referenced = InvalidOid;
    if (HeapTupleIsValid(row.tuple)) {
        auto *found = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(row.tuple));
        relid = found->conrelid;
        // A partition's are its parent's.
        if (found->contype == CONSTRAINT_FOREIGN && !OidIsValid(found->conparentid)) referenced = found->confrelid;
        // A partition's own were its parent's before.
        if (found->coninhcount == 0) expression = expression_in(row, Anum_pg_constraint_conbin);
    }
    done(row);
    check_expression(relid, expression, "The constraint", true);
    if (!OidIsValid(referenced)) return;
    if (is_scoped(relid)) error::foreign_key_refused(relid);
    if (is_scoped(referenced)) error::foreign_key_refused(referenced);
}

// Whether no row can be refused by the index, now or later: then neither its making nor another tenant's write fails. A
// value of variable length can be too long for any, and those of other access methods have conditions of their own.
bool takes_every_value(Oid access_method, const FormData_pg_index *index) {
    if (access_method != BTREE_AM_OID && access_method != HASH_AM_OID) return false;
    for (int i = 0; i < index->indnatts; i++) {
        AttrNumber column = index->indkey.values[i];
        if (column <= 0) return false;
        HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(index->indrelid), Int16GetDatum(column));
        if (!HeapTupleIsValid(tuple)) return false;
        bool is_fixed = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attlen > 0;
        ReleaseSysCache(tuple);
        if (!is_fixed) return false;
    }
    return true;
}

void check_relation(Oid relid, bool internal) {
    Written row = written(RelationRelationId, ClassOidIndexId, Anum_pg_class_oid, relid);
    if (!HeapTupleIsValid(row.tuple)) {
        done(row);
        return;
    }
    auto *found = reinterpret_cast<Form_pg_class>(GETSTRUCT(row.tuple));
    char kind = found->relkind;
    Oid access_method = found->relam;
    Oid schema = found->relnamespace;
    const char *name = pstrdup(NameStr(found->relname));
    done(row);
    // Not the new files of CLUSTER and ALTER TABLE, nor TOAST tables. An index can stand before a table too.
    if (!internal && schema != PG_TOAST_NAMESPACE) refuse_shadow(name, schema);
    if (kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX) return;
    // REINDEX makes none that was not there.
    if (command::running()->own || IsA(command::running()->tree, ReindexStmt)) return;
    row = written(IndexRelationId, IndexRelidIndexId, Anum_pg_index_indexrelid, relid);
    bool valid = HeapTupleIsValid(row.tuple);
    Oid table = valid ? reinterpret_cast<Form_pg_index>(GETSTRUCT(row.tuple))->indrelid : InvalidOid;
    Node *keys = valid ? expression_in(row, Anum_pg_index_indexprs) : nullptr;
    Node *predicate = valid ? expression_in(row, Anum_pg_index_indpred) : nullptr;
    // Of another tenant's rows too the error has the values.
    bool compares = valid && (reinterpret_cast<Form_pg_index>(GETSTRUCT(row.tuple))->indisunique ||
                              reinterpret_cast<Form_pg_index>(GETSTRUCT(row.tuple))->indisexclusion);
    bool takes_all = valid && takes_every_value(access_method, reinterpret_cast<Form_pg_index>(GETSTRUCT(row.tuple)));
    done(row);
    if (compares && policy::scope_of(table)) error::all_rows_refused(table, "The unique index");
    if (!takes_all && !keys && !predicate && policy::scope_of(table))
        error::all_rows_refused(table, "The index, which some values do not fit into,");
    check_expression(table, keys, "The index", true);
    check_expression(table, predicate, "The index", true);
}

// A table under the same name that is not scoped, or not behind that view, would be given what the next tenant writes.
void refuse_replacing(Oid relid) {
    if (get_rel_persistence(relid) == RELPERSISTENCE_TEMP) return;
    char kind = get_rel_relkind(relid);
    bool is_table = kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
    if (kind == RELKIND_VIEW || kind == RELKIND_MATVIEW || (is_table && policy::scope_of(relid)))
        error::replacing_refused(relid);
}

// The statistics and the options of a table are nobody's rows; everything else that ALTER TABLE does looks at the rows of
// all tenants, throws them away, or changes what the next tenant's statements do (SET STORAGE PLAIN: which rows are too
// big; CLUSTER ON: in which order a later CLUSTER lays the rows).
bool is_upkeep(AlterTableType type) {
    switch (type) {
        case AT_SetStatistics:
        case AT_SetOptions:
        case AT_ResetOptions:
        case AT_SetCompression:
        case AT_SetRelOptions:
        case AT_ResetRelOptions:
        case AT_DropCluster:
        // What opens the table is policy_guard's, which knows what is left of its isolation.
        case AT_EnableRowSecurity:
        case AT_DisableRowSecurity:
        case AT_ForceRowSecurity:
        case AT_NoForceRowSecurity: return true;
        default: return false;
    }
}

bool is_upkeep(const AlterTableStmt *statement) {
    ListCell *cell;
    foreach (cell, statement->cmds)
        if (!is_upkeep(static_cast<AlterTableCmd *>(lfirst(cell))->subtype)) return false;
    return true;
}

constexpr const char *alters = "ALTER TABLE looks at the rows of all tenants, or changes what the next tenant meets.";

// A scoped table that has values of the type in a column, be it in an array, a domain or another row; else invalid.
Oid scoped_user_of(Oid type) {
    check_stack_depth();
    Oid found = InvalidOid;
    if (!OidIsValid(type)) return found;
    Relation depend = table_open(DependRelationId, AccessShareLock);
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(TypeRelationId));
    ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
    SysScanDesc scan = systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
    for (HeapTuple tuple; !OidIsValid(found) && HeapTupleIsValid(tuple = systable_getnext(scan));) {
        auto *row = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
        if (row->classid == TypeRelationId) {  // its array, or a domain over it
            found = scoped_user_of(row->objid);
        } else if (row->classid == RelationRelationId && row->objsubid > 0) {
            found = is_scoped(row->objid) ? row->objid : scoped_user_of(get_rel_type_id(row->objid));
        }
    }
    systable_endscan(scan);
    table_close(depend, AccessShareLock);
    return found;
}

Oid scoped_user_of_row_type(Oid relid) {
    return OidIsValid(relid) ? scoped_user_of(get_rel_type_id(relid)) : InvalidOid;
}

void check_alter(const AlterTableStmt *statement) {
    if (is_upkeep(statement)) return;
    Oid relid = table_of(named(statement->relation));
    if (is_scoped(relid)) error::change_refused(relid, alters);
    if (Oid user = scoped_user_of_row_type(relid); OidIsValid(user))
        error::change_refused(user, "The altered table's row type is the type of a column of it.");
    // A partition or child brings its rows with it.
    ListCell *cell;
    foreach (cell, statement->cmds) {
        const Node *definition = static_cast<AlterTableCmd *>(lfirst(cell))->def;
        if (!definition) continue;
        const RangeVar *other = IsA(definition, PartitionCmd) ? castNode(PartitionCmd, definition)->name
                                : IsA(definition, RangeVar)   ? reinterpret_cast<const RangeVar *>(definition)
                                                              : nullptr;
        Oid other_relid = named(other);
        if (is_scoped(other_relid)) error::change_refused(other_relid, alters);
    }
}

// The place of a row of one's own among the rows, in the order of an index, is its rank among all tenants' values.
void check_cluster(const ClusterStmt *statement) {
    Oid relid = named(statement->relation);
    if (is_scoped(relid)) error::change_refused(relid, "CLUSTER lays the rows of all tenants in one order, which tells of their values.");
}

void check_create(const CreateStmt *statement) {
    ListCell *cell;
    foreach (cell, statement->inhRelations) {
        Oid relid = named(static_cast<const RangeVar *>(lfirst(cell)));
        if (is_scoped(relid))
            error::change_refused(relid, "A partition or child of it would be made, and what the table has be compared.");
    }
}

// What belongs to a table and can be dropped without it.
struct Part {
    Oid relid;
    const char *what;  // null: it is no such part
};

Part part_of(Oid class_id, Oid object_id, int sub_id) {
    if (class_id == RelationRelationId) return {object_id, sub_id > 0 ? "A column" : nullptr};
    Oid index, key, relid = InvalidOid;
    const char *what;
    if (class_id == AttrDefaultRelationId) {
        index = AttrDefaultOidIndexId, key = Anum_pg_attrdef_oid, what = "A default";
    } else if (class_id == ConstraintRelationId) {
        index = ConstraintOidIndexId, key = Anum_pg_constraint_oid, what = "A constraint";
    } else if (class_id == PolicyRelationId) {
        index = PolicyOidIndexId, key = Anum_pg_policy_oid, what = "A policy";
    } else {
        return {};
    }
    Written row = written(class_id, index, static_cast<AttrNumber>(key), object_id);
    if (HeapTupleIsValid(row.tuple)) {
        void *fields = GETSTRUCT(row.tuple);
        relid = class_id == AttrDefaultRelationId  ? static_cast<Form_pg_attrdef>(fields)->adrelid
                : class_id == ConstraintRelationId ? static_cast<Form_pg_constraint>(fields)->conrelid
                                                   : static_cast<Form_pg_policy>(fields)->polrelid;
    }
    done(row);
    return {relid, what};
}

// Whether the command drops the table itself: that is refused with a better word.
bool drops(const Node *tree, Oid relid) {
    if (!IsA(tree, DropStmt) || castNode(DropStmt, tree)->removeType != OBJECT_TABLE) return false;
    ListCell *cell;
    foreach (cell, castNode(DropStmt, tree)->objects)
        if (named(makeRangeVarFromNameList(static_cast<List *>(lfirst(cell)))) == relid) return true;
    return false;
}

}  // namespace

void check(const command::Command &command) {
    if (!applies(&command) || command.own) return;
    if (IsA(command.tree, RenameStmt)) check_rename(castNode(RenameStmt, command.tree));
    if (IsA(command.tree, AlterObjectSchemaStmt)) check_move(castNode(AlterObjectSchemaStmt, command.tree));
    if (IsA(command.tree, AlterTableStmt)) check_alter(castNode(AlterTableStmt, command.tree));
    if (IsA(command.tree, CreateStmt)) check_create(castNode(CreateStmt, command.tree));
    if (IsA(command.tree, ClusterStmt)) check_cluster(castNode(ClusterStmt, command.tree));
    if (!is_harmless(command.tree))
        error::code_refused(GetCommandTagName(CreateCommandTag(const_cast<Node *>(command.tree))));
}

void created(Oid class_id, Oid object_id, int sub_id, bool internal) {
    const command::Command *running = command::running();
    if (!applies(running)) return;
    // The name of what we make for a caller (a view) is his choice; its expressions are ours.
    if (class_id == RelationRelationId && sub_id == 0) check_relation(object_id, internal);
    if (running->own) return;
    if (class_id == AttrDefaultRelationId) check_default(object_id, sub_id);
    if (class_id == ConstraintRelationId) check_constraint(object_id);
}

void dropping(Oid relid) {
    const command::Command *running = command::running();
    if (!OidIsValid(relid) || !applies(running) || running->own) return;
    if (!IsA(running->tree, DropStmt)) {
        // By what else drops things, with what they depend on.
        refuse_replacing(relid);
        return;
    }
    ObjectType type = castNode(DropStmt, running->tree)->removeType;
    // What opens a table that stays is policy_guard's.
    if (type == OBJECT_POLICY) return;
    if (type == OBJECT_INDEX) {
        Oid table = IndexGetRelation(relid, true);
        if (is_scoped(table)) error::change_refused(table, "The index belongs to it.");
    }
    refuse_replacing(relid);
}

void dropping_part(Oid class_id, Oid object_id, int sub_id) {
    const command::Command *running = command::running();
    if (!applies(running) || running->own) return;
    Part part = part_of(class_id, object_id, sub_id);
    if (!part.what || !is_scoped(part.relid) || drops(running->tree, part.relid)) return;
    error::change_refused(part.relid, psprintf("%s of it is dropped, by itself or with what it depends on.", part.what));
}

void altered(Oid relid, int sub_id) {
    const command::Command *running = command::running();
    if (!applies(running) || running->own) return;
    bool renames = IsA(running->tree, RenameStmt) || IsA(running->tree, AlterObjectSchemaStmt);
    Oid table = table_of(relid);
    if (sub_id == 0 && renames) {
        refuse_replacing(relid);
        // ON CONFLICT ON CONSTRAINT says the index's name.
        if (table != relid && is_scoped(table)) error::change_refused(table, "An index of it gets another name.");
    }
    // Whatever the names have led to.
    if (!IsA(running->tree, AlterTableStmt)) return;
    if (is_code(relid)) error::code_refused("ALTER TABLE");
    if (!is_upkeep(castNode(AlterTableStmt, running->tree)) && is_scoped(table)) error::change_refused(table, alters);
}

}  // namespace djust::code_guard
