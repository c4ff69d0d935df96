#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes and keeps one small Debian per release; sourced by tests/versions.sh and tests/packaging/run.sh.
# Needs root. Nothing is mounted into them, so that removing one is a plain rm.

versions_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${RO_CACHE:-${XDG_CACHE_HOME:-/var/cache}/rst_origin}
nobody=65534

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 2
}

releases() { grep -v '^#' "$versions_dir/releases.tsv" | cut -f1; }
release_wireshark() { awk -F'\t' -v r="$1" '$1 == r { print $2 }' "$versions_dir/releases.tsv"; }
release_kind() { awk -F'\t' -v r="$1" '$1 == r { print $3 }' "$versions_dir/releases.tsv"; }

# Where this machine itself gets Debian from: mirror LABEL (Debian or Debian-Security). Another
# distribution says it by RO_MIRROR and RO_SECURITY_MIRROR.
mirror() {
    local given
    if [ "$1" = Debian ]; then given=${RO_MIRROR:-}; else given=${RO_SECURITY_MIRROR:-}; fi
    if [ -n "$given" ]; then
        echo "$given"
        return
    fi
    # Sources by their own files, for apt's index may not have been fetched yet.
    local uris
    uris=$(
        cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
            sed -nE 's/^deb +(\[[^]]*\] *)?([^ ]+) .*/\2/p'
        cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
            sed -nE 's/^URIs: *([^ ]+).*/\1/p'
    )
    if [ "$1" = Debian ]; then
        grep -E '/debian/?$' <<<"$uris" | head -n 1
    else
        grep -E '/debian-security/?$' <<<"$uris" | head -n 1
    fi
}

write_sources() { # ROOT RELEASE
    local root=$1 release=$2 security
    printf 'deb %s %s main\n' "$(mirror Debian)" "$release" >"$root/etc/apt/sources.list"
    if [ "$(release_kind "$release")" = stable ]; then
        security=$(mirror Debian-Security)
        printf 'deb %s %s-updates main\n' "$(mirror Debian)" "$release" >>"$root/etc/apt/sources.list"
        [ -z "$security" ] ||
            printf 'deb %s %s-security main\n' "$security" "$release" >>"$root/etc/apt/sources.list"
    else
        echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/99-no-check-valid-until"
    fi
    apt-config dump | grep -E '^Acquire::https?::Proxy ' >"$root/etc/apt/apt.conf.d/98-proxy" || true
    cp /etc/resolv.conf "$root/etc/resolv.conf"
}

apt_in() { # ROOT APT-GET-ARGUMENTS...
    local root=$1
    shift
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

# The bare release, without compiler or Wireshark; what a new user's machine has, and less.
make_base() { # RELEASE -> prints its root
    local release=$1 root=$cache/$1-base
    if [ ! -e "$root/.ready" ]; then
        command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
        [ -n "$(mirror Debian)" ] || die "no Debian mirror in /etc/apt; name one by RO_MIRROR"
        mkdir -p "$cache"
        rm -rf "$root"
        local script=()
        [ -e "/usr/share/debootstrap/scripts/$release" ] || script=(/usr/share/debootstrap/scripts/sid)
        debootstrap --variant=minbase --include=ca-certificates "$release" "$root" "$(mirror Debian)" "${script[@]}" \
            >"$cache/$release-base.log" 2>&1 || {
            tail -n 20 "$cache/$release-base.log" >&2
            return 1
        }
        write_sources "$root" "$release"
        apt_in "$root" update >>"$cache/$release-base.log" 2>&1
        apt_in "$root" clean
        touch "$root/.ready"
    fi
    echo "$root"
}

# The release with the packages named; made anew where the list of packages has changed.
make_chroot() { # RELEASE PURPOSE PACKAGE... -> prints its root
    local release=$1 purpose=$2 root=$cache/$1-$2 base
    shift 2
    if [ "$(cat "$root/.ready" 2>/dev/null)" != "$*" ]; then
        base=$(make_base "$release") || return 1
        rm -rf "$root"
        cp -a "$base" "$root"
        rm "$root/.ready"
        {
            apt_in "$root" update &&
                apt_in "$root" install -y --no-install-recommends "$@" &&
                apt_in "$root" clean
        } >"$cache/$release-$purpose.log" 2>&1 || {
            tail -n 20 "$cache/$release-$purpose.log" >&2
            return 1
        }
        echo "$*" >"$root/.ready"
    fi
    echo "$root"
}

# A throwaway copy of the bare release.
make_clean() { # RELEASE -> prints its root; the caller removes it
    local base root
    base=$(make_base "$1") || return 1
    root=$(mktemp -d "$cache/$1-clean.XXXXXX")
    cp -a "$base/." "$root"
    chmod 755 "$root" # mktemp's 700 would shut out everybody but root
    rm "$root/.ready"
    echo "$root"
}

# Runs a command inside as an ordinary user: Wireshark run by root reads no plugin but the system's.
as_user() { # ROOT COMMAND...
    local root=$1
    shift
    chroot --userspec="$nobody:$nobody" "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp/home LC_ALL=C.UTF-8 "$@"
}

# The project's files as they stand in the checkout, also those not yet committed; with
# RO_COMMITTED those of that commit.
copy_sources() { # FOLDER
    local project
    project=$(cd "$versions_dir/../.." && pwd)
    rm -rf "$1"
    mkdir -p "$1"
    if [ -n "${RO_COMMITTED:-}" ]; then
        git -C "$project" archive "$RO_COMMITTED" | tar -x --no-same-owner -C "$1" -f -
    elif git -C "$project" rev-parse --git-dir >/dev/null 2>&1; then
        (cd "$project" && git ls-files -co --exclude-standard -z | while IFS= read -r -d '' file; do
            [ ! -e "$file" ] || printf '%s\0' "$file"
        done | tar -c --null -T - -f -) | tar -x --no-same-owner -C "$1" -f -
    else
        tar -c -C "$project" --exclude='./build*' . | tar -x --no-same-owner -C "$1" -f -
    fi
    chmod -R a+rX "$1"
}
