#include "table_guard.hpp"

#include "catalog_row.hpp"
#include "error.hpp"
#include "policy.hpp"

namespace djust::table_guard {

using catalog_row::Row;

namespace {

const char *command_tag(Node *tree) { return GetCommandTagName(CreateCommandTag(tree)); }

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

// A table under the same name that is not scoped, or not behind that view, would be given what the next tenant writes.
void refuse_replacing(Oid relid) {
    if (get_rel_persistence(relid) == RELPERSISTENCE_TEMP) return;
    char kind = get_rel_relkind(relid);
    bool is_table = kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
    if (kind == RELKIND_VIEW || kind == RELKIND_MATVIEW || (is_table && policy::is_scoped(relid)))
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
            found = policy::is_scoped(row->objid) ? row->objid : scoped_user_of(get_rel_type_id(row->objid));
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
    if (is_code(command::named(statement->relation))) error::code_refused(command_tag((Node *)statement));
    if (is_upkeep(statement)) return;
    Oid relid = table_of(command::named(statement->relation));
    if (policy::is_scoped(relid)) error::change_refused(relid, alters);
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
        Oid other_relid = command::named(other);
        if (policy::is_scoped(other_relid)) error::change_refused(other_relid, alters);
    }
}

void check_rename(const RenameStmt *statement) {
    if (statement->renameType != OBJECT_COLUMN && statement->renameType != OBJECT_TABCONSTRAINT) return;
    Oid relid = command::named(statement->relation);
    if (policy::is_scoped(relid)) error::change_refused(relid, "A column or constraint gets another name.");
    if (is_code(relid)) error::code_refused(command_tag((Node *)statement));
}

// The place of a row of one's own among the rows, in the order of an index, is its rank among all tenants' values.
void check_cluster(const ClusterStmt *statement) {
    // Of all that were clustered once: scoped ones may be among them.
    if (!statement->relation) error::code_refused("CLUSTER");
    Oid relid = command::named(statement->relation);
    if (policy::is_scoped(relid))
        error::change_refused(relid, "CLUSTER lays the rows of all tenants in one order, which tells of their values.");
}

void check_create(const CreateStmt *statement) {
    ListCell *cell;
    foreach (cell, statement->inhRelations) {
        Oid relid = command::named(static_cast<const RangeVar *>(lfirst(cell)));
        if (policy::is_scoped(relid))
            error::change_refused(relid, "A partition or child of it would be made, and what the table has be compared.");
    }
}

// Of another tenant's rows too a unique index's error has the values; an expression or a condition is code_guard's.
void check_index(Oid relid) {
    Row row = catalog_row::find(RelationRelationId, ClassOidIndexId, Anum_pg_class_oid, relid);
    Oid access_method =
        HeapTupleIsValid(row.tuple) ? reinterpret_cast<Form_pg_class>(GETSTRUCT(row.tuple))->relam : InvalidOid;
    catalog_row::done(row);
    row = catalog_row::find(IndexRelationId, IndexRelidIndexId, Anum_pg_index_indexrelid, relid);
    if (HeapTupleIsValid(row.tuple)) {
        const auto *index = reinterpret_cast<Form_pg_index>(GETSTRUCT(row.tuple));
        if (policy::is_scoped(index->indrelid)) {
            if (index->indisunique || index->indisexclusion) error::all_rows_refused(index->indrelid, "The unique index");
            bool is_plain = !catalog_row::expression_in(row, Anum_pg_index_indexprs) &&
                            !catalog_row::expression_in(row, Anum_pg_index_indpred);
            if (is_plain && !takes_every_value(access_method, index))
                error::all_rows_refused(index->indrelid, "The index, which some values do not fit into,");
        }
    }
    catalog_row::done(row);
}

void check_foreign_key(Oid constraint) {
    Row row = catalog_row::find(ConstraintRelationId, ConstraintOidIndexId, Anum_pg_constraint_oid, constraint);
    Oid relid = InvalidOid, referenced = InvalidOid;
    if (HeapTupleIsValid(row.tuple)) {
        const auto *found = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(row.tuple));
        relid = found->conrelid;
        // A partition's are its parent's.
        if (found->contype == CONSTRAINT_FOREIGN && !OidIsValid(found->conparentid)) referenced = found->confrelid;
    }
    catalog_row::done(row);
    if (!OidIsValid(referenced)) return;
    if (policy::is_scoped(relid)) error::foreign_key_refused(relid);
    if (policy::is_scoped(referenced)) error::foreign_key_refused(referenced);
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
    Row row = catalog_row::find(class_id, index, static_cast<AttrNumber>(key), object_id);
    if (HeapTupleIsValid(row.tuple)) {
        void *fields = GETSTRUCT(row.tuple);
        relid = class_id == AttrDefaultRelationId  ? static_cast<Form_pg_attrdef>(fields)->adrelid
                : class_id == ConstraintRelationId ? static_cast<Form_pg_constraint>(fields)->conrelid
                                                   : static_cast<Form_pg_policy>(fields)->polrelid;
    }
    catalog_row::done(row);
    return {relid, what};
}

// Whether the command drops the table itself: that is refused with a better word.
bool drops(const Node *tree, Oid relid) {
    if (!IsA(tree, DropStmt) || castNode(DropStmt, tree)->removeType != OBJECT_TABLE) return false;
    ListCell *cell;
    foreach (cell, castNode(DropStmt, tree)->objects)
        if (command::named(makeRangeVarFromNameList(static_cast<List *>(lfirst(cell)))) == relid) return true;
    return false;
}

}  // namespace

void check(const command::Command &command) {
    if (!command::is_guarded(&command) || command.own) return;
    if (IsA(command.tree, RenameStmt)) check_rename(castNode(RenameStmt, command.tree));
    if (IsA(command.tree, AlterTableStmt)) check_alter(castNode(AlterTableStmt, command.tree));
    if (IsA(command.tree, CreateStmt)) check_create(castNode(CreateStmt, command.tree));
    if (IsA(command.tree, ClusterStmt)) check_cluster(castNode(ClusterStmt, command.tree));
}

void created(Oid class_id, Oid object_id, int sub_id) {
    const command::Command *running = command::running();
    if (!command::is_guarded(running) || running->own) return;
    if (class_id == ConstraintRelationId) check_foreign_key(object_id);
    // REINDEX makes none that was not there.
    if (class_id == RelationRelationId && sub_id == 0 && !IsA(running->tree, ReindexStmt)) check_index(object_id);
}

void dropping(Oid relid) {
    const command::Command *running = command::running();
    if (!OidIsValid(relid) || !command::is_guarded(running) || running->own) return;
    // Other commands drop things too, with what these depend on.
    if (IsA(running->tree, DropStmt)) {
        ObjectType type = castNode(DropStmt, running->tree)->removeType;
        // What opens a table that stays is policy_guard's.
        if (type == OBJECT_POLICY) return;
        Oid table = table_of(relid);
        if (type == OBJECT_INDEX && table != relid && policy::is_scoped(table))
            error::change_refused(table, "The index belongs to it.");
    }
    refuse_replacing(relid);
}

void dropping_part(Oid class_id, Oid object_id, int sub_id) {
    const command::Command *running = command::running();
    if (!command::is_guarded(running) || running->own) return;
    Part part = part_of(class_id, object_id, sub_id);
    if (!part.what || !policy::is_scoped(part.relid) || drops(running->tree, part.relid)) return;
    error::change_refused(part.relid, psprintf("%s of it is dropped, by itself or with what it depends on.", part.what));
}

void altered(Oid relid, int sub_id) {
    const command::Command *running = command::running();
    if (!command::is_guarded(running) || running->own) return;
    bool renames = IsA(running->tree, RenameStmt) || IsA(running->tree, AlterObjectSchemaStmt);
    Oid table = table_of(relid);
    if (sub_id == 0 && renames) {
        refuse_replacing(relid);
        // ON CONFLICT ON CONSTRAINT says the index's name.
        if (table != relid && policy::is_scoped(table)) error::change_refused(table, "An index of it gets another name.");
    }
    // Whatever the names have led to.
    if (!IsA(running->tree, AlterTableStmt)) return;
    if (is_code(relid)) error::code_refused("ALTER TABLE");
    if (!is_upkeep(castNode(AlterTableStmt, running->tree)) && policy::is_scoped(table))
        error::change_refused(table, alters);
}

}  // namespace djust::table_guard
