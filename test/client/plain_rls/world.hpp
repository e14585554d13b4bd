// The tables: every kind of scoped table that there is, all with the same columns, whose conditions are evaluated by
// operators that are not leakproof and have indexes led by the tenant column. Tenants "9" and the last uuid are ghosts:
// nobody ever enters them, so whatever their rows would raise proves that somebody has looked at them. Rows whose name
// begins with "veil" are hidden from the tenant itself, by security-barrier views and by the policy of "guarded".
#pragma once
#include "../client.hpp"

namespace plain_rls {

constexpr const char *uuid_1 = "11111111-1111-4111-8111-111111111111", *uuid_2 = "22222222-2222-4222-8222-222222222222",
                     *uuid_ghost = "99999999-9999-4999-8999-999999999999";

struct Tenant {
    const char *id;
    int ordinal;  // column secret of its rows
};
constexpr Tenant tenants[] = {{"1", 1}, {"2", 2}, {"3", 3}, {uuid_1, 4}, {uuid_2, 5}, {"acme", 6}};
constexpr const char *deactivated = "off";

struct Table {
    const char *name, *tenant, *type;  // tenant: its column
    bool has_key;                      // (tenant, id)
};
inline const std::vector<Table> &tables() {
    static const std::vector<Table> all = {
        {"base", "tenant_id", "text", true},        {"by_uuid", "owner_id", "uuid", true},
        {"by_big", "tenant_id", "bigint", true},    {"by_int", "account", "integer", true},
        {"by_domain", "tenant_id", "key", true},    {"hashed", "tenant_id", "text", true},
        {"hashed_big", "org", "bigint", true},      {"listed", "tenant_id", "varchar(60)", true},
        {"ranged", "tenant_id", "text", false},     {"parent", "tenant_id", "text", false},
        {"guarded", "tenant_id", "text", true},     {"shared", "", "", true},
    };
    return all;
}
constexpr unsigned scoped_tables = 11;
inline const Table &guarded() { return tables()[scoped_tables - 1]; }

class World {
public:
    const std::string fast = "regress_plain_fast", plain = "regress_plain_slow", owner = "regress_plain_owner";

    void make(client::Connection &server) {
        drop(server);
        for (const std::string &role : {fast, plain, owner}) server.must("CREATE ROLE " + role + " LOGIN");
        server.must("CREATE DATABASE " + database);
        for (const std::string &role : {fast, plain}) {
            server.must("GRANT " + owner + " TO " + role);
            server.must("ALTER ROLE " + role + " SET search_path = \"Plain RLS\", public");
            server.must("ALTER ROLE " + role + " SET jit = off");  // a scan that is off costs enough to compile it
            server.must("GRANT TEMPORARY ON DATABASE " + database + " TO " + role);
        }
        for (const char *setting : {"tenant_constant", "skip_redundant_checks", "index_leaky_operators", "copy_from"})
            server.must("ALTER ROLE " + plain + " SET djust_tenants." + setting + " = off");
        admin_ = std::make_unique<client::Connection>("dbname=" + database);
        fill();
    }
    void drop(client::Connection &server) {
        admin_.reset();
        server.must("SET client_min_messages = warning");
        server.must("DROP DATABASE IF EXISTS " + database + " (FORCE)");
        for (const std::string &role : {fast, plain, owner}) server.must("DROP ROLE IF EXISTS " + role);
    }
    client::Connection &admin() { return *admin_; }
    client::Connection connect(const std::string &role) const {
        return client::Connection("dbname=" + database + " user=" + role);
    }

private:
    const std::string database = "regress_plain_rls";

    void must(const std::string &sql) { admin_->must(sql); }
    std::string columns(const std::string &name) const {
        return "id int NOT NULL, ref int, n int NOT NULL, price numeric, mood mood, name text, tags text[], "
               "span int4range, born date, seen timestamptz, data jsonb, words tsvector, secret int, code text, "
               "pattern text" + std::string(name.empty() ? "" : ", ") + name;
    }
    void make_table(const Table &table) {
        const std::string name = table.name, column = table.tenant;
        std::string tenant = column.empty() ? "" : column + " " + table.type + " NOT NULL";
        std::string key = ", PRIMARY KEY (" + (column.empty() ? "" : column + ", ") + "id)";
        if (name == "hashed" || name == "hashed_big") {
            must("CREATE TABLE " + name + " (" + columns(tenant) + key + ") PARTITION BY HASH (" + column + ")");
            int parts = name == "hashed" ? 16 : 20;
            for (int i = 0; i < parts; i++)
                must("CREATE TABLE " + name + "_" + std::to_string(i) + " PARTITION OF " + name + " FOR VALUES WITH (MODULUS " +
                     std::to_string(parts) + ", REMAINDER " + std::to_string(i) + ")");
        } else if (name == "listed") {
            must("CREATE TABLE listed (" + columns(tenant) + key + ") PARTITION BY LIST (tenant_id)");
            must("CREATE TABLE listed_1 PARTITION OF listed FOR VALUES IN ('1')");
            must("CREATE TABLE listed_2 PARTITION OF listed FOR VALUES IN ('2', '3', '9')");
            must("CREATE TABLE listed_rest PARTITION OF listed DEFAULT");
        } else if (name == "ranged") {
            must("CREATE TABLE ranged (" + columns(tenant) + ") PARTITION BY RANGE (n)");
            must("CREATE TABLE ranged_1 PARTITION OF ranged FOR VALUES FROM (MINVALUE) TO (25)");
            must("CREATE TABLE ranged_2 (tenant_id text NOT NULL, gone int, " + columns("") + ")");  // other places
            must("ALTER TABLE ranged_2 DROP gone");
            must("ALTER TABLE ranged ATTACH PARTITION ranged_2 FOR VALUES FROM (25) TO (MAXVALUE)");
        } else if (name == "parent") {
            must("CREATE TABLE parent (" + columns(tenant) + ")");
            must("CREATE TABLE child (more int) INHERITS (parent)");
        } else {
            must("CREATE TABLE " + name + " (" + columns(tenant) + key + ")");
        }
    }
    // Rows of every tenant whose id is a value of the column: the same ids, other values.
    std::string rows(const Table &table, int count) const {
        const std::string type = table.type, name = table.name;
        std::string ids = "'{1,2,3,9}'";
        if (type == "uuid")
            ids = std::string("'{") + uuid_1 + "," + uuid_2 + "," + uuid_ghost + "}'";
        else if (type == "text" || type == "key" || type == "varchar(60)")
            ids = std::string("'{1,2,3,9,acme,off,") + uuid_1 + "," + uuid_2 + "," + uuid_ghost + "}'";
        if (type.empty()) ids = "'{1}'";
        return "INSERT INTO " + (name == "parent" ? std::string("child") : name) +
               " (id, ref, n, price, mood, name, tags, span, born, seen, data, words, secret, code, pattern" +
               (type.empty() ? "" : std::string(", ") + table.tenant) +
               ") SELECT i, nullif(h % 41, 0), h % 50, (h % 1000) / 10.0, (enum_range(NULL::mood))[1 + h % 5], "
               "CASE WHEN o = 9 THEN 'ghost' || i WHEN i % 10 = 0 THEN 'veil' || i ELSE word || i END, ARRAY[word, chr(97 + h % 7), 'o' || o], "
               "int4range(h % 30, h % 30 + h % 9), date '2024-01-01' + h % 300, "
               "timestamptz '2024-01-01 00:00+00' + h % 300 * interval '1 day 7 minutes', "
               "jsonb_build_object('city', word, 'size', h % 20, 'own_' || o, true), "
               "to_tsvector('simple', word || ' ' || chr(97 + h % 7) || ' o' || o), o, 'm' || o || ':' || i, "
               "'m' || o || '(' || left(word, 3)" + (type.empty() ? "" : std::string(", t::") + type) +
               " FROM unnest(" + ids + "::text[]) t, generate_series(1, " + std::to_string(count) +
               ") i, LATERAL (SELECT abs(hashtext(t || ':' || i || '" + name + "')) AS h) x, LATERAL (SELECT "
               "CASE WHEN t = '" + uuid_1 + "' THEN 4 WHEN t = '" + uuid_2 + "' THEN 5 WHEN t = 'acme' THEN 6 "
               "WHEN t = 'off' THEN 7 WHEN t = '" + uuid_ghost + "' THEN 9 ELSE t::int END AS o) y, LATERAL (SELECT "
               "(ARRAY['anvil', 'rocket', 'laser', 'rope', 'magnet', 'spring'])[1 + h / 7 % 6] AS word) z "
               "ORDER BY hashtext(i || t)";
    }
    void make_indexes(const Table &table) {
        const std::string start = std::string("CREATE INDEX ON ") + table.name + " ", lead = std::string("(") + table.tenant + ", ";
        must(start + lead + "name text_pattern_ops)");
        must(start + lead + "code text_pattern_ops)");
        must(start + lead + "price)");
        must(start + "USING gin " + lead + "data)");
        const std::string name = table.name;
        if (name == "hashed" || name == "hashed_big") return;
        must(start + lead + "mood, n)");
        must(start + lead + "span)");
        must(start + lead + "seen)");
        must(start + lead + "born)");
        must(start + lead + "lower(name) text_pattern_ops)");
        must(start + lead + "(data ->> 'city'), price)");
        must(start + lead + "n) WHERE price > 50");
        must(start + "USING gin " + lead + "data jsonb_path_ops)");
        must(start + "USING gin " + lead + "tags)");
        must(start + "USING gin " + lead + "words)");
        must(start + "USING gin " + lead + "name gin_trgm_ops)");
        if (name == "base" || name == "by_uuid" || name == "by_int") must(start + "USING gist " + lead + "span)");
    }
    void make_views(const Table &table) {
        const std::string name = table.name;
        must("CREATE VIEW v_" + name + " WITH (security_invoker) AS SELECT * FROM " + name);
        must("CREATE VIEW b_" + name + " WITH (security_invoker, security_barrier) AS SELECT * FROM " + name +
             " WHERE (name LIKE '%e%' OR price > 20) AND name NOT LIKE 'veil%'");
        must("CREATE VIEW o_" + name + " AS SELECT * FROM " + name + " WHERE n >= 5");
        must("ALTER VIEW o_" + name + " OWNER TO " + owner);
        must("CREATE VIEW ob_" + name + " WITH (security_barrier) AS SELECT * FROM b_" + name + " WHERE mood > 'calm'");
        must("ALTER VIEW ob_" + name + " OWNER TO " + owner);
        if (*table.tenant) must("SELECT djust_tenants.create_scoped_view('" + name + "', '" + name + "_scoped')");
    }
    // For a leak: it costs next to nothing, so the planner would rather have it evaluated first.
    void make_functions() {
        must("CREATE FUNCTION peek(secret int) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE COST 0.0001 AS "
             "$$BEGIN IF secret = 9 THEN RAISE EXCEPTION 'saw a ghost'; END IF; RETURN true; END$$");
        must("CREATE FUNCTION own() RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS $$SELECT CASE "
             "djust_tenants.current_tenant_id() WHEN '1' THEN 1 WHEN '2' THEN 2 WHEN '3' THEN 3 WHEN '" +
             std::string(uuid_1) + "' THEN 4 WHEN '" + uuid_2 + "' THEN 5 WHEN 'acme' THEN 6 ELSE 0 END$$");
        // The whole table whoever asks, with what the transaction has changed.
        must("CREATE FUNCTION contents(named text[]) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = "
             "\"Plain RLS\", pg_temp AS $$DECLARE one text; part text; result text := ''; BEGIN FOREACH one IN ARRAY named LOOP "
             "EXECUTE format('SELECT count(*) || '':'' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM %I t', one) "
             "INTO part; result := result || one || '=' || part || ' '; END LOOP; RETURN result; END$$");
    }
    void fill() {
        must("SET client_min_messages = warning");
        must("CREATE EXTENSION djust_tenants");
        must("CREATE EXTENSION btree_gin");
        must("CREATE EXTENSION btree_gist");
        must("CREATE EXTENSION pg_trgm");
        must("CREATE SCHEMA \"Plain RLS\"");
        must("SET search_path = \"Plain RLS\", public");
        must("CREATE TYPE mood AS ENUM ('sad', 'calm', 'fine', 'glad', 'wild')");
        must("CREATE DOMAIN key AS varchar(60) NOT NULL CHECK (length(VALUE) > 0)");
        make_functions();
        for (const Table &table : tables()) {
            make_table(table);
            if (*table.tenant)
                must(std::string("SELECT djust_tenants.scope_table('") + table.name + "', '" + table.tenant + "')");
            must(rows(table, std::string(table.name) == "base" ? 120 : 40));
            if (*table.tenant) make_indexes(table);
        }
        must("CREATE POLICY several ON guarded FOR SELECT USING (n < 45 OR mood = 'wild')");
        must("CREATE POLICY many ON guarded FOR ALL USING (price < 90) WITH CHECK (n < 100 AND name NOT LIKE 'bad%')");
        must("CREATE POLICY floor ON guarded AS RESTRICTIVE FOR ALL USING (name NOT LIKE 'veil%' AND (name LIKE '%a%' OR "
             "ref IS NULL OR EXISTS (SELECT FROM base b WHERE b.id = ref AND b.secret = guarded.secret)))");
        for (const Table &table : tables()) make_views(table);
        const std::string roles = fast + ", " + plain + ", " + owner;
        must("GRANT USAGE ON SCHEMA \"Plain RLS\" TO " + roles);
        must("GRANT ALL ON ALL TABLES IN SCHEMA \"Plain RLS\" TO " + roles);
        must("INSERT INTO djust_tenants.tenant (id, is_active) VALUES ('off', false), ('acme', true)");
        must("VACUUM ANALYZE");
    }

    std::unique_ptr<client::Connection> admin_;
};

}  // namespace plain_rls
