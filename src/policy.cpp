#include "policy.hpp"

#include "context.hpp"
#include "error.hpp"

namespace djust::policy {

namespace {

// The one relation column that an expression names, or 0.
struct OneColumn {
    AttrNumber column;
    bool many;
};
bool find_column(Node *node, void *context) {
    if (!node) return false;
    auto *found = static_cast<OneColumn *>(context);
    if (IsA(node, Var)) {
        AttrNumber column = castNode(Var, node)->varattno;
        if (found->column != 0 && found->column != column) found->many = true;
        found->column = column;
        return false;
    }
    return expression_tree_walker(node, pg::walker(find_column), context);
}

bool to_public_alone(ArrayType *roles) {
    return ARR_NDIM(roles) == 1 && ARR_DIMS(roles)[0] == 1 &&
           reinterpret_cast<Oid *>(ARR_DATA_PTR(roles))[0] == ACL_ID_PUBLIC;
}

// Command, roles and both conditions in our shape, on a column that can be stamped: a generated one is computed after
// that, and after the checks. Whether it is permissive is the caller's question.
std::optional<Scope> shape(Relation relation, char command, ArrayType *roles, const Node *using_,
                           const Node *with_check) {
    if (command != '*' || !to_public_alone(roles)) return std::nullopt;
    std::optional<Scope> reads = condition(using_, 1);
    if (!reads) return std::nullopt;
    std::optional<Scope> writes = condition(with_check, 1);
    if (!writes || writes->column != reads->column || writes->kind != reads->kind) return std::nullopt;
    if (TupleDescAttr(RelationGetDescr(relation), reads->column - 1)->attgenerated) return std::nullopt;
    return reads;
}

}  // namespace

const Node *stripped(const Node *node) {
    while (node && IsA(node, RelabelType)) node = reinterpret_cast<const Node *>(castNode(RelabelType, node)->arg);
    return node;
}

std::optional<Index> compared_with_current(const Node *node) {
    if (!node || !IsA(node, OpExpr) || list_length(castNode(OpExpr, node)->args) != 2) return std::nullopt;
    const Node *left = stripped(static_cast<const Node *>(linitial(castNode(OpExpr, node)->args)));
    const Node *right = stripped(static_cast<const Node *>(lsecond(castNode(OpExpr, node)->args)));
    if (!left || !right || !IsA(left, Var) || !IsA(right, FuncExpr)) return std::nullopt;
    if (castNode(Var, left)->varlevelsup != 0 || !catalog::kind_of_function(castNode(FuncExpr, right)->funcid))
        return std::nullopt;
    return static_cast<Index>(castNode(Var, left)->varno);
}

std::optional<Comparison> comparison(const Node *node, Index varno) {
    if (!node || !IsA(node, OpExpr)) return std::nullopt;
    const auto *operation = castNode(OpExpr, node);
    if (list_length(operation->args) != 2) return std::nullopt;
    const Node *left = stripped(static_cast<const Node *>(linitial(operation->args)));
    const Node *right = stripped(static_cast<const Node *>(lsecond(operation->args)));
    if (!left || !right || !IsA(left, Var)) return std::nullopt;
    const auto *variable = castNode(Var, left);
    if (variable->varno != static_cast<int>(varno) || variable->varlevelsup != 0 || variable->varattno <= 0)
        return std::nullopt;
    // Under a nondeterministic collation, ids that differ could compare equal.
    Oid collation = operation->inputcollid;
    if (OidIsValid(collation) && collation != DEFAULT_COLLATION_OID && collation != C_COLLATION_OID &&
        !get_collation_isdeterministic(collation))
        return std::nullopt;
    return Comparison{variable->varattno, operation->opno, right};
}

std::optional<Scope> condition(const Node *node, Index varno) {
    std::optional<Comparison> found = comparison(node, varno);
    if (!found || !IsA(found->value, FuncExpr)) return std::nullopt;
    std::optional<catalog::Kind> kind = catalog::kind_of_function(castNode(FuncExpr, found->value)->funcid);
    if (!kind || found->operation != catalog::facts(*kind).equality) return std::nullopt;
    return Scope{found->column, *kind};
}

std::optional<Condition> planned_condition(const Node *node, Index varno) {
    std::optional<Comparison> found = comparison(node, varno);
    if (!found) return std::nullopt;
    if (std::optional<Scope> scope = condition(node, varno)) return Condition{*scope, found->value};
    if (!IsA(found->value, Const)) return std::nullopt;
    const auto *constant = castNode(Const, found->value);
    if (constant->constisnull) return std::nullopt;
    for (int i = 0; i < catalog::kinds; i++) {
        auto kind = static_cast<catalog::Kind>(i);
        const catalog::KindFacts &facts = catalog::facts(kind);
        if (constant->consttype != facts.type || found->operation != facts.equality) continue;
        std::optional<Datum> current = context::value(kind);
        if (!current || !datumIsEqual(*current, constant->constvalue, constant->constbyval, constant->constlen))
            return std::nullopt;
        return Condition{Scope{found->column, kind}, found->value};
    }
    return std::nullopt;
}

bool scoped_by(const Node *condition, const Scope &scope, Index number) {
    std::optional<Comparison> found = comparison(condition, number);
    return found && found->column == scope.column && found->operation == catalog::facts(scope.kind).equality &&
           IsA(found->value, FuncExpr) &&
           castNode(FuncExpr, found->value)->funcid == catalog::current_function(scope.kind);
}

bool is_current(const Node *node) {
    while (node) {
        if (IsA(node, RelabelType)) {
            node = reinterpret_cast<const Node *>(castNode(RelabelType, node)->arg);
        } else if (IsA(node, CoerceToDomain)) {
            node = reinterpret_cast<const Node *>(castNode(CoerceToDomain, node)->arg);
        } else if (IsA(node, FuncExpr)) {
            const auto *call = castNode(FuncExpr, node);
            if (catalog::kind_of_function(call->funcid)) return true;
            if (call->funcformat != COERCE_IMPLICIT_CAST || !call->args) return false;
            node = static_cast<const Node *>(linitial(call->args));
        } else {
            return false;
        }
    }
    return false;
}

std::optional<Scope> scope_of(Relation relation) {
    if (!relation->rd_rsdesc) return std::nullopt;
    ListCell *cell;
    foreach (cell, relation->rd_rsdesc->policies) {
        auto *found = static_cast<RowSecurityPolicy *>(lfirst(cell));
        if (strcmp(found->policy_name, isolation) != 0) continue;
        if (found->permissive) return std::nullopt;
        return shape(relation, found->polcmd, found->roles, reinterpret_cast<Node *>(found->qual),
                     reinterpret_cast<Node *>(found->with_check_qual));
    }
    return std::nullopt;
}

std::optional<Scope> scope_of(Oid relid) {
    Relation relation = try_relation_open(relid, AccessShareLock);
    if (!relation) return std::nullopt;
    std::optional<Scope> scope = scope_of(relation);
    relation_close(relation, AccessShareLock);
    return scope;
}

bool is_scoped(Oid relid) { return OidIsValid(relid) && scope_of(relid); }

void add_touch(List **touches, const Touch &found) {
    ListCell *cell;
    foreach (cell, *touches) {
        auto *known = static_cast<Touch *>(lfirst(cell));
        if (known->relid != found.relid || known->writes != found.writes) continue;
        known->unchecked_insert = known->unchecked_insert || found.unchecked_insert;
        known->unchecked_update = known->unchecked_update || found.unchecked_update;
        return;
    }
    auto *made = static_cast<Touch *>(palloc(sizeof(Touch)));
    *made = found;
    *touches = lappend(*touches, made);
}

size_t longest_value(Oid relid, AttrNumber column) {
    Oid type, collation;
    int32 typmod;
    get_atttypetypmodcoll(relid, column, &type, &typmod, &collation);
    return longest_value(type, typmod);
}

size_t longest_value(Oid type, int32 typmod) {
    if (getBaseTypeAndTypmod(type, &typmod) != VARCHAROID || typmod < static_cast<int32>(VARHDRSZ)) return SIZE_MAX;
    return static_cast<size_t>(typmod) - VARHDRSZ;
}

State state_of(Relation relation) {
    State state{};
    Relation policies = table_open(PolicyRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(RelationGetRelid(relation)));
    SysScanDesc scan = systable_beginscan(policies, PolicyPolrelidPolnameIndexId, true, nullptr, 1, &key);
    while (HeapTuple tuple = systable_getnext(scan)) {
        auto *row = reinterpret_cast<Form_pg_policy>(GETSTRUCT(tuple));
        bool is_isolation = strcmp(NameStr(row->polname), isolation) == 0;
        bool is_access = strcmp(NameStr(row->polname), access) == 0;
        if (!is_isolation && !is_access) {
            state.has_own = true;
            if (row->polpermissive) state.has_own_permissive = true;
            continue;
        }
        auto read = [&](int attribute) -> Datum {
            bool is_null;
            Datum value = heap_getattr(tuple, attribute, RelationGetDescr(policies), &is_null);
            return is_null ? Datum(0) : value;
        };
        auto expression = [&](int attribute) -> Node * {
            Datum text_form = read(attribute);
            return text_form ? static_cast<Node *>(stringToNode(TextDatumGetCString(text_form))) : nullptr;
        };
        Node *using_ = expression(Anum_pg_policy_polqual);
        Node *with_check = expression(Anum_pg_policy_polwithcheck);
        std::optional<Scope> found =
            shape(relation, row->polcmd, DatumGetArrayTypeP(read(Anum_pg_policy_polroles)), using_, with_check);
        if (is_access) {
            state.has_access = true;
            state.access_ok = found && row->polpermissive;
            continue;
        }
        state.has_isolation = true;
        state.isolation_ok = found && !row->polpermissive;
        if (found) state.scope = *found;
        OneColumn column{};
        find_column(using_, &column);
        if (!column.many) state.column_guess = column.column;
    }
    systable_endscan(scan);
    table_close(policies, AccessShareLock);
    return state;
}

State state_of(Oid relid) {
    Relation relation = try_relation_open(relid, AccessShareLock);
    if (!relation) return State{};
    State state = state_of(relation);
    relation_close(relation, AccessShareLock);
    return state;
}

void not_scoped(Oid relid) {
    State state{};
    if (Relation relation = try_relation_open(relid, AccessShareLock)) {
        state = state_of(relation);
        relation_close(relation, AccessShareLock);
    }
    const AttrNumber column = state.isolation_ok ? state.scope.column : state.column_guess;
    error::not_scoped(relid, state.has_isolation && !state.isolation_ok, state.has_access && !state.access_ok,
                      column > 0 ? get_attname(relid, column, true) : nullptr);
}

Relation open_model(Oid type, const char *function, LOCKMODE lock, Scope *scope) {
    Oid relid = OidIsValid(type) ? get_typ_typrelid(getBaseType(type)) : InvalidOid;
    if (!OidIsValid(relid)) error::not_a_model(type, function);
    Relation relation = relation_open(relid, lock);
    char kind = relation->rd_rel->relkind;
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) {
        relation_close(relation, lock);
        if (kind == RELKIND_COMPOSITE_TYPE) error::not_a_model(type, function);
        not_scoped(relid);
    }
    std::optional<Scope> found = scope_of(relation);
    if (!found) not_scoped(relid);
    *scope = *found;
    return relation;
}

}  // namespace djust::policy
