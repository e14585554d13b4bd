// LISTEN and NOTIFY between tenants on pooled connections: with djust_tenants.guard_notify a session hears its own tenant
// alone; with djust_tenants.guard_session the next client of a connection does not hear the one before. And the ways of
// the protocol that no SQL text goes: the function call message, statements that are prepared by Parse.
#include "client.hpp"

using client::check;
using client::Connection;
using client::expect;
using client::Fixture;

namespace {

constexpr unsigned pg_notify_oid = 3036;

// "channel:payload ..." of what has arrived; a round trip first, which ends a transaction of its own.
std::string heard(Connection &connection) {
    connection.must("SELECT 1");
    std::string text;
    while (PGnotify *notify = PQnotifies(connection.get())) {
        text += (text.empty() ? "" : " ") + std::string(notify->relname) + "=" + notify->extra;
        PQfreemem(notify);
    }
    return text;
}

void enter(Connection &connection, const std::string &tenant) {
    connection.must("SET djust_tenants.tenant_id = '" + tenant + "'");
}

void listen(Connection &connection, const std::string &channel) {
    connection.must("DO $$BEGIN EXECUTE format('LISTEN %I', djust_tenants.tenant_channel('" + channel + "')); END$$");
}

// pg_notify through the function call message of the protocol: no statement, no plan.
std::string fast_path(Connection &connection, const char *channel) {
    PQArgBlock arguments[2]{};
    arguments[0].len = static_cast<int>(std::string(channel).size());
    arguments[0].u.ptr = reinterpret_cast<int *>(const_cast<char *>(channel));
    arguments[1].len = 4;
    arguments[1].u.ptr = reinterpret_cast<int *>(const_cast<char *>("fast"));
    int length = 0, place[16];
    return client::Result(PQfn(connection.get(), pg_notify_oid, place, &length, 0, arguments, 2)).text();
}

void without_guard(const Fixture &fixture) {
    Connection a = fixture.connect(), b = fixture.connect();
    enter(a, "a");
    enter(b, "b");
    listen(a, "orders");
    b.must("LISTEN \"tenant:a:orders\"");
    a.must("SELECT djust_tenants.notify_tenant('orders', 'secret')");
    expect("off: a tenant hears itself", heard(a), "tenant:a:orders=secret");
    expect("off, today's truth: and another one, whose channel it can name", heard(b), "tenant:a:orders=secret");
    check("off: the function call message notifies anybody", fast_path(b, "tenant:a:orders").empty());
    expect("off, today's truth: and is heard", heard(a), "tenant:a:orders=fast");
}

void with_guard(Fixture &fixture) {
    fixture.admin().must("ALTER ROLE " + fixture.role() + " SET djust_tenants.guard_notify = on");
    Connection a = fixture.connect(), b = fixture.connect();
    enter(a, "a");
    enter(b, "b");
    listen(a, "orders");
    listen(b, "orders");
    expect("on: another tenant's channel is refused", b.ask("LISTEN \"tenant:a:orders\""), "42501");
    expect("on: by the extended protocol too", b.run("LISTEN \"tenant:a:orders\"", {}).text(), "42501");
    expect("on: pg_notify with parameters", b.run("SELECT pg_notify($1, $2)", {"tenant:a:orders", "x"}).text(), "42501");
    expect("on: pg_notify by the function call message", fast_path(b, "tenant:a:orders"), "42501");
    expect("on: also of the own channel", fast_path(b, "tenant:b:orders"), "42501");
    a.must("SELECT djust_tenants.notify_tenant('orders', 'for a')");
    b.must("SELECT djust_tenants.notify_tenant('orders', 'for b')");
    expect("on: each hears its own (a)", heard(a), "tenant:a:orders=for a");
    expect("on: each hears its own (b)", heard(b), "tenant:b:orders=for b");
    b.must("BEGIN; SELECT djust_tenants.notify_tenant('orders', 'undone'); ROLLBACK");
    expect("on: a rollback notifies nobody", heard(b), "");

    // Ids and channels that do not fit into 63 bytes, and differ at their ends alone.
    const std::string stem(127, 'i'), name(60, 'c');
    enter(a, "");
    enter(b, "");
    enter(a, stem + "1");
    enter(b, stem + "2");
    a.must("UNLISTEN *");
    b.must("UNLISTEN *");
    listen(a, name);
    listen(b, name);
    a.must("SELECT djust_tenants.notify_tenant('" + name + "', '1'), djust_tenants.notify_tenant('" + name + "d', 'no')");
    check("on: a long id hears its own channel alone", heard(a).find("=1") != std::string::npos);
    expect("on: another long id hears nothing", heard(b), "");

    Connection &admin = fixture.admin();
    admin.must("SELECT pg_notify('everybody', 'x')");
    fixture.admin().must("ALTER ROLE " + fixture.role() + " RESET djust_tenants.guard_notify");
}

// One server connection that a pool hands from a client of tenant a to one of tenant b.
void pooled(Fixture &fixture) {
    Connection a = fixture.connect();
    enter(a, "a");
    {
        Connection server = fixture.connect();
        server.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
        listen(server, "orders");
        server.must("COMMIT; BEGIN; SET LOCAL djust_tenants.tenant_id = 'b'; COMMIT");
        a.must("SELECT djust_tenants.notify_tenant('orders', 'secret')");
        expect("off, today's truth: the next client hears the one before", heard(server), "tenant:a:orders=secret");
    }
    fixture.admin().must("ALTER ROLE " + fixture.role() + " SET djust_tenants.guard_session = 'refuse'");
    {
        Connection server = fixture.connect();
        server.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
        listen(server, "orders");
        server.must("COMMIT");
        expect("refuse: the next client is not let in", server.ask("SET djust_tenants.tenant_id = 'b'"), "42501");
        expect("refuse: nor by a function", server.ask("SELECT djust_tenants.set_current_tenant('b')"), "42501");
        a.must("SELECT djust_tenants.notify_tenant('orders', 'mine')");
        expect("refuse: the same tenant still hears", heard(server), "tenant:a:orders=mine");
        server.must("DISCARD ALL");
        expect("refuse: after DISCARD ALL it is let in", server.ask("SET djust_tenants.tenant_id = 'b'"), "");
        a.must("SELECT djust_tenants.notify_tenant('orders', 'secret')");
        expect("refuse: and hears nothing", heard(server), "");

        server.must("DISCARD ALL");
        server.must("SET djust_tenants.tenant_id = 'a'");
        server.prepare("by_protocol", "SELECT djust_tenants.current_tenant_id()");
        expect("refuse: a statement prepared by the protocol is the driver's",
               server.ask("SET djust_tenants.tenant_id = 'b'"), "");
        expect("refuse: and serves the next", server.execute("by_protocol", {}).text(), "b");
        server.must("SET djust_tenants.tenant_id = 'a'");
        server.run("PREPARE kept AS SELECT 'secret'", {});
        expect("refuse: PREPARE by the extended protocol counts", server.ask("SET djust_tenants.tenant_id = 'b'"), "42501");
        server.must("DISCARD ALL");
        server.must("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'; SAVEPOINT s; LISTEN x; ROLLBACK TO s; COMMIT");
        expect("refuse: LISTEN in a savepoint that is rolled back", server.ask("SET djust_tenants.tenant_id = 'b'"), "");
        server.must("DISCARD ALL");
        server.must("SET djust_tenants.tenant_id = 'a'");
        server.must("BEGIN; LISTEN x; ROLLBACK");
        expect("refuse: LISTEN in a transaction that is rolled back", server.ask("SET djust_tenants.tenant_id = 'b'"), "");
        server.must("DISCARD ALL");
        server.must("SET djust_tenants.tenant_id = 'a'; LISTEN x; UNLISTEN x");
        expect("refuse: several statements in one message", server.ask("SET djust_tenants.tenant_id = 'b'"), "");
    }
    {
        // RESET and DISCARD ALL go back to a tenant that nobody enters by a statement.
        Connection server = fixture.connect("options='-c djust_tenants.tenant_id=b'");
        server.must("SET djust_tenants.tenant_id = 'a'; CREATE TEMP TABLE kept AS SELECT 'secret' AS s");
        server.must("RESET djust_tenants.tenant_id");
        expect("refuse: RESET to a tenant of the options", server.ask("SELECT * FROM kept"), "42501");
        server.must("DISCARD ALL");
        expect("refuse: DISCARD ALL to it", server.ask("SELECT djust_tenants.current_tenant_id()"), "b");
    }
    fixture.admin().must("ALTER ROLE " + fixture.role() + " SET djust_tenants.guard_session = 'clean'");
    {
        Connection server = fixture.connect();
        server.must("BEGIN; SELECT djust_tenants.set_current_tenant('a')");
        listen(server, "orders");
        server.must("CREATE TEMP TABLE kept AS SELECT 'secret' AS s; COMMIT");
        server.must("BEGIN; SELECT djust_tenants.set_current_tenant('b')");
        a.must("SELECT djust_tenants.notify_tenant('orders', 'secret')");
        expect("clean: the table is gone", server.ask("SELECT * FROM kept"), "42P01");
        server.must("ROLLBACK");
        expect("clean: rolled back, it is still the first tenant's", heard(server), "tenant:a:orders=secret");
        server.must("BEGIN; SELECT djust_tenants.set_current_tenant('b')");
        a.must("SELECT djust_tenants.notify_tenant('orders', 'secret')");
        server.must("COMMIT");
        expect("clean: what is sent while the next client works is not delivered", heard(server), "");
        a.must("SELECT djust_tenants.notify_tenant('orders', 'secret')");
        expect("clean: nor later", heard(server), "");

        // The call and the statement in one pipeline, as in doc/one-round-trip.md.
        server.must("BEGIN; SELECT djust_tenants.set_current_tenant('a'); CREATE TEMP TABLE kept AS SELECT 1; COMMIT");
        expect("clean: one message",
               server.ask("BEGIN; SELECT djust_tenants.set_current_tenant('b'); CREATE TEMP TABLE kept AS SELECT 2 AS n; "
                          "SELECT n FROM kept"), "2");
        server.must("COMMIT");
    }
    fixture.admin().must("ALTER ROLE " + fixture.role() + " RESET djust_tenants.guard_session");
}

}  // namespace

int main() {
    return client::run([] {
        Fixture fixture("listen_test", "regress_listen");
        without_guard(fixture);
        with_guard(fixture);
        pooled(fixture);
    });
}
