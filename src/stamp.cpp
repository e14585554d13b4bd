#include "stamp.hpp"

#include "checks.hpp"
#include "policy.hpp"

namespace djust::stamp {

using policy::Scope;
using policy::scoped_by;
using relation_facts::Facts;

namespace {

// The column that is stamped, and how a tenant becomes a value of it.
struct Target {
    AttrNumber number;
    const char *name;
    Oid type;
    int32 typmod;
    Oid base_type;  // of a domain, else the type
    int32 base_typmod;
    Oid collation;
    catalog::Kind kind;
    bool is_domain() const { return base_type != type; }
};

Expr *current_call(catalog::Kind kind) {
    Oid type = catalog::facts(kind).type;
    return reinterpret_cast<Expr *>(makeFuncExpr(catalog::current_function(kind), type, NIL, get_typcollation(type),
                                                 InvalidOid, COERCE_EXPLICIT_CALL));
}

// The call, coerced as an assignment to that type is: a text too long for varchar(n) is an error, never cut.
Node *current_as(const Target &target, Oid type, int32 typmod) {
    Node *call = reinterpret_cast<Node *>(current_call(target.kind));
    Node *coerced = coerce_to_target_type(nullptr, call, exprType(call), type, typmod, COERCION_ASSIGNMENT,
                                          COERCE_IMPLICIT_CAST, -1);
    return coerced ? coerced : call;  // text, uuid, bigint, integer always coerce to their own kind of column
}

bool is_null_constant(const Node *node) { return node && IsA(node, Const) && castNode(Const, node)->constisnull; }

Node *value_or_current(const Target &target, Node *value, Oid type, int32 typmod) {
    Node *current = current_as(target, type, typmod);
    if (!value || is_null_constant(value)) return current;
    auto *coalesce = makeNode(CoalesceExpr);
    coalesce->coalescetype = type;
    coalesce->coalescecollid = OidIsValid(target.collation) ? target.collation : get_typcollation(type);
    coalesce->args = list_make2(value, current);
    coalesce->location = -1;
    return reinterpret_cast<Node *>(coalesce);
}

// A domain may refuse NULL: the tenant goes in before the domain looks at the value.
Node *inside_domain(const Target &target, Node *value) {
    Node *filled = value_or_current(target, value, target.base_type, target.base_typmod);
    return coerce_to_domain(filled, target.base_type, target.base_typmod, target.type, COERCION_ASSIGNMENT,
                            COERCE_IMPLICIT_CAST, -1, false);
}

Expr *stamped(const Target &target, Expr *value) {
    Node *node = reinterpret_cast<Node *>(value);
    if (is_null_constant(node)) node = nullptr;
    bool coerced = node && IsA(node, CoerceToDomain);
    // Another value of a domain type, say a column's, may be NULL as well: it has passed its domain already.
    if (!target.is_domain() || (node && !coerced))
        node = value_or_current(target, node, target.type, target.typmod);
    else
        node = inside_domain(target, coerced ? reinterpret_cast<Node *>(castNode(CoerceToDomain, node)->arg) : nullptr);
    return reinterpret_cast<Expr *>(node);
}

// VALUES with several rows coerces each value in its place: a NOT NULL domain must meet the tenant there.
void stamp_values(const Target &target, Query *query, const Expr *value) {
    if (!target.is_domain() || !value || !IsA(value, Var)) return;
    const auto *variable = castNode(Var, value);
    if (variable->varlevelsup != 0 || variable->varno <= 0) return;
    RangeTblEntry *source = rt_fetch(variable->varno, query->rtable);
    if (source->rtekind != RTE_VALUES) return;
    ListCell *cell;
    foreach (cell, source->values_lists) {
        ListCell *item = list_nth_cell(static_cast<List *>(lfirst(cell)), variable->varattno - 1);
        Node *node = static_cast<Node *>(lfirst(item));
        if (IsA(node, CoerceToDomain))
            lfirst(item) = stamped(target, reinterpret_cast<Expr *>(node));
    }
}

// The target list of an inserted row, in the order of the columns; what is missing in it would become NULL.
List *stamp_inserted(const Target &target, Query *query, List *entries) {
    if (TargetEntry *entry = checks::entry_of(entries, target.number)) {
        stamp_values(target, query, entry->expr);
        if (!policy::is_current(reinterpret_cast<Node *>(entry->expr))) entry->expr = stamped(target, entry->expr);
        return entries;
    }
    int position = 0;
    ListCell *cell;
    foreach (cell, entries) {
        auto *entry = static_cast<TargetEntry *>(lfirst(cell));
        if (entry->resjunk || entry->resno > target.number) break;
        position++;
    }
    TargetEntry *made = makeTargetEntry(stamped(target, nullptr), target.number, pstrdup(target.name), false);
    return list_insert_nth(entries, position, made);
}

// Only INSERT, MERGE's INSERT and DO UPDATE SET: an UPDATE to NULL is refused, not stamped. (The action of ON DELETE
// SET NULL runs as an UPDATE, and would move an orphan into the current tenant.)
void stamp_rows(Query *query) {
    bool inserts = query->commandType == CMD_INSERT;
    if (!inserts && query->commandType != CMD_MERGE) return;
    RangeTblEntry *entry = rt_fetch(query->resultRelation, query->rtable);
    if (entry->rtekind != RTE_RELATION ||
        (entry->relkind != RELKIND_RELATION && entry->relkind != RELKIND_PARTITIONED_TABLE))
        return;
    if (std::optional<Scope> scope = relation_facts::of(entry->relid).scope) {
        Relation relation = table_open(entry->relid, NoLock);  // the rewriter holds the lock
        Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), scope->column - 1);
        Target target{scope->column,     pstrdup(NameStr(column->attname)), column->atttypid, column->atttypmod,
                      InvalidOid,        column->atttypmod,                 column->attcollation, scope->kind};
        target.base_type = getBaseTypeAndTypmod(target.type, &target.base_typmod);
        if (inserts) query->targetList = stamp_inserted(target, query, query->targetList);
        ListCell *cell;
        foreach (cell, query->mergeActionList) {
            auto *action = static_cast<MergeAction *>(lfirst(cell));
            if (action->commandType == CMD_INSERT)
                action->targetList = stamp_inserted(target, query, action->targetList);
        }
        if (query->onConflict)
            if (TargetEntry *set = checks::entry_of(query->onConflict->onConflictSet, target.number))
                if (!policy::is_current(reinterpret_cast<Node *>(set->expr))) set->expr = stamped(target, set->expr);
        table_close(relation, NoLock);
    }
}

// The same condition where it is written out: in scoped views, and by whoever says it himself. Beside the policy's
// constant it would be one more condition to check.
void replace_in_where(const Query *query, Node *condition, constant::Baking *baking) {
    std::optional<Index> number = policy::compared_with_current(condition);
    if (!number) return;
    const RangeTblEntry *entry = rt_fetch(*number, query->rtable);
    if (entry->rtekind != RTE_RELATION) return;
    const Facts relation = relation_facts::of(entry->relid);
    if (relation.scope && scoped_by(condition, *relation.scope, *number))
        constant::replace_in(baking, condition, relation.scope->kind, relation);
}

void replace_in_where(const Query *query, constant::Baking *baking) {
    Node *where = query->jointree ? query->jointree->quals : nullptr;
    if (!where || baking->use == constant::Use::function) return;
    if (!is_andclause(where)) return replace_in_where(query, where, baking);
    ListCell *cell;
    foreach (cell, castNode(BoolExpr, where)->args)
        replace_in_where(query, static_cast<Node *>(lfirst(cell)), baking);
}

// What becomes of a whole query.
struct Work {
    List **touches;
    constant::Baking *baking;
};

void prepare_level(Query *query, Work *work) {
    List **touches = work->touches;
    stamp_rows(query);
    std::optional<checks::Written> written = checks::arrange(query, work->baking);
    if (written) {
        const Facts &target = written->relation;
        policy::add_touch(touches, policy::Touch{target.relid, target.scope->kind, true, false, target.is_limited,
                                                 written->unchecked && query->commandType == CMD_INSERT,
                                                 written->unchecked && query->commandType == CMD_UPDATE});
    }
    replace_in_where(query, work->baking);
    Index number = 0;
    ListCell *cell;
    foreach (cell, query->rtable) {
        auto *entry = static_cast<RangeTblEntry *>(lfirst(cell));
        number++;
        if (entry->rtekind != RTE_RELATION) continue;
        if (entry->securityQuals && catalog::is_registry(entry->relid))
            policy::add_touch(touches, policy::Touch{entry->relid, catalog::Kind::text, false, true, false});
        if (!entry->securityQuals) continue;
        const Facts relation = relation_facts::of(entry->relid);
        if (!relation.scope) continue;
        ListCell *cell_of_condition;
        foreach (cell_of_condition, entry->securityQuals) {
            Node *condition = static_cast<Node *>(lfirst(cell_of_condition));
            if (!scoped_by(condition, *relation.scope, number)) continue;
            bool writes = static_cast<int>(number) == query->resultRelation;
            policy::add_touch(touches, policy::Touch{entry->relid, relation.scope->kind, writes, false,
                                                     writes && relation.is_limited});
            constant::replace_in(work->baking, condition, relation.scope->kind, relation);
        }
    }
}

bool walk_sublinks(Node *node, void *work);

// Expressions are looked into only where they have queries in them: a long VALUES list has many.
void prepare_query(Query *query, Work *work) {
    check_stack_depth();
    prepare_level(query, work);
    ListCell *cell;
    foreach (cell, query->rtable) {
        auto *entry = static_cast<RangeTblEntry *>(lfirst(cell));
        if (entry->rtekind == RTE_SUBQUERY) prepare_query(entry->subquery, work);
    }
    foreach (cell, query->cteList)
        prepare_query(castNode(Query, static_cast<CommonTableExpr *>(lfirst(cell))->ctequery), work);
    if (query->hasSubLinks) query_tree_walker(query, pg::walker(walk_sublinks), work, QTW_IGNORE_RC_SUBQUERIES);
}

bool walk_sublinks(Node *node, void *work) {
    if (!node) return false;
    if (!IsA(node, Query)) return expression_tree_walker(node, pg::walker(walk_sublinks), work);
    prepare_query(castNode(Query, node), static_cast<Work *>(work));
    return false;
}

}  // namespace

void prepare(Query *query, constant::Baking *baking, List **touches) {
    if (!OidIsValid(catalog::schema())) return;
    Work work{touches, baking};
    prepare_query(query, &work);
}

}  // namespace djust::stamp
