#include "foreign_code.hpp"

#include "catalog.hpp"

namespace djust::foreign_code {

namespace {

// Volatile ones that statements are full of. Others may run a query, such as query_to_xml, or set the tenant
// themselves, as set_config does.
bool is_harmless_volatile(Oid function) {
    constexpr Oid random = 1598;  // its symbol depends on the version
    if (function == random) return true;
    switch (function) {
        case F_NEXTVAL:
        case F_CURRVAL:
        case F_LASTVAL:
        case F_CLOCK_TIMESTAMP:
        case F_TIMEOFDAY:
        case F_GEN_RANDOM_UUID: return true;
        default: return false;
    }
}

// Stable functions read tables, and table_to_xml a view of somebody's making; but the clock's are as common.
bool is_harmless_stable(Oid function) {
    switch (function) {
        case F_NOW:
        case F_TRANSACTION_TIMESTAMP:
        case F_STATEMENT_TIMESTAMP: return true;
        default: return false;
    }
}

bool is_foreign_function(Oid function, void *) {
    if (function >= FirstNormalObjectId) return !catalog::kind_of_function(function).has_value();
    return func_volatile(function) != PROVOLATILE_IMMUTABLE && !is_harmless_volatile(function) &&
           !is_harmless_stable(function);
}

// Comparisons of arrays, ranges and rows call those of what is in them, and a domain's checks are anybody's.
bool is_foreign_type(Oid type) { return type >= FirstNormalObjectId || type == RECORDOID; }

bool walk(Node *node, void *context) {
    if (!node) return false;
    switch (nodeTag(node)) {
        case T_Query: return query_tree_walker(castNode(Query, node), pg::walker(walk), context, 0);
        case T_List:
        case T_TargetEntry:
        case T_FromExpr:
        case T_JoinExpr:
        case T_RangeTblRef: break;
        case T_WithCheckOption: return walk(castNode(WithCheckOption, node)->qual, context);
        case T_Var:
        case T_Const:
        case T_Param:
        case T_FuncExpr:
        case T_OpExpr:
        case T_DistinctExpr:
        case T_NullIfExpr:
        case T_ScalarArrayOpExpr:
        case T_BoolExpr:
        case T_RelabelType:
        case T_CaseExpr:
        case T_CaseTestExpr:
        case T_CaseWhen:
        case T_CoalesceExpr:
        case T_NullTest:
        case T_BooleanTest:
        case T_SQLValueFunction:
        case T_NextValueExpr:
            if (!IsA(node, CaseWhen) && is_foreign_type(exprType(node))) return true;
            if (check_functions_in_node(node, is_foreign_function, nullptr)) return true;
            break;
        default: return true;
    }
    return expression_tree_walker(node, pg::walker(walk), context);
}

}  // namespace

bool may_run(const Query *query) { return may_run(reinterpret_cast<const Node *>(query)); }
bool may_run(const Node *expression) { return walk(const_cast<Node *>(expression), nullptr); }

}  // namespace djust::foreign_code
