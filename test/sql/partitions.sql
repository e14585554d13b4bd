-- Partitions and inheritance children: scoped before anyone can read them directly.
LOAD 'djust_tenants';
CREATE SCHEMA "Partitions Test";
CREATE ROLE regress_partitions_app;
CREATE ROLE regress_partitions_owner;
GRANT ALL ON SCHEMA "Partitions Test" TO regress_partitions_owner;
GRANT USAGE ON SCHEMA "Partitions Test" TO regress_partitions_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Partitions Test" GRANT ALL ON TABLES TO regress_partitions_app;
SET search_path TO "Partitions Test";
CREATE VIEW state AS SELECT target::text, tenant_column, policy_ok FROM djust_tenants.scoped_table ORDER BY target::text;

-- what is there before, and what comes after: created, sub-partitioned, default, with another column order
CREATE TABLE event (id int, day int, tenant_id text, body text) PARTITION BY RANGE (day);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
CREATE TABLE event_2_a PARTITION OF event_2 FOR VALUES IN (1, 2, 3);
INSERT INTO event VALUES (1, 1, 'acme'), (2, 1, 'globex'), (1, 11, 'acme'), (2, 11, 'globex');
SELECT djust_tenants.scope_table('event');
CREATE TABLE "event 3" PARTITION OF event FOR VALUES FROM (20) TO (30);
CREATE TABLE event_4 PARTITION OF event FOR VALUES FROM (30) TO (40) PARTITION BY HASH (id);
CREATE TABLE event_4_0 PARTITION OF event_4 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
-- (PostgreSQL itself asks what is attached for NOT NULL)
CREATE TABLE attached (body text, gone int, tenant_id text NOT NULL, id int, day int);
ALTER TABLE attached DROP COLUMN gone;
INSERT INTO attached VALUES ('old', 'globex', 1, 41);
ALTER TABLE event ATTACH PARTITION attached FOR VALUES FROM (40) TO (50);
CREATE TABLE tree (id int, day int, tenant_id text NOT NULL, body text) PARTITION BY LIST (id);
CREATE TABLE tree_1 PARTITION OF tree FOR VALUES IN (1);
ALTER TABLE event ATTACH PARTITION tree FOR VALUES FROM (50) TO (60);
CREATE SCHEMA "Partitions Test 2"
    CREATE TABLE event_6 PARTITION OF "Partitions Test".event FOR VALUES FROM (60) TO (70);
GRANT USAGE ON SCHEMA "Partitions Test 2" TO regress_partitions_app;
GRANT ALL ON "Partitions Test 2".event_6 TO regress_partitions_app;
TABLE state;
\d event_2_a
\d attached

-- every partition stamps, read directly and through its parents
SET ROLE regress_partitions_app;
SET djust_tenants.tenant_id = 'acme';
INSERT INTO event (id, day) VALUES (1, 2), (1, 12), (1, 22), (1, 32), (1, 42), (1, 52), (1, 62), (1, 72) RETURNING tableoid::regclass, tenant_id;
INSERT INTO event_1 (id, day) VALUES (3, 3) RETURNING tenant_id;
INSERT INTO event_2 VALUES (3, 13, NULL) RETURNING tenant_id;
INSERT INTO event_2_a VALUES (3, 14, DEFAULT) RETURNING tenant_id;
INSERT INTO attached (id, day) VALUES (3, 43), (3, 44) RETURNING *;
MERGE INTO event USING (VALUES (4, 3), (4, 43)) AS s(id, day) ON event.id = s.id AND event.day = s.day
    WHEN NOT MATCHED THEN INSERT (id, day) VALUES (s.id, s.day);
\set VERBOSITY sqlstate
INSERT INTO event VALUES (1, 4, 'globex');
INSERT INTO event_2 VALUES (1, 14, 'globex');
INSERT INTO event_2_a VALUES (1, 14, 'globex');
INSERT INTO attached (id, day, tenant_id) VALUES (1, 44, 'globex');
UPDATE event SET tenant_id = 'globex' WHERE day = 2;
UPDATE event_1 SET tenant_id = 'globex';
UPDATE event SET tenant_id = 'globex', day = 45 WHERE day = 2;
\set VERBOSITY default
-- a move between partitions
UPDATE event SET day = 25 WHERE day = 2 RETURNING tableoid::regclass, *;
SELECT tableoid::regclass, count(*) FROM event GROUP BY 1 ORDER BY 1::text;
SELECT (SELECT count(*) FROM event_1), (SELECT count(*) FROM event_2), (SELECT count(*) FROM event_2_a),
       (SELECT count(*) FROM attached), (SELECT count(*) FROM attached WHERE tenant_id <> 'acme');
RESET djust_tenants.tenant_id;
SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM event_1), (SELECT count(*) FROM event_2_a), (SELECT count(*) FROM attached);
\set VERBOSITY sqlstate
INSERT INTO event_1 VALUES (1, 1, 'acme');
INSERT INTO event_2_a VALUES (1, 11, 'acme');
\set VERBOSITY default
RESET ROLE;

-- detached: stays scoped
ALTER TABLE event DETACH PARTITION attached;
ALTER TABLE event_2 DETACH PARTITION event_2_a;
SELECT * FROM state WHERE target ~ '^(attached|event_2)';
SELECT djust_tenants.unscope_table('event_1');
-- a scoped one goes in again, or below a parent of its own; not below an unscoped one
ALTER TABLE event ATTACH PARTITION attached FOR VALUES FROM (40) TO (50);
CREATE TABLE unscoped (body text, tenant_id text, id int, day int) PARTITION BY RANGE (day);
ALTER TABLE event DETACH PARTITION attached;
ALTER TABLE unscoped ATTACH PARTITION attached FOR VALUES FROM (40) TO (50);
CREATE TABLE below () INHERITS (attached);
SELECT * FROM state WHERE target = 'below';
ALTER TABLE below NO INHERIT attached;
CREATE TABLE plain_parent (id int);
SET client_min_messages = warning;
ALTER TABLE below INHERIT plain_parent;
CREATE TABLE two_parents () INHERITS (plain_parent, attached);
RESET client_min_messages;
-- NULLs in what is attached
CREATE TABLE with_nulls (id int, day int, tenant_id text, body text);
INSERT INTO with_nulls VALUES (1, 81, NULL);
\set VERBOSITY sqlstate
ALTER TABLE event ATTACH PARTITION with_nulls FOR VALUES FROM (80) TO (90);
\set VERBOSITY default
SELECT djust_tenants.scope_table('with_nulls', backfill => 'acme');
ALTER TABLE event ATTACH PARTITION with_nulls FOR VALUES FROM (80) TO (90);
-- foreign tables have no row security
CREATE FOREIGN DATA WRAPPER regress_partitions_fdw;
CREATE SERVER regress_partitions_server FOREIGN DATA WRAPPER regress_partitions_fdw;
CREATE FOREIGN TABLE event_far PARTITION OF event FOR VALUES FROM (90) TO (100) SERVER regress_partitions_server;
CREATE FOREIGN TABLE far (id int, day int, tenant_id text NOT NULL, body text) SERVER regress_partitions_server;
ALTER TABLE event ATTACH PARTITION far FOR VALUES FROM (90) TO (100);
CREATE FOREIGN TABLE far_child () INHERITS (attached) SERVER regress_partitions_server;
CREATE TABLE half_far (id int, day int, tenant_id text NOT NULL, body text) PARTITION BY LIST (id);
CREATE FOREIGN TABLE half_far_1 PARTITION OF half_far FOR VALUES IN (1) SERVER regress_partitions_server;
SELECT djust_tenants.scope_table('half_far');
\set VERBOSITY sqlstate
ALTER TABLE event ATTACH PARTITION half_far FOR VALUES FROM (90) TO (100);
\set VERBOSITY default
SELECT * FROM state WHERE target ~ 'far';

-- scope_table on a member names its parent
CREATE TABLE root (id int, tenant_id text) PARTITION BY LIST (id);
CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1);
SELECT djust_tenants.scope_table('leaf');
-- by an owner who is no superuser
SET ROLE regress_partitions_owner;
CREATE TABLE owned (id int) PARTITION BY LIST (id);
CREATE TABLE owned_1 PARTITION OF owned FOR VALUES IN (1);
SELECT djust_tenants.scope_table('owned');
CREATE TABLE owned_2 PARTITION OF owned FOR VALUES IN (2);
RESET ROLE;
SELECT * FROM state WHERE target ~ '^owned';

-- a partition's own policies are ANDed with the floor
CREATE TABLE event_7 (id int, day int, tenant_id text NOT NULL, body text);
CREATE POLICY everything ON event_7 USING (true);
ALTER TABLE event ATTACH PARTITION event_7 FOR VALUES FROM (100) TO (110);
SELECT polname FROM pg_policy WHERE polrelid = 'event_7'::regclass ORDER BY 1;

-- partitioned by the tenant itself
CREATE TABLE by_tenant (id int, tenant_id text) PARTITION BY LIST (tenant_id);
CREATE TABLE by_tenant_acme PARTITION OF by_tenant FOR VALUES IN ('acme');
CREATE TABLE by_tenant_rest PARTITION OF by_tenant DEFAULT;
SELECT djust_tenants.scope_table('by_tenant');
SET ROLE regress_partitions_app;
SET djust_tenants.tenant_id = 'acme';
INSERT INTO by_tenant (id) VALUES (1) RETURNING tableoid::regclass, *;
SET djust_tenants.tenant_id = 'globex';
INSERT INTO by_tenant VALUES (2, NULL), (3, DEFAULT) RETURNING tableoid::regclass, *;
\set VERBOSITY sqlstate
INSERT INTO by_tenant_acme (id) VALUES (4);
INSERT INTO by_tenant_acme VALUES (4, 'acme');
\set VERBOSITY default
RESET djust_tenants.tenant_id;
RESET ROLE;

-- inheritance, also multiple
CREATE TABLE person (id int, tenant_id text);
CREATE TABLE named (name text, tenant_id text);
CREATE TABLE employee (salary int) INHERITS (person);
INSERT INTO employee VALUES (1, 'acme', 10), (2, 'globex', 20);
SELECT djust_tenants.scope_table('person');
CREATE TABLE manager () INHERITS (employee);
CREATE TABLE star () INHERITS (named, manager);
SELECT djust_tenants.scope_table('named');
CREATE TABLE star () INHERITS (named, manager);
CREATE TABLE later (id int, tenant_id text NOT NULL);
INSERT INTO later VALUES (3, 'globex');
ALTER TABLE later INHERIT person;
SELECT * FROM state WHERE target IN ('person', 'named', 'employee', 'manager', 'star', 'later');
SET ROLE regress_partitions_app;
SET djust_tenants.tenant_id = 'acme';
INSERT INTO star (name, id) VALUES ('x', 5) RETURNING *;
INSERT INTO manager (id) VALUES (6) RETURNING *;
INSERT INTO later (id) VALUES (7) RETURNING *;
SELECT tableoid::regclass, id, tenant_id FROM person ORDER BY id;
SELECT * FROM employee ORDER BY id;
SELECT * FROM later ORDER BY id;
UPDATE person SET id = id + 10;
DELETE FROM named RETURNING *;
\set VERBOSITY sqlstate
INSERT INTO star (name, tenant_id) VALUES ('y', 'globex');
UPDATE person SET tenant_id = 'globex';
\set VERBOSITY default
RESET djust_tenants.tenant_id;
RESET ROLE;
SELECT * FROM later ORDER BY id;
ALTER TABLE later NO INHERIT person;
SELECT * FROM state WHERE target = 'later';

-- unscope takes the tree
SELECT djust_tenants.unscope_table('event');
SELECT * FROM state WHERE target ~ '^(event|tree)' OR target = 'with_nulls';

-- a table that is scoped by another column cannot come below, in any way
CREATE TABLE ranged (id int, tenant_id text, org text) PARTITION BY RANGE (id);
SELECT djust_tenants.scope_table('ranged');
CREATE TABLE by_org (id int, tenant_id text NOT NULL, org text);
SELECT djust_tenants.scope_table('by_org', 'org');
ALTER TABLE ranged ATTACH PARTITION by_org FOR VALUES FROM (1) TO (10);
CREATE TABLE parent_by_tenant (id int, tenant_id text);
SELECT djust_tenants.scope_table('parent_by_tenant');
ALTER TABLE by_org INHERIT parent_by_tenant;
CREATE TABLE parent_by_org (k int, org text);
SELECT djust_tenants.scope_table('parent_by_org', 'org');
CREATE TABLE of_both () INHERITS (parent_by_tenant, parent_by_org);
SELECT to_regclass('of_both');

-- one that has our policies and is open is closed in the command that attaches it, its leaves too
CREATE TABLE opened (id int, tenant_id text NOT NULL, org text);
CREATE TABLE unforced (id int, tenant_id text NOT NULL, org text) PARTITION BY RANGE (id);
CREATE TABLE opened_leaf PARTITION OF unforced FOR VALUES FROM (20) TO (25);
SELECT djust_tenants.scope_table('opened'), djust_tenants.scope_table('unforced');
ALTER TABLE opened DISABLE ROW LEVEL SECURITY;
ALTER TABLE unforced NO FORCE ROW LEVEL SECURITY;
ALTER TABLE opened_leaf DISABLE ROW LEVEL SECURITY;
SELECT * FROM state WHERE target IN ('opened', 'unforced', 'opened_leaf');
ALTER TABLE ranged ATTACH PARTITION opened FOR VALUES FROM (10) TO (20);
ALTER TABLE ranged ATTACH PARTITION unforced FOR VALUES FROM (20) TO (30);
SELECT * FROM state WHERE target IN ('opened', 'unforced', 'opened_leaf');

-- a child of two scoped parents stays when one of them is to be unscoped
CREATE TABLE second_parent (k int, tenant_id text);
SELECT djust_tenants.scope_table('second_parent');
CREATE TABLE child_of_two () INHERITS (parent_by_tenant, second_parent);
SELECT djust_tenants.unscope_table('second_parent');
SELECT * FROM state WHERE target IN ('second_parent', 'child_of_two');

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA "Partitions Test" CASCADE;
DROP SCHEMA "Partitions Test 2" CASCADE;
DROP FOREIGN DATA WRAPPER regress_partitions_fdw CASCADE;
DROP ROLE regress_partitions_app, regress_partitions_owner;
