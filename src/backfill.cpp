#include "backfill.hpp"

#include "ddl.hpp"
#include "error.hpp"
#include "policy.hpp"
#include "tenant_id.hpp"

namespace djust::backfill {

using ddl::format;
using scope_plan::Plan;
using scope_plan::Request;

namespace {

int64 count_rows(const Plan &plan, const char *condition) {
    return ddl::count_as_owner(plan.root,
                               format("SELECT pg_catalog.count(*) FROM %s c WHERE %s", plan.table, condition));
}

const char *rows_have(int64 rows) {
    return rows == 1 ? "1 row has" : static_cast<const char *>(format("%ld rows have", static_cast<long>(rows)));
}

[[noreturn]] void refuse_rows(const Plan &plan, int64 rows, const char *addition) {
    error::cannot_scope(plan.root, format("%s no tenant%s.", rows_have(rows), addition),
                        "Pass backfill => '<tenant id>', or backfill_from => '<foreign-key column>' that leads to a "
                        "scoped table, to djust_tenants.scope_table; or fill or delete the rows.");
}

void check_value(const Plan &plan, const char *id) {
    pg_uuid_t uuid;
    if ((plan.kind == catalog::Kind::uuid && !tenant_id::as_uuid(id, &uuid)) ||
        (plan.kind == catalog::Kind::bigint && !tenant_id::as_bigint(id)) ||
        (plan.kind == catalog::Kind::integer && !tenant_id::as_integer(id)) ||
        (plan.kind == catalog::Kind::text && strlen(id) > policy::longest_value(plan.type, plan.typmod)))
        error::bad_backfill(plan.root, plan.name, plan.type, plan.typmod, id);
}

// The backfill runs as the table's owner (its triggers get nobody else's rights), who must see every parent row.
void check_reader(const Plan &plan, Oid parent) {
    Oid owner = ddl::owner_of(plan.root);
    if (has_bypassrls_privilege(owner) || pg::owns_relation(parent, owner)) return;
    error::cannot_scope(plan.root,
                        format("Its owner, %s, does not own %s, and row-level security hides that table's rows from it.",
                               quote_identifier(GetUserNameFromId(owner, false)), ddl::name_of(parent)),
                        "Give both tables one owner, or fill the column by hand as a superuser, and call "
                        "djust_tenants.scope_table again.");
}

// The foreign key that the request names, and its parent's tenant column (quoted).
const ddl::ForeignKey *parent_key(const Plan &plan, const char *through, const char **parent_column) {
    AttrNumber column = get_attnum(plan.root, through);
    const ddl::ForeignKey *found = nullptr;
    ListCell *cell;
    foreach (cell, column > 0 ? ddl::foreign_keys_of(plan.root, column) : NIL) {
        auto *key = static_cast<ddl::ForeignKey *>(lfirst(cell));
        const char *by = scope_plan::scoped_by(key->parent);
        if (!by || !scope_plan::is_isolated(key->parent, by)) continue;
        if (found && found->parent != key->parent)
            error::cannot_scope(plan.root,
                                format("Column %s references two scoped tables, %s and %s.", quote_identifier(through),
                                       ddl::name_of(found->parent), ddl::name_of(key->parent)),
                                "Pass another column as backfill_from to djust_tenants.scope_table, or fill the "
                                "tenant column by hand.");
        if (found) continue;
        found = key;
        Oid type = get_atttype(key->parent, get_attnum(key->parent, by));
        if (catalog::kind_of_base_type(getBaseType(type)) != plan.kind)
            error::cannot_scope(plan.root,
                                format("Its tenant column is of type %s, the one of %s is of type %s.",
                                       format_type_be(plan.type), ddl::name_of(key->parent), format_type_be(type)),
                                plan.column == 0
                                    ? "Pass the parent's type as column_type to djust_tenants.scope_table."
                                    : "Give the column the parent's type with ALTER TABLE ... ALTER COLUMN ... TYPE, and "
                                      "call djust_tenants.scope_table again.");
        *parent_column = quote_identifier(by);
    }
    if (!found)
        error::cannot_scope(plan.root,
                            format("Column %s is no foreign-key column of it that leads to a scoped table.",
                                   quote_identifier(through)),
                            "Scope the parent table first, and pass the referencing column as backfill_from to "
                            "djust_tenants.scope_table.");
    check_reader(plan, found->parent);
    return found;
}

const char *rows_without_tenant(const Plan &plan) {
    return plan.column == 0 ? "true" : static_cast<const char *>(format("c.%s IS NULL", plan.quoted));
}

}  // namespace

Fill plan_fill(const Plan &plan, const Request &request) {
    if (request.backfill && request.backfill_from)
        error::bad_option("backfill and backfill_from exclude each other",
                          "Both were passed to djust_tenants.scope_table.",
                          "Pass backfill for one tenant, or backfill_from for the tenant of a parent row.");
    if (request.backfill && !tenant_id::is_valid(request.backfill))
        error::bad_backfill(plan.root, plan.name, InvalidOid, -1, request.backfill);
    if (request.backfill) check_value(plan, request.backfill);
    const char *from = nullptr;
    const ddl::ForeignKey *key = request.backfill_from ? parent_key(plan, request.backfill_from, &from) : nullptr;

    const char *missing = rows_without_tenant(plan);
    int64 rows = count_rows(plan, missing);
    if (rows == 0) return Fill{};
    if (key) {
        int64 orphans = count_rows(plan, format("%s AND NOT EXISTS (SELECT FROM %s p WHERE %s)", missing,
                                                ddl::name_of(key->parent), key->condition));
        if (orphans > 0) refuse_rows(plan, orphans, " and no parent row to take it from");
        return Fill{nullptr, format("UPDATE %s c SET %s = p.%s FROM %s p WHERE c.%s IS NULL AND %s", plan.table,
                                    plan.quoted, from, ddl::name_of(key->parent), plan.quoted, key->condition)};
    }
    if (!request.backfill) refuse_rows(plan, rows, "");
    if (plan.column == 0) return Fill{request.backfill, nullptr};
    return Fill{nullptr, format("UPDATE %s c SET %s = %s WHERE c.%s IS NULL", plan.table, plan.quoted,
                                quote_literal_cstr(request.backfill), plan.quoted)};
}

void run_update(const Plan &plan, const char *update) {
    bool updated = ddl::run_as_owner(plan.root, update);
    int64 rows = updated ? count_rows(plan, rows_without_tenant(plan)) : 0;
    if (!updated || rows > 0)
        error::cannot_scope(plan.root,
                            updated ? format("%s no tenant after the backfill: a trigger or rule of the table "
                                             "keeps it so.", rows_have(rows))
                                    : "A rule of the table replaces the UPDATE of the backfill.",
                            "Disable the trigger or drop the rule, call djust_tenants.scope_table again, and put it "
                            "back.");
}

void warn_of_orphans(const Plan &plan) {
    if (plan.column == 0 || plan.kind != catalog::Kind::text || scope_plan::is_scoped(plan.root)) return;
    int64 rows = count_rows(plan, format("c.%s OPERATOR(pg_catalog.!~) '^[A-Za-z0-9_.@+~|-]{1,128}$' COLLATE "
                                         "pg_catalog.\"C\"", plan.quoted));
    if (rows == 0) return;
    ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                      errmsg_plural("%ld row of %s belongs to no tenant", "%ld rows of %s belong to no tenant",
                                    static_cast<unsigned long>(rows), static_cast<long>(rows), plan.table),
                      errdetail("Nobody can see a row whose column %s holds no tenant id.", plan.quoted),
                      errhint("A tenant id is 1 to 128 ASCII letters, digits and - _ . @ + ~ |; correct the rows as "
                              "a role that bypasses row-level security.")));
}

}  // namespace djust::backfill
