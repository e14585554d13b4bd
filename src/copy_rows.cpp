#include "copy_rows.hpp"

#include "context.hpp"
#include "ddl.hpp"
#include "error.hpp"

namespace djust::copy_rows {

namespace {

Copy *innermost;

FuncExpr *add_step(Copy *copy, bool stamps, bool checks, const WithCheckOption *refuses) {
    auto *call = castNode(FuncExpr, makeFuncExpr(catalog::copied_row_function(), BOOLOID, NIL, InvalidOid, InvalidOid,
                                                 COERCE_EXPLICIT_CALL));
    auto *step = static_cast<Step *>(palloc(sizeof(Step)));
    *step = Step{call, copy, stamps, checks, refuses};
    copy->steps = lappend(copy->steps, step);
    return call;
}

Step *step_of(const Node *call) {
    ListCell *cell;
    foreach (cell, innermost ? innermost->steps : NIL) {
        auto *step = static_cast<Step *>(lfirst(cell));
        if (reinterpret_cast<const Node *>(step->call) == call) return step;
    }
    return nullptr;
}

Form_pg_attribute column_of(const Copy *copy) {
    return TupleDescAttr(RelationGetDescr(copy->relation), copy->scope.column - 1);
}

bool has_our_default(const Copy *copy) {
    return policy::is_current(ddl::default_of(copy->relation, copy->scope.column));
}

bool is_tenant(const Copy *copy, Datum value) {
    if (value == copy->value) return true;  // the number, or what read_tenant() has given
    switch (copy->scope.kind) {
        case catalog::Kind::text: {
            // The policy's collation is deterministic: equal is equal byte for byte.
            const auto *ours = reinterpret_cast<const varlena *>(DatumGetPointer(copy->value));
            const varlena *other = PG_DETOAST_DATUM_PACKED(value);
            Size length = VARSIZE_ANY_EXHDR(other);
            return length == VARSIZE_ANY_EXHDR(ours) && memcmp(VARDATA_ANY(other), VARDATA_ANY(ours), length) == 0;
        }
        case catalog::Kind::uuid:
            return memcmp(DatumGetPointer(value), DatumGetPointer(copy->value), UUID_LEN) == 0;
        case catalog::Kind::bigint: return DatumGetInt64(value) == DatumGetInt64(copy->value);
        case catalog::Kind::integer: return DatumGetInt32(value) == DatumGetInt32(copy->value);
    }
    return false;
}

// The values of a slot that holds a row of the file may be written, as generated columns are.
void stamp(Copy *copy, TupleTableSlot *slot) {
    if (OidIsValid(copy->domain) && !copy->domain_passed) {
        domain_check(copy->value, false, copy->domain, nullptr, CurrentMemoryContext);
        copy->domain_passed = true;
    }
    slot->tts_values[copy->scope.column - 1] = copy->value;
    slot->tts_isnull[copy->scope.column - 1] = false;
}

[[noreturn]] void refuse_foreign(const Copy *copy) {
    Oid relid = RelationGetRelid(copy->relation);
    const char *column = NameStr(column_of(copy)->attname);
    if (copy->in_file || has_our_default(copy)) error::foreign_row(relid, column, copy->tenant);
    error::foreign_default(relid, column, copy->tenant);
}

void check(Copy *copy, const Step *step, TupleTableSlot *slot) {
    int column = copy->scope.column - 1;
    if (step->checks) check_tenant(copy);
    if (step->stamps && slot->tts_isnull[column]) stamp(copy, slot);
    if (step->checks && (slot->tts_isnull[column] || !is_tenant(copy, slot->tts_values[column]))) refuse_foreign(copy);
}

// Stands in for the interpreter when there is one step and nothing else.
Datum check_alone(ExprState *where, ExprContext *row, bool *is_null) {
    const auto *step = static_cast<Step *>(where->evalfunc_private);
    check(step->copy, step, row->ecxt_scantuple);
    *is_null = false;
    return BoolGetDatum(true);
}

// Stands in for the input function of the tenant column: most fields are the tenant's id, and its value is there. A
// value's text form is the id byte for byte, so equal text is the equal value.
Datum read_tenant(FunctionCallInfo fcinfo) {
    auto *copy = static_cast<Copy *>(fcinfo->flinfo->fn_extra);
    if (strcmp(PG_GETARG_CSTRING(0), copy->tenant) == 0) return copy->value;
    FmgrInfo *ours = fcinfo->flinfo;
    fcinfo->flinfo = &copy->input;
    Datum value = FunctionCallInvoke(fcinfo);
    fcinfo->flinfo = ours;
    return value;
}

}  // namespace

Copy *make(Relation relation, const policy::Scope &scope, bool bound, bool in_file) {
    Oid relid = RelationGetRelid(relation);
    const char *id = context::current();
    if (!id) context::refuse_missing(relid, nullptr);
    if (!context::has_value(scope.kind) ||
        (scope.kind == catalog::Kind::text && strlen(id) > policy::longest_value(relid, scope.column)))
        error::not_a_value(relid, get_attname(relid, scope.column, false), get_atttype(relid, scope.column), id);
    auto *copy = static_cast<Copy *>(palloc0(sizeof(Copy)));
    copy->relation = relation;
    copy->scope = scope;
    copy->bound = bound;
    copy->in_file = in_file;
    strlcpy(copy->tenant, id, sizeof(copy->tenant));
    copy->current = id;
    copy->value = OidFunctionCall0(catalog::current_function(scope.kind));  // lives as long as the transaction
    Oid type = column_of(copy)->atttypid;
    if (getBaseType(type) != type) copy->domain = type;
    return copy;
}

List *where_with_checks(Copy *copy, List *users, List *checks) {
    // Every row gets the tenant as a constant, see prepare(): nothing is to be stamped or refused.
    bool constant = !copy->in_file && has_our_default(copy) && !OidIsValid(copy->domain);
    List *all = NIL;
    if (!constant) {
        if (users || !copy->bound) all = lappend(all, add_step(copy, true, false, nullptr));
        all = list_concat(all, users);
        if (copy->bound) all = lappend(all, add_step(copy, !users, true, nullptr));
    } else {
        all = users;
    }
    ListCell *cell;
    foreach (cell, checks) {
        auto *check = static_cast<WithCheckOption *>(lfirst(cell));
        Node *condition = eval_const_expressions(nullptr, static_cast<Node *>(copyObjectImpl(check->qual)));
        if (IsA(condition, Const) && !castNode(Const, condition)->constisnull &&
            DatumGetBool(castNode(Const, condition)->constvalue))
            continue;
        Expr *either = makeBoolExpr(OR_EXPR, list_make2(condition, add_step(copy, false, false, check)), -1);
        all = lappend(all, either);
    }
    copy->alone = list_length(all) == 1 && IsA(linitial(all), FuncExpr) && !users;
    return all;
}

void prepare(Copy *copy) {
    int column = copy->scope.column - 1;
    CopyFromState state = copy->state;
    if (copy->in_file) {
        // A strict input function is not called for NULL: a domain that refuses it must meet the tenant, not the NULL.
        FmgrInfo *input = &state->in_functions[column];
        input->fn_strict = true;
        if (!state->opts.binary && !OidIsValid(copy->domain)) {
            copy->input = *input;
            input->fn_addr = read_tenant;
            input->fn_extra = copy;
        }
        return;
    }
    if (OidIsValid(copy->domain) || !has_our_default(copy)) return;
    MemoryContext before = MemoryContextSwitchTo(state->copycontext);
    Form_pg_attribute facts = column_of(copy);
    Const *tenant = makeConst(facts->atttypid, facts->atttypmod, facts->attcollation, facts->attlen, copy->value, false,
                              facts->attbyval);
    for (int i = 0; i < state->num_defaults; i++) {
        if (state->defmap[i] != column) continue;
#if PG_VERSION_NUM >= 160000
        ExprState **place = &state->defexprs[column];
#else
        ExprState **place = &state->defexprs[i];
#endif
        *place = ExecInitExpr(reinterpret_cast<Expr *>(tenant), nullptr);
    }
    MemoryContextSwitchTo(before);
}

Copy *running() { return innermost; }
void set_running(Copy *copy) { innermost = copy; }

void check_tenant(const Copy *copy) {
    if (!copy->bound) return;
    const char *id = context::current();
    if (likely(id == copy->current)) return;
    if (!id) context::refuse_kept_out();
    if (!id || strcmp(id, copy->tenant) != 0) error::tenant_changed(copy->tenant, id);
}

namespace {

// Whether to go on without the row that was just read: ON_ERROR has let an unreadable value pass.
bool was_skipped([[maybe_unused]] CopyFromState state) {
#if PG_VERSION_NUM >= 170000
    if (state->opts.on_error == COPY_ON_ERROR_STOP || !state->escontext->error_occurred) return false;
    state->escontext->error_occurred = false;
    pgstat_progress_update_param(PROGRESS_COPY_TUPLES_SKIPPED, static_cast<int64>(state->num_errors));
#if PG_VERSION_NUM >= 180000
    if (state->opts.reject_limit > 0 && static_cast<int64>(state->num_errors) > state->opts.reject_limit)
        error::too_many_rejected(state->opts.reject_limit);
#endif
    return true;
#else
    return false;
#endif
}

// The next row that the user's condition lets pass, in copy->slot.
bool read_row(Copy *copy) {
    TupleTableSlot *slot = copy->slot;
    ExprContext *row = GetPerTupleExprContext(copy->reading);
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        ResetExprContext(row);
        ExecClearTuple(slot);
        MemoryContext before = MemoryContextSwitchTo(row->ecxt_per_tuple_memory);
        bool found = NextCopyFrom(copy->state, row, slot->tts_values, slot->tts_isnull);
        MemoryContextSwitchTo(before);
        if (!found) return false;
        if (was_skipped(copy->state)) continue;
        check_tenant(copy);
        ExecStoreVirtualTuple(slot);
        slot->tts_tableOid = RelationGetRelid(copy->relation);
        if (slot->tts_isnull[copy->scope.column - 1]) stamp(copy, slot);
        row->ecxt_scantuple = slot;
        if (!copy->condition || ExecQual(copy->condition, row)) break;
        pgstat_progress_update_param(PROGRESS_COPY_TUPLES_EXCLUDED, static_cast<int64>(++copy->excluded));
    }
    pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, static_cast<int64>(++copy->read));
    return true;
}

}  // namespace

}  // namespace djust::copy_rows

// copied_row() -> true: a condition of the WHERE clause that CopyFrom has.
DJUST_FUNCTION(djust_copied_row) {
    using namespace djust;
    using namespace djust::copy_rows;
    auto *step = static_cast<Step *>(fcinfo->flinfo->fn_extra);
    if (unlikely(!step)) {
        step = step_of(fcinfo->flinfo->fn_expr);
        if (!step) error::internal_function("copied_row", "COPY ... FROM");
        fcinfo->flinfo->fn_extra = step;
    }
    Copy *copy = step->copy;
    if (step->refuses) error::policy_refused(RelationGetRelationName(copy->relation), step->refuses->polname);
    ExprState *where = copy->state->qualexpr;
    check(copy, step, where->parent->state->es_per_tuple_exprcontext->ecxt_scantuple);
    if (copy->alone) {
        where->evalfunc = check_alone;
        where->evalfunc_private = step;
    }
    PG_RETURN_BOOL(true);
}

// copied_rows(NULL::table) -> its row type: to be called in the target list of our own INSERT's sub-select, where it
// is asked for one row at a time.
DJUST_FUNCTION(djust_copied_rows) {
    using namespace djust;
    using namespace djust::copy_rows;
    auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    Copy *copy = running();
    if (!copy || !copy->inserting || !result || !IsA(result, ReturnSetInfo) ||
        result->econtext->ecxt_estate != copy->inserting)
        error::internal_function("copied_rows", "COPY ... FROM");
    if (!read_row(copy)) {
        result->isDone = ExprEndResult;
        PG_RETURN_NULL();
    }
    result->isDone = ExprMultipleResult;
    return ExecFetchSlotHeapTupleDatum(copy->slot);
}
