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

bool is_among(Oid function, Oid first, Oid last) { return function >= first && function <= last; }

// Stable functions read tables, and table_to_xml a view of somebody's making, or settings, of which one is the tenant
// (current_setting). But those of dates and times are stable only because they ask for the clock, the time zone, DateStyle
// and the locale: C code that looks at nothing else and calls nothing but itself. So are those that read and write them as
// text. interval + timestamptz is SQL, of one pinned expression that was parsed with the others.
bool is_harmless_stable(Oid function) {
    switch (function) {
        case F_NOW:
        case F_TRANSACTION_TIMESTAMP:
        case F_STATEMENT_TIMESTAMP:
        case F_TIMESTAMP_TIMESTAMPTZ:
        case F_DATE_TIMESTAMPTZ:
        case F_TIME_TIMESTAMPTZ:
        case F_TIMETZ_TIMESTAMPTZ:
        case F_TIMESTAMPTZ_TIMESTAMP:
        case F_TIMESTAMPTZ_DATE:
        case F_TIMESTAMPTZ_PL_INTERVAL:
        case F_TIMESTAMPTZ_MI_INTERVAL:
        case F_INTERVAL_PL_TIMESTAMPTZ:
        case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
        case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
        case F_DATE_PART_TEXT_TIMESTAMPTZ:
        case F_EXTRACT_TEXT_TIMESTAMPTZ:
        case F_TO_CHAR_TIMESTAMPTZ_TEXT:
        case F_TO_CHAR_TIMESTAMP_TEXT:
        case F_DATE_IN:
        case F_DATE_OUT:
        case F_TIME_IN:
        case F_TIMETZ_IN:
        case F_TIMESTAMP_IN:
        case F_TIMESTAMP_OUT:
        case F_TIMESTAMPTZ_IN:
        case F_TIMESTAMPTZ_OUT:
        case F_INTERVAL_IN:
        case F_INTERVAL_OUT: return true;
        default:
            return is_among(function, F_DATE_LT_TIMESTAMPTZ, F_DATE_CMP_TIMESTAMPTZ) ||
                   is_among(function, F_TIMESTAMPTZ_LT_DATE, F_TIMESTAMPTZ_CMP_DATE) ||
                   is_among(function, F_TIMESTAMP_LT_TIMESTAMPTZ, F_TIMESTAMPTZ_CMP_TIMESTAMP);
    }
}

bool is_foreign_function(Oid function, void *reason) {
    if (function >= FirstNormalObjectId ? catalog::kind_of_function(function).has_value()
                                        : func_volatile(function) == PROVOLATILE_IMMUTABLE ||
                                              is_harmless_volatile(function) || is_harmless_stable(function))
        return false;
    static_cast<Reason *>(reason)->function = function;
    return true;
}

// Comparisons of arrays, ranges and rows call those of what is in them, and a domain's checks are anybody's.
bool is_foreign_type(Oid type) { return type >= FirstNormalObjectId || type == RECORDOID || type == RECORDARRAYOID; }

// A row whose fields are all looked at here is as good as they are; any other value of type record has fields that are not
// seen.
bool is_row_of_known(const Node *node) { return IsA(node, RowExpr) && castNode(RowExpr, node)->row_typeid == RECORDOID; }

// GREATEST and row comparisons call the functions of operator families, which only superusers make and change. Those that
// come with PostgreSQL have its own functions for its own types; a type that has none by default may have been given one.
bool has_foreign_order(const Node *node) {
    if (IsA(node, MinMaxExpr)) {
        Oid type = castNode(MinMaxExpr, node)->minmaxtype, element = get_base_element_type(type);
        return lookup_type_cache(OidIsValid(element) ? element : type, TYPECACHE_CMP_PROC)->cmp_proc >= FirstNormalObjectId;
    }
    ListCell *cell;
    if (IsA(node, RowCompareExpr))
        foreach (cell, castNode(RowCompareExpr, node)->opfamilies)
            if (lfirst_oid(cell) >= FirstNormalObjectId) return true;
    return false;
}

bool walk(Node *node, void *context) {
    if (!node) return false;
    auto *reason = static_cast<Reason *>(context);
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
        case T_CollateExpr:  // a collation has no code of its own
        case T_CaseExpr:
        case T_CaseTestExpr:
        case T_CaseWhen:
        case T_CoalesceExpr:
        case T_NullTest:
        case T_BooleanTest:
        case T_SQLValueFunction:
        case T_NextValueExpr:
        case T_ArrayExpr:
        case T_RowExpr:
        case T_SubscriptingRef:  // PostgreSQL's own types have its own subscripts
        case T_ArrayCoerceExpr:  // what it does to each element is an expression that the walker comes to
        case T_CoerceViaIO:      // whose functions are those of the two types, and are asked for below
        case T_MinMaxExpr:
        case T_RowCompareExpr:
            if (!IsA(node, CaseWhen) && is_foreign_type(exprType(node)) && !is_row_of_known(node)) {
                reason->type = exprType(node);
                return true;
            }
            if (check_functions_in_node(node, is_foreign_function, reason)) return true;
            if (!has_foreign_order(node)) break;
            reason->kind = nodeTag(node);
            return true;
        case T_CoerceToDomain: reason->type = castNode(CoerceToDomain, node)->resulttype; return true;
        default: reason->kind = nodeTag(node); return true;
    }
    return expression_tree_walker(node, pg::walker(walk), context);
}

const char *name_of(NodeTag kind) {
    switch (kind) {
        case T_XmlExpr: return "an XML expression";
        case T_FieldSelect: return "a field of a composite value";
        case T_ConvertRowtypeExpr: return "a conversion of a row";
        case T_MinMaxExpr:
        case T_RowCompareExpr: return "a comparison by an operator class that is not PostgreSQL's own";
        default: return "an expression of a kind that is not known to be harmless";
    }
}

}  // namespace

bool may_run(const Query *query) { return may_run(reinterpret_cast<const Node *>(query)); }

bool may_run(const Node *expression, Reason *reason) {
    Reason unwanted{};
    return walk(const_cast<Node *>(expression), reason ? reason : &unwanted);
}

const char *describe(const Reason &reason) {
    if (OidIsValid(reason.function)) return psprintf("calls function %s", format_procedure(reason.function));
    if (OidIsValid(reason.type)) return psprintf("has a value of type %s", format_type_be(reason.type));
    return psprintf("has %s", name_of(reason.kind));
}

}  // namespace djust::foreign_code
