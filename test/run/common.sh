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
    leave_test() { leave_work; }
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
# Sessions that stay open: psql at the other end of a pipe.
declare -A SESSION_INPUT=()
asked=0
open_session() { # NAME DATABASE [ROLE]
    local input
    mkfifo "$WORK/$1.in"
    stdbuf -oL psql -qXAt -v VERBOSITY=sqlstate -d "$2" -U "${3:-postgres}" <"$WORK/$1.in" >>"$WORK/$1.out" 2>&1 &
    exec {input}>"$WORK/$1.in"
    SESSION_INPUT[$1]=$input
}
within() { # NAME SQL: what it answers, as ask() does
    local i end
    asked=$((asked + 1))
    # Also from a subshell, which can count for itself alone.
    end="end of $BASHPID $asked"
    : >"$WORK/$1.out"
    printf '%s;\n\\echo %s\n' "$2" "$end" >&"${SESSION_INPUT[$1]}"
    for ((i = 0; i < 3000; i++)); do
        if grep -qx "$end" "$WORK/$1.out"; then
            grep -vx "$end" "$WORK/$1.out" || true
            return
        fi
        sleep 0.01
    done
    echo 'no answer'
}
close_session() { # NAME
    local input=${SESSION_INPUT[$1]}
    exec {input}>&-
    rm "$WORK/$1.in"
}
finish() { exit $failed; }
