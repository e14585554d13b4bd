// The tenant as a constant: a plan that is used for one tenant alone has the tenant's id where the policy calls our
// function, as if the query had been written by hand.
#pragma once
#include "pg.hpp"
#include "policy.hpp"

namespace djust::constant {

// How a plan that is about to be made will be used, as far as that is known.
enum class Use {
    function,  // for tenants that are not known yet: every condition keeps its call
    once,      // a custom plan: made for this execution, thrown away after it
    fresh,     // the query has just been analysed: simple protocol, one-shot; hardly ever kept, but that is not certain
    generic,   // kept by the plan cache
};

// What is made of one query. `done` when a constant went in.
struct Baking {
    Use use;
    bool done;
};

void init();

// For PostgreSQL's hook: a query has been analysed.
void analysed(const ParseState *state, Query *query);
// What is known of the plan that will be made of the query. Forgets the query.
Use use_of(const Query *query, ParamListInfo parameters);

// Puts the current tenant into the place of a call of ours, in a condition or a value about that relation, where the
// use allows it and the tenant has a value of the kind.
void replace(Baking *baking, Expr **call, catalog::Kind kind, Relation relation);
// The same for the call in a condition that policy::condition recognises.
void replace_in(Baking *baking, Node *condition, catalog::Kind kind, Relation relation);

// Notes in the plan whose it is. Where it may be kept it falls when the tenant changes.
void mark(PlannedStmt *plan, const Baking &baking);
// Raises planned_for_other (42501) when the plan about to be executed was made for another tenant.
void check(const PlannedStmt *plan);

}  // namespace djust::constant
