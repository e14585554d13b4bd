// Runs the statements of the scoping functions, and answers what they ask of the catalogs. Not for request paths.
#pragma once
#include "pg.hpp"

namespace djust::ddl {

// printf into palloc'd memory, with PostgreSQL's own quoting left to the caller.
__attribute__((format(printf, 1, 2))) char *format(const char *pattern, ...);

// Every name in a statement is qualified; on top of that the search path is pinned, and row security must not hide
// rows from a backfill or a count: PostgreSQL raises where it would.
int pin_settings();
// Without the search path: for what runs the table's own triggers and checks, which rely on the caller's.
int see_all_rows();
void unpin_settings(int nest_level);

// As the current user.
void run(const char *statement);
void run_all(List *statements);  // of char *
// The same for INSERT, UPDATE and DELETE.
void change(const char *statement);
// The first column of a query, as a list of OIDs.
List *query_oids(const char *query);
// What an event trigger's function was called for; raises when it was called otherwise.
EventTriggerData *event_of(FunctionCallInfo fcinfo);
// As the table's owner, who is exempt from FORCE for its own tables as in a foreign key's check; if that is
// another role, in a security-restricted operation: a table's triggers get no rights of the caller.
// False when a rule has made something else of the UPDATE.
bool run_as_owner(Oid relid, const char *update);
int64 count_as_owner(Oid relid, const char *query);

Oid owner_of(Oid relid);
// Quoted and qualified, e.g. app."Order"; pg_temp.x for a temporary table of this session.
const char *name_of(Oid relid);
const char *column_name(Oid relid, AttrNumber column);  // quoted

// A name <table>_<columns>_<label> that neither a relation of the schema has nor `taken` (char *, qualified), which gets
// it: PostgreSQL's own choice knows nothing of statements that have not run yet.
const char *free_name(Oid relid, const char *columns, const char *label, List **taken);
const char *name_of(Oid schema, const char *name);

// The relations that this one inherits from, or is a partition of.
List *parents_of(Oid relid);
// The column's default expression, or null.
Node *default_of(Relation relation, AttrNumber column);
// True when the policies' condition on the tenant column can use that key of an index of `table` (numbered from 0): it
// is the column itself, in an operator family with the condition's operator, under the condition's collation.
bool is_tenant_key(Relation table, AttrNumber column, Relation index, int key);
// A valid b-tree index without a predicate that is led by the tenant column, or InvalidOid.
Oid index_led_by(Relation relation, AttrNumber column);
// An index of the tenant column alone whose build broke off, or InvalidOid.
Oid broken_index(Relation relation, AttrNumber column);

// A foreign key of `relid` in which the column takes part: `condition` joins the aliases c (child) and p (parent).
struct ForeignKey {
    Oid parent;
    const char *condition;
};
List *foreign_keys_of(Oid relid, AttrNumber column);  // of ForeignKey *

}  // namespace djust::ddl
