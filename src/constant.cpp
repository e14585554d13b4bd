#include "constant.hpp"

#include "context.hpp"
#include "error.hpp"
#include "fence.hpp"
#include "registry.hpp"
#include "settings.hpp"

namespace djust::constant {

namespace {

// An invalidation item of a cache that PostgreSQL has not carries 63 bits of the tenant's fingerprint, see guard: no
// cache has a negative number.
int mark_of(uint64 fingerprint) { return static_cast<int>(static_cast<uint32>(fingerprint >> 32) | 0x80000000U); }
uint32 rest_of(uint64 fingerprint) { return static_cast<uint32>(fingerprint); }
// And one of a cache that it has makes the plan cache drop the plan when we call its callbacks with this value. A
// function whose hash is the same would be invalidated for nothing.
constexpr uint32 invalidation_hash = 0x646A7573;

// With fewer partitions the executor prunes as fast as a plan is made, and need not do it for every tenant.
constexpr int many_partitions = 16;

// A backend whose tenant changes would make a kept plan anew for each: its plans keep the call, once it is seen that it
// is one. A backend that serves a single tenant never pays for the call.
bool serves_many;

// The query that was analysed last. Only compared, never looked into: it may be gone.

// A plan with a constant that the plan cache may hold, for whom the setting's assign hook has to call. `unstarted` is
// not in the cache if it is started as it left the planner: the cache keeps copies.
const PlannedStmt *unstarted;
bool may_be_kept;
bool generic_is_kept;  // of those: by somebody who asked for it

void drop_kept() {
    if (likely(!unstarted && !may_be_kept)) return;
    serves_many = serves_many || generic_is_kept;
    unstarted = nullptr;
    may_be_kept = generic_is_kept = false;
    // Sets flags in cached plans. The caller is an assign hook, so nothing may raise; as when messages of other
    // backends are read, which happens anywhere.
    CallSyscacheCallbacks(PROCOID, invalidation_hash);
}

// Up to 17 an SQL function plans its queries itself and keeps the plans for as long as it is being called, out of
// the plan cache's reach. Then it is its memory that plans are made in.
bool plans_for_sql_function() {
#if PG_VERSION_NUM < 180000
    return strcmp(CurrentMemoryContext->name, "SQL function") == 0;
#else
    return false;
#endif
}

int partitions_of(Oid relid) {
    Relation relation = table_open(relid, NoLock);  // the rewriter holds the lock
    int count = RelationGetPartitionDesc(relation, true)->nparts;
    table_close(relation, NoLock);
    return count;
}

Expr **right_side(Node *condition) {
    auto *comparison = castNode(OpExpr, condition);
    ListCell *cell = list_second_cell(comparison->args);
    auto **place = reinterpret_cast<Expr **>(&lfirst(cell));
    while (IsA(*place, RelabelType)) place = &castNode(RelabelType, *place)->arg;
    return place;
}

bool wants_constant(Use use, const Facts &relation) {
    // A constant excludes children whose CHECK names another tenant. WHERE CURRENT OF wants the cursor's plan and its
    // own to have the same children, and they may be of different uses.
    if (relation.relkind == RELKIND_RELATION && relation.has_children) return false;
    if (use != Use::generic) return use != Use::function;
    if (!serves_many) return true;
    return relation.relkind == RELKIND_PARTITIONED_TABLE && partitions_of(relation.relid) >= many_partitions;
}

}  // namespace

void init() {
    context::on_change([](const char *) { drop_kept(); });
    registry::on_change(drop_kept);  // a tenant may have been deactivated
    fence::on_change(drop_kept);
}

void analysed(const ParseState *state, Query *query) {
    last_analysed = nullptr;
    // With parameters of its own it is prepared for later.
    if (state->p_paramref_hook) return;
    Node *utility = query->utilityStmt;
    if (!utility) {
        last_analysed = query;
    } else if (IsA(utility, DeclareCursorStmt)) {
        last_analysed = reinterpret_cast<Query *>(castNode(DeclareCursorStmt, utility)->query);
    } else if (IsA(utility, CreateTableAsStmt)) {
        last_analysed = reinterpret_cast<Query *>(castNode(CreateTableAsStmt, utility)->query);
    }
}

Use use_of(bool fresh, ParamListInfo parameters) {
    if (!settings::tenant_constant()) return Use::function;
    if (parameters) return Use::once;
    if (plans_for_sql_function()) return Use::function;
    return fresh ? Use::fresh : Use::generic;
}

bool applies(const Baking &baking, catalog::Kind kind, const Facts &relation) {
    return wants_constant(baking.use, relation) && context::has_value(kind);
}

void replace(Baking *baking, Expr **place, catalog::Kind kind, const Facts &relation) {
    if (!applies(*baking, kind, relation)) return;
    Datum value = *context::value(kind);
    const catalog::KindFacts &type = catalog::facts(kind);
    const auto *call = castNode(FuncExpr, *place);
    if (!type.by_value) {
        Size size = type.length < 0 ? VARSIZE(DatumGetPointer(value)) : static_cast<Size>(type.length);
        value = PointerGetDatum(memcpy(palloc(size), DatumGetPointer(value), size));
    }
    *place = reinterpret_cast<Expr *>(
        makeConst(type.type, -1, call->funccollid, type.length, value, false, type.by_value));
    baking->whose = context::fingerprint();
}

void replace_in(Baking *baking, Node *condition, catalog::Kind kind, const Facts &relation) {
    replace(baking, right_side(condition), kind, relation);
}

void mark(PlannedStmt *plan, const Baking &baking) {
    auto add = [plan](int cache, uint32 hash) {
        auto *item = makeNode(PlanInvalItem);
        item->cacheId = cache;
        item->hashValue = hash;
        plan->invalItems = lappend(plan->invalItems, item);
    };
    // The planner calls functions, to fold and to estimate. Such a plan must not even be kept.
    if (context::fingerprint() != baking.whose) error::switched_while_planning();
    add(mark_of(baking.whose), rest_of(baking.whose));
    // What was planned before and not started, be it at this very address, is out of sight now.
    if (unstarted || baking.use == Use::generic) may_be_kept = true;
    if (baking.use == Use::generic) generic_is_kept = true;
    unstarted = nullptr;
    if (baking.use == Use::once) return;
    add(PROCOID, invalidation_hash);
    if (baking.use == Use::fresh) unstarted = plan;
}

void check(const PlannedStmt *plan, const PlanInvalItem *mark) {
    if (plan == unstarted) unstarted = nullptr;
    uint64 whose = context::fingerprint();
    if (likely(mark->cacheId == mark_of(whose) && mark->hashValue == rest_of(whose))) return;
    // The plan cache follows the current user, and we the setting, but nobody the session user, who may have a fence.
    drop_kept();
    if (!whose) context::refuse_kept_out();
    error::planned_for_other(context::current());
}

}  // namespace djust::constant
