// The OIDs of the extension's own objects in this database, cached until one of them may have changed.
#pragma once
#include "pg.hpp"

namespace djust::catalog {

// The four types of tenant columns, and with each the function that policies call.
enum class Kind { text, uuid, bigint, integer };
constexpr int kinds = 4;

struct KindFacts {
    const char *function;  // in schema djust_tenants, without arguments
    Oid type;              // what it returns
    Oid equality;          // the operator = on that type
    int16 length;          // of the type, as in pg_type: -1 is a varlena
    bool by_value;
};
const KindFacts &facts(Kind kind);
// The kind of a base type (varchar is of kind text); nothing for any other type.
std::optional<Kind> kind_of_base_type(Oid type);

void init();  // registers the invalidation callbacks

// All are InvalidOid while the extension is not created in this database.
Oid schema();
Oid tenant_table();
Oid tenant_domain_table();
bool is_registry(Oid relid);      // one of the two
Oid current_function(Kind kind);
Oid refuse_function();            // refuse_row(oid, smallint), see stamp
Oid copied_row_function();        // copied_row(), see copy_rows; InvalidOid also before ALTER EXTENSION UPDATE
Oid checked_tsquery_function();   // checked_tsquery(tsquery), see tsquery_stack; likewise
Oid queryset_function();          // get_tenant_queryset(anyelement)
Oid tenant_info_type();           // the composite type
std::optional<Kind> kind_of_function(Oid function);

// Calls back when the registry's tables may have changed (InvalidOid: everything may have).
void on_registry_change(void (*callback)(Oid relid));

}  // namespace djust::catalog
