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

// The first column of a query, as a list of OIDs.
List *query_oids(const char *query) {
    MemoryContext caller = CurrentMemoryContext;
    List *found = NIL;
    SPI_connect();
    // Not read-only: that would read with the snapshot of before the command, in which its objects are not there yet.
    if (SPI_execute(query, false, 0) == SPI_OK_SELECT) {
        MemoryContext inside = MemoryContextSwitchTo(caller);
        for (uint64 i = 0; i < SPI_processed; i++) {
            bool is_null;
            Datum value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &is_null);
            if (!is_null) found = list_append_unique_oid(found, DatumGetObjectId(value));
        }
        MemoryContextSwitchTo(inside);
    }
    SPI_finish();
    return found;
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

EventTriggerData *event_of(FunctionCallInfo fcinfo) {
    if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("function of djust_tenants not called by an event trigger"),
                        errdetail("It serves an event trigger of the extension."),
                        errhint("Tables are scoped by djust_tenants.scope_table.")));
    return reinterpret_cast<EventTriggerData *>(fcinfo->context);
}

}  // namespace

DJUST_FUNCTION(djust_follow_ddl) {
    EventTriggerData *event = event_of(fcinfo);
    if (busy || !OidIsValid(catalog::schema())) PG_RETURN_NULL();
    if (adds_child(event->parsetree))
        follow(query_oids("SELECT c.objid FROM pg_catalog.pg_event_trigger_ddl_commands() c "
                          "JOIN pg_catalog.pg_class r ON r.oid OPERATOR(pg_catalog.=) c.objid "
                          "WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
                          "AND r.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f}'::pg_catalog.\"char\"[])"),
               scoping::follow_parents);
    if (changes_policy(event->parsetree))
        follow(query_oids("SELECT p.polrelid FROM pg_catalog.pg_event_trigger_ddl_commands() c "
                          "JOIN pg_catalog.pg_policy p ON p.oid OPERATOR(pg_catalog.=) c.objid "
                          "WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass"),
               scoping::follow_policies);
    PG_RETURN_NULL();
}

// DROP EXTENSION ... CASCADE takes the policies and defaults away. A table without permissive policies of its own is
// closed then, one with them is governed by those alone: that is told.
DJUST_FUNCTION(djust_warn_of_drop) {
    EventTriggerData *event = event_of(fcinfo);
    if (!IsA(event->parsetree, DropStmt) || castNode(DropStmt, event->parsetree)->behavior != DROP_CASCADE ||
        !OidIsValid(catalog::schema()))
        PG_RETURN_NULL();
    bool ours = false;
    ListCell *cell;
    foreach (cell, castNode(DropStmt, event->parsetree)->objects)
        ours = ours || strcmp(strVal(lfirst(cell)), "djust_tenants") == 0;
    if (!ours) PG_RETURN_NULL();
    foreach (cell, query_oids("SELECT DISTINCT p.polrelid FROM pg_catalog.pg_policy p "
                              "JOIN djust_tenants.scoped_table s ON s.target OPERATOR(pg_catalog.=) p.polrelid "
                              "WHERE p.polpermissive AND p.polname OPERATOR(pg_catalog.<>) 'djust_tenants_access'"))
        ereport(WARNING, (errcode(ERRCODE_WARNING),
                          errmsg("table %s is no longer isolated by tenant", ddl::name_of(lfirst_oid(cell))),
                          errdetail("The policies of djust_tenants go with the extension; its own permissive policies "
                                    "stay and decide alone."),
                          errhint("Create the extension again and call djust_tenants.scope_table, or REVOKE the "
                                  "privileges on the table.")));
    PG_RETURN_NULL();
}

DJUST_FUNCTION(djust_follow_drop) {
    event_of(fcinfo);
    if (busy || !OidIsValid(catalog::schema())) PG_RETURN_NULL();
    // By any path: DROP POLICY, or CASCADE from what a policy depends on. The table may be gone with it.
    follow(query_oids("SELECT r.oid FROM pg_catalog.pg_event_trigger_dropped_objects() d "
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
