-- A small application as it might stand today: the projects and tasks of two customers in shared tables.
-- Nothing here isolates them; scripts/demo does that with one call a table.
CREATE TABLE projects (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL,
    name text NOT NULL
);
CREATE TABLE tasks (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL,
    project_id integer NOT NULL REFERENCES projects,
    title text NOT NULL,
    done boolean NOT NULL DEFAULT false
);

INSERT INTO projects (tenant_id, name) VALUES
    ('acme', 'Rocket skates'),
    ('acme', 'Giant magnet'),
    ('globex', 'Weather machine'),
    ('globex', 'Hammock district');
INSERT INTO tasks (tenant_id, project_id, title) VALUES
    ('acme', 1, 'Order wheels'),
    ('acme', 1, 'Test on a canyon road'),
    ('acme', 2, 'Paint the poles red'),
    ('globex', 3, 'Hire a meteorologist'),
    ('globex', 4, 'Buy rope');

-- The application connects as an ordinary role: no owner, no superuser.
CREATE ROLE app LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON projects, tasks TO app;

-- Who the tenants are. acme is reached by its subdomain, globex has brought a domain of its own.
INSERT INTO djust_tenants.tenant (id, name, settings) VALUES
    ('acme', 'Acme Corporation', '{"plan": "free"}'),
    ('globex', 'Globex Corporation', '{"plan": "gold"}');
INSERT INTO djust_tenants.tenant_domain VALUES ('tasks.globex.example', 'globex');
ALTER DATABASE demo SET djust_tenants.resolver = 'domain, subdomain';
ALTER DATABASE demo SET djust_tenants.main_domain = 'taskhub.example';
