// The setting djust_tenants.tenant_id and what follows from it: the current tenant.
// A tenant is current when the setting names it and neither the registry nor a role's fence refuses it.
#pragma once
#include "catalog.hpp"
#include "pg.hpp"

namespace djust::context {

// What a resolver gave for a tenant that the registry does not know. Each may be null.
struct Given {
    const char *name;
    Jsonb *settings;
    Jsonb *metadata;
};

void define();  // the setting

// The current tenant's id; null when none is set, or the one that is set is refused. Needs a transaction.
const char *current();
// Whether the current tenant's id is a value of a column of that kind.
bool has_value(catalog::Kind kind);
// That value; lives to the end of the transaction, and of the procedure that commits it.
std::optional<Datum> value(catalog::Kind kind);
// Stands for the current tenant in this backend: another id has another one, and nobody can find out which (a hash
// with a seed of the backend's own). 0 when there is none.
uint64 fingerprint();

// Raises the error that says why there is no current tenant (no tenant set: about `relid`, or the generic one
// with `what` if it is InvalidOid; inactive; unknown).
[[noreturn]] void refuse_missing(Oid relid, const char *what);
// The current tenant's id, or that error.
const char *require(const char *what);

// Raises when a tenant is set, and a role's fence is in its way (42501) or it counts no longer (55000): its token has expired, or
// the mode is signed. For errors that would else say that none is set.
void refuse_kept_out();

// Tells those who wait for a change that the session's token has expired by the time of the statement that begins. Called
// before its plans are taken: kept ones have the tenant in them.
void tell_expiry();
inline TimestampTz session_ends = 0;  // when that is; 0: no such token, or they know
inline void notice_expiry() {
    if (unlikely(session_ends != 0) && GetCurrentStatementStartTimestamp() >= session_ends) tell_expiry();
}

// At the transaction's end: what was handed out of the current tenant lived until then.
inline bool has_handed_out = false;
void take_back(XactEvent event);
inline void transaction_ended(XactEvent event) {
    if (unlikely(has_handed_out)) take_back(event);
}

// Refuses (42501, 42704) a tenant that the registry, or a role's fence, refuses. For functions that enter or resolve one.
void admit(std::string_view id);

// Makes `id` (null: none) the current tenant until the end of the transaction (local) or of the session. The id is
// validated and admitted. `given` may be null. In signed mode 42501 for roles that row-level security binds.
void enter(const char *id, bool local, const Given *given);
// The same for a tenant that a verified token names. Entered for the session it ends when the token expires.
void enter_verified(const char *id, bool local, TimestampTz expires);

// What the resolver gave for the tenant that is set, if the registry does not know it; may be null.
Jsonb *given_settings();
// The current tenant as djust_tenants.tenant_info, or the SQL NULL.
Datum current_info(FunctionCallInfo fcinfo);
// The same of any tenant: what the registry says of it, else what is given.
Datum info_of(const char *id, const Given &given);

// The warning that PostgreSQL gives for a SET LOCAL that has no effect.
void warn_if_local_without_transaction(FunctionCallInfo fcinfo, const char *function);

// Raises 55000 when ALTER SYSTEM chooses signed mode and the library was not loaded with the server: the setting's own
// check cannot tell that from reading the file.
void check_alter_system(const AlterSystemStmt *statement);

// The id that the setting names, whatever the registry says of it; null: none. Lives until the setting changes.
const char *named();

// Who is asked when a tenant is about to be entered, after its id was found valid: `prepare` by the functions alone, and
// it may raise; `refuses` by every SET in a transaction too, and it describes (GUC_check_errmsg) why it says true.
void on_enter(void (*prepare)(const char *id), bool (*refuses)(const char *id));

// Called after the setting got another value, and when its token has expired, with the new id (null: none). Must not raise.
void on_change(void (*callback)(const char *id));

}  // namespace djust::context
