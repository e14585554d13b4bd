// What the application's clients do, as several tenants on one connection. Every row says in a column of its own whose
// it is; a row that says another tenant is a foreign one.
#pragma once
#include "worker.hpp"

namespace concurrency {

class Client : public Worker {
public:
    Client(Tally &tally, unsigned seed) : Worker(tally, "dbname=regress_concurrency user=regress_concurrency", seed) {
        connection().prepare("mine", "SELECT tenant_id, said FROM stays ORDER BY id DESC LIMIT 20");
        connection().prepare("add", "INSERT INTO event (at, said) VALUES ($1, $2) RETURNING tenant_id, said");
        connection().prepare("all", "SELECT tenant_id, said, e.* FROM event e WHERE at >= $1");
    }

    void step() {
        static const std::vector<void (Client::*)()> kinds = {
            &Client::read_and_write, &Client::partitions, &Client::toggled,  &Client::model_calls,
            &Client::copy_in,        &Client::intrude,    &Client::for_session, &Client::emptied};
        me_ = "t" + std::to_string(below(6));
        (this->*kinds[static_cast<size_t>(below(static_cast<int>(kinds.size())))])();
    }

private:
    void enter() { rows("BEGIN; SET LOCAL djust_tenants.tenant_id = '" + me_ + "'"); }
    void leave() { rows(below(5) ? "COMMIT" : "ROLLBACK"); }
    std::string other() { return "t" + std::to_string(6 + below(3)); }

    // Rows that begin with tenant_id|said.
    void check_rows(const std::string &where, const std::vector<std::string> &rows) {
        std::string mine = me_ + "|" + me_;
        tally.count("rows checked", static_cast<long>(rows.size()));
        for (const std::string &row : rows)
            if (row.compare(0, mine.size(), mine) != 0 || (row.size() > mine.size() && row[mine.size()] != '|'))
                tally.wrong("foreign row", where + " as " + me_ + ": " + row);
    }

    void read_and_write() {
        job("read and write", {}, [&] {
            enter();
            check_rows("stays", rows("SELECT tenant_id, said FROM stays ORDER BY id DESC LIMIT 20"));
            check_rows("stays, INSERT", rows("INSERT INTO stays (said) VALUES ('" + me_ + "') RETURNING tenant_id, said"));
            // A forgotten WHERE, as good as.
            check_rows("stays, UPDATE", rows("UPDATE stays SET n = n + 1 WHERE id % 50 = " + std::to_string(below(50)) +
                                             " RETURNING tenant_id, said"));
            check_rows("stays, DELETE", rows("DELETE FROM stays WHERE id % 200 = " + std::to_string(below(200)) +
                                             " RETURNING tenant_id, said"));
            leave();
        });
        // A plan that was made for others; columns that come and go change nothing of its result.
        job("prepared", {}, [&] {
            enter();
            check_rows("stays, prepared", execute("mine", {}));
            leave();
        });
    }

    void partitions() {
        // 23514: no partition for it now. 0A000: e.* is what the prepared statement promised, and no column changes here.
        job("partitions", {"23514"}, [&] {
            enter();
            std::string at = std::to_string(below(60));
            check_rows("event, INSERT", execute("add", {at, me_}));
            check_rows("event", execute("all", {std::to_string(below(60))}));
            leave();
        });
        // 42P01: dropped. 23514: not its part.
        job("leaf", {"42P01", "23514"}, [&] {
            enter();
            int part = below(6);
            std::string leaf = "event_" + std::to_string(part);
            check_rows(leaf, rows("SELECT tenant_id, said FROM " + leaf));
            check_rows(leaf + ", INSERT", rows("INSERT INTO " + leaf + " (at, said) VALUES (" + std::to_string(part * 10 + below(10)) +
                                               ", '" + me_ + "') RETURNING tenant_id, said"));
            leave();
        });
    }

    // While it is not scoped all may read all of it. The lock of the first statement keeps it as it was for the second.
    void toggled() {
        job("toggled", {}, [&] {
            enter();
            std::vector<std::string> seen = rows("SELECT tenant_id, said FROM toggled");
            bool scoped = one("SELECT count(*) FROM djust_tenants.scoped_table WHERE target = 'toggled'::regclass AND policy_ok") == "1";
            if (scoped) check_rows("toggled", seen);
            tally.count(scoped ? "toggled, seen scoped" : "toggled, seen open");
            if (!scoped && seen.size() < 100) tally.wrong("open table", "shows only " + std::to_string(seen.size()) + " rows");
            rows("SAVEPOINT s");
            std::string state = sqlstate("INSERT INTO toggled (tenant_id, said) VALUES ('" + other() + "', 'intruder')");
            rows("ROLLBACK TO s");
            if (state != (scoped ? "42501" : "")) tally.wrong("intruder", "toggled, scoped: " + std::to_string(scoped) + ": " + state);
            // Left out: stamped, or refused by NOT NULL. scope_table_sql sets the default first, so that an open table may
            // stamp already.
            state = sqlstate("INSERT INTO toggled (said) VALUES ('" + me_ + "')");
            if (!state.empty() && (scoped || state != "23502")) tally.wrong("stamp", "toggled, scoped: " + std::to_string(scoped) + ": " + state);
            rows("ROLLBACK");
        });
        job("toggled, written", {"23502"}, [&] {
            enter();
            check_rows("toggled, INSERT", rows("INSERT INTO toggled (said) VALUES ('" + me_ + "') RETURNING tenant_id, said"));
            leave();
        });
    }

    void model_calls() {
        job("queryset", {}, [&] {
            enter();
            check_rows("queryset", rows("SELECT tenant_id, said FROM djust_tenants.get_tenant_queryset(NULL::stays) LIMIT 30"));
            check_rows("create_for_tenant", rows("SELECT c.tenant_id, c.said FROM djust_tenants.create_for_tenant(NULL::stays, "
                                                 "'{\"said\": \"" + me_ + "\"}') c"));
            leave();
        });
        job("scoped view", {}, [&] {
            enter();
            for (const std::string &row : rows("SELECT DISTINCT said FROM stays_scoped")) check_rows("view", {me_ + "|" + row});
            rows("INSERT INTO stays_scoped (said) VALUES ('" + me_ + "')");
            leave();
        });
        job("resolve", {}, [&] {
            std::string found = one("SELECT djust_tenants.resolve_domain('fixed.example')");
            if (found != "t0") tally.wrong("domain", "fixed.example is " + found);
        });
    }

    void copy_in() {
        job("COPY", {}, [&] {
            enter();
            client::Result begun = connection().run("COPY stays (said) FROM STDIN");
            if (begun.status() != PGRES_COPY_IN) throw Failed{begun.sqlstate(), PQerrorMessage(connection().get()), "COPY"};
            std::string lines;
            for (int i = 0; i < 10; i++) lines += me_ + "\n";
            PQputCopyData(connection().get(), lines.data(), static_cast<int>(lines.size()));
            PQputCopyEnd(connection().get(), nullptr);
            client::Result ended(PQgetResult(connection().get()));
            std::string message = PQerrorMessage(connection().get());
            while (PGresult *more = PQgetResult(connection().get())) PQclear(more);
            if (!ended.sqlstate().empty()) throw Failed{ended.sqlstate(), message, "COPY"};
            leave();
        });
    }

    // Refused, whatever is going on.
    void intrude() {
        auto refused = [&](const std::string &sql) {
            job("intruder", {"42501"}, [&] {
                enter();
                rows(sql);
                tally.wrong("intruder", "as " + me_ + ": " + sql);
                rows("ROLLBACK");
            });
        };
        refused("INSERT INTO stays (tenant_id, said) VALUES ('" + other() + "', 'intruder')");
        refused("INSERT INTO emptied (tenant_id, said) VALUES ('" + other() + "', 'intruder')");
        job("nobody", {"55000"}, [&] {
            rows("INSERT INTO stays (said) VALUES ('intruder')");
            tally.wrong("intruder", "nobody could write");
        });
        job("nobody reads", {}, [&] {
            std::string seen = one("SELECT (SELECT count(*) FROM stays) + (SELECT count(*) FROM event)");
            if (seen != "0") tally.wrong("foreign row", "nobody sees " + seen);
        });
    }

    void for_session() {
        job("for the session", {}, [&] {
            rows("SET djust_tenants.tenant_id = '" + me_ + "'");
            for (int i = 0; i < 3; i++) check_rows("session", execute("mine", {}));
            check_rows("session", rows("SELECT tenant_id, said FROM emptied"));
            rows("RESET djust_tenants.tenant_id");
        });
        rows("RESET djust_tenants.tenant_id");
    }

    void emptied() {
        job("emptied", {}, [&] {
            enter();
            check_rows("emptied, INSERT", rows("INSERT INTO emptied (said) VALUES ('" + me_ + "') RETURNING tenant_id, said"));
            check_rows("emptied", rows("SELECT tenant_id, said FROM emptied"));
            leave();
        });
    }

    std::string me_;
};

}  // namespace concurrency
