// What administrators do meanwhile; each kind of change has a thread of its own.
#pragma once
#include "worker.hpp"

namespace concurrency {

class Admin : public Worker {
public:
    Admin(Tally &tally, unsigned seed) : Worker(tally, "dbname=regress_concurrency", seed) {
        rows("SET client_min_messages = error");
    }

    // Scoped and opened in turn; by the function, and by the statements for a live table.
    void toggle() {
        job("scope_table", {}, [&] {
            if (below(2)) {
                rows("SELECT djust_tenants.scope_table('toggled')");
            } else {
                for (const std::string &statement : rows("SELECT * FROM djust_tenants.scope_table_sql('toggled')")) rows(statement);
            }
        });
        is_whole("toggled");
        job("scope_schema", {}, [&] { rows("SELECT * FROM djust_tenants.scope_schema('public')"); });
        job("unscope_table", {}, [&] { rows("SELECT djust_tenants.unscope_table('toggled')"); });
    }

    void columns_and_indexes() {
        job("ADD COLUMN", {}, [&] { rows("ALTER TABLE stays ADD COLUMN extra int DEFAULT 7"); });
        job("CREATE INDEX", {}, [&] { rows("CREATE INDEX stays_said ON stays (tenant_id, said)"); });
        job("DROP COLUMN", {}, [&] { rows("ALTER TABLE stays DROP COLUMN extra"); });
        job("DROP INDEX", {}, [&] { rows("DROP INDEX stays_said"); });
        job("CREATE INDEX CONCURRENTLY", {}, [&] {
            rows("DROP INDEX IF EXISTS stays_n");  // a build that lost a deadlock has left it behind
            rows("CREATE INDEX CONCURRENTLY stays_n ON stays (tenant_id, n)");
        });
        job("ALTER TABLE", {}, [&] { rows("ALTER TABLE stays ALTER COLUMN n SET STATISTICS " + std::to_string(50 + below(100))); });
        job("index_advice", {}, [&] { rows("SELECT * FROM djust_tenants.index_advice('stays')"); });
        job("own policy", {}, [&] {
            rows("BEGIN; DROP POLICY IF EXISTS own ON emptied; CREATE POLICY own ON emptied USING (true); COMMIT");
        });
        is_whole("emptied");
        job("own policy", {}, [&] { rows("DROP POLICY own ON emptied"); });
        is_whole("emptied");
        job("VACUUM", {}, [&] { rows("VACUUM (ANALYZE) stays"); });
    }

    void partitions() {
        int part = below(6);
        std::string leaf = "event_" + std::to_string(part), from = std::to_string(part * 10), to = std::to_string(part * 10 + 10);
        std::string bounds = " FOR VALUES FROM (" + from + ") TO (" + to + ")";
        bool there = one("SELECT count(*) FROM pg_inherits WHERE inhrelid = to_regclass('" + leaf + "')") == "1";
        if (there) {
            bool quietly = below(2);
            job("DETACH", {}, [&] { rows("ALTER TABLE event DETACH PARTITION " + leaf + (quietly ? " CONCURRENTLY" : "")); });
            if (one("SELECT count(*) FROM pg_inherits WHERE inhrelid = to_regclass('" + leaf + "') AND NOT inhdetachpending") == "1")
                return;
            job("FINALIZE", {"55000", "42P01"}, [&] { rows("ALTER TABLE event DETACH PARTITION " + leaf + " FINALIZE"); });
            is_whole(leaf);  // stays scoped
            job("DROP TABLE", {}, [&] { rows("DROP TABLE " + leaf); });
        } else if (below(2)) {
            job("CREATE PARTITION", {}, [&] {
                rows("BEGIN; CREATE TABLE " + leaf + " PARTITION OF event" + bounds + "; GRANT ALL ON " + leaf +
                     " TO regress_concurrency; COMMIT");
            });
        } else {
            // Not scoped, with rows of all tenants, in another order of columns.
            job("ATTACH", {}, [&] {
                rows("BEGIN; DROP TABLE IF EXISTS " + leaf + "; CREATE TABLE " + leaf + " (said text NOT NULL, at int NOT NULL, tenant_id text NOT NULL);"
                     "INSERT INTO " + leaf + " SELECT 't' || i % 9, " + from + " + i % 10, 't' || i % 9 FROM generate_series(1, 90) i;"
                     "GRANT ALL ON " + leaf + " TO regress_concurrency; ALTER TABLE event ATTACH PARTITION " + leaf + bounds + "; COMMIT");
            });
        }
    }

    void truncate() {
        job("TRUNCATE", {}, [&] { rows("TRUNCATE emptied"); });
        rows("SELECT pg_sleep(0.02)");
    }

    // A table is scoped wholly, also in the eyes of another session.
    void is_whole(const std::string &table) {
        // It opens every scoped table, and waits for who changes one.
        job("scoped_table", {}, [&] {
            std::string found = one("SELECT policy_ok FROM djust_tenants.scoped_table WHERE target = to_regclass('" + table + "')");
            if (found != "t") tally.wrong("not scoped", table + ": " + found);
        });
    }
};

// Changes the registry, and asks in a session of the application, opened long before, what holds from then on.
class Registrar : public Worker {
public:
    Registrar(Tally &tally, unsigned seed)
        : Worker(tally, "dbname=regress_concurrency", seed), client_("dbname=regress_concurrency user=regress_concurrency") {
        client_.must("SET djust_tenants.tenant_id = 'flip'");
    }

    void step() {
        change("UPDATE djust_tenants.tenant SET is_active = false WHERE id = 'flip'");
        holds("SELECT count(*) FROM stays", "0");
        holds("INSERT INTO stays (said) VALUES ('flip')", "42501");
        holds("SELECT djust_tenants.set_current_tenant('flip', false)", "42501");
        change("UPDATE djust_tenants.tenant SET is_active = true WHERE id = 'flip'");
        holds("SELECT count(*) FROM stays WHERE said = 'flip'", "5");
        holds("SELECT count(*) FROM stays WHERE said <> 'flip'", "0");
        int number = below(100000);
        std::string id = "new" + std::to_string(number), domain = id + ".example";
        holds("SELECT djust_tenants.resolve_domain('" + domain + "')", "~");
        change("WITH t AS (INSERT INTO djust_tenants.tenant (id, name) VALUES ('" + id + "', 'New')) SELECT 1");
        change("INSERT INTO djust_tenants.tenant_domain VALUES ('" + domain + "', '" + id + "')");
        holds("SELECT djust_tenants.resolve_domain('" + domain + "')", id);
        change("UPDATE djust_tenants.tenant_domain SET tenant_id = 't1' WHERE domain = '" + domain + "'");
        holds("SELECT djust_tenants.resolve_domain('" + domain + "')", "t1");
        change("DELETE FROM djust_tenants.tenant_domain WHERE domain = '" + domain + "'");
        change("DELETE FROM djust_tenants.tenant WHERE id = '" + id + "'");
        holds("SELECT djust_tenants.resolve_domain('" + domain + "')", "~");
    }

private:
    void change(const std::string &sql) {
        job("registry", {}, [&] { rows(sql); });
    }
    void holds(const std::string &sql, const std::string &wanted) {
        std::string got = client_.ask(sql);
        for (int i = 0; i < 30 && (got == "40P01"); i++) got = client_.ask(sql);
        tally.count("registry, checked");
        if (got != wanted) tally.wrong("registry", sql + ": " + got + ", wanted " + wanted);
    }
    client::Connection client_;
};

}  // namespace concurrency
