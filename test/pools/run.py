#!/usr/bin/python3
"""Runs the code of doc/pools.md, and that of Node in doc/recipes.md: run.py WORK PAGE RECIPES LIBRARIES ONLY

WORK has passing.port of proxy.py. LIBRARIES has node_modules. ONLY is a regular expression for the names of clients.
Started by scripts/test-clients, against a cluster whose database `patterns` has the table. Each database here is a copy
of it with a mode and a guard of its own.

Each program has a pool of one connection, so that what one user leaves the next one gets. It reads lines
"verb TAB field ...", and answers "rows TAB value ..." (the first column) or "error TAB SQLSTATE TAB class of the error".
`way who` is how a tenant is entered: `tenant`, `token` or `request`; `none` enters none. Verbs:

    read way who                all names, sorted
    do way who statement ...    one after the other in one transaction; what the last one gives
    stamp way who name          inserts, gives the tenant
    spy way who name tenant     inserts for that tenant
    throw way who name          inserts, then an error of the application's own
    leave way who statement ... gives the connection back within the transaction
    session way who statement ...   enters for the session
    find way who name           as the driver's prepared statement
    sql statement               without a tenant and a transaction
    many way who who            ten reads of each at once; what differs of the answers
"""
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import programs  # noqa: E402
from programs import expect  # noqa: E402

WORK, PAGE, RECIPES, LIBRARIES, ONLY = sys.argv[1:]
JARS = ":".join("/usr/share/java/%s.jar" % jar for jar in (
    "postgresql", "HikariCP", "commons-dbcp2", "commons-pool2", "commons-logging", "slf4j-api", "slf4j-nop"))
with open(WORK + "/passing.port") as port_file:
    PORT = port_file.read().split()[0]
# What set_current_tenant's call on the page is for the other ways, as the page says.
CALLS = {"tenant": "set_current_tenant(%s)", "token": "set_tenant_from_token(%s)",
         "request": "set_tenant_from_request(%s::jsonb)"}
ACME, GLOBEX, NOBODY = ("rows", "Anvil", "Rocket"), ("rows", "Laser"), ("rows",)
LOOK = ("SELECT concat('[', current_setting('djust_tenants.tenant_id'), '] ', (SELECT count(*) FROM projects), ' ', "
        "pg_backend_pid())")
PREPARED = ("SELECT (count(*) > 0)::text FROM pg_prepared_statements WHERE NOT from_sql AND statement "
            "ILIKE 'SELECT%projects%name%= $1' AND statement NOT LIKE '%pg_prepared_statements%'")


def admin(database, *statements):
    command = [os.environ["PSQL"], "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database]
    for statement in statements:
        command += ["-c", statement]
    environment = dict(os.environ, PGOPTIONS="-c client_min_messages=error")
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.split()


def snippets(heading, wanted):
    """The code blocks below a heading, each into a file; in_tenant once for each way to enter. The folder."""
    folder = os.path.join(WORK, "pools", heading)
    os.makedirs(folder)
    found = programs.blocks(PAGE, heading)
    expect("all code of the page is run: pools, " + heading, {name for _, name, _ in found}, wanted)
    for language, name, code in found:
        call = re.compile(r"set_current_tenant\((%s|\?|\$1|\$\{tenant\})\)")
        if name == "in_tenant":
            expect("the page's code enters the tenant in one place: pools, " + heading, len(call.findall(code)), 1)
        for way in CALLS if name == "in_tenant" else ("",):
            with open(os.path.join(folder, ".".join(filter(None, (name, way, language)))), "w") as file:
                file.write(call.sub(lambda match: CALLS[way] % match.group(1), code) if way else code)
    with open(folder + "/FORGET", "w") as file:
        file.write(programs.blocks(PAGE, "A tenant for the session")[0][2])
    return folder


class Mode:
    """Open or signed: its databases, and what names a tenant in it."""

    def __init__(self, name):
        self.name = name
        tokens = {tenant: admin("patterns", "SELECT djust_tenants.sign_token('%s', 'test', '1 hour')" % tenant)[0]
                  for tenant in ("acme", "globex")}
        if name == "open":
            self.who = {"tenant": {tenant: tenant for tenant in tokens},
                        "request": {tenant: '{"host": "%s.example.com"}' % tenant for tenant in tokens},
                        "recipe": {tenant: '{"headers": {"host": "%s.example.com"}, "url": "/"}' % tenant
                                   for tenant in tokens}}
        else:  # the host names a tenant too, and must count for nothing
            said = '{"host": "initech.example.com", "headers": {"authorization": "Bearer %s"}}'
            recipe = '{"headers": {"host": "initech.example.com", "authorization": "Bearer %s"}, "url": "/"}'
            self.who = {"request": {tenant: said % token for tenant, token in tokens.items()},
                        "recipe": {tenant: recipe % token for tenant, token in tokens.items()}}
        self.who["token"] = tokens
        self.way = "tenant" if name == "open" else "token"  # where one will do

    def database(self, guard):
        return "%s_%s" % (self.name, guard)


def make_databases():
    admin("patterns", "SELECT djust_tenants.add_signing_key('test', 'HS256', repeat('secret ', 8))")
    for mode in "open", "signed":
        for guard in "off", "refuse", "clean":
            name = "%s_%s" % (mode, guard)
            admin("postgres", "CREATE DATABASE %s TEMPLATE patterns" % name,
                  "ALTER DATABASE %s SET djust_tenants.context_mode = '%s'" % (name, mode),
                  "ALTER DATABASE %s SET djust_tenants.guard_session = '%s'" % (name, guard))


class Program:
    """A pool with one connection, in one mode."""

    def __init__(self, kind, mode, guard, *options):
        command = [word.replace("URL", URL % mode.database(guard)) for word in kind.command]
        self.client = programs.Client(command + list(options), PORT, mode.database(guard), LIBRARIES)
        self.mode, self.closes = mode, kind.closes
        self.name = ", ".join((kind.name, mode.name) + ((("guard " + guard),) if guard != "off" else ()) + options)
        self.pid = self.sql("SELECT pg_backend_pid()")[1]

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.client.close()

    def ask(self, verb, way, tenant, *fields):
        return self.client.ask(verb, way, "-" if way == "none" else self.mode.who[way][tenant], *fields)

    def sql(self, statement):
        return self.client.ask("sql", statement)

    def expect(self, name, got, wanted):
        expect("%s: %s" % (self.name, name), got, wanted)

    def refused(self, name, got, wanted):
        """An error of a statement without a transaction, after which some close the connection."""
        self.expect(name, got, wanted)
        if self.closes:
            before, self.pid = self.pid, self.sql("SELECT pg_backend_pid()")[1]
            self.expect("... and the connection is closed", self.pid != before, True)

    def nobody(self, when, same=True):
        """The connection, given back and taken again, is the same one, and has no tenant."""
        got = self.sql(LOOK)
        if got[0] == "rows":
            tenant, rows, pid = got[1].split(" ")
            got = (tenant, rows, "the same" if pid == self.pid else "another")
        wanted = "the same" if same else "another"
        self.expect("%s, on %s connection: no tenant" % (when, wanted), got, ("[]", "0", wanted))


URL = ("jdbc:postgresql://127.0.0.1:" + PORT +
       "/%s?user=regress_patterns&sslmode=disable&gssEncMode=disable&prepareThreshold=1")


class Kind:
    """A client with its pool, and what is particular about it."""

    def __init__(self, name, command, denied, no_tenant, rolls_back=True, prepares=True, manual=True, many=True,
                 discard_all="works", recipe=False, deallocates=False,
                 closes=False):
        self.name, self.command, self.recipe = name, command, recipe
        self.denied, self.no_tenant = ("error", "42501", denied), ("error", "55000", no_tenant)
        self.rolls_back, self.prepares, self.manual, self.many = rolls_back, prepares, manual, many
        self.discard_all, self.deallocates, self.closes = discard_all, deallocates, closes


def check_tenants(kind, mode, way):
    """Enter, read, stamp, switch, errors in the middle; each time the connection goes back and is taken again."""
    with Program(kind, mode, "off") as pool:
        pool.name += ", " + way
        pool.expect("a tenant reads its rows", pool.ask("read", way, "acme"), ACME)
        pool.nobody("afterwards")
        pool.expect("the next one reads its own", pool.ask("read", way, "globex"), GLOBEX)
        pool.nobody("after the second")
        pool.expect("and the first one again", pool.ask("read", way, "acme"), ACME)
        pool.expect("who enters none reads nothing", pool.ask("read", "none", ""), NOBODY)
        pool.refused("... and cannot write", pool.ask("stamp", "none", "", "Nobody's"), kind.no_tenant)

        pool.expect("a row is stamped", pool.ask("stamp", way, "acme", "New"), ("rows", "acme"))
        pool.expect("... and stored for that tenant", pool.ask("read", way, "acme"), ("rows", "Anvil", "New", "Rocket"))
        pool.expect("... and not for another", pool.ask("read", way, "globex"), GLOBEX)
        pool.expect("the other one's row has its own stamp", pool.ask("stamp", way, "globex", "Newer"), ("rows", "globex"))
        pool.expect("each deletes its own",
                    [pool.ask("do", way, tenant, "DELETE FROM projects WHERE name LIKE 'New%' RETURNING name")
                     for tenant in ("acme", "globex")], [("rows", "New"), ("rows", "Newer")])
        pool.expect("another tenant's row is refused", pool.ask("spy", way, "acme", "Spy", "globex"), kind.denied)
        pool.nobody("after that")

        pool.expect("an error of the server after a row was written",
                    pool.ask("do", way, "acme", "INSERT INTO projects (name) VALUES ('Lost')",
                             "SELECT 1 / (count(*) - count(*)) FROM projects")[:2], ("error", "22012"))
        pool.nobody("after that error")
        pool.expect("an error of the application after a row was written",
                    pool.ask("throw", way, "acme", "Lost"), ("error", "own"))
        pool.nobody("after that error of its own")
        pool.expect("no row of either was stored, and all works",
                    [pool.ask("read", way, tenant) for tenant in ("globex", "acme")], [GLOBEX, ACME])
        if kind.many:
            who = mode.who[way]
            pool.expect("twenty at once, each its own rows", pool.client.ask("many", way, who["acme"], who["globex"]),
                        ("rows", "0:Anvil,Rocket", "1:Laser"))
            pool.nobody("after that crowd")
        if kind.prepares:
            check_prepared(pool, way)


def check_prepared(pool, way):
    def found(way, tenant):
        return [pool.ask("find", way, tenant, name)[1:] for name in ("Anvil", "Laser")]

    mine, theirs = [("Anvil",), ()], [(), ("Laser",)]
    pool.expect("prepared by the driver as one tenant", [found(way, "acme") for _ in range(3)], [mine] * 3)
    pool.expect("... it is on the server", pool.sql(PREPARED), ("rows", "true"))
    pool.expect("... as the other", [found(way, "globex") for _ in range(7)], [theirs] * 7)
    pool.expect("... without a tenant", found("none", ""), [(), ()])
    pool.expect("... as the first again", found(way, "acme"), mine)
    pool.nobody("after prepared statements")


def check_left(kind, mode):
    """A connection that is given back within a transaction, or with a tenant for the session."""
    way, lost = mode.way, "INSERT INTO projects (name) VALUES ('Lost')"
    with Program(kind, mode, "off") as pool:
        if kind.manual and kind.rolls_back:
            pool.expect("given back within a transaction", pool.ask("leave", way, "acme", lost)[0], "rows")
            pool.nobody("after that")
            pool.expect("given back within a failed transaction",
                        pool.ask("leave", way, "acme", lost, "SELECT 1 / 0")[:2], ("error", "22012"))
            pool.nobody("after that failure")
        elif kind.manual:
            pool.ask("leave", way, "acme", lost)
            pool.expect("given back within a transaction, the next one has the tenant",
                        pool.sql(LOOK), ("rows", "[acme] 3 " + pool.pid))
            pool.sql("ROLLBACK")
            pool.nobody("after ROLLBACK")
        pool.expect("no row of it was stored", pool.ask("read", way, "acme"), ACME)

        pool.expect("entered for the session", pool.ask("session", way, "acme")[0], "rows")
        pool.expect("... the next one has the tenant", pool.sql(LOOK), ("rows", "[acme] 2 " + pool.pid))
        pool.expect("... a tenant that is entered counts", pool.ask("read", way, "globex"), GLOBEX)
        pool.expect("... and the first one is back after it", pool.ask("read", "none", ""), ACME)
        pool.sql("SELECT djust_tenants.clear_current_tenant()")
        pool.nobody("once it is cleared")

        if mode.name == "signed":
            for statement in ("SET LOCAL djust_tenants.tenant_id = 'globex'",
                              "SELECT djust_tenants.set_current_tenant('globex')"):
                pool.expect("as a tenant, %s is refused" % statement, pool.ask("do", way, "acme", statement), kind.denied)
            pool.refused("and without one", pool.sql("SET djust_tenants.tenant_id = 'acme'"), kind.denied)
            pool.nobody("after that attempt")

        if kind.prepares:
            for _ in range(2):
                pool.ask("find", way, "acme", "Anvil")
            pool.sql("DISCARD ALL")
            after = [pool.ask("find", way, "acme", "Anvil")[:2] for _ in range(3)]
            gone, here = ("error", "26000"), ("rows", "Anvil")
            pool.expect("a prepared statement after DISCARD ALL", after,
                        {"works": [here] * 3, "once": [gone, here, here], "always": [gone] * 3}[kind.discard_all])


def check_reset(kind, mode):
    """Given back by the page's code for tenants of the session."""
    way = mode.way
    with Program(kind, mode, "off", "reset") as pool:
        if kind.prepares:
            pool.ask("find", way, "acme", "Anvil")
        # The last one is an error where it has been done before.
        for statement in (None, "CREATE TEMP TABLE note AS SELECT 1 AS a", "LISTEN news", "SET my.word = 'secret'",
                          "SELECT pg_advisory_lock(1)", "SELECT 1 / 0"):
            answer = pool.ask("session", way, "acme", *filter(None, (statement,)))
            pool.expect("a session with %s" % (statement or "a tenant alone"), answer[:2],
                        ("error", "22012") if statement == "SELECT 1 / 0" else ("rows",))
            pool.nobody("after it")
        pool.expect("nothing else is left",
                    pool.sql("SELECT concat(to_regclass('pg_temp.note'), current_setting('my.word', true), "
                             "(SELECT count(*) FROM pg_listening_channels()), "
                             "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'))"), ("rows", "00"))
        pool.expect("another tenant works", pool.ask("read", way, "globex"), GLOBEX)
        if kind.prepares and not kind.deallocates:
            pool.expect("what the driver has prepared is still there", pool.sql(PREPARED), ("rows", "true"))
        if kind.prepares:
            pool.ask("find", way, "acme", "Anvil")
            pool.ask("session", way, "acme")
            pool.expect("a prepared statement outlives it", pool.sql(PREPARED), ("rows", "true"))
            pool.expect("... and works", pool.ask("find", way, "globex", "Laser"), GLOBEX)


def check_guard(kind, mode, guard):
    """djust_tenants.guard_session on what a pooled client leaves."""
    ways = ["tenant", "request"] if mode.name == "open" else ["token", "request"]
    exists = "SELECT concat(to_regclass('pg_temp.note'), (SELECT count(*) FROM pg_prepared_statements WHERE from_sql))"
    with Program(kind, mode, guard) as pool:
        for way in ways:
            if kind.prepares:
                pool.expect(way + ": what the driver has prepared keeps nobody out",
                            [pool.ask("find", way, tenant, name) for tenant, name in
                             (("acme", "Anvil"), ("globex", "Laser"), ("acme", "Laser"))],
                            [("rows", "Anvil"), ("rows", "Laser"), ("rows",)])
                pool.expect("... and is still there", pool.sql(PREPARED), ("rows", "true"))
            for thing, wanted, throw in (("CREATE TEMP TABLE note AS SELECT 'secret' AS word", "note0", "DROP TABLE note"),
                                         ("PREPARE mine AS SELECT 'secret'", "1", "DEALLOCATE mine")):
                name = "%s: %s" % (way, thing.partition(" AS ")[0])
                pool.ask("do", way, "acme", thing)
                pool.expect(name + " stays on the connection", pool.sql(exists), ("rows", wanted))
                pool.expect("... the same tenant comes back", pool.ask("read", way, "acme"), ACME)
                pool.expect("... another one", pool.ask("read", way, "globex"),
                            kind.denied if guard == "refuse" else GLOBEX)
                pool.nobody("after that")
                stays = guard == "refuse" and not (kind.deallocates and thing.startswith("PREPARE"))
                pool.expect("... what is left", pool.sql(exists), ("rows", wanted if stays else "0"))
                if guard == "refuse":
                    pool.sql(throw)
                pool.expect("... without it", pool.ask("read", way, "globex"), GLOBEX)
            pool.ask("do", way, "acme", "CREATE TEMP TABLE note (a int) ON COMMIT DROP")
            pool.expect(way + ": ON COMMIT DROP leaves nothing", (pool.sql(exists), pool.ask("read", way, "globex")),
                        (("rows", "0"), GLOBEX))


def check_timeout(kind, mode, *options):
    """A query that the client has given up, and the server has not."""
    with Program(kind, mode, "off", "timeout", *options) as pool:
        pool.expect("a query runs into the client's timeout",
                    pool.ask("do", mode.way, "acme", "SELECT pg_sleep(1)")[:2], ("error", "client"))
        time.sleep(1.5)
        if kind.manual or options:
            pool.nobody("after that", same=False)
            pool.expect("... and all works", pool.ask("read", mode.way, "globex"), GLOBEX)
        else:
            pool.expect("the next one has the tenant", pool.sql(LOOK), ("rows", "[acme] 2 " + pool.pid))


def check(kind):
    for mode in MODES:
        for way in mode.who:
            if way != "recipe" or kind.recipe:
                check_tenants(kind, mode, way)
        check_left(kind, mode)
        if kind.manual:
            check_reset(kind, mode)
        for guard in "refuse", "clean":
            check_guard(kind, mode, guard)


def psycopg():
    folder = snippets("psycopg 3", {"in_tenant", "forget"})
    # After each ROLLBACK of its own psycopg says DEALLOCATE ALL.
    check(Kind("psycopg_pool", ["/usr/bin/python3", HERE + "/with_psycopg.py", folder],
               "InsufficientPrivilege", "ObjectNotInPrerequisiteState", discard_all="once", deallocates=True))


def psycopg2():
    folder = snippets("psycopg2", {"in_tenant", "give_back"})
    # Its pool raises an error when there is no connection left, and does not wait.
    check(Kind("psycopg2.pool", ["/usr/bin/python3", HERE + "/with_psycopg2.py", folder],
               "InsufficientPrivilege", "ObjectNotInPrerequisiteState", prepares=False, many=False))


def jdbc():
    folder = snippets("JDBC", {"work", "in_tenant", "give_back"})

    def fill(match):
        with open(os.path.join(folder, match.group(1) + ".java")) as file:
            return file.read()

    with open(HERE + "/WithPools.java") as file:
        source = re.sub(r"^ *// ((?:work|give_back|in_tenant)[.a-z]*)\n", fill, file.read(), flags=re.M)
    with open(folder + "/WithPools.java", "w") as file:
        file.write(source)
    # Not -Xlint:all: of the interfaces that DBCP could do without, Debian's jars have no classes.
    subprocess.run(["javac", "-Xlint:all,-classfile,-path", "-cp", JARS, "-d", folder, folder + "/WithPools.java"], check=True)
    for name, option in (("HikariCP", "hikari"), ("DBCP", "dbcp")):
        kind = Kind(name, ["java", "-XX:TieredStopAtLevel=1", "-cp", folder + ":" + JARS, "WithPools", folder, "URL",
                           option], "PSQLException", "PSQLException")
        check(kind)
        with Program(kind, MODES[0], "off", "init") as pool:
            pool.expect("with a tenant in the pool's initial SQL everybody is that tenant",
                        pool.ask("read", "none", ""), ACME)
            pool.expect("... after another one too", (pool.ask("read", "tenant", "globex"), pool.ask("read", "none", "")),
                        (GLOBEX, ACME))


def node_postgres():
    folder = snippets("node-postgres", {"in_tenant", "close_open", "give_back"})
    recipes = programs.blocks(RECIPES, "Node")
    expect("all code of the page is run: recipes, Node", [name for _, name, _ in recipes], ["recipe"])
    with open(folder + "/recipe.js", "w") as file:
        file.write(recipes[0][2])
    kind = Kind("node-postgres Pool", ["node", HERE + "/with_pg.js", folder], "DatabaseError", "DatabaseError",
                rolls_back=False, discard_all="always", recipe=True)
    check(kind)
    for mode in MODES:
        check_timeout(kind, mode)
        with Program(kind, mode, "off", "hook") as pool:
            pool.expect("a tenant reads its rows", pool.ask("read", mode.way, "acme"), ACME)
            pool.nobody("given back after COMMIT")
            pool.ask("leave", mode.way, "acme", "INSERT INTO projects (name) VALUES ('Lost')")
            pool.nobody("given back within a transaction", same=False)
            pool.expect("... and nothing of it was stored", pool.ask("read", mode.way, "acme"), ACME)


def drizzle():
    folder = snippets("Drizzle", {"schema", "in_tenant"})
    with open(folder + "/close_open.js", "w") as file:
        file.write({name: code for _, name, code in programs.blocks(PAGE, "node-postgres")}["close_open"])
    # No way to hold a connection by hand: so none to give it back within a transaction, or cleaned. Without a transaction
    # it calls pool.query.
    kind = Kind("Drizzle", ["node", HERE + "/with_drizzle.js", folder], "DrizzleQueryError", "DrizzleQueryError",
                manual=False, discard_all="always", closes=True)
    check(kind)
    for mode in MODES:
        check_timeout(kind, mode)
        check_timeout(kind, mode, "hook")


make_databases()
MODES = Mode("open"), Mode("signed")
sys.exit(programs.run_clients((("psycopg 3", psycopg), ("psycopg2", psycopg2), ("JDBC", jdbc),
                               ("node-postgres", node_postgres), ("Drizzle", drizzle)), ONLY))
