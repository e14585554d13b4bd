#include "allowed_operator.hpp"

#include "catalog.hpp"
#include "ddl.hpp"
#include "error.hpp"
#include "own_columns.hpp"

namespace djust::allowed_operator {

namespace {

// One answer for each operator that was asked for. Dropped whenever a rule or any operator changes.
struct Answer {
    Oid operation;  // key
    bool allowed;
};
HTAB *answers;
Oid rules;  // the table that they were read from
uint64 generation;

void drop() {
    generation++;
    if (!answers) return;
    hash_destroy(answers);
    answers = nullptr;
    // Plans that were made by these answers must not be used again.
    ResetPlanCache();
}

void relation_changed(Datum, Oid relid) {
    if (!OidIsValid(relid) || relid == rules) drop();
}

void operator_changed(Datum, int, uint32) { drop(); }

Oid rule_table() {
    Oid schema = catalog::schema();
    return OidIsValid(schema) ? get_relname_relid("operator_rule", schema) : InvalidOid;
}

// What the rules say of an operator, by its identity, e.g. pg_catalog.~~(text,text): an administrator's word goes
// before the built-in one. The catalog snapshot is always fresh, and asks no privileges. Nothing is said of any while the
// table's columns are not as they were made.
struct Rules {
    bool built_in;
    std::optional<bool> chosen;
    bool allowed() const { return chosen ? *chosen : built_in; }
};
Rules rules_of(Oid relid, const char *identity) {
    Rules found{};
    Relation relation = table_open(relid, AccessShareLock);
    if (!own_columns::are_intact(own_columns::Of::operator_rule, RelationGetDescr(relation))) {
        table_close(relation, AccessShareLock);
        return found;
    }
    ScanKeyData key;
    ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(identity));
    key.sk_collation = TupleDescAttr(RelationGetDescr(relation), 0)->attcollation;
    RelationGetIndexList(relation);  // fills rd_pkindex
    SysScanDesc scan = systable_beginscan(relation, relation->rd_pkindex, OidIsValid(relation->rd_pkindex), nullptr,
                                          1, &key);
    while (HeapTuple tuple = systable_getnext(scan)) {
        bool no_built_in, no_allowed;
        bool is_built_in = DatumGetBool(heap_getattr(tuple, 2, RelationGetDescr(relation), &no_built_in));
        bool is_allowed = DatumGetBool(heap_getattr(tuple, 3, RelationGetDescr(relation), &no_allowed));
        if (no_built_in || no_allowed) continue;
        if (is_built_in)
            found.built_in = is_allowed;
        else
            found.chosen = is_allowed;
    }
    systable_endscan(scan);
    table_close(relation, AccessShareLock);
    return found;
}

struct Operator {
    bool exists, is_binary, is_boolean, of_superuser;
};

// A rule names an operator; whoever can put another one, or another function, behind the name must be trusted.
Operator describe(Oid operation) {
    Operator described{};
    HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operation));
    if (!HeapTupleIsValid(tuple)) return described;
    auto *row = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
    described.exists = OidIsValid(row->oprcode);
    described.is_binary = OidIsValid(row->oprleft) && OidIsValid(row->oprright);
    described.is_boolean = row->oprresult == BOOLOID;
    Oid owner = row->oprowner, function = row->oprcode;
    ReleaseSysCache(tuple);
    if (!described.exists || !superuser_arg(owner)) return described;
    tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple)) return described;
    described.of_superuser = superuser_arg(reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->proowner);
    ReleaseSysCache(tuple);
    return described;
}

const char *identity_of(Oid operation) {
    ObjectAddress address{OperatorRelationId, operation, 0};
    return getObjectIdentity(&address, true);
}

bool judge(Oid operation) {
    rules = rule_table();
    if (!OidIsValid(rules)) return false;
    const char *identity = identity_of(operation);
    if (!identity || !rules_of(rules, identity).allowed()) return false;
    Operator described = describe(operation);
    return described.exists && described.is_binary && described.is_boolean && described.of_superuser;
}

// An administrator's word about an operator; what the built-in list says anyway is not written down.
void choose(Oid operation, bool allow, const char *function) {
    if (!superuser()) error::superuser_only(function);
    Operator described = describe(operation);
    const char *name = format_operator(operation);
    if (!described.exists)
        error::bad_operator(name, function, "There is no such operator.", "Pass an operator with its types, as in "
                                                                          "'pg_catalog.~~(text,text)'.");
    if (!described.is_binary || !described.is_boolean)
        error::bad_operator(name, function,
                            allow ? "Only an operator of two arguments that returns boolean can be an index condition."
                                  : "Only an operator of two arguments that returns boolean can be an index condition, "
                                    "so this one never is.",
                            "Pass the operator that stands in WHERE.");
    if (allow && !described.of_superuser)
        error::bad_operator(name, function,
                            "The operator, or its function, belongs to a role that is no superuser, which "
                            "could put another one in its place.",
                            "Give both to a superuser with ALTER OPERATOR and ALTER FUNCTION ... OWNER TO, then "
                            "call djust_tenants.allow_operator again.");
    Oid table = rule_table();
    const char *identity = identity_of(operation);
    if (!OidIsValid(table) || !identity || !own_columns::are_intact(own_columns::Of::operator_rule, table))
        error::broken();
    Rules found = rules_of(table, identity);
    if (found.allowed() == allow) return;
    const char *literal = quote_literal_cstr(identity);
    int settings = ddl::pin_settings();
    if (found.chosen)
        ddl::change(ddl::format("DELETE FROM djust_tenants.operator_rule WHERE operator = %s AND NOT built_in", literal));
    if (found.built_in != allow)
        // Who, of those who may SET ROLE to a superuser, and when.
        ddl::change(ddl::format(
            "INSERT INTO djust_tenants.operator_rule (operator, built_in, allowed, reason) VALUES (%s, false, %s, "
            "pg_catalog.format('%s by %%I, %%s', session_user, pg_catalog.to_char(pg_catalog.timezone('UTC', "
            "pg_catalog.now()), 'YYYY-MM-DD HH24:MI \"UTC\"')))",
            literal, allow ? "true" : "false", function));
    ddl::unpin_settings(settings);
}

}  // namespace

void init() {
    CacheRegisterRelcacheCallback(relation_changed, Datum(0));
    CacheRegisterSyscacheCallback(OPEROID, operator_changed, Datum(0));
}

bool allowed(Oid operation) {
    if (answers) {
        auto *answer = static_cast<Answer *>(hash_search(answers, &operation, HASH_FIND, nullptr));
        if (answer) return answer->allowed;
    }
    bool judged;
    uint64 before;
    do {
        before = generation;
        judged = judge(operation);
    } while (before != generation);
    if (!answers) {
        HASHCTL control{};
        control.keysize = sizeof(Oid);
        control.entrysize = sizeof(Answer);
        answers = hash_create("djust_tenants allowed operators", 32, &control, HASH_ELEM | HASH_BLOBS);
    }
    auto *answer = static_cast<Answer *>(hash_search(answers, &operation, HASH_ENTER, nullptr));
    answer->allowed = judged;
    return judged;
}

}  // namespace djust::allowed_operator

using namespace djust;

DJUST_FUNCTION(djust_allow_operator) {
    if (PG_ARGISNULL(0)) error::null_argument("allow_operator", "operator");
    allowed_operator::choose(PG_GETARG_OID(0), true, "allow_operator");
    PG_RETURN_VOID();
}

DJUST_FUNCTION(djust_disallow_operator) {
    if (PG_ARGISNULL(0)) error::null_argument("disallow_operator", "operator");
    allowed_operator::choose(PG_GETARG_OID(0), false, "disallow_operator");
    PG_RETURN_VOID();
}

// Event trigger: an operator that is dropped takes its rule with it, and one that is made never finds another's, as it
// would where that one was renamed. (A dump brings its operators before its rules.)
DJUST_FUNCTION(djust_forget_operators) {
    EventTriggerData *event = ddl::event_of(fcinfo);
    if (!OidIsValid(allowed_operator::rule_table())) PG_RETURN_NULL();
    int settings = ddl::pin_settings();
    ddl::change(ddl::format("DELETE FROM djust_tenants.operator_rule r USING pg_catalog.%s() o "
                            "WHERE o.object_type OPERATOR(pg_catalog.=) 'operator' AND NOT r.built_in "
                            "AND r.operator OPERATOR(pg_catalog.=) o.object_identity",
                            strcmp(event->event, "sql_drop") == 0 ? "pg_event_trigger_dropped_objects"
                                                                  : "pg_event_trigger_ddl_commands"));
    ddl::unpin_settings(settings);
    PG_RETURN_NULL();
}

DJUST_FUNCTION(djust_is_allowed_operator) { PG_RETURN_BOOL(allowed_operator::allowed(PG_GETARG_OID(0))); }
