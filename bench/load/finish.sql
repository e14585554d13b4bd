-- Hint bits, visibility map and statistics are as good for everybody before the first measurement.
\set ON_ERROR_STOP on
VACUUM (FREEZE, ANALYZE);

-- ANALYZE takes a random sample. All tenants have as many rows, so it is chance at which place of the most common values
-- one stands, and the planner looks through them from the front: up to 5 % of a look-up's instructions. So all variants
-- get the statistics of LIMIT's table; the rows are the same.
SET allow_system_table_mods = on;
CREATE TEMPORARY TABLE twin AS
    SELECT source.oid AS source, target.oid AS target
    FROM pg_class AS source JOIN pg_namespace AS s ON s.oid = source.relnamespace
         JOIN pg_class AS target ON target.relname = source.relname AND target.relkind = source.relkind
         JOIN pg_namespace AS t ON t.oid = target.relnamespace
    WHERE source.relkind IN ('r', 'p') AND s.nspname ~ '^limit_(?!again_)' AND t.nspname <> s.nspname
      AND t.nspname ~ ('^(limit_again|ours|plain|setting|subselect|trigger)_' || substr(s.nspname, 7) || '$');
BEGIN;
DELETE FROM pg_statistic WHERE starelid IN (SELECT target FROM twin);
SELECT format('INSERT INTO pg_statistic (starelid, %1$s) SELECT target, %1$s FROM twin JOIN pg_statistic '
              'ON starelid = source', string_agg(attname, ', ' ORDER BY attnum))
FROM pg_attribute WHERE attrelid = 'pg_statistic'::regclass AND attnum > 1 AND NOT attisdropped
\gexec
COMMIT;
-- The rows that were replaced would be found by the first backends of our variants: what pruning a page allocates stays
-- in the middle of their heaps, and each statement's growing lists are copied around it (up to 11 % of a statement).
VACUUM (FREEZE) pg_statistic;
CHECKPOINT;
