// What a client and a connection pool see of the tenant: the reported parameter, what a transaction leaves behind
// for the next client, prepared statements that several tenants use in turn, pipelines, cancels and errors.
#include "client.hpp"

#include <chrono>
#include <functional>
#include <thread>

using client::check;
using client::Connection;
using client::expect;
using client::Fixture;
using client::Result;

namespace {

const std::string ids = "SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM note";

// The setting, and what a scoped table shows.
std::string state(Connection &connection) {
    return connection.ask("SHOW djust_tenants.tenant_id") + ":" + connection.ask(ids);
}

void reported_parameter(const Fixture &fixture) {
    Connection session = fixture.connect();
    auto after = [&](const std::string &sql, const std::string &wanted) {
        session.run(sql);
        expect("reported after " + sql, session.reported(), wanted);
    };
    expect("reported at connect", session.reported(), "");
    after("SET djust_tenants.tenant_id = 'a'", "a");
    after("BEGIN", "a");
    after("SET LOCAL djust_tenants.tenant_id = 'b'", "b");
    after("COMMIT", "a");
    after("BEGIN; SET djust_tenants.tenant_id = 'b'", "b");
    after("ROLLBACK", "a");
    after("BEGIN; SAVEPOINT s; SET LOCAL djust_tenants.tenant_id = 'b'", "b");
    after("ROLLBACK TO s", "a");
    after("SAVEPOINT t; SET LOCAL djust_tenants.tenant_id = 'c'; RELEASE t", "c");
    after("SELECT 1 / 0", "a");  // at once, not only at the ROLLBACK
    after("ROLLBACK", "a");
    after("BEGIN; SELECT djust_tenants.set_current_tenant('c')", "c");
    after("COMMIT", "a");
    after("SELECT djust_tenants.set_current_tenant('c', false)", "c");
    after("SELECT djust_tenants.clear_current_tenant()", "");
    after("SELECT djust_tenants.set_tenant_from_request('{\"host\": \"b.app.example\"}', false)", "b");
    after("DISCARD ALL", "");
    after("SET djust_tenants.tenant_id = 'a'", "a");
    after("RESET ALL", "");
    after("SET djust_tenants.tenant_id = 'no tenant'", "");

    Connection option = fixture.connect("options='-c djust_tenants.tenant_id=a'");
    expect("reported at connect from the options", option.reported(), "a");
    expect("the tenant of the options reads its rows", option.ask(ids), "1 2 3 4");
    option.must("SET djust_tenants.tenant_id = 'b'");
    option.must("DISCARD ALL");
    expect("DISCARD ALL goes back to the options", option.reported(), "a");
}

// One server connection that a pool hands from one client to the next.
void pooled_use(const Fixture &fixture) {
    Connection server = fixture.connect();
    auto leaves = [&](const std::string &name, const std::string &wanted) { expect(name, state(server), wanted); };

    server.must("BEGIN; SELECT djust_tenants.set_current_tenant('a'); SELECT * FROM note; COMMIT");
    leaves("a committed transaction leaves no tenant", ":");
    expect("and the next client writes nothing", server.ask("INSERT INTO note (id) VALUES (50)"), "55000");
    server.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'; ROLLBACK");
    leaves("a transaction that is rolled back leaves no tenant", ":");
    server.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
    expect("a statement fails", server.ask("INSERT INTO note (id, tenant_id) VALUES (50, 'b')"), "42501");
    server.must("COMMIT");
    leaves("a failed transaction leaves no tenant", ":");
    server.must("SELECT djust_tenants.set_current_tenant('a')");
    leaves("set_current_tenant outside a transaction block leaves no tenant", ":");
    server.must("SET LOCAL djust_tenants.tenant_id = 'a'");
    leaves("SET LOCAL outside a transaction block leaves no tenant", ":");
    server.must("DO $$BEGIN PERFORM djust_tenants.set_current_tenant('a'); END$$");
    leaves("DO leaves no tenant", ":");

    // The trap that is documented, and its cures.
    const char *cures[] = {"DISCARD ALL", "RESET ALL", "RESET djust_tenants.tenant_id",
                           "SELECT djust_tenants.clear_current_tenant()"};
    for (const std::string cure : cures) {
        server.must("SET djust_tenants.tenant_id = 'b'");
        leaves("a tenant set for the session stays, before " + cure, "b:5 6 7 8");
        server.must(cure);
        leaves(cure + " clears it", ":");
    }
    server.must("SET djust_tenants.tenant_id = 'a'");
    server.must("BEGIN; DECLARE h CURSOR WITH HOLD FOR SELECT id FROM note; COMMIT");
    server.must("DISCARD ALL");
    expect("DISCARD ALL closes held cursors", server.ask("FETCH ALL FROM h"), "34000");

    server.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'; INSERT INTO note (id) VALUES (51); COMMIT");
    server.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'b'");
    expect("the next client does not see what the one before has written", server.ask(ids), "5 6 7 8");
    expect("nor takes it away", server.ask("DELETE FROM note WHERE id = 51 RETURNING id"), "");
    server.must("COMMIT; BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'; DELETE FROM note WHERE id = 51; COMMIT");
}

void prepared_statements(Fixture &fixture) {
    Connection session = fixture.connect();
    struct Statement {
        const char *name, *sql;
        std::function<std::string(const std::string &tenant, int first)> wanted;  // ids of a tenant start at first
    };
    auto id = [](int value) { return std::to_string(value); };
    const Statement statements[] = {
        {"all", "SELECT id, tenant_id FROM note WHERE $1::int > 0 ORDER BY id",
         [&](const std::string &t, int f) {
             return id(f) + "|" + t + " " + id(f + 1) + "|" + t + " " + id(f + 2) + "|" + t + " " + id(f + 3) + "|" + t;
         }},
        {"by_key", "SELECT id, tenant_id FROM note WHERE id = $1::int",
         [&](const std::string &t, int f) { return id(f) + "|" + t; }},
        {"foreign_keys", "SELECT id FROM note WHERE id = (($1::int + 3) % 12) + 1", [](auto &, int) { return ""; }},
        {"join", "SELECT count(*), min(a.tenant_id), max(b.tenant_id) FROM note a JOIN note b ON a.id >= b.id "
                 "WHERE $1::int > 0", [](const std::string &t, int) { return "10|" + t + "|" + t; }},
        {"insert", "INSERT INTO note (id) VALUES ($1::int + 100) RETURNING tenant_id",
         [](const std::string &t, int) { return t; }},
        {"upsert", "INSERT INTO note (id, body) VALUES ($1::int, 'x') ON CONFLICT (id) DO UPDATE SET body = "
                   "excluded.body RETURNING tenant_id, body",
         [](const std::string &t, int) { return t + "|x"; }},
        {"update", "UPDATE note SET body = 'n' WHERE $1::int > 0 AND id < 100 RETURNING tenant_id",
         [](const std::string &t, int) { return t + " " + t + " " + t + " " + t; }},
        {"delete", "DELETE FROM note WHERE id > 100 AND $1::int > 0 RETURNING tenant_id",
         [](const std::string &t, int) { return t; }},
        {"who", "SELECT djust_tenants.current_tenant_id() WHERE $1::int > 0",
         [](const std::string &t, int) { return t; }},
    };
    for (const Statement &statement : statements) session.prepare(statement.name, statement.sql);
    std::vector<std::string> wrong(std::size(statements));
    for (int round = 0; round < 8; round++)
        for (int tenant = 0; tenant < 3; tenant++) {
            std::string name(1, static_cast<char>('a' + tenant));
            session.must("BEGIN");
            session.run("SELECT djust_tenants.set_current_tenant($1)", {name});
            for (size_t i = 0; i < std::size(statements); i++) {
                std::string got = session.execute(statements[i].name, {std::to_string(tenant * 4 + 1)}).text();
                std::string wanted = statements[i].wanted(name, tenant * 4 + 1);
                if (got != wanted) wrong[i] += "round " + id(round) + " " + name + ": " + got + "; ";
            }
            session.must("COMMIT");
        }
    for (size_t i = 0; i < std::size(statements); i++)
        check(std::string("24 executions by three tenants in turn: ") + statements[i].name, wrong[i].empty(), wrong[i]);
    expect("all of them had a generic plan",
           session.ask("SELECT count(*) FROM pg_prepared_statements WHERE generic_plans > 0"),
           id(static_cast<int>(std::size(statements))));
    expect("without a tenant a generic plan reads nothing", session.execute("all", {"1"}).text(), "");
    expect("without a tenant a generic plan writes nothing", session.execute("insert", {"1"}).text(), "55000");
    expect("nothing was written", fixture.admin().ask("SELECT count(*), count(DISTINCT tenant_id) FROM "
                                                      "\"Session Test\".note"), "12|3");
}

// Several statements with their parameters in one round trip. Gives the text of each result.
std::vector<std::string> pipeline(Connection &session, const std::vector<std::string> &statements,
                                  const std::string &tenant) {
    PGconn *handle = session.get();
    if (!PQenterPipelineMode(handle)) throw std::runtime_error("no pipeline mode");
    const char *value = tenant.c_str();
    for (const std::string &sql : statements) {
        bool has_parameter = sql.find("$1") != std::string::npos;
        PQsendQueryParams(handle, sql.c_str(), has_parameter ? 1 : 0, nullptr, &value, nullptr, nullptr, 0);
    }
    PQpipelineSync(handle);
    std::vector<std::string> texts;
    for (;;) {
        PGresult *next = PQgetResult(handle);
        if (!next) continue;  // between two statements
        Result result(next);
        if (result.status() == PGRES_PIPELINE_SYNC) break;
        texts.push_back(result.status() == PGRES_PIPELINE_ABORTED ? "skipped" : result.text());
    }
    PQexitPipelineMode(handle);
    return texts;
}

std::string joined(const std::vector<std::string> &texts) {
    std::string all;
    for (const auto &text : texts) all += "[" + text + "]";
    return all;
}

// The SQLSTATEs of what the server remarks on a pipeline.
std::string remarks(Connection &session, const std::vector<std::string> &statements) {
    std::string states;
    PQnoticeReceiver before = PQsetNoticeReceiver(
        session.get(),
        [](void *all, const PGresult *remark) {
            *static_cast<std::string *>(all) += std::string(PQresultErrorField(remark, PG_DIAG_SQLSTATE)) + " ";
        },
        &states);
    pipeline(session, statements, "a");
    PQsetNoticeReceiver(session.get(), before, nullptr);
    return states;
}

void pipelines(const Fixture &fixture) {
    Connection session = fixture.connect();
    const std::string enter = "SELECT (djust_tenants.set_current_tenant($1)).id";
    for (const std::string tenant : {"a", "b", "a", "c"}) {
        std::string wanted = tenant == "a" ? "1 2 3 4" : tenant == "b" ? "5 6 7 8" : "9 10 11 12";
        expect("one round trip as " + tenant, joined(pipeline(session, {"BEGIN", enter, ids, "COMMIT"}, tenant)),
               "[][" + tenant + "][" + wanted + "][]");
    }
    expect("after it nobody is in", state(session), ":");
    expect("two tenants in one pipeline",
           joined(pipeline(session, {"BEGIN", enter, ids, "COMMIT", ids, "BEGIN",
                                     "SELECT (djust_tenants.set_current_tenant('b')).id", ids, "COMMIT", ids}, "a")),
           "[][a][1 2 3 4][][][][b][5 6 7 8][][]");
    expect("without BEGIN the tenant lasts to the end of the pipeline",
           joined(pipeline(session, {enter, ids}, "c")), "[c][9 10 11 12]");
    expect("and not longer", state(session), ":");
    // The server does not know yet that more will follow.
    expect("the first statement of a pipeline warns as SET LOCAL does", remarks(session, {enter, ids}), "25P01 ");
    expect("SET LOCAL does", remarks(session, {"SET LOCAL djust_tenants.tenant_id = 'a'", ids}), "25P01 ");
    expect("a later one does not", remarks(session, {ids, enter, ids}), "");
    expect("nor one in a transaction block", remarks(session, {"BEGIN", enter, ids, "COMMIT"}), "");
    expect("a refused write stops the pipeline",
           joined(pipeline(session, {"BEGIN", enter, "INSERT INTO note (id, tenant_id) VALUES (60, 'b')", ids,
                                     "COMMIT"}, "a")), "[][a][42501][skipped][skipped]");
    session.must("ROLLBACK");
    expect("and leaves nobody in", state(session), ":");
    expect("without BEGIN it is rolled back by itself",
           joined(pipeline(session, {enter, "INSERT INTO note (id) VALUES (61)", "SELECT 1 / 0", ids}, "a")),
           "[a][][22012][skipped]");
    expect("and leaves nobody in, too", state(session), ":");
    expect("a malformed tenant stops the pipeline before anything is read",
           joined(pipeline(session, {"BEGIN", enter, ids, "COMMIT"}, "no tenant")), "[][22023][skipped][skipped]");
    session.must("ROLLBACK");
    session.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
    expect("nothing of it was written", session.ask("SELECT count(*) FROM note WHERE id >= 60"), "0");
    session.must("COMMIT");
}

// All results of a string of statements: each statement has the tenant of its own moment.
void several_statements(const Fixture &fixture) {
    Connection session = fixture.connect();
    auto all = [&](const std::string &sql) {
        std::vector<std::string> texts;
        if (!PQsendQuery(session.get(), sql.c_str())) throw std::runtime_error("cannot send");
        while (PGresult *next = PQgetResult(session.get())) texts.push_back(Result(next).text());
        return joined(texts);
    };
    const std::string as_a = "SET LOCAL djust_tenants.tenant_id = 'a';", as_b = "SET LOCAL djust_tenants.tenant_id = 'b';";
    expect("a string of statements that switches", all("BEGIN;" + as_a + ids + ";" + as_b + ids + ";COMMIT;" + ids),
           "[][][1 2 3 4][][5 6 7 8][][]");
    expect("the same without BEGIN",
           all("SELECT (djust_tenants.set_current_tenant('a')).id;" + ids +
               ";SELECT (djust_tenants.set_current_tenant('b')).id;" + ids),
           "[a][1 2 3 4][b][5 6 7 8]");
    expect("it leaves nobody in", state(session), ":");
    expect("each INSERT has its own stamp",
           all("BEGIN;" + as_a + "INSERT INTO note (id) VALUES (70) RETURNING tenant_id;" + as_b +
               "INSERT INTO note (id) VALUES (71) RETURNING tenant_id;" + ids + ";ROLLBACK"),
           "[][][a][][b][5 6 7 8 71][]");
    expect("an error in the middle ends the string and its tenant", all(as_a + ids + ";SELECT 1 / 0;" + ids),
           "[][1 2 3 4][22012]");
    expect("nobody is in after the error", state(session), ":");
    expect("a statement that switches in the middle of itself is refused",
           all("BEGIN;" + as_a + "SELECT id, djust_tenants.set_current_tenant('b') FROM note"), "[][][42501]");
    session.must("ROLLBACK");
    expect("a session's tenant that is set in a failed string goes with it",
           all("SET djust_tenants.tenant_id = 'a'; SELECT 1 / 0"), "[][22012]");
    expect("nobody is in after the failed string", state(session), ":");
}

void large_results(Fixture &fixture) {
    fixture.admin().must("INSERT INTO \"Session Test\".note SELECT i, (ARRAY['a','b'])[i % 2 + 1], repeat('x', 50) "
                         "FROM generate_series(1001, 41000) i");
    Connection session = fixture.connect();
    for (const std::string tenant : {"a", "b"}) {
        session.must("BEGIN; SET LOCAL djust_tenants.tenant_id = '" + tenant + "'");
        PQsendQueryParams(session.get(), "SELECT tenant_id, body FROM note WHERE id > 1000", 0, nullptr, nullptr,
                          nullptr, nullptr, 0);
        PQsetSingleRowMode(session.get());
        int own = 0, foreign = 0;
        while (PGresult *next = PQgetResult(session.get())) {
            Result result(next);
            for (int row = 0; row < result.count(); row++) (result.value(row, 0) == tenant ? own : foreign)++;
        }
        check("a large result is wholly of " + tenant, own == 20000 && foreign == 0,
              std::to_string(own) + " own, " + std::to_string(foreign) + " foreign");
        session.must("COMMIT");
    }

    // Cancelled when rows are on their way already.
    session.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
    PQsendQuery(session.get(), "SELECT id, CASE WHEN row_number() OVER () > 5000 THEN pg_sleep(20) END FROM note");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(session.get()), PQfreeCancel);
    char error[256];
    PQcancel(cancel.get(), error, sizeof(error));
    std::string last;
    while (PGresult *next = PQgetResult(session.get())) last = Result(next).sqlstate();
    expect("a cancelled query ends", last, "57014");
    session.must("ROLLBACK");
    expect("a cancel leaves nobody in", state(session), ":");
    PQsendQuery(session.get(), "SELECT djust_tenants.set_current_tenant('a', false), pg_sleep(20)");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    PQcancel(cancel.get(), error, sizeof(error));
    while (PGresult *next = PQgetResult(session.get())) last = Result(next).sqlstate();
    expect("a cancelled set_current_tenant ends", last, "57014");
    expect("a tenant whose statement was cancelled is not in", state(session), ":");
    fixture.admin().must("DELETE FROM \"Session Test\".note WHERE id > 1000");
}

void errors_in_the_middle(const Fixture &fixture) {
    Connection session = fixture.connect();
    session.must("SET djust_tenants.tenant_id = 'a'");
    expect("a function that fails after it switched",
           session.ask("DO $$BEGIN PERFORM djust_tenants.set_current_tenant('b', false); RAISE 'no'; END$$"), "P0001");
    expect("its caller is who he was", state(session), "a:1 2 3 4");
    session.must("DO $$BEGIN BEGIN PERFORM djust_tenants.set_current_tenant('b'); RAISE 'no'; "
                 "EXCEPTION WHEN raise_exception THEN NULL; END; "
                 "IF (SELECT min(id) FROM note) <> 1 THEN RAISE 'wrong tenant'; END IF; END$$");
    expect("a caught exception brings the tenant back", state(session), "a:1 2 3 4");
    session.must("BEGIN; SAVEPOINT s; SET djust_tenants.tenant_id = 'b'");
    expect("an error after a savepoint", session.ask("INSERT INTO note VALUES (80, 'a')"), "42501");
    session.must("ROLLBACK TO s");
    expect("ROLLBACK TO brings the tenant back", state(session), "a:1 2 3 4");
    session.must("COMMIT");
    session.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'b'; PREPARE TRANSACTION 'regress session'");
    expect("PREPARE TRANSACTION brings the tenant back", state(session), "a:1 2 3 4");
    session.must("ROLLBACK PREPARED 'regress session'");
}

}  // namespace

int main() {
    return client::run([] {
        Fixture fixture("\"Session Test\"", "regress_session");
        reported_parameter(fixture);
        pooled_use(fixture);
        prepared_statements(fixture);
        pipelines(fixture);
        several_statements(fixture);
        large_results(fixture);
        errors_in_the_middle(fixture);
    });
}
