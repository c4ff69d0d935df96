#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzes the core with clang's libFuzzer: run.sh [SECONDS]. New inputs go to build/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
mkdir -p build/fuzz/corpus
mapfile -t core < <(sed -nE 's|^ +(plugin/core/[a-z_/]+\.c).*|\1|p' CMakeLists.txt)
# the page's style and script, which CMake turns into C
[ -e build/page_files.c ] || cmake -G Ninja -S . -B build >/dev/null
core+=(build/page_files.c)
read -ra glib <<<"$(pkg-config --cflags --libs glib-2.0)"
clang -std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
    -Iplugin/core "${core[@]}" tests/fuzz/core_fuzz.c "${glib[@]}" -o build/fuzz/core_fuzz
# GLib's slices would hide an overrun from AddressSanitizer.
G_SLICE=always-malloc build/fuzz/core_fuzz -max_total_time="$seconds" -max_len=4800 -print_final_stats=1 \
    -artifact_prefix=build/fuzz/ build/fuzz/corpus tests/fuzz/corpus
