#include "copy.hpp"

#include "context.hpp"
#include "copy_checks.hpp"
#include "copy_rows.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "settings.hpp"

namespace djust::copy {

using copy_rows::Copy;

namespace {

bool may_read_source(const CopyStmt *statement) {
    if (!statement->filename) return true;
    return has_privs_of_role(GetUserId(),
                             statement->is_program ? ROLE_PG_EXECUTE_SERVER_PROGRAM : ROLE_PG_READ_SERVER_FILES);
}

// The privileges that COPY needs: INSERT on the columns that it reads, SELECT on those of the WHERE clause (the parser
// has noted these).
void check_privileges(ParseState *parse, ParseNamespaceItem *item, List *columns) {
#if PG_VERSION_NUM >= 160000
    Bitmapset **inserted = &item->p_perminfo->insertedCols;
#else
    Bitmapset **inserted = &item->p_rte->insertedCols;
#endif
    ListCell *cell;
    foreach (cell, columns)
        *inserted = bms_add_member(*inserted, lfirst_int(cell) - FirstLowInvalidHeapAttributeNumber);
#if PG_VERSION_NUM >= 160000
    ExecCheckPermissions(parse->p_rtable, list_make1(item->p_perminfo), true);
#else
    ExecCheckRTPerms(parse->p_rtable, true);
#endif
}

void require_insert(ParseNamespaceItem *item) {
#if PG_VERSION_NUM >= 160000
    item->p_perminfo->requiredPerms = ACL_INSERT;
#else
    item->p_rte->requiredPerms = ACL_INSERT;
#endif
}

Bitmapset *inserted_columns(ParseNamespaceItem *item) {
#if PG_VERSION_NUM >= 160000
    return item->p_perminfo->insertedCols;
#else
    return item->p_rte->insertedCols;
#endif
}

// PostgreSQL refuses a WHERE clause that names a generated column: its value is not there yet.
bool names_generated(Node *where, Relation relation) {
    Bitmapset *columns = nullptr;
    pull_varattnos(where, 1, &columns);
    bool whole_row = bms_is_member(-FirstLowInvalidHeapAttributeNumber, columns);
    TupleDesc descriptor = RelationGetDescr(relation);
    for (int i = 0; i < descriptor->natts; i++)
        if (TupleDescAttr(descriptor, i)->attgenerated &&
            (whole_row || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, columns)))
            return true;
    return false;
}

// The WHERE clause as CopyFrom takes it: a folded list of conditions with AND between them. False when PostgreSQL would
// refuse it with an error that is its own to raise.
bool transform_where(ParseState *parse, ParseNamespaceItem *item, const CopyStmt *statement, Relation relation,
                     List **conditions) {
    *conditions = NIL;
    if (!statement->whereClause) return true;
    addNSItemToQuery(parse, item, false, true, true);
    Node *where = transformExpr(parse, static_cast<Node *>(copyObjectImpl(statement->whereClause)), EXPR_KIND_COPY_WHERE);
    where = coerce_to_boolean(parse, where, "WHERE");
    assign_expr_collations(parse, where);
    if (names_generated(where, relation)) return false;
    auto *folded = reinterpret_cast<Expr *>(eval_const_expressions(nullptr, where));
    *conditions = make_ands_implicit(canonicalize_qual(folded, false));
    return true;
}

// --- the two ways to load ---------------------------------------------------------------------------

uint64 load(Copy *copy, ParseState *parse, const CopyStmt *statement, List *where, List *checks) {
    where = copy_rows::where_with_checks(copy, where, checks);
    copy->state = BeginCopyFrom(parse, copy->relation, reinterpret_cast<Node *>(where), statement->filename,
                                statement->is_program, nullptr, statement->attlist, statement->options);
    copy_rows::prepare(copy);
    return CopyFrom(copy->state);
}

// COPY names the line of the file in its errors; until it has read one there is none to name.
void add_line(void *argument) {
    auto *state = static_cast<CopyFromState>(argument);
    if (state->cur_lineno > 0) CopyFromErrorCallback(state);
}

// The rows by an INSERT: all columns that are not generated have the values that COPY gives them, so there is nothing
// left for the INSERT's own defaults.
Query *insert_query(const Copy *copy, ParseNamespaceItem *item) {
    const char *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(copy->relation)),
                                                   RelationGetRelationName(copy->relation));
    StringInfoData columns, fields, text;
    initStringInfo(&columns);
    initStringInfo(&fields);
    initStringInfo(&text);
    TupleDesc descriptor = RelationGetDescr(copy->relation);
    const char *separator = "";
    for (int i = 0; i < descriptor->natts; i++) {
        Form_pg_attribute column = TupleDescAttr(descriptor, i);
        if (column->attisdropped || column->attgenerated) continue;
        const char *name = quote_identifier(NameStr(column->attname));
        appendStringInfo(&columns, "%s%s", separator, name);
        appendStringInfo(&fields, "%s(file.copied).%s", separator, name);
        separator = ", ";
    }
    appendStringInfo(&text,
                     "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE "
                     "SELECT %s FROM (SELECT djust_tenants.copied_rows(NULL::%s) AS copied) AS file",
                     table, columns.data, fields.data, table);
    ParseState *parse = make_parsestate(nullptr);
    parse->p_sourcetext = text.data;
    Query *query = transformTopLevelStmt(parse, linitial_node(RawStmt, raw_parser(text.data, RAW_PARSE_DEFAULT)));
    free_parsestate(parse);
    // COPY asks for INSERT on the columns that it reads, not on those that get their defaults.
    RangeTblEntry *entry = rt_fetch(query->resultRelation, query->rtable);
    // Our lock keeps the table's name; its schema's may just have changed.
    if (entry->relid != RelationGetRelid(copy->relation)) error::statement_failed(text.data, SPI_ERROR_ARGUMENT);
#if PG_VERSION_NUM >= 160000
    getRTEPermissionInfo(query->rteperminfos, entry)->insertedCols = inserted_columns(item);
#else
    entry->insertedCols = inserted_columns(item);
#endif
    return query;
}

void report_skipped([[maybe_unused]] CopyFromState state) {
#if PG_VERSION_NUM >= 170000
    if (state->opts.on_error == COPY_ON_ERROR_STOP || state->num_errors == 0) return;
#if PG_VERSION_NUM >= 180000
    if (state->opts.log_verbosity < COPY_LOG_VERBOSITY_DEFAULT) return;
#endif
    ereport(NOTICE, errmsg_plural("%llu row was skipped due to data type incompatibility",
                                  "%llu rows were skipped due to data type incompatibility",
                                  static_cast<unsigned long>(state->num_errors),
                                  static_cast<unsigned long long>(state->num_errors)));
#endif
}

uint64 insert(Copy *copy, ParseState *parse, ParseNamespaceItem *item, const CopyStmt *statement, List *where,
              QueryEnvironment *environment) {
    List *rewritten = QueryRewrite(insert_query(copy, item));
    PlannedStmt *plan = pg_plan_query(linitial_node(Query, rewritten), parse->p_sourcetext, 0, nullptr);

    copy->state = BeginCopyFrom(parse, copy->relation, nullptr, statement->filename, statement->is_program, nullptr,
                                statement->attlist, statement->options);
    copy_rows::prepare(copy);
    copy->reading = CreateExecutorState();
    copy->slot = table_slot_create(copy->relation, &copy->reading->es_tupleTable);
    MemoryContext before = MemoryContextSwitchTo(copy->reading->es_query_cxt);
    copy->condition = where ? ExecInitQual(where, nullptr) : nullptr;
    MemoryContextSwitchTo(before);

    PushCopiedSnapshot(GetActiveSnapshot());
    UpdateActiveSnapshotCommandId();
    QueryDesc *query = CreateQueryDesc(plan, parse->p_sourcetext, GetActiveSnapshot(), InvalidSnapshot, None_Receiver,
                                       nullptr, environment, 0);
    ExecutorStart(query, 0);
    copy->inserting = query->estate;
    ErrorContextCallback callback{error_context_stack, add_line, copy->state};
    error_context_stack = &callback;
#if PG_VERSION_NUM >= 180000
    ExecutorRun(query, ForwardScanDirection, 0);
#else
    ExecutorRun(query, ForwardScanDirection, 0, true);
#endif
    error_context_stack = callback.previous;
    report_skipped(copy->state);
    ExecutorFinish(query);
    uint64 processed = query->estate->es_processed;
    copy->inserting = nullptr;
    ExecutorEnd(query);
    FreeQueryDesc(query);
    PopActiveSnapshot();

    ExecResetTupleTable(copy->reading->es_tupleTable, false);
    FreeExecutorState(copy->reading);
    return processed;
}

// Rules would act on the INSERT, and COPY does not follow them; frozen rows are CopyFrom's alone.
void refuse_insert(ParseState *parse, const CopyStmt *statement, Relation relation) {
    Oid relid = RelationGetRelid(relation);
    for (int i = 0; relation->rd_rules && i < relation->rd_rules->numLocks; i++)
        if (relation->rd_rules->rules[i]->event == CMD_INSERT && relation->rd_rules->rules[i]->enabled != RULE_DISABLED)
            error::copy_refused(relid, error::Copying::plain,
                                "Its triggers or policies need an INSERT of the rows, and its rules would act on that, as "
                                "they do not on COPY.",
                                "COPY into a temporary table and INSERT ... SELECT from it, if the rules may act; else "
                                "disable the rules (ALTER TABLE ... DISABLE RULE) or the triggers while you load.");
    CopyFormatOptions options{};
    options.file_encoding = -1;
    ProcessCopyOptions(parse, &options, true, statement->options);
    if (options.freeze)
        error::copy_refused(relid, error::Copying::frozen,
                            "Its triggers or policies need an INSERT of the rows, which cannot freeze them.",
                            "Leave out FREEZE, and VACUUM (FREEZE) the table after the load.");
}

// After the privileges have been checked. The relation is locked.
uint64 run_checked(const CopyStmt *statement, ParseState *parse, ParseNamespaceItem *item, Relation relation,
                   const policy::Scope &scope, List *columns, List *where, QueryEnvironment *environment) {
    Oid relid = RelationGetRelid(relation);
    bool bound = check_enable_rls(relid, InvalidOid, false) == RLS_ENABLED;
    if (XactReadOnly && !relation->rd_islocaltemp) PreventCommandIfReadOnly("COPY FROM");
    Copy *copy = copy_rows::make(relation, scope, bound, list_member_int(columns, scope.column));
    List *checks = NIL;
    bool by_insert = false;
    if (bound) {
        copy_checks::Checks found = copy_checks::of(parse, relation, scope);
        checks = found.others;
        by_insert = !found.fit_a_where || copy_checks::can_change_rows(relation);
        if (by_insert) refuse_insert(parse, statement, relation);
    }
    copy->outer = copy_rows::running();
    copy_rows::set_running(copy);
    volatile uint64 processed = 0;
    PG_TRY();
    {
        processed = by_insert ? insert(copy, parse, item, statement, where, environment)
                              : load(copy, parse, statement, where, checks);
    }
    PG_FINALLY();
    {
        copy_rows::set_running(copy->outer);
    }
    PG_END_TRY();
    copy_rows::check_tenant(copy);
    // A partition's trigger that was made since we looked has not been seen by the checks.
    if (bound && !by_insert && copy_checks::can_change_rows(relation))
        error::copy_refused(relid, error::Copying::plain,
                            "A BEFORE ROW trigger was made on it, or on a partition, while the rows were loaded.",
                            "Run the COPY again: it goes by an INSERT then.");
    EndCopyFrom(copy->state);
    return processed;
}

// A role that bypasses row-level security is stamped when a tenant is set. The column's default does it where that is
// ours and the file has no such column.
bool is_stamped(const CopyStmt *statement, Relation relation, const policy::Scope &scope) {
    const char *id = context::current();
    if (!id || !context::has_value(scope.kind) ||
        strlen(id) > policy::longest_value(RelationGetRelid(relation), scope.column))
        return false;
    List *columns = CopyGetAttnums(RelationGetDescr(relation), relation, statement->attlist);
    return list_member_int(columns, scope.column) ||
           !policy::is_current(ddl::default_of(relation, scope.column));
}

}  // namespace

bool run(const CopyStmt *statement, const char *text, QueryEnvironment *environment, QueryCompletion *completion) {
    if (!statement->is_from || !statement->relation) return false;
    Oid relid = RangeVarGetRelid(statement->relation, NoLock, true);
    if (!OidIsValid(relid) || !policy::scope_of(relid)) return false;
    if (!settings::copy_from()) {
        if (pg_class_aclcheck(relid, GetUserId(), ACL_INSERT) == ACLCHECK_OK &&
            check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
            error::copy_refused(relid, error::Copying::plain, "The setting djust_tenants.copy_from is off.", nullptr);
        return false;
    }
    // Rows of a distributed table are elsewhere; Citus loads them by a utility hook of its own.
    if (OidIsValid(get_extension_oid("citus", true))) return false;
    if (!OidIsValid(catalog::copied_row_function())) return false;  // ALTER EXTENSION UPDATE is still to come
    // Refused before anything else by PostgreSQL, in words that differ between its versions.
    if (!may_read_source(statement) || IsInParallelMode() || RecoveryInProgress()) return false;

    check_stack_depth();
    Relation relation = table_openrv(statement->relation, RowExclusiveLock);
    std::optional<policy::Scope> scope = policy::scope_of(relation);
    bool bound = check_enable_rls(RelationGetRelid(relation), InvalidOid, true) == RLS_ENABLED;
    bool ours = scope && (bound || is_stamped(statement, relation, *scope));
    List *where = NIL;
    ParseState *parse = make_parsestate(nullptr);
    parse->p_sourcetext = text;
    parse->p_queryEnv = environment;
    ParseNamespaceItem *item = nullptr;
    if (ours) {
        item = addRangeTableEntryForRelation(parse, relation, RowExclusiveLock, nullptr, false, false);
        require_insert(item);
        ours = transform_where(parse, item, statement, relation, &where);
    }
    if (!ours) {
        table_close(relation, NoLock);
        return false;
    }
    List *columns = CopyGetAttnums(RelationGetDescr(relation), relation, statement->attlist);
    check_privileges(parse, item, columns);
    uint64 processed = run_checked(statement, parse, item, relation, *scope, columns, where, environment);
    table_close(relation, NoLock);
    if (completion) SetQueryCompletion(completion, CMDTAG_COPY, processed);
    return true;
}

}  // namespace djust::copy
