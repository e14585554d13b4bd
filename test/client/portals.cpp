// Portals that are executed in parts, and cursors that outlive their transaction: the rest of the rows is for the
// tenant that opened it alone, by protocol Execute, FETCH, MOVE and PL alike.
#include "client.hpp"
#include "wire.hpp"

using client::check;
using client::expect;

namespace {

struct Case {
    const char *name;
    const char *sql;
};

// All give the ids of tenant a, from 1 on, or as many rows of its own.
const Case selects[] = {
    {"SELECT", "SELECT id FROM note ORDER BY id"},
    {"SELECT by sequential scan", "SELECT id FROM note"},
    {"SELECT with a CTE", "WITH n AS MATERIALIZED (SELECT id FROM note) SELECT id FROM n ORDER BY id"},
    {"UNION", "SELECT id FROM note UNION SELECT id FROM note ORDER BY id"},
    {"function that stores its rows", "SELECT * FROM ids_stored()"},
    {"function that stores its rows, in the target list", "SELECT ids_stored()"},
    {"lazy SQL function", "SELECT ids_lazy()"},
    {"EXECUTE", "EXECUTE ids"},
    {"FETCH", "FETCH ALL FROM ids"},
};
const Case writes[] = {
    {"INSERT RETURNING", "INSERT INTO note (id) VALUES (101), (102), (103), (104) RETURNING id - 100"},
    {"UPDATE RETURNING", "UPDATE note SET body = body || '!' RETURNING id"},
    {"DELETE RETURNING", "DELETE FROM note RETURNING id"},
    {"data-modifying CTE", "WITH n AS (UPDATE note SET body = '' RETURNING id) SELECT id FROM n"},
    {"EXECUTE of INSERT RETURNING", "EXECUTE add"},
};
// Every way to become tenant b in the middle of a transaction; after `before`, which comes first.
const Case switches[] = {
    {"SET LOCAL", "SET LOCAL djust_tenants.tenant_id = 'b'"},
    {"SET", "SET djust_tenants.tenant_id = 'b'"},
    {"set_current_tenant", "SELECT djust_tenants.set_current_tenant('b')"},
    {"set_config", "SELECT set_config('djust_tenants.tenant_id', 'b', true)"},
    {"nobody", "SET LOCAL djust_tenants.tenant_id = ''"},
    {"RESET", "RESET djust_tenants.tenant_id"},
};

void begin_as_a(wire::Session &session) {
    session.query("ROLLBACK; DEALLOCATE ALL; RESET djust_tenants.tenant_id");
    session.query("PREPARE ids AS SELECT id FROM note ORDER BY id");
    session.query("PREPARE add AS INSERT INTO note (id) VALUES (101), (102), (103), (104) RETURNING id - 100");
    session.query("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'; "
                  "DECLARE ids CURSOR FOR SELECT id FROM note ORDER BY id");
}

std::string start(wire::Session &session, const Case &what) {
    begin_as_a(session);
    return session.parse(what.sql).bind("p").execute("p", 2).sync().text();
}

void refused_after_switch(wire::Session &session, const Case &what) {
    for (const Case &change : switches) {
        std::string name = std::string("suspended ") + what.name + ", then " + change.name;
        expect(name + ": starts", start(session, what), "1 2 ...");
        session.query(change.sql);
        wire::Reply reply = session.execute("p", 0).sync();
        check(name + ": refused, not a row",
              reply.rows.empty() && (reply.sqlstate == "42501" || reply.sqlstate == "55000"), reply.text());
    }
}

// Tenants that come and go between two parts do not matter, as long as the right one is there again.
void goes_on_after_return(wire::Session &session, const Case &what) {
    std::string name = std::string("suspended ") + what.name;
    start(session, what);
    session.query("SET LOCAL djust_tenants.tenant_id = 'b'");
    session.query("SET LOCAL djust_tenants.tenant_id = 'a'");
    expect(name + " goes on when its tenant has returned", session.execute("p", 0).sync().text(), "3 4");

    start(session, what);
    session.query("SAVEPOINT s");
    session.query("SET LOCAL djust_tenants.tenant_id = 'b'");
    session.query("ROLLBACK TO s");
    expect(name + " goes on after ROLLBACK TO brought its tenant back", session.execute("p", 0).sync().text(), "3 4");

    start(session, what);
    session.query("SET LOCAL djust_tenants.tenant_id = 'a'");
    expect(name + " goes on after the same tenant was set", session.execute("p", 1).sync().text(), "3 ...");
}

// The tenant of before the savepoint is another one than the portal's.
void refused_after_rollback_to(wire::Session &session, const Case &what) {
    session.query("ROLLBACK; DEALLOCATE ALL");
    begin_as_a(session);
    session.query("CLOSE ids");
    session.query("SET LOCAL djust_tenants.tenant_id = 'b'; SAVEPOINT s");
    session.query("SET LOCAL djust_tenants.tenant_id = 'a'; DECLARE ids CURSOR FOR SELECT id FROM note ORDER BY id");
    session.query("RELEASE s; SAVEPOINT s2");
    session.parse(what.sql).bind("p").execute("p", 2).sync();
    session.query("ROLLBACK TO s2");
    session.query("SET LOCAL djust_tenants.tenant_id = 'b'");
    wire::Reply reply = session.execute("p", 0).sync();
    check(std::string("suspended ") + what.name + ", then ROLLBACK TO: refused, not a row",
          reply.rows.empty() && !reply.sqlstate.empty(), reply.text());
}

// A function may work for one tenant after the other: what is suspended then belongs to the last one.
void functions_that_switch(wire::Session &session) {
    session.query("ROLLBACK; RESET djust_tenants.tenant_id; BEGIN");
    expect("function that switches by itself, in parts: first",
          session.parse("SELECT count_as(t) FROM unnest(ARRAY['a','b','c']) t").bind("p").execute("p", 1).sync().text(),
          "a:4 ...");
    expect("function that switches by itself, in parts: next", session.execute("p", 1).sync().text(), "b:4 ...");
    expect("function that switches by itself, in parts: last", session.execute("p", 0).sync().text(), "c:4");
    session.query("ROLLBACK; BEGIN");
    expect("function that switches by itself, at once",
          session.query("SELECT count_as(t) FROM unnest(ARRAY['a','b','c']) t").text(), "a:4 b:4 c:4");
    session.query("ROLLBACK");
    // Not scoped tables: nobody's.
    session.query("BEGIN; SET LOCAL djust_tenants.tenant_id = 'a'");
    expect("suspended portal without scoped tables starts",
          session.parse("SELECT i FROM generate_series(1, 4) i").bind("p").execute("p", 2).sync().text(), "1 2 ...");
    session.query("SET LOCAL djust_tenants.tenant_id = 'b'");
    expect("suspended portal without scoped tables goes on as anybody", session.execute("p", 0).sync().text(), "3 4");
    session.query("ROLLBACK");
}

void held_cursors(wire::Session &session) {
    for (const Case &what : selects) {
        if (std::string(what.sql).rfind("SELECT", 0) != 0) continue;  // DECLARE takes queries only
        for (bool fetched : {false, true}) {
            std::string name = std::string("held cursor on ") + what.name + (fetched ? ", fetched before" : "");
            begin_as_a(session);
            session.query(std::string("DECLARE h CURSOR WITH HOLD FOR ") + what.sql);
            if (fetched) expect(name + ": starts", session.query("FETCH 1 FROM h").text(), "1");
            expect(name + ": commits", session.query("COMMIT").text(), "");
            const char *one = fetched ? "2" : "1";
            auto refused = [&](const std::string &way, const wire::Reply &reply) {
                check(name + ": " + way + " refused", reply.rows.empty() && !reply.sqlstate.empty(), reply.text());
            };
            refused("FETCH by nobody", session.query("FETCH 1 FROM h"));
            session.query("SET djust_tenants.tenant_id = 'b'");
            refused("FETCH by b", session.query("FETCH 1 FROM h"));
            refused("MOVE by b", session.query("MOVE 1 FROM h"));
            refused("FETCH by b in a transaction block", session.query("BEGIN; FETCH ALL FROM h"));
            session.query("ROLLBACK");
            refused("Execute by b", session.execute("h", 0).sync());
            refused("PL by b", session.query("SELECT fetch_one('h')"));
            session.query("SET djust_tenants.tenant_id = 'a'");
            expect(name + ": FETCH by a", session.query("FETCH 1 FROM h").text(), one);
            session.query("CLOSE h; RESET djust_tenants.tenant_id");
        }
    }
}

// The session's token expires while nothing is analysed: before a kept plan, which has the tenant in it, is bound, and
// before the rest of a portal is asked for.
void token_expires(client::Connection &admin, const std::string &role) {
    wire::Session binds(role), goes_on(role);  // of one tenant alone, for only then kept plans have it in them
    admin.must("SELECT djust_tenants.add_signing_key('regress_portals', 'HS256', repeat('x', 32))");
    std::string token = admin.ask("SELECT djust_tenants.sign_token('a', 'regress_portals', '4 seconds')");
    for (wire::Session *session : {&binds, &goes_on})
        expect("a token", session->query("SELECT (djust_tenants.set_tenant_from_token('" + token + "', false)).id").text(), "a");
    auto bound = [&] { return binds.bind("", "kept").execute("", 0).sync().text(); };
    binds.parse("SELECT count(*) FROM note", "kept").sync();
    const std::string rows = bound();
    check("kept plan: there are rows", rows != "0" && rows == bound(), rows);
    goes_on.query("BEGIN");
    expect("portal: starts", goes_on.parse("SELECT id FROM note ORDER BY id").bind("p").execute("p", 2).sync().text(), "1 2 ...");
    admin.must("SELECT pg_sleep(5.1)");
    expect("kept plan, bound when the token has expired", bound(), "55000");
    expect("kept plan, bound again", bound(), "0");
    expect("portal, when the token has expired", goes_on.execute("p", 0).sync().text(), "55000");
    goes_on.query("ROLLBACK");
    admin.must("SELECT djust_tenants.drop_signing_key('regress_portals')");
}

}  // namespace

int main() {
    return client::run([] {
        client::Fixture fixture("\"Portal Test\"", "regress_portals");
        client::Connection &admin = fixture.admin();
        admin.must("SET search_path = \"Portal Test\"");
        admin.must("CREATE FUNCTION ids_stored() RETURNS SETOF int LANGUAGE plpgsql AS "
                   "$$BEGIN RETURN QUERY SELECT id FROM note ORDER BY id; END$$");
        admin.must("CREATE FUNCTION ids_lazy() RETURNS SETOF int LANGUAGE sql VOLATILE AS "
                   "$$SELECT id FROM note ORDER BY id$$");
        admin.must("CREATE FUNCTION count_as(tenant text) RETURNS text LANGUAGE plpgsql AS "
                   "$$BEGIN PERFORM djust_tenants.set_current_tenant(tenant); "
                   "RETURN tenant || ':' || (SELECT count(*) FROM note); END$$");
        admin.must("CREATE FUNCTION fetch_one(c refcursor) RETURNS text LANGUAGE plpgsql AS "
                   "$$DECLARE r text; BEGIN FETCH c INTO r; RETURN r; END$$");

        wire::Session session(fixture.role());
        for (const Case &what : selects) refused_after_switch(session, what);
        for (const Case &what : writes) refused_after_switch(session, what);
        for (const Case &what : selects) goes_on_after_return(session, what);
        for (const Case &what : writes) goes_on_after_return(session, what);
        for (const Case &what : selects) refused_after_rollback_to(session, what);
        for (const Case &what : writes) refused_after_rollback_to(session, what);
        functions_that_switch(session);
        held_cursors(session);
        token_expires(admin, fixture.role());
    });
}
