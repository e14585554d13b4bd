# shellcheck shell=bash
# A PostgreSQL 15 with assertions, which no distribution has: built from the distribution's source package, for
# scripts/test-valgrind and test-postgresql. Source it after lib.sh.
#   ASSERTIONS                where it is, or is to be built (changed by --server of both)
#   make_assertion_server     builds it unless it is there (ten minutes); needs WORK. Its suites are kept in
#                             $ASSERTIONS/source as they are in the package.
ASSERTIONS=/var/tmp/djust_tenants-memcheck

# Debian's sources, asked for beside whatever the machine's own list says.
fetch_source() {
    local list=$1/sources.list
    # shellcheck disable=SC1091
    (. /etc/os-release && printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
        "$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' | head -n 1)" "$VERSION_CODENAME") >"$list"
    local apt=(-o "Dir::Etc::sourcelist=$list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$1/lists")
    mkdir -p "$1/lists/partial"
    as_root apt-get -q "${apt[@]}" update
    (cd "$1" && as_root apt-get -q "${apt[@]}" source --download-only "postgresql-$DEBIAN_PG")
    tar -x -C "$1" -f "$1"/postgresql-*.orig.tar.*
}

make_assertion_server() {
    local work=$WORK/source log=$WORK/server.log
    [ ! -x "$ASSERTIONS/bin/postgres" ] || [ ! -e "$ASSERTIONS/source/complete" ] || return 0
    # What some suites use of the server.
    apt_install pkg-config libicu-dev libxml2-dev dpkg-dev
    mkdir "$work"
    say "Building a PostgreSQL with assertions into $ASSERTIONS (ten minutes) ..."
    (
        fetch_source "$work"
        cd "$work"/postgresql-*/
        as_root mkdir -p "$ASSERTIONS/source/src"
        as_root cp -r contrib "$ASSERTIONS/source/"
        as_root cp -r src/test "$ASSERTIONS/source/src/"
        ./configure --prefix="$ASSERTIONS" --enable-cassert --enable-debug --without-readline --without-zlib \
            --with-icu --with-libxml \
            CFLAGS='-Og -g -fno-omit-frame-pointer' CPPFLAGS=-DUSE_VALGRIND
        make -s -j"$(nproc)"
        as_root make -s install
        for part in contrib src/test/regress src/test/isolation; do as_root make -s -C $part install; done
        as_root cp src/tools/valgrind.supp "$ASSERTIONS/"
        as_root touch "$ASSERTIONS/source/complete"
    ) >"$log" 2>&1 &
    # Waited for, so that the first command that fails ends it: before || a subshell would go on.
    wait $! || {
        tail -n 30 "$log" >&2
        die "the server could not be built"
    }
}
