#include "tenant_condition.hpp"

#include "policy.hpp"
#include "relation_facts.hpp"

namespace djust::tenant_condition {

namespace {

// The condition as it stands among the security conditions of a relation that the query names.
struct Stated {
    Index number;  // of the relation
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
                found = Stated{number, condition, this_level, *meaning};
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

const Node *stripped(const void *expression) { return policy::stripped(static_cast<const Node *>(expression)); }

// From the relation up to the one that the query names, the topmost first: a child's conditions are translated ones.
List *parents_of(PlannerInfo *root, Index relid, Index *top, Index up_to = 0) {
    List *links = NIL;
    for (*top = relid; *top != up_to && root->append_rel_array && root->append_rel_array[*top];) {
        links = lcons(root->append_rel_array[*top], links);
        *top = root->append_rel_array[*top]->parent_relid;
    }
    return links;
}

Node *translated(PlannerInfo *root, const void *expression, List *links) {
    Node *node = static_cast<Node *>(copyObjectImpl(expression));
    ListCell *cell;
    foreach (cell, links) {
        auto *link = static_cast<AppendRelInfo *>(lfirst(cell));
        node = adjust_appendrel_attrs(root, node, 1, &link);
    }
    return node;
}

bool is_call_of_ours(const Node *value) {
    return IsA(value, FuncExpr) && catalog::kind_of_function(castNode(FuncExpr, value)->funcid);
}

// What PostgreSQL takes for equal, with the tenant in it: all of it is equal wherever the class is in force.
struct Class {
    const EquivalenceClass *members;
    const EquivalenceMember *tenant;  // a call of ours; of bigint and integer there may be both
    bool has_constant;                // PostgreSQL compares everything with that one, and it keeps its word
};

std::optional<Class> class_of_tenant(const EquivalenceClass *members) {
    if (!members->ec_has_const || members->ec_has_volatile) return std::nullopt;
    Class found{members, nullptr, false};
    ListCell *cell;
    foreach (cell, members->ec_members) {
        const auto *member = static_cast<EquivalenceMember *>(lfirst(cell));
        if (!member->em_is_const) continue;
        const Node *value = stripped(member->em_expr);
        if (IsA(value, Const)) found.has_constant = true;
        if (is_call_of_ours(value)) found.tenant = member;
    }
    if (!found.tenant) return std::nullopt;
    return found;
}

bool is_constant_of(const Class &equals, const Node *value) {
    ListCell *cell;
    foreach (cell, equals.members->ec_members) {
        const auto *member = static_cast<EquivalenceMember *>(lfirst(cell));
        if (member->em_is_const && equal(stripped(member->em_expr), value)) return true;
    }
    return false;
}

bool is_equality_of(const Class &equals, const OpExpr *comparison) {
    if (list_length(comparison->args) != 2 || comparison->inputcollid != equals.members->ec_collation) return false;
    ListCell *cell;
    foreach (cell, equals.members->ec_opfamilies)
        if (get_op_opfamily_strategy(comparison->opno, lfirst_oid(cell)) == BTEqualStrategyNumber) return true;
    return false;
}

enum class Compared { not_at_all, with_tenant, with_other };

// What the relation's own conditions compare a member of the class with. A parameter is as good as the tenant: it cannot
// change, and a one-time filter compares the two wherever this condition of the same class was put.
Compared compared(RelOptInfo *relation, const Class &equals, const Node *side) {
    Compared found = Compared::not_at_all;
    ListCell *cell;
    foreach (cell, relation->baserestrictinfo) {
        const auto *clause = static_cast<RestrictInfo *>(lfirst(cell));
        if (!IsA(clause->clause, OpExpr)) continue;
        const auto *comparison = castNode(OpExpr, clause->clause);
        if (!is_equality_of(equals, comparison)) continue;
        const Node *left = stripped(linitial(comparison->args)), *right = stripped(lsecond(comparison->args));
        const Node *other = equal(left, side) ? right : equal(right, side) ? left : nullptr;
        if (!other || !is_constant_of(equals, other)) continue;
        if (is_fixed(other) || is_call_of_ours(other)) return Compared::with_tenant;
        found = Compared::with_other;
    }
    return found;
}

// In front: f() is not called for rows of others. The lists may be shared.
void add(PlannerInfo *root, RelOptInfo *relation, Expr *condition, Index level) {
    RestrictInfo *clause = pg::base_restriction(root, condition, level, relation->relids);
    relation->baserestrictinfo = lcons(clause, list_copy(relation->baserestrictinfo));
    ListCell *cell;
    foreach (cell, relation->indexlist) {
        auto *index = static_cast<IndexOptInfo *>(lfirst(cell));
        index->indrestrictinfo = lcons(clause, list_copy(index->indrestrictinfo));
    }
}

Expr *equality(const Class &equals, const EquivalenceMember *member, Node *side) {
    ListCell *cell;
    foreach (cell, equals.members->ec_opfamilies) {
        Oid operation = get_opfamily_member(lfirst_oid(cell), member->em_datatype, equals.tenant->em_datatype,
                                            BTEqualStrategyNumber);
        if (!OidIsValid(operation)) continue;
        auto *tenant = static_cast<Expr *>(copyObjectImpl(equals.tenant->em_expr));
        Expr *made = make_opclause(operation, BOOLOID, false, reinterpret_cast<Expr *>(side), tenant, InvalidOid,
                                   equals.members->ec_collation);
        set_opfuncid(castNode(OpExpr, made));
        return made;
    }
    return nullptr;
}

// Wherever PostgreSQL compares a column with something else that the query says is equal to the tenant. Not by the
// relation's policy: the condition may have come from a table that was joined with itself and left out, or from
// get_tenant_queryset.
void replace_others(PlannerInfo *root, RelOptInfo *relation) {
    Index top;
    List *links = parents_of(root, relation->relid, &top);
    ListCell *of_class, *cell;
    foreach (of_class, root->eq_classes) {
        std::optional<Class> equals = class_of_tenant(static_cast<EquivalenceClass *>(lfirst(of_class)));
        if (!equals || equals->has_constant) continue;
        foreach (cell, equals->members->ec_members) {
            const auto *member = static_cast<EquivalenceMember *>(lfirst(cell));
            int relid;
            if (member->em_is_const || member->em_is_child || !bms_get_singleton_member(member->em_relids, &relid) ||
                relid != static_cast<int>(top))
                continue;
            Node *side = translated(root, member->em_expr, links);
            if (compared(relation, *equals, stripped(side)) != Compared::with_other) continue;
            if (Expr *condition = equality(*equals, member, side))
                add(root, relation, condition, equals->members->ec_min_security);
        }
    }
}

// The last net, for what is in a policy: whatever became of it.
bool is_filtered(PlannerInfo *root, RelOptInfo *relation, const OpExpr *condition) {
    const Node *side = stripped(linitial(condition->args)), *tenant = stripped(lsecond(condition->args));
    ListCell *cell;
    foreach (cell, relation->baserestrictinfo) {
        const auto *clause = static_cast<RestrictInfo *>(lfirst(cell));
        if (!IsA(clause->clause, OpExpr)) continue;
        const auto *comparison = castNode(OpExpr, clause->clause);
        if (comparison->opno == condition->opno && comparison->inputcollid == condition->inputcollid &&
            equal(stripped(linitial(comparison->args)), side) && equal(stripped(lsecond(comparison->args)), tenant))
            return true;
    }
    foreach (cell, root->eq_classes) {
        std::optional<Class> equals = class_of_tenant(static_cast<EquivalenceClass *>(lfirst(cell)));
        if (equals && is_equality_of(*equals, condition) && is_constant_of(*equals, tenant) &&
            compared(relation, *equals, side) == Compared::with_tenant)
            return true;
    }
    return false;
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
    replace_others(root, relation);
    std::optional<Stated> found = stated(root, relation);
    // A constant is the one that PostgreSQL prefers to everything else.
    if (!found || IsA(found->meaning.value, Const)) return;
    Index top;
    List *links = parents_of(root, relation->relid, &top, found->number);
    auto *condition = reinterpret_cast<Expr *>(translated(root, found->condition, links));
    if (!is_filtered(root, relation, castNode(OpExpr, condition))) add(root, relation, condition, found->level);
}

}  // namespace djust::tenant_condition
