#include "tsquery_stack.hpp"

#include "catalog.hpp"

namespace djust::tsquery_stack {

namespace {

uint64 offers;

bool is_gin(Oid index) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
    if (!HeapTupleIsValid(tuple)) return true;  // cannot be; the question does no harm
    bool gin = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relam == GIN_AM_OID;
    ReleaseSysCache(tuple);
    return gin;
}

// Only what the index is asked with; what rechecks rows, and what EXPLAIN shows, stays as it was.
void arrange_scan(BitmapIndexScan *scan, Oid function) {
    if (!is_gin(scan->indexid)) return;
    List *conditions = NIL;
    ListCell *cell;
    foreach (cell, scan->indexqual) {
        auto *condition = static_cast<Node *>(lfirst(cell));
        if (IsA(condition, OpExpr)) {
            auto *expression = castNode(OpExpr, condition);
            Oid left, right;
            op_input_types(expression->opno, &left, &right);
            if (right == TSQUERYOID) {
                auto *asked = makeFuncExpr(function, TSQUERYOID, list_make1(lsecond(expression->args)), InvalidOid,
                                           InvalidOid, COERCE_EXPLICIT_CALL);
                auto *copy = static_cast<OpExpr *>(palloc(sizeof(OpExpr)));
                memcpy(copy, expression, sizeof(OpExpr));
                copy->args = list_make2(linitial(expression->args), asked);
                condition = reinterpret_cast<Node *>(copy);
            }
        }
        conditions = lappend(conditions, condition);
    }
    scan->indexqual = conditions;
}

void arrange_each(List *plans, Oid function);

// All nodes that have further plans below them, but by lefttree and righttree.
void arrange_below(Plan *plan, Oid function) {
    if (!plan) return;
    check_stack_depth();
    switch (nodeTag(plan)) {
        case T_BitmapIndexScan: arrange_scan(castNode(BitmapIndexScan, plan), function); break;
        case T_Append: arrange_each(castNode(Append, plan)->appendplans, function); break;
        case T_MergeAppend: arrange_each(castNode(MergeAppend, plan)->mergeplans, function); break;
        case T_BitmapAnd: arrange_each(castNode(BitmapAnd, plan)->bitmapplans, function); break;
        case T_BitmapOr: arrange_each(castNode(BitmapOr, plan)->bitmapplans, function); break;
        case T_SubqueryScan: arrange_below(castNode(SubqueryScan, plan)->subplan, function); break;
        case T_CustomScan: arrange_each(castNode(CustomScan, plan)->custom_plans, function); break;
        default: break;
    }
    arrange_below(plan->lefttree, function);
    arrange_below(plan->righttree, function);
}

void arrange_each(List *plans, Oid function) {
    ListCell *cell;
    foreach (cell, plans) arrange_below(static_cast<Plan *>(lfirst(cell)), function);
}

// Every operand may be there: then every part of the query is evaluated, so the deepest one.
TSTernaryValue perhaps(void *, QueryOperand *, ExecPhraseData *) { return TS_MAYBE; }

// The stack that is kept free for what may lie between the place where we ask and the place where GIN evaluates: the
// plan nodes above the scan, which are fewer the smaller the whole stack is, as they were planned on it.
ptrdiff_t margin() { return static_cast<ptrdiff_t>(max_stack_depth) * 1024 / 8 + 4096; }

// Raises PostgreSQL's own error when evaluating the query anywhere near here might: by doing it once, with PostgreSQL's
// own code, as if the margin were in use.
void require_room(QueryItem *query) {
    char here;
    pg_stack_base_t base = set_stack_base();
    PG_TRY();
    {
        restore_stack_base(&here < base ? base + margin() : base - margin());
        TS_execute_ternary(query, nullptr, TS_EXEC_PHRASE_NO_POS, perhaps);
    }
    PG_FINALLY();
    {
        restore_stack_base(base);
    }
    PG_END_TRY();
}

}  // namespace

// An error has ended the planning, or one inside of it: then what is left of the outer one goes without such paths.
void init() {
    RegisterSubXactCallback(
        [](SubXactEvent event, SubTransactionId, SubTransactionId, void *) {
            if (event == SUBXACT_EVENT_ABORT_SUB) planning = false;
        },
        nullptr);
}

Planning begin() {
    Planning begun{planning, offers};
    planning = true;
    return begun;
}

bool offer() {
    if (!planning || !OidIsValid(catalog::checked_tsquery_function())) return false;
    offers++;
    return true;
}

void end(const Planning &begun, PlannedStmt *plan) {
    planning = begun.outer;
    if (likely(offers == begun.offers)) return;
    Oid function = catalog::checked_tsquery_function();
    arrange_below(plan->planTree, function);
    arrange_each(plan->subplans, function);
}

}  // namespace djust::tsquery_stack

using namespace djust;

DJUST_FUNCTION(djust_checked_tsquery) {
    TSQuery query = PG_GETARG_TSQUERY(0);
    if (query->size > 0) tsquery_stack::require_room(GETQUERY(query));
    PG_RETURN_TSQUERY(query);
}
