#include "tenant_condition.hpp"

#include "policy.hpp"
#include "relation_facts.hpp"

namespace djust::tenant_condition {

namespace {

// The condition as it stands among the security conditions of a relation that the query names.
struct Stated {
    Index number;  // of the relation
    Oid relid;
    const Node *condition;
    Index level;  // its security level
    policy::Condition meaning;
};

// For a partition or child among those of the relation that the query names. Only a value that stands there is a
// tenant's: a constant that the query wrote itself may be equal today, and another tenant's when the plan is used again.
std::optional<Stated> stated(PlannerInfo *root, const RelOptInfo *relation) {
    Index number = relation->relid;
    RangeTblEntry *entry = planner_rt_fetch(number, root);
    while (!entry->securityQuals) {
        AppendRelInfo *parent = root->append_rel_array ? root->append_rel_array[number] : nullptr;
        if (!parent) return std::nullopt;
        number = parent->parent_relid;
        entry = planner_rt_fetch(number, root);
        if (entry->rtekind != RTE_RELATION) return std::nullopt;
    }
    std::optional<policy::Scope> scope = relation_facts::of(entry->relid).scope;
    if (!scope) return std::nullopt;
    std::optional<Stated> found;
    Index level = 0;
    ListCell *of_level, *cell;
    foreach (of_level, entry->securityQuals) {
        Node *conditions = static_cast<Node *>(lfirst(of_level));
        const Index this_level = level++;
        if (!conditions || !IsA(conditions, List)) continue;  // the planner has made them lists
        foreach (cell, reinterpret_cast<List *>(conditions)) {
            Node *condition = static_cast<Node *>(lfirst(cell));
            std::optional<policy::Condition> meaning = policy::planned_condition(condition, number);
            if (!meaning || meaning->scope.column != scope->column || meaning->scope.kind != scope->kind) continue;
            // Beside the function, a constant is the application's own.
            if (!found || IsA(found->meaning.value, Const))
                found = Stated{number, entry->relid, condition, this_level, *meaning};
        }
    }
    return found;
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

bool has_member(const EquivalenceClass *equal_things, const Node *value) {
    ListCell *cell;
    foreach (cell, equal_things->ec_members) {
        const Node *member = reinterpret_cast<Node *>(static_cast<EquivalenceMember *>(lfirst(cell))->em_expr);
        while (IsA(member, RelabelType)) member = reinterpret_cast<Node *>(castNode(RelabelType, member)->arg);
        if (equal(member, value)) return true;
    }
    return false;
}

// Whether PostgreSQL takes both for equal. What is constant in such a class it compares, in one-time filters, which of a
// join stand above it.
bool are_compared(PlannerInfo *root, const Node *one, const Node *other) {
    ListCell *cell;
    foreach (cell, root->eq_classes) {
        const auto *equal_things = static_cast<EquivalenceClass *>(lfirst(cell));
        if (has_member(equal_things, one) && has_member(equal_things, other)) return true;
    }
    return false;
}

// The stated condition, of the relation itself.
Expr *condition_on(RelOptInfo *relation, const Stated &stated, AttrNumber column) {
    auto *comparison = castNode(OpExpr, copyObjectImpl(stated.condition));
    auto *side = static_cast<Node *>(linitial(comparison->args));
    while (IsA(side, RelabelType)) side = reinterpret_cast<Node *>(castNode(RelabelType, side)->arg);
    auto *variable = castNode(Var, side);
    variable->varnosyn = relation->relid;
    variable->varno = static_cast<int>(relation->relid);
    variable->varattnosyn = variable->varattno = column;
    return reinterpret_cast<Expr *>(comparison);
}

}  // namespace

std::optional<Tenant> of(PlannerInfo *root, RelOptInfo *relation) {
    std::optional<Stated> found = stated(root, relation);
    if (!found) return std::nullopt;
    Tenant tenant{found->meaning.scope.column, found->meaning.scope.kind, found->meaning.value, NIL};
    if (found->number != relation->relid) {
        std::optional<policy::Scope> own = relation_facts::of(planner_rt_fetch(relation->relid, root)->relid).scope;
        if (!own || own->kind != tenant.kind) return std::nullopt;
        tenant.column = own->column;
    }
    find_ties(relation, &tenant);
    return tenant;
}

bool is_it(const RestrictInfo *clause, RelOptInfo *relation, const Tenant &tenant) {
    std::optional<policy::Comparison> found =
        policy::comparison(reinterpret_cast<const Node *>(clause->clause), relation->relid);
    return found && found->column == tenant.column && found->operation == catalog::facts(tenant.kind).equality &&
           (equal(found->value, tenant.value) || list_member(tenant.tied, found->value));
}

void ensure(PlannerInfo *root, RelOptInfo *relation, RangeTblEntry *entry) {
    // Without a one-time filter nothing has been put in the tenant's place.
    if (likely(!root->hasPseudoConstantQuals)) return;
    if (entry->rtekind != RTE_RELATION || entry->inh || IS_DUMMY_REL(relation)) return;
    std::optional<Stated> found = stated(root, relation);
    // A constant is the one that PostgreSQL prefers to everything else.
    if (!found || IsA(found->meaning.value, Const)) return;
    AttrNumber column = found->meaning.scope.column;
    if (found->number != relation->relid)
        column = get_attnum(entry->relid, get_attname(found->relid, column, false));
    ListCell *cell;
    foreach (cell, relation->baserestrictinfo) {
        const auto *clause = static_cast<RestrictInfo *>(lfirst(cell));
        std::optional<policy::Comparison> comparison =
            policy::comparison(reinterpret_cast<const Node *>(clause->clause), relation->relid);
        if (!comparison || comparison->column != column ||
            comparison->operation != catalog::facts(found->meaning.scope.kind).equality)
            continue;
        if (equal(comparison->value, found->meaning.value)) return;
        if (is_fixed(comparison->value) && are_compared(root, comparison->value, found->meaning.value)) return;
    }
    RestrictInfo *clause =
        pg::base_restriction(root, condition_on(relation, *found, column), found->level, relation->relids);
    // In front: f() is not called for rows of others. The lists may be shared.
    relation->baserestrictinfo = lcons(clause, list_copy(relation->baserestrictinfo));
    foreach (cell, relation->indexlist) {
        auto *index = static_cast<IndexOptInfo *>(lfirst(cell));
        index->indrestrictinfo = lcons(clause, list_copy(index->indrestrictinfo));
    }
}

}  // namespace djust::tenant_condition
