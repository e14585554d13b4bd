// The settings that only superusers may change. Texts are validated when they are set, so that
// readers can take them as they are; none is ever null.
#pragma once
#include "pg.hpp"

namespace djust::settings {

enum class Strategy { subdomain, path, header, session, domain, custom };

void define();

// The list in djust_tenants.resolver; valid until the setting changes.
struct Strategies {
    int count;
    bool has_custom;
    Strategy list[FLEXIBLE_ARRAY_MEMBER];
    Size size() const { return size_for(count); }
    static Size size_for(int count) { return offsetof(Strategies, list) + static_cast<Size>(count) * sizeof(Strategy); }
};
// A comma list of names; valid until the setting changes.
struct Names {
    int count;
    std::string_view list[FLEXIBLE_ARRAY_MEMBER];
    bool have(std::string_view name) const;  // ASCII case ignored
};
const Strategies &resolver();
const char *main_domain();       // lower case, without a dot at either end; may be empty
const Names &subdomain_exclude();
int path_position();             // 1-based
const Names &path_exclude();
const char *header();
const char *session_key();
const char *jwt_claim();
const char *token_issuer();      // may be empty
const char *token_audience();    // may be empty
constexpr int longest_token_leeway = 300;
int token_leeway();              // seconds
bool token_single_use();
int single_use_tokens();         // as the server started with it
uint64 token_rules();            // another number whenever one that decides whether a token counts, or for whom, has changed
const char *custom_resolver();   // schema.function, or empty
const char *default_tenant();    // a tenant id, or empty
bool tenant_required();
bool require_registered();

// Whether, for roles bound by row-level security, only a tenant counts that was entered with a verified token.
bool signed_mode();
// The library was loaded with the server: its guards stand before a connection's first statement. Signed mode needs it.
bool preloaded();
inline constexpr char mode_setting[] = "djust_tenants.context_mode";  // the name of the setting that chooses it
// Called after the mode has changed. Must not raise.
void on_mode_change(void (*callback)());

// What is done for speed; off, each gives back the plans, checks and refusals of plain row-level security.
bool tenant_constant();         // a plan that is used once has the tenant as a constant
bool index_leaky_operators();   // allowed operators that are not leakproof use tenant-leading indexes
bool skip_redundant_checks();   // no WITH CHECK of ours on a row whose tenant is our own stamp
bool copy_from();               // COPY FROM on scoped tables for roles bound by row-level security

// Readable without a transaction, unlike superuser().
bool is_superuser_session();
// What a session must not do, or leave, to another tenant.
enum class SessionGuard { off, refuse, clean };
bool guard_notify();            // LISTEN and NOTIFY on the current tenant's channels alone
SessionGuard guard_session();   // what one tenant leaves on a connection, when the next comes
bool hide_estimates();          // no estimates in EXPLAIN
// What roles that row-level security binds may not do beside reading and writing rows.
enum class Copies { off, warn, refuse };
bool guard_truncate();          // TRUNCATE of scoped tables
bool guard_policies();          // taking away a table's isolation by other ways than unscope_table
bool guard_ddl();               // in signed mode: leaving code, or names that shadow others, behind
Copies guard_copies();          // copying rows of scoped tables into a relation that is not scoped
const Names &auto_scope();      // columns that make a new table scoped; exactly as they are written in the catalogs

// For check hooks of settings that decide security, in context.cpp too: true when the value comes from where
// a client, or a file that every role's connection reads, must not set it. Then the refusal is described.
bool comes_from_client(GucSource source);

}  // namespace djust::settings
