# shellcheck shell=bash
# What the scripts and the tests of test/run share. Source it; it changes no cluster but those it made.
#   install_missing [checks] [bench] [fuzz]   Debian packages that are not there yet
#   build_extension                    builds a copy of the sources for $PG_CONFIG and installs it
#   build_clients                      builds the programs of test/client and test/unit; sets CLIENTS
#   make_work                          a temporary folder, removed at exit; sets WORK
#   throwaway_cluster DIR [LINE...]    initdb and start; LINEs go into postgresql.conf; sets PGHOST, PGUSER
#   restart_cluster DIR, stop_cluster DIR
#   keep_work                          leave the clusters running and the folder there
# Works as root (the server then runs as the user postgres) and as an ordinary user with sudo.
set -euo pipefail

# Nothing of the caller's may lead a client to a cluster that is not ours.
for name in ${!PG@}; do
    case $name in PG_CONFIG | PG_BINDIR) ;; *) unset "$name" ;; esac
done

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${DJUST_BUILD:-$ROOT/build}
DEBIAN_PG=15 # what Debian 12 has
PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/$DEBIAN_PG/bin/pg_config}

say() { printf '%s\n' "$*" >&2; }
die() {
    say "${0##*/}: $*"
    exit 1
}
usage_error() {
    say "${0##*/}: $*"
    say "Try ${0##*/} --help."
    exit 2
}

# The comment block at the top of a script is its help.
show_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# PostgreSQL refuses to run as root. setpriv needs neither PAM nor /proc. The folder we stand in may be
# closed to that user, so paths must be absolute.
server_user() {
    if [ "$(id -u)" != 0 ]; then id -un; elif id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}
as_server() (
    cd /
    if [ "$(id -u)" = 0 ]; then
        local user
        user=$(server_user)
        exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"
    fi
    exec "$@"
)

# --- packages ---------------------------------------------------------------------------------------

is_command() { command -v "$1" >/dev/null 2>&1; }

install_missing() {
    local packages=() group
    is_command g++ && is_command make && is_command nm || packages+=(build-essential)
    is_command cmake || packages+=(cmake)
    [ -e /usr/include/postgresql/libpq-fe.h ] || packages+=(libpq-dev)
    [ -e /usr/include/openssl/evp.h ] || packages+=(libssl-dev)
    [ -e /usr/include/jansson.h ] || packages+=(libjansson-dev)
    # A server named by --pg-config is the caller's; only Debian's own is ours to install.
    if [ "$PG_CONFIG" = "/usr/lib/postgresql/$DEBIAN_PG/bin/pg_config" ]; then
        [ -x "${PG_CONFIG%/*}/postgres" ] || packages+=("postgresql-$DEBIAN_PG")
        [ -x "$PG_CONFIG" ] || packages+=("postgresql-client-$DEBIAN_PG")
        [ -e "/usr/include/postgresql/$DEBIAN_PG/server/postgres.h" ] ||
            packages+=("postgresql-server-dev-$DEBIAN_PG")
    fi
    for group in "$@"; do
        case $group in
        checks)
            is_command clang++ || packages+=(clang)
            is_command clang-tidy || packages+=(clang-tidy)
            ;;
        fuzz)
            # Debian 12's clang finds its sanitizers and libFuzzer in a package of their own.
            is_command clang++ || packages+=(clang libclang-rt-14-dev)
            ! is_command clang++ || compgen -G "$(clang++ -print-resource-dir)/lib/*/libclang_rt.fuzzer*.a" >/dev/null ||
                packages+=("libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev")
            ;;
        bench)
            [ -e /usr/include/benchmark/benchmark.h ] || packages+=(libbenchmark-dev)
            is_command pkg-config || packages+=(pkg-config)
            ;;
        esac
    done
    if [ ${#packages[@]} -gt 0 ]; then
        [ -z "${NO_INSTALL:-}" ] || die "missing, and not to be installed (--no-install): ${packages[*]}"
        is_command apt-get || die "missing: ${packages[*]} (these are Debian's names; there is no apt-get here)"
        apt_install "${packages[@]}"
    fi
    [ -x "$PG_CONFIG" ] || die "there is no pg_config at $PG_CONFIG"
}

# Debian starts a server when it installs one; policy-rc.d, for the time of the installation, says no.
apt_install() {
    local log
    log=$(mktemp)
    say "Installing $* (a few minutes) ..."
    as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 sh -s -- "$@" >"$log" 2>&1 <<'INSTALL' ||
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    trap 'exit 1' INT TERM
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
fi
apt-get -q update </dev/null || echo "apt-get update failed; trying with what is known"
apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends install "$@" </dev/null
INSTALL
        {
            tail -n 30 "$log" >&2
            die "apt-get could not install $* (its messages are above)"
        }
    rm -f "$log"
}

# --- building ---------------------------------------------------------------------------------------

pg_major() { "$PG_CONFIG" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/'; }
pg_bin() { "$PG_CONFIG" --bindir; }

# Bitcode needs the very clang that the server was built with.
llvm_option() {
    local clang
    clang=$(sed -n 's/^CLANG *= *//p' "$(dirname "$("$PG_CONFIG" --pgxs)")/../Makefile.global")
    is_command "${clang:-none}" || echo with_llvm=no
}

# Each server version has its own copy, so that objects of one never meet another's; an unchanged
# source keeps its time, so a second run compiles only what changed.
build_extension() (
    copy=$BUILD/pg$(pg_major)
    mkdir -p "$BUILD"
    exec 9>"$BUILD/lock"
    flock 9
    made_of=$("$PG_CONFIG" --version && g++ --version && cat "$ROOT/Makefile" "$ROOT"/*.control)
    [ "$made_of" = "$(cat "$copy/made_of" 2>/dev/null)" ] || rm -rf "$copy"
    mkdir -p "$copy/src"
    find "$copy/src" -name '*.[ch]pp' -delete
    rm -rf "$copy/sql"
    tar -c -C "$ROOT" --exclude='*.o' --exclude='*.bc' --exclude='*.so' --exclude='sql/djust_tenants--*.sql' \
        Makefile djust_tenants.control src sql | tar -x -C "$copy"
    printf '%s\n' "$made_of" >"$copy/made_of"
    say "Building for $("$PG_CONFIG" --version) ..."
    make=(make -s -C "$copy" "PG_CONFIG=$PG_CONFIG" $(llvm_option))
    "${make[@]}" -j"$(nproc)" all >&2 || die "the build failed (the messages are above)"
    as_root "${make[@]}" install >/dev/null
)

built_library() { echo "$BUILD/pg$(pg_major)/djust_tenants.so"; }

build_clients() {
    CLIENTS=$BUILD/clients-pg$(pg_major)
    say "Building the client programs ..."
    cmake -S "$ROOT" -B "$CLIENTS" -DPG_CONFIG="$PG_CONFIG" -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$WORK/cmake.log" &&
        cmake --build "$CLIENTS" -j"$(nproc)" >>"$WORK/cmake.log" 2>&1 || {
        cat "$WORK/cmake.log" >&2
        return 1
    }
}

# --- clusters ---------------------------------------------------------------------------------------

CLUSTERS=()

# In /tmp whatever TMPDIR says: the path of a socket may not be longer than about 100 bytes.
make_work() {
    WORK=$(mktemp -d /tmp/djust.XXXXXX)
    chmod 755 "$WORK"
    trap leave_work EXIT
    trap 'exit 130' INT TERM
}
keep_work() { trap - EXIT; }
leave_work() {
    local dir
    for dir in ${CLUSTERS[@]+"${CLUSTERS[@]}"}; do stop_cluster "$dir"; done
    rm -rf "$WORK"
}

throwaway_cluster() {
    local dir=$1 bin
    shift
    bin=$(pg_bin)
    [ ${#dir} -le 90 ] || die "the path is too long for a socket: $dir"
    mkdir -p "$dir"
    [ "$(id -u)" != 0 ] || chown "$(server_user)" "$dir"
    as_server "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir.log" 2>&1 || {
        cat "$dir.log" >&2
        die "initdb failed"
    }
    # Only root and the user of the server can come in: there is no port, and the socket is closed to others.
    printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" "unix_socket_permissions = 0700" \
        "fsync = off" "autovacuum_naptime = 1h" "$@" | as_server tee -a "$dir/data/postgresql.conf" >/dev/null
    CLUSTERS+=("$dir")
    start_cluster "$dir"
    export PGHOST=$dir PGUSER=postgres
}
start_cluster() {
    # DJUST_POSTGRES: a program that runs the server in its own way (scripts/test-valgrind).
    as_server "$(pg_bin)/pg_ctl" -D "$1/data" -l "$1/log" -t 600 ${DJUST_POSTGRES:+-p "$DJUST_POSTGRES"} -w start \
        >"$1.log" 2>&1 </dev/null || {
        cat "$1.log" "$1/log" >&2
        die "the throw-away cluster did not start"
    }
}
restart_cluster() {
    as_server "$(pg_bin)/pg_ctl" -D "$1/data" -m fast -w stop >/dev/null
    start_cluster "$1"
}
stop_cluster() {
    [ ! -e "$1/data/postmaster.pid" ] ||
        as_server "$(pg_bin)/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null || true
    rm -rf "$1" "$1.log"
}
