// One function for each failure that a user can meet: SQLSTATE, message, detail and hint stand here
// and nowhere else. The SQLSTATEs are part of the SQL contract.
#pragma once
#include "pg.hpp"

namespace djust::error {

// 55000: a tenant is needed and none is set. `what` is a sentence that names the object.
[[noreturn]] void no_tenant(const char *what);
// 55000, with schema and table in the error's fields.
[[noreturn]] void no_tenant_for_table(Oid relid);
// 55000: no tenant was resolved from a request and djust_tenants.tenant_required is on.
[[noreturn]] void no_tenant_resolved();

// 55000: the setting has a value that is nobody's context: it was not entered with a token, or the token has expired.
enum class Discounted { unsealed, expired, not_preloaded };
[[noreturn]] void discounted_tenant(const char *id, Discounted why);
// 42501: in signed mode, a way to enter a tenant that is not a verified token. `how` is a sentence.
[[noreturn]] void token_needed(const char *how);
// 55000: signed mode, and the library was not loaded with the server.
[[noreturn]] void signed_not_preloaded();
// 42501: the mode in the connection's options, of a library that is loaded later.
[[noreturn]] void mode_from_client();

// 22023: not a tenant id.
[[noreturn]] void malformed_tenant_id(std::string_view id);
// 22023: an argument that must not be NULL, e.g. null_argument("tenant_key", "key").
[[noreturn]] void null_argument(const char *function, const char *argument);
// 22023: a request, or a part of it, that is not what it has to be. Whole sentences.
[[noreturn]] void malformed_request(const char *detail, const char *hint);
// 22023: an option or setting that cannot be used as it stands.
[[noreturn]] void bad_option(const char *message, const char *detail, const char *hint);

// 42704: not registered, and djust_tenants.require_registered is on.
[[noreturn]] void unknown_tenant(const char *id);
// 42501: registered and not active.
[[noreturn]] void inactive_tenant(const char *id);
// 42501: a role fence, of the session user or of the current user.
[[noreturn]] void fenced_off(Oid role, bool is_session_user, std::string_view id);
// 42704: an OID (of an argument of type regrole) that no role has.
[[noreturn]] void no_such_role(Oid role, const char *function);
// 42501: assert_tenant. `current` may be null.
[[noreturn]] void not_the_tenant(const char *asked, const char *current);

// 42501: a row that belongs, or would belong, to another tenant. Column may be null.
[[noreturn]] void foreign_row(Oid relid, const char *column, const char *current);
// 42501: the same where nobody wrote it: the column's default is not ours any more.
[[noreturn]] void foreign_default(Oid relid, const char *column, const char *current);
// 22023: the current tenant's id is no value of the table's tenant column.
[[noreturn]] void not_a_value(Oid relid, const char *column, Oid type, const char *current);
// 42501: the tenant is another one than when the execution began.
[[noreturn]] void tenant_changed(const char *opened, const char *current);
// 42501: a statement was planned (bound, in the protocol) as another tenant than it is executed as.
[[noreturn]] void planned_for_other(const char *current);
// 42501: a function that the planner calls has switched.
[[noreturn]] void switched_while_planning();
// 42501: a trigger, or a child, that can change rows has come between planning a statement and executing it.
[[noreturn]] void changed_since_planned(Oid relid);
// XX000: the operating system gives no random numbers.
[[noreturn]] void no_randomness();
// 42501: a cursor opened as another tenant.
[[noreturn]] void foreign_cursor(const char *cursor);
// 0A000: COPY FROM on a scoped table, by a role bound by row-level security, where it cannot be. `why` is a sentence,
// `instead` one about what to do; null: by an INSERT.
enum class Copying { plain, frozen };
[[noreturn]] void copy_refused(Oid relid, Copying what, const char *why, const char *instead);
// 42501: PostgreSQL's own error of a row that a policy of the application's refuses; `policy` may be null.
[[noreturn]] void policy_refused(const char *table, const char *policy);
// 22P02: PostgreSQL's own error when ON_ERROR ignore has skipped more rows than REJECT_LIMIT.
[[noreturn]] void too_many_rejected(int64 limit);
// 42501: a function that only our own code calls was called by hand.
[[noreturn]] void internal_function(const char *function, const char *purpose);

// 42P01: an OID (of an argument of type regclass) that no relation has.
[[noreturn]] void no_such_relation(Oid relid, const char *function);
// 2BP01: the schema djust_tenants and what is in it are found by their names.
[[noreturn]] void own_object(const char *name);
// 2BP01: a column that the extension has made; `what` is a verb.
[[noreturn]] void own_column(const char *what, const char *relation, const char *column);
// 42501: the extension's own objects are not where they were: nobody is the current tenant then.
[[noreturn]] void broken();
// 42501: only the owner may do this.
[[noreturn]] void not_owner(Oid relid);
// 22023: the table cannot be scoped (unscoped) as asked. Whole sentences.
[[noreturn]] void cannot_scope(Oid relid, const char *detail, const char *hint);
[[noreturn]] void cannot_unscope(Oid relid, const char *detail, const char *hint);
// 22023: the argument backfill is no tenant id (type InvalidOid), or no value of the tenant column.
[[noreturn]] void bad_backfill(Oid relid, const char *column, Oid type, int32 typmod, const char *id);
// 22023: the table is not scoped, and has to be. See policy::not_scoped: policies with our names that are not ours
// any more must go first; `column` is the tenant column where that can be told, else null.
[[noreturn]] void not_scoped(Oid relid, bool isolation_changed, bool access_changed, const char *column);
// 22023: the value is not the row type of a table.
[[noreturn]] void not_a_model(Oid type, const char *function);
[[noreturn]] void no_model(const char *function);
// 42703: a field that the table has not.
[[noreturn]] void unknown_field(Oid relid, const char *field);
// P0002: the tenant has no such object.
[[noreturn]] void no_such_object(Oid relid);
// 0A000: a function that returns a set was called where only one value can stand.
[[noreturn]] void no_place_for_a_set(const char *function);

// 42883: the function that djust_tenants.custom_resolver names is not there.
[[noreturn]] void no_custom_resolver(const char *name);
// 42501: the current user may not use its schema, or not execute it.
[[noreturn]] void custom_resolver_denied(const char *name, bool schema);

// 42501: a function that only superusers may call.
[[noreturn]] void superuser_only(const char *function);
// 22023: an operator that cannot be allowed. Whole sentences.
[[noreturn]] void bad_operator(const char *name, const char *function, const char *detail, const char *hint);

// 42501: LISTEN, NOTIFY or UNLISTEN of a channel that is not the current tenant's (null: there is none).
[[noreturn]] void foreign_channel(const char *command, const char *channel, const char *current);
// 42501: pg_notify(text, text), which names any channel.
[[noreturn]] void pg_notify_refused();
// 22023: a channel or a payload that NOTIFY cannot take. Whole sentences, but for the message.
[[noreturn]] void bad_notification(const char *message, const char *detail, const char *hint);
// 42501: what another tenant has left on the connection is still there; message and hint for check hooks as well.
const char *left_behind_message();
const char *left_behind_hint();
[[noreturn]] void left_behind(const char *detail);
// 55006: what another tenant has left cannot be dropped, since an open statement uses it: "function pg_temp.f()".
[[noreturn]] void left_in_use(const char *object);
// 42501: an option of EXPLAIN that counts what was read, the printed plan, which has the estimates, and what they are of.
[[noreturn]] void explain_refused(const char *option);
[[noreturn]] void printed_plan_refused();
[[noreturn]] void statistics_refused(const char *view, const char *why);
// 42501, the guards of roles that row-level security binds. A TRUNCATE that reaches a scoped table, or the registry.
[[noreturn]] void truncate_refused(Oid relid, bool is_own);
// What would be left of a table's isolation; a sentence. Who is exempt gets the warning.
[[noreturn]] void isolation_guarded(Oid relid, const char *detail);
void warn_isolation_lost(Oid relid, const char *detail);
// djust_tenants.guard_ddl: a command (its tag, or a function) that leaves code or settings behind; a name that another schema
// has too; an expression (`what`, with its article) that can run more than PostgreSQL's own harmless functions, or that
// is evaluated on the rows of all tenants.
[[noreturn]] void code_refused(const char *command);
[[noreturn]] void shadow_refused(const char *name, const char *schema);
[[noreturn]] void expression_refused(Oid relid, const char *what, const char *reason);
// A scoped table, or a view, that would leave its name to another.
[[noreturn]] void replacing_refused(Oid relid);
[[noreturn]] void all_rows_refused(Oid relid, const char *what);
// Any other change of a scoped table's definition (a sentence about it), or a foreign key from or to it.
[[noreturn]] void change_refused(Oid relid, const char *detail);
[[noreturn]] void foreign_key_refused(Oid relid);
// 42501: in a foreign key's action, for which FORCE ROW LEVEL SECURITY does not count, a built-in function makes a query.
[[noreturn]] void query_in_key_action();
// A copy of a scoped table's rows: refused, or a warning.
void copied(Oid relid, const char *current, bool refuse);
// Tokens and keys. Nothing of either is ever in a message, and the statement is kept out of the log: it has them.
// 22023: the token is in no form to be one, or lacks a claim; 42501: it does not count. Whole sentences.
[[noreturn]] void malformed_token(const char *detail, const char *hint);
[[noreturn]] void token_refused(const char *detail, const char *hint);
// 42704: no key for the token. A whole sentence.
[[noreturn]] void no_key_for_token(const char *detail);
// 55000: djust_tenants.token_single_use is on, and there is no shared memory for it.
[[noreturn]] void no_single_use();
// 53400: too many tokens are remembered.
[[noreturn]] void single_use_full(int size);
// 42704: an administrator names a key that is not there.
[[noreturn]] void unknown_key(const char *key_id, const char *function);
// 22023: not a key id; it is not in the message, for it may be a key in the wrong place. Whole sentences.
[[noreturn]] void malformed_key_id(const char *detail, const char *hint);
// 22023: a key that cannot be added. Whole sentences; `key_id` may be null.
[[noreturn]] void bad_key(const char *key_id, const char *detail, const char *hint);
// 22023: sign_token cannot make what is asked for. Whole sentences.
[[noreturn]] void cannot_sign(const char *detail, const char *hint);
// 42501: the table of keys is read and written by superusers alone, whatever has been granted.
[[noreturn]] void keys_are_secret(Oid relid);

// XX000: PostgreSQL would not run a statement that we made, for a reason of SPI's (a result code).
[[noreturn]] void statement_failed(const char *statement, int code);

}  // namespace djust::error
