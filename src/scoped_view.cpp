// create_scoped_view: a table as one tenant's application sees it, without the tenant column.
#include "catalog.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"

namespace djust {

namespace {

// The view's name, verbatim: an identifier that PostgreSQL would have to cut is refused.
const char *name_for(Relation table, const text *given) {
    const char *name = given ? text_to_cstring(given) : psprintf("%s_scoped", RelationGetRelationName(table));
    size_t length = strlen(name);
    if (length > 0 && length < NAMEDATALEN) return name;
    const char *hint = "Pass a name of 1 to 63 bytes: djust_tenants.create_scoped_view(target, view_name).";
    if (length == 0) error::bad_option("the view's name is empty", "Argument view_name is empty.", hint);
    error::bad_option("the view's name is too long",
                      psprintf("\"%s\" has %zu bytes; an identifier has %d at most.", name, length, NAMEDATALEN - 1),
                      hint);
}

// Every name is qualified and every operator spelled out, so that no search_path can mean anything else by it.
const char *definition_of(Relation table, const policy::Scope &scope, const char *schema, const char *name) {
    StringInfoData statement;
    initStringInfo(&statement);
    appendStringInfo(&statement, "CREATE VIEW %s WITH (security_invoker = true) AS SELECT ",
                     quote_qualified_identifier(schema, name));
    TupleDesc columns = RelationGetDescr(table);
    const char *separator = "";
    for (int i = 0; i < columns->natts; i++) {
        Form_pg_attribute column = TupleDescAttr(columns, i);
        if (column->attisdropped || column->attnum == scope.column) continue;
        appendStringInfo(&statement, "%st.%s", separator, quote_identifier(NameStr(column->attname)));
        separator = ", ";
    }
    if (*separator == '\0')
        error::bad_option("the view would have no column",
                          psprintf("Table %s has no column but the tenant's.", ddl::name_of(RelationGetRelid(table))),
                          "Add a column before djust_tenants.create_scoped_view.");
    const char *tenant = NameStr(TupleDescAttr(columns, scope.column - 1)->attname);
    // The check option is for roles that bypass row security: ON CONFLICT DO UPDATE meets a row without asking for the
    // view's condition.
    appendStringInfo(&statement, " FROM %s AS t WHERE t.%s OPERATOR(pg_catalog.=) djust_tenants.%s() "
                     "WITH LOCAL CHECK OPTION",
                     ddl::name_of(RelationGetRelid(table)), quote_identifier(tenant),
                     catalog::facts(scope.kind).function);
    return statement.data;
}

}  // namespace

}  // namespace djust

using namespace djust;

DJUST_FUNCTION(djust_create_scoped_view) {
    if (PG_ARGISNULL(0)) error::null_argument("create_scoped_view", "target");
    Oid relid = PG_GETARG_OID(0);
    Relation table = try_relation_open(relid, AccessShareLock);
    if (!table) error::no_such_relation(relid, "create_scoped_view");
    if (!pg::owns_relation(relid, GetUserId())) error::not_owner(relid);
    std::optional<policy::Scope> scope = policy::scope_of(table);
    if (!scope) policy::not_scoped(relid);
    Oid schema = RelationGetNamespace(table);
    const char *name = name_for(table, PG_ARGISNULL(1) ? nullptr : PG_GETARG_TEXT_PP(1));
    const char *statement = definition_of(table, *scope, get_namespace_name(schema), name);

    int nest_level = ddl::pin_settings();
    ddl::run(statement);
    ddl::unpin_settings(nest_level);
    table_close(table, NoLock);
    PG_RETURN_OID(get_relname_relid(name, schema));
}
