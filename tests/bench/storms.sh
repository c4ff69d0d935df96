#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reads captures that strain a plugin, each at two sizes, without and with it: storms.sh [SHARE [STORM...]]. SHARE of the
# full sizes (1) is taken, so storms.sh 0.1 takes minutes instead of an hour. Prints numbers; passes and fails nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."

share=${1:-1}
shift || true
declare -A full=([scan]=500000 [stream]=100000 [hosts]=1000000 [reuse]=1000000 [interfaces]=100000 [points]=100000)
storms=("$@")
[ ${#storms[@]} -gt 0 ] || storms=(scan stream hosts reuse interfaces points)

# shellcheck source=tests/bench/stage.sh
. tests/bench/stage.sh
user=()
[ "$(id -u)" -ne 0 ] || user=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# read PLUGIN_DIR FILE: seconds of processor time and MB at the peak of reading a capture for -q -z io,stat,0
read_it() {
    "${user[@]}" env -i PATH="$PATH" HOME="$stage/home" LC_ALL=C.UTF-8 TZ=UTC WIRESHARK_PLUGIN_DIR="$1" /usr/bin/python3 -c '
import resource, subprocess, sys
subprocess.run(["tshark", "-r", sys.argv[1], "-q", "-z", "io,stat,0"], stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL, check=True)
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{use.ru_utime + use.ru_stime:.2f} {use.ru_maxrss / 1024:.0f}")' "$2"
}

printf '%-11s %9s %11s %11s %8s %11s %11s %9s\n' storm size 's without' 's with' ratio 'MB without' 'MB with' 'B more'
for storm in "${storms[@]}"; do
    for part in 4 1; do
        size=$(awk -v n="${full[$storm]}" -v s="$share" -v p="$part" 'BEGIN { printf "%d", n * s / p }')
        /usr/bin/python3 tests/bench/storms.py "$storm" "$size" "$stage/storm"
        chmod 644 "$stage/storm"
        read -r t0 m0 <<<"$(read_it "$stage/none" "$stage/storm")"
        read -r t1 m1 <<<"$(read_it "$stage/plugins" "$stage/storm")"
        awk -v s="$storm" -v n="$size" -v t0="$t0" -v t1="$t1" -v m0="$m0" -v m1="$m1" 'BEGIN {
            printf "%-11s %9d %11.2f %11.2f %8.2f %11d %11d %9.0f\n", s, n, t0, t1, t1 / t0, m0, m1, (m1 - m0) * 1048576 / n }'
    done
done
