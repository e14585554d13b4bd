# shellcheck shell=bash
# The demonstration on the bundled application (demo/app.sql). Sourced by scripts/demo.

load_app() {
    "$PSQL" -Xq -v ON_ERROR_STOP=1 -U postgres -d demo -f "$ROOT/demo/app.sql"
}

show_app() {
    heading "The application: two customers, acme and globex, in the same two tables (read as superuser)."
    show postgres <<'SQL'
SELECT * FROM projects;
SELECT * FROM tasks;
SQL

    heading "The owner makes both tables tenant-scoped: one call a table, no change to the application."
    show postgres <<'SQL'
SELECT djust_tenants.scope_table('projects'), djust_tenants.scope_table('tasks');
SQL

    heading "A request for acme.taskhub.example comes in. From here on everything runs as the application's own
role, and no statement names a tenant: the host does."
    show app <<'SQL'
BEGIN;
SELECT id, name FROM djust_tenants.set_tenant_from_request('{"host": "acme.taskhub.example"}');
SELECT * FROM projects;
COMMIT;
SQL

    heading "A request for tasks.globex.example, a domain that Globex brought along: the same query, other rows."
    show app <<'SQL'
BEGIN;
SELECT id, name FROM djust_tenants.set_tenant_from_request('{"host": "tasks.globex.example"}');
SELECT * FROM projects;
COMMIT;
SQL

    heading "Acme adds a project. The INSERT does not mention the tenant; the row is stamped."
    show app <<'SQL'
BEGIN;
SELECT id FROM djust_tenants.set_tenant_from_request('{"host": "acme.taskhub.example"}');
INSERT INTO projects (name) VALUES ('Instant tunnel') RETURNING *;
COMMIT;
SQL

    heading "Acme tries to write into Globex' data: refused, and nothing is written."
    refused app 'tenant' <<'SQL'
BEGIN;
SELECT id FROM djust_tenants.set_tenant_from_request('{"host": "acme.taskhub.example"}');
INSERT INTO projects (tenant_id, name) VALUES ('globex', 'Trojan horse');
SQL

    heading "The forgotten WHERE: Acme marks every task as done, then deletes every task."
    show app <<'SQL'
BEGIN;
SELECT id FROM djust_tenants.set_tenant_from_request('{"host": "acme.taskhub.example"}');
UPDATE tasks SET done = true;
DELETE FROM tasks;
SELECT count(*) AS tasks_left FROM tasks;
COMMIT;
SQL

    heading "Only Acme's own tasks are gone. Globex still has all of its own, and none is marked:"
    show app <<'SQL'
BEGIN;
SELECT id FROM djust_tenants.set_tenant_from_request('{"host": "tasks.globex.example"}');
SELECT * FROM tasks;
COMMIT;
SQL
    expect "SELECT count(*) FROM tasks WHERE tenant_id = 'globex' AND NOT done" 2

    heading "And without any tenant: nothing to see, nothing to write."
    refused app 'tenant' <<'SQL'
SELECT count(*) AS projects FROM projects;
INSERT INTO projects (name) VALUES ('Nobody''s project');
SQL
    expect "SELECT count(*) FROM projects" 5
}
