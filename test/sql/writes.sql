-- Every path by which a row gets into a scoped table: a missing tenant is stamped, an equal one kept, another refused.
LOAD 'djust_tenants';
CREATE SCHEMA "Writes Test";
CREATE ROLE regress_writes_app;
CREATE ROLE regress_writes_bypass BYPASSRLS;
GRANT USAGE ON SCHEMA "Writes Test" TO regress_writes_app, regress_writes_bypass;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Writes Test" GRANT ALL ON TABLES TO regress_writes_app, regress_writes_bypass;
SET search_path TO "Writes Test";
\pset null '(null)'

CREATE TABLE note (id int PRIMARY KEY, tenant_id text, body text DEFAULT 'empty');
CREATE TABLE inbox (id int PRIMARY KEY, who text);
INSERT INTO inbox VALUES (100, 'acme'), (101, NULL), (102, 'globex');
SELECT djust_tenants.scope_table('note');
SET ROLE regress_writes_app;

-- without a tenant: 55000 and nothing is written
INSERT INTO note VALUES (1, 'acme');
\set VERBOSITY sqlstate
INSERT INTO note (id) VALUES (1);
INSERT INTO note VALUES (1, NULL), (2, DEFAULT);
INSERT INTO note SELECT id, who FROM inbox;
INSERT INTO note (id) SELECT id FROM inbox WHERE false;
UPDATE note SET body = 'x';
DELETE FROM note;
MERGE INTO note USING inbox ON note.id = inbox.id WHEN NOT MATCHED THEN INSERT (id) VALUES (inbox.id);
WITH made AS (INSERT INTO note (id) VALUES (1) RETURNING id) SELECT * FROM made;
\set VERBOSITY default
SELECT * FROM note;

-- INSERT: omitted, NULL, DEFAULT, equal; then another tenant's
SET djust_tenants.tenant_id = 'acme';
INSERT INTO note (id) VALUES (1);
INSERT INTO note VALUES (2, NULL, 'null');
INSERT INTO note VALUES (3, DEFAULT, DEFAULT);
INSERT INTO note VALUES (4, 'acme', 'equal');
INSERT INTO note (tenant_id, id) VALUES (NULLIF('a', 'a'), 5);
INSERT INTO note VALUES (9, 'globex');
\set VERBOSITY sqlstate
INSERT INTO note VALUES (9, '');
INSERT INTO note VALUES (9, 'ACME');
INSERT INTO note DEFAULT VALUES;
\set VERBOSITY default
-- the error's fields name the table and the column
DO $$
DECLARE s text; t text; c text;
BEGIN
    INSERT INTO note VALUES (9, 'globex');
EXCEPTION WHEN insufficient_privilege THEN
    GET STACKED DIAGNOSTICS s = SCHEMA_NAME, t = TABLE_NAME, c = COLUMN_NAME;
    RAISE NOTICE '%, %, %', s, t, c;
END $$;
-- several rows: all or none
INSERT INTO note VALUES (6, NULL), (7, DEFAULT), (8, 'acme') RETURNING *;
\set VERBOSITY sqlstate
INSERT INTO note VALUES (20, NULL), (21, 'acme'), (22, 'globex');
\set VERBOSITY default
-- INSERT ... SELECT
INSERT INTO note SELECT id, who FROM inbox WHERE id < 102;
\set VERBOSITY sqlstate
INSERT INTO note SELECT id + 1000, who FROM inbox;
\set VERBOSITY default
INSERT INTO note (id) SELECT id + 10 FROM inbox ORDER BY id RETURNING id, tenant_id;
TABLE note ORDER BY id;

-- an equal one in an UPDATE is kept; another or NULL is refused, in this table and by this message
UPDATE note SET tenant_id = 'acme', body = 'updated' WHERE id = 1 RETURNING *;
UPDATE note SET tenant_id = 'globex' WHERE id = 1;
UPDATE note SET tenant_id = NULL WHERE id = 1;
\set VERBOSITY sqlstate
UPDATE note SET tenant_id = CASE WHEN id = 112 THEN 'globex' ELSE 'acme' END;
\set VERBOSITY default
UPDATE note SET tenant_id = DEFAULT WHERE id = 1 RETURNING *;

-- ON CONFLICT
INSERT INTO note (id, body) VALUES (1, 'again') ON CONFLICT DO NOTHING;
INSERT INTO note (id, body) VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET body = excluded.body RETURNING *;
INSERT INTO note (id, tenant_id) VALUES (1, NULL)
    ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id, body = 'from excluded' RETURNING *;
INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET tenant_id = NULL, body = 'null' RETURNING *;
INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET tenant_id = DEFAULT, body = 'default' RETURNING *;
INSERT INTO note (id) VALUES (1), (30)
    ON CONFLICT (id) DO UPDATE SET (tenant_id, body) = (SELECT 'acme', 'row') RETURNING *;
\set VERBOSITY sqlstate
INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET tenant_id = 'globex';
INSERT INTO note (id, tenant_id) VALUES (1, 'globex') ON CONFLICT (id) DO UPDATE SET body = 'x';
INSERT INTO note (id, tenant_id) VALUES (1, 'globex') ON CONFLICT DO NOTHING;
\set VERBOSITY default

-- MERGE
MERGE INTO note USING (VALUES (1, 'acme'), (40, NULL), (41, 'acme')) AS s(id, who) ON note.id = s.id
    WHEN MATCHED THEN UPDATE SET body = 'merged'
    WHEN NOT MATCHED AND who IS NULL THEN INSERT (id, body) VALUES (s.id, 'merged, omitted')
    WHEN NOT MATCHED THEN INSERT (id, tenant_id, body) VALUES (s.id, s.who, 'merged, equal');
MERGE INTO note USING (VALUES (42)) AS s(id) ON note.id = s.id
    WHEN NOT MATCHED THEN INSERT VALUES (s.id, NULL, 'merged, null');
MERGE INTO note USING (VALUES (43)) AS s(id) ON note.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id, DEFAULT);
MERGE INTO note USING (VALUES (43)) AS s(id) ON note.id = s.id WHEN MATCHED THEN DELETE;
TABLE note ORDER BY id;
MERGE INTO note USING (VALUES (44)) AS s(id) ON note.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'globex');
MERGE INTO note USING (VALUES (1)) AS s(id) ON note.id = s.id WHEN MATCHED THEN UPDATE SET tenant_id = 'globex';
\set VERBOSITY sqlstate
MERGE INTO note USING (VALUES (1)) AS s(id) ON note.id = s.id WHEN MATCHED THEN UPDATE SET tenant_id = NULL;
\set VERBOSITY default

-- CTEs
WITH made AS (INSERT INTO note (id) VALUES (50) RETURNING *),
     moved AS (UPDATE note SET body = 'moved' WHERE id = 1 RETURNING *)
SELECT * FROM made UNION ALL SELECT * FROM moved ORDER BY id;
WITH gone AS (DELETE FROM note WHERE id = 50 RETURNING *)
INSERT INTO note SELECT 51, NULL, g.body FROM gone g RETURNING *;
WITH RECURSIVE n(i) AS (SELECT 60 UNION ALL SELECT i + 1 FROM n WHERE i < 62) INSERT INTO note (id) SELECT i FROM n;
\set VERBOSITY sqlstate
WITH made AS (INSERT INTO note VALUES (70, NULL), (71, 'globex') RETURNING *) SELECT 1;
WITH made AS (INSERT INTO note VALUES (70, 'globex') RETURNING *) SELECT 1;
WITH moved AS (UPDATE note SET tenant_id = 'globex' RETURNING *) SELECT 1;
\set VERBOSITY default
SELECT id, tenant_id FROM note WHERE id >= 50 ORDER BY id;
DELETE FROM note WHERE id > 10;
RESET ROLE;

-- views: automatically updatable, with a check option, security_invoker, without the column, and with INSTEAD rules
CREATE VIEW note_view AS SELECT * FROM note;
CREATE VIEW note_checked AS SELECT * FROM note WHERE id < 1000 WITH CHECK OPTION;
CREATE VIEW note_invoker WITH (security_invoker) AS SELECT * FROM note;
CREATE VIEW note_bare WITH (security_invoker) AS SELECT id, body FROM note;
CREATE VIEW note_ruled WITH (security_invoker) AS SELECT id, body FROM note;
CREATE RULE put AS ON INSERT TO note_ruled DO INSTEAD INSERT INTO note (id, body) VALUES (NEW.id, NEW.body) RETURNING id, body;
CREATE TABLE log (id int, tenant_id text, what text);
SELECT djust_tenants.scope_table('log');
CREATE RULE logged AS ON INSERT TO note DO ALSO INSERT INTO log (id, what) VALUES (NEW.id, 'rule as ' || NEW.tenant_id);
CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "Writes Test".log VALUES (NEW.id, NULL, 'trigger saw ' || NEW.tenant_id);
    RETURN NEW;
END $$;
CREATE TRIGGER logged BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION logged();
-- an ordinary view of a role that row-level security does not bind (here a superuser) does not bind its readers either
ALTER VIEW note_view OWNER TO regress_writes_app;
ALTER VIEW note_checked OWNER TO regress_writes_app;
ALTER TABLE note OWNER TO regress_writes_app;
SET ROLE regress_writes_app;
INSERT INTO note_view (id) VALUES (10) RETURNING *;
-- (a DO ALSO rule reads the statement as it was written: NULL for NULL; the row that it logs is stamped all the same)
INSERT INTO note_checked VALUES (11, NULL) RETURNING *;
INSERT INTO note_invoker VALUES (12, DEFAULT), (13, 'acme') RETURNING *;
INSERT INTO note_bare VALUES (14) RETURNING *;
INSERT INTO note_ruled VALUES (15, 'ruled') RETURNING *;
\set VERBOSITY sqlstate
INSERT INTO note_view VALUES (16, 'globex');
INSERT INTO note_checked VALUES (16, 'globex');
INSERT INTO note_checked VALUES (1000, NULL);
UPDATE note_invoker SET tenant_id = 'globex';
\set VERBOSITY default
SELECT id, tenant_id, body FROM note WHERE id >= 10 ORDER BY id;
TABLE log ORDER BY id, what;
-- a trigger that names another tenant is refused too
RESET ROLE;
CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.tenant_id := 'globex'; RETURN NEW; END $$;
CREATE TRIGGER zz_forge BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION forge();
SET ROLE regress_writes_app;
\set VERBOSITY sqlstate
INSERT INTO note (id) VALUES (17);
\set VERBOSITY default
RESET ROLE;
DROP TRIGGER zz_forge ON note;
DROP TRIGGER logged ON note;
DROP RULE logged ON note;
INSERT INTO note_bare VALUES (14, 'again') ON CONFLICT (id) DO UPDATE SET body = excluded.body RETURNING *;
SET ROLE regress_writes_app;

-- PREPAREd, as custom and as generic plan, used by two tenants in turn
PREPARE put(int, text) AS INSERT INTO note (id, tenant_id) VALUES ($1, $2) RETURNING id, tenant_id;
PREPARE put_bare(int) AS INSERT INTO note (id) VALUES ($1) RETURNING id, tenant_id;
PREPARE take AS SELECT id, tenant_id FROM note WHERE id >= 200 ORDER BY id;
SET plan_cache_mode = force_custom_plan;
EXECUTE put(200, NULL);
EXECUTE put_bare(201);
SET djust_tenants.tenant_id = 'globex';
EXECUTE put(202, NULL);
EXECUTE put_bare(203);
EXECUTE take;
SET plan_cache_mode = force_generic_plan;
EXECUTE put(204, NULL);
EXECUTE put_bare(205);
EXECUTE take;
SET djust_tenants.tenant_id = 'acme';
EXECUTE put(206, NULL);
EXECUTE put(207, 'acme');
EXECUTE put_bare(208);
EXECUTE take;
\set VERBOSITY sqlstate
EXECUTE put(209, 'globex');
RESET djust_tenants.tenant_id;
EXECUTE put(209, 'acme');
EXECUTE put(209, NULL);
EXECUTE put_bare(209);
\set VERBOSITY default
EXECUTE take;
RESET plan_cache_mode;
DEALLOCATE ALL;

-- PL/pgSQL: its plans are cached as well
CREATE FUNCTION pg_temp.put(first int, tenant text) RETURNS TABLE(id int, tenant_id text) LANGUAGE plpgsql AS $$
DECLARE made int;
BEGIN
    PERFORM set_config('djust_tenants.tenant_id', tenant, true);
    FOR i IN first .. first + 7 LOOP
        INSERT INTO note (id) VALUES (i) RETURNING note.id INTO made;
    END LOOP;
    RETURN QUERY SELECT n.id, n.tenant_id FROM note n WHERE n.id BETWEEN first + 6 AND first + 10 ORDER BY 1;
END $$;
BEGIN;
SELECT * FROM pg_temp.put(300, 'acme');
SELECT * FROM pg_temp.put(308, 'globex');
SELECT * FROM pg_temp.put(316, 'acme');
COMMIT;

-- COPY TO gives the tenant's rows (COPY FROM has a suite of its own, copy)
SET djust_tenants.tenant_id = 'globex';
COPY (SELECT id, tenant_id FROM note WHERE id < 300 ORDER BY id) TO STDOUT;
DELETE FROM note WHERE id BETWEEN 300 AND 400;
COPY note TO STDOUT;
RESET djust_tenants.tenant_id;
COPY note TO STDOUT;
CREATE TEMP TABLE staged (LIKE inbox);
COPY staged FROM STDIN;
400	acme
401	\N
\.
SET djust_tenants.tenant_id = 'acme';
INSERT INTO note SELECT id, who FROM staged RETURNING id, tenant_id;
DROP TABLE staged;
RESET ROLE;

-- a role that bypasses row-level security: stamped when a tenant is set, free to write any explicit tenant
ALTER TABLE note OWNER TO CURRENT_USER;
GRANT ALL ON note TO regress_writes_app;
TRUNCATE note;
SET ROLE regress_writes_bypass;
INSERT INTO note (id) VALUES (1);
INSERT INTO note VALUES (2, NULL), (3, DEFAULT), (4, 'globex');
INSERT INTO note SELECT id, who FROM inbox;
INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET tenant_id = 'initech';
MERGE INTO note USING (VALUES (5, NULL), (6, 'globex')) AS s(id, who) ON note.id = s.id
    WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.who);
WITH made AS (INSERT INTO note (id) VALUES (7) RETURNING tenant_id) SELECT * FROM made;
TABLE note ORDER BY id;
COPY note (id, tenant_id) FROM STDIN;
500	globex
502	\N
\.
COPY note (id) FROM STDIN;
501
\.
RESET ROLE;
INSERT INTO note (id) VALUES (8), (9) RETURNING tenant_id;
SELECT id, tenant_id FROM note WHERE id >= 8 ORDER BY id;
RESET djust_tenants.tenant_id;
\set VERBOSITY sqlstate
INSERT INTO note (id) VALUES (10);
\set VERBOSITY default
INSERT INTO note VALUES (10, 'acme') RETURNING tenant_id;
SELECT count(*) FROM note;

-- the stamp is what triggers, generated columns and CHECK constraints see
CREATE TABLE product (
    label text GENERATED ALWAYS AS (tenant_id || '/' || name) STORED,
    gone int,
    id int GENERATED ALWAYS AS IDENTITY,
    name text,
    tenant_id text NOT NULL CHECK (tenant_id <> 'forbidden')
);
ALTER TABLE product DROP COLUMN gone;
SELECT djust_tenants.scope_table('product');
GRANT ALL ON product TO regress_writes_app;
SET ROLE regress_writes_app;
SET djust_tenants.tenant_id = 'acme';
INSERT INTO product (name) VALUES ('anvil'), ('rocket') RETURNING *;
INSERT INTO product (id, name) OVERRIDING SYSTEM VALUE SELECT 7, 'system value' RETURNING *;
INSERT INTO product (id, name) OVERRIDING USER VALUE VALUES (100, 'user value') RETURNING *;
SET djust_tenants.tenant_id = 'forbidden';
\set VERBOSITY sqlstate
INSERT INTO product (name) VALUES ('x');
\set VERBOSITY default

-- a default that is not ours any more: the refusal says so, scoping again cures it
RESET ROLE;
ALTER TABLE note ALTER tenant_id SET DEFAULT 'globex';
SET ROLE regress_writes_app;
SET djust_tenants.tenant_id = 'acme';
INSERT INTO note (id) VALUES (801);
INSERT INTO note (id, tenant_id) VALUES (801, NULL) RETURNING *;
RESET ROLE;
SELECT djust_tenants.scope_table('note');
SET ROLE regress_writes_app;
INSERT INTO note (id) VALUES (802) RETURNING *;

RESET ROLE;
RESET djust_tenants.tenant_id;
RESET search_path;
DROP FUNCTION pg_temp.put(int, text);
SET client_min_messages = warning;
DROP SCHEMA "Writes Test" CASCADE;
DROP ROLE regress_writes_app, regress_writes_bypass;
