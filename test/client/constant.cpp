// A plan with a tenant's constant, through the protocol: bound as one tenant and executed as another, prepared by name
// and used in turn, unnamed, by fresh backends and by those that have served many.
#include "client.hpp"
#include "wire.hpp"

using client::check;
using client::Connection;
using client::expect;
using client::Fixture;

namespace {

std::string all_of_a(Fixture &fixture) {
    return fixture.admin().ask("SELECT string_agg(id || ':' || body, ' ' ORDER BY id) FROM constant_client.note "
                               "WHERE tenant_id = 'a'");
}

// A portal that changes rows is planned by Bind and begins with Execute: between them the tenant can change.
void bound_as_another(Fixture &fixture) {
    struct Case {
        const char *name;
        const char *sql;
    };
    const Case writes[] = {
        {"UPDATE", "UPDATE note SET body = 'taken'"},
        {"UPDATE RETURNING", "UPDATE note SET body = 'taken' RETURNING id"},
        {"DELETE", "DELETE FROM note"},
        {"INSERT", "INSERT INTO note (id, body) VALUES (900, 'taken')"},
        {"CTE", "WITH n AS (UPDATE note SET body = 'taken' RETURNING id) SELECT id FROM n"},
    };
    const std::string before = all_of_a(fixture);
    for (const Case &write : writes) {
        wire::Session session(fixture.role());
        session.query("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
        session.parse(write.sql).bind("p").sync();
        session.query("SET LOCAL djust_tenants.tenant_id = 'b'");
        auto reply = session.execute("p", 0).sync();
        expect(std::string(write.name) + " bound as a, executed as b, is refused", reply.text(), "42501");
        session.query("COMMIT");
        expect(std::string(write.name) + " has changed nothing of a", all_of_a(fixture), before);

        session.query("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
        session.parse(write.sql).bind("p").sync();
        session.query("SET LOCAL djust_tenants.tenant_id = 'b'; SET LOCAL djust_tenants.tenant_id = 'a'");
        reply = session.execute("p", 0).sync();
        expect(std::string(write.name) + " runs when its tenant is back", reply.sqlstate, "");
        session.query("ROLLBACK");
    }
    wire::Session session(fixture.role());
    session.query("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
    session.parse("SELECT id FROM note ORDER BY id").bind("p").sync();
    session.query("SET LOCAL djust_tenants.tenant_id = 'b'");
    expect("SELECT bound as a is not executed as b", session.execute("p", 0).sync().text(), "42501");
}

std::string first_of(const std::string &tenant) { return tenant == "a" ? "1" : tenant == "b" ? "5" : "9"; }

// Statements that a driver prepares once and uses for whoever comes.
void in_turn(const Fixture &fixture, const std::string &mode) {
    Connection session = fixture.connect();
    session.must("SET plan_cache_mode = " + mode);
    session.prepare("without", "SELECT min(id) || ' ' || count(*) FROM note");
    session.prepare("with", "SELECT min(id) || ' ' || count(*) FROM note WHERE id > $1::int");
    bool named = true, unnamed = true, after = true;
    std::string last;
    const std::string tenants[] = {"a", "b", "a", "c", "c", "b", "a"};
    for (int turn = 0; turn < 28; turn++) {
        const std::string &tenant = tenants[turn % 7];
        session.must(turn % 2 ? "BEGIN; SET LOCAL djust_tenants.tenant_id = '" + tenant + "'"
                              : "BEGIN; SELECT djust_tenants.set_current_tenant('" + tenant + "')");
        const std::string wanted = first_of(tenant) + " 4";
        named = named && session.execute("without", {}).text() == wanted && session.execute("with", {"0"}).text() == wanted;
        unnamed = unnamed &&
                  session.run("SELECT min(id) || ' ' || count(*) FROM note WHERE id > $1::int", {"0"}).text() == wanted &&
                  session.run("SELECT min(id) || ' ' || count(*) FROM note", {}).text() == wanted &&
                  session.ask("SELECT min(id) || ' ' || count(*) FROM note") == wanted;
        if (turn % 3 == 0) {
            session.must("SAVEPOINT s; SET LOCAL djust_tenants.tenant_id = 'b'");
            named = named && session.execute("without", {}).text() == "5 4" && session.execute("with", {"0"}).text() == "5 4";
            session.must("ROLLBACK TO s");
            named = named && session.execute("without", {}).text() == wanted;
        }
        session.must(turn % 5 ? "COMMIT" : "ROLLBACK");
        after = after && session.execute("without", {}).text() == "~" && session.execute("with", {"0"}).text() == "~" &&
                session.ask("SELECT count(*) FROM note") == "0";
    }
    check("named statements serve each tenant its rows, " + mode, named);
    check("unnamed and simple statements do, " + mode, unnamed);
    check("and nobody's when there is none, " + mode, after);
}

// Several statements in one message: each is planned when its turn comes.
void one_message(const Fixture &fixture) {
    Connection session = fixture.connect();
    expect("a switch between two statements of a message",
           session.ask("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'; CREATE TEMP TABLE seen ON COMMIT DROP AS SELECT "
                       "min(id) AS id FROM note; SET LOCAL djust_tenants.tenant_id = 'b'; INSERT INTO seen SELECT min(id) "
                       "FROM note; SELECT string_agg(id::text, ' ' ORDER BY id) FROM seen"),
           "1 5");
    session.must("ROLLBACK");
}

// The plan of a statement that the protocol has prepared is made anew from its text after DDL, at Bind.
void remade_at_bind(Fixture &fixture) {
    Connection session = fixture.connect();
    session.prepare("ids", "SELECT min(id) FROM note");
    session.must("SET djust_tenants.tenant_id = 'a'");
    expect("before", session.execute("ids", {}).text(), "1");
    for (int turn = 0; turn < 4; turn++) {
        fixture.admin().must("ALTER TABLE constant_client.note ALTER body SET STATISTICS " + std::to_string(100 + turn));
        const std::string tenant = turn % 2 ? "a" : "b";
        session.must("SET djust_tenants.tenant_id = '" + tenant + "'");
        expect("made anew as " + tenant, session.execute("ids", {}).text(), first_of(tenant));
        session.must("SET djust_tenants.tenant_id = 'c'");
        expect("and then used by c", session.execute("ids", {}).text(), "9");
        session.must("RESET djust_tenants.tenant_id");
        expect("and by nobody", session.execute("ids", {}).text(), "~");
    }
}

}  // namespace

int main() {
    return client::run([] {
        Fixture fixture("constant_client", "regress_constant_client");
        bound_as_another(fixture);
        for (const char *mode : {"force_generic_plan", "force_custom_plan", "auto"}) in_turn(fixture, mode);
        one_message(fixture);
        remade_at_bind(fixture);
    });
}
