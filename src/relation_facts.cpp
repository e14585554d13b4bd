#include "relation_facts.hpp"

#include "tenant_id.hpp"

namespace djust::relation_facts {

namespace {

// By OID modulo the size; a relation takes the place of another.
constexpr Oid slots = 64;
Facts kept[slots] = {};
uint64 invalidations;

void relation_changed(Datum, Oid relid) {
    invalidations++;
    if (OidIsValid(relid)) {
        Facts &slot = kept[relid % slots];
        if (slot.relid == relid) slot.relid = InvalidOid;
        return;
    }
    for (Facts &slot : kept) slot.relid = InvalidOid;
}

bool has_foreign_type(TupleDesc columns) {
    for (int i = 0; i < columns->natts; i++) {
        Form_pg_attribute column = TupleDescAttr(columns, i);
        if (!column->attisdropped && column->atttypid >= FirstNormalObjectId) return true;
    }
    return false;
}

Facts look_up(Oid relid) {
    Relation relation = relation_open(relid, NoLock);
    Facts facts{};
    facts.relid = relid;
    facts.scope = policy::scope_of(relation);
    facts.relkind = relation->rd_rel->relkind;
    facts.has_children = relation->rd_rel->relhassubclass;
    if (const TriggerDesc *triggers = relation->trigdesc) {
        facts.has_insert_trigger = triggers->trig_insert_before_row;
        facts.has_update_trigger = triggers->trig_update_before_row;
    }
    TupleDesc columns = RelationGetDescr(relation);
    facts.runs_code = (columns->constr && columns->constr->has_generated_stored) || has_foreign_type(columns);
    if (facts.scope) {
        Form_pg_attribute column = TupleDescAttr(columns, facts.scope->column - 1);
        facts.tenant_not_null = column->attnotnull;
        facts.is_limited = facts.scope->kind == catalog::Kind::text &&
                           policy::longest_value(column->atttypid, column->atttypmod) < tenant_id::longest;
    }
    relation_close(relation, NoLock);
    return facts;
}

}  // namespace

// Policies, row security itself, triggers, NOT NULL and children all invalidate the relation's cache entry when they
// change, in this backend at the end of the command, and again when it is rolled back.
void init() { CacheRegisterRelcacheCallback(relation_changed, Datum(0)); }

Facts of(Oid relid) {
    Facts &slot = kept[relid % slots];
    if (likely(slot.relid == relid)) return slot;
    uint64 before = invalidations;
    Facts facts = look_up(relid);
    // While our functions are not known, no policy looks like ours.
    bool known = OidIsValid(catalog::schema());
    if (known && before == invalidations) slot = facts;
    return facts;
}

}  // namespace djust::relation_facts
