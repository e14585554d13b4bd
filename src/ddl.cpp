#include "ddl.hpp"

#include "catalog.hpp"
#include "command.hpp"
#include "error.hpp"

namespace djust::ddl {

namespace {

void set_for_now(const char *name, const char *value) {
    set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

int execute(const char *statement) {
    SPI_connect();
    return SPI_execute(statement, false, 0);
}

void execute(const char *statement, int expected) {
    int result = execute(statement);
    if (result != expected) error::statement_failed(statement, result);
}

struct Identity {
    Oid user;
    int flags;
};

Identity become_owner(Oid relid) {
    Identity before;
    GetUserIdAndSecContext(&before.user, &before.flags);
    Oid owner = owner_of(relid);
    // Restricted only where it protects somebody: it forbids deferred triggers, which the owner himself may have.
    int flags = before.flags | SECURITY_NOFORCE_RLS;
    if (owner != before.user) flags |= SECURITY_RESTRICTED_OPERATION;
    SetUserIdAndSecContext(owner, flags);
    return before;
}

}  // namespace

char *format(const char *pattern, ...) {
    StringInfoData text;
    initStringInfo(&text);
    for (;;) {
        va_list arguments;
        va_start(arguments, pattern);
        int needed = appendStringInfoVA(&text, pattern, arguments);
        va_end(arguments);
        if (needed == 0) return text.data;
        enlargeStringInfo(&text, needed);
    }
}

Oid owner_of(Oid relid) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
    Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

int see_all_rows() {
    int nest_level = NewGUCNestLevel();
    set_for_now("row_security", "off");
    return nest_level;
}

int pin_settings() {
    int nest_level = see_all_rows();
    set_for_now("search_path", "pg_catalog, pg_temp");
    return nest_level;
}

void unpin_settings(int nest_level) { AtEOXact_GUC(false, nest_level); }

void run(const char *statement) {
    command::announce(true);
    PG_TRY();
    { execute(statement, SPI_OK_UTILITY); }
    PG_FINALLY();
    { command::announce(false); }
    PG_END_TRY();
    SPI_finish();
}

void run_all(List *statements) {
    ListCell *cell;
    foreach (cell, statements) run(static_cast<char *>(lfirst(cell)));
}

void change(const char *statement) {
    int result = execute(statement);
    if (result != SPI_OK_INSERT && result != SPI_OK_UPDATE && result != SPI_OK_DELETE)
        error::statement_failed(statement, result);
    SPI_finish();
}

List *query_oids(const char *query) {
    MemoryContext caller = CurrentMemoryContext;
    List *found = NIL;
    SPI_connect();
    // Not read-only: that would read with the snapshot of before the command, in which its objects are not there yet.
    if (SPI_execute(query, false, 0) == SPI_OK_SELECT) {
        MemoryContext inside = MemoryContextSwitchTo(caller);
        for (uint64 i = 0; i < SPI_processed; i++) {
            bool is_null;
            Datum value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &is_null);
            if (!is_null) found = list_append_unique_oid(found, DatumGetObjectId(value));
        }
        MemoryContextSwitchTo(inside);
    }
    SPI_finish();
    return found;
}

EventTriggerData *event_of(FunctionCallInfo fcinfo) {
    if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("function of djust_tenants not called by an event trigger"),
                        errdetail("It serves an event trigger of the extension."),
                        errhint("Tables are scoped by djust_tenants.scope_table.")));
    return reinterpret_cast<EventTriggerData *>(fcinfo->context);
}

// An error on the way restores the user with the transaction, as for every function that switches it.
bool run_as_owner(Oid relid, const char *update) {
    Identity before = become_owner(relid);
    bool updated = execute(update) == SPI_OK_UPDATE;
    SPI_finish();
    SetUserIdAndSecContext(before.user, before.flags);
    return updated;
}

int64 count_as_owner(Oid relid, const char *query) {
    Identity before = become_owner(relid);
    execute(query, SPI_OK_SELECT);
    bool is_null;
    int64 count = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
    SPI_finish();
    SetUserIdAndSecContext(before.user, before.flags);
    return count;
}

const char *name_of(Oid schema, const char *name) {
    return quote_qualified_identifier(get_namespace_name_or_temp(schema), name);
}

const char *name_of(Oid relid) { return name_of(get_rel_namespace(relid), get_rel_name(relid)); }

const char *free_name(Oid relid, const char *columns, const char *label, List **taken) {
    Oid schema = get_rel_namespace(relid);
    const char *numbered = label;
    for (int number = 1;; number++) {
        const char *name = makeObjectName(get_rel_name(relid), columns, numbered);
        const char *qualified = name_of(schema, name);
        bool used = OidIsValid(get_relname_relid(name, schema));
        ListCell *cell;
        foreach (cell, *taken) used = used || strcmp(static_cast<char *>(lfirst(cell)), qualified) == 0;
        if (!used) {
            *taken = lappend(*taken, pstrdup(qualified));
            return name;
        }
        numbered = format("%s%d", label, number);
    }
}

const char *column_name(Oid relid, AttrNumber column) { return quote_identifier(get_attname(relid, column, false)); }

List *parents_of(Oid relid) {
    List *parents = NIL;
    Relation inherits = table_open(InheritsRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
    SysScanDesc scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
    while (HeapTuple tuple = systable_getnext(scan))
        parents = lappend_oid(parents, reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent);
    systable_endscan(scan);
    table_close(inherits, AccessShareLock);
    return parents;
}

Node *default_of(Relation relation, AttrNumber column) {
    TupleConstr *constraints = RelationGetDescr(relation)->constr;
    for (int i = 0; constraints && i < constraints->num_defval; i++)
        if (constraints->defval[i].adnum == column)
            return static_cast<Node *>(stringToNode(constraints->defval[i].adbin));
    return nullptr;
}

bool is_tenant_key(Relation table, AttrNumber column, Relation index, int key) {
    if (key >= IndexRelationGetNumberOfKeyAttributes(index) || index->rd_index->indkey.values[key] != column)
        return false;
    Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), column - 1);
    std::optional<catalog::Kind> kind = catalog::kind_of_base_type(getBaseType(attribute->atttypid));
    if (!kind || index->rd_indcollation[key] != attribute->attcollation) return false;
    int strategy = get_op_opfamily_strategy(catalog::facts(*kind).equality, index->rd_opfamily[key]);
    return index->rd_rel->relam == BTREE_AM_OID ? strategy == BTEqualStrategyNumber : strategy != 0;
}

namespace {

template <typename Accepts>
Oid find_index(Relation relation, AttrNumber column, Accepts accepts) {
    Oid found = InvalidOid;
    List *indexes = RelationGetIndexList(relation);
    ListCell *cell;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        if (index->rd_rel->relam == BTREE_AM_OID && is_tenant_key(relation, column, index, 0) &&
            RelationGetIndexPredicate(index) == NIL && accepts(index))
            found = RelationGetRelid(index);
        index_close(index, AccessShareLock);
        if (OidIsValid(found)) break;
    }
    list_free(indexes);
    return found;
}

}  // namespace

Oid index_led_by(Relation relation, AttrNumber column) {
    return find_index(relation, column, [](Relation index) { return index->rd_index->indisvalid; });
}

Oid broken_index(Relation relation, AttrNumber column) {
    return find_index(relation, column, [](Relation index) {
        return !index->rd_index->indisvalid && index->rd_index->indislive && !index->rd_index->indisunique &&
               !index->rd_rel->relispartition && IndexRelationGetNumberOfAttributes(index) == 1;
    });
}

List *foreign_keys_of(Oid relid, AttrNumber column) {
    List *found = NIL;
    Relation constraints = table_open(ConstraintRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
    SysScanDesc scan =
        systable_beginscan(constraints, ConstraintRelidTypidNameIndexId, true, nullptr, 1, &key);
    while (HeapTuple tuple = systable_getnext(scan)) {
        auto *row = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
        if (row->contype != CONSTRAINT_FOREIGN) continue;
        int count;
        AttrNumber child[INDEX_MAX_KEYS], parent[INDEX_MAX_KEYS];
        Oid parent_child[INDEX_MAX_KEYS], parent_parent[INDEX_MAX_KEYS], child_child[INDEX_MAX_KEYS];
        DeconstructFkConstraintRow(tuple, &count, child, parent, parent_child, parent_parent, child_child, nullptr,
                                   nullptr);
        bool takes_part = false;
        StringInfoData condition;
        initStringInfo(&condition);
        for (int i = 0; i < count; i++) {
            takes_part = takes_part || child[i] == column;
            // The constraint's own operator, qualified: parent = child.
            HeapTuple operator_row = SearchSysCache1(OPEROID, ObjectIdGetDatum(parent_child[i]));
            auto *equality = reinterpret_cast<Form_pg_operator>(GETSTRUCT(operator_row));
            appendStringInfo(&condition, "%sp.%s OPERATOR(%s.%s) c.%s", i ? " AND " : "",
                             column_name(row->confrelid, parent[i]),
                             quote_identifier(get_namespace_name(equality->oprnamespace)),
                             NameStr(equality->oprname), column_name(relid, child[i]));
            ReleaseSysCache(operator_row);
        }
        if (!takes_part) continue;
        auto *made = static_cast<ForeignKey *>(palloc(sizeof(ForeignKey)));
        *made = ForeignKey{row->confrelid, condition.data};
        found = lappend(found, made);
    }
    systable_endscan(scan);
    table_close(constraints, AccessShareLock);
    return found;
}

}  // namespace djust::ddl
