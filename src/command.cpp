#include "command.hpp"

#include "catalog.hpp"
#include "fence.hpp"
#include "role.hpp"
#include "settings.hpp"

namespace djust::command {

namespace {

const Command *innermost;
bool announced;

// EXPLAIN ANALYZE of CREATE TABLE AS, or of a materialized view, makes it without being that command.
const Node *explained(const Node *tree) {
    if (!IsA(tree, ExplainStmt)) return nullptr;
    const auto *query = reinterpret_cast<const Query *>(castNode(ExplainStmt, tree)->query);
    const Node *inner = query && IsA(query, Query) ? query->utilityStmt : nullptr;
    return inner && IsA(inner, CreateTableAsStmt) ? inner : nullptr;
}

List *with_named(List *oids, const void *name) { return lappend_oid(oids, named(static_cast<const RangeVar *>(name))); }

// Passwords and stored settings are the cluster's: those of one database can be changed from every other one.
bool is_of_all_databases(const Node *tree) {
    return IsA(tree, AlterRoleStmt) || IsA(tree, AlterRoleSetStmt) || IsA(tree, AlterDatabaseSetStmt);
}

// The tables that CREATE TABLE inherits from, or takes after by LIKE, or that ALTER TABLE alters: their OIDs, in which may be
// invalid ones. Looked up before the command begins: on its way PostgreSQL takes the LIKE clauses out of the tree, and from
// 17 on the schemas out of the search path.
List *sources_of(const Node *tree) {
    List *found = NIL;
    ListCell *cell;
    if (IsA(tree, AlterTableStmt)) return with_named(NIL, castNode(AlterTableStmt, tree)->relation);
    if (!IsA(tree, CreateStmt)) return NIL;
    foreach (cell, castNode(CreateStmt, tree)->inhRelations) found = with_named(found, lfirst(cell));
    foreach (cell, castNode(CreateStmt, tree)->tableElts)
        if (IsA(lfirst(cell), TableLikeClause)) found = with_named(found, static_cast<TableLikeClause *>(lfirst(cell))->relation);
    return found;
}

}  // namespace

bool is_plain(const Node *tree) {
    switch (nodeTag(tree)) {
        case T_TransactionStmt:
        case T_VariableSetStmt:
        case T_VariableShowStmt:
        case T_DeclareCursorStmt:
        case T_ClosePortalStmt:
        case T_FetchStmt:
        case T_PrepareStmt:
        case T_ExecuteStmt:
        case T_DeallocateStmt:
        case T_DiscardStmt:
        case T_CopyStmt:
        case T_CallStmt:
        case T_DoStmt:
        case T_LockStmt:
        case T_ConstraintsSetStmt:
        case T_CheckPointStmt:
        case T_LoadStmt:
        case T_NotifyStmt:
        case T_ListenStmt:
        case T_UnlistenStmt: return true;
        case T_ExplainStmt: return explained(tree) == nullptr;
        default: return false;
    }
}

void follow(const Node *tree, void (*check)(const Command &), void (*run)(void *), void *what) {
    const Node *inner = explained(tree);
    const Oid user = GetUserId();
    const bool bound = !role::bypasses_row_security(user);
    Command command{inner ? inner : tree, user, bound, announced, inner != nullptr, bound ? sources_of(tree) : NIL, innermost};
    announced = false;
    innermost = &command;
    PG_TRY();
    {
        check(command);
        run(what);
    }
    PG_FINALLY();
    { innermost = command.outer; }
    PG_END_TRY();
}

bool is_guarded(Oid user) {
    return settings::guard_ddl() && !role::bypasses_row_security(user) &&
           (settings::signed_mode() || fence::has_any(GetSessionUserId()) || fence::has_any(user));
}

bool is_guarded(const Command *command) {
    return command && command->bound && (OidIsValid(catalog::schema()) || is_of_all_databases(command->tree)) &&
           is_guarded(command->user);
}

Oid named(const RangeVar *relation) { return relation ? RangeVarGetRelid(relation, NoLock, true) : InvalidOid; }

const Command *running() { return innermost; }

void announce(bool ours) { announced = ours; }

}  // namespace djust::command
