"""The code of psycopg 3 in doc/pools.md on a psycopg_pool of one connection. See run.py."""
import logging
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg_pool import ConnectionPool

from answers import ENTER, OPTIONS, Own, answer, page, rows, ways

logging.disable()  # the pool tells of each connection that it rolls back

WAYS = ways(psycopg)
# A threshold of 0: the driver prepares every statement, those that enter tenants included.
pool = ConnectionPool("", min_size=1, max_size=1, kwargs={"prepare_threshold": 0},
                      reset=page(psycopg, "forget") if "reset" in OPTIONS else None)


def transaction(way, who):
    return pool.connection() if way == "none" else WAYS[way](pool, who)


def names(connection):
    return rows(connection.execute("SELECT name FROM projects ORDER BY name"))


def read(way, who):
    with transaction(way, who) as connection:
        return names(connection)


def do(way, who, *statements):
    with transaction(way, who) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return rows(cursor)


def stamp(way, who, name):
    with transaction(way, who) as connection:
        return rows(connection.execute("INSERT INTO projects (name) VALUES (%s) RETURNING tenant_id", (name,)))


def spy(way, who, name, tenant):
    with transaction(way, who) as connection:
        connection.execute("INSERT INTO projects (name, tenant_id) VALUES (%s, %s)", (name, tenant))


def throw(way, who, name):
    with transaction(way, who) as connection:
        connection.execute("INSERT INTO projects (name) VALUES (%s)", (name,))
        raise Own


def leave(way, who, *statements):
    connection = pool.getconn()
    try:
        connection.execute("SELECT " + ENTER[way] + ")", (who,))
        for statement in statements:
            connection.execute(statement)
    finally:
        pool.putconn(connection)


def session(way, who, *statements):
    with pool.connection() as connection:
        connection.execute("SELECT " + ENTER[way] + ", false)", (who,))
        for statement in statements:
            connection.execute(statement)


def find(way, who, name):
    with transaction(way, who) as connection:
        return rows(connection.execute("SELECT name FROM projects WHERE name = %s", (name,)))


def sql(statement):
    with pool.connection() as connection:
        connection.autocommit = True
        try:
            return rows(connection.execute(statement))
        finally:
            connection.autocommit = False


def many(way, *tenants):
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda i: "%d:%s" % (i % 2, ",".join(read(way, tenants[i % 2]))), range(20))
        return sorted(set(answers))


answer((read, do, stamp, spy, throw, leave, session, find, sql, many), psycopg, "sqlstate")
