#include "leaky_index.hpp"

#include "gin_limit.hpp"
#include "index_column.hpp"
#include "leaky_search.hpp"
#include "tsquery_stack.hpp"

namespace djust::leaky_index {

using leaky_search::Search;
using leaky_search::Tenant;

// What is known of a relation between the estimate of its rows and its paths.
struct Look {
    RelOptInfo *relation;
    std::optional<Search> search;
    List *indexes;  // all of the relation's, where some are held back
    Look *next;
    MemoryContextCallback forget;
};

namespace {

// Of every planning that goes on: one may call a function that plans. They go with the memory of their relations,
// an error included.
Look *looks;

Look **find_look(const RelOptInfo *relation) {
    Look **look = &looks;
    while (*look && (*look)->relation != relation) look = &(*look)->next;
    return look;
}

void forget(void *look) { pg::unlink(&looks, static_cast<Look *>(look)); }

Look *remember(PlannerInfo *root, RelOptInfo *relation) {
    void *memory = MemoryContextAllocZero(root->planner_cxt, sizeof(Look));
    auto *look = new (memory) Look{relation, leaky_search::find(root, relation), NIL, nullptr, {}};
    look->forget.func = forget;
    look->forget.arg = look;
    MemoryContextRegisterResetCallback(root->planner_cxt, &look->forget);
    look->next = looks;
    looks = look;
    return look;
}

// The proof is asked of the result, whatever made it: in each index the tenant condition is the first and exact, and
// a condition that PostgreSQL would have kept out of the index follows it, on a column where that is safe. The order
// matters beyond the index: the same list is the order of the checks on rows of lossy pages, and on rows that have
// changed meanwhile.
bool is_proven(Path *path, RelOptInfo *relation, const Tenant &tenant, bool *has_leaky) {
    ListCell *cell;
    switch (nodeTag(path)) {
        case T_BitmapHeapPath: return is_proven(castNode(BitmapHeapPath, path)->bitmapqual, relation, tenant, has_leaky);
        case T_BitmapAndPath:
            foreach (cell, castNode(BitmapAndPath, path)->bitmapquals)
                if (!is_proven(static_cast<Path *>(lfirst(cell)), relation, tenant, has_leaky)) return false;
            return true;
        case T_BitmapOrPath:
            foreach (cell, castNode(BitmapOrPath, path)->bitmapquals)
                if (!is_proven(static_cast<Path *>(lfirst(cell)), relation, tenant, has_leaky)) return false;
            return true;
        case T_IndexPath: break;
        default: return false;
    }
    auto *scan = castNode(IndexPath, path);
    const IndexOptInfo *index = scan->indexinfo;
    if (!index_column::led_by(index, tenant.column) || scan->indexorderbys) return false;
    bool first = true;
    foreach (cell, scan->indexclauses) {
        auto *clause = static_cast<IndexClause *>(lfirst(cell));
        if (first) {
            bool as_it_stands = list_length(clause->indexquals) == 1 && linitial(clause->indexquals) == clause->rinfo;
            if (clause->indexcol != 0 || clause->lossy || !as_it_stands || !tenant_condition::is_it(clause->rinfo, relation, tenant))
                return false;
            if (!index_column::is_equality(index, castNode(OpExpr, clause->rinfo->clause)->opno)) return false;
            first = false;
            continue;
        }
        if (!leaky_search::waits(clause->rinfo, relation)) continue;
        if (!index_column::is_safe(index, clause->indexcol)) return false;
        if (index->relam == GIN_AM_OID && !gin_limit::in_charge()) return false;
        ListCell *column;
        foreach (column, clause->indexcols)  // of a row comparison
            if (!index_column::is_safe(index, lfirst_int(column))) return false;
        if (index_column::evaluates_tsquery(index, clause->indexcol)) {
            // tsquery_stack asks about one tsquery, not about each of an array.
            if (IsA(clause->rinfo->clause, ScalarArrayOpExpr) || !tsquery_stack::offer()) return false;
        }
        *has_leaky = true;
    }
    return !first;
}

// The relation's paths over some indexes, as if the conditions were leakproof.
struct Made {
    List *paths, *partial_paths;
};

// An error in between ends the planning, and with it everything that is changed here.
Made make_paths(PlannerInfo *root, RelOptInfo *relation, const Search &search) {
    List *all_indexes = relation->indexlist;
    List *paths = relation->pathlist, *partial_paths = relation->partial_pathlist;
    relation->indexlist = search.indexes;
    relation->pathlist = relation->partial_pathlist = NIL;
    ListCell *cell;
    foreach (cell, search.clauses) static_cast<RestrictInfo *>(lfirst(cell))->leakproof = true;
    create_index_paths(root, relation);
    foreach (cell, search.clauses) static_cast<RestrictInfo *>(lfirst(cell))->leakproof = false;
    Made made{relation->pathlist, relation->partial_pathlist};
    relation->indexlist = all_indexes;
    relation->pathlist = paths;
    relation->partial_pathlist = partial_paths;
    return made;
}

// Keeps those that are proven; those without such a condition only when `all`, as PostgreSQL has made them itself
// otherwise. Calls `add` with each, and says whether every one was proven.
template <typename Add>
bool sift(List *made, RelOptInfo *relation, const Tenant &tenant, bool all, Add add) {
    bool every = true;
    ListCell *cell;
    foreach (cell, made) {
        auto *path = static_cast<Path *>(lfirst(cell));
        bool has_leaky = false;
        if (!is_proven(path, relation, tenant, &has_leaky))
            every = false;
        else if (all || has_leaky)
            add(relation, path);
    }
    return every;
}

bool has_or_clause(List *clauses) {
    ListCell *cell;
    foreach (cell, clauses)
        if (static_cast<RestrictInfo *>(lfirst(cell))->orclause) return true;
    return false;
}

// What an index may be needed for between the estimate and the first look: it may say that a column is unique, and
// keep the statistics of an expression.
bool can_be_held(const IndexOptInfo *index) { return !index->unique && index->indexprs == NIL && index->indpred == NIL; }

// Relations are estimated in turn, of which there may be hundreds of partitions: the search begins where it ended.
RelOptInfo *relation_of(PlannerInfo *root, const RangeTblEntry *entry) {
    static int last;
    const int size = root->simple_rel_array_size;
    if (last >= size) last = 0;  // of another query
    for (int i = 0; i < size; i++) {
        int number = last + i < size ? last + i : last + i - size;
        if (root->simple_rte_array[number] != entry) continue;
        last = number;
        return root->simple_rel_array[number];
    }
    return nullptr;
}

// The relation's indexes without those of the search. NIL with `held` false when the second look alone could miss what
// PostgreSQL would have made of them.
List *others(RelOptInfo *relation, const Search &search, bool *held) {
    *held = false;
    // The arms of an OR may each use another index.
    if (has_or_clause(relation->baserestrictinfo) || has_or_clause(relation->joininfo)) return NIL;
    List *kept = NIL;
    ListCell *cell;
    foreach (cell, relation->indexlist) {
        auto *index = static_cast<IndexOptInfo *>(lfirst(cell));
        // Beside an index that something else leads, one that merely finds the whole tenant may be of use.
        if (!leaky_search::is_led(index, search.tenant)) return NIL;
        if (!list_member_ptr(search.indexes, index))
            kept = lappend(kept, index);
        else if (!can_be_held(index))
            return NIL;
    }
    *held = true;
    return kept;
}

}  // namespace

void hold_back(PlannerInfo *root, RangeTblEntry *entry) {
    RelOptInfo *relation = relation_of(root, entry);
    if (!relation || relation->rows != 0 || relation->pathlist != NIL) return;
    if (!leaky_search::is_needed(relation, entry) || *find_look(relation)) return;
    Look *look = remember(root, relation);
    if (!look->search) return;
    bool held;
    List *kept = others(relation, *look->search, &held);
    if (!held) return;
    look->indexes = relation->indexlist;
    relation->indexlist = kept;
}

Look *give_back(RelOptInfo *relation) {
    if (likely(!looks)) return nullptr;
    Look **place = find_look(relation), *look = *place;
    if (!look) return nullptr;
    *place = look->next;
    if (look->indexes != NIL) relation->indexlist = look->indexes;
    return look;
}

void add_paths(PlannerInfo *root, RelOptInfo *relation, RangeTblEntry *entry, const Look *look) {
    std::optional<Search> search;
    if (look)
        search = look->search;
    else if (leaky_search::is_needed(relation, entry))
        search = leaky_search::find(root, relation);
    if (!search || IS_DUMMY_REL(relation)) return;
    Made made = make_paths(root, relation, *search);
    bool held = look && look->indexes != NIL;
    bool every = sift(made.paths, relation, search->tenant, held, add_path);
    every = sift(made.partial_paths, relation, search->tenant, held, add_partial_path) && every;
    // What is not proven may have driven out what is: then PostgreSQL has to look at all indexes itself.
    if (held && !every) create_index_paths(root, relation);
}

}  // namespace djust::leaky_index
