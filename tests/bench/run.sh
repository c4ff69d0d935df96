#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures what the plugin costs: run.sh [PACKETS [STREAMS [COUNTED]]]. Prints numbers; passes and
# fails nothing. Instructions are counted by callgrind over the first COUNTED packets (20000: all of
# 200000 would take half an hour), memory and time over all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."

packets=${1:-200000}
streams=${2:-$((packets / 40))}
counted=${3:-20000}
command -v valgrind >/dev/null || {
    echo "run.sh: valgrind is missing (Debian: apt-get install valgrind)" >&2
    exit 2
}
cmake -G Ninja -S . -B build >/dev/null
cmake --build build >/dev/null

# shellcheck source=tests/bench/stage.sh
. tests/bench/stage.sh
/usr/bin/python3 tests/bench/make_capture.py "$stage/full.pcap" "$packets" "$streams"
editcap -r "$stage/full.pcap" "$stage/many.pcap" "1-$counted"
chmod 644 "$stage"/*.pcap

compare() {
    local what=$1 without with
    shift
    without=$(instructions "$stage/none" "$stage/many.pcap" "$@")
    with=$(instructions "$stage/plugins" "$stage/many.pcap" "$@")
    awk -v what="$what" -v a="$without" -v b="$with" -v n="$counted" 'BEGIN {
        printf "%-34s %9.1f k  %9.1f k  %+7.2f k  %+6.2f %%\n", what, a / n / 1e3, b / n / 1e3, (b - a) / n / 1e3, (b - a) * 100 / a }'
}

printf '\nInstructions per packet (%d packets)  without     with        more\n' "$counted"
compare "-q -z io,stat,0" -q -z io,stat,0
compare "-T fields -e frame.number" -T fields -e frame.number
compare "-Y tcp.flags.reset==1" -Y tcp.flags.reset==1

printf '\nPeak memory and time (%d packets)\n' "$packets"
for plugins in none plugins; do
    for args in "-q -z io,stat,0" "-2 -q -z io,stat,0"; do
        read -ra words <<<"$args"
        as_user "$stage/$plugins" /usr/bin/python3 -c '
import resource, subprocess, sys
subprocess.run(["tshark", "-r", *sys.argv[2:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{sys.argv[1]:34} {use.ru_maxrss / 1024:9.1f} MB {use.ru_utime + use.ru_stime:7.2f} s")' \
            "$args, $([ $plugins = none ] && echo without || echo with)" "$stage/full.pcap" "${words[@]}"
    done
done

printf '\nMemory of the core\n'
read -ra glib <<<"$(pkg-config --cflags --libs glib-2.0)"
gcc -std=gnu11 -O2 -Iplugin/core tests/bench/memory.c build/librst_origin_core.a "${glib[@]}" -o "$stage/memory"
"$stage/memory"
