# shellcheck shell=bash
# The demonstration on a dump of yours. Sourced by scripts/demo, which sets dump, tenant_column, tenant_from.

# Loads the file as superuser. Roles that it names and this cluster lacks do not matter here.
load_dump() {
    local errors=$WORK/load.errors
    if [ "$(head -c 5 "$dump")" = PGDMP ]; then
        "$PG_BINDIR/pg_restore" -O -x -U postgres -d demo "$dump" 2>"$errors" ||
            argument_error "pg_restore could not load $dump:" "$(head -n 5 "$errors")"
    else
        "$PSQL" -Xq -U postgres -d demo -f "$dump" >/dev/null 2>"$errors" || true
        grep -E 'ERROR|FATAL' "$errors" | grep -vE 'role "[^"]*" does not exist' >"$errors.real" || true
        [ ! -s "$errors.real" ] || argument_error "psql could not load $dump:" "$(head -n 5 "$errors.real")"
    fi
    [ "$(ask "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND $OURS")" != 0 ] ||
        argument_error "$dump has no tables"
}

# Neither the system's schemas nor the extension's.
OURS="relnamespace::regnamespace::text !~ '^(pg_|information_schema|djust_tenants)'"

scope_dump() {
    local targets target fk type call
    targets=$(ask "SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                   WHERE relkind IN ('r', 'p') AND NOT relispartition AND $OURS
                     AND attname = :'column' AND NOT attisdropped ORDER BY 1")
    [ -n "$targets" ] || argument_error "no table in $dump has a column $tenant_column (--tenant-column)"
    heading "Each table that has the column $tenant_column becomes tenant-scoped."
    while IFS= read -r target; do
        call=$(ask "SELECT format('SELECT djust_tenants.scope_table(%L, %L);', :'target', :'column')" "$target")
        show postgres <<<"$call"
    done <<<"$targets"
    [ ${#tenant_from[@]} = 0 ] || heading "Tables without the column get it, each row its parent's tenant."
    for target in ${tenant_from[@]+"${tenant_from[@]}"}; do
        fk=${target##*.} target=${target%.*}
        [ -n "$(ask "SELECT to_regclass(:'target')" "$target")" ] ||
            argument_error "there is no table $target in $dump (--tenant-from $target.$fk)"
        # The new column has the type that the parent's has.
        type=$(ask "SELECT format_type(p.atttypid, p.atttypmod) FROM pg_constraint
                    JOIN pg_attribute a ON a.attrelid = conrelid AND a.attname = :'fk' AND conkey = ARRAY[a.attnum]
                    JOIN pg_attribute p ON p.attrelid = confrelid AND p.attname = :'column'
                    WHERE contype = 'f' AND conrelid = to_regclass(:'target') LIMIT 1" "$target" "$fk")
        [ -n "$type" ] ||
            argument_error "$target.$fk is no foreign key to a table with the column $tenant_column" \
                "(--tenant-from $target.$fk; parents before children)"
        call=$(ask "SELECT format(E'SELECT djust_tenants.scope_table(%L, %L,\n           column_type => %L, backfill_from => %L);',
                                  :'target', :'column', :'type', :'fk')" "$target" "$fk" "$type")
        show postgres <<<"$call"
    done
}

# A tenant's number of rows in each scoped table, as the bound role reads it: "n|n|n".
counts_of() { # TENANT
    "$PSQL" -XqAt -v ON_ERROR_STOP=1 -U djust_demo -d demo -v tenant="$1" <<SQL
BEGIN;
SELECT djust_tenants.set_current_tenant(:'tenant') \g /dev/null
$count_query;
COMMIT;
SQL
}

show_dump() {
    local tenants tenant tables row first second line
    ask "CREATE ROLE djust_demo LOGIN"
    ask "SELECT format('GRANT USAGE ON SCHEMA %1\$s TO djust_demo;
                        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %1\$s TO djust_demo', relnamespace::regnamespace)
         FROM pg_class WHERE relkind IN ('r', 'p') AND $OURS GROUP BY relnamespace \\gexec"
    mapfile -t tables < <(ask "SELECT target FROM djust_tenants.scoped_table
                               WHERE NOT (SELECT relispartition FROM pg_class WHERE oid = target) ORDER BY 1")
    tenants=$(ask "SELECT format('SELECT %I::text FROM %s', tenant_column, target)
                   FROM djust_tenants.scoped_table" | paste -sd '~' | sed 's/~/ UNION /g')
    # Numbers in their order; what is no tenant id can never be entered, and shows nobody anything.
    mapfile -t tenants < <(ask "SELECT t FROM ($tenants) AS found (t) WHERE t ~ '^[A-Za-z0-9_.@+~|-]{1,128}\$'
                                ORDER BY CASE WHEN t ~ '^[0-9]{1,18}\$' THEN t::bigint END, t")
    [ ${#tenants[@]} -gt 0 ] || argument_error "no row has a tenant id in $tenant_column"
    count_query=$(printf ', (SELECT count(*) FROM %s)' "${tables[@]}")
    count_query="SELECT ${count_query#, }"

    heading "An ordinary role now reads each table without any WHERE, as one tenant after the other (${#tenants[@]} found)."
    printf '    SELECT djust_tenants.set_current_tenant(...);\n    %s;\n\n' "$count_query"
    line='    %-20s'$(printf ' | %%%ds' $(for row in "${tables[@]}"; do echo $((${#row} < 8 ? 8 : ${#row})); done))'\n'
    # shellcheck disable=SC2059 # the format is the line
    {
        printf "$line" "$tenant_column" "${tables[@]}"
        for tenant in "${tenants[@]:0:12}"; do
            IFS='|' read -ra row < <(counts_of "$tenant")
            printf "$line" "$tenant" "${row[@]}"
        done
        [ ${#tenants[@]} -le 12 ] || printf '    ... and %s more\n' $((${#tenants[@]} - 12))
        IFS='|' read -ra row < <(ask "$count_query")
        printf "$line" "(superuser: all)" "${row[@]}"
    }
    [ ${#tenants[@]} -ge 2 ] || return 0

    first=${tenants[0]} second=${tenants[1]}
    tenant_column=$(ask "SELECT quote_ident(:'column')")
    heading "An attack: as $first, ${tables[0]} is read, changed and deleted where it belongs to $second."
    show djust_demo <<SQL
BEGIN;
SELECT (djust_tenants.set_current_tenant('$first')).id;
SELECT count(*) FROM ${tables[0]} WHERE $tenant_column = '$second';
UPDATE ${tables[0]} SET $tenant_column = '$first' WHERE $tenant_column = '$second';
DELETE FROM ${tables[0]} WHERE $tenant_column = '$second';
COMMIT;
SQL
    heading "And rows of its own pushed over to $second: refused."
    refused djust_demo 'tenant' <<SQL
BEGIN;
SELECT (djust_tenants.set_current_tenant('$first')).id;
UPDATE ${tables[0]} SET $tenant_column = '$second';
SQL
}
