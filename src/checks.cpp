#include "checks.hpp"

#include "context.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "settings.hpp"

namespace djust::checks {

using policy::Scope;
using policy::scoped_by;

namespace {

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
// alone, or was the tenant's before and keeps its tenant column. Triggers of partitions and children may be made without
// this plan being made anew, so who has some is always checked. A column that takes NULL would take it from a statement
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
            return !entry && !(triggers && triggers->trig_update_before_row) && !relation->rd_rel->relhassubclass &&
                   reads_own_rows(query, relation);
        default: return false;
    }
}

}  // namespace

TargetEntry *entry_of(List *entries, AttrNumber column) {
    ListCell *cell;
    foreach (cell, entries) {
        auto *entry = static_cast<TargetEntry *>(lfirst(cell));
        if (!entry->resjunk && entry->resno == column) return entry;
    }
    return nullptr;
}

std::optional<Written> arrange(Query *query, constant::Baking *baking) {
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
    bool unchecked = bound && needs_no_check(query, relation, *bound);
    if (unchecked) {
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
    if (!bound) return std::nullopt;
    return Written{*bound, unchecked};
}

}  // namespace djust::checks

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