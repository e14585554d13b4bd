// Whether a query can call code that is not PostgreSQL's own while it runs: such code may enter another tenant in the
// middle of a row, and leave it again.
#pragma once
#include "pg.hpp"

namespace djust::foreign_code {

// What is foreign: a function, a type, or an expression of a kind that is not known here.
struct Reason {
    Oid function, type;
    NodeTag kind;
};

// True unless every node of the query is of a kind that is known, every function that it calls is PostgreSQL's own and
// cannot run a query, and every value is of a type of PostgreSQL's own. Calls of ours (current_tenant_id() and so on) do
// not count. A sub-query, a view and the policies of others are looked into as well.
bool may_run(const Query *query);
// The same of an expression, or a list of them; with `reason`, the first that was found.
bool may_run(const Node *expression, Reason *reason = nullptr);

// As the end of a sentence: "calls function f(integer)".
const char *describe(const Reason &reason);

}  // namespace djust::foreign_code
