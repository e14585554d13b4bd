"""The pattern of psycopg2 in doc/one-round-trip.md. See run.py."""
import sys

import psycopg2

space = {}
with open(sys.argv[1] + "/message.python") as file:
    exec(file.read(), space)
connection = psycopg2.connect("")
connection.autocommit = True
for line in sys.stdin:
    way, tenant, statement, *values = line.rstrip("\n").split("\t")
    try:
        if way == "plain":
            with connection.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        else:
            rows = space["in_tenant"](connection, tenant, statement, values)
        print("rows", *(str(row[0]) for row in rows), sep="\t", flush=True)
    except psycopg2.Error as error:
        print("error", error.pgcode or "client", sep="\t", flush=True)
