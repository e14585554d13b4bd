#include "scoping.hpp"

#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "tenant_id.hpp"

namespace djust::scoping {

namespace {

// What is asked, resolved against the table.
struct Plan {
    Oid root;
    List *tree;      // the root and everything below it, parents first
    AttrNumber column;  // of the root; 0 while it is missing
    const char *name;   // of the column, not quoted
    Oid type;
    int32 typmod;
    catalog::Kind kind;
    const char *table;   // quoted
    const char *quoted;  // column
};

__attribute__((format(printf, 1, 2))) char *format(const char *pattern, ...);
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

const char *current_call(catalog::Kind kind) { return format("djust_tenants.%s()", catalog::facts(kind).function); }

const char *type_name(Oid type, int32 typmod) {
    return format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

bool is_scoped(Oid relid) {
    Relation relation = relation_open(relid, AccessShareLock);
    bool scoped = policy::state_of(relation).isolation_ok;
    relation_close(relation, AccessShareLock);
    return scoped;
}

// The column that a relation is scoped by, not quoted; null when it is not scoped.
const char *scoped_by(Oid relid) {
    Relation relation = relation_open(relid, AccessShareLock);
    policy::State state = policy::state_of(relation);
    relation_close(relation, AccessShareLock);
    return state.isolation_ok ? get_attname(relid, state.scope.column, false) : nullptr;
}

// Scoped by that column, with row security on and forced.
bool is_isolated(Oid relid, const char *column) {
    const char *found = scoped_by(relid);
    if (!found || strcmp(found, column) != 0) return false;
    Relation relation = relation_open(relid, AccessShareLock);
    bool isolated = relation->rd_rel->relrowsecurity && relation->rd_rel->relforcerowsecurity;
    relation_close(relation, AccessShareLock);
    return isolated;
}

void check_table(Oid relid) {
    char kind = get_rel_relkind(relid);
    if (kind == RELKIND_FOREIGN_TABLE)
        error::cannot_scope(relid, "It is a foreign table, and PostgreSQL has no row-level security for those.",
                            "Scope the table on its own server with djust_tenants.scope_table, or detach the "
                            "foreign table.");
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
        error::cannot_scope(relid, "It is not a table.",
                            "For views use djust_tenants.create_scoped_view on the table below.");
    if (relid < FirstNormalObjectId || get_rel_namespace(relid) == catalog::schema())
        error::cannot_scope(relid, "It is a table of the system, or of djust_tenants itself.",
                            "Pass a table of your own to djust_tenants.scope_table.");
    if (!pg::owns_relation(relid, GetUserId())) error::not_owner(relid);
}

void check_exists(Oid relid, const char *function) {
    if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid))) error::no_such_relation(relid, function);
}

// Locks the table and everything below it; the list begins with it. Who may not change it may not lock it either, and
// while we waited for the lock it may have been dropped or become another's.
List *lock_tree(Oid relid, LOCKMODE lock, const char *function) {
    check_exists(relid, function);
    check_table(relid);
    LockRelationOid(relid, lock);
    check_exists(relid, function);
    check_table(relid);
    return find_all_inheritors(relid, lock, nullptr);
}

// A relation is readable through every parent: all of them have to be scoped by that column, or to be scoped now.
void check_parents(Oid relid, List *tree, const char *column) {
    ListCell *cell;
    foreach (cell, ddl::parents_of(relid)) {
        Oid parent = lfirst_oid(cell);
        if (list_member_oid(tree, parent)) continue;
        const char *found = scoped_by(parent);
        if (found && strcmp(found, column) == 0) continue;
        if (found)
            error::cannot_scope(relid,
                                format("It is a partition or child of %s, which is scoped by another column, %s: its "
                                       "rows would be one tenant's there and another's here.", ddl::name_of(parent),
                                       quote_identifier(found)),
                                "Scope both by the same column: see tenant_column of djust_tenants.scope_table.");
        error::cannot_scope(relid,
                            format("It is a partition or child of %s, which is not scoped: its rows could be read "
                                   "through that table.", ddl::name_of(parent)),
                            format("Call djust_tenants.scope_table(%s) instead.",
                                   quote_literal_cstr(ddl::name_of(parent))));
    }
}

void check_column(const Plan &plan, Relation relation) {
    Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), plan.column - 1);
    if (column->attgenerated || column->attidentity)
        error::cannot_scope(plan.root, format("Column %s is generated or an identity.", plan.quoted),
                            "A tenant column must be writable: name another one as tenant_column.");
}

// The kind of tenant column that a type makes; raises when it makes none.
catalog::Kind kind_of(Oid relid, const char *column, Oid type, Oid collation) {
    std::optional<catalog::Kind> kind = catalog::kind_of_base_type(getBaseType(type));
    if (!kind)
        error::cannot_scope(relid, format("Column %s is of type %s.", column, format_type_be(type)),
                            "A tenant column is of type text, varchar, uuid, bigint or integer, or a domain over "
                            "one of them: see column_type of djust_tenants.scope_table.");
    if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
        error::cannot_scope(relid, format("Column %s has a nondeterministic collation: different tenant ids would "
                                          "compare equal.", column),
                            "Give the column a deterministic collation, such as \"C\", before "
                            "djust_tenants.scope_table.");
    return *kind;
}

// A type's name, with an error of ours around PostgreSQL's where it is none.
void read_type(Oid relid, const char *name, Oid *type, int32 *typmod) {
    MemoryContext caller = CurrentMemoryContext;
    PG_TRY();
    { pg::parse_type(name, type, typmod); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        ErrorData *error = CopyErrorData();
        FlushErrorState();
        if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION &&
            ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_TO_CATEGORY(ERRCODE_INVALID_PARAMETER_VALUE))
            ReThrowError(error);
        error::cannot_scope(relid, format("\"%s\" is not a type: %s.", name, error->message),
                            "Pass text, varchar(n), uuid, bigint, integer, or a domain over one of them as column_type "
                            "to djust_tenants.scope_table.");
    }
    PG_END_TRY();
}

Plan resolve(Oid relid, const Request &request, LOCKMODE lock) {
    Plan plan{};
    plan.root = relid;
    plan.tree = lock_tree(relid, lock, "scope_table");
    plan.name = request.column;
    plan.quoted = quote_identifier(request.column);
    plan.table = ddl::name_of(relid);
    ListCell *cell;
    foreach (cell, plan.tree) {
        if (lfirst_oid(cell) != relid) check_table(lfirst_oid(cell));
        check_parents(lfirst_oid(cell), plan.tree, plan.name);
    }

    if (*request.column == '\0')
        error::cannot_scope(relid, "The name of the tenant column is empty.",
                            "Pass a column name as tenant_column to djust_tenants.scope_table.");
    plan.column = get_attnum(relid, request.column);
    Oid asked = InvalidOid;
    int32 asked_typmod = -1;
    if (request.column_type) read_type(relid, request.column_type, &asked, &asked_typmod);
    if (plan.column < 0)
        error::cannot_scope(relid, format("Column %s is a system column.", plan.quoted),
                            "Name another tenant_column for djust_tenants.scope_table.");
    Oid collation = InvalidOid;
    if (plan.column == 0) {
        plan.type = OidIsValid(asked) ? asked : TEXTOID;
        plan.typmod = asked_typmod;
        collation = get_typcollation(plan.type);
        Relation relation = table_open(relid, NoLock);
        bool typed = OidIsValid(relation->rd_rel->reloftype);
        table_close(relation, NoLock);
        if (typed)
            error::cannot_scope(relid, format("It is a typed table, and its type has no attribute %s.", plan.quoted),
                                "Add the attribute with ALTER TYPE ... ADD ATTRIBUTE ... CASCADE before "
                                "djust_tenants.scope_table.");
    } else {
        get_atttypetypmodcoll(relid, plan.column, &plan.type, &plan.typmod, &collation);
        if (OidIsValid(asked) && (asked != plan.type || asked_typmod != plan.typmod))
            error::cannot_scope(relid,
                                format("Column %s exists and is of type %s, not %s.", plan.quoted,
                                       format_type_with_typemod(plan.type, plan.typmod),
                                       format_type_with_typemod(asked, asked_typmod)),
                                "Leave out column_type, or change the column's type before "
                                "djust_tenants.scope_table.");
    }
    plan.kind = kind_of(relid, plan.quoted, plan.type, collation);

    foreach (cell, plan.tree) {
        Relation relation = table_open(lfirst_oid(cell), NoLock);
        policy::State state = policy::state_of(relation);
        if (plan.column != 0 && RelationGetRelid(relation) == relid) check_column(plan, relation);
        table_close(relation, NoLock);
        if ((state.has_isolation && !state.isolation_ok) || (state.has_access && !state.access_ok))
            error::cannot_scope(lfirst_oid(cell),
                                format("It has a policy that is named like ours (%s) and is not ours.",
                                       state.has_isolation && !state.isolation_ok ? policy::isolation
                                                                                  : policy::access),
                                "Look at it in djust_tenants.scoped_table, DROP POLICY it, and call "
                                "djust_tenants.scope_table again.");
        if (state.isolation_ok &&
            state.scope.column != get_attnum(lfirst_oid(cell), request.column))
            error::cannot_scope(lfirst_oid(cell),
                                format("It is scoped already, by column %s.",
                                       ddl::column_name(lfirst_oid(cell), state.scope.column)),
                                "Call djust_tenants.unscope_table first, or name that tenant_column.");
    }
    return plan;
}

// With a value the existing rows get it at once, without an UPDATE: a default of ours comes after it. Without, a
// domain's own default must not fill them with somebody's id.
char *add_column(const Plan &plan, const char *value) {
    const char *initial = "";
    if (value)
        initial = format(" DEFAULT %s", quote_literal_cstr(value));
    else if (getBaseType(plan.type) != plan.type)
        initial = " DEFAULT NULL";
    return format("ALTER TABLE %s ADD COLUMN %s %s%s", plan.table, plan.quoted, type_name(plan.type, plan.typmod),
                  initial);
}

int64 count_rows(const Plan &plan, const char *condition) {
    return ddl::count_as_owner(plan.root,
                               format("SELECT pg_catalog.count(*) FROM %s c WHERE %s", plan.table, condition));
}

[[noreturn]] void refuse_rows(const Plan &plan, int64 rows, const char *why) {
    error::cannot_scope(plan.root, format("%ld rows %s.", static_cast<long>(rows), why),
                        "Pass backfill => '<tenant id>', or backfill_from => '<foreign-key column>' that leads to a "
                        "scoped table, to djust_tenants.scope_table; or fill or delete the rows.");
}

// Rows whose tenant is no tenant id belong to nobody: no tenant can ever enter as them.
void warn_of_orphans(const Plan &plan) {
    if (plan.column == 0 || plan.kind != catalog::Kind::text || is_scoped(plan.root)) return;
    int64 rows = count_rows(plan, format("c.%s OPERATOR(pg_catalog.!~) '^[A-Za-z0-9_.@+~|-]{1,128}$' COLLATE "
                                         "pg_catalog.\"C\"", plan.quoted));
    if (rows == 0) return;
    ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                      errmsg("%ld rows of %s belong to no tenant", static_cast<long>(rows), plan.table),
                      errdetail("Their value of column %s is not a tenant id, so that nobody can see them.",
                                plan.quoted),
                      errhint("A tenant id is 1 to 128 ASCII letters, digits and - _ . @ + ~ |; correct the rows as "
                              "a role that bypasses row-level security.")));
}

// How the rows without a tenant get one. Both null: there is none.
struct Fill {
    const char *initial;  // the value of a column that is added
    const char *update;   // the statement that fills the NULLs of one that is there
};

void check_value(const Plan &plan, const char *id) {
    pg_uuid_t uuid;
    int32 typmod = plan.typmod;
    bool limited = getBaseTypeAndTypmod(plan.type, &typmod) == VARCHAROID && typmod >= static_cast<int32>(VARHDRSZ);
    if ((plan.kind == catalog::Kind::uuid && !tenant_id::as_uuid(id, &uuid)) ||
        (plan.kind == catalog::Kind::bigint && !tenant_id::as_bigint(id)) ||
        (plan.kind == catalog::Kind::integer && !tenant_id::as_integer(id)) ||
        (limited && strlen(id) > static_cast<size_t>(typmod) - VARHDRSZ))
        error::not_a_value(plan.root, plan.name, plan.type, id);
}

// The foreign key that the request names, and its parent's tenant column (quoted).
const ddl::ForeignKey *parent_key(const Plan &plan, const char *through, const char **parent_column) {
    AttrNumber column = get_attnum(plan.root, through);
    ListCell *cell;
    foreach (cell, column > 0 ? ddl::foreign_keys_of(plan.root, column) : NIL) {
        auto *key = static_cast<ddl::ForeignKey *>(lfirst(cell));
        Relation relation = table_open(key->parent, AccessShareLock);
        policy::State parent = policy::state_of(relation);
        table_close(relation, NoLock);
        if (!parent.isolation_ok) continue;
        if (parent.scope.kind != plan.kind)
            error::cannot_scope(plan.root,
                                format("Its tenant column is of type %s, the one of %s is of type %s.",
                                       format_type_be(plan.type), ddl::name_of(key->parent),
                                       format_type_be(get_atttype(key->parent, parent.scope.column))),
                                "Pass the parent's type as column_type to djust_tenants.scope_table.");
        *parent_column = ddl::column_name(key->parent, parent.scope.column);
        return key;
    }
    error::cannot_scope(plan.root,
                        format("Column %s is no foreign-key column of it that leads to a scoped table.",
                               quote_identifier(through)),
                        "Scope the parent table first, and pass the referencing column as backfill_from to "
                        "djust_tenants.scope_table.");
}

const char *rows_without_tenant(const Plan &plan) {
    return plan.column == 0 ? "true" : static_cast<const char *>(format("c.%s IS NULL", plan.quoted));
}

// Raises when rows would stay without a tenant.
Fill backfill(const Plan &plan, const Request &request) {
    if (request.backfill && request.backfill_from)
        error::bad_option("backfill and backfill_from exclude each other",
                          "Both were passed to djust_tenants.scope_table.",
                          "Pass backfill for one tenant, or backfill_from for the tenant of a parent row.");
    if (request.backfill && !tenant_id::is_valid(request.backfill)) error::malformed_tenant_id(request.backfill);
    if (request.backfill) check_value(plan, request.backfill);
    const char *from = nullptr;
    const ddl::ForeignKey *key = request.backfill_from ? parent_key(plan, request.backfill_from, &from) : nullptr;

    const char *missing = rows_without_tenant(plan);
    int64 rows = count_rows(plan, missing);
    if (rows == 0) return Fill{};
    if (key) {
        int64 orphans = count_rows(plan, format("%s AND NOT EXISTS (SELECT FROM %s p WHERE %s)", missing,
                                                ddl::name_of(key->parent), key->condition));
        if (orphans > 0) refuse_rows(plan, orphans, "have no tenant and no parent row to take it from");
        return Fill{nullptr, format("UPDATE %s c SET %s = p.%s FROM %s p WHERE c.%s IS NULL AND %s", plan.table,
                                    plan.quoted, from, ddl::name_of(key->parent), plan.quoted, key->condition)};
    }
    if (!request.backfill) refuse_rows(plan, rows, "have no tenant");
    if (plan.column == 0) return Fill{request.backfill, nullptr};
    return Fill{nullptr, format("UPDATE %s c SET %s = %s WHERE c.%s IS NULL", plan.table, plan.quoted,
                                quote_literal_cstr(request.backfill), plan.quoted)};
}

// A rule may replace the UPDATE, a trigger may keep rows out of it.
void run_update(const Plan &plan, const char *update) {
    bool updated = ddl::run_as_owner(plan.root, update);
    int64 rows = updated ? count_rows(plan, rows_without_tenant(plan)) : 0;
    if (!updated || rows > 0)
        error::cannot_scope(plan.root,
                            updated ? format("%ld rows have no tenant after the backfill: a trigger or rule of the "
                                             "table keeps them.", static_cast<long>(rows))
                                    : "A rule of the table replaces the UPDATE of the backfill.",
                            "Disable the trigger or drop the rule, call djust_tenants.scope_table again, and put it "
                            "back.");
}

List *set_default(const Plan &plan) {
    bool all = true;
    ListCell *cell;
    foreach (cell, plan.tree) {
        Relation relation = table_open(lfirst_oid(cell), NoLock);
        AttrNumber column = get_attnum(lfirst_oid(cell), plan.name);
        all = all && column > 0 && policy::is_current(ddl::default_of(relation, column));
        table_close(relation, NoLock);
    }
    if (all) return NIL;
    return list_make1(format("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", plan.table, plan.quoted,
                             current_call(plan.kind)));
}

List *set_not_null(const Plan &plan, bool live) {
    List *made = NIL;
    ListCell *cell;
    foreach (cell, plan.tree) {
        Oid relid = lfirst_oid(cell);
        AttrNumber column = get_attnum(relid, plan.name);
        HeapTuple tuple = column > 0 ? SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(column)) : nullptr;
        bool set = HeapTupleIsValid(tuple) && reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
        if (HeapTupleIsValid(tuple)) ReleaseSysCache(tuple);
        if (set) continue;
        const char *table = ddl::name_of(relid);
        if (!live) {
            made = lappend(made, format("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", table, plan.quoted));
            continue;
        }
        if (relid != plan.root && made) continue;  // the root's constraint reaches everything below it
        // A validated constraint spares SET NOT NULL the scan under an exclusive lock.
        made = lappend(made, format("ALTER TABLE %s ADD CONSTRAINT djust_tenants_not_null CHECK (%s IS NOT NULL) NOT "
                                    "VALID", table, plan.quoted));
        made = lappend(made, format("ALTER TABLE %s VALIDATE CONSTRAINT djust_tenants_not_null", table));
        made = lappend(made, format("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", table, plan.quoted));
        made = lappend(made, format("ALTER TABLE %s DROP CONSTRAINT djust_tenants_not_null", table));
    }
    return made;
}

// A partition's index comes with its parent's; a child of plain inheritance needs its own.
bool wants_index(const Plan &plan, Oid relid) {
    if (relid != plan.root && get_rel_relispartition(relid)) return false;
    if (plan.column == 0) return true;
    Relation relation = table_open(relid, NoLock);
    bool has = OidIsValid(ddl::index_led_by(relation, get_attnum(relid, plan.name)));
    table_close(relation, NoLock);
    return !has;
}

List *live_index(const Plan &plan, Oid relid, const char *parent_index) {
    Oid schema = get_rel_namespace(relid);
    const char *name = ChooseRelationName(get_rel_name(relid), plan.name, "djust_idx", schema, false);
    const char *qualified = quote_qualified_identifier(get_namespace_name(schema), name);
    bool partitioned = get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE;
    List *made = list_make1(format("CREATE INDEX %s%s ON %s%s (%s)", partitioned ? "" : "CONCURRENTLY ",
                                   quote_identifier(name), partitioned ? "ONLY " : "", ddl::name_of(relid),
                                   plan.quoted));
    ListCell *cell;
    if (partitioned)
        foreach (cell, find_inheritance_children(relid, NoLock))
            made = list_concat(made, live_index(plan, lfirst_oid(cell), qualified));
    if (parent_index) made = lappend(made, format("ALTER INDEX %s ATTACH PARTITION %s", parent_index, qualified));
    return made;
}

List *make_index(const Plan &plan, bool live) {
    List *made = NIL;
    ListCell *cell;
    foreach (cell, plan.tree) {
        Oid relid = lfirst_oid(cell);
        if (!wants_index(plan, relid)) continue;
        if (live)
            made = list_concat(made, live_index(plan, relid, nullptr));
        else
            made = lappend(made, format("CREATE INDEX ON %s (%s)", ddl::name_of(relid), plan.quoted));
    }
    return made;
}

char *make_policy(const char *name, const char *table, const char *column, catalog::Kind kind, bool restrictive) {
    const char *condition = format("%s OPERATOR(pg_catalog.=) %s", column, current_call(kind));
    return format("CREATE POLICY %s ON %s AS %s FOR ALL TO PUBLIC USING (%s) WITH CHECK (%s)", name, table,
                  restrictive ? "RESTRICTIVE" : "PERMISSIVE", condition, condition);
}

// Policies first: they have no effect until row security is enabled, and the table is never closed in between.
List *isolate(const Plan &plan) {
    List *made = NIL;
    ListCell *cell;
    foreach (cell, plan.tree) {
        Oid relid = lfirst_oid(cell);
        Relation relation = table_open(relid, NoLock);
        policy::State state = policy::state_of(relation);
        bool enabled = relation->rd_rel->relrowsecurity, forced = relation->rd_rel->relforcerowsecurity;
        table_close(relation, NoLock);
        const char *table = ddl::name_of(relid);
        if (!state.has_access && !state.has_own_permissive)
            made = lappend(made, make_policy(policy::access, table, plan.quoted, plan.kind, false));
        if (state.has_access && state.has_own_permissive)
            made = lappend(made, format("DROP POLICY %s ON %s", policy::access, table));
        if (!state.has_isolation)
            made = lappend(made, make_policy(policy::isolation, table, plan.quoted, plan.kind, true));
        if (!enabled || !forced)
            made = lappend(made, format("ALTER TABLE ONLY %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
                                        table));
    }
    return made;
}

List *after_data(const Plan &plan, bool live) {
    List *made = set_not_null(plan, live);
    made = list_concat(made, make_index(plan, live));
    return list_concat(made, isolate(plan));
}

}  // namespace

bool scope(Oid relid, const Request &request) {
    Plan plan = resolve(relid, request, AccessExclusiveLock);  // column_type is found by the caller's search path
    int nest_level = ddl::pin_settings();
    Fill fill = backfill(plan, request);
    warn_of_orphans(plan);
    bool changed = fill.update || plan.column == 0;
    if (plan.column == 0) {
        ddl::run(add_column(plan, fill.initial));
        plan.column = get_attnum(relid, request.column);
    }
    if (fill.update) run_update(plan, fill.update);
    List *defaults = set_default(plan);
    ddl::run_all(defaults);
    List *rest = after_data(plan, false);
    ddl::run_all(rest);
    ddl::unpin_settings(nest_level);
    return changed || defaults || rest;
}

List *statements(Oid relid, const Request &request) {
    Plan plan = resolve(relid, request, AccessShareLock);
    int nest_level = ddl::pin_settings();
    Fill fill = backfill(plan, request);
    warn_of_orphans(plan);
    List *made = plan.column == 0 ? list_make1(add_column(plan, fill.initial)) : NIL;
    made = list_concat(made, set_default(plan));
    if (fill.update) {
        // Who is bound by row security on the parent, or on the table, would fill no rows and not hear of it.
        made = lappend(made, pstrdup("SET row_security = off"));
        made = lappend(made, pstrdup(fill.update));
        made = lappend(made, pstrdup("RESET row_security"));
    }
    made = list_concat(made, after_data(plan, true));
    ddl::unpin_settings(nest_level);
    return made;
}

void unscope(Oid relid) {
    int nest_level = ddl::pin_settings();
    check_exists(relid, "unscope_table");
    if (get_rel_namespace(relid) == catalog::schema() || !is_scoped(relid)) error::not_scoped(relid);
    List *tree = lock_tree(relid, AccessExclusiveLock, "unscope_table");
    ListCell *cell;
    if (!is_scoped(relid)) error::not_scoped(relid);
    foreach (cell, ddl::parents_of(relid))
        if (is_scoped(lfirst_oid(cell)))
            error::cannot_unscope(relid,
                                format("It is a partition or child of %s, which is scoped.",
                                       ddl::name_of(lfirst_oid(cell))),
                                "Call djust_tenants.unscope_table on that table, or detach this one first.");
    foreach (cell, tree) {
        Oid member = lfirst_oid(cell);
        Relation relation = table_open(member, NoLock);
        policy::State state = policy::state_of(relation);
        bool has_default =
            state.isolation_ok && policy::is_current(ddl::default_of(relation, state.scope.column));
        table_close(relation, NoLock);
        if (!state.isolation_ok) continue;
        const char *table = ddl::name_of(member);
        ddl::run(format("DROP POLICY %s ON %s", policy::isolation, table));
        if (state.access_ok) ddl::run(format("DROP POLICY %s ON %s", policy::access, table));
        if (has_default)
            ddl::run(format("ALTER TABLE ONLY %s ALTER COLUMN %s DROP DEFAULT", table,
                            ddl::column_name(member, state.scope.column)));
        // A policy with the name of djust_tenants_access and another shape is the owner's too.
        if (!state.has_own && (!state.has_access || state.access_ok))
            ddl::run(format("ALTER TABLE ONLY %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY", table));
    }
    ddl::unpin_settings(nest_level);
}

void follow_parents(Oid relid) {
    ListCell *cell, *parent_cell;
    foreach (cell, find_all_inheritors(relid, AccessShareLock, nullptr)) {
        Oid child = lfirst_oid(cell);
        foreach (parent_cell, ddl::parents_of(child)) {
            Oid parent = lfirst_oid(parent_cell);
            Relation relation = table_open(parent, AccessShareLock);
            policy::State state = policy::state_of(relation);
            table_close(relation, NoLock);
            const char *column = state.isolation_ok ? get_attname(parent, state.scope.column, false) : nullptr;
            if (!column) {
                const char *own = scoped_by(child);
                if (own) check_parents(child, NIL, own);
                continue;
            }
            // Also where it has our policies and row security is off, or is scoped by another column (refused).
            if (is_isolated(child, column)) continue;
            scope(child, Request{column, nullptr, nullptr, nullptr});
        }
    }
}

void follow_policies(Oid relid) {
    Relation relation = table_open(relid, AccessShareLock);
    policy::State state = policy::state_of(relation);
    table_close(relation, NoLock);
    if (!state.isolation_ok) return;
    const char *table = ddl::name_of(relid);
    int nest_level = ddl::pin_settings();
    if (state.has_own_permissive && state.has_access && state.access_ok)
        ddl::run(format("DROP POLICY %s ON %s", policy::access, table));
    if (!state.has_own_permissive && !state.has_access)
        ddl::run(make_policy(policy::access, table, ddl::column_name(relid, state.scope.column), state.scope.kind,
                             false));
    ddl::unpin_settings(nest_level);
}

}  // namespace djust::scoping
