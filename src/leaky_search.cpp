#include "leaky_search.hpp"

#include "allowed_operator.hpp"
#include "index_column.hpp"
#include "policy.hpp"
#include "relation_facts.hpp"
#include "settings.hpp"

namespace djust::leaky_search {

// PostgreSQL's own rule, for clauses of the relation itself and for join clauses alike.
bool waits(RestrictInfo *clause, RelOptInfo *relation) {
    return !clause->pseudoconstant && !restriction_is_securely_promotable(clause, relation);
}

bool is_tenant(const RestrictInfo *clause, RelOptInfo *relation, const Tenant &tenant) {
    std::optional<policy::Comparison> found =
        policy::comparison(reinterpret_cast<const Node *>(clause->clause), relation->relid);
    return found && found->column == tenant.column && found->operation == catalog::facts(tenant.kind).equality &&
           (equal(found->value, tenant.value) || list_member(tenant.tied, found->value));
}

bool is_led(const IndexOptInfo *index, const Tenant &tenant) {
    return (!index->indpred || index->predOK) && index_column::led_by(index, tenant.column);
}

namespace {

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

void collect(List *clauses, RelOptInfo *relation, Index limit, const Tenant &tenant, Search *search) {
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
            if (!clause->orclause) search->indexes = list_append_unique_ptr(search->indexes, index);
        }
        if (!matches) continue;
        if (clause->orclause) {
            foreach (other, relation->indexlist) {
                auto *index = static_cast<IndexOptInfo *>(lfirst(other));
                if (is_led(index, tenant)) search->indexes = list_append_unique_ptr(search->indexes, index);
            }
        }
        if (!clause->leakproof) search->clauses = lappend(search->clauses, clause);
        each_end(clause, [&](RestrictInfo *end) {
            if (end != clause && !end->leakproof) search->clauses = lappend(search->clauses, end);
        });
    }
}

}  // namespace

bool is_needed(PlannerInfo *root, RelOptInfo *relation, RangeTblEntry *entry) {
    // No condition waits for another where no relation has security conditions.
    if (likely(root->qual_security_level == 0)) return false;
    if (relation->indexlist == NIL || !any_waits(relation) || !settings::index_leaky_operators()) return false;
    return entry->rtekind == RTE_RELATION && !entry->inh && !entry->tablesample && !IS_DUMMY_REL(relation);
}

std::optional<Search> find(PlannerInfo *root, RelOptInfo *relation) {
    std::optional<Tenant> tenant = tenant_of(root, relation);
    if (!tenant) return std::nullopt;
    find_ties(relation, &*tenant);

    std::optional<Index> limit = first_other_level(relation, *tenant);
    if (!limit) return std::nullopt;
    Search search{*tenant, NIL, NIL};
    collect(relation->baserestrictinfo, relation, *limit, *tenant, &search);
    collect(relation->joininfo, relation, *limit, *tenant, &search);
    if (!search.clauses) return std::nullopt;
    return search;
}

}  // namespace djust::leaky_search
