#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds with each Wireshark that is supported and runs the tests there: versions.sh [OPTION...].
#   --only RELEASE   just this one of tests/versions/releases.tsv (may be repeated)
#   --quick          build, unit tests and golden outputs; leave out the other tests of captures
#   --committed      take the last commit, not the files as they stand
#   --fresh          make the releases anew instead of taking them from the cache
#   --list           print the releases and stop
# Each release is a debootstrap in $RO_CACHE (default: $XDG_CACHE_HOME or /var/cache, then
# rst_origin); the first run fetches about 250 MB for each. Needs root. The last line is
# "N passed, N failed", and the exit is 0 only where nothing failed.
set -euo pipefail
# shellcheck source=tests/versions/chroot.sh
. "$(dirname "$0")/versions/chroot.sh"

packages=(gcc libc6-dev cmake ninja-build pkg-config wireshark-dev libwireshark-dev tshark python3 python3-pytest)
only=()
quick=0
fresh=0
while [ $# -gt 0 ]; do
    case $1 in
    --only)
        [ $# -gt 1 ] || die "--only needs a release"
        [ -n "$(release_wireshark "$2")" ] || die "unknown release $2; known: $(releases | paste -sd' ')"
        only+=("$2")
        shift
        ;;
    --quick) quick=1 ;;
    --fresh) fresh=1 ;;
    --committed) # one commit for all, should another come meanwhile
        RO_COMMITTED=$(git -C "$versions_dir" rev-parse HEAD)
        export RO_COMMITTED
        ;;
    --list)
        grep -v '^#' "$versions_dir/releases.tsv" | cut -f1,2
        exit
        ;;
    -h | --help)
        sed -n '3,12s/^# \{0,1\}//p' "$0"
        exit
        ;;
    *) die "unknown option $1; see --help" ;;
    esac
    shift
done
[ ${#only[@]} -gt 0 ] || mapfile -t only < <(releases)

if [ "$(id -u)" -ne 0 ]; then
    echo "SKIPPED: all of ${only[*]}: making and entering a release needs root"
    echo "0 passed, 0 failed"
    exit 0
fi
mkdir -p "$cache"
exec 9>"$cache/lock"
flock -w 900 9 || die "another run holds $cache"

# result RELEASE ok|FAIL|skip COUNT-PASSED COUNT-FAILED TEXT
result() {
    printf '%-5s %-9s %s\n' "$2" "$1" "$5"
    printf '%s\t%s\n' "$3" "$4" >>"$cache/$1.results"
}

# one RELEASE STEP COMMAND...: passes or fails as a whole.
one() {
    local release=$1 name=$2 log from=$SECONDS
    shift 2
    log=$cache/$release.${name// /_}.log
    if "$@" >"$log" 2>&1; then
        result "$release" ok 1 0 "$name ($((SECONDS - from)) s)"
    else
        result "$release" FAIL 0 1 "$name, see $log"
        tail -n 30 "$log"
        return 1
    fi
}

# many RELEASE STEP COMMAND...: counted from the line that pytest and ctest end in.
many() {
    local release=$1 name=$2 log from=$SECONDS code=0 ok bad skipped
    shift 2
    log=$cache/$release.${name// /_}.log
    "$@" >"$log" 2>&1 || code=$?
    ok=$(sed -nE 's/.*(^|[^0-9])([0-9]+) passed.*/\2/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    bad=$(sed -nE 's/.*(^|[^0-9])([0-9]+) (failed|errors?)([^a-z].*|$)/\2/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    skipped=$(sed -nE 's/.*(^|[^0-9])([0-9]+) skipped.*/\2/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1 # it died before it could count
    if [ "$bad" -eq 0 ] && [ "$ok" -eq 0 ]; then
        bad=1 # nothing ran: that is no success
    fi
    if [ "$bad" -eq 0 ]; then
        result "$release" ok "$ok" 0 "$name: $ok passed ($((SECONDS - from)) s)"
    else
        result "$release" FAIL "$ok" "$bad" "$name: $bad failed, $ok passed, see $log"
        grep -E '^(FAILED|ERROR|E  )|Error' "$log" | head -n 30 || tail -n 30 "$log"
    fi
    if [ "$skipped" -gt 0 ]; then
        sed -nE 's/^SKIPPED /skip  '"$release"' /p' "$log" | head -n 20
    fi
}

build_in() {
    as_user "$1" sh -c 'cd /tmp/rst_origin && cmake -G Ninja -S source -B build && cmake --build build'
}

unit_in() { as_user "$1" ctest --test-dir /tmp/rst_origin/build -V --timeout 120; }

captures_in() {
    local root=$1
    shift
    as_user "$root" sh -c 'cd /tmp/rst_origin/source && RO_PLUGIN_DIR=/tmp/rst_origin/build/plugins \
        exec /usr/bin/python3 -B -m pytest -q -rs -p no:cacheprovider --tb=short "$@"' sh "$@"
}

# The release must hold the Wireshark that the table promises: else we would test 4.4 thrice.
wireshark_is() {
    local running
    running=$(as_user "$1" tshark --version | sed -nE '1s/^[^0-9]*([0-9]+\.[0-9]+)\..*/\1/p')
    echo "tshark is $running, expected $2"
    [ "$running" = "$2" ]
}

# What "Does it load?" is answered by: name, version, kind and file.
listed_by_wireshark() {
    local root=$1 version line
    version=$(sed -nE 's/^set\(RO_VERSION ([0-9.]+)\)$/\1/p' "$root/tmp/rst_origin/source/CMakeLists.txt")
    line=$(as_user "$root" env WIRESHARK_PLUGIN_DIR=/tmp/rst_origin/build/plugins tshark -G plugins |
        grep rst_origin.so)
    echo "$line"
    [ "$(cut -f2 <<<"$line")" = "$version" ] || return 1
    [ "$(cut -f3 <<<"$line")" = dissector ]
}

# Installed by CMake it goes where this Wireshark looks, and brings nothing else.
installs_where_wireshark_looks() {
    local root=$1 wireshark=$2 files
    rm -rf "$root/tmp/rst_origin/stage"
    as_user "$root" env DESTDIR=/tmp/rst_origin/stage cmake --install /tmp/rst_origin/build
    files=$(cd "$root/tmp/rst_origin/stage" && find . -name '*.so')
    echo "$files"
    [[ "$files" == ./usr/lib/*/wireshark/plugins/$wireshark/epan/rst_origin.so ]] &&
        [ "./$(chroot "$root" pkg-config --variable=plugindir wireshark | cut -c2-)/epan/rst_origin.so" = "$files" ]
}

test_release() {
    local release=$1 wireshark root from=$SECONDS
    wireshark=$(release_wireshark "$release")
    : >"$cache/$release.results"
    [ "$fresh" -eq 0 ] || rm -rf "${cache:?}/$release-base" "${cache:?}/$release-build"
    if ! root=$(make_chroot "$release" build "${packages[@]}"); then
        result "$release" FAIL 0 1 "could not be made, see $cache/$release-*.log"
        return
    fi
    one "$release" "holds Wireshark $wireshark" wireshark_is "$root" "$wireshark" || return 0
    copy_sources "$root/tmp/rst_origin/source"
    rm -rf "$root/tmp/rst_origin/build" "$root/tmp/home"
    mkdir -p "$root/tmp/home"
    chown "$nobody:$nobody" "$root/tmp/rst_origin" "$root/tmp/home"
    one "$release" "builds without warnings" build_in "$root" || return 0
    one "$release" "is listed with version and kind" listed_by_wireshark "$root" || true
    one "$release" "installs where Wireshark looks" installs_where_wireshark_looks "$root" "$wireshark" || true
    many "$release" "unit tests" unit_in "$root"
    if [ "$quick" -eq 0 ]; then
        many "$release" "captures" captures_in "$root" tests/captures
    else
        many "$release" "golden outputs" captures_in "$root" tests/captures/test_golden.py
        echo "skip  $release the other tests of captures: --quick"
    fi
    echo "      $release took $((SECONDS - from)) s"
}

# A module built for another version is refused with a word, and Wireshark goes on.
refused_elsewhere() { # RELEASE OTHER
    local root=$cache/$1-build other=$cache/$2-build folder out
    folder=$root/tmp/rst_origin/foreign/$(release_wireshark "$1")/epan
    rm -rf "$root/tmp/rst_origin/foreign"
    mkdir -p "$folder"
    cp "$other/tmp/rst_origin/build/plugins/$(release_wireshark "$2")/epan/rst_origin.so" "$folder"
    out=$(as_user "$root" env WIRESHARK_PLUGIN_DIR=/tmp/rst_origin/foreign tshark -G plugins 2>&1) || return 1
    grep rst_origin <<<"$out"
    [[ "$out" == *"rst_origin.so"*"libwireshark"* ]]
}

begun=$SECONDS
echo "Releases: ${only[*]}; cache: $cache"
echo "Not tested: Wireshark 4.2, which no release of Debian holds."
# At most two at a time: each of the tests starts two tsharks itself.
running=0
for release in "${only[@]}"; do
    if [ "$running" -ge 2 ]; then
        wait -n || true
    fi
    test_release "$release" &
    running=$((running + 1))
done
wait
built=()
for release in "${only[@]}"; do
    [ ! -e "$cache/$release-build/tmp/rst_origin/build/plugins/$(release_wireshark "$release")/epan/rst_origin.so" ] || built+=("$release")
done
if [ ${#built[@]} -ge 2 ]; then
    one "${built[1]}" "refuses ${built[0]}'s module with a word" refused_elsewhere "${built[1]}" "${built[0]}" || true
else
    echo "skip  loading a module of another version: needs two releases that build"
fi

read -r passed failed < <(for release in "${only[@]}"; do cat "$cache/$release.results"; done |
    awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')
echo "All of it took $((SECONDS - begun)) s."
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
