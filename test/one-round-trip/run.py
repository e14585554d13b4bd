#!/usr/bin/python3
"""Runs the patterns of doc/one-round-trip.md against a server: run.py WORK PAGE LIBRARIES ONLY

WORK has counting.port and counting.count of proxy.py. LIBRARIES has node_modules. ONLY is a regular
expression for the names of clients. Started by scripts/test-clients.
Each program with_* reads lines "way TAB tenant TAB statement TAB value ...", does them on one connection, and answers
"rows TAB value ..." (the first column) or "error TAB SQLSTATE". The way `plain` does the statement without a tenant.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import programs  # noqa: E402
from programs import expect  # noqa: E402

WORK, PAGE, LIBRARIES, ONLY = sys.argv[1:]
JDBC = "/usr/share/java/postgresql.jar"
with open(WORK + "/counting.port") as port_file:
    PORT = port_file.read().split()[0]


def snippets(heading, wanted):
    """The code blocks below a heading, each into a file NAME.LANGUAGE; .h for C."""
    folder = os.path.join(WORK, heading)
    os.makedirs(folder)
    found = programs.blocks(PAGE, heading)
    for language, name, code in found:
        with open(os.path.join(folder, name + "." + language.replace("c", "h", language == "c")), "w") as file:
            file.write(code)
    expect("all code of the page is run: " + heading, {name for _, name, _ in found}, wanted)
    return folder


def Client(command):
    return programs.Client([word.replace("PORT", PORT) for word in command], PORT, "patterns", LIBRARIES)


def count():
    with open(WORK + "/counting.count") as file:
        return int(file.read())


def trips(wanted, call):
    """The round trips of a call. A client that stalls may be counted twice, never less than it waits: try again."""
    for _ in range(4):
        before = count()
        call()
        trip = count() - before
        if trip <= wanted:
            break
    return trip


READ = "SELECT name FROM projects ORDER BY name"
ATTACKS = ["acme'; SET djust_tenants.tenant_id = 'globex'; --", "acme' --", "acme''", "acme\\'; DELETE FROM projects; --",
           "acme\\", "acme; SELECT 1", "$1", "%s", "acme\u2019", "ac me", "x" * 129]


def check(name, command, way, values, first=1):
    """values: the placeholder; None where the way takes no values. first: round trips of a statement's first run."""
    client = Client(command)

    def ask(tenant, statement, *given):
        if not values:
            for value in given:
                statement = statement.replace("?", "'%s'" % value, 1)
            given = ()
        numbers = iter(range(1, 9))
        return client.ask(way, tenant, re.sub(r"\?", lambda _: values.replace("N", str(next(numbers))), statement)
                          if values else statement, *given)

    def plain(statement):
        return client.ask("plain", "", statement)

    def no_tenant(when):
        expect(name + ": no tenant " + when,
               plain("SELECT concat('[', current_setting('djust_tenants.tenant_id'), '] ', "
                     "(SELECT count(*) FROM projects))"), ("rows", "[] 0"))

    def state():
        return ask("acme", READ), ask("globex", READ)

    try:
        start = (("rows", "Anvil", "Rocket"), ("rows", "Laser"))
        expect(name + ": a tenant reads its rows", ask("acme", READ), start[0])
        no_tenant("afterwards")
        expect(name + ": another one on the same connection reads its own", ask("globex", READ), start[1])
        no_tenant("after the second")
        one = "SELECT name FROM projects WHERE name = ?"
        counted, new = [], iter([" AND %d = %d" % (i, i) for i in range(4)])
        expect(name + ": round trips of the first run of a statement",
               trips(first, lambda: ask("acme", one + next(new), "Rocket")), first)
        for _ in range(6):  # drivers prepare after some executions
            ask("acme", one, "Rocket")
        expect(name + ": round trips", trips(1, lambda: counted.append(ask("globex", one, "Laser"))), 1)
        expect(name + ": with the right rows", counted[-1], ("rows", "Laser"))
        expect(name + ": foreign rows are not found", ask("acme", one, "Laser"), ("rows",))
        expect(name + ": a row is stamped",
               ask("acme", "INSERT INTO projects (name) VALUES (?) RETURNING tenant_id", "New"), ("rows", "acme"))
        expect(name + ": and was stored for that tenant alone", state(), (("rows", "Anvil", "New", "Rocket"), start[1]))
        expect(name + ": another tenant's row is refused",
               ask("acme", "INSERT INTO projects (name, tenant_id) VALUES (?, 'globex') RETURNING 1", "Spy"),
               ("error", "42501"))
        no_tenant("after a refused row")
        expect(name + ": an error", ask("acme", "SELECT 1 / (count(*) - count(*)) FROM projects"), ("error", "22012"))
        no_tenant("after an error, nor an open transaction")
        expect(name + ": an error after a row was written",
               ask("acme", "INSERT INTO projects (name) VALUES (?) RETURNING 1 / (id - id)", "Lost"), ("error", "22012"))
        no_tenant("after that")
        expect(name + ": the tenant works again, and the row was not stored", state(),
               (("rows", "Anvil", "New", "Rocket"), start[1]))
        expect(name + ": the row can be deleted",
               ask("acme", "DELETE FROM projects WHERE name = ? RETURNING name", "New"), ("rows", "New"))
        kinds = {attack: ask(attack, READ)[0] for attack in ATTACKS}
        expect(name + ": a malicious id is an error", kinds, dict.fromkeys(ATTACKS, "error"))
        no_tenant("after malicious ids")
        empty = ask("", READ)
        expect(name + ": an empty id reads nothing", empty if empty[0] == "rows" else ("rows",), ("rows",))
        no_tenant("after an empty id")
        expect(name + ": nothing has changed", state(), start)
    finally:
        client.close()


def counter(command):
    """That the counter counts: each statement that is waited for is a round trip."""
    client = Client(command)

    def four():
        for statement in ("BEGIN", "SET LOCAL djust_tenants.tenant_id = 'acme'", READ, "COMMIT"):
            client.ask("plain", "", statement)

    client.ask("plain", "", "SELECT 1")
    expect("four messages that are waited for are four round trips", trips(4, four), 4)
    client.close()


def jdbc_transaction(command, name):
    client = Client(command)
    client.ask("statement", "acme", READ)  # loads classes
    client.ask("plain", "", "autocommit off")
    client.ask("statement", "acme", READ)
    client.ask("plain", "", "commit")
    rows = []

    def begin():
        client.ask("plain", "", "rollback")  # without a transaction: nothing is sent
        rows.append(client.ask("statement", "acme", READ))

    expect(name + ": BEGIN, tenant and first statement in one round trip", trips(1, begin), 1)
    expect(name + ": its rows", rows[-1], ("rows", "Anvil", "Rocket"))
    expect(name + ": the tenant stays in the transaction",
           client.ask("plain", "", "SELECT count(*) FROM projects"), ("rows", "2"))
    before = count()
    client.ask("plain", "", "commit")
    expect(name + ": commit is one more", count() - before, 1)
    expect(name + ": and the tenant is gone", client.ask("plain", "", "SELECT count(*) FROM projects"), ("rows", "0"))
    client.close()


def libpq(folder):
    flags = [os.environ["PG_CONFIG_CLIENT"], "--includedir"]
    include = subprocess.run(flags, check=True, capture_output=True, text=True).stdout.strip()
    program = folder + "/with_libpq"
    subprocess.run(["cc", "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-I" + folder, "-I" + include,
                    HERE + "/with_libpq.c", "-o", program, "-lpq"], check=True)
    counter([program])
    client = Client([program])
    for error, after in (("BEGIN; SET LOCAL djust_tenants.tenant_id = 'acme'; SELECT 1 / 0; COMMIT", "25P02"),
                         ("SET LOCAL djust_tenants.tenant_id = 'acme'; SELECT 1 / 0", "")):
        client.ask("plain", "", error)
        expect("after an error in '%s'" % error, client.ask("plain", "", "SELECT count(*) FROM projects"),
               ("error", after) if after else ("rows", "0"))
        client.ask("plain", "", "ROLLBACK")
    client.close()
    check("libpq, message", [program], "message", None)
    check("libpq, pipeline", [program], "pipeline", "$N")


def psycopg(folder):
    for way in ("message", "pipeline", "async_pipeline"):
        check("psycopg 3, " + way, ["/usr/bin/python3", HERE + "/with_psycopg.py", folder], way, "%s")


def psycopg2(folder):
    check("psycopg2, message", ["/usr/bin/python3", HERE + "/with_psycopg2.py", folder], "message", "%s")


def jdbc(folder):
    with open(HERE + "/WithJdbc.java") as file, open(folder + "/statement.java") as pattern:
        source = file.read().replace("    // PATTERN\n", pattern.read())
    with open(folder + "/WithJdbc.java", "w") as file:
        file.write(source)
    subprocess.run(["javac", "-Xlint:all", "-Werror", "-cp", JDBC, "-d", folder, folder + "/WithJdbc.java"], check=True)
    url = "jdbc:postgresql://127.0.0.1:PORT/patterns?user=regress_patterns&sslmode=disable&gssEncMode=disable"
    java = ["java", "-XX:TieredStopAtLevel=1", "-cp", folder + ":" + JDBC, "WithJdbc"]
    check("JDBC", java + [url], "statement", "?")
    for option in ("", "preferQueryMode=simple", "autosave=always"):
        jdbc_transaction(java + [url + "&" + option], "JDBC, transaction" + (option and ", " + option))
    client = Client(java + [url + "&preferQueryMode=simple"])
    expect("JDBC, preferQueryMode=simple: with autocommit on the tenant is gone before the statement",
           client.ask("statement", "acme", READ), ("rows",))
    client.close()


def node_postgres(folder):
    check("node-postgres, message", ["node", HERE + "/with_pg.js", folder], "message", None)
    check("node-postgres, pipeline", ["node", HERE + "/with_pg.js", folder, "pipeline"], "pipeline", "$N")
    client = Client(["node", HERE + "/with_pg.js", folder])
    client.ask("plain", "", "SELECT 1")
    expect("node-postgres, the pipeline's code without the option: round trips",
           trips(4, lambda: client.ask("pipeline", "acme", READ)), 4)
    client.close()


def postgres_js(folder):
    check("Postgres.js, message", ["node", HERE + "/with_postgres.js", folder], "message", None)
    check("Postgres.js, pipeline", ["node", HERE + "/with_postgres.js", folder], "pipeline", "$N", first=3)


def client(heading, run, wanted):
    return heading, lambda: run(snippets(heading, wanted))


sys.exit(programs.run_clients((
    client("libpq", libpq, {"message", "pipeline"}),
    client("psycopg 3", psycopg, {"message", "pipeline", "async_pipeline"}),
    client("psycopg2", psycopg2, {"message"}),
    client("JDBC", jdbc, {"statement"}),
    client("node-postgres", node_postgres, {"message", "pipeline"}),
    client("Postgres.js", postgres_js, {"message", "pipeline"})), ONLY))
