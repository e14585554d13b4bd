# shellcheck shell=bash
# Debian in throw-away folders, for scripts/test-versions, test-postgresql, test-pg_upgrade, test-fresh. Source it after
# lib.sh.
#   make_root SUITE     debootstrap $ROOTS/SUITE unless it is there
#   server_root VERSION       sets FOLDER: where a server of PostgreSQL 15, 17 or 18 is, with what builds us
#   make_server_root VERSION  makes it unless it is there; sets FOLDER
#   suite_of VERSION    the suite that has this version of PostgreSQL
#   install_server DIR VERSION   PostgreSQL, and what builds the extension for it
#   in_root DIR CMD...  runs CMD in it, as root, with /dev and /proc bound for that long only
#   copy_sources DIR    this work tree (tracked and new files) to DIR/srv/clone/main, data beside it
ROOTS=${DJUST_ROOTS:-/var/tmp/djust_tenants-roots}
CLONE=/srv/clone/main
# The mirror that this machine's own packages come from.
MIRROR=${DJUST_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' | head -n 1)}

# The minimal system is completed under another name, so an interrupted one is never taken for whole.
make_root() {
    local suite=$1 script=$1
    [ ! -e "$ROOTS/$suite/etc/debian_version" ] || return 0
    is_command debootstrap || [ -x /usr/sbin/debootstrap ] || apt_install debootstrap
    [ -e "/usr/share/debootstrap/scripts/$suite" ] || script=sid
    say "Making $ROOTS/$suite ..."
    as_root rm -rf --one-file-system "$ROOTS/$suite.part"
    as_root mkdir -p "$ROOTS"
    as_root env PATH="$PATH:/usr/sbin" debootstrap --variant=minbase "$suite" "$ROOTS/$suite.part" "$MIRROR" \
        "/usr/share/debootstrap/scripts/$script" >&2
    as_root mv "$ROOTS/$suite.part" "$ROOTS/$suite"
}

server_root() {
    case $1 in
    # Not bookworm itself: scripts/test-fresh needs that one with nothing installed.
    15) FOLDER=$ROOTS/bookworm-15 ;;
    17) FOLDER=$ROOTS/trixie ;;
    18) FOLDER=$ROOTS/forky ;;
    *) die "there is no folder for PostgreSQL $1" ;;
    esac
}

make_server_root() {
    server_root "$1"
    case $1 in
    15)
        make_root bookworm
        if [ ! -e "$FOLDER" ]; then
            as_root rm -rf --one-file-system "$FOLDER.part"
            as_root cp -a --one-file-system "$ROOTS/bookworm" "$FOLDER.part"
            as_root mv "$FOLDER.part" "$FOLDER"
        fi
        ;;
    *) make_root "${FOLDER##*/}" ;;
    esac
    install_server "$FOLDER" "$1"
}

in_root() {
    local dir=$1 private=(unshare --mount)
    shift
    # In a folder that is itself entered by chroot there is no root mount to make private; who entered it has done so.
    as_root "${private[@]}" true 2>/dev/null || private+=(--propagation unchanged)
    # shellcheck disable=SC2016 # expanded by the inner shell
    as_root "${private[@]}" sh -c '
        for part in dev proc; do mount --rbind /$part "$0/$part"; done
        cp -L /etc/resolv.conf "$0/etc/resolv.conf"
        exec chroot "$0" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            HOME=/root TERM="${TERM:-dumb}" LC_ALL=C.UTF-8 "$@"' "$dir" "$@"
}

# What git knows and does not ignore; without a checkout all but what is built.
source_files() {
    git -c safe.directory='*' ls-files -z --cached --others --exclude-standard 2>/dev/null ||
        find . -path ./build -prune -o -type f ! -name '*.o' ! -name '*.bc' ! -name '*.so' -print0
}

copy_sources() {
    local to=$1$CLONE data=${DJUST_SHARED:-$ROOT/../shared}/data
    as_root mkdir -p "$to" "${to%/*}/shared"
    # build/ stays, for the next run to compile only what changed.
    as_root find "$to" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    (cd "$ROOT" && source_files | tar -c --null --files-from=- --ignore-failed-read 2>/dev/null) |
        as_root tar -x --no-same-owner -C "$to"
    [ ! -d "$data" ] || as_root cp -r "$data" "${to%/*}/shared/"
}

suite_of() {
    case $1 in 17) echo trixie ;; 18) echo forky ;; *) die "no suite is known for PostgreSQL $1" ;; esac
}

# Runs inside the folder. The server's development files are only unpacked: as a package they would
# pull in all of LLVM, which is needed for bitcode alone.
INSTALL_SERVER='
set -e
version=$1
missing=
for package in postgresql-$version libpq-dev libssl-dev libjansson-dev g++ make binutils cmake; do
    [ "$(dpkg-query -W -f "\${db:Status-Status}" $package 2>/dev/null)" = installed ] || missing="$missing $package"
done
headers=/usr/include/postgresql/$version/server/postgres.h
[ -n "$missing" ] || [ ! -e $headers ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt="apt-get -q -y -o Acquire::Check-Valid-Until=false -o Dpkg::Use-Pty=0"
printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
$apt update
[ -z "$missing" ] || $apt --no-install-recommends install $missing
rm /usr/sbin/policy-rc.d
[ ! -e $headers ] || exit 0
cd /tmp
# Of the very version of the server that is there.
$apt download postgresql-server-dev-$version="$(dpkg-query -W -f "\${Version}" postgresql-$version)"
dpkg -x postgresql-server-dev-"$version"_*.deb /
rm postgresql-server-dev-"$version"_*.deb
'

install_server() {
    local log
    log=$(mktemp)
    in_root "$1" sh -c "$INSTALL_SERVER" install "$2" >"$log" 2>&1 || {
        tail -n 30 "$log" >&2
        rm -f "$log"
        die "could not install PostgreSQL $2 in $1"
    }
    rm -f "$log"
}
