// Event triggers: what comes below a scoped table is scoped in the same command, and djust_tenants_access comes and
// goes with the owner's own permissive policies.
#include "catalog.hpp"
#include "ddl.hpp"
#include "policy.hpp"
#include "scoping.hpp"

namespace {

using namespace djust;

// Our own statements fire the triggers again: they have nothing to do then.
bool busy = false;

bool adds_child(const Node *tree) {
    ListCell *cell;
    // A CreateForeignTableStmt begins with a CreateStmt, and has its own tag.
    if (IsA(tree, CreateStmt) || IsA(tree, CreateForeignTableStmt)) {
        const auto *statement = reinterpret_cast<const CreateStmt *>(tree);
        return statement->partbound || statement->inhRelations;
    }
    if (IsA(tree, CreateSchemaStmt)) {
        foreach (cell, castNode(CreateSchemaStmt, tree)->schemaElts)
            if (adds_child(static_cast<Node *>(lfirst(cell)))) return true;
        return false;
    }
    if (IsA(tree, AlterTableStmt)) {
        foreach (cell, castNode(AlterTableStmt, tree)->cmds) {
            auto type = static_cast<AlterTableCmd *>(lfirst(cell))->subtype;
            if (type == AT_AttachPartition || type == AT_AddInherit) return true;
        }
    }
    return false;
}

bool changes_policy(const Node *tree) {
    if (IsA(tree, CreatePolicyStmt)) {
        // Ours come one by one in a dump, in any order: only the owner's own policies are followed.
        const char *name = castNode(CreatePolicyStmt, tree)->policy_name;
        return strcmp(name, policy::isolation) != 0 && strcmp(name, policy::access) != 0;
    }
    return IsA(tree, RenameStmt) && castNode(RenameStmt, tree)->renameType == OBJECT_POLICY;
}

void follow(List *relations, void (*what)(Oid)) {
    if (!relations) return;
    busy = true;
    PG_TRY();
    {
        ListCell *cell;
        foreach (cell, relations) what(lfirst_oid(cell));
    }
    PG_FINALLY();
    { busy = false; }
    PG_END_TRY();
}

}  // namespace

DJUST_FUNCTION(djust_follow_ddl) {
    EventTriggerData *event = ddl::event_of(fcinfo);
    if (busy || !OidIsValid(catalog::schema())) PG_RETURN_NULL();
    if (adds_child(event->parsetree))
        follow(ddl::query_oids("SELECT c.objid FROM pg_catalog.pg_event_trigger_ddl_commands() c "
                          "JOIN pg_catalog.pg_class r ON r.oid OPERATOR(pg_catalog.=) c.objid "
                          "WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
                          "AND r.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f}'::pg_catalog.\"char\"[])"),
               scoping::follow_parents);
    if (changes_policy(event->parsetree))
        follow(ddl::query_oids("SELECT p.polrelid FROM pg_catalog.pg_event_trigger_ddl_commands() c "
                          "JOIN pg_catalog.pg_policy p ON p.oid OPERATOR(pg_catalog.=) c.objid "
                          "WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass"),
               scoping::follow_policies);
    PG_RETURN_NULL();
}

DJUST_FUNCTION(djust_follow_drop) {
    ddl::event_of(fcinfo);
    if (busy || !OidIsValid(catalog::schema())) PG_RETURN_NULL();
    // By any path: DROP POLICY, or CASCADE from what a policy depends on. The table may be gone with it.
    follow(ddl::query_oids("SELECT r.oid FROM pg_catalog.pg_event_trigger_dropped_objects() d "
                      "JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) d.address_names[1]::pg_catalog.name "
                      "OR d.address_names[1] OPERATOR(pg_catalog.=) 'pg_temp' "
                      "AND n.oid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema() "
                      "JOIN pg_catalog.pg_class r ON r.relnamespace OPERATOR(pg_catalog.=) n.oid "
                      "AND r.relname OPERATOR(pg_catalog.=) d.address_names[2]::pg_catalog.name "
                      "WHERE d.object_type OPERATOR(pg_catalog.=) 'policy' "
                      "AND d.address_names[3] OPERATOR(pg_catalog.<>) ALL "
                      "('{djust_tenants_isolation,djust_tenants_access}'::pg_catalog.text[])"),
           scoping::follow_policies);
    PG_RETURN_NULL();
}
