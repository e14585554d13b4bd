#include "scope_plan.hpp"

#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"

namespace djust::scope_plan {

using ddl::format;

namespace {

void check_table(Oid relid) {
    char kind = get_rel_relkind(relid);
    if (kind == RELKIND_FOREIGN_TABLE)
        error::cannot_scope(relid, "It is a foreign table, and PostgreSQL has no row-level security for those.",
                            "Scope the table on its own server with djust_tenants.scope_table, or detach the "
                            "foreign table.");
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
        error::cannot_scope(relid, "It is not a table.",
                            kind == RELKIND_VIEW || kind == RELKIND_MATVIEW
                                ? "For views use djust_tenants.create_scoped_view on the table below."
                                : "Pass an ordinary or partitioned table to djust_tenants.scope_table.");
    if (relid < FirstNormalObjectId || get_rel_namespace(relid) == catalog::schema())
        error::cannot_scope(relid, "It is a table of the system, or of djust_tenants itself.",
                            "Pass a table of your own to djust_tenants.scope_table.");
    if (!pg::owns_relation(relid, GetUserId())) error::not_owner(relid);
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

}  // namespace

bool is_scoped(Oid relid) { return scoped_by(relid) != nullptr; }

const char *scoped_by(Oid relid) {
    Relation relation = relation_open(relid, AccessShareLock);
    policy::State state = policy::state_of(relation);
    relation_close(relation, AccessShareLock);
    return state.isolation_ok ? get_attname(relid, state.scope.column, false) : nullptr;
}

bool is_isolated(Oid relid, const char *column) {
    const char *found = scoped_by(relid);
    if (!found || strcmp(found, column) != 0) return false;
    Relation relation = relation_open(relid, AccessShareLock);
    bool isolated = relation->rd_rel->relrowsecurity && relation->rd_rel->relforcerowsecurity;
    relation_close(relation, AccessShareLock);
    return isolated;
}

void check_exists(Oid relid, const char *function) {
    if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid))) error::no_such_relation(relid, function);
}

List *lock_tree(Oid relid, LOCKMODE lock, const char *function) {
    check_exists(relid, function);
    check_table(relid);
    LockRelationOid(relid, lock);
    check_exists(relid, function);
    check_table(relid);
    return find_all_inheritors(relid, lock, nullptr);
}

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
                                "Look at it in pg_catalog.pg_policies, DROP POLICY it, and call "
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

}  // namespace djust::scope_plan
