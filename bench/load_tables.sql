-- One variant's tables; psql variables: schema, key (the tenant column's type). Included by load.sql.
SELECT :'key' || '_id' AS key_column \gset
CREATE SCHEMA :schema AUTHORIZATION bench_owner;
CREATE TABLE :schema.author (
    tenant_id :key NOT NULL, id bigint NOT NULL, name text NOT NULL,
    PRIMARY KEY (tenant_id, id));
CREATE TABLE :schema.doc (
    tenant_id :key NOT NULL, id bigint NOT NULL, author_id bigint NOT NULL, title text NOT NULL,
    amount integer NOT NULL,
    PRIMARY KEY (tenant_id, id));
INSERT INTO :schema.author SELECT :key_column, id, name FROM bench.author JOIN bench.tenant USING (n) ORDER BY k, n;
INSERT INTO :schema.doc
    SELECT :key_column, id, author_id, title, amount FROM bench.doc JOIN bench.tenant USING (n) ORDER BY k, n;
-- What the INSERT case writes to, so that the reading cases always find the same doc.
CREATE TABLE :schema.entry (LIKE :schema.doc INCLUDING ALL);
INSERT INTO :schema.entry SELECT * FROM :schema.doc;
ALTER TABLE :schema.author OWNER TO bench_owner;
ALTER TABLE :schema.doc OWNER TO bench_owner;
ALTER TABLE :schema.entry OWNER TO bench_owner;
GRANT USAGE ON SCHEMA :schema TO bench_app, bench_limit;
GRANT ALL ON :schema.author, :schema.doc, :schema.entry TO bench_app, bench_limit;
