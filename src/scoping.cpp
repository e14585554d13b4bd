#include "scoping.hpp"

#include "backfill.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "index_rebuild.hpp"
#include "not_null.hpp"
#include "policy.hpp"

namespace djust::scoping {

using ddl::format;
using scope_plan::is_scoped;
using scope_plan::Plan;

namespace {

const char *current_call(catalog::Kind kind) { return format("djust_tenants.%s()", catalog::facts(kind).function); }

const char *type_name(Oid type, int32 typmod) {
    return format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
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

// A partition's index comes with its parent's; a child of plain inheritance needs its own.
bool wants_index(const Plan &plan, Oid relid) {
    if (relid != plan.root && get_rel_relispartition(relid)) return false;
    if (plan.column == 0) return true;
    Relation relation = table_open(relid, NoLock);
    bool has = OidIsValid(ddl::index_led_by(relation, get_attnum(relid, plan.name)));
    table_close(relation, NoLock);
    return !has;
}

// What wants_index says of the plan's tables, to be told when the work is done.
List *tables_without_index(const Plan &plan) {
    List *found = NIL;
    ListCell *cell;
    foreach (cell, plan.tree)
        if (wants_index(plan, lfirst_oid(cell))) found = lappend_oid(found, lfirst_oid(cell));
    return found;
}

// Not for partitions, whose index is their parent's: there may be thousands.
void tell_of_indexes(const Plan &plan, List *made_for) {
    ListCell *cell;
    foreach (cell, plan.tree) {
        Oid relid = lfirst_oid(cell);
        if (get_rel_relispartition(relid)) continue;
        Relation relation = table_open(relid, NoLock);
        Oid index = ddl::index_led_by(relation, get_attnum(relid, plan.name));
        table_close(relation, NoLock);
        if (!OidIsValid(index)) continue;
        if (list_member_oid(made_for, relid))
            ereport(NOTICE, (errmsg("created index \"%s\" on table %s", get_rel_name(index), ddl::name_of(relid))));
        else
            ereport(NOTICE, (errmsg("table %s keeps index \"%s\", which begins with column \"%s\"",
                                    ddl::name_of(relid), get_rel_name(index), plan.name)));
    }
}

List *live_index(Oid relid, const char *column, const char *parent_index, List **taken) {
    const char *name = ddl::free_name(relid, column, "djust_idx", taken);
    const char *qualified = ddl::name_of(get_rel_namespace(relid), name);
    bool partitioned = get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE;
    List *made = list_make1(format("CREATE INDEX %s%s ON %s%s (%s)", partitioned ? "" : "CONCURRENTLY ",
                                   quote_identifier(name), partitioned ? "ONLY " : "", ddl::name_of(relid),
                                   quote_identifier(column)));
    ListCell *cell;
    if (partitioned)
        foreach (cell, find_inheritance_children(relid, NoLock))
            made = list_concat(made, live_index(lfirst_oid(cell), column, qualified, taken));
    if (parent_index) made = lappend(made, format("ALTER INDEX %s ATTACH PARTITION %s", parent_index, qualified));
    return made;
}

// The rest of a build that broke off; NIL: none did.
List *finish_index(Oid relid, const char *column, List **taken) {
    AttrNumber number = get_attnum(relid, column);
    if (number <= 0) return NIL;
    Relation relation = table_open(relid, NoLock);
    Oid index = ddl::broken_index(relation, number);
    List *made = NIL;
    if (OidIsValid(index) && relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
        made = index_rebuild::finish(index_shape::read(relation, number, index), taken);
    else if (OidIsValid(index))
        made = list_make1(format("REINDEX INDEX CONCURRENTLY %s", ddl::name_of(index)));
    table_close(relation, NoLock);
    return made;
}

List *make_index(const Plan &plan, bool live) {
    List *made = NIL, *taken = NIL;
    ListCell *cell;
    foreach (cell, tables_without_index(plan)) {
        Oid relid = lfirst_oid(cell);
        List *rest = live ? finish_index(relid, plan.name, &taken) : NIL;
        if (live)
            made = list_concat(made, rest ? rest : live_index(relid, plan.name, nullptr, &taken));
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
    List *made = not_null::statements(plan, live);
    made = list_concat(made, make_index(plan, live));
    return list_concat(made, isolate(plan));
}

}  // namespace

bool scope(Oid relid, const Request &request) {
    // Before the search path is pinned: the caller's finds the column_type.
    Plan plan = scope_plan::resolve(relid, request, AccessExclusiveLock);
    int nest_level = ddl::pin_settings();
    backfill::Fill fill = backfill::plan_fill(plan, request);
    ddl::unpin_settings(nest_level);
    nest_level = ddl::see_all_rows();
    bool changed = fill.update || plan.column == 0;
    if (plan.column == 0) {
        ddl::run(add_column(plan, fill.initial));
        plan.column = get_attnum(relid, request.column);
    }
    if (fill.update) backfill::run_update(plan, fill.update);
    ddl::unpin_settings(nest_level);
    nest_level = ddl::pin_settings();
    backfill::warn_of_orphans(plan);
    List *defaults = set_default(plan);
    ddl::run_all(defaults);
    List *without_index = tables_without_index(plan);
    List *rest = after_data(plan, false);
    ddl::run_all(rest);
    ddl::unpin_settings(nest_level);
    changed = changed || defaults || rest;
    if (changed) tell_of_indexes(plan, without_index);
    return changed;
}

List *statements(Oid relid, const Request &request) {
    Plan plan = scope_plan::resolve(relid, request, AccessShareLock);
    int nest_level = ddl::pin_settings();
    backfill::Fill fill = backfill::plan_fill(plan, request);
    backfill::warn_of_orphans(plan);
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

List *index_statements(Oid relid, const char *column) {
    List *taken = NIL;
    return live_index(relid, column, nullptr, &taken);
}

void unscope(Oid relid) {
    int nest_level = ddl::pin_settings();
    scope_plan::check_exists(relid, "unscope_table");
    if (get_rel_namespace(relid) == catalog::schema() || !is_scoped(relid)) policy::not_scoped(relid);
    List *tree = scope_plan::lock_tree(relid, AccessExclusiveLock, "unscope_table");
    ListCell *cell, *parent_cell;
    if (!is_scoped(relid)) policy::not_scoped(relid);
    foreach (cell, tree) {
        if (!pg::owns_relation(lfirst_oid(cell), GetUserId())) error::not_owner(lfirst_oid(cell));
        foreach (parent_cell, ddl::parents_of(lfirst_oid(cell))) {
            Oid parent = lfirst_oid(parent_cell);
            if (list_member_oid(tree, parent) || !is_scoped(parent)) continue;
            error::cannot_unscope(lfirst_oid(cell),
                                  format("It is a partition or child of %s, which is scoped.", ddl::name_of(parent)),
                                  "Call djust_tenants.unscope_table on that table, or detach this one first.");
        }
    }
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
                const char *own = scope_plan::scoped_by(child);
                if (own) scope_plan::check_parents(child, NIL, own);
                continue;
            }
            // Also where it has our policies and row security is off, or is scoped by another column (refused).
            if (scope_plan::is_isolated(child, column)) continue;
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
