#include "queryset.hpp"

#include "catalog.hpp"
#include "policy.hpp"

namespace djust::queryset {

namespace {

void touch(List **touches, Oid relid, catalog::Kind kind) {
    policy::add_touch(touches, policy::Touch{relid, kind, false, false, false});
}

// Our function, as a call of it in a query.
FuncExpr *our_call(Node *node) {
    if (!node || !IsA(node, FuncExpr)) return nullptr;
    auto *call = castNode(FuncExpr, node);
    if (call->funcid < FirstNormalObjectId || call->funcid != catalog::queryset_function()) return nullptr;
    return list_length(call->args) == 1 ? call : nullptr;
}

// Calls that stay calls read their table by themselves, out of the sight of stamp; their rows are a tenant's too.
bool touch_calls(Node *node, void *touches) {
    if (!node) return false;
    if (FuncExpr *call = our_call(node)) {
        Oid relid = get_typ_typrelid(exprType(static_cast<Node *>(linitial(call->args))));
        if (OidIsValid(relid))
            if (std::optional<policy::Scope> scope = policy::scope_of(relid))
                touch(static_cast<List **>(touches), relid, scope->kind);
        return false;
    }
    return expression_tree_walker(node, pg::walker(touch_calls), touches);
}

// What a query makes of one entry of its range table.
struct Uses {
    int number;
    int level;
    Relation relation;
};

// True when a reference does not fit the table as it is now: it was parsed before the table was altered. Then the
// call stays, and the executor says what is wrong. A whole row of the table's own type fits.
bool misfit(Node *node, void *context) {
    if (!node) return false;
    auto *uses = static_cast<Uses *>(context);
    if (IsA(node, Var)) {
        const auto *variable = castNode(Var, node);
        if (variable->varno != uses->number || static_cast<int>(variable->varlevelsup) != uses->level) return false;
        TupleDesc columns = RelationGetDescr(uses->relation);
        if (variable->varattno == 0) return variable->vartype != uses->relation->rd_rel->reltype;
        if (variable->varattno < 0 || variable->varattno > columns->natts) return true;
        Form_pg_attribute column = TupleDescAttr(columns, variable->varattno - 1);
        return column->attisdropped || column->atttypid != variable->vartype;
    }
    if (IsA(node, Query)) {
        uses->level++;
        bool found = query_tree_walker(castNode(Query, node), pg::walker(misfit), context, 0);
        uses->level--;
        return found;
    }
    return expression_tree_walker(node, pg::walker(misfit), context);
}

// The caller may execute the function, and nobody has made it do more than run.
bool may_vanish(Oid function) {
    if (!pg::may_execute(function, GetUserId()) || FmgrHookIsNeeded(function)) return false;
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple)) return false;
    bool plain = !reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prosecdef &&
                 heap_attisnull(tuple, Anum_pg_proc_proconfig, nullptr);
    ReleaseSysCache(tuple);
    return plain;
}

// The condition as the policy has it, about relation 1.
Node *tenant_condition(Relation relation) {
    ListCell *cell;
    foreach (cell, relation->rd_rsdesc->policies) {
        auto *found = static_cast<RowSecurityPolicy *>(lfirst(cell));
        if (strcmp(found->policy_name, policy::isolation) == 0) return static_cast<Node *>(copyObjectImpl(found->qual));
    }
    return nullptr;
}

// SELECT * FROM the table, rewritten so that its row security applies, WHERE the tenant's. A dropped column keeps its
// place in the list, as it does in the function's row type. Null when a rewriting rule has made more of it.
Query *select_of(Relation relation, const policy::Scope &scope, List **touches) {
    Node *condition = tenant_condition(relation);
    if (!condition) return nullptr;
    ParseState *state = make_parsestate(nullptr);
    addRangeTableEntryForRelation(state, relation, AccessShareLock, nullptr, true, true);
    auto *query = makeNode(Query);
    query->commandType = CMD_SELECT;
    query->querySource = QSRC_ORIGINAL;
    query->canSetTag = true;
    TupleDesc columns = RelationGetDescr(relation);
    for (int i = 0; i < columns->natts; i++) {
        Form_pg_attribute column = TupleDescAttr(columns, i);
        AttrNumber number = column->attnum;
        Expr *value;
        if (column->attisdropped) {
            value = reinterpret_cast<Expr *>(makeNullConst(INT4OID, -1, InvalidOid));
        } else {
            Var *variable = makeVar(1, number, column->atttypid, column->atttypmod, column->attcollation, 0);
            markVarForSelectPriv(state, variable);
            value = reinterpret_cast<Expr *>(variable);
        }
        query->targetList =
            lappend(query->targetList, makeTargetEntry(value, number, pstrdup(NameStr(column->attname)), false));
    }
    query->rtable = state->p_rtable;
#if PG_VERSION_NUM >= 160000
    query->rteperminfos = state->p_rteperminfos;
#endif
    auto *table = makeNode(RangeTblRef);
    table->rtindex = 1;
    query->jointree = makeFromExpr(list_make1(table), nullptr);
    free_parsestate(state);

    List *rewritten = QueryRewrite(query);
    if (list_length(rewritten) != 1) return nullptr;
    query = linitial_node(Query, rewritten);
    ListCell *cell;
    foreach (cell, linitial_node(RangeTblEntry, query->rtable)->securityQuals)
        if (policy::condition(static_cast<Node *>(lfirst(cell)), 1)) return query;  // filtered by its row security
    query->jointree->quals = condition;
    touch(touches, RelationGetRelid(relation), scope.kind);
    return query;
}

// Turns one function of the range table into a sub-query, where that is the same.
bool expand_function(Query *query, int number, RangeTblEntry *entry, List **touches) {
    if (entry->funcordinality || list_length(entry->functions) != 1) return false;
    auto *function = linitial_node(RangeTblFunction, entry->functions);
    FuncExpr *call = our_call(function->funcexpr);
    if (!call || !call->funcretset || function->funccolnames != NIL) return false;
    // An argument that has to be evaluated may do something.
    if (!IsA(linitial(call->args), Const)) return false;
    Oid type = castNode(Const, static_cast<Node *>(linitial(call->args)))->consttype;
    Oid relid = get_typ_typrelid(type);
    if (!OidIsValid(relid) || !may_vanish(call->funcid)) return false;
    Relation relation = try_relation_open(relid, AccessShareLock);
    if (!relation) return false;

    Query *made = nullptr;
    char kind = relation->rd_rel->relkind;
    std::optional<policy::Scope> scope = policy::scope_of(relation);
    Uses uses{number, 0, relation};
    if (scope && (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
        function->funccolcount == RelationGetNumberOfAttributes(relation) &&
        !query_tree_walker(query, pg::walker(misfit), &uses, 0))
        made = select_of(relation, *scope, touches);
    relation_close(relation, NoLock);
    if (!made) return false;  // the call tells what is wrong, or does the work

    entry->rtekind = RTE_SUBQUERY;
    entry->subquery = made;
    entry->security_barrier = false;
    entry->lateral = false;
    entry->functions = NIL;
    return true;
}

bool expand_links(Query *query, List **touches);

// What comes out of an expansion is not looked into: a policy that calls the function on its own table stays a call.
bool expand(Query *query, List **touches) {
    bool done = false;
    int number = 0;
    ListCell *cell;
    foreach (cell, query->rtable) {
        auto *entry = static_cast<RangeTblEntry *>(lfirst(cell));
        number++;
        if (entry->rtekind == RTE_SUBQUERY) {
            check_stack_depth();
            if (expand(entry->subquery, touches)) done = true;
        } else if (entry->rtekind == RTE_FUNCTION) {
            if (expand_function(query, number, entry, touches))
                done = true;
            else
                touch_calls(reinterpret_cast<Node *>(entry->functions), touches);
        }
    }
    if (query->hasTargetSRFs) touch_calls(reinterpret_cast<Node *>(query->targetList), touches);
    foreach (cell, query->cteList) {
        Node *part = static_cast<CommonTableExpr *>(lfirst(cell))->ctequery;
        if (IsA(part, Query) && expand(castNode(Query, part), touches)) done = true;
    }
    if (query->hasSubLinks && expand_links(query, touches)) done = true;
    if (done) query->hasRowSecurity = true;
    return done;
}

struct Expansion {
    List **touches;
    bool done;
};

bool expand_walker(Node *node, void *context) {
    if (!node) return false;
    if (!IsA(node, Query)) return expression_tree_walker(node, pg::walker(expand_walker), context);
    auto *links = static_cast<Expansion *>(context);
    if (expand(castNode(Query, node), links->touches)) links->done = true;
    return false;
}

bool expand_links(Query *query, List **touches) {
    Expansion links{touches, false};
    query_tree_walker(query, pg::walker(expand_walker), &links, QTW_IGNORE_RC_SUBQUERIES);
    return links.done;
}

}  // namespace

bool inline_calls(Query *query, List **touches) { return expand(query, touches); }

}  // namespace djust::queryset
