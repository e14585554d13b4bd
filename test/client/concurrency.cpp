// Clients that read and write as several tenants while tables are scoped and opened, columns, indexes and partitions
// come and go, tables are emptied and the registry changes: never a foreign row, no error that a retry does not solve.
// DJUST_SECONDS (5), DJUST_SEED; scripts/test-concurrency runs it for longer.
#include "concurrency/changes.hpp"
#include "concurrency/tenants.hpp"

#include <algorithm>
#include <thread>

using client::check;
using client::Connection;
using namespace concurrency;

namespace {

constexpr int clients = 8;
const char *const work[] = {"rows checked", "toggled, seen scoped", "toggled, seen open", "partitions", "leaf", "COPY",
                            "intruder: 42501", "scope_table", "unscope_table", "ADD COLUMN", "ATTACH", "DETACH", "TRUNCATE",
                            "CREATE INDEX CONCURRENTLY", "own policy", "registry, checked"};

unsigned from_environment(const char *name, unsigned otherwise) {
    const char *value = std::getenv(name);
    return value && *value ? static_cast<unsigned>(std::strtoul(value, nullptr, 10)) : otherwise;
}

void set_up(Connection &server) {
    server.must("SET client_min_messages = warning");
    server.must("DROP DATABASE IF EXISTS regress_concurrency");
    server.must("DROP ROLE IF EXISTS regress_concurrency");
    server.must("CREATE ROLE regress_concurrency LOGIN");
    server.must("CREATE DATABASE regress_concurrency");
    server.must("ALTER DATABASE regress_concurrency SET deadlock_timeout = '50ms'");
    // A hang is an error too.
    server.must("ALTER DATABASE regress_concurrency SET statement_timeout = '60s'");
    Connection admin("dbname=regress_concurrency");
    admin.must("SET client_min_messages = warning");
    admin.must("CREATE EXTENSION djust_tenants");
    admin.must("INSERT INTO djust_tenants.tenant (id, name) SELECT 't' || i, 'Tenant ' || i FROM generate_series(0, 8) i");
    admin.must("INSERT INTO djust_tenants.tenant (id, name) VALUES ('flip', 'Flip')");
    admin.must("INSERT INTO djust_tenants.tenant_domain VALUES ('fixed.example', 't0')");
    for (const std::string table : {"stays", "toggled", "emptied"})
        admin.must("CREATE TABLE " + table + " (id bigserial PRIMARY KEY, tenant_id text NOT NULL, said text NOT NULL, n int DEFAULT 0)");
    admin.must("CREATE TABLE event (tenant_id text NOT NULL, at int NOT NULL, said text NOT NULL) PARTITION BY RANGE (at)");
    for (const std::string table : {"stays", "emptied", "event"}) admin.must("SELECT djust_tenants.scope_table('" + table + "')");
    for (const std::string table : {"stays", "toggled", "emptied"})
        admin.must("INSERT INTO " + table + " (tenant_id, said) SELECT 't' || i % 9, 't' || i % 9 FROM generate_series(1, 900) i");
    admin.must("INSERT INTO stays (tenant_id, said) SELECT 'flip', 'flip' FROM generate_series(1, 5)");
    admin.must("SELECT djust_tenants.create_scoped_view('stays')");
    admin.must("GRANT ALL ON ALL TABLES IN SCHEMA public TO regress_concurrency");
    admin.must("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO regress_concurrency");
}

void check_end() {
    Connection admin("dbname=regress_concurrency");
    for (const std::string table : {"stays", "toggled", "emptied", "event"}) {
        std::string foreign = admin.ask("SELECT count(*) FROM " + table + " WHERE tenant_id <> said");
        check("at the end: every row of " + table + " is its writer's", foreign == "0", foreign);
    }
    check("at the end: every partition is scoped",
          admin.ask("SELECT count(*) FROM pg_inherits LEFT JOIN djust_tenants.scoped_table ON target = inhrelid WHERE "
                    "inhparent = 'event'::regclass AND policy_ok IS NOT TRUE") == "0");
    check("at the end: no index is half built", admin.ask("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == "0");
    // Would it have been noticed?
    Tally other(false);
    Client client(other, 1);
    admin.must("ALTER ROLE regress_concurrency BYPASSRLS");
    for (int i = 0; i < 60; i++) client.step();
    check("without isolation it would have been noticed", other.wrong("foreign row") > 0 && other.wrong("intruder") > 0);
}

void run(unsigned seconds, unsigned seed) {
    Connection server;
    set_up(server);
    Tally tally;
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    auto start = [&](auto make, auto step) {
        threads.emplace_back([&tally, &stop, make, step] {
            try {
                auto worker = make();
                while (!stop) step(*worker);
            } catch (const Failed &failed) {
                tally.wrong("unexpected error", failed.sqlstate + " " + failed.message + " in " + failed.sql);
            } catch (const std::exception &error) {
                tally.wrong("thread ended", error.what());
            }
        });
    };
    for (int i = 0; i < clients; i++) {
        unsigned own = seed * 100 + static_cast<unsigned>(i);
        start([&tally, own] { return std::make_unique<Client>(tally, own); }, [](Client &client) { client.step(); });
    }
    unsigned own = seed * 100 + clients;
    auto admin = [&tally, own] { return std::make_unique<Admin>(tally, own); };
    start(admin, [](Admin &worker) { worker.toggle(); });
    start(admin, [](Admin &worker) { worker.columns_and_indexes(); });
    start(admin, [](Admin &worker) { worker.partitions(); });
    start(admin, [](Admin &worker) { worker.truncate(); });
    start([&tally, own] { return std::make_unique<Registrar>(tally, own); }, [](Registrar &worker) { worker.step(); });
    // On a busy machine longer, until everything has been done once.
    auto all_done = [&tally] {
        return std::all_of(std::begin(work), std::end(work), [&tally](const char *what) { return tally.of(what) > 0; });
    };
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    for (int i = 0; i < 600 && !all_done(); i++) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
    for (std::thread &thread : threads) thread.join();

    for (const auto &[what, number] : tally.counts()) std::printf("# %-40s %8ld\n", what.c_str(), number);
    auto none = [&](const std::string &name, const std::string &kind) {
        check(name, tally.wrong(kind) == 0, std::to_string(tally.wrong(kind)));
    };
    none("no foreign row was read, and none written", "foreign row");
    none("no write for another tenant got through", "intruder");
    none("every row was stamped", "stamp");
    none("a table that was opened is open", "open table");
    none("the registry's changes hold at once", "registry");
    none("domains that stay are found", "domain");
    none("what was scoped is scoped wholly", "not scoped");
    none("every error is one that a retry solves, or that the change explains", "unexpected error");
    none("every thread came to its end", "thread ended");
    for (const char *what : work)
        check(std::string("there was work: ") + what, tally.of(what) > 0);
    check_end();
    server.must("DROP DATABASE regress_concurrency WITH (FORCE)");
    server.must("DROP ROLE regress_concurrency");
}

}  // namespace

int main() {
    return client::run([] { run(from_environment("DJUST_SECONDS", 5), from_environment("DJUST_SEED", 1)); });
}
