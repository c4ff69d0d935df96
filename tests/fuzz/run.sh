#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzes the core alone and the whole plugin through libwireshark with clang's libFuzzer: run.sh [SECONDS [core|shell]], SECONDS
# for each of the two. New inputs go to build/fuzz/corpus and build/fuzz/shell-corpus, findings to build/fuzz.
# libwireshark is the installed one, without sanitizers; what the plugin does in it is checked.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
which=${2:-both}
mkdir -p build/fuzz/corpus
mapfile -t core < <(sed -nE 's|^ +(plugin/core/[a-z_/]+\.c).*|\1|p' CMakeLists.txt)
mapfile -t shell < <(sed -nE 's|^ +(plugin/wireshark/[a-z_/]+\.c).*|\1|p' CMakeLists.txt)
# the page's style and script, which CMake turns into C
[ -e build/page_files.c ] || cmake -G Ninja -S . -B build >/dev/null
core+=(build/page_files.c)
read -ra glib <<<"$(pkg-config --cflags --libs glib-2.0)"
read -ra wireshark <<<"$(pkg-config --cflags --libs wireshark glib-2.0 | sed 's/-I/-isystem /g')"
checks=(-std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined)
# GLib's slices would hide an overrun from AddressSanitizer.
export G_SLICE=always-malloc

fuzz_core() {
    clang "${checks[@]}" -Iplugin/core "${core[@]}" tests/fuzz/core_fuzz.c "${glib[@]}" -o build/fuzz/core_fuzz
    build/fuzz/core_fuzz -max_total_time="$seconds" -max_len=4800 -print_final_stats=1 \
        -artifact_prefix=build/fuzz/ build/fuzz/corpus tests/fuzz/corpus
}

# libwireshark keeps memory for later, so leaks are looked for in the core alone. Each piece of memory is an allocation of its
# own, for the sanitizer to see its ends. The user's configuration is not read.
fuzz_shell() {
    clang "${checks[@]}" -DHAVE_SSIZE_T=1 -Iplugin -Iplugin/core "${core[@]}" "${shell[@]}" tests/fuzz/shell_fuzz.c \
        "${wireshark[@]}" -lwiretap -lwsutil -o build/fuzz/shell_fuzz
    [ -d build/fuzz/shell-seeds ] || /usr/bin/python3 tests/fuzz/seeds.py build/fuzz/shell-seeds
    mkdir -p build/fuzz/shell-corpus build/fuzz/home
    HOME=$PWD/build/fuzz/home WIRESHARK_ABORT_ON_DISSECTOR_BUG=1 WIRESHARK_DEBUG_WMEM_OVERRIDE=simple \
        ASAN_OPTIONS=detect_leaks=0 \
        build/fuzz/shell_fuzz -max_total_time="$seconds" -max_len=20000 -print_final_stats=1 -rss_limit_mb=4096 -timeout=20 \
        -artifact_prefix=build/fuzz/shell- build/fuzz/shell-corpus build/fuzz/shell-seeds
}

[ "$which" = shell ] || fuzz_core
[ "$which" = core ] || fuzz_shell
