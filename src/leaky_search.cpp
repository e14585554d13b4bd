#include "leaky_search.hpp"

#include "allowed_operator.hpp"
#include "index_column.hpp"
#include "settings.hpp"

namespace djust::leaky_search {

// PostgreSQL's own rule, for clauses of the relation itself and for join clauses alike.
bool waits(RestrictInfo *clause, RelOptInfo *relation) {
    return !clause->pseudoconstant && !restriction_is_securely_promotable(clause, relation);
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

// The lowest security level of a condition that is not the tenant's: an application's own policy, or a
// security-barrier view's condition, hides rows inside the tenant. What is above it waits for it, as without us.
// Nothing when the tenant condition is not among the relation's own.
std::optional<Index> first_other_level(RelOptInfo *relation, const Tenant &tenant) {
    Index lowest = PG_UINT32_MAX;
    bool has_tenant = false;
    ListCell *cell;
    foreach (cell, relation->baserestrictinfo) {
        auto *clause = static_cast<RestrictInfo *>(lfirst(cell));
        if (tenant_condition::is_it(clause, relation, tenant))
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

bool is_needed(RelOptInfo *relation, RangeTblEntry *entry) {
    if (relation->indexlist == NIL || !any_waits(relation) || !settings::index_leaky_operators()) return false;
    return entry->rtekind == RTE_RELATION && !entry->inh && !entry->tablesample && !IS_DUMMY_REL(relation);
}

std::optional<Search> find(PlannerInfo *root, RelOptInfo *relation) {
    std::optional<Tenant> tenant = tenant_condition::of(root, relation);
    if (!tenant) return std::nullopt;

    std::optional<Index> limit = first_other_level(relation, *tenant);
    if (!limit) return std::nullopt;
    Search search{*tenant, NIL, NIL};
    collect(relation->baserestrictinfo, relation, *limit, *tenant, &search);
    collect(relation->joininfo, relation, *limit, *tenant, &search);
    if (!search.clauses) return std::nullopt;
    return search;
}

}  // namespace djust::leaky_search
