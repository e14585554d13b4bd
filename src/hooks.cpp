#include "hooks.hpp"

#include "code_guard.hpp"
#include "command.hpp"
#include "constant.hpp"
#include "context.hpp"
#include "copies.hpp"
#include "copy.hpp"
#include "error.hpp"
#include "explain.hpp"
#include "force.hpp"
#include "guard.hpp"
#include "leaky_index.hpp"
#include "leftovers.hpp"
#include "notify.hpp"
#include "pg.hpp"
#include "policy_guard.hpp"
#include "queryset.hpp"
#include "secret.hpp"
#include "settings.hpp"
#include "signing_key.hpp"
#include "stamp.hpp"
#include "table_guard.hpp"
#include "tenant_condition.hpp"
#include "truncate.hpp"
#include "tsquery_stack.hpp"

namespace djust::hooks {

namespace {

post_parse_analyze_hook_type previous_analyse;
planner_hook_type previous_planner;
get_relation_stats_hook_type previous_stats;
set_rel_pathlist_hook_type previous_pathlist;
ExecutorStart_hook_type previous_start;
ExecutorRun_hook_type previous_run;
ProcessUtility_hook_type previous_utility;
object_access_hook_type previous_access;
ExecutorCheckPerms_hook_type previous_permissions;
needs_fmgr_hook_type previous_needs;
fmgr_hook_type previous_call;

void analyse(ParseState *state, Query *query, JumbleState *jumbled) {
    context::notice_expiry();
    if (previous_analyse) previous_analyse(state, query, jumbled);
    constant::analysed(state, query);
    if (unlikely(force::is_suspended())) force::check_query();
}

// What follows is called for every statement, most of which concern no scoped table: what tells that is asked here.
PlannedStmt *plan(Query *query, const char *text, int cursor_options, ParamListInfo parameters) {
    List *touches = NIL;
    constant::Baking baking{constant::Use::function, 0};
    bool fresh = constant::take(query), inlined = queryset::inline_calls(query, &touches);
    if (unlikely(stamp::concerns(query))) {
        baking.use = constant::use_of(fresh, parameters);
        stamp::prepare(query, &baking, &touches);
    }
    tsquery_stack::Planning planning = tsquery_stack::begin();
    PlannedStmt *planned = previous_planner ? previous_planner(query, text, cursor_options, parameters)
                                            : standard_planner(query, text, cursor_options, parameters);
    tsquery_stack::end(planning, planned);
    if (unlikely(Debug_print_plan)) explain::check_printed_plan();
    if (inlined) planned->dependsOnRole = true;
    if (unlikely(touches || planned->dependsOnRole)) guard::mark(planned, touches);
    if (unlikely(baking.whose != 0)) constant::mark(planned, baking);
    return planned;
}

bool statistics(PlannerInfo *root, RangeTblEntry *entry, AttrNumber column, VariableStatData *variable) {
    // Not the relation of `variable`: when the cost of a BRIN index is estimated PostgreSQL leaves it unset.
    // The total is set when all relations have been estimated; the joins' many questions come after it.
    if (unlikely(root->qual_security_level > 0) && root->total_table_pages == 0) leaky_index::hold_back(root, entry);
    return unlikely(previous_stats != nullptr) && previous_stats(root, entry, column, variable);
}

void paths(PlannerInfo *root, RelOptInfo *relation, Index number, RangeTblEntry *entry) {
    // No condition waits for another where no relation has security conditions.
    bool secured = root->qual_security_level > 0;
    leaky_index::Look *look = secured ? leaky_index::give_back(relation) : nullptr;
    tenant_condition::ensure(root, relation, entry);
    if (previous_pathlist) previous_pathlist(root, relation, number, entry);
    if (secured) leaky_index::add_paths(root, relation, entry, look);
}

void start(QueryDesc *query, int flags) {
    context::notice_expiry();  // a function's plans come next
    if (previous_start)
        previous_start(query, flags);
    else
        standard_ExecutorStart(query, flags);
    secret::started(query);
    leftovers::started(query);
    if (query->plannedstmt->invalItems != NIL) guard::started(query, flags);
}

template <typename Run>
pg_noinline void run_without_force(Run run) {
    force::run([](void *what) { (*static_cast<Run *>(what))(); }, &run);
}

#if PG_VERSION_NUM >= 180000
void run(QueryDesc *query, ScanDirection direction, uint64 count) {
    uint64 begun = guard::before_run(query);
    if (unlikely(copies::is_copy(query))) copies::check(query);
    auto hook = previous_run ? previous_run : standard_ExecutorRun;
    if (unlikely(force::is_suspended()))
        run_without_force([=] { hook(query, direction, count); });
    else
        hook(query, direction, count);
    guard::after_run(query, begun);
}
#else
void run(QueryDesc *query, ScanDirection direction, uint64 count, bool once) {
    uint64 begun = guard::before_run(query);
    if (unlikely(copies::is_copy(query))) copies::check(query);
    auto hook = previous_run ? previous_run : standard_ExecutorRun;
    if (unlikely(force::is_suspended()))
        run_without_force([=] { hook(query, direction, count, once); });
    else
        hook(query, direction, count, once);
    guard::after_run(query, begun);
}
#endif

void guard_definitions(const command::Command &command) {
    table_guard::check(command);
    code_guard::check(command);
}

void utility(PlannedStmt *statement, const char *text, bool read_only_tree, ProcessUtilityContext context,
             ParamListInfo parameters, QueryEnvironment *environment, DestReceiver *receiver,
             QueryCompletion *completion) {
    Node *tree = statement->utilityStmt;
    context::notice_expiry();
    uint64 begun = guard::before_utility();
    notify::check(tree);
    bool leaves = leftovers::before_utility(tree);
    if (IsA(tree, AlterSystemStmt)) context::check_alter_system(castNode(AlterSystemStmt, tree));
    if (IsA(tree, ExplainStmt)) statement = explain::permitted(statement);
    if (IsA(tree, FetchStmt)) guard::check_fetch(castNode(FetchStmt, tree));
    if (IsA(tree, CopyStmt) && copy::run(castNode(CopyStmt, tree), text, environment, completion)) return;
    auto next = [&] {
        auto hook = previous_utility ? previous_utility : standard_ProcessUtility;
        hook(statement, text, read_only_tree, context, parameters, environment, receiver, completion);
    };
    if (command::is_plain(tree))
        next();
    else
        command::follow(tree, guard_definitions, next);
    if (leaves) leftovers::after_utility(tree);
    if (context == PROCESS_UTILITY_TOPLEVEL) guard::after_utility(begun);
}

void dropping(Oid class_id, Oid object_id, int sub_id, int flags) {
    Oid isolated = class_id == PolicyRelationId ? policy_guard::dropping(object_id) : InvalidOid;
    // Of a command's own making: the old files of CLUSTER and REFRESH, an index that ALTER TABLE makes anew.
    if (flags & PERFORM_DELETION_INTERNAL) return;
    if (OidIsValid(isolated))
        table_guard::dropping(isolated);
    else if (class_id == RelationRelationId && sub_id == 0)
        table_guard::dropping(object_id);
    else
        table_guard::dropping_part(class_id, object_id, sub_id);
}

pg_noinline void accessed_other(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *argument) {
    if (previous_access) previous_access(access, class_id, object_id, sub_id, argument);
    switch (access) {
        case OAT_FUNCTION_EXECUTE:
            if (object_id == F_PG_NOTIFY) notify::check_call();
            if (object_id == F_PG_LOCK_STATUS) explain::check_locks();
            break;
        case OAT_TRUNCATE: truncate::check(object_id); break;
        case OAT_DROP: dropping(class_id, object_id, sub_id, static_cast<ObjectAccessDrop *>(argument)->dropflags); break;
        case OAT_POST_CREATE:
            code_guard::created(class_id, object_id, sub_id, static_cast<ObjectAccessPostCreate *>(argument)->is_internal);
            table_guard::created(class_id, object_id, sub_id);
            if (sub_id == 0) leftovers::created(class_id, object_id);
            break;
        case OAT_POST_ALTER:
            if (class_id == RelationRelationId) table_guard::altered(object_id, sub_id);
            break;
        default: break;
    }
}

// PostgreSQL tells of every function of every statement: nearly always there is nothing to do.
void accessed(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *argument) {
    if (likely(access == OAT_FUNCTION_EXECUTE && object_id != F_PG_NOTIFY && object_id != F_PG_LOCK_STATUS &&
               !previous_access))
        return;
    accessed_other(access, class_id, object_id, sub_id, argument);
}

// One callback for all: every transaction calls each twice.
void transaction(XactEvent event, void *) {
    constant::transaction_ended();
    tsquery_stack::transaction_ended();
    context::transaction_ended(event);
}

bool keys_are_safe(List *named, bool raise) {
    Oid refused;
    if (signing_key::may_access(named, &refused)) return true;
    if (raise) error::keys_are_secret(refused);
    return false;
}

#if PG_VERSION_NUM >= 160000
bool permissions(List *entries, List *named, bool raise) {
    if (unlikely(signing_key::is_among(named)) && !keys_are_safe(named, raise)) return false;
    if (unlikely(settings::hide_estimates()) && raise) explain::check_statistics(named);
    return likely(!previous_permissions) || previous_permissions(entries, named, raise);
}
#else
bool permissions(List *entries, bool raise) {
    if (unlikely(signing_key::is_among(entries)) && !keys_are_safe(entries, raise)) return false;
    if (unlikely(settings::hide_estimates()) && raise) explain::check_statistics(entries);
    return likely(!previous_permissions) || previous_permissions(entries, raise);
}
#endif

bool needs_call_hook(Oid function) { return force::needs_hook(function) || (previous_needs && previous_needs(function)); }

// What another library keeps of a call is kept beside ours.
struct Kept {
    Datum ours, previous;
};

void call(FmgrHookEventType event, FmgrInfo *function, Datum *kept) {
    if (!DatumGetPointer(*kept)) *kept = PointerGetDatum(MemoryContextAllocZero(function->fn_mcxt, sizeof(Kept)));
    auto *both = reinterpret_cast<Kept *>(DatumGetPointer(*kept));
    if (event == FHET_START) force::follow(event, function, &both->ours);
    if (previous_call) previous_call(event, function, &both->previous);
    if (event != FHET_START) force::follow(event, function, &both->ours);
}

}  // namespace

void install() {
    previous_analyse = post_parse_analyze_hook;
    post_parse_analyze_hook = analyse;
    previous_planner = planner_hook;
    planner_hook = plan;
    previous_stats = get_relation_stats_hook;
    get_relation_stats_hook = statistics;
    previous_pathlist = set_rel_pathlist_hook;
    set_rel_pathlist_hook = paths;
    previous_start = ExecutorStart_hook;
    ExecutorStart_hook = start;
    previous_run = ExecutorRun_hook;
    ExecutorRun_hook = run;
    previous_utility = ProcessUtility_hook;
    ProcessUtility_hook = utility;
    previous_access = object_access_hook;
    object_access_hook = accessed;
    previous_permissions = ExecutorCheckPerms_hook;
    ExecutorCheckPerms_hook = permissions;
    previous_needs = needs_fmgr_hook;
    needs_fmgr_hook = needs_call_hook;
    previous_call = fmgr_hook;
    fmgr_hook = call;
    RegisterXactCallback(transaction, nullptr);
}

}  // namespace djust::hooks
