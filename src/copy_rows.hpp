// The rows of a COPY FROM that runs on a scoped table. Either PostgreSQL's CopyFrom loads them, and calls of copied_row()
// in its WHERE clause stamp and check each; or an INSERT takes them from copied_rows(), and is stamped and checked as any.
#pragma once
#include "policy.hpp"
#include "tenant_id.hpp"

namespace djust::copy_rows {

struct Copy;

// What one call of copied_row() does: it is known by its node, so that nobody else's call does anything.
struct Step {
    const FuncExpr *call;
    Copy *copy;
    bool stamps, checks;
    const WithCheckOption *refuses;  // the row has failed it
};

struct Copy {
    Copy *outer;  // a trigger of that one's runs this one
    Relation relation;
    policy::Scope scope;
    bool bound;    // the role is, by row-level security; else rows are stamped, and not checked
    bool in_file;  // the tenant column is one of those that are read
    char tenant[tenant_id::longest + 1];  // who started it
    const char *current;                  // the same, where the context keeps it: most rows compare the pointers
    Datum value;                          // the same as a value of the column
    Oid domain;                           // the column's type when it is one
    bool domain_passed;                   // the value has
    CopyFromState state;
    FmgrInfo input;  // the column type's own function
    // CopyFrom
    List *steps;  // of Step *
    bool alone;   // and one of them is all of the WHERE clause
    // INSERT
    EState *reading;
    TupleTableSlot *slot;
    ExprState *condition;     // the user's WHERE clause
    const EState *inserting;  // that of the INSERT
    uint64 read, excluded;
};

// The current tenant must be set and a value of the column.
Copy *make(Relation relation, const policy::Scope &scope, bool bound, bool in_file);

// The WHERE clause that CopyFrom gets: the row is stamped, then the user's condition sees it, then what is left is
// checked. An implicit AND list, folded.
List *where_with_checks(Copy *copy, List *users, List *checks);

// Between BeginCopyFrom and CopyFrom or the INSERT: NULLs in the tenant column get as far as the stamp, and a column that
// the file leaves out gets the tenant without a call for each row.
void prepare(Copy *copy);

// Which COPY the two functions serve; null when none runs.
Copy *running();
void set_running(Copy *copy);

// Raises when the tenant is another one than when it started.
void check_tenant(const Copy *copy);

}  // namespace djust::copy_rows
