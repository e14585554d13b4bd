#include "not_null.hpp"

#include "ddl.hpp"

namespace djust::not_null {

using ddl::format;
using scope_plan::Plan;

namespace {

constexpr const char *label = "djust_tenants_not_null";

enum class Constraint {
    absent,
    foreign,  // of that name, and not CHECK (column IS NOT NULL): somebody else's
    waiting,  // not validated
    valid,
};

Constraint constraint_of(Oid relid, const char *column, const char *name) {
    Relation relation = table_open(relid, NoLock);
    TupleConstr *constraints = RelationGetDescr(relation)->constr;
    Constraint found = Constraint::absent;
    for (int i = 0; constraints && i < constraints->num_check; i++) {
        const ConstrCheck *check = &constraints->check[i];
        if (strcmp(check->ccname, name) != 0) continue;
        auto *node = static_cast<Node *>(stringToNode(check->ccbin));
        const auto *test = IsA(node, NullTest) ? castNode(NullTest, node) : nullptr;
        bool ours = test && test->nulltesttype == IS_NOT_NULL && IsA(test->arg, Var) && !check->ccnoinherit &&
                    reinterpret_cast<Var *>(test->arg)->varattno == get_attnum(relid, column);
        found = !ours ? Constraint::foreign : check->ccvalid ? Constraint::valid : Constraint::waiting;
    }
    table_close(relation, NoLock);
    return found;
}

// The first name that nobody else's constraint has: the same again when the list is asked for a second time.
const char *name_of_constraint(const Plan &plan) {
    const char *name = label;
    for (int number = 1;; number++) {
        bool foreign = false;
        ListCell *cell;
        foreach (cell, plan.tree)
            foreign = foreign || constraint_of(lfirst_oid(cell), plan.name, name) == Constraint::foreign;
        if (!foreign) return name;
        name = format("%s%d", label, number);
    }
}

bool is_set(Oid relid, const char *name) {
    AttrNumber column = get_attnum(relid, name);
    HeapTuple tuple = column > 0 ? SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(column)) : nullptr;
    if (!HeapTupleIsValid(tuple)) return false;
    bool set = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
    ReleaseSysCache(tuple);
    return set;
}

// Both reach what is below the table, but for SET NOT NULL where the table itself has it.
List *of_tree(const Plan &plan, List *tree, const char *name, bool live) {
    Oid top = linitial_oid(tree);
    Constraint constraint = constraint_of(top, plan.name, name);
    const char *table = ddl::name_of(top);
    List *made = NIL;
    ListCell *cell;
    foreach (cell, tree) {
        if (is_set(lfirst_oid(cell), plan.name)) continue;
        made = lappend(made, format("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", ddl::name_of(lfirst_oid(cell)),
                                    plan.quoted));
        if (lfirst_oid(cell) == top) break;
    }
    if (live && made && constraint != Constraint::valid) {
        // A validated constraint spares SET NOT NULL the scan under an exclusive lock.
        made = lcons(format("ALTER TABLE %s VALIDATE CONSTRAINT %s", table, name), made);
        if (constraint == Constraint::absent)
            made = lcons(format("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID", table, name,
                                plan.quoted), made);
    }
    if (constraint != Constraint::absent || (live && made))
        made = lappend(made, format("ALTER TABLE %s DROP CONSTRAINT %s", table, name));
    return made;
}

}  // namespace

List *statements(const Plan &plan, bool live) {
    const char *name = name_of_constraint(plan);
    List *made = NIL, *done = NIL;
    ListCell *cell;
    foreach (cell, plan.tree) {
        Oid relid = lfirst_oid(cell);
        if (list_member_oid(done, relid)) continue;
        if (is_set(relid, plan.name) && constraint_of(relid, plan.name, name) == Constraint::absent) continue;
        List *tree = relid == plan.root ? plan.tree : find_all_inheritors(relid, NoLock, nullptr);
        made = list_concat(made, of_tree(plan, tree, name, live));
        done = list_concat_unique_oid(done, tree);
    }
    return made;
}

}  // namespace djust::not_null
