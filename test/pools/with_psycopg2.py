"""The code of psycopg2 in doc/pools.md on a psycopg2.pool of one connection. See run.py."""
import sys

import psycopg2
import psycopg2.errors
from psycopg2.pool import ThreadedConnectionPool

FOLDER, OPTIONS = sys.argv[1], sys.argv[2:]


class Own(Exception):
    """The application's own error, in the middle of a transaction."""


def page(name):
    with open(FOLDER + "/FORGET") as file:
        space = {"psycopg2": psycopg2, "FORGET": file.read()}
    with open(FOLDER + "/" + name + ".python") as file:
        exec(file.read(), space)
    return space


WAYS = {way: page("in_tenant." + way)["in_tenant"] for way in ("tenant", "token", "request")}
ENTER = {"tenant": "djust_tenants.set_current_tenant(%s", "token": "djust_tenants.set_tenant_from_token(%s",
         "request": "djust_tenants.set_tenant_from_request(%s"}
pool = ThreadedConnectionPool(1, 1, "")
give_back = page("give_back")["give_back"] if "reset" in OPTIONS else type(pool).putconn


class Outside:
    """A transaction without a tenant."""

    def __enter__(self):
        self.connection = pool.getconn()
        return self.connection.cursor()

    def __exit__(self, kind, error, trace):
        (self.connection.rollback if kind else self.connection.commit)()
        pool.putconn(self.connection)


def transaction(way, who):
    return Outside() if way == "none" else WAYS[way](pool, who)


def rows(cursor):
    return [row[0] for row in cursor.fetchall()] if cursor.description else []


def do(way, who, *statements):
    with transaction(way, who) as cursor:
        for statement in statements:
            cursor.execute(statement)
        return rows(cursor)


def read(way, who):
    return do(way, who, "SELECT name FROM projects ORDER BY name")


def stamp(way, who, name):
    with transaction(way, who) as cursor:
        cursor.execute("INSERT INTO projects (name) VALUES (%s) RETURNING tenant_id", (name,))
        return rows(cursor)


def spy(way, who, name, tenant):
    with transaction(way, who) as cursor:
        cursor.execute("INSERT INTO projects (name, tenant_id) VALUES (%s, %s)", (name, tenant))


def throw(way, who, name):
    with transaction(way, who) as cursor:
        cursor.execute("INSERT INTO projects (name) VALUES (%s)", (name,))
        raise Own


def leave(way, who, *statements):
    connection = pool.getconn()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ENTER[way] + ")", (who,))
            for statement in statements:
                cursor.execute(statement)
    finally:
        pool.putconn(connection)


def session(way, who, *statements):
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT " + ENTER[way] + ", false)", (who,))
            for statement in statements:
                cursor.execute(statement)
    finally:
        give_back(pool, connection)


def sql(statement):
    connection = pool.getconn()
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return rows(cursor)
    finally:
        connection.autocommit = False
        pool.putconn(connection)


VERBS = {verb.__name__: verb for verb in (read, do, stamp, spy, throw, leave, session, sql)}
for line in sys.stdin:
    verb, *fields = line.rstrip("\n").split("\t")
    try:
        print("rows", *(VERBS[verb](*fields) or ()), sep="\t", flush=True)
    except Own:
        print("error", "own", sep="\t", flush=True)
    except psycopg2.Error as error:
        print("error", error.pgcode or "client", type(error).__name__, sep="\t", flush=True)
