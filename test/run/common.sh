# shellcheck shell=bash
# What the tests of this folder share; not a test itself. A test prints "ok NAME" or "not ok NAME" for each check, and
# its exit status is 1 when one has failed. scripts/test gives it the folder TEST_TMP, which is removed afterwards.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

export PG_CONFIG
PG_BINDIR=${PG_BINDIR:-$(pg_bin)}
PATH=$PG_BINDIR:$PATH
if [ -n "${TEST_TMP:-}" ]; then
    WORK=$TEST_TMP
    leave_test() {
        local dir
        for dir in ${CLUSTERS[@]+"${CLUSTERS[@]}"}; do stop_cluster "$dir"; done
    }
    trap leave_test EXIT
    trap 'exit 130' INT TERM
else
    make_work
fi
failed=0

expect() { # NAME GOT WANTED
    if [ "$2" = "$3" ]; then
        printf 'ok %s\n' "$1"
    else
        failed=1
        printf 'not ok %s\n' "$1"
        printf '%s\n' "$2" | sed 's/^/# got    /'
        printf '%s\n' "$3" | sed 's/^/# wanted /'
    fi
}
matches() { # NAME GOT PATTERN
    if [[ "$2" =~ $3 ]]; then expect "$1" yes yes; else expect "$1" "$2" "$3"; fi
}

# Rows as a|b lines, errors as "ERROR:  SQLSTATE"; never fails.
ask() { # DATABASE SQL [ROLE]
    psql -qXAt -v VERBOSITY=sqlstate -d "$1" -U "${3:-postgres}" -c "$2" 2>&1 || true
}
# The same for statements from standard input, one by one.
ask_all() { psql -qXAt -v VERBOSITY=sqlstate -d "$1" -U "${2:-postgres}" 2>&1 || true; }
# For what is not the subject of a test: an error ends it.
must() { # DATABASE SQL...
    local database=$1 sql
    shift
    for sql in "$@"; do
        PGOPTIONS='-c client_min_messages=warning' psql -qXAt -v ON_ERROR_STOP=1 -d "$database" -c "$sql" >/dev/null ||
            die "could not run: $sql"
    done
}
finish() { exit $failed; }
