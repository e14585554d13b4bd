#include "copied_code.hpp"

#include "command.hpp"

namespace djust::copied_code {

namespace {

bool has_only(const AlterTableStmt *statement, AlterTableType type) {
    ListCell *cell;
    foreach (cell, statement->cmds)
        if (static_cast<AlterTableCmd *>(lfirst(cell))->subtype != type) return false;
    return true;
}

// Another type of a column makes defaults, constraints and indexes again; a partition that is detached CONCURRENTLY gets
// its bound as a constraint, and a partition key's expressions are in it. Neither command takes an expression that it
// would keep.
bool remakes(const Node *tree) {
    if (!IsA(tree, AlterTableStmt)) return false;
    const auto *statement = castNode(AlterTableStmt, tree);
    return has_only(statement, AT_AlterColumnType) || has_only(statement, AT_DetachPartition);
}

// What stands in the source, as it would in the copy: columns are other numbers there.
struct Renumbering {
    Oid from, to;
};

bool renumber(Node *node, void *context) {
    if (!node) return false;
    if (IsA(node, Var) && castNode(Var, node)->varattno > 0) {
        const auto *oids = static_cast<Renumbering *>(context);
        auto *column = castNode(Var, node);
        const char *name = get_attname(oids->from, column->varattno, true);
        column->varattno = static_cast<AttrNumber>(name ? get_attnum(oids->to, name) : InvalidAttrNumber);
    }
    return expression_tree_walker(node, pg::walker(renumber), context);
}

// The whole of it, or it could be given other arguments.
bool is_same(const char *text, const Node *expression, Renumbering oids) {
    if (!text) return false;
    auto *copy = static_cast<Node *>(stringToNode(text));
    renumber(copy, &oids);
    return equal(copy, expression);
}

bool is_in_index(Oid index, const Node *expression, Renumbering oids) {
    HeapTuple row = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
    if (!HeapTupleIsValid(row)) return false;
    bool same = false;
    for (int column : {Anum_pg_index_indexprs, Anum_pg_index_indpred}) {
        bool is_null;
        Datum value = SysCacheGetAttr(INDEXRELID, row, static_cast<AttrNumber>(column), &is_null);
        same = same || (!is_null && is_same(TextDatumGetCString(value), expression, oids));
    }
    ReleaseSysCache(row);
    return same;
}

bool is_in(Oid source, const Node *expression, Oid relid) {
    Relation relation = OidIsValid(source) && source != relid ? try_relation_open(source, AccessShareLock) : nullptr;
    if (!relation) return false;
    const Renumbering oids{source, relid};
    bool same = false;
    if (const TupleConstr *constraints = RelationGetDescr(relation)->constr) {
        for (int i = 0; i < constraints->num_defval; i++)
            same = same || is_same(constraints->defval[i].adbin, expression, oids);
        for (int i = 0; i < constraints->num_check; i++)
            same = same || is_same(constraints->check[i].ccbin, expression, oids);
    }
    ListCell *cell;
    foreach (cell, RelationGetIndexList(relation)) same = same || is_in_index(lfirst_oid(cell), expression, oids);
    relation_close(relation, AccessShareLock);
    return same;
}

bool is_in_sources(const command::Command &command, const Node *expression, Oid relid) {
    if (IsA(command.tree, AlterTableStmt) && !has_only(castNode(AlterTableStmt, command.tree), AT_AttachPartition))
        return false;
    ListCell *cell;
    foreach (cell, command.sources)
        if (is_in(lfirst_oid(cell), expression, relid)) return true;
    return false;
}

}  // namespace

bool is_copy(const Node *expression, Oid relid) {
    const command::Command *running = command::running();
    if (remakes(running->tree) || is_in_sources(*running, expression, relid)) return true;
    // LIKE makes commands of what is taken from the other table when the new one is there.
    return running->outer && IsA(running->outer->tree, CreateStmt) && is_in_sources(*running->outer, expression, relid);
}

}  // namespace djust::copied_code
