-- index_advice: what it proposes, that each of its statements runs, that the new index has every property of the old one
-- and serves the tenant's query, and that running them leads to an end.
LOAD 'djust_tenants';
CREATE SCHEMA "Advice Test";
CREATE SCHEMA "Other Schema";
CREATE ROLE regress_advice_owner;
CREATE ROLE regress_advice_app;
GRANT USAGE, CREATE ON SCHEMA "Advice Test" TO regress_advice_owner;
GRANT USAGE ON SCHEMA "Advice Test", "Other Schema" TO regress_advice_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Advice Test" GRANT ALL ON TABLES TO regress_advice_app;
SET search_path TO "Advice Test", djust_tenants;
SET client_min_messages = warning;
SET allow_in_place_tablespaces = on;
\pset null '(null)'

-- The definition without what must differ: the name, and the tenant column in front.
CREATE FUNCTION properties(index_name regclass, tenant text) RETURNS text LANGUAGE sql AS $$
    SELECT replace(regexp_replace(pg_get_indexdef(index_name), '^CREATE INDEX .* ON (ONLY )?"', 'ON "'),
                   '(' || tenant || ', ', '(') || coalesce(' in ' || spcname, '')
      FROM pg_class LEFT JOIN pg_tablespace t ON t.oid = reltablespace WHERE pg_class.oid = index_name
$$;

-- The index that a query of tenant acme uses, and whether it is asked for the tenant.
CREATE FUNCTION uses(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || query INTO plan;
    RETURN concat_ws(', ', jsonb_path_query_array(plan, 'strict $.**."Index Name"', '{}', true),
                     CASE WHEN plan::text ~ '"Index Cond": "[^,]*(tenant_id|Org)' THEN 'by tenant' END,
                     CASE WHEN plan::text LIKE '%"Sort Key"%' THEN 'sorted' END);
END $$;
CREATE TABLESPACE regress_advice_space LOCATION '';
GRANT CREATE ON TABLESPACE regress_advice_space TO regress_advice_owner;

-- nothing to say: a table without rows to improve
CREATE TABLE bare (id int, tenant_id text);
SELECT scope_table('bare');
SELECT * FROM index_advice('bare');

-- every property is kept
CREATE FUNCTION "Other Schema"."f, (x" (text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower($1) $$;
CREATE TYPE "Other Schema".mood AS ENUM ('so, so', 'it''s (fine');
CREATE TABLE item (id int PRIMARY KEY, name text, "Column, (x" text, amount numeric, made date, note text COLLATE "C",
    mood "Other Schema".mood);
SELECT scope_table('item');
CREATE INDEX i1 ON item (name);
CREATE INDEX i2 ON item (made DESC NULLS LAST, amount NULLS FIRST) INCLUDE (note, "Column, (x");
CREATE INDEX i3 ON item (name COLLATE "C" text_pattern_ops, "Column, (x" COLLATE "POSIX" DESC) WITH (fillfactor = 71, deduplicate_items = off);
CREATE INDEX i4 ON item ("Other Schema"."f, (x"(name), (name || ', (' || "Column, (x"), (amount * 2) DESC)
    WHERE name <> 'it''s, (' AND mood = 'it''s (fine' AND "Column, (x" <> E'a\\''b';
CREATE INDEX "i5 "", (" ON item (note, (CASE WHEN amount > 1 THEN 'a)' ELSE '"' END)) WHERE amount IS NOT NULL;
CREATE INDEX i6 ON item (mood, tenant_id DESC, made);
CREATE INDEX i7 ON item (amount) INCLUDE (tenant_id, name);
CREATE INDEX i8 ON item (note DESC) INCLUDE (tenant_id);
CREATE INDEX i9 ON item (upper(tenant_id), made) TABLESPACE regress_advice_space WHERE id > 0;
SELECT * FROM index_advice('item')
\g (format=unaligned expanded=on)
CREATE TABLE advised AS SELECT index_name AS old, regexp_replace(ddl, '^CREATE INDEX CONCURRENTLY (.*) ON "Advice Test".item .*$', '"Advice Test".\1') AS new
    FROM index_advice('item') WHERE advice = 'create';
SELECT ddl FROM index_advice('item') WHERE ddl IS NOT NULL \gexec
SELECT old, new, properties(old, 'tenant_id') = properties(new::regclass, 'tenant_id') AS equal FROM advised ORDER BY 1;
SELECT pg_get_indexdef(new::regclass) FROM advised WHERE properties(old, 'tenant_id') <> properties(new::regclass, 'tenant_id') ORDER BY old;
DROP TABLE advised;
-- now the old ones are redundant; then there is nothing left to say but of the key
SELECT index_name, advice, reason, ddl FROM index_advice('item');
SELECT ddl FROM index_advice('item') WHERE ddl IS NOT NULL \gexec
SELECT index_name, advice FROM index_advice('item');

-- each new index serves the tenant's query
SET enable_seqscan = off;
SET enable_bitmapscan = off;
INSERT INTO item SELECT n, 'n' || n, 'c', n, '2026-01-01', 'note', 'so, so', 'acme' FROM generate_series(1, 50) n;
ANALYZE item;
SET ROLE regress_advice_app;
SET djust_tenants.tenant_id = 'acme';
SELECT n, uses(query) FROM (VALUES
    (1, $$SELECT * FROM item WHERE name = 'n7'$$),
    (2, $$SELECT made, amount FROM item ORDER BY made DESC NULLS LAST, amount NULLS FIRST LIMIT 5$$),
    (3, $$SELECT * FROM item ORDER BY name COLLATE "C" USING ~<~, "Column, (x" COLLATE "POSIX" DESC$$),
    (4, $$SELECT * FROM item WHERE name <> 'it''s, (' AND mood = 'it''s (fine' AND "Column, (x" <> E'a\\''b'
          ORDER BY "Other Schema"."f, (x"(name), (name || ', (' || "Column, (x"), (amount * 2) DESC$$),
    (5, $$SELECT * FROM item WHERE amount IS NOT NULL ORDER BY note, (CASE WHEN amount > 1 THEN 'a)' ELSE '"' END)$$),
    (6, $$SELECT * FROM item ORDER BY mood, made$$),
    (7, $$SELECT name FROM item ORDER BY amount LIMIT 3$$),
    (8, $$SELECT * FROM item ORDER BY note DESC LIMIT 3$$),
    (9, $$SELECT * FROM item WHERE id > 0 ORDER BY upper(tenant_id), made LIMIT 3$$)) AS q(n, query) ORDER BY n;
SELECT id, name FROM item ORDER BY amount LIMIT 2;
RESET ROLE;
RESET djust_tenants.tenant_id;
RESET enable_seqscan;
RESET enable_bitmapscan;

-- what is redundant, and what is never called so
CREATE TABLE customer (id int PRIMARY KEY);
SELECT scope_table('customer');
CREATE TABLE invoice (id int, customer_id int, number int, made date, tenant_id text, PRIMARY KEY (tenant_id, id),
    CONSTRAINT "by customer" FOREIGN KEY (customer_id) REFERENCES customer);
SELECT scope_table('invoice');
CREATE INDEX only_tenant ON invoice (tenant_id);
CREATE INDEX only_tenant_some ON invoice (tenant_id) WHERE number > 0;
CREATE INDEX by_id ON invoice (id);
CREATE INDEX by_id_again ON invoice (id);
CREATE INDEX by_customer ON invoice (customer_id);
CREATE INDEX by_customer_number ON invoice (customer_id, number);
CREATE INDEX tenant_customer ON invoice (tenant_id, customer_id, number DESC);
CREATE INDEX customer_desc ON invoice (customer_id DESC, number);
CREATE INDEX twin_1 ON invoice (tenant_id DESC, made) INCLUDE (number);
CREATE INDEX twin_2 ON invoice (tenant_id, made) INCLUDE (number);
CREATE INDEX longer ON invoice (tenant_id, made DESC NULLS FIRST, number);
CREATE INDEX other_order ON invoice (made, number DESC);
CREATE INDEX partial_1 ON invoice (number) WHERE made IS NULL;
CREATE INDEX partial_2 ON invoice (tenant_id, number) WHERE made IS NULL;
CREATE INDEX clustered ON invoice (number);
CREATE INDEX for_clustered ON invoice (tenant_id, number);
CLUSTER invoice USING clustered;
CREATE UNIQUE INDEX unique_number ON invoice (number, made) INCLUDE (tenant_id);
CREATE UNIQUE INDEX unique_within ON invoice (made, tenant_id, id);
CREATE UNIQUE INDEX unique_led ON invoice (tenant_id, made, id);
ALTER TABLE invoice ALTER made SET NOT NULL, REPLICA IDENTITY USING INDEX unique_led;
SELECT * FROM index_advice('invoice')
\g (format=unaligned expanded=on)
SELECT ddl FROM index_advice('invoice') WHERE ddl IS NOT NULL \gexec
SELECT index_name, advice, ddl FROM index_advice('invoice');
SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'invoice'::regclass ORDER BY indexrelid;

-- a key that all tenants share is never called redundant, though an index led by the tenant has all its columns
CREATE TABLE account (id int PRIMARY KEY, number int CONSTRAINT "one number" UNIQUE, code int NOT NULL,
    CONSTRAINT apart EXCLUDE (code WITH =), tenant_id text);
SELECT scope_table('account');
CREATE UNIQUE INDEX plain_unique ON account (code);
CREATE UNIQUE INDEX partial_unique ON account (number) WHERE code > 0;
CREATE UNIQUE INDEX lower_unique ON account ((code + 1));
ALTER TABLE account REPLICA IDENTITY USING INDEX plain_unique;
CREATE TABLE posting (account int REFERENCES account, number int REFERENCES account (number));
CREATE INDEX ON account (tenant_id, id);
CREATE INDEX ON account (tenant_id, number);
CREATE INDEX ON account (tenant_id, code);
CREATE INDEX ON account (tenant_id, number) WHERE code > 0;
CREATE INDEX ON account (tenant_id, (code + 1));
-- what is no key is redundant beside one
CREATE INDEX same_as_key ON account (number);
CREATE UNIQUE INDEX same_as_replica ON account (code);
SELECT index_name, advice, ddl FROM index_advice('account');
SELECT ddl FROM index_advice('account') WHERE ddl IS NOT NULL \gexec
INSERT INTO account VALUES (1, 1, 1, 'acme'), (2, 2, 2, 'globex');
INSERT INTO account VALUES (3, 2, 3, 'acme');
DROP TABLE posting, account;

-- an index is led by the tenant only where the tenant's condition can use it
CREATE TABLE collated (id int, tenant_id text);
SELECT scope_table('collated');
DROP INDEX collated_tenant_id_idx;
SELECT * FROM index_advice('collated');
CREATE INDEX c1 ON collated (tenant_id COLLATE "POSIX", id);
CREATE INDEX c2 ON collated (tenant_id, id) WHERE id > 0;
SELECT index_name, advice, ddl FROM index_advice('collated');
CREATE INDEX c3 ON collated (tenant_id text_pattern_ops);
SELECT index_name, advice, ddl FROM index_advice('collated');
SELECT ddl FROM index_advice('collated') WHERE ddl IS NOT NULL \gexec
SELECT index_name, advice, ddl FROM index_advice('collated');
-- and one with such a key in between does not do the work of one without
CREATE INDEX c4 ON collated (tenant_id, tenant_id COLLATE "POSIX", (id + 1));
CREATE INDEX c5 ON collated ((id + 1));
SELECT index_name, advice, ddl FROM index_advice('collated') WHERE index_name IN ('c4'::regclass, 'c5');
DROP INDEX c4, c5;

-- an invalid index
INSERT INTO collated VALUES (1, 'acme'), (1, 'acme');
CREATE UNIQUE INDEX CONCURRENTLY left_invalid ON collated (id);
CREATE UNIQUE INDEX CONCURRENTLY x_ccnew1 ON collated (id);
CREATE INDEX no_ccnew2 ON collated ((id + 1));
SELECT index_name, advice, reason, ddl FROM index_advice('collated') WHERE advice = 'invalid';
DELETE FROM collated;
SELECT ddl FROM index_advice('collated') WHERE advice = 'invalid' \gexec
SELECT index_name, advice, ddl FROM index_advice('collated');

-- other access methods; the extension that is needed is named once, and installed by its statement
CREATE TABLE document (id int, "Org" uuid, tags text[], body jsonb, words tsvector, span int4range, place point, host inet, title text);
SELECT scope_table('document', 'Org');
CREATE INDEX g1 ON document USING gin (tags);
CREATE INDEX g2 ON document USING gin (body jsonb_path_ops, tags) WITH (fastupdate = off, gin_pending_list_limit = 64);
CREATE INDEX g3 ON document USING gist (words tsvector_ops (siglen = 100)) WHERE id > 0;
CREATE INDEX g4 ON document USING gist (span, place);
CREATE INDEX g5 ON document USING gist (span);
CREATE INDEX h1 ON document USING hash (title);
CREATE INDEX b1 ON document USING brin (id);
CREATE INDEX s1 ON document USING spgist (host);
CREATE TABLE booking (tenant_id text, span int4range, EXCLUDE USING gist (span WITH &&));
SELECT scope_table('booking');
SELECT * FROM index_advice('document')
\g (format=unaligned expanded=on)
SELECT index_name, advice, reason FROM index_advice('booking');
SELECT ddl FROM index_advice('document') WHERE ddl IS NOT NULL \gexec
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'document'::regclass ORDER BY indexrelid;
SELECT index_name, advice, reason, ddl FROM index_advice('document');
SELECT ddl FROM index_advice('document') WHERE ddl IS NOT NULL \gexec
SELECT index_name, advice FROM index_advice('document');
INSERT INTO document SELECT n, '00000000-0000-0000-0000-000000000001', ARRAY['t' || n], jsonb_build_object('a', n),
    to_tsvector('simple', 'w' || n) FROM generate_series(1, 2000) n;
ANALYZE document;
SET enable_seqscan = off;
SELECT uses($$SELECT * FROM document WHERE "Org" = '00000000-0000-0000-0000-000000000001' AND tags @> '{t7}'$$) AS gin,
       uses($$SELECT * FROM document WHERE "Org" = '00000000-0000-0000-0000-000000000001' AND body @> '{"a": 1}'$$) AS gin_path,
       uses($$SELECT * FROM document WHERE "Org" = '00000000-0000-0000-0000-000000000001' AND words @@ 'w7' AND id > 0$$) AS gist;
RESET enable_seqscan;

-- GIN has no order of columns, and yet only with the tenant column in front it serves what is not leakproof
CREATE TABLE found (v text[], j jsonb, a int, tenant_id text);
SELECT scope_table('found');
CREATE INDEX found_vt ON found USING gin (v, tenant_id);
SELECT * FROM index_advice('found');
SELECT ddl FROM index_advice('found') WHERE ddl IS NOT NULL \gexec
SELECT * FROM index_advice('found');
INSERT INTO found SELECT ARRAY['t' || n], '{}', n, 'acme' FROM generate_series(1, 2000) n;
ANALYZE found;
SELECT ddl FROM index_advice('found') WHERE ddl IS NOT NULL \gexec
SET enable_seqscan = off;
SET ROLE regress_advice_app;
SET djust_tenants.tenant_id = 'acme';
SELECT uses($$SELECT * FROM found WHERE v @> '{t7}'$$);
RESET djust_tenants.tenant_id;
RESET ROLE;
RESET enable_seqscan;
-- made in whatever order
CREATE INDEX found_vjt ON found USING gin (v, j, tenant_id);
SELECT * FROM index_advice('found');
DROP INDEX found_vjt, found_tenant_id_v_idx;
CREATE INDEX found_tv ON found USING gin (tenant_id, v);
CREATE INDEX found_vt ON found USING gin (v, tenant_id);
SELECT index_name, advice, ddl FROM index_advice('found');
DROP INDEX found_vt, found_tv;
CREATE INDEX found_vt ON found USING gin (v, tenant_id);
CREATE INDEX found_tv ON found USING gin (tenant_id, v);
SELECT index_name, advice, ddl FROM index_advice('found');

-- leakproof conditions and ORDER BY use what is not proven safe for others
CREATE TABLE near (a int, p point, tsq tsquery, tenant_id text);
SELECT scope_table('near');
CREATE INDEX near_a ON near USING gist (a);
CREATE INDEX near_p ON near USING gist (p);
CREATE INDEX near_tsq ON near USING gist (tsq);
SELECT index_name, advice, reason, ddl FROM index_advice('near');
SELECT ddl FROM index_advice('near') WHERE ddl IS NOT NULL \gexec
INSERT INTO near SELECT n, point(n, n), '', CASE WHEN n % 20 = 0 THEN 'acme' ELSE 'globex' END FROM generate_series(1, 2000) n;
ANALYZE near;
SET enable_seqscan = off;
SET enable_sort = off;
SET ROLE regress_advice_app;
SET djust_tenants.tenant_id = 'acme';
SELECT uses($$SELECT * FROM near WHERE a = 40$$), uses($$SELECT * FROM near ORDER BY p <-> '(5,5)' LIMIT 3$$) AS nearest;
RESET djust_tenants.tenant_id;
RESET ROLE;
RESET enable_sort;
RESET enable_seqscan;
SELECT index_name, advice, ddl FROM index_advice('near');

-- a foreign key's checks ask for all rows: no partial index serves them
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (pid int REFERENCES parent, x int, tenant_id text);
SELECT scope_table('child');
CREATE INDEX child_pid ON child (pid) WHERE x > 0;
CREATE INDEX child_tenant_pid ON child (tenant_id, pid) WHERE x > 0;
SELECT * FROM index_advice('child');
DROP INDEX child_tenant_pid;
SELECT * FROM index_advice('child');

-- partitions: of two levels, with properties of their own; the statements of scope_table_sql's pattern
CREATE TABLE event (id int, at int, "Kind" text, tenant_id text) PARTITION BY RANGE (at);
CREATE TABLE event_1 (tenant_id text NOT NULL, gone int, id int, at int, "Kind" text);
ALTER TABLE event_1 DROP COLUMN gone;
ALTER TABLE event ALTER tenant_id SET NOT NULL;
ALTER TABLE event ATTACH PARTITION event_1 FOR VALUES FROM (0) TO (10);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (at);
CREATE TABLE event_21 PARTITION OF event_2 FOR VALUES FROM (10) TO (20);
SELECT scope_table('event');
CREATE INDEX of_one ON event_1 ("Kind" DESC, lower("Kind")) INCLUDE (tenant_id, id) WITH (fillfactor = 60);
CREATE INDEX of_all ON event ("Kind" DESC, lower("Kind")) INCLUDE (tenant_id, id);
CREATE INDEX own ON event_1 (id);
SELECT * FROM index_advice('event');
SELECT * FROM index_advice('event_1');
SELECT ddl FROM index_advice('event') WHERE ddl IS NOT NULL \gexec
SELECT pg_get_indexdef(i.indexrelid), indisvalid FROM pg_index i
 WHERE indrelid IN (SELECT relid FROM pg_partition_tree('event')) ORDER BY indrelid, indexrelid;
SELECT * FROM index_advice('event');
SELECT ddl FROM index_advice('event') WHERE ddl IS NOT NULL \gexec
SELECT * FROM index_advice('event');
CREATE INDEX half ON ONLY event (id);
SELECT index_name, advice, reason, ddl FROM index_advice('event');
SELECT ddl FROM index_advice('event_1') WHERE ddl IS NOT NULL \gexec
SELECT index_name, advice, ddl FROM index_advice('event_1');
DROP INDEX half;
DROP INDEX "event_tenant_id_Kind_lower_idx";
SELECT * FROM index_advice('event');
SELECT ddl FROM index_advice('event') WHERE ddl IS NOT NULL \gexec
SELECT target, index_name FROM scoped_table WHERE target::text ~ 'event' ORDER BY 1;
-- what broke off is finished, and not begun anew under other names: after two statements ...
DROP INDEX event_1_tenant_id_id_idx, own;
CREATE INDEX by_kind ON event (lower("Kind"), at DESC) INCLUDE (at, id, tenant_id) WHERE id > 0;
SELECT ddl FROM (SELECT row_number() OVER () AS n, ddl FROM index_advice('event')) s WHERE n <= 2 \gexec
SELECT index_name, advice, reason FROM index_advice('event') LIMIT 1;
SELECT ddl FROM index_advice('event');
-- ... after a build on a partition that failed (and behind one under another name) ...
CREATE INDEX event_2_other ON ONLY event_2 USING btree (tenant_id, lower("Kind"), at DESC) INCLUDE (at, id) WHERE id > 0;
CREATE INDEX event_21_other ON event_21 USING btree (tenant_id, lower("Kind"), at DESC) INCLUDE (at, id) WHERE id > 0;
CREATE INDEX event_21_no_include_order ON event_21 USING btree (tenant_id, lower("Kind"), at DESC) INCLUDE (id, at) WHERE id > 0;
CREATE INDEX event_21_no_order ON event_21 USING btree (tenant_id, lower("Kind"), at) INCLUDE (at, id) WHERE id > 0;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'event_21_other'::regclass;
SELECT ddl FROM index_advice('event');
-- ... and after that one was attached all the same
ALTER INDEX event_2_other ATTACH PARTITION event_21_other;
SELECT ddl FROM index_advice('event') \gexec
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid IN (SELECT relid FROM pg_partition_tree('event')) ORDER BY indrelid, indexrelid;
SELECT index_name, advice, ddl FROM index_advice('event');
DROP INDEX by_kind, event_21_no_include_order, event_21_no_order;
-- the index by the tenant alone, too
DROP INDEX "event_tenant_id_lower_at_idx", event_tenant_id_djust_idx;
SELECT ddl FROM (SELECT row_number() OVER () AS n, ddl FROM index_advice('event')) s WHERE n <= 3 \gexec
SELECT advice, ddl FROM index_advice('event');
SELECT ddl FROM index_advice('event') \gexec
SELECT * FROM index_advice('event');
-- a partition's own index that fits is attached, in place of another one like it; one that is another is not
CREATE INDEX by_id ON event (id, at);
CREATE INDEX fits ON event_1 (tenant_id, id, at);
CREATE INDEX fits_not ON event_21 (tenant_id, id, at DESC);
SELECT ddl FROM index_advice('event') \gexec
SELECT inhparent::regclass, inhrelid::regclass FROM pg_inherits WHERE inhrelid IN ('fits'::regclass, 'fits_not'::regclass);
SELECT index_name, advice, ddl FROM index_advice('event');
SELECT ddl FROM index_advice('event') \gexec
DROP INDEX fits_not;
-- a key is finished by whoever began it: what it shall mean is not known here
CREATE UNIQUE INDEX half_unique ON ONLY event (tenant_id, id, at);
SELECT index_name, advice, ddl FROM index_advice('event');
DROP INDEX half_unique;

-- names of 63 bytes, that differ in their last one; the names of new indexes do not meet
SELECT repeat('n', 30) || ' "x" ' || repeat('n', 27) AS n62, repeat('ä', 31) AS column62 \gset
CREATE TABLE :"n62" (id int, :"column62" text, :"n62" int, tenant_id text) PARTITION BY RANGE (id);
SELECT format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', :'n62' || n, :'n62', n, n + 1) FROM generate_series(1, 3) n \gexec
SELECT scope_table(quote_ident(:'n62'));
SELECT format('DROP INDEX %s', index_name) FROM scoped_table WHERE target = quote_ident(:'n62')::regclass \gexec
CREATE INDEX :"column62" ON :"n62" (:"column62", :"n62" DESC);
CREATE INDEX ON :"n62" (:"column62" DESC, :"n62" DESC);
SELECT ddl FROM index_advice(quote_ident(:'n62')::regclass) WHERE ddl IS NOT NULL \gexec
SELECT index_name, advice, length(ddl) > 70 AS long FROM index_advice(quote_ident(:'n62')::regclass);
SELECT relname, octet_length(relname) FROM pg_class JOIN pg_index ON pg_class.oid = indexrelid
 WHERE indrelid = quote_ident(:'n62')::regclass ORDER BY pg_class.oid;
-- scope_table_sql names the indexes of such partitions apart, too
SELECT unscope_table(quote_ident(:'n62'));
SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index WHERE indrelid = quote_ident(:'n62')::regclass ORDER BY indexrelid \gexec
SELECT scope_table_sql(quote_ident(:'n62')::regclass) \gexec
SELECT count(*), bool_and(policy_ok AND index_name IS NOT NULL) FROM scoped_table WHERE target::text LIKE '%nnnn%';

-- the largest index has no room
SELECT format('CREATE TABLE wide (tenant_id text, %s)', string_agg('c' || n || ' int', ', ')) FROM generate_series(1, 32) n \gexec
SELECT format('CREATE INDEX full_up ON wide (%s)', string_agg('c' || n, ', ')) FROM generate_series(1, 32) n \gexec
SELECT format('CREATE INDEX one_left ON wide (%s)', string_agg('c' || n, ', ')) FROM generate_series(2, 32) n \gexec
SELECT scope_table('wide');
SELECT index_name, advice, reason, left(ddl, 90) FROM index_advice('wide');

-- a child of plain inheritance has its own indexes; a temporary table
CREATE TABLE person (id int, tenant_id text);
CREATE TABLE employee (boss int) INHERITS (person);
SELECT scope_table('person');
CREATE INDEX ON employee (boss);
SELECT index_name, advice FROM index_advice('person');
SELECT index_name, advice, ddl FROM index_advice('employee');
CREATE TEMP TABLE scratch (id int, tenant_id text);
SELECT scope_table('scratch');
CREATE INDEX scratch_id ON scratch (id);
SELECT index_name, advice, ddl FROM index_advice('scratch');
SELECT ddl FROM index_advice('scratch') WHERE ddl IS NOT NULL \gexec
DROP TABLE scratch;

-- who may ask, and of what
CREATE TABLE unscoped (id int);
CREATE VIEW a_view AS SELECT 1 AS one;
SELECT * FROM index_advice('unscoped');
SELECT * FROM index_advice('a_view');
SELECT * FROM index_advice('i1_no_such');
SELECT * FROM index_advice('unique_number');
SELECT * FROM index_advice('djust_tenants.tenant');
SELECT * FROM index_advice(NULL);
SELECT * FROM index_advice(0);
SET ROLE regress_advice_app;
SELECT * FROM index_advice('item');
SELECT * FROM index_advice('unscoped');
RESET ROLE;
-- the owner of a table asks for it and runs what is said, where its own names are in the way
SET ROLE regress_advice_owner;
CREATE TABLE owned (id int, name text, tenant_id bigint);
SELECT scope_table('owned', backfill => '1');
CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'mine' $$;
CREATE INDEX o1 ON owned ("Advice Test".lower(name), pg_catalog.lower(name));
SELECT index_name, advice, ddl FROM index_advice('owned');
SELECT ddl FROM index_advice('owned') WHERE ddl IS NOT NULL \gexec
SELECT pg_get_indexdef('owned_tenant_id_lower_lower1_idx'::regclass);
RESET ROLE;
SELECT index_name, advice, ddl FROM index_advice('owned');
SET ROLE regress_advice_app;
SELECT * FROM index_advice('owned');
RESET ROLE;
-- row security off: not scoped at this time
ALTER TABLE owned DISABLE ROW LEVEL SECURITY;
SELECT * FROM index_advice('owned');

DROP SCHEMA "Advice Test" CASCADE;
DROP SCHEMA "Other Schema" CASCADE;
DROP TABLESPACE regress_advice_space;
DROP EXTENSION IF EXISTS btree_gin, btree_gist;
DROP OWNED BY regress_advice_owner, regress_advice_app;
DROP ROLE regress_advice_owner;
DROP ROLE regress_advice_app;
