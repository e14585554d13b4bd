\echo Use "ALTER EXTENSION djust_tenants UPDATE TO '1.1.0'" to load this file. \quit

-- Operators that are not leakproof on indexes of the tenant, COPY FROM on scoped tables, advice on indexes.

SET LOCAL search_path TO pg_catalog, pg_temp;

-- The operators that are not leakproof and yet may be index conditions beside the tenant condition. See
-- doc/leaky-operators.md for why each built-in one is safe.

CREATE TABLE djust_tenants.operator_rule (
    -- As pg_identify_object writes it. No regoperator: pg_upgrade refuses columns of that type.
    operator text COLLATE "C",
    -- An administrator's rule stands beside a built-in one, and goes before it.
    built_in boolean,
    allowed boolean NOT NULL,
    reason text,
    PRIMARY KEY (operator, built_in)
);
COMMENT ON TABLE djust_tenants.operator_rule IS
    'what djust_tenants.allowed_operator is made of: the built-in rules, and those of allow_operator and disallow_operator, which pg_dump keeps';
GRANT SELECT ON djust_tenants.operator_rule TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('djust_tenants.operator_rule', 'WHERE NOT built_in');

INSERT INTO djust_tenants.operator_rule (operator, built_in, allowed, reason)
SELECT DISTINCT ON (identity) identity, true, true, reason
FROM (
    -- Comparisons of PostgreSQL's own b-tree families. Those of rows are left out: they are their columns'.
    SELECT 2 AS place, amop.amopopr AS operator, 'comparison: a b-tree looks at the tenant''s part alone' AS reason
    FROM pg_amop amop
    JOIN pg_opfamily family ON family.oid = amop.amopfamily
    JOIN pg_am method ON method.oid = family.opfmethod
    WHERE method.amname = 'btree' AND family.oid < 16384 AND amop.amoppurpose = 's'
      AND family.opfname NOT IN ('record_ops', 'record_image_ops')
    UNION ALL
    -- The planner makes ranges of a b-tree out of these; the trigrams of pg_trgm serve the text ones.
    SELECT 1, operator, 'pattern: a b-tree looks at the tenant''s part alone, GIN at trigrams'
    FROM unnest(ARRAY[
        '~~(text,text)', '~~*(text,text)', '~(text,text)', '~*(text,text)',
        '~~(bpchar,text)', '~~*(bpchar,text)', '~(bpchar,text)', '~*(bpchar,text)',
        '~~(name,text)', '~~*(name,text)', '~(name,text)', '~*(name,text)', '~~(bytea,bytea)'
    ]::regoperator[]) operator
    UNION ALL
    -- GIN of arrays, jsonb and text search: its own functions see keys, the operator sees the tenant's rows.
    SELECT 3, amop.amopopr, 'search: GIN compares keys, the operator itself sees the tenant''s rows alone'
    FROM pg_amop amop
    JOIN pg_opfamily family ON family.oid = amop.amopfamily
    JOIN pg_am method ON method.oid = family.opfmethod
    WHERE method.amname = 'gin' AND family.oid < 16384
    UNION ALL
    -- The planner turns them round.
    SELECT 3, operator, 'search: GIN compares keys, the operator itself sees the tenant''s rows alone'
    FROM unnest(ARRAY['@@(tsquery,tsvector)', '<@(jsonb,jsonb)']::regoperator[]) operator
    UNION ALL
    -- GiST of ranges and networks.
    SELECT 4, amop.amopopr, 'search: GiST compares bounds, the operator itself sees the tenant''s rows alone'
    FROM pg_amop amop
    JOIN pg_opfamily family ON family.oid = amop.amopfamily
    JOIN pg_am method ON method.oid = family.opfmethod
    WHERE method.amname = 'gist' AND family.opfname IN ('range_ops', 'multirange_ops', 'network_ops')
      AND family.oid < 16384 AND amop.amoppurpose = 's'
    UNION ALL
    SELECT 4, commutator.oid, 'search: GiST compares bounds, the operator itself sees the tenant''s rows alone'
    FROM pg_amop amop
    JOIN pg_opfamily family ON family.oid = amop.amopfamily
    JOIN pg_am method ON method.oid = family.opfmethod
    JOIN pg_operator commutator ON commutator.oprcom = amop.amopopr
    WHERE method.amname = 'gist' AND family.opfname IN ('range_ops', 'multirange_ops') AND family.oid < 16384
) listed
JOIN pg_operator o ON o.oid = listed.operator
JOIN pg_proc p ON p.oid = o.oprcode
CROSS JOIN LATERAL pg_identify_object('pg_operator'::regclass, o.oid, 0) described
-- What is leakproof needs no rule.
WHERE o.oid < 16384 AND o.oprleft <> 0 AND o.oprright <> 0 AND o.oprresult = 'bool'::regtype AND NOT p.proleakproof
ORDER BY identity, place;

-- Changes reach the caches of every backend, as those of the registry do.
CREATE TRIGGER operator_rule_changed AFTER INSERT OR UPDATE OR DELETE ON djust_tenants.operator_rule
    FOR EACH ROW EXECUTE FUNCTION djust_tenants.registry_changed();
CREATE TRIGGER operator_rule_truncated AFTER TRUNCATE ON djust_tenants.operator_rule
    FOR EACH STATEMENT EXECUTE FUNCTION djust_tenants.registry_changed();
ALTER TABLE djust_tenants.operator_rule
    ENABLE ALWAYS TRIGGER operator_rule_changed, ENABLE ALWAYS TRIGGER operator_rule_truncated;

CREATE FUNCTION djust_tenants.allow_operator(operator regoperator) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_allow_operator';
REVOKE ALL ON FUNCTION djust_tenants.allow_operator(regoperator) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.allow_operator(regoperator) IS
    'lets conditions with the operator use indexes that are led by the tenant column; doing it again changes nothing. For superusers (42501); 22023 for NULL, and for an operator that is not boolean, not binary, or not a superuser''s';

CREATE FUNCTION djust_tenants.disallow_operator(operator regoperator) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'djust_disallow_operator';
REVOKE ALL ON FUNCTION djust_tenants.disallow_operator(regoperator) FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.disallow_operator(regoperator) IS
    'takes back what allow_operator, or the built-in list, allows; doing it again changes nothing. For superusers (42501); 22023 for NULL, and for an operator that is not boolean or not binary';

-- Rules are kept by name, because dumps know no OIDs; so they must go when the name does.
CREATE FUNCTION djust_tenants.forget_operators() RETURNS event_trigger
    LANGUAGE c SECURITY DEFINER AS 'MODULE_PATHNAME', 'djust_forget_operators';
REVOKE ALL ON FUNCTION djust_tenants.forget_operators() FROM PUBLIC;
COMMENT ON FUNCTION djust_tenants.forget_operators() IS
    'internal: event trigger; a dropped operator, and a new one of its name, has no rule';
CREATE EVENT TRIGGER djust_tenants_new_operator ON ddl_command_end WHEN TAG IN ('CREATE OPERATOR')
    EXECUTE FUNCTION djust_tenants.forget_operators();
CREATE EVENT TRIGGER djust_tenants_dropped_operator ON sql_drop
    WHEN TAG IN ('DROP OPERATOR', 'DROP FUNCTION', 'DROP ROUTINE', 'DROP TYPE', 'DROP DOMAIN', 'DROP SCHEMA',
                 'DROP EXTENSION', 'DROP OWNED')
    EXECUTE FUNCTION djust_tenants.forget_operators();
ALTER EVENT TRIGGER djust_tenants_new_operator ENABLE ALWAYS;
ALTER EVENT TRIGGER djust_tenants_dropped_operator ENABLE ALWAYS;

CREATE FUNCTION djust_tenants.is_allowed_operator(operator oid) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_is_allowed_operator';
COMMENT ON FUNCTION djust_tenants.is_allowed_operator(oid) IS 'internal: the planner''s answer, for the view allowed_operator';

-- The planner puts it around the query of a text search in a GIN index; see src/tsquery_stack.hpp.
CREATE FUNCTION djust_tenants.checked_tsquery(query tsquery) RETURNS tsquery
    LANGUAGE c VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'djust_checked_tsquery';
COMMENT ON FUNCTION djust_tenants.checked_tsquery(tsquery) IS
    'internal: returns the query; raises 54001 when evaluating it might exceed max_stack_depth, whatever rows it meets';

CREATE VIEW djust_tenants.allowed_operator AS
    SELECT o.oid::regoperator AS operator, coalesce(listed.allowed, false) AS built_in,
           CASE WHEN listed.allowed THEN listed.reason ELSE coalesce(chosen.reason, 'allow_operator') END AS reason
    FROM pg_catalog.pg_operator o
    CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_operator'::regclass, o.oid, 0) described
    LEFT JOIN djust_tenants.operator_rule listed ON listed.operator = described.identity AND listed.built_in
    LEFT JOIN djust_tenants.operator_rule chosen ON chosen.operator = described.identity AND NOT chosen.built_in
    WHERE djust_tenants.is_allowed_operator(o.oid);
COMMENT ON VIEW djust_tenants.allowed_operator IS
    'the operators that are not leakproof and may be index conditions beside the tenant condition';
GRANT SELECT ON djust_tenants.allowed_operator TO PUBLIC;

-- What COPY FROM on a scoped table runs with. Nobody has a reason to call either; both refuse it.

CREATE FUNCTION djust_tenants.copied_row() RETURNS boolean
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'djust_copied_row';
COMMENT ON FUNCTION djust_tenants.copied_row() IS
    'internal: stamps and checks a row that COPY FROM has read (42501 when it is refused); returns true';

CREATE FUNCTION djust_tenants.copied_rows(model anyelement) RETURNS SETOF anyelement
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'djust_copied_rows';
COMMENT ON FUNCTION djust_tenants.copied_rows(anyelement) IS
    'internal: the rows of the COPY FROM that runs, for the INSERT that it becomes where triggers or policies need one';

-- The commands that drop the extension in passing are watched too.

DROP EVENT TRIGGER djust_tenants_protect_extension;
CREATE EVENT TRIGGER djust_tenants_protect_extension ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION', 'DROP SCHEMA', 'DROP OWNED', 'ALTER SCHEMA', 'ALTER TABLE', 'ALTER VIEW',
                 'ALTER INDEX', 'ALTER SEQUENCE', 'ALTER MATERIALIZED VIEW', 'ALTER TRIGGER', 'ALTER POLICY',
                 'ALTER TYPE', 'ALTER FUNCTION', 'ALTER ROUTINE')
    EXECUTE FUNCTION djust_tenants.protect_extension();
ALTER EVENT TRIGGER djust_tenants_protect_extension ENABLE ALWAYS;

-- What the indexes of a scoped table should become. It asks for the table's owner itself.

CREATE FUNCTION djust_tenants.index_advice(target regclass)
    RETURNS TABLE (index_name regclass, advice text, reason text, ddl text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10 AS 'MODULE_PATHNAME', 'djust_index_advice';
COMMENT ON FUNCTION djust_tenants.index_advice(regclass) IS
    'which indexes of a scoped table would serve a tenant better with the tenant column in front, and which have become redundant: advice is extension, create, drop, invalid, key or keep; ddl is one statement for a live table, or NULL. Changes nothing. For the owner; raises 42501, 22023';
