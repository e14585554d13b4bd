#include "gin_limit.hpp"

namespace djust::gin_limit {

namespace {

// The setting's variable; GIN reads GinFuzzySearchLimit. To put that to 0 when a statement begins is not enough: a
// function inside of it may set it again, and RESET and the end of a subtransaction ask no check hook.
int setting;
bool suspended, have_it;

// A worker knows nothing of the statement that it is part of, and a limit is never a promise.
void apply(int value) { GinFuzzySearchLimit = suspended || IsParallelWorker() ? 0 : value; }

void assign(int value, void *) { apply(value); }

}  // namespace

void init() {
    config_generic *found = pg::find_setting("gin_fuzzy_search_limit");
    if (!found || found->vartype != PGC_INT) return;
    auto *record = reinterpret_cast<config_int *>(found);
    if (record->variable != &GinFuzzySearchLimit || record->assign_hook) return;
    setting = GinFuzzySearchLimit;
    record->variable = &setting;
    record->assign_hook = assign;
    have_it = true;
    apply(setting);
}

bool in_charge() { return have_it; }

void suspend() {
    suspended = true;
    GinFuzzySearchLimit = 0;
}

void resume() {
    suspended = false;
    if (have_it) apply(setting);
}

}  // namespace djust::gin_limit
