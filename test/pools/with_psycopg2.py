"""The code of psycopg2 in doc/pools.md on a psycopg2.pool of one connection. See run.py."""
import psycopg2
import psycopg2.errors
from psycopg2.pool import ThreadedConnectionPool

from answers import ENTER, OPTIONS, Own, answer, page, rows, ways

WAYS = ways(psycopg2)
pool = ThreadedConnectionPool(1, 1, "")
give_back = page(psycopg2, "give_back") if "reset" in OPTIONS else type(pool).putconn


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


answer((read, do, stamp, spy, throw, leave, session, sql), psycopg2, "pgcode")
