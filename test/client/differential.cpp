// The same statements in a database of four tenants, as one of them, and in one that has that tenant's rows alone and
// no tenant isolation at all: every result must be the same, and the other three tenants' rows untouched.
// DJUST_SEED and DJUST_STATEMENTS: a seed other than the usual one, and how many statements.
//
// What cannot be the same is not asked for: the DETAIL of a duplicate key, which PostgreSQL leaves out where row-level
// security is on; EXPLAIN; ctid, xmin, oids, sequences; which of several rows comes first without an order.
#include "client.hpp"
#include "generator.hpp"

#include <algorithm>
#include <map>

using client::check;
using client::Connection;
using client::Result;
using generator::Generator;
using generator::Statement;

namespace {

// Of a hundred statements: so many that write, and so many that fail when a row is there that should not be seen.
constexpr int of_a_hundred = 100, writing = 33, failing = 10;
const char *const scoped_tables[] = {"customer", "orders", "item", "event", "doc", "parent_note"};

// Both databases have the tables; `tenants` differ.
void make_tables(Connection &admin) {
    admin.must("SET client_min_messages = warning");
    admin.must("CREATE TABLE product (id int PRIMARY KEY, price int, kind text)");
    admin.must("CREATE TABLE customer (id int, tenant_id text NOT NULL DEFAULT 'a', rating int, ref int, city text, "
               "name text, PRIMARY KEY (tenant_id, id))");
    admin.must("CREATE TABLE orders (tenant_id text NOT NULL DEFAULT 'a', id int, customer_id int, total int, "
               "status text, PRIMARY KEY (tenant_id, id))");
    admin.must("CREATE TABLE item (id int, order_id int, product_id int, qty int, note text, "
               "tenant_id text NOT NULL DEFAULT 'a', PRIMARY KEY (tenant_id, id))");
    admin.must("CREATE TABLE event (id int, customer_id int, day int, kind text, tenant_id text NOT NULL DEFAULT 'a', "
               "PRIMARY KEY (tenant_id, id, day)) PARTITION BY RANGE (day)");
    admin.must("CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (MINVALUE) TO (20)");
    admin.must("CREATE TABLE event_2 (tenant_id text NOT NULL DEFAULT 'a', kind text, day int, customer_id int, id int)");
    admin.must("ALTER TABLE event_2 ALTER id SET NOT NULL, ALTER day SET NOT NULL");
    admin.must("ALTER TABLE event ATTACH PARTITION event_2 FOR VALUES FROM (20) TO (MAXVALUE)");
    admin.must("CREATE TABLE doc (id int, tenant_id text NOT NULL DEFAULT 'a', customer_id int, size int, kind text)");
    admin.must("CREATE TABLE parent_note (id int, tenant_id text NOT NULL DEFAULT 'a', customer_id int, kind text)");
    admin.must("CREATE TABLE child_note (extra int) INHERITS (parent_note)");
    // A policy of the application itself, in both.
    admin.must("ALTER TABLE doc ENABLE ROW LEVEL SECURITY");
    admin.must("CREATE POLICY small ON doc USING (size < 1000) WITH CHECK (true)");
}

void fill(Connection &admin, const std::string &tenants) {
    admin.must("INSERT INTO product SELECT i, i * 3 % 17, chr(97 + i % 5) FROM generate_series(1, 20) i");
    // Every tenant has the same ids, and other values.
    std::string from = " FROM generate_series(1, 40) i, unnest('" + tenants + "'::text[]) t, "
                       "LATERAL (SELECT abs(hashtext(t || i)) AS h) x ORDER BY hashtext(i || t)";
    admin.must("INSERT INTO customer (id, tenant_id, rating, ref, city, name) SELECT i, t, h % 7, nullif(h % 41, 0), "
               "chr(97 + h % 6), t || i" + from);
    admin.must("INSERT INTO orders (id, tenant_id, customer_id, total, status) SELECT i, t, 1 + h % 40, h % 90, "
               "chr(97 + h % 4)" + from);
    admin.must("INSERT INTO item (id, tenant_id, order_id, product_id, qty, note) SELECT i, t, 1 + h % 40, 1 + h % 20, "
               "h % 9, chr(97 + h % 5)" + from);
    admin.must("INSERT INTO event (id, tenant_id, customer_id, day, kind) SELECT i, t, 1 + h % 40, h % 40, "
               "chr(97 + h % 5)" + from);
    admin.must("INSERT INTO doc (id, tenant_id, customer_id, size, kind) SELECT i, t, 1 + h % 40, "
               "CASE h % 4 WHEN 0 THEN 2000 ELSE h % 50 END, chr(97 + h % 5)" + from);
    admin.must("INSERT INTO child_note (id, tenant_id, customer_id, extra, kind) SELECT i, t, 1 + h % 40, h % 50, "
               "chr(97 + h % 5)" + from);
}

void make_views(Connection &admin, const std::string &role, bool scoped) {
    const char *const viewed[] = {"customer", "orders", "item", "event", "doc", "child_note", "product"};
    for (const std::string table : viewed) {
        admin.must("CREATE VIEW " + table + "_view WITH (security_invoker) AS SELECT * FROM " + table);
        if (table == "product") continue;
        if (scoped) {
            admin.must("SELECT djust_tenants.create_scoped_view('" + table + "')");
            continue;
        }
        std::string columns = admin.ask("SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE "
                                        "attrelid = '" + table + "'::regclass AND attnum > 0 AND attname <> 'tenant_id'");
        admin.must("CREATE VIEW " + table + "_scoped WITH (security_invoker) AS SELECT " + columns + " FROM " + table);
    }
    admin.must("GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role);
}

// ${queryset T}: the function there, the table here.
std::string written_for(bool scoped, std::string sql) {
    const std::string mark = "${queryset ";
    for (size_t at; (at = sql.find(mark)) != std::string::npos;) {
        size_t end = sql.find('}', at);
        std::string table = sql.substr(at + mark.size(), end - at - mark.size());
        sql.replace(at, end - at + 1, scoped ? "djust_tenants.get_tenant_queryset(NULL::" + table + ")" : table);
    }
    return sql;
}

// The rows in an order of their own; an error is its SQLSTATE and message.
std::vector<std::string> rows_of(const Result &result) {
    if (!result.sqlstate().empty()) return {"error " + result.sqlstate() + " " + result.message()};
    std::vector<std::string> rows = result.rows();
    std::sort(rows.begin(), rows.end());
    return rows;
}

struct Side {
    Connection session;
    bool scoped;

    std::vector<std::string> run(const Statement &statement, bool prepared) {
        std::string sql = written_for(scoped, statement.sql);
        if (!prepared) return rows_of(session.run(sql));
        Result made = session.run("PREPARE s AS " + sql);
        if (!made.sqlstate().empty()) return rows_of(made);
        // A plan that another tenant has used before.
        if (scoped && !statement.writes) {
            session.must("SET djust_tenants.tenant_id = 'b'");
            session.run("EXECUTE s");
            session.must("SET djust_tenants.tenant_id = 'a'");
        }
        std::vector<std::string> rows = rows_of(session.run("EXECUTE s"));
        session.must("DEALLOCATE s");
        return rows;
    }
};

struct Tally {
    int statements = 0, different = 0, errors = 0, with_rows = 0;
    std::string first_difference;
};

void compare(Side &four, Side &one, const Statement &statement, bool prepared, Tally &tally) {
    std::vector<std::string> got = four.run(statement, prepared), wanted = one.run(statement, prepared);
    tally.statements++;
    if (!wanted.empty() && wanted[0].rfind("error ", 0) == 0)
        tally.errors++;
    else if (!wanted.empty())
        tally.with_rows++;
    if (got == wanted) return;
    if (tally.different++ > 0) return;
    auto first = [](const std::vector<std::string> &rows) { return rows.empty() ? "no row" : rows[0]; };
    tally.first_difference = statement.sql + " gave " + std::to_string(got.size()) + " rows (" + first(got) + "), wanted " +
                             std::to_string(wanted.size()) + " (" + first(wanted) + ")";
}

std::string contents(Connection &admin, const std::string &where, const std::string &extra) {
    std::string all;
    for (const std::string table : scoped_tables)
        all += admin.ask("SELECT tableoid::regclass, " + extra + "t FROM " + table + " t WHERE " + where + " ORDER BY t::text") + "\n";
    return all;
}

void run(unsigned seed, int count) {
    const std::string role = "regress_differential";
    Connection server;
    server.must("SET client_min_messages = warning");
    auto drop = [&] {
        server.must("DROP DATABASE IF EXISTS regress_differential_four");
        server.must("DROP DATABASE IF EXISTS regress_differential_one");
        server.must("DROP ROLE IF EXISTS " + role);
    };
    drop();
    server.must("CREATE ROLE " + role + " LOGIN");
    server.must("CREATE DATABASE regress_differential_four");
    server.must("CREATE DATABASE regress_differential_one");
    {
        Connection admin_four("dbname=regress_differential_four"), admin_one("dbname=regress_differential_one");
        make_tables(admin_four);
        make_tables(admin_one);
        admin_four.must("CREATE EXTENSION djust_tenants");
        for (const std::string table : scoped_tables) admin_four.must("SELECT djust_tenants.scope_table('" + table + "')");
        fill(admin_four, "{a,b,c,d}");
        fill(admin_one, "{a}");
        make_views(admin_four, role, true);
        make_views(admin_one, role, false);
        admin_four.must("ANALYZE");
        admin_one.must("ANALYZE");

        Side four{Connection("dbname=regress_differential_four user=" + role), true};
        Side one{Connection("dbname=regress_differential_one user=" + role), false};
        four.session.must("SET djust_tenants.tenant_id = 'a'");
        for (Side *side : {&four, &one}) side->session.must("SET plan_cache_mode = force_generic_plan");

        // xmin and ctid too: not even rewritten.
        std::string others = contents(admin_four, "tenant_id <> 'a'", "xmin, ctid, ");
        Generator made(seed);
        std::map<std::string, Tally> kinds;
        Tally reading, writes, failures;
        for (int i = 0; i < count; i++) {
            // Spread evenly.
            auto turn = [i](int share) { return i * share / of_a_hundred != (i + 1) * share / of_a_hundred; };
            bool fails = turn(failing);
            Statement statement = fails ? made.failing() : turn(writing) ? made.write() : made.query();
            Tally now;
            compare(four, one, statement, i % 3 == 0, now);
            for (Tally *sum : {&kinds[statement.kind], fails ? &failures : statement.writes ? &writes : &reading}) {
                sum->statements += now.statements;
                sum->different += now.different;
                sum->errors += now.errors;
                sum->with_rows += now.with_rows;
                if (sum->first_difference.empty()) sum->first_difference = now.first_difference;
            }
        }
        for (const auto &[kind, tally] : kinds)
            check(kind + ": " + std::to_string(tally.statements) + " statements give the same", tally.different == 0,
                  std::to_string(tally.different) + " differ; " + tally.first_difference);
        int statements = reading.statements + writes.statements, errors = reading.errors + writes.errors;
        check("all statements were compared", statements + failures.statements == count);
        check("nearly all of them run", errors * 50 <= statements, std::to_string(errors) + " errors");
        check("most queries find rows", reading.with_rows * 3 >= reading.statements * 2,
              std::to_string(reading.with_rows) + " of " + std::to_string(reading.statements));
        check("most writes change rows", writes.with_rows * 2 >= writes.statements,
              std::to_string(writes.with_rows) + " of " + std::to_string(writes.statements));
        check("of those that may fail some do and some do not",
              failures.errors * 10 >= failures.statements && failures.errors * 10 <= failures.statements * 9,
              std::to_string(failures.errors) + " of " + std::to_string(failures.statements));
        check("after all of it both have the same rows",
              contents(admin_four, "tenant_id = 'a'", "") == contents(admin_one, "true", ""));
        check("the other tenants' rows are untouched", contents(admin_four, "tenant_id <> 'a'", "xmin, ctid, ") == others);

        // Would it have been noticed?
        admin_four.must("SELECT djust_tenants.unscope_table('orders')");
        admin_four.must("GRANT ALL ON orders TO " + role);
        Generator again(seed + 1);
        Tally unscoped;
        for (int i = 0; i < 100; i++) {
            Statement statement = again.query();
            if (statement.sql.find("orders ") == std::string::npos) continue;
            compare(four, one, statement, false, unscoped);
        }
        check("a table that is not scoped is noticed", unscoped.different * 2 > unscoped.statements,
              std::to_string(unscoped.different) + " of " + std::to_string(unscoped.statements));
        Tally told;
        for (int i = 0; i < 600; i++) {
            Statement statement = again.failing();
            if (statement.writes || statement.sql.find("orders ") == std::string::npos) continue;
            Tally now;
            compare(four, one, statement, false, now);
            told.statements++;
            told.different += now.different > 0 && now.first_difference.find("(error ") != std::string::npos;
        }
        check("and so is an error that tells of a row", told.different > 0,
              std::to_string(told.different) + " of " + std::to_string(told.statements));
    }
    drop();
}

}  // namespace

unsigned number(const char *name, unsigned usual) {
    const char *value = std::getenv(name);
    return value && *value ? static_cast<unsigned>(std::strtoul(value, nullptr, 10)) : usual;
}

int main() {
    return client::run([] { run(number("DJUST_SEED", 20240601), static_cast<int>(number("DJUST_STATEMENTS", 600))); });
}
