#include "error.hpp"

#include "error_text.hpp"

namespace djust::error {

namespace {

constexpr const char *token_hint =
    "Call djust_tenants.set_tenant_from_token(...), or djust_tenants.set_tenant_from_request(...) with a bearer token "
    "in the request.";
constexpr const char *preload_hint = "Add djust_tenants to shared_preload_libraries and restart the server.";

const char *enter_hint() {
    if (is_signed_mode())
        return psprintf("Enter a tenant first. %s", token_hint);
    return "Enter a tenant first: call djust_tenants.set_current_tenant(...) or "
           "djust_tenants.set_tenant_from_request(...), or SET LOCAL djust_tenants.tenant_id.";
}

}  // namespace

void no_tenant(const char *what) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("no tenant is set"),
                    errdetail("%s", what), errhint("%s", enter_hint())));
}

void no_tenant_for_table(Oid relid) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("no tenant is set"),
                    errdetail("Table %s is tenant-scoped.", name_of(relid)), errhint("%s", enter_hint()),
                    relation_fields(relid)));
}

void no_tenant_resolved() {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("no tenant was resolved from the request"),
                    errdetail("No strategy of djust_tenants.resolver matched, djust_tenants.default_tenant is empty, "
                              "and djust_tenants.tenant_required is on."),
                    errhint("Correct the request, set djust_tenants.default_tenant, or switch off "
                            "djust_tenants.tenant_required.")));
}

void discounted_tenant(const char *id, Discounted why) {
    const char *detail = nullptr, *hint = token_hint;
    switch (why) {
        case Discounted::unsealed:
            detail = psprintf("djust_tenants.tenant_id is \"%s\", but no verified token entered it, and "
                              "djust_tenants.context_mode is signed.", shown(id));
            break;
        case Discounted::expired:
            detail = psprintf("The token that entered tenant \"%s\" for the session has expired.", shown(id));
            break;
        case Discounted::not_preloaded:
            detail = "djust_tenants.context_mode is signed, and the library was not loaded with the server: nobody can "
                     "be the current tenant.";
            hint = preload_hint;
            break;
    }
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("no tenant is set"),
                    errdetail("%s", detail), errhint("%s", hint)));
}

void token_needed(const char *how) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("a tenant can be entered with a verified token only"),
                    errdetail("djust_tenants.context_mode is signed. %s", how), errhint("%s", token_hint)));
}

void signed_not_preloaded() {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("signed mode needs the library in shared_preload_libraries"),
                    errdetail("Loaded later than a connection's first statement, it could not guard that statement."),
                    errhint("%s", preload_hint)));
}

void mode_from_client() {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("djust_tenants.context_mode cannot be set by connection options"),
                    errdetail("Only superusers may choose it."), errhint("%s", preload_hint)));
}

void malformed_tenant_id(std::string_view id) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("malformed tenant id"),
                    id.empty() ? errdetail("The tenant id is empty.")
                               : errdetail("\"%s\" is not a tenant id.", shown(id)),
                    errhint("A tenant id is 1 to 128 ASCII letters, digits and - _ . @ + ~ |; "
                            "to leave a tenant call djust_tenants.clear_current_tenant().")));
}

void null_argument(const char *function, const char *argument) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument %s must not be null", argument),
                    errdetail("Function djust_tenants.%s was called with a null %s.", function, argument),
                    errhint("Pass a value for %s to djust_tenants.%s.", argument, function)));
}

// A request may have a token in it, which is not for the log.
void malformed_request(const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("malformed request"), errdetail("%s", detail),
                    errhint("%s", hint), errhidestmt(true), errhidecontext(true)));
}

void bad_option(const char *message, const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message), errdetail("%s", detail),
                    errhint("%s", hint)));
}

void unknown_tenant(const char *id) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("tenant \"%s\" is not registered", shown(id)),
                    errdetail("Table djust_tenants.tenant has no row with the id \"%s\", and "
                              "djust_tenants.require_registered is on.", shown(id)),
                    errhint("Insert the tenant into djust_tenants.tenant, or switch off "
                            "djust_tenants.require_registered.")));
}

void inactive_tenant(const char *id) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("tenant \"%s\" is not active", shown(id)),
                    errdetail("The row of \"%s\" in djust_tenants.tenant has is_active false.", shown(id)),
                    errhint("An administrator can activate it: UPDATE djust_tenants.tenant SET is_active = true WHERE id = "
                            "'%s'.", shown(id))));
}

void fenced_off(Oid role, bool is_session_user, std::string_view id) {
    const char *found = GetUserNameFromId(role, true);  // null: dropped while it is at work
    const char *name = found ? found : "?";
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("role \"%s\" may not enter tenant \"%s\"", name, shown(id)),
                    is_session_user
                        ? errdetail("The session user has a fence: djust_tenants.tenant_role lists the tenants that role "
                                    "\"%s\" may enter, and \"%s\" is none of them.", name, shown(id))
                        : errdetail("The current user has a fence: djust_tenants.tenant_role lists the tenants that role "
                                    "\"%s\" may enter, and \"%s\" is none of them.", name, shown(id)),
                    errhint("Enter one of those, or let a superuser call djust_tenants.allow_tenant(%s, %s).",
                            quote_literal_cstr(quote_identifier(name)), quote_literal_cstr(shown(id)))));
}

void no_such_role(Oid role, const char *function) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("role with OID %u does not exist", role),
                    errdetail("No role has that OID; it may have been dropped."),
                    errhint("Pass the name of a role to djust_tenants.%s.", function)));
}

void not_the_tenant(const char *asked, const char *current) {
    const char *set = GetConfigOption("djust_tenants.tenant_id", true, false);
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    asked ? errmsg("the current tenant is not \"%s\"", shown(asked))
                          : errmsg("no tenant was given to compare the current one with"),
                    current         ? errdetail("The current tenant is \"%s\".", shown(current))
                    : set && *set ? errdetail("djust_tenants.tenant_id is \"%s\", a tenant that cannot be entered.",
                                              shown(set))
                                  : errdetail("No tenant is set."),
                    errhint("Enter the tenant with %s, or do not touch what belongs to another one.", entering())));
}

void foreign_row(Oid relid, const char *column, const char *current) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("row of table \"%s\" does not belong to the current tenant", get_rel_name(relid)),
                    errdetail("Table %s is tenant-scoped and the current tenant is \"%s\".", name_of(relid),
                              shown(current)),
                    column ? errhint("Leave out column \"%s\": it is stamped. To work for another tenant, enter it "
                                     "with %s.", column, entering())
                           : errhint("To work for another tenant, enter it with %s.", entering()),
                    relation_fields(relid, column)));
}

void foreign_default(Oid relid, const char *column, const char *current) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("row of table \"%s\" does not belong to the current tenant", get_rel_name(relid)),
                    errdetail("Table %s is tenant-scoped and the current tenant is \"%s\". The default of column "
                              "\"%s\" is not the current tenant.", name_of(relid), shown(current), column),
                    errhint("If the column was left out, call djust_tenants.scope_table(%s, %s) again: it restores "
                            "the default. To work for another tenant, enter it with %s.",
                            quote_literal_cstr(name_of(relid)), quote_literal_cstr(column), entering()),
                    relation_fields(relid, column)));
}

void not_a_value(Oid relid, const char *column, Oid type, const char *current) {
    AttrNumber number = get_attnum(relid, column);  // the column may be about to be added
    int32 typmod = -1;
    if (number > 0) {
        Oid collation;
        get_atttypetypmodcoll(relid, number, &type, &typmod, &collation);
    }
    const char *name = format_type_with_typemod(type, typmod);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("tenant id \"%s\" is no value of column \"%s\"", shown(current), column),
                    errdetail("Column \"%s\" of table %s is of type %s, and the tenant id is not the text form of any "
                              "of its values.", column, name_of(relid), name),
                    errhint("Enter a tenant whose id is a value of type %s with %s.", name, entering()),
                    relation_fields(relid, column)));
}

void tenant_changed(const char *opened, const char *current) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("the tenant changed while a statement was open"),
                    opened ? (current ? errdetail("The statement began as tenant \"%s\"; the current tenant is \"%s\".",
                                                  shown(opened), shown(current))
                                      : errdetail("The statement began as tenant \"%s\"; now no tenant is set.",
                                                  shown(opened)))
                           : errdetail("The statement began without a tenant; the current tenant is \"%s\".",
                                       shown(current ? current : "")),
                    errhint("Switch with %s in a statement of its own, and open cursors anew after it.", entering())));
}

void switched_while_planning() {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("the tenant changed while a statement was being planned"),
                    errdetail("A function that the planner calls, because it is IMMUTABLE or STABLE, has switched."),
                    errhint("A function that switches tenants is VOLATILE.")));
}

void planned_for_other(const char *current) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("the tenant changed before a statement was executed"),
                    current ? errdetail("The statement was planned for another tenant; the current tenant is \"%s\".",
                                        shown(current))
                            : errdetail("The statement was planned for a tenant; now no tenant is set."),
                    errhint("Switch with %s first, then bind and execute the statement.", entering())));
}

void changed_since_planned(Oid relid) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("table \"%s\" was altered while a statement on it was under way", get_rel_name(relid)),
                    errdetail("A BEFORE ROW trigger, or a child table, was made after the statement had been planned."),
                    errhint("Run the statement again. A function that makes triggers must not be called by a statement "
                            "on their table.")));
}

void no_randomness() {
    ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not get a random number"),
                    errdetail("The operating system's source of random numbers failed."),
                    errhint("Statements work without one when djust_tenants.tenant_constant is off.")));
}

void foreign_cursor(const char *cursor) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("cursor \"%s\" was opened as another tenant", shown(cursor)),
                    errdetail("The rows of cursor \"%s\" belong to the tenant that opened it.", shown(cursor)),
                    errhint("Close it and open it anew, or enter its tenant with %s.", entering())));
}

void copy_refused(Oid relid, Copying what, const char *why, const char *instead) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    what == Copying::frozen
                        ? errmsg("COPY FROM with FREEZE is not supported on tenant-scoped table \"%s\"", get_rel_name(relid))
                        : errmsg("COPY FROM is not supported on tenant-scoped table \"%s\"", get_rel_name(relid)),
                    errdetail("Table %s is tenant-scoped and the role is bound by row-level security. %s",
                              name_of(relid), why),
                    instead ? errhint("%s", instead)
                            : errhint("COPY into a temporary table and INSERT INTO %s ... SELECT from it, or use "
                                      "INSERT; the tenant is stamped.", name_of(relid)),
                    relation_fields(relid)));
}

void policy_refused(const char *table, const char *policy) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    policy ? errmsg("new row violates row-level security policy \"%s\" for table \"%s\"", policy, table)
                           : errmsg("new row violates row-level security policy for table \"%s\"", table)));
}

void too_many_rejected(int64 limit) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("skipped more than REJECT_LIMIT (%lld) rows due to data type incompatibility",
                           static_cast<long long>(limit))));
}

void internal_function(const char *function, const char *purpose) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("function djust_tenants.%s cannot be called", function),
                    errdetail("It is a part of what the extension puts in place of %s.", purpose),
                    errhint("Write %s, with djust_tenants.copy_from on.", purpose)));
}

void no_such_relation(Oid relid, const char *function) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relid),
                    errdetail("No relation has that OID; it may have been dropped."),
                    errhint("Pass the name of a table to djust_tenants.%s.", function)));
}

void own_object(const char *name) {
    ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST), errmsg("cannot rename or move \"%s\"", name),
                    errdetail("Extension djust_tenants finds its schema and what is in it by name."),
                    errhint("Leave it as it is; to be rid of it, DROP EXTENSION djust_tenants after "
                            "djust_tenants.unscope_table for each table.")));
}

void own_column(const char *what, const char *relation, const char *column) {
    ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                    errmsg("cannot %s column \"%s\" %s \"%s\"", what, column, strcmp(what, "add") == 0 ? "to" : "of",
                           relation),
                    errdetail("Extension djust_tenants reads and writes what it has made there."),
                    errhint("Leave it as it is. You may add columns of your own to the tables.")));
}

void broken() {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("no tenant can be entered"),
                    errdetail("The schema djust_tenants, or an object in it, was renamed, moved, dropped or altered."),
                    errhint("Give the schema djust_tenants and its objects their names and attributes back. What was dropped "
                            "comes back with a backup, or with the extension created anew.")));
}

void not_owner(Oid relid) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("must be owner of table \"%s\"", get_rel_name(relid)),
                    errdetail("Table %s is owned by another role.", name_of(relid)),
                    errhint("Call the function as the table's owner, or as a member of that role."),
                    relation_fields(relid)));
}

void cannot_scope(Oid relid, const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("cannot scope \"%s\" as asked", get_rel_name(relid)),
                    errdetail("%s", detail), errhint("%s", hint), relation_fields(relid)));
}

void cannot_unscope(Oid relid, const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("cannot unscope \"%s\"", get_rel_name(relid)),
                    errdetail("%s", detail), errhint("%s", hint), relation_fields(relid)));
}

void bad_backfill(Oid relid, const char *column, Oid type, int32 typmod, const char *id) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("cannot scope \"%s\" as asked", get_rel_name(relid)),
                    OidIsValid(type) ? errdetail("Argument backfill is \"%s\", which is not the text form of any value "
                                                 "of column \"%s\", of type %s.", shown(id), column,
                                                 format_type_with_typemod(type, typmod))
                    : *id            ? errdetail("Argument backfill is \"%s\", which is not a tenant id.", shown(id))
                                     : errdetail("Argument backfill is empty."),
                    errhint("Pass as backfill the id of the tenant that the rows belong to: 1 to 128 ASCII letters, digits "
                            "and - _ . @ + ~ |, and a value of the column."),
                    relation_fields(relid, column)));
}

void not_scoped(Oid relid, bool isolation_changed, bool access_changed, const char *column) {
    const char *table = name_of(relid);
    const char *schema = get_namespace_name(get_rel_namespace(relid));
    bool of_system = relid < FirstNormalObjectId || (schema && strcmp(schema, "djust_tenants") == 0);
    const char *call = column ? psprintf("djust_tenants.scope_table(%s, %s)", quote_literal_cstr(table),
                                         quote_literal_cstr(column))
                              : psprintf("djust_tenants.scope_table(%s)", quote_literal_cstr(table));
    const char *isolation = isolation_changed ? psprintf("DROP POLICY djust_tenants_isolation ON %s; ", table) : "";
    const char *access = access_changed ? psprintf("DROP POLICY djust_tenants_access ON %s; ", table) : "";
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("table \"%s\" is not tenant-scoped", get_rel_name(relid)),
                    errdetail("%s does not carry the policy djust_tenants_isolation as this extension makes it.", table),
                    of_system ? errhint("Pass a table of your own: those of the system and of djust_tenants itself are not "
                                        "scoped.")
                    : isolation_changed || access_changed
                        ? errhint("Take away what was changed and scope it again, in one transaction: %s%sSELECT %s.",
                                  isolation, access, call)
                        : errhint("Scope it with %s.", call),
                    relation_fields(relid)));
}

namespace {
const char *model_hint(const char *function) {
    return psprintf("Call it as djust_tenants.%s(NULL::schema.table, ...).", function);
}
}  // namespace

void no_model(const char *function) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the row type of a table is missing"),
                    errdetail("Function djust_tenants.%s was called with a value of no type, or of one that has been dropped.",
                              function),
                    errhint("%s", model_hint(function))));
}

void not_a_model(Oid type, const char *function) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("type %s is not the row type of a table", format_type_be(type)),
                    errdetail("Function djust_tenants.%s was called with a value of type %s.", function,
                              format_type_be(type)),
                    errhint("%s", model_hint(function))));
}

void unknown_field(Oid relid, const char *field) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("table \"%s\" has no column \"%s\"", get_rel_name(relid), shown(field)),
                    errdetail("Argument fields has the key \"%s\".", shown(field)),
                    errhint("Pass to djust_tenants.create_for_tenant only keys that are columns of %s.",
                            name_of(relid)),
                    relation_fields(relid)));
}

void no_such_object(Oid relid) {
    ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND), errmsg("no such row in table \"%s\"", get_rel_name(relid)),
                    errdetail("The current tenant has no row with that primary key in %s.", name_of(relid)),
                    errhint("Look for it with djust_tenants.get_tenant_queryset(NULL::%s).", name_of(relid)),
                    relation_fields(relid)));
}

void no_custom_resolver(const char *name) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION), errmsg("the custom resolver %s(jsonb) does not exist", name),
                    errdetail("djust_tenants.custom_resolver names %s, and there is no such function of one jsonb.",
                              name),
                    errhint("Create the function, or let a superuser correct djust_tenants.custom_resolver.")));
}

void custom_resolver_denied(const char *name, bool schema) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("permission denied for the custom resolver %s(jsonb)", name),
                    errdetail("Role %s has no %s.", quote_identifier(GetUserNameFromId(GetUserId(), false)),
                              schema ? "USAGE on its schema" : "EXECUTE on it"),
                    errhint("GRANT it to the role: the function that djust_tenants.custom_resolver names runs with "
                            "the caller's rights.")));
}

void no_place_for_a_set(const char *function) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("set-valued function called in context that cannot accept a set"),
                    errdetail("Function djust_tenants.%s returns a set of rows.", function),
                    errhint("Call it in FROM: SELECT ... FROM djust_tenants.%s(NULL::schema.table).", function)));
}

void superuser_only(const char *function) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("must be superuser to call djust_tenants.%s", function),
                    errdetail("Function djust_tenants.%s decides what may look at rows of other tenants.", function),
                    errhint("Call djust_tenants.%s as a superuser.", function),
                    errhidecontext(true)));  // which has the arguments, and a key may be one
}

void bad_operator(const char *name, const char *function, const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("djust_tenants.%s cannot take operator %s", function, name),
                    errdetail("%s", detail), errhint("%s", hint)));
}

void statement_failed(const char *statement, int code) {
    ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("a statement of djust_tenants could not be run"),
                    errdetail("Statement: %s. Result: %s.", statement, SPI_result_code_string(code)),
                    errhint("Please report this with the statement that you ran.")));
}

}  // namespace djust::error
