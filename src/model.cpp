// get_tenant_queryset, get_tenant_object, create_for_tenant: a table is named by its row type.
#include "catalog.hpp"
#include "context.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "settings.hpp"

namespace djust::model {

namespace {

// -- Statements and their saved plans

const char *name_of(Relation relation) { return ddl::name_of(RelationGetRelid(relation)); }

const char *column_name(Relation relation, AttrNumber column) {
    return NameStr(TupleDescAttr(RelationGetDescr(relation), column - 1)->attname);
}

// The tenant condition on `alias`, spelled out: it filters for callers whom row security does not bind.
const char *condition_on(const char *alias, Relation relation, const policy::Scope &scope) {
    return psprintf("%s.%s OPERATOR(pg_catalog.=) djust_tenants.%s()", alias,
                    quote_identifier(column_name(relation, scope.column)), catalog::facts(scope.kind).function);
}

// The relation of `model`. A domain over a row type could refuse rows that a table holds.
Relation open_argument(FunctionCallInfo fcinfo, const char *function, policy::Scope *scope) {
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, 0);
    // Nobody says which type it is where a client calls the function without a statement (PQfn); and it may be gone.
    if (!SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type))) error::no_model(function);
    if (getBaseType(type) != type) error::not_a_model(type, function);
    return policy::open_model(type, function, AccessShareLock, scope);
}

// PostgreSQL's plan cache keeps a plan in step with its table and with the caller's role; here is only which plan
// belongs to which statement. Bounded: the one unused for longest gives way.
struct Plan {
    SPIPlanPtr plan;
    Oid relid;
    char *text;
    int count;
    Oid types[INDEX_MAX_KEYS];
    uint64 used;
    int running;  // a trigger or policy may come here again while it runs
};
constexpr int most_plans = 32;
Plan plans[most_plans];
uint64 plan_clock;

// Never null. To be called between SPI_connect and SPI_finish; the statement's text is not kept.
Plan *plan_of(Oid relid, const char *text, int count, Oid *types) {
    Plan *oldest = nullptr;
    for (Plan &known : plans) {
        if (known.plan && known.relid == relid && known.count == count && strcmp(known.text, text) == 0 &&
            (count == 0 || memcmp(known.types, types, sizeof(Oid) * count) == 0)) {
            known.used = ++plan_clock;
            return &known;
        }
        if (known.running == 0 && (!oldest || known.used < oldest->used)) oldest = &known;
    }
    SPIPlanPtr made = SPI_prepare(text, count, types);
    if (!made) error::statement_failed(text, SPI_result);
    Plan filled{};
    filled.plan = made;
    filled.relid = relid;
    filled.count = count;
    if (count > 0) memcpy(filled.types, types, sizeof(Oid) * count);
    if (!oldest) {  // all are running, one in another: this one is made for a single use
        oldest = static_cast<Plan *>(palloc(sizeof(Plan)));
        *oldest = filled;
        return oldest;
    }
    filled.text = MemoryContextStrdup(TopMemoryContext, text);
    filled.used = ++plan_clock;
    SPI_keepplan(made);
    if (oldest->plan) {
        SPI_freeplan(oldest->plan);
        pfree(oldest->text);
    }
    *oldest = filled;
    return oldest;
}

void run(Plan *plan, Datum *values, bool read_only, DestReceiver *receiver) {
    ParamListInfo parameters = nullptr;
    if (plan->count > 0) {
        parameters = makeParamList(plan->count);
        for (int i = 0; i < plan->count; i++)
            parameters->params[i] = ParamExternData{values[i], false, PARAM_FLAG_CONST, plan->types[i]};
    }
    SPIExecuteOptions options{};
    options.params = parameters;
    options.read_only = read_only;
    options.dest = receiver;
    int result = SPI_ERROR_ARGUMENT;
    plan->running++;
    PG_TRY();
    { result = SPI_execute_plan_extended(plan->plan, &options); }
    PG_FINALLY();
    { plan->running--; }
    PG_END_TRY();
    if (result < 0) error::statement_failed("(a saved plan)", result);
}

// The one column of the one row, a whole row itself, copied for the caller. False when there is none.
bool first_row(Datum *row) {
    if (SPI_processed == 0 || !SPI_tuptable) return false;
    bool is_null;
    Datum found = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
    if (is_null) return false;
    *row = SPI_datumTransfer(found, false, -1);
    return true;
}

// -- Primary keys

struct Key {
    int count;
    AttrNumber columns[INDEX_MAX_KEYS];
};

// The primary key's columns in key order, without the tenant's.
Key key_of(Relation relation, const policy::Scope &scope) {
    Key key{};
    bool found = false;
    List *indexes = RelationGetIndexList(relation);
    ListCell *cell;
    foreach (cell, indexes) {
        HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(tuple)) continue;
        auto *index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
        if (index->indisprimary) {
            found = true;
            for (int i = 0; i < index->indnkeyatts; i++)
                if (index->indkey.values[i] != scope.column) key.columns[key.count++] = index->indkey.values[i];
        }
        ReleaseSysCache(tuple);
        if (found) break;
    }
    list_free(indexes);
    if (!found)
        error::bad_option(psprintf("table \"%s\" has no primary key", RelationGetRelationName(relation)),
                          psprintf("get_tenant_object looks for a row of %s by its primary key.", name_of(relation)),
                          "Add one with ALTER TABLE ... ADD PRIMARY KEY, or use WHERE on "
                          "djust_tenants.get_tenant_queryset(...).");
    return key;
}

const char *key_text(Relation relation, const Key &key) {
    StringInfoData text;
    initStringInfo(&text);
    for (int i = 0; i < key.count; i++)
        appendStringInfo(&text, "%s%s", i ? ", " : "", quote_identifier(column_name(relation, key.columns[i])));
    return text.data;
}

[[noreturn]] void bad_key(Relation relation, const Key &key, const char *message, const char *given) {
    error::bad_option(message,
                      psprintf("Without the tenant column, the primary key of %s is (%s); %s.", name_of(relation),
                               key_text(relation, key), given),
                      psprintf("Pass one text value for each key column: "
                               "djust_tenants.get_tenant_object(NULL::%s, ...).", name_of(relation)));
}

// -- Fields

// The columns of `fields`, in its order. The tenant's is left out when it is null: it is stamped, also where its
// type is a domain that refuses NULL.
struct Fields {
    List *columns;  // of AttrNumber
    bool has_tenant;
};

AttrNumber column_of(Relation relation, std::string_view name) {
    TupleDesc columns = RelationGetDescr(relation);
    for (int i = 0; i < columns->natts; i++) {
        Form_pg_attribute column = TupleDescAttr(columns, i);
        if (!column->attisdropped && name == NameStr(column->attname)) return column->attnum;
    }
    return InvalidAttrNumber;
}

Fields fields_of(Relation relation, const policy::Scope &scope, Jsonb *json) {
    Fields fields{};
    JsonbIterator *iterator = JsonbIteratorInit(&json->root);
    JsonbValue value;
    AttrNumber column = InvalidAttrNumber;
    for (JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, true); token != WJB_DONE;
         token = JsonbIteratorNext(&iterator, &value, true)) {
        if (token == WJB_KEY) {
            std::string_view name(value.val.string.val, value.val.string.len);
            column = column_of(relation, name);
            if (column == InvalidAttrNumber)
                error::unknown_field(RelationGetRelid(relation), pnstrdup(name.data(), name.size()));
        } else if (token == WJB_VALUE) {
            bool is_tenant = column == scope.column;
            if (is_tenant && value.type == jbvNull) continue;
            fields.has_tenant = fields.has_tenant || is_tenant;
            fields.columns = lappend_int(fields.columns, column);
        }
    }
    return fields;
}

// INSERT of those columns alone, so that the others get their defaults.
const char *insert_of(Relation relation, const Fields &fields) {
    const char *table = name_of(relation);
    if (fields.columns == NIL)
        return psprintf("INSERT INTO %s AS t DEFAULT VALUES RETURNING t.*::%s", table, table);
    StringInfoData names, values, types;
    initStringInfo(&names);
    initStringInfo(&values);
    initStringInfo(&types);
    ListCell *cell;
    foreach (cell, fields.columns) {
        Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), lfirst_int(cell) - 1);
        const char *separator = names.len ? ", " : "";
        const char *name = quote_identifier(NameStr(column->attname));
        appendStringInfo(&names, "%s%s", separator, name);
        appendStringInfo(&values, "%sx.%s", separator, name);
        appendStringInfo(&types, "%s%s %s", separator, name,
                         format_type_extended(column->atttypid, column->atttypmod,
                                              FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
    }
    return psprintf("INSERT INTO %s AS t (%s) SELECT %s FROM pg_catalog.jsonb_to_record($1) AS x(%s) "
                    "RETURNING t.*::%s",
                    table, names.data, values.data, types.data, table);
}

}  // namespace

}  // namespace djust::model

using namespace djust;

DJUST_FUNCTION(djust_get_tenant_queryset) {
    policy::Scope scope;
    Relation relation = model::open_argument(fcinfo, "get_tenant_queryset", &scope);
    // The executor's check is for those whom row security binds; here it is for everybody.
    if (settings::tenant_required() && !context::current())
        context::refuse_missing(RelationGetRelid(relation), nullptr);

    auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    if (!result || !IsA(result, ReturnSetInfo) || !(result->allowedModes & SFRM_Materialize))
        error::no_place_for_a_set("get_tenant_queryset");
    MemoryContext caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
    result->returnMode = SFRM_Materialize;
    result->setDesc = CreateTupleDescCopy(RelationGetDescr(relation));
    result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
    MemoryContextSwitchTo(caller);

    const char *statement = psprintf("SELECT * FROM %s AS t WHERE %s", model::name_of(relation),
                                     model::condition_on("t", relation, scope));
    SPI_connect();
    DestReceiver *receiver = CreateDestReceiver(DestTuplestore);
    SetTuplestoreDestReceiverParams(receiver, result->setResult, result->econtext->ecxt_per_query_memory, false,
                                    result->setDesc, "the table's columns changed during the call");
    model::run(model::plan_of(RelationGetRelid(relation), statement, 0, nullptr), nullptr, true, receiver);
    SPI_finish();
    table_close(relation, NoLock);
    return Datum(0);
}

DJUST_FUNCTION(djust_get_tenant_object) {
    policy::Scope scope;
    Relation relation = model::open_argument(fcinfo, "get_tenant_object", &scope);
    Oid relid = RelationGetRelid(relation);
    model::Key key = model::key_of(relation, scope);
    if (PG_ARGISNULL(1)) model::bad_key(relation, key, "primary key value must not be null", "the array is null");
    Datum *texts;
    bool *nulls;
    int count;
    deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &count);
    if (count != key.count)
        model::bad_key(relation, key, "wrong number of primary key values",
                       psprintf(count == 1 ? "%d value was given" : "%d values were given", count));
    for (int i = 0; i < count; i++)
        if (nulls[i])
            model::bad_key(relation, key, "primary key value must not be null",
                           psprintf("value %d is null", i + 1));
    if (!context::current()) context::refuse_missing(relid, nullptr);

    // A value is read as the column's type without its modifier, or numeric(5,2) would find 1.23 for 1.234; and
    // without its domain's checks: a value that cannot stand there is found nowhere.
    StringInfoData statement;
    initStringInfo(&statement);
    const char *table = model::name_of(relation);
    appendStringInfo(&statement, "SELECT t.*::%s FROM %s AS t WHERE %s", table, table,
                     model::condition_on("t", relation, scope));
    Oid types[INDEX_MAX_KEYS];
    Datum values[INDEX_MAX_KEYS];
    for (int i = 0; i < count; i++) {
        Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), key.columns[i] - 1);
        types[i] = getBaseType(column->atttypid);
        Oid input, parameter;
        getTypeInputInfo(types[i], &input, &parameter);
        values[i] = OidInputFunctionCall(input, TextDatumGetCString(texts[i]), parameter, -1);
        HeapTuple tuple = SearchSysCache1(
            OPEROID, ObjectIdGetDatum(lookup_type_cache(types[i], TYPECACHE_EQ_OPR)->eq_opr));
        if (!HeapTupleIsValid(tuple)) elog(ERROR, "no equality for key type %u", types[i]);
        auto *equality = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
        appendStringInfo(&statement, " AND t.%s OPERATOR(%s.%s) $%d", quote_identifier(NameStr(column->attname)),
                         quote_identifier(get_namespace_name(equality->oprnamespace)), NameStr(equality->oprname),
                         i + 1);
        ReleaseSysCache(tuple);
    }
    SPI_connect();
    model::run(model::plan_of(relid, statement.data, count, types), values, true, nullptr);
    Datum row;
    if (!model::first_row(&row)) error::no_such_object(relid);
    SPI_finish();
    table_close(relation, NoLock);
    return row;
}

DJUST_FUNCTION(djust_create_for_tenant) {
    policy::Scope scope;
    Relation relation = model::open_argument(fcinfo, "create_for_tenant", &scope);
    Oid relid = RelationGetRelid(relation);
    if (PG_ARGISNULL(1)) error::null_argument("create_for_tenant", "fields");
    Jsonb *json = PG_GETARG_JSONB_P(1);
    if (!JB_ROOT_IS_OBJECT(json))
        error::bad_option("fields must be a JSON object",
                          psprintf("Argument fields of create_for_tenant is %s.",
                                   JB_ROOT_IS_SCALAR(json) ? "a JSON scalar" : "a JSON array"),
                          psprintf("Call djust_tenants.create_for_tenant(NULL::%s, '{\"column\": value}').",
                                   model::name_of(relation)));
    model::Fields fields = model::fields_of(relation, scope, json);
    if (!fields.has_tenant) {
        const char *current = context::current();
        if (!current) context::refuse_missing(relid, nullptr);
        if (!context::has_value(scope.kind))
            error::not_a_value(relid, model::column_name(relation, scope.column),
                               TupleDescAttr(RelationGetDescr(relation), scope.column - 1)->atttypid, current);
    }
    const char *statement = model::insert_of(relation, fields);
    Oid types[] = {JSONBOID};
    Datum values[] = {JsonbPGetDatum(json)};
    SPI_connect();
    model::run(model::plan_of(relid, statement, fields.columns == NIL ? 0 : 1, types), values, false, nullptr);
    Datum row;
    bool created = model::first_row(&row);  // not when a BEFORE trigger has suppressed it
    SPI_finish();
    table_close(relation, NoLock);
    if (!created) PG_RETURN_NULL();
    return row;
}
