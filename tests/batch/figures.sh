#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures what docs/fleet.md says: figures.sh FOLDER [PART...]. The parts are small, large, many and ring; without one, all
# of them: an hour on two processors, and 3 GB in FOLDER. Run it as an ordinary user for whom sharkd loads the plugin. The
# captures are made of sample-captures and, the large ones, of the folder that RO_TRAFFIC names (pcap without compression).
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -ge 1 ] || { sed -n '3,5s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
cd "$1"
shift
batch=$project/packaging/batch

copies() { # FOLDER NUMBER: so many copies of the sample captures
    local n=0 file
    mkdir -p "$1"
    while [ "$n" -lt "$2" ]; do
        for file in "$project"/sample-captures/*.pcap*; do
            [ "$n" -lt "$2" ] || break
            cp "$file" "$1/$(printf %05d "$n").pcapng"
            n=$((n + 1))
        done
    done
}

# Ten captures, each five times the traffic, of which four times without the resets: about 2 % are resets, far more than usual.
large() {
    local k j from
    mkdir -p large
    find "$RO_TRAFFIC" -name '*.pcap*' -print0 | sort -z | xargs -0 mergecap -F pcap -w base.pcap
    tshark -r base.pcap -Y '!(tcp.flags.reset == 1)' -F pcap -w without.pcap
    for k in 0 1 2 3 4 5 6 7 8 9; do
        for j in 0 1 2 3 4; do
            from=without.pcap
            [ "$j" -ne 2 ] || from=base.pcap
            editcap -t $(((k * 5 + j) * 1000000)) "$from" "part$j.pcap"
        done
        mergecap -a -F pcap -w "large/$k.pcap" part?.pcap
    done
    rm -f part?.pcap
}

loop() { # FOLDER: every field, as the batch keeps them
    local file fields=()
    while read -r name; do fields+=(-e "$name"); done < <(tshark -G fields | cut -f3 | grep '^rst_origin\.' | grep -v '\.expert\.')
    for file in "$1"/*; do
        tshark -r "$file" -2 -n -Y rst_origin.source -T fields -e frame.number -e frame.time_epoch -e ip.src -e ipv6.src -e tcp.srcport \
            -e ip.dst -e ipv6.dst -e tcp.dstport "${fields[@]}"
    done
}

cost() { # NAME COMMAND...: processor time of all processes, and time passed
    local name=$1
    shift
    TIMEFORMAT="$name: %U s user, %S s system, %R s passed"
    time "$@" >/dev/null
}

ask() { python3 -c 'import sqlite3,sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())' "$@"; }

small() {
    copies small 1000
    cost "1,000 small, batch" "$batch" small --apart --db small.db
    cost "1,000 small, loop" loop small
}

ten_large() {
    if [ -z "${RO_TRAFFIC:-}" ]; then
        echo "10 large: left out, RO_TRAFFIC names no folder"
        return
    fi
    large
    cost "10 large, batch" "$batch" large --apart --db large.db
    cost "10 large, loop" loop large
}

many() {
    copies many 10000
    "$batch" many --apart --db many.db -q &
    sleep 200
    kill -9 $!
    sleep 2
    echo "10,000: finished when it was killed: $(ask many.db "SELECT COUNT(*) FROM files WHERE status = 'done'")"
    cost "10,000, the rest" "$batch" many --apart --db many.db
    cost "10,000, nothing left" "$batch" many --apart --db many.db
    echo "10,000: captures, finished, resets, different resets: $(ask many.db "SELECT (SELECT COUNT(*) FROM files),
        (SELECT COUNT(*) FROM files WHERE status = 'done'), (SELECT COUNT(*) FROM resets), (SELECT COUNT(*) FROM (SELECT DISTINCT file, frame FROM resets))")"
}

ring() {
    local process watch
    copies ring 500
    "$batch" watch ring --once --db watch.db >/dev/null &
    watch=$!
    echo "watch, 500 captures: MB of the batch and of its sharkd, every 2 s"
    while kill -0 $watch 2>/dev/null; do
        for process in $watch $(cat "/proc/$watch/task/$watch/children" 2>/dev/null); do
            awk '{ printf "%d ", $2 * 4096 / 1e6 }' "/proc/$process/statm" 2>/dev/null || true
        done
        echo
        sleep 2
    done
}

for part in "${@:-small large many ring}"; do
    for one in $part; do
        case $one in
        small | many | ring) "$one" ;;
        large) ten_large ;;
        *) echo "figures.sh: no part $one" >&2; exit 2 ;;
        esac
    done
done
