#include "checks.hpp"

#include "context.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "foreign_code.hpp"
#include "policy.hpp"
#include "settings.hpp"

namespace djust::checks {

using policy::Scope;
using policy::scoped_by;
using relation_facts::Facts;

namespace {

// By name: newer minor versions add kinds that are views' own.
bool is_row_security(const WithCheckOption *check) {
    return check->kind >= WCO_RLS_INSERT_CHECK && check->kind <= WCO_RLS_MERGE_DELETE_CHECK;
}

List *one_of_a_kind(List *checks) {
    List *different = NIL;
    ListCell *cell, *kept;
    foreach (cell, checks) {
        auto *check = static_cast<WithCheckOption *>(lfirst(cell));
        bool known = false;
        foreach (kept, different) {
            auto *other = static_cast<WithCheckOption *>(lfirst(kept));
            known = known || (other->kind == check->kind && equal(other->qual, check->qual));
        }
        if (!known) different = lappend(different, check);
    }
    return different;
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
bool reads_own_rows(const Query *query, const Scope &scope) {
    ListCell *cell;
    foreach (cell, rt_fetch(query->resultRelation, query->rtable)->securityQuals)
        if (scoped_by(static_cast<Node *>(lfirst(cell)), scope, query->resultRelation)) return true;
    return false;
}

// Whether the rows are the current tenant's by construction: inserted with our stamp alone, or the tenant's before and
// with their tenant column kept. Triggers of partitions and children may be made without this plan being made anew, so
// who has some is always checked. A column that takes NULL would take it from a statement that leaves its tenant on the
// way.
bool keeps_tenant(const Query *query, const Facts &relation) {
    TargetEntry *entry = entry_of(query->targetList, relation.scope->column);
    switch (query->commandType) {
        case CMD_INSERT:
            return !query->onConflict && !relation.has_insert_trigger && relation.tenant_not_null &&
                   pure_stamp(entry, relation.scope->kind) != nullptr;
        case CMD_UPDATE:
            return !entry && !relation.has_update_trigger && !relation.has_children &&
                   reads_own_rows(query, *relation.scope);
        default: return false;
    }
}

// And whether the current tenant is one and the same all the while: where the plan does not name it, a function of the
// statement could enter another one for some of a row, and return.
bool needs_no_check(const Query *query, const constant::Baking &baking, const Facts &relation) {
    if (!settings::skip_redundant_checks() || relation.relkind != RELKIND_RELATION) return false;
    return keeps_tenant(query, relation) &&
           (constant::applies(baking, relation.scope->kind, relation) ||
            (!relation.runs_code && !foreign_code::may_run(query)));
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
    const Facts relation = relation_facts::of(rt_fetch(query->resultRelation, query->rtable)->relid);
    if (!relation.scope) return std::nullopt;
    List *ours = NIL, *others = NIL;
    ListCell *cell;
    foreach (cell, query->withCheckOptions) {
        auto *check = static_cast<WithCheckOption *>(lfirst(cell));
        if (!is_row_security(check) || !scoped_by(check->qual, *relation.scope, query->resultRelation)) {
            others = lappend(others, check);
            continue;
        }
        ours = lappend(ours, check);
    }
    if (!ours) return std::nullopt;
    bool unchecked = needs_no_check(query, *baking, relation);
    if (!unchecked) {
        ours = one_of_a_kind(ours);
        foreach (cell, ours) {
            auto *check = static_cast<WithCheckOption *>(lfirst(cell));
            constant::replace_in(baking, check->qual, relation.scope->kind, relation);
            check->qual = with_refusal(check->qual, relation.relid, check->kind);
        }
        others = list_concat(ours, others);
    }
    query->withCheckOptions = others;
    if (query->commandType == CMD_INSERT)
        if (Expr **stamp = pure_stamp(entry_of(query->targetList, relation.scope->column), relation.scope->kind))
            constant::replace(baking, stamp, relation.scope->kind, relation);
    return Written{relation, unchecked};
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
    if (!scope) policy::not_scoped(relid);
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