#include "copies.hpp"

#include "command.hpp"
#include "context.hpp"
#include "error.hpp"
#include "guard.hpp"
#include "settings.hpp"

namespace djust::copies {

namespace {

// Of CREATE TABLE AS and SELECT INTO; null for a REFRESH.
const IntoClause *into() {
    const command::Command *running = command::running();
    return running && IsA(running->tree, CreateTableAsStmt) ? castNode(CreateTableAsStmt, running->tree)->into : nullptr;
}

// It goes with the session, and is no other tenant's until then.
bool is_temporary(const IntoClause *target) {
    if (target->viewQuery) return false;
    auto *copy = static_cast<RangeVar *>(copyObjectImpl(target->rel));
    return copy->relpersistence == RELPERSISTENCE_TEMP || isTempNamespace(RangeVarGetCreationNamespace(copy));
}

bool will_be_scoped(const QueryDesc *query, const IntoClause *target) {
    if (target->viewQuery || command::running()->explained) return false;
    const settings::Names &columns = settings::auto_scope();
    ListCell *cell, *named = list_head(target->colNames);
    foreach (cell, query->plannedstmt->planTree->targetlist) {
        const auto *entry = static_cast<TargetEntry *>(lfirst(cell));
        if (entry->resjunk) continue;
        const char *name = named ? strVal(lfirst(named)) : entry->resname;
        if (named) named = lnext(target->colNames, named);
        for (int i = 0; name && i < columns.count; i++)
            if (columns.list[i] == name) return true;
    }
    return false;
}

}  // namespace

void check(const QueryDesc *query) {
    settings::Copies mode = settings::guard_copies();
    if (mode == settings::Copies::off) return;
    Oid relid = guard::scoped_table_of(query->plannedstmt);
    const char *current = OidIsValid(relid) ? context::current() : nullptr;
    if (!current) return;
    bool refuse = mode == settings::Copies::refuse;
    if (const IntoClause *target = into()) {
        if (is_temporary(target) ? !refuse : will_be_scoped(query, target)) return;
    }
    error::copied(relid, current, refuse);
}

}  // namespace djust::copies
