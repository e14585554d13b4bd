// The table of contents.
#include "allowed_operator.hpp"
#include "catalog.hpp"
#include "constant.hpp"
#include "context.hpp"
#include "fence.hpp"
#include "gin_limit.hpp"
#include "guard.hpp"
#include "hooks.hpp"
#include "index_column.hpp"
#include "leftovers.hpp"
#include "pg.hpp"
#include "registry.hpp"
#include "relation_facts.hpp"
#include "role.hpp"
#include "settings.hpp"
#include "signing_key.hpp"
#include "single_use.hpp"
#include "tsquery_stack.hpp"

extern "C" {
#if PG_VERSION_NUM >= 180000
PG_MODULE_MAGIC_EXT(.name = "djust_tenants", .version = DJUST_TENANTS_VERSION);
#else
PG_MODULE_MAGIC;
#endif
PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
    using namespace djust;
    context::define();
    settings::define();
    MarkGUCPrefixReserved("djust_tenants");
    role::init();
    catalog::init();
    registry::init();
    fence::init();
    signing_key::init();
    single_use::init();
    relation_facts::init();
    constant::init();
    allowed_operator::init();
    gin_limit::init();
    guard::init();
    index_column::init();
    leftovers::init();
    tsquery_stack::init();
    hooks::install();
}
