-- Tables that are not scoped, for roles that differ in whether the library is loaded. Only where
-- shared_preload_libraries is empty: bench/run starts the server so for these cases.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE ROLE bench_unloaded LOGIN;
CREATE ROLE bench_loaded LOGIN;
ALTER ROLE bench_loaded SET session_preload_libraries = 'djust_tenants';
SELECT format('CREATE SCHEMA %s_unscoped', variant),
       format('GRANT USAGE ON SCHEMA %s_unscoped TO PUBLIC', variant),
       format('CREATE TABLE %s_unscoped.entry (id bigint PRIMARY KEY, author_id bigint NOT NULL, title text NOT NULL, '
              'amount integer NOT NULL)', variant),
       format('INSERT INTO %s_unscoped.entry SELECT k, 1, ''doc '' || k, 0 FROM generate_series(1, 20000) AS k',
              variant),
       format('GRANT ALL ON %s_unscoped.entry TO PUBLIC', variant)
FROM unnest(ARRAY['shared', 'limit', 'limit_again', 'ours']) AS variant
\gexec
