#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds inside a Wireshark source tree, Debian's own: in_tree.sh [RELEASE] (default trixie).
# Compiles our files with the tree's stricter flags, links them with the release's libwireshark
# instead of building that (20 min.), and loads the module. Fetches 51 MB; needs root.
# The last line is "N passed, N failed".
set -euo pipefail
# shellcheck source=tests/versions/chroot.sh
. "$(dirname "$0")/../versions/chroot.sh"

release=${1:-trixie}
[ -n "$(release_wireshark "$release")" ] || die "unknown release $release"
if [ "$(id -u)" -ne 0 ]; then
    echo "SKIPPED: entering a release needs root"
    echo "0 passed, 0 failed"
    exit 0
fi

passed=0
failed=0
# Called in a condition, a function does not stop at a command that fails: each says "|| return".
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" >"$cache/in_tree.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $name"
    else
        failed=$((failed + 1))
        echo "FAIL  $name, see $cache/in_tree.log"
        tail -n 30 "$cache/in_tree.log"
    fi
}
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

root=$(make_chroot "$release" in_tree gcc g++ libc6-dev cmake ninja-build pkg-config wireshark-dev libwireshark-dev tshark \
    dpkg-dev flex python3 libgcrypt20-dev libc-ares-dev libspeexdsp-dev libpcre2-dev libxml2-dev libgnutls28-dev zlib1g-dev)

# The newest source that the mirrors still hold: a security update can outlive its own source there.
fetch_source() {
    sed -n 's/^deb /deb-src /p' "$root/etc/apt/sources.list" >"$root/etc/apt/sources.list.d/sources.list"
    apt_in "$root" update
    mkdir -p "$root/tmp/tree"
    local version
    for version in $(chroot "$root" apt-cache showsrc wireshark | sed -n 's/^Version: //p' | sort -Vru); do
        chroot "$root" sh -c "cd /tmp/tree && apt-get -qq source --download-only wireshark=$version" || true
        # The upstream sources are enough; Debian's patches are about its packaging.
        if tar -x -C "$root/tmp/tree" -f "$root"/tmp/tree/wireshark_"${version%-*}".orig.tar.*; then
            return
        fi
    done
    return 1
}
tree_in() { find "$root/tmp/tree" -mindepth 1 -maxdepth 1 -type d | sort -V | tail -n 1; }
if [ -z "$(tree_in 2>/dev/null)" ] && ! fetch_source >"$cache/in_tree.log" 2>&1; then
    echo "SKIPPED: no source of Wireshark to be had for $release: $(tail -n 1 "$cache/in_tree.log")"
    finish
fi
tree=$(tree_in)
tree=${tree#"$root"}
echo "Wireshark's source: $tree in $release"

copy_sources "$root/tmp/rst_origin"
rm -rf "$root$tree/plugins/epan/rst_origin"
compile() {
    chroot "$root" /tmp/rst_origin/packaging/in-tree/build.sh --objects "$tree" || return 1
    ! grep 'warning:.*rst_origin\|rst_origin.*warning:' "$cache/in_tree.log"
}
check "compiles without warnings under the tree's flags" compile

# The tree's flags really are stricter: else the check above would say nothing.
strict() {
    chroot "$root" ninja -C "$tree/build-rst_origin" -t commands \
        plugins/epan/rst_origin/CMakeFiles/rst_origin.dir/plugin/wireshark/plugin.c.o | tail -n 1 | grep -e -Wshadow | grep -e -Wstrict-prototypes
}
check "with -Wshadow and -Wstrict-prototypes among them" strict

load() {
    local folder version listed
    folder=/tmp/in_tree/$(release_wireshark "$release")/epan
    version=$(sed -nE 's/^set\(RO_VERSION ([0-9.]+)\)$/\1/p' "$root/tmp/rst_origin/CMakeLists.txt")
    mkdir -p "$root$folder"
    chroot "$root" sh -c "gcc -shared -Wl,-z,defs -o $folder/rst_origin.so \
        \$(find $tree/build-rst_origin/plugins/epan/rst_origin -name '*.o') \$(pkg-config --libs wireshark glib-2.0) -lwsutil -lwiretap -lm" || return 1
    listed=$(as_user "$root" env WIRESHARK_PLUGIN_DIR=/tmp/in_tree tshark -G plugins | grep rst_origin.so)
    echo "$listed"
    # The tree appends a fourth number to the version.
    [[ "$(cut -f2 <<<"$listed")" == "$version"* ]] || return 1
    as_user "$root" env WIRESHARK_PLUGIN_DIR=/tmp/in_tree tshark -r /tmp/rst_origin/sample-captures/injected_to_client.pcapng \
        -2 -Y rst_origin.injected -T fields -e rst_origin.source | grep -w intermediary
}
check "links, loads and judges a capture" load
finish
