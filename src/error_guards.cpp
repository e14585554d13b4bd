// The errors of the guards of side doors.
#include "error.hpp"
#include "error_text.hpp"

namespace djust::error {

void foreign_channel(const char *command, const char *channel, const char *current) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("%s: channel \"%s\" does not belong to the current tenant", command, shown(channel)),
                    current ? errdetail("The current tenant is \"%s\", and djust_tenants.guard_notify is on.",
                                        shown(current))
                            : errdetail("No tenant is set, and djust_tenants.guard_notify is on."),
                    errhint("The name of a channel of the current tenant is djust_tenants.tenant_channel(...); to "
                            "notify, call djust_tenants.notify_tenant(...).")));
}

void pg_notify_refused() {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("pg_notify(text, text) must not be called"),
                    errdetail("It reaches the channels of every tenant, and djust_tenants.guard_notify is on."),
                    errhint("Call djust_tenants.notify_tenant(channel, payload).")));
}

void bad_notification(const char *message, const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message), errdetail("%s", detail),
                    errhint("%s", hint)));
}

const char *left_behind_message() { return "another tenant has left something behind on this connection"; }
const char *left_behind_hint() {
    return psprintf("DISCARD ALL before the connection goes from one tenant to another; in a transaction block DISCARD TEMP, "
                    "DEALLOCATE ALL, UNLISTEN * and CLOSE ALL. With djust_tenants.guard_session = clean, %s does it.",
                    entering());
}

void left_behind(const char *detail) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s", left_behind_message()),
                    errdetail("%s", detail), errhint("%s", left_behind_hint())));
}

void left_in_use(const char *object) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                    errmsg("a statement uses what another tenant has left behind on this connection"),
                    errdetail("With djust_tenants.guard_session = clean, %s goes when another tenant is entered.", object),
                    errhint("Enter the tenant with %s in a statement of its own.", entering())));
}

void explain_refused(const char *option) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("EXPLAIN option \"%s\" must not be used", option),
                    errdetail("It would tell of other tenants' rows, and djust_tenants.hide_estimates is on."),
                    errhint("Leave it out, or run EXPLAIN as a role that row-level security does not bind.")));
}

void printed_plan_refused() {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("debug_print_plan must not be on"),
                    errdetail("The printed plan has estimates, which tell of other tenants' rows, and "
                              "djust_tenants.hide_estimates is on."),
                    errhint("SET debug_print_plan = off.")));
}

void statistics_refused(const char *view, const char *why) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("view \"%s\" must not be read", view),
                    errdetail("%s, and djust_tenants.hide_estimates is on.", why),
                    errhint("Read it as a role that row-level security does not bind.")));
}

void truncate_refused(Oid relid, bool is_own) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("TRUNCATE of table \"%s\" is refused", get_rel_name(relid)),
                    is_own ? errdetail("Table %s belongs to extension djust_tenants, for all tenants.", name_of(relid))
                           : errdetail("Table %s has rows of all tenants, and TRUNCATE would empty it for all of them.",
                                       name_of(relid)),
                    is_own ? errhint("TRUNCATE as a role that bypasses row-level security, or have a superuser set "
                                     "djust_tenants.guard_truncate off.")
                           : errhint("Use DELETE, which removes the current tenant's rows; or TRUNCATE as a role that "
                                     "bypasses row-level security, or have a superuser set djust_tenants.guard_truncate "
                                     "off."),
                    relation_fields(relid)));
}

namespace {

const char *unscope_hint(Oid relid) {
    return psprintf("To give the isolation up, call djust_tenants.unscope_table(%s). A superuser may set "
                    "djust_tenants.guard_policies off.", quote_literal_cstr(name_of(relid)));
}

constexpr const char *migration_hint =
    "Run migrations as a role for which a superuser has set djust_tenants.guard_ddl off (ALTER ROLE migrator SET "
    "djust_tenants.guard_ddl = off).";

}  // namespace

void isolation_guarded(Oid relid, const char *detail) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("table \"%s\" is tenant-scoped and must stay isolated", get_rel_name(relid)),
                    errdetail("%s", detail), errhint("%s", unscope_hint(relid)), relation_fields(relid)));
}

void warn_isolation_lost(Oid relid, const char *detail) {
    ereport(WARNING, (errcode(ERRCODE_WARNING), errmsg("the isolation by tenant of table %s is changed by hand", name_of(relid)),
                      errdetail("%s", detail),
                      errhint("To give it up, call djust_tenants.unscope_table(%s); to have it back, djust_tenants.scope_table.",
                              quote_literal_cstr(name_of(relid)))));
}

void code_refused(const char *command) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s is refused by djust_tenants.guard_ddl", command),
                    errdetail("Role %s is bound by row-level security; code and settings that it leaves behind would be "
                              "met by the next tenant on its connections.",
                              quote_identifier(GetUserNameFromId(GetUserId(), false))),
                    errhint("%s", migration_hint)));
}

void shadow_refused(const char *name, const char *schema) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("the name \"%s\" is refused by djust_tenants.guard_ddl", name),
                    errdetail("Schema %s has an object of that name: who writes it without a schema could be given the "
                              "other one.", quote_identifier(schema)),
                    errhint("Take another name. %s", migration_hint)));
}

void expression_refused(Oid relid, const char *what, const char *reason) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("an expression in the definition of table \"%s\" is refused by djust_tenants.guard_ddl", get_rel_name(relid)),
                    errdetail("%s %s. It would run in other tenants' statements: only PostgreSQL's own harmless functions "
                              "and types may stand there.", what, reason),
                    errhint("%s", migration_hint), relation_fields(relid)));
}

void replacing_refused(Oid relid) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("replacing \"%s\" is refused by djust_tenants.guard_ddl", get_rel_name(relid)),
                    errdetail("Dropped, renamed or moved, %s would leave its name to a relation that is not isolated.",
                              name_of(relid)),
                    errhint("%s", migration_hint), relation_fields(relid)));
}

void all_rows_refused(Oid relid, const char *what) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("looking at all tenants' rows of table \"%s\" is refused by djust_tenants.guard_ddl", get_rel_name(relid)),
                    errdetail("%s would be computed for the rows of all tenants, and its errors tell of them.", what),
                    errhint("%s", migration_hint), relation_fields(relid)));
}

void change_refused(Oid relid, const char *detail) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("a change of tenant-scoped table \"%s\" is refused by djust_tenants.guard_ddl", get_rel_name(relid)),
                    errdetail("%s", detail), errhint("%s", migration_hint), relation_fields(relid)));
}

void foreign_key_refused(Oid relid) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("a foreign key from or to tenant-scoped table \"%s\" is refused by djust_tenants.guard_ddl",
                           get_rel_name(relid)),
                    errdetail("Foreign keys are checked, and their actions done, on the rows of all tenants."),
                    errhint("%s", migration_hint), relation_fields(relid)));
}

void query_in_key_action() {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("a query cannot be run by a built-in function inside a foreign key's action"),
                    errdetail("FORCE ROW LEVEL SECURITY does not count there: it would read the rows of all tenants."),
                    errhint("Run the query in a function of your own, or in an AFTER trigger.")));
}

void copied(Oid relid, const char *current, bool refuse) {
    ereport(refuse ? ERROR : WARNING,
            (errcode(refuse ? ERRCODE_INSUFFICIENT_PRIVILEGE : ERRCODE_WARNING),
             errmsg("rows of tenant \"%s\" %s copied into a relation that is not scoped", shown(current),
                    refuse ? "must not be" : "are"),
             errdetail("Table %s is tenant-scoped. Everybody who can read the copy sees them, whoever is the tenant.",
                       name_of(relid)),
             errhint("Use a view, or INSERT into a table that djust_tenants.scope_table has scoped. A superuser may set "
                     "djust_tenants.guard_copies (off, warn, refuse)."),
             relation_fields(relid)));
}

}  // namespace djust::error
