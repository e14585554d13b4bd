// What COPY FROM must ask of each row that a role bound by row-level security loads into a scoped table, and whether
// COPY's own WHERE clause can ask it: there the row has been read, and nothing has happened to it yet.
#pragma once
#include "policy.hpp"

namespace djust::copy_checks {

struct Checks {
    List *others;      // of WithCheckOption *, without our condition: the application's policies, permissive ones ORed,
                       // or one that is false where no permissive policy is for the role
    bool fit_a_where;  // each of them can be evaluated there
};

// As the rewriter finds them for an INSERT of the current user. `parse` has the relation as its one range table entry.
Checks of(ParseState *parse, Relation relation, const policy::Scope &scope);

// Whether BEFORE ROW triggers may change a row after the WHERE clause has seen it: the relation's or a partition's.
bool can_change_rows(Relation relation);

}  // namespace djust::copy_checks
