#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The window's tests with the newer Wiresharks, each in a Debian of its own: versions.sh [RELEASE...] (default: all of
# tests/versions/releases.tsv but the oldest). Screenshots go to build/gui/RELEASE. Needs root, a network for the first
# run and about a gigabyte for each release. The last line is "N passed, N failed".
set -euo pipefail
# shellcheck source=tests/versions/chroot.sh
. "$(dirname "$0")/../versions/chroot.sh"

project=$(cd "$(dirname "$0")/../.." && pwd)
packages=(gcc libc6-dev cmake ninja-build pkg-config wireshark-dev libwireshark-dev tshark wireshark xvfb imagemagick
    x11-apps xdotool fonts-dejavu-core)
passed=0
failed=0
root=

if [ "$(id -u)" -ne 0 ]; then
    echo "SKIPPED: making and entering a release needs root"
    echo "0 passed, 0 failed"
    exit 0
fi
mkdir -p "$cache"

leave() { if [ -n "$root" ] && mountpoint -q "$root/proc"; then umount "$root/proc"; fi; }
trap leave EXIT

window_of() { # RELEASE
    local shots=$project/build/gui/$1 log=$cache/$1.window.log source=/tmp/rst_origin/source line
    root=$(make_chroot "$1" window "${packages[@]}") || return 1
    mountpoint -q "$root/proc" || mount -t proc proc "$root/proc" # Qt and bash ask for /proc/self
    [ -e "$root/dev/fd" ] || ln -s /proc/self/fd "$root/dev/fd"
    copy_sources "$root$source"
    rm -rf "$root/tmp/rst_origin/build" "$root/tmp/home" "$root/tmp/shots"
    mkdir -p "$root/tmp/home" "$root/tmp/shots"
    chown "$nobody:$nobody" "$root/tmp/rst_origin" "$root/tmp/home"
    as_user "$root" sh -c 'cd /tmp/rst_origin && cmake -G Ninja -S source -B build && cmake --build build' >"$log" 2>&1 || return 1
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root RO_PLUGIN_DIR=/tmp/rst_origin/build/plugins \
        "$source/tests/gui/run.sh" /tmp/shots >>"$log" 2>&1 || true
    mkdir -p "$shots"
    cp "$root"/tmp/shots/*.png "$shots" || true
    umount "$root/proc"
    grep -E '^(ok|FAIL|skipped)' "$log" | sed "s/^/$1: /"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -1)
    [ -n "$line" ] || return 1
    passed=$((passed + $(cut -d' ' -f1 <<<"$line")))
    failed=$((failed + $(cut -d' ' -f3 <<<"$line")))
}

if [ $# -gt 0 ]; then only=("$@"); else mapfile -t only < <(releases | tail -n +2); fi
for release in "${only[@]}"; do
    window_of "$release" || {
        failed=$((failed + 1))
        echo "FAIL  $release: see $cache/$release.window.log"
        tail -n 20 "$cache/$release.window.log"
    }
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
