#include "leaky_index.hpp"

#include "allowed_operator.hpp"
#include "index_column.hpp"
#include "policy.hpp"
#include "relation_facts.hpp"
#include "settings.hpp"
#include "tsquery_stack.hpp"

namespace djust::leaky_index {

namespace {

// The tenant condition of a relation: its column, and what the policy compares it with. `tied` are values that a
// one-time filter of the same scan compares with that one: of `tenant_id = $1` beside the policy PostgreSQL makes an
// index condition of the one and a filter above the scan of the other. Constants and parameters alone: a function that
// is stable by name only could say one thing to the filter and another to the index.
struct Tenant {
    AttrNumber column;
    catalog::Kind kind;
    const Node *value;
    List *tied;
};

// PostgreSQL's own rule, for clauses of the relation itself and for join clauses alike.
bool waits(RestrictInfo *clause, RelOptInfo *relation) {
    return !clause->pseudoconstant && !restriction_is_securely_promotable(clause, relation);
}

bool any_waits(RelOptInfo *relation) {
    ListCell *cell;
    foreach (cell, relation->baserestrictinfo)
        if (waits(static_cast<RestrictInfo *>(lfirst(cell)), relation)) return true;
    foreach (cell, relation->joininfo)
        if (waits(static_cast<RestrictInfo *>(lfirst(cell)), relation)) return true;
    return false;
}

// The condition as it stands among the relation's security conditions, or for a partition or child among those of
// the relation that the query names. Only a value that stands there is a tenant's: a constant that the query wrote
// itself may be equal today, and another tenant's when the plan is used again.
std::optional<Tenant> tenant_of(PlannerInfo *root, RelOptInfo *relation) {
    Index number = relation->relid;
    RangeTblEntry *entry = planner_rt_fetch(number, root);
    const Oid leaf = entry->relid;
    while (!entry->securityQuals) {
        AppendRelInfo *parent = root->append_rel_array ? root->append_rel_array[number] : nullptr;
        if (!parent) return std::nullopt;
        number = parent->parent_relid;
        entry = planner_rt_fetch(number, root);
        if (entry->rtekind != RTE_RELATION) return std::nullopt;
    }
    std::optional<policy::Scope> scope = relation_facts::of(entry->relid).scope;
    if (!scope) return std::nullopt;
    std::optional<policy::Condition> found;
    ListCell *level, *cell;
    foreach (level, entry->securityQuals) {
        Node *conditions = static_cast<Node *>(lfirst(level));
        if (!conditions || !IsA(conditions, List)) continue;  // the planner has made them lists
        foreach (cell, reinterpret_cast<List *>(conditions)) {
            std::optional<policy::Condition> condition =
                policy::planned_condition(static_cast<Node *>(lfirst(cell)), number);
            if (!condition || condition->scope.column != scope->column) continue;
            // Beside the function, a constant is the application's own.
            if (!found || IsA(found->value, Const)) found = condition;
        }
    }
    if (!found || found->scope.kind != scope->kind) return std::nullopt;
    if (leaf != entry->relid) {
        std::optional<policy::Scope> own = relation_facts::of(leaf).scope;
        if (!own || own->kind != scope->kind) return std::nullopt;
        return Tenant{own->column, own->kind, found->value, NIL};
    }
    return Tenant{scope->column, scope->kind, found->value, NIL};
}

bool is_fixed(const Node *value) {
    return IsA(value, Const) || (IsA(value, Param) && castNode(Param, value)->paramkind == PARAM_EXTERN);
}

// A one-time filter is evaluated before its scan begins, so it is no condition that anything has to wait for.
void find_ties(RelOptInfo *relation, Tenant *tenant) {
    ListCell *cell;
    foreach (cell, relation->baserestrictinfo) {
        auto *clause = static_cast<RestrictInfo *>(lfirst(cell));
        if (!clause->pseudoconstant || !IsA(clause->clause, OpExpr)) continue;
        auto *comparison = castNode(OpExpr, clause->clause);
        if (comparison->opno != catalog::facts(tenant->kind).equality || list_length(comparison->args) != 2) continue;
        if (OidIsValid(comparison->inputcollid) && !get_collation_isdeterministic(comparison->inputcollid)) continue;
        auto *left = static_cast<Node *>(linitial(comparison->args)), *right = static_cast<Node *>(lsecond(comparison->args));
        if (equal(left, tenant->value) && is_fixed(right)) tenant->tied = lappend(tenant->tied, right);
        if (equal(right, tenant->value) && is_fixed(left)) tenant->tied = lappend(tenant->tied, left);
    }
}

bool is_tenant(const RestrictInfo *clause, RelOptInfo *relation, const Tenant &tenant) {
    std::optional<policy::Comparison> found =
        policy::comparison(reinterpret_cast<const Node *>(clause->clause), relation->relid);
    return found && found->column == tenant.column && found->operation == catalog::facts(tenant.kind).equality &&
           (equal(found->value, tenant.value) || list_member(tenant.tied, found->value));
}

// The lowest security level of a condition that is not the tenant's: an application's own policy, or a
// security-barrier view's condition, hides rows inside the tenant. What is above it waits for it, as without us.
// Nothing when the tenant condition is not among the relation's own.
std::optional<Index> first_other_level(RelOptInfo *relation, const Tenant &tenant) {
    Index lowest = PG_UINT32_MAX;
    bool has_tenant = false;
    ListCell *cell;
    foreach (cell, relation->baserestrictinfo) {
        auto *clause = static_cast<RestrictInfo *>(lfirst(cell));
        if (is_tenant(clause, relation, tenant))
            has_tenant = true;
        else if (!clause->pseudoconstant)
            lowest = Min(lowest, clause->security_level);
    }
    if (!has_tenant) return std::nullopt;
    return lowest;
}

// The operators of a condition that an index could evaluate are all leakproof or allowed. What stands in their
// arguments does not matter: an index keeps the values of expressions, and only the tenant's rows are looked at.
bool is_allowed(Node *condition) {
    switch (nodeTag(condition)) {
        case T_OpExpr: {
            auto *expression = castNode(OpExpr, condition);
            return list_length(expression->args) == 2 && allowed_operator::allowed(expression->opno);
        }
        case T_ScalarArrayOpExpr: return allowed_operator::allowed(castNode(ScalarArrayOpExpr, condition)->opno);
        case T_RowCompareExpr: {
            ListCell *cell;
            foreach (cell, castNode(RowCompareExpr, condition)->opnos)
                if (!get_func_leakproof(get_opcode(lfirst_oid(cell))) && !allowed_operator::allowed(lfirst_oid(cell)))
                    return false;
            return true;
        }
        default: return false;
    }
}

// Calls with every condition at the ends of a clause's OR and AND, which carry RestrictInfos of their own.
template <typename Use>
void each_end(RestrictInfo *clause, Use use) {
    if (!clause->orclause) {
        use(clause);
        return;
    }
    ListCell *arm, *cell;
    foreach (arm, castNode(BoolExpr, clause->orclause)->args) {
        Node *node = static_cast<Node *>(lfirst(arm));
        if (IsA(node, RestrictInfo)) {
            each_end(castNode(RestrictInfo, node), use);
        } else if (is_andclause(node)) {
            foreach (cell, castNode(BoolExpr, node)->args)
                each_end(castNode(RestrictInfo, static_cast<Node *>(lfirst(cell))), use);
        }
    }
}

// Nothing but a look at the operands: whether the condition fits is asked by the planner's own code.
bool may_match(const IndexOptInfo *index, RestrictInfo *clause) {
    List *operands = NIL;
    Node *condition = reinterpret_cast<Node *>(clause->clause);
    switch (nodeTag(condition)) {
        case T_OpExpr: operands = castNode(OpExpr, condition)->args; break;
        case T_ScalarArrayOpExpr: operands = castNode(ScalarArrayOpExpr, condition)->args; break;
        case T_RowCompareExpr: return true;
        default: return false;
    }
    ListCell *cell;
    foreach (cell, operands) {
        Node *operand = static_cast<Node *>(lfirst(cell));
        if (IsA(operand, Const)) continue;
        for (int column = 1; column < index->nkeycolumns; column++)
            if (match_index_to_operand(operand, column, const_cast<IndexOptInfo *>(index)) &&
                index_column::is_safe(index, column))
                return true;
    }
    return false;
}

// What is tried: RestrictInfos that are to pass for leakproof, and the indexes.
struct Attempt {
    List *clauses;
    List *indexes;
};

bool is_led(const IndexOptInfo *index, const Tenant &tenant) {
    return (!index->indpred || index->predOK) && index_column::led_by(index, tenant.column);
}

void collect(List *clauses, RelOptInfo *relation, Index limit, const Tenant &tenant, Attempt *attempt) {
    ListCell *cell, *other;
    foreach (cell, clauses) {
        auto *clause = static_cast<RestrictInfo *>(lfirst(cell));
        if (!waits(clause, relation) || clause->security_level > limit) continue;
        bool all_allowed = true;
        each_end(clause, [&](RestrictInfo *end) {
            all_allowed = all_allowed && (!waits(end, relation) || is_allowed(reinterpret_cast<Node *>(end->clause)));
        });
        if (!all_allowed) continue;
        bool matches = false;
        foreach (other, relation->indexlist) {
            auto *index = static_cast<IndexOptInfo *>(lfirst(other));
            if (!is_led(index, tenant)) continue;
            bool fits = false;
            each_end(clause, [&](RestrictInfo *end) { fits = fits || may_match(index, end); });
            if (!fits) continue;
            matches = true;
            // The arms of an OR may each use another index.
            if (!clause->orclause) attempt->indexes = list_append_unique_ptr(attempt->indexes, index);
        }
        if (!matches) continue;
        if (clause->orclause) {
            foreach (other, relation->indexlist) {
                auto *index = static_cast<IndexOptInfo *>(lfirst(other));
                if (is_led(index, tenant)) attempt->indexes = list_append_unique_ptr(attempt->indexes, index);
            }
        }
        if (!clause->leakproof) attempt->clauses = lappend(attempt->clauses, clause);
        each_end(clause, [&](RestrictInfo *end) {
            if (end != clause && !end->leakproof) attempt->clauses = lappend(attempt->clauses, end);
        });
    }
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
            if (clause->indexcol != 0 || clause->lossy || !as_it_stands || !is_tenant(clause->rinfo, relation, tenant))
                return false;
            if (!index_column::is_equality(index, castNode(OpExpr, clause->rinfo->clause)->opno)) return false;
            first = false;
            continue;
        }
        if (!waits(clause->rinfo, relation)) continue;
        if (!index_column::is_safe(index, clause->indexcol)) return false;
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

}  // namespace

void add_paths(PlannerInfo *root, RelOptInfo *relation, RangeTblEntry *entry) {
    // No condition waits for another where no relation has security conditions.
    if (likely(root->qual_security_level == 0)) return;
    if (relation->indexlist == NIL || !any_waits(relation) || !settings::index_leaky_operators()) return;
    if (entry->rtekind != RTE_RELATION || entry->inh || entry->tablesample || IS_DUMMY_REL(relation)) return;
    std::optional<Tenant> tenant = tenant_of(root, relation);
    if (!tenant) return;
    find_ties(relation, &*tenant);

    std::optional<Index> limit = first_other_level(relation, *tenant);
    if (!limit) return;
    Attempt attempt{};
    collect(relation->baserestrictinfo, relation, *limit, *tenant, &attempt);
    collect(relation->joininfo, relation, *limit, *tenant, &attempt);
    if (!attempt.clauses) return;

    // An error in between ends the planning, and with it everything that is changed here.
    List *all_indexes = relation->indexlist;
    List *paths = relation->pathlist, *partial_paths = relation->partial_pathlist;
    relation->indexlist = attempt.indexes;
    relation->pathlist = relation->partial_pathlist = NIL;
    ListCell *cell;
    foreach (cell, attempt.clauses) static_cast<RestrictInfo *>(lfirst(cell))->leakproof = true;
    create_index_paths(root, relation);
    foreach (cell, attempt.clauses) static_cast<RestrictInfo *>(lfirst(cell))->leakproof = false;
    List *made = relation->pathlist, *partial_made = relation->partial_pathlist;
    relation->indexlist = all_indexes;
    relation->pathlist = paths;
    relation->partial_pathlist = partial_paths;

    auto is_wanted = [&](Path *path) {
        bool has_leaky = false;
        return is_proven(path, relation, *tenant, &has_leaky) && has_leaky;
    };
    foreach (cell, made)
        if (is_wanted(static_cast<Path *>(lfirst(cell)))) add_path(relation, static_cast<Path *>(lfirst(cell)));
    foreach (cell, partial_made)
        if (is_wanted(static_cast<Path *>(lfirst(cell)))) add_partial_path(relation, static_cast<Path *>(lfirst(cell)));
}

}  // namespace djust::leaky_index
