#include "copy_checks.hpp"

namespace djust::copy_checks {

namespace {

struct Columns {
    TupleDesc descriptor;
    bool has_generated;
};

// Finds what a WHERE clause of COPY cannot have: sub-selects, generated columns (not computed yet), system columns.
bool find_misfit(Node *node, void *context) {
    if (!node) return false;
    if (IsA(node, SubLink) || IsA(node, Query)) return true;
    if (IsA(node, Var)) {
        const auto *columns = static_cast<Columns *>(context);
        AttrNumber number = castNode(Var, node)->varattno;
        if (number < 0) return true;
        if (number == 0) return columns->has_generated;  // the whole row
        return TupleDescAttr(columns->descriptor, number - 1)->attgenerated != '\0';
    }
    return expression_tree_walker(node, pg::walker(find_misfit), context);
}

bool has_triggers(Relation relation) {
    const TriggerDesc *triggers = relation->trigdesc;
    return triggers && (triggers->trig_insert_before_row || triggers->trig_insert_instead_row);
}

// Partitions that are about to be detached included: rows may have gone to them.
bool partitions_have_triggers(Oid parent) {
    List *children = find_inheritance_children_extended(parent, false, NoLock, nullptr, nullptr);
    ListCell *cell;
    foreach (cell, children) {
        Oid child = lfirst_oid(cell);
        HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(child));
        if (!HeapTupleIsValid(tuple)) continue;
        auto *row = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
        bool may_have = row->relhastriggers;
        bool has_children = row->relkind == RELKIND_PARTITIONED_TABLE;
        ReleaseSysCache(tuple);
        if (may_have) {
            Relation opened = try_relation_open(child, AccessShareLock);
            bool has = opened && has_triggers(opened);
            if (opened) relation_close(opened, AccessShareLock);
            if (has) return true;
        }
        if (has_children && partitions_have_triggers(child)) return true;
    }
    return false;
}

// The rewriter asks for SELECT's policies too when the statement reads the table. COPY's WHERE clause does not: it
// reads rows of the file, as INSERT ... SELECT FROM a staging table would.
AclMode *required_privileges(ParseState *parse) {
#if PG_VERSION_NUM >= 160000
    return &static_cast<RTEPermissionInfo *>(linitial(parse->p_rteperminfos))->requiredPerms;
#else
    return &static_cast<RangeTblEntry *>(linitial(parse->p_rtable))->requiredPerms;
#endif
}

}  // namespace

Checks of(ParseState *parse, Relation relation, const policy::Scope &scope) {
    auto *query = makeNode(Query);
    query->commandType = CMD_INSERT;
    query->resultRelation = 1;
    query->rtable = parse->p_rtable;
#if PG_VERSION_NUM >= 160000
    query->rteperminfos = parse->p_rteperminfos;
#endif
    AclMode *required = required_privileges(parse), before = *required;
    *required = ACL_INSERT;
    List *hidden = NIL, *found = NIL;
    bool has_row_security = false, has_sub_links = false;
    get_row_security_policies(query, static_cast<RangeTblEntry *>(linitial(parse->p_rtable)), 1, &hidden, &found,
                              &has_row_security, &has_sub_links);
    *required = before;

    TupleDesc descriptor = RelationGetDescr(relation);
    Columns columns{descriptor, false};
    for (int i = 0; i < descriptor->natts; i++)
        columns.has_generated = columns.has_generated || TupleDescAttr(descriptor, i)->attgenerated != '\0';

    Checks checks{NIL, true};
    ListCell *cell;
    foreach (cell, found) {
        auto *check = static_cast<WithCheckOption *>(lfirst(cell));
        std::optional<policy::Scope> condition = policy::condition(check->qual, 1);
        if (condition && condition->column == scope.column && condition->kind == scope.kind) continue;
        checks.others = lappend(checks.others, check);
        if (find_misfit(check->qual, &columns)) checks.fit_a_where = false;
    }
    return checks;
}

bool can_change_rows(Relation relation) {
    if (has_triggers(relation)) return true;
    return relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE &&
           partitions_have_triggers(RelationGetRelid(relation));
}

}  // namespace djust::copy_checks
