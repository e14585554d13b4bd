#include "stamp.hpp"

#include "context.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "settings.hpp"
#include "tenant_id.hpp"

namespace djust::stamp {

using policy::Scope;

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

TargetEntry *entry_of(List *entries, AttrNumber column) {
    ListCell *cell;
    foreach (cell, entries) {
        auto *entry = static_cast<TargetEntry *>(lfirst(cell));
        if (!entry->resjunk && entry->resno == column) return entry;
    }
    return nullptr;
}

// The target list of an inserted row, in the order of the columns; what is missing in it would become NULL.
List *stamp_inserted(const Target &target, Query *query, List *entries) {
    if (TargetEntry *entry = entry_of(entries, target.number)) {
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
    Relation relation = table_open(entry->relid, NoLock);  // the rewriter holds the lock
    if (std::optional<Scope> scope = policy::scope_of(relation)) {
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
            if (TargetEntry *set = entry_of(query->onConflict->onConflictSet, target.number))
                if (!policy::is_current(reinterpret_cast<Node *>(set->expr))) set->expr = stamped(target, set->expr);
    }
    table_close(relation, NoLock);
}

// By name: newer minor versions add kinds that are views' own.
bool is_row_security(const WithCheckOption *check) {
    return check->kind >= WCO_RLS_INSERT_CHECK && check->kind <= WCO_RLS_MERGE_DELETE_CHECK;
}

// `condition OR refuse_row(table, kind)`: the function only ever raises, so nothing is widened, and a refused row
// gets an error that names the table, the column and the way out.
Node *with_refusal(Node *condition, Oid relid, WCOKind kind) {
    Expr *refuse = reinterpret_cast<Expr *>(makeFuncExpr(
        catalog::refuse_function(), BOOLOID,
        list_make2(makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(relid), false, true),
                   makeConst(INT2OID, -1, InvalidOid, sizeof(int16), Int16GetDatum(static_cast<int16>(kind)), false,
                             true)),
        InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
    return reinterpret_cast<Node *>(makeBoolExpr(OR_EXPR, list_make2(condition, refuse), -1));
}

// Our condition on the relation of that number, which is scoped by it: the application may have a policy that looks
// like ours.
std::optional<Scope> scoped_by(const Node *condition, Relation relation, Index number) {
    std::optional<Scope> found = policy::condition(condition, number);
    if (!found) return std::nullopt;
    std::optional<Scope> scope = policy::scope_of(relation);
    return scope && scope->column == found->column ? scope : std::nullopt;
}

// Where the row gets its tenant from a call of ours and nothing else: what stands around it can refuse a value, but not
// change it. Null where a value may come from elsewhere.
Expr **pure_stamp(TargetEntry *entry, catalog::Kind kind) {
    if (!entry) return nullptr;
    Expr **place = &entry->expr;
    for (;;) {
        if (IsA(*place, RelabelType))
            place = &castNode(RelabelType, *place)->arg;
        else if (IsA(*place, CoerceToDomain))
            place = &castNode(CoerceToDomain, *place)->arg;
        else
            break;
    }
    bool ours = IsA(*place, FuncExpr) && catalog::kind_of_function(castNode(FuncExpr, *place)->funcid) == kind;
    return ours ? place : nullptr;
}

// Whether the statement reads the rows that it updates through our condition.
bool reads_own_rows(const Query *query, Relation relation) {
    ListCell *cell;
    foreach (cell, rt_fetch(query->resultRelation, query->rtable)->securityQuals)
        if (scoped_by(static_cast<Node *>(lfirst(cell)), relation, query->resultRelation)) return true;
    return false;
}

// Whether every row that the statement writes has the current tenant by construction: it is inserted with our stamp
// alone, or was the tenant's before and keeps its tenant column. A partition's triggers may be made without this plan
// being made anew, so a partitioned table is always checked. A column that takes NULL would take it from a statement
// that leaves its tenant on the way.
bool needs_no_check(const Query *query, Relation relation, const Scope &scope) {
    if (!settings::skip_redundant_checks() || relation->rd_rel->relkind != RELKIND_RELATION) return false;
    const TriggerDesc *triggers = relation->trigdesc;
    TargetEntry *entry = entry_of(query->targetList, scope.column);
    switch (query->commandType) {
        case CMD_INSERT:
            return !query->onConflict && !(triggers && triggers->trig_insert_before_row) &&
                   TupleDescAttr(RelationGetDescr(relation), scope.column - 1)->attnotnull &&
                   pure_stamp(entry, scope.kind) != nullptr;
        case CMD_UPDATE:
            return !entry && !(triggers && triggers->trig_update_before_row) && reads_own_rows(query, relation);
        default: return false;
    }
}

// The checks of floor and access are equal: one of a kind is enough. Ours go first, so that a row of another tenant
// is refused as such, and not for some policy of the application's. Returns our scope when the role is bound.
std::optional<Scope> arrange_checks(Query *query, constant::Baking *baking) {
    if (!query->withCheckOptions) return std::nullopt;
    std::optional<Scope> bound;
    Oid relid = rt_fetch(query->resultRelation, query->rtable)->relid;
    Relation relation = table_open(relid, NoLock);  // the rewriter holds the lock
    List *ours = NIL, *others = NIL;
    ListCell *cell;
    foreach (cell, query->withCheckOptions) {
        auto *check = static_cast<WithCheckOption *>(lfirst(cell));
        std::optional<Scope> scope =
            is_row_security(check) ? scoped_by(check->qual, relation, query->resultRelation) : std::nullopt;
        if (!scope) {
            others = lappend(others, check);
            continue;
        }
        bound = scope;
        bool known = false;
        ListCell *kept;
        foreach (kept, ours) {
            auto *other = static_cast<WithCheckOption *>(lfirst(kept));
            known = known || (other->kind == check->kind && equal(other->qual, check->qual));
        }
        if (!known) ours = lappend(ours, check);
    }
    if (bound && needs_no_check(query, relation, *bound)) {
        query->withCheckOptions = others;
    } else if (bound) {
        foreach (cell, ours) {
            auto *check = static_cast<WithCheckOption *>(lfirst(cell));
            constant::replace_in(baking, check->qual, bound->kind, relation);
            check->qual = with_refusal(check->qual, relid, check->kind);
        }
        query->withCheckOptions = list_concat(ours, others);
    }
    if (bound && query->commandType == CMD_INSERT)
        if (Expr **stamp = pure_stamp(entry_of(query->targetList, bound->column), bound->kind))
            constant::replace(baking, stamp, bound->kind, relation);
    table_close(relation, NoLock);
    return bound;
}

// Not every tenant id is a value of the column.
bool is_limited(Oid relid, const Scope &scope) {
    return scope.kind == catalog::Kind::text && policy::longest_value(relid, scope.column) < tenant_id::longest;
}

// The same condition where it is written out: in scoped views, and by whoever says it himself. Beside the policy's
// constant it would be one more condition to check.
void replace_in_where(Query *query, constant::Baking *baking) {
    Node *where = query->jointree ? query->jointree->quals : nullptr;
    if (!where || baking->use == constant::Use::function) return;
    bool many = IsA(where, BoolExpr) && castNode(BoolExpr, where)->boolop == AND_EXPR;
    if (!many && !IsA(where, OpExpr)) return;
    ListCell *cell;
    foreach (cell, many ? castNode(BoolExpr, where)->args : list_make1(where)) {
        Node *condition = static_cast<Node *>(lfirst(cell));
        std::optional<Index> number = policy::compared_with_current(condition);
        if (!number || rt_fetch(*number, query->rtable)->rtekind != RTE_RELATION) continue;
        Relation relation = table_open(rt_fetch(*number, query->rtable)->relid, NoLock);  // the rewriter holds the lock
        if (std::optional<Scope> scope = scoped_by(condition, relation, *number))
            constant::replace_in(baking, condition, scope->kind, relation);
        table_close(relation, NoLock);
    }
}

// What becomes of a whole query.
struct Work {
    List *touches;
    constant::Baking *baking;
};

void prepare_level(Query *query, Work *work) {
    List **touches = &work->touches;
    stamp_rows(query);
    std::optional<Scope> written = arrange_checks(query, work->baking);
    if (written) {
        Oid relid = rt_fetch(query->resultRelation, query->rtable)->relid;
        policy::add_touch(touches, policy::Touch{relid, written->kind, true, false, is_limited(relid, *written)});
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
        Relation relation = table_open(entry->relid, NoLock);  // the rewriter holds the lock
        ListCell *cell_of_condition;
        foreach (cell_of_condition, entry->securityQuals) {
            Node *condition = static_cast<Node *>(lfirst(cell_of_condition));
            std::optional<Scope> scope = scoped_by(condition, relation, number);
            if (!scope) continue;
            bool writes = static_cast<int>(number) == query->resultRelation;
            policy::add_touch(touches, policy::Touch{entry->relid, scope->kind, writes, false,
                                                     writes && is_limited(entry->relid, *scope)});
            constant::replace_in(work->baking, condition, scope->kind, relation);
        }
        table_close(relation, NoLock);
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

List *prepare(Query *query, constant::Baking *baking) {
    // The rewriter sets the flag for every relation with row security, of roles that bypass it too.
    if (likely(!query->hasRowSecurity && !query->hasModifyingCTE)) return NIL;
    if (!OidIsValid(catalog::schema())) return NIL;
    Work work{NIL, baking};
    prepare_query(query, &work);
    return work.touches;
}

}  // namespace djust::stamp

namespace {

bool has_our_default(Oid relid, AttrNumber column) {
    using namespace djust;
    Relation relation = relation_open(relid, AccessShareLock);
    bool ours = policy::is_current(ddl::default_of(relation, column));
    relation_close(relation, AccessShareLock);
    return ours;
}

}  // namespace

// refuse_row(relid oid, kind smallint) -> never: called when a row has failed our condition.
DJUST_FUNCTION(djust_refuse_row) {
    using namespace djust;
    Oid relid = PG_GETARG_OID(0);
    int kind = PG_GETARG_INT16(1);
    std::optional<policy::Scope> scope = policy::scope_of(relid);
    if (!get_rel_name(relid)) error::no_such_relation(relid, "scope_table");  // somebody called it by hand
    if (!scope) error::not_scoped(relid);
    const char *current = context::current();
    if (!current) context::refuse_missing(relid, nullptr);
    const char *column = get_attname(relid, scope->column, false);
    if (!context::has_value(scope->kind))
        error::not_a_value(relid, column, get_atttype(relid, scope->column), current);
    // Of an existing row (ON CONFLICT, MERGE) the column is not what the user wrote.
    bool written = kind == WCO_RLS_INSERT_CHECK || kind == WCO_RLS_UPDATE_CHECK;
    if (written && !has_our_default(relid, scope->column))
        error::foreign_default(relid, column, current);
    error::foreign_row(relid, written ? column : nullptr, current);
}
