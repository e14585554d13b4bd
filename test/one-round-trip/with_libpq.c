/* The patterns of libpq in doc/one-round-trip.md: message.h and pipeline.h are cut out of that page. See run.py. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define in_tenant in_tenant_by_message
#include "message.h"
#undef in_tenant
#define in_tenant in_tenant_by_pipeline
#include "pipeline.h"
#undef in_tenant

static void answer(PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    int row;

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    {
        const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
        printf("error\t%s\n", state ? state : "client");
    }
    else
    {
        printf("rows");
        for (row = 0; row < PQntuples(result); row++) printf("\t%s", PQgetvalue(result, row, 0));
        printf("\n");
    }
    fflush(stdout);
    PQclear(result);
}

int main(void)
{
    PGconn *conn = PQconnectdb("");
    char line[4096];

    if (PQstatus(conn) != CONNECTION_OK)
    {
        fprintf(stderr, "%s", PQerrorMessage(conn));
        return 1;
    }
    while (fgets(line, sizeof line, stdin))
    {
        char *rest = line, *fields[16];
        int count = 0;

        line[strcspn(line, "\n")] = '\0';
        while (count < 16 && (fields[count] = strsep(&rest, "\t"))) count++;
        if (strcmp(fields[0], "plain") == 0)
            answer(PQexec(conn, fields[2]));
        else if (strcmp(fields[0], "message") == 0)
            answer(in_tenant_by_message(conn, fields[1], fields[2]));
        else
            answer(in_tenant_by_pipeline(conn, fields[1], fields[2], count - 3, (const char *const *) fields + 3));
    }
    PQfinish(conn);
    return 0;
}
