// What planning asks of one relation in every statement, kept in the backend until the relation may have changed.
#pragma once
#include "pg.hpp"
#include "policy.hpp"

namespace djust::relation_facts {

struct Facts {
    Oid relid;
    std::optional<policy::Scope> scope;  // nothing while row security is off
    char relkind;
    bool has_children;  // partitions, or tables that inherit; also when it had some once
    bool tenant_not_null;
    bool is_limited;  // the tenant column cannot hold every tenant id
    bool has_insert_trigger, has_update_trigger;  // BEFORE ROW: they may change what is written
    // Writing a row runs code that no query shows: stored generated columns, and types that are not PostgreSQL's own
    // (an INSERT that leaves out a column of a domain asks the domain about NULL).
    bool runs_code;
};

void init();  // registers the invalidation callback

// The caller, or the planner for him, holds a lock on the relation.
Facts of(Oid relid);

}  // namespace djust::relation_facts
