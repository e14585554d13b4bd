// The only gate to PostgreSQL's headers, and the only place that smooths over its versions.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#ifndef PGDLLEXPORT
// PostgreSQL 15 leaves it empty; we compile with -fvisibility=hidden.
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

extern "C" {
#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "djust_tenants needs PostgreSQL 15 or newer"
#endif

#include "access/gin.h"
#include "access/attmap.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/relation.h"
#include "access/reloptions.h"
#include "access/tableam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_conversion.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "commands/defrem.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/prepare.h"
#include "commands/progress.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "nodes/plannodes.h"
#include "optimizer/appendinfo.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/restrictinfo.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_func.h"
#include "parser/parse_oper.h"
#include "parser/parse_relation.h"
#include "parser/parse_type.h"
#include "parser/parsetree.h"
#include "partitioning/partdesc.h"
#include "pgstat.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "pgstat.h"
#include "rewrite/rewriteDefine.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "rewrite/rowsecurity.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "tcop/cmdtag.h"
#include "storage/shmem.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "tsearch/ts_utils.h"
#include "utils/acl.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/portal.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/selfuncs.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"
#include "utils/uuid.h"
#include "utils/varlena.h"
}

#ifdef USE_ASSERT_CHECKING
// Without assertions castNode takes a pointer to const as well.
#undef castNode
#define castNode(_type_, nodeptr) \
    ((_type_ *)castNodeImpl(T_##_type_, const_cast<void *>(static_cast<const void *>(nodeptr))))
#endif

// Declares an SQL-callable function of ours and gives it to PostgreSQL's function manager.
#define DJUST_FUNCTION(name)                                   \
    extern "C" {                                               \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                  \
    PG_FUNCTION_INFO_V1(name);                                 \
    }                                                          \
    Datum name([[maybe_unused]] PG_FUNCTION_ARGS)

// An error whose place and text are PostgreSQL's own business never leaves our code; ereport
// ends in __builtin_unreachable for constant ERROR, so [[noreturn]] functions may use it.

namespace djust::pg {

// What PostgreSQL lists of a statement's relations for their privileges to be checked; of other entries the OID is invalid
// or means something else.
#if PG_VERSION_NUM >= 160000
using CheckedRelation = RTEPermissionInfo;
inline bool is_checked(const CheckedRelation *entry) { return entry->requiredPerms != 0; }
#else
using CheckedRelation = RangeTblEntry;
inline bool is_checked(const CheckedRelation *entry) { return entry->rtekind == RTE_RELATION && entry->requiredPerms != 0; }
#endif
// Whose privileges count: a view's owner answers for what it shows.
inline Oid checked_user(const CheckedRelation *entry) { return OidIsValid(entry->checkAsUser) ? entry->checkAsUser : GetUserId(); }

// The local transaction id of this backend: changes with every transaction.
inline LocalTransactionId local_transaction_id() {
#if PG_VERSION_NUM >= 170000
    return MyProc->vxid.lxid;
#else
    return MyProc->lxid;
#endif
}

// Memory for a setting's `extra`: freed by the settings machinery, never by us.
inline void *guc_memory(Size size) {
#if PG_VERSION_NUM >= 160000
    return guc_malloc(LOG, size);
#else
    return malloc(size);
#endif
}

using Walker = bool (*)(Node *, void *);

// Node walkers are declared `bool (*)()` in PostgreSQL 15; C++ will not convert by itself.
#if PG_VERSION_NUM >= 160000
inline tree_walker_callback walker(Walker callback) { return callback; }
#else
using OldWalker = bool (*)();
inline OldWalker walker(Walker callback) {
    return reinterpret_cast<OldWalker>(reinterpret_cast<void *>(callback));
}
#endif

// True when `role` owns the relation or is a member of its owner.
inline bool owns_relation(Oid relid, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_ownercheck(RelationRelationId, relid, role);
#else
    return pg_class_ownercheck(relid, role);
#endif
}

// True when `role` may execute the function.
inline bool may_execute(Oid function, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

// True when `role` has the privilege on the schema.
inline bool may_use_schema(Oid schema, Oid role, AclMode mode) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(NamespaceRelationId, schema, role, mode) == ACLCHECK_OK;
#else
    return pg_namespace_aclcheck(schema, role, mode) == ACLCHECK_OK;
#endif
}

// Reads a type's name as in DDL; raises PostgreSQL's error when there is no such type.
inline void parse_type(const char *name, Oid *type, int32 *typmod) {
#if PG_VERSION_NUM >= 160000
    parseTypeString(name, type, typmod, nullptr);
#else
    parseTypeString(name, type, typmod, false);
#endif
}

// Which column of `from` has the name of each column of `to`; raises when there is none.
inline AttrMap *columns_by_name(TupleDesc from, TupleDesc to) {
#if PG_VERSION_NUM >= 160000
    return build_attrmap_by_name(from, to, false);
#else
    return build_attrmap_by_name(from, to);
#endif
}

// A setting's record, or null.
inline config_generic *find_setting(const char *name) {
#if PG_VERSION_NUM >= 160000
    return find_option(name, false, true, 0);
#else
    config_generic **all = get_guc_variables();
    for (int i = 0; i < GetNumConfigOptions(); i++)
        if (strcmp(all[i]->name, name) == 0) return all[i];
    return nullptr;
#endif
}

// A condition on one relation of a query, as the planner would make it of a security condition.
inline RestrictInfo *base_restriction(PlannerInfo *root, Expr *condition, Index security_level, Relids relids) {
#if PG_VERSION_NUM >= 160000
    return make_restrictinfo(root, condition, true, false, false, false, security_level, relids, nullptr, nullptr);
#else
    return make_restrictinfo(root, condition, true, false, false, security_level, relids, nullptr, nullptr);
#endif
}

// Takes an item out of a list by `next`, if it is in it.
template <typename Item>
void unlink(Item **head, const Item *gone) {
    for (Item **link = head; *link; link = &(*link)->next)
        if (*link == gone) {
            *link = gone->next;
            return;
        }
}

inline std::string_view view(const char *text) { return text ? std::string_view(text) : std::string_view(); }

}  // namespace djust::pg
