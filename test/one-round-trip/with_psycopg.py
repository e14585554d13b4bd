"""The patterns of psycopg 3 in doc/one-round-trip.md: message, pipeline, async_pipeline. See run.py."""
import asyncio
import sys

import psycopg


def pattern(name):
    space = {"psycopg": psycopg}
    with open(sys.argv[1] + "/" + name + ".python") as file:
        exec(file.read(), space)
    return space["in_tenant"]


def show(call):
    try:
        rows = call()
        print("rows", *(str(row[0]) for row in rows), sep="\t", flush=True)
    except psycopg.Error as error:
        print("error", error.sqlstate or "client", sep="\t", flush=True)


def plain(connection, statement):
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


async def async_plain(connection, statement):
    async with psycopg.AsyncClientCursor(connection) as cursor:
        await cursor.execute(statement)
        return await cursor.fetchall() if cursor.description else []


def main():
    connection = loop = None
    for line in sys.stdin:
        way, tenant, statement, *values = line.rstrip("\n").split("\t")
        if way == "async_pipeline" and not loop:
            loop = asyncio.new_event_loop()
            connection = loop.run_until_complete(psycopg.AsyncConnection.connect("", autocommit=True))
        connection = connection or psycopg.connect("", autocommit=True)
        if loop:
            task = async_plain(connection, statement) if way == "plain" else in_tenant_of(way)(
                connection, tenant, statement, values)
            show(lambda: loop.run_until_complete(task))
        elif way == "plain":
            show(lambda: plain(connection, statement))
        else:
            show(lambda: in_tenant_of(way)(connection, tenant, statement, values))


patterns = {}


def in_tenant_of(name):
    if name not in patterns:
        patterns[name] = pattern(name)
    return patterns[name]


main()
