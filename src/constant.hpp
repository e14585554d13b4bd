// The tenant as a constant: a plan that is used for one tenant alone has the tenant's id where the policy calls our
// function, as if the query had been written by hand.
#pragma once
#include "pg.hpp"
#include "relation_facts.hpp"

namespace djust::constant {

// How a plan that is about to be made will be used, as far as that is known.
enum class Use {
    function,  // for tenants that are not known yet: every condition keeps its call
    once,      // a custom plan: made for this execution, thrown away after it
    fresh,     // the query has just been analysed: simple protocol, one-shot; hardly ever kept, but that is not certain
    generic,   // kept by the plan cache
};

// What is made of one query. `whose` is the fingerprint of the tenant that went in as a constant; 0: none did.
struct Baking {
    Use use;
    uint64 whose;
};

void init();

// For PostgreSQL's hook: a query has been analysed.
void analysed(const ParseState *state, Query *query);
// Whether the query is the one that was analysed last, once: the next of the same address is another.
inline const Query *last_analysed = nullptr;
inline bool take(const Query *query) {
    if (query != last_analysed) return false;
    last_analysed = nullptr;
    return true;
}
inline void transaction_ended() { last_analysed = nullptr; }
// What is known of the plan that will be made of a query, of which take() has said whether it is `fresh`.
Use use_of(bool fresh, ParamListInfo parameters);

using relation_facts::Facts;

// Whether replace() puts the current tenant into a statement about that relation: the use allows it, and the tenant has
// a value of the kind.
bool applies(const Baking &baking, catalog::Kind kind, const Facts &relation);
// Puts the current tenant, where it applies, into the place of a call of ours in a condition or a value.
void replace(Baking *baking, Expr **call, catalog::Kind kind, const Facts &relation);
// The same for the call in a condition that policy::condition recognises.
void replace_in(Baking *baking, Node *condition, catalog::Kind kind, const Facts &relation);

// Notes in the plan whose it is, when a constant went in. Raises switched_while_planning (42501) when the tenant is
// another one by now. Where it may be kept it falls when the tenant changes.
void mark(PlannedStmt *plan, const Baking &baking);
// Whether an invalidation item says whose a plan is.
inline bool is_mark(const PlanInvalItem *item) { return item->cacheId < 0; }
// Raises planned_for_other (42501) when the plan about to be executed, with this mark, was made for another tenant.
void check(const PlannedStmt *plan, const PlanInvalItem *mark);

}  // namespace djust::constant
