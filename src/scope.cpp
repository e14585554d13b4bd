// The SQL functions that scope tables, and the view scoped_table.
#include "command.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "role.hpp"
#include "scoping.hpp"
#include "settings.hpp"

namespace {

using namespace djust;

const char *text_or_null(FunctionCallInfo fcinfo, int argument) {
    return PG_ARGISNULL(argument) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

const char *name_or_null(FunctionCallInfo fcinfo, int argument) {
    return PG_ARGISNULL(argument) ? nullptr : pstrdup(NameStr(*PG_GETARG_NAME(argument)));
}

// Arguments of scope_table and scope_table_sql: target, tenant_column, column_type, backfill, backfill_from.
scoping::Request request_of(FunctionCallInfo fcinfo, const char *function) {
    if (PG_ARGISNULL(0)) error::null_argument(function, "target");
    if (PG_ARGISNULL(1)) error::null_argument(function, "tenant_column");
    return scoping::Request{name_or_null(fcinfo, 1), text_or_null(fcinfo, 2), text_or_null(fcinfo, 3),
                            name_or_null(fcinfo, 4)};
}

void put_text(ReturnSetInfo *result, const char *text) {
    Datum value = CStringGetTextDatum(text);
    bool is_null = false;
    tuplestore_putvalues(result->setResult, result->setDesc, &value, &is_null);
}

// The ordinary and partitioned tables of a schema that have the column, parents before what is below them.
// `without`: how many others there are.
List *tables_with_column(Oid schema, const char *column, int *without) {
    List *found = NIL;
    *without = 0;
    Relation classes = table_open(RelationRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_class_relnamespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
    SysScanDesc scan = systable_beginscan(classes, InvalidOid, false, nullptr, 1, &key);
    while (HeapTuple tuple = systable_getnext(scan)) {
        auto *row = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
        if (row->relkind != RELKIND_RELATION && row->relkind != RELKIND_PARTITIONED_TABLE) continue;
        if (get_attnum(row->oid, column) > 0)
            found = lappend_oid(found, row->oid);
        else
            (*without)++;
    }
    systable_endscan(scan);
    table_close(classes, AccessShareLock);
    list_sort(found, list_oid_cmp);
    // Stable: the tops, then the rest.
    List *ordered = NIL;
    ListCell *cell;
    foreach (cell, found)
        if (!ddl::parents_of(lfirst_oid(cell))) ordered = lappend_oid(ordered, lfirst_oid(cell));
    return list_concat_unique_oid(ordered, found);
}

// Scopes one table in a subtransaction; the status that scope_schema reports, or null: somebody has dropped it meanwhile.
const char *try_to_scope(Oid relid, const char *column) {
    MemoryContext caller = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    const char *volatile status = nullptr;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(caller);
    PG_TRY();
    {
        bool changed = scoping::scope(relid, scoping::Request{column, nullptr, nullptr, nullptr});
        ReleaseCurrentSubTransaction();
        status = changed ? "scoped" : "unchanged";
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        ErrorData *error = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
        bool dropped = error->sqlerrcode == ERRCODE_UNDEFINED_TABLE &&
                       !SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid));
        // What the user can cure is a status; a cancelled query or a full disk is not.
        if (error->sqlerrcode != ERRCODE_INVALID_PARAMETER_VALUE &&
            error->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE && !dropped)
            ReThrowError(error);
        MemoryContextSwitchTo(caller);
        if (!dropped) {
            ereport(WARNING, (errcode(error->sqlerrcode),
                              errmsg("table %s was not scoped", ddl::name_of(relid)),
                              errdetail("%s.%s%s", error->message, error->detail ? " " : "",
                                        error->detail ? error->detail : ""),
                              errhint("%s", error->hint ? error->hint : "Call djust_tenants.scope_table for it.")));
            status = psprintf("refused: %s", error->detail ? error->detail : error->message);
        }
    }
    PG_END_TRY();
    MemoryContextSwitchTo(caller);
    CurrentResourceOwner = owner;
    return status;
}

}  // namespace

DJUST_FUNCTION(djust_scope_table) {
    scoping::Request request = request_of(fcinfo, "scope_table");
    scoping::scope(PG_GETARG_OID(0), request);
    PG_RETURN_VOID();
}

DJUST_FUNCTION(djust_scope_table_sql) {
    scoping::Request request = request_of(fcinfo, "scope_table_sql");
    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    ListCell *cell;
    foreach (cell, scoping::statements(PG_GETARG_OID(0), request)) put_text(result, static_cast<char *>(lfirst(cell)));
    return Datum(0);
}

DJUST_FUNCTION(djust_unscope_table) {
    if (PG_ARGISNULL(0)) error::null_argument("unscope_table", "target");
    // No tenant may open a table to all, be it the owner's own role.
    if (command::is_guarded(GetUserId())) error::code_refused("unscope_table");
    scoping::unscope(PG_GETARG_OID(0));
    PG_RETURN_VOID();
}

DJUST_FUNCTION(djust_scope_schema) {
    if (PG_ARGISNULL(0)) error::null_argument("scope_schema", "schema_name");
    if (PG_ARGISNULL(1)) error::null_argument("scope_schema", "tenant_column");
    const char *column = name_or_null(fcinfo, 1);
    Oid schema = get_namespace_oid(NameStr(*PG_GETARG_NAME(0)), false);
    InitMaterializedSRF(fcinfo, 0);
    auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    int without;
    List *tables = tables_with_column(schema, column, &without);
    // No error: in a schema that is still empty there is nothing to do, and a migration may be run again.
    if (!tables)
        ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                          errmsg("no table of schema \"%s\" has a column \"%s\"", get_namespace_name(schema), column),
                          without ? errdetail_plural("It has %d table without that column; nothing was scoped.",
                                                     "It has %d tables without that column; nothing was scoped.",
                                                     static_cast<unsigned long>(without), without)
                                  : errdetail("It has no tables; nothing was scoped."),
                          errhint("Pass the column's name as tenant_column, or let djust_tenants.scope_table add the "
                                  "column to a table.")));
    ListCell *cell;
    foreach (cell, tables) {
        Oid relid = lfirst_oid(cell);
        const char *status = try_to_scope(relid, column);
        if (!status) continue;
        Datum values[2] = {ObjectIdGetDatum(relid), CStringGetTextDatum(status)};
        bool nulls[2] = {false, false};
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    }
    return Datum(0);
}

// Every relation with a policy of our name: target, tenant_column, column_type, index_name, policy_ok.
DJUST_FUNCTION(djust_scoped_tables) {
    InitMaterializedSRF(fcinfo, 0);
    auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    List *relations = NIL;
    Relation policies = table_open(PolicyRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(policies, InvalidOid, false, nullptr, 0, nullptr);
    while (HeapTuple tuple = systable_getnext(scan)) {
        auto *row = reinterpret_cast<Form_pg_policy>(GETSTRUCT(tuple));
        if (strcmp(NameStr(row->polname), policy::isolation) == 0)
            relations = list_append_unique_oid(relations, row->polrelid);
    }
    systable_endscan(scan);
    table_close(policies, AccessShareLock);
    list_sort(relations, list_oid_cmp);
    ListCell *cell;
    foreach (cell, relations) {
        Relation relation = try_relation_open(lfirst_oid(cell), AccessShareLock);
        if (!relation) continue;  // dropped meanwhile
        policy::State state = policy::state_of(relation);
        AttrNumber column = state.isolation_ok ? state.scope.column : state.column_guess;
        bool protects = relation->rd_rel->relrowsecurity && relation->rd_rel->relforcerowsecurity;
        Oid index = column > 0 ? ddl::index_led_by(relation, column) : InvalidOid;
        bool nulls[5] = {false, column <= 0, column <= 0, !OidIsValid(index), false};
        Datum values[5] = {ObjectIdGetDatum(RelationGetRelid(relation)), Datum(0), Datum(0), ObjectIdGetDatum(index),
                           BoolGetDatum(state.isolation_ok && protects)};
        if (column > 0) {
            Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), column - 1);
            values[1] = NameGetDatum(&attribute->attname);
            values[2] = ObjectIdGetDatum(attribute->atttypid);
        }
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
        relation_close(relation, AccessShareLock);
    }
    return Datum(0);
}
