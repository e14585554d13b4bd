#include "command.hpp"

#include "role.hpp"

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

List *like_clauses(const Node *tree) {
    List *found = NIL;
    ListCell *cell;
    if (IsA(tree, CreateStmt))
        foreach (cell, castNode(CreateStmt, tree)->tableElts)
            if (IsA(lfirst(cell), TableLikeClause)) found = lappend(found, lfirst(cell));
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
    Command command{inner ? inner : tree, GetUserId(), !role::bypasses_row_security(GetUserId()), announced,
                    inner != nullptr, like_clauses(tree), innermost};
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

const Command *running() { return innermost; }

void announce(bool ours) { announced = ours; }

}  // namespace djust::command
