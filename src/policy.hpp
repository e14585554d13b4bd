// Recognises our policy on a relation. The policy is the metadata: a table is scoped exactly when it carries
// djust_tenants_isolation in the exact shape that scope_table gives it; a name alone proves nothing.
#pragma once
#include "catalog.hpp"
#include "pg.hpp"

namespace djust::policy {

constexpr const char *isolation = "djust_tenants_isolation";  // RESTRICTIVE, ALL, TO PUBLIC
constexpr const char *access = "djust_tenants_access";        // PERMISSIVE, ALL, TO PUBLIC

struct Scope {
    AttrNumber column;
    catalog::Kind kind;
};

// A statement's dealings with one scoped table, found while planning, for a role that is bound by row security.
struct Touch {
    Oid relid;
    catalog::Kind kind;
    bool writes;    // else it reads
    bool registry;  // the registry itself: a tenant sees its own row, administrators all
    bool limited;   // written, and its column cannot hold every tenant id
    // Rows are inserted (updated) without our check, because no trigger can change them.
    bool unchecked_insert = false, unchecked_update = false;
};

// Adds it to a list of Touch *, unless the list has one of that relation and that use.
void add_touch(List **touches, const Touch &found);

// From the relation's cached row-security descriptor: nothing while row security is off.
std::optional<Scope> scope_of(Relation relation);
// The same by OID; the relation need not be locked by the caller.
std::optional<Scope> scope_of(Oid relid);
bool is_scoped(Oid relid);  // false for InvalidOid

// How many characters a column of kind text can hold: n of varchar(n), also of a domain over it; else SIZE_MAX.
size_t longest_value(Oid relid, AttrNumber column);
size_t longest_value(Oid type, int32 typmod);

// Without relabelling, which changes no value: varchar, every domain and every collated column carry it. Null stays null.
const Node *stripped(const Node *node);

// When `node` is our condition `<column> = djust_tenants.current_tenant_...()` on the relation numbered `varno`,
// its scope. Any other shape is nothing.
std::optional<Scope> condition(const Node *node, Index varno);

// Whether it is our condition on the relation of that number, which has that scope: the application may have a policy
// that looks like ours.
bool scoped_by(const Node *condition, const Scope &scope, Index number);
// When `node` compares a column with a call of ours, the number of the relation. Less than condition() asks.
std::optional<Index> compared_with_current(const Node *node);
// `<column> <operator> <value>` on the relation numbered `varno`, under a collation that keeps different ids apart;
// relabelling of either side is looked through.
struct Comparison {
    AttrNumber column;
    Oid operation;
    const Node *value;
};
std::optional<Comparison> comparison(const Node *node, Index varno);

// The tenant condition as a planner may have it: compared with our function, or with a constant that is the current
// tenant's value, byte for byte. Never with a parameter. `value` points at the function's call or the constant.
struct Condition {
    Scope scope;
    const Node *value;
};
std::optional<Condition> planned_condition(const Node *node, Index varno);

// True when an expression is a call of ours, with no more than coercions around it, as the column's default is.
bool is_current(const Node *node);

// What stands on a relation, read from pg_policy (also while row security is off).
struct State {
    bool has_isolation, isolation_ok;  // by name; in our shape
    bool has_access, access_ok;
    bool has_own_permissive;           // a permissive policy that is not djust_tenants_access
    bool has_own;                      // any policy that is not ours
    Scope scope;                       // when isolation_ok
    AttrNumber column_guess;           // when !isolation_ok: the one column that the policy names, else 0
};
State state_of(Relation relation);
// The same by OID; of a relation that is not there any more nothing holds.
State state_of(Oid relid);

// 22023: the relation is not scoped, and has to be; the hint says what makes it so. It need not be locked.
[[noreturn]] void not_scoped(Oid relid);

// The relation that the rows of an SQL row type belong to: resolves `model anyelement` of the functions of that
// kind, or raises not_a_model / not_scoped. Locks it with `lock`; close it with table_close(.., NoLock).
Relation open_model(Oid type, const char *function, LOCKMODE lock, Scope *scope);

}  // namespace djust::policy
