#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Says where on the path each TCP reset was made, from captures of the same traffic taken at two or
# more points: compare.sh [-n NAME,NAME...] [-k MERGED] A.pcapng B.pcapng [C.pcapng ...]
#
#   -n  names of the points, in the order of the files (default: the files' names)
#   -k  keep the merged capture in this file, to open it in Wireshark
#
# The points' clocks need not agree. Needs tshark, mergecap and capinfos, and the plugin installed
# (or WIRESHARK_PLUGIN_DIR set). Ends with 3 where the captures have no connection in common.
set -euo pipefail

refuse() {
    printf 'compare: %s\n' "$*" >&2
    exit 2
}

usage() {
    sed -n '3,11s/^# \{0,1\}//p' "$0"
    exit "$1"
}

names=
keep=
while getopts n:k:h option; do
    case $option in
    n) names=$OPTARG ;;
    k) keep=$OPTARG ;;
    h) usage 0 ;;
    *) usage 2 >&2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage 2 >&2
for program in tshark mergecap capinfos; do
    command -v "$program" >/dev/null || refuse "$program is missing; it comes with Wireshark"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- names: one for each interface of the merged file ------------------------------------------

interfaces_of() {
    local n
    n=$(capinfos -I "$1" 2>/dev/null | sed -n 's/^Number of interfaces in file: *//p')
    echo "${n:-1}"
}

IFS=, read -r -a given <<<"$names"
point_names=()
at=0
for file in "$@"; do
    [ -r "$file" ] || refuse "cannot read $file"
    name=${given[at]:-}
    if [ -z "$name" ]; then
        name=${file##*/}
        name=${name%.gz}
        name=${name%.*}
    fi
    name=${name//,/ }
    n=$(interfaces_of "$file")
    if [ "$n" -le 1 ]; then
        point_names+=("$name")
    else
        for ((i = 0; i < n; i++)); do point_names+=("$name/$i"); done
    fi
    at=$((at + 1))
done

# --- one file: -I none keeps interfaces of the same name apart ---------------------------------

merged=${keep:-$work/merged.pcapng}
mergecap -I none -w "$merged" "$@" || refuse "mergecap could not merge the files"

list=$(
    IFS=,
    echo "${point_names[*]}"
)
if ! tshark -r "$merged" -n -2 -Y rst_origin.source -o "rst_origin.point_names:$list" \
    -T fields -E separator=/t -E aggregator=, \
    -e frame.number -e frame.interface_id -e frame.time -e ip.src -e ipv6.src -e tcp.srcport \
    -e ip.dst -e ipv6.dst -e tcp.dstport -e rst_origin.source -e rst_origin.cause \
    -e rst_origin.confidence -e rst_origin.vantage.twin -e rst_origin.vantage.segment \
    -e rst_origin.vantage.missing_at >"$work/resets" 2>"$work/errors"; then
    grep -q 'aren.t valid\|rst_origin' "$work/errors" &&
        refuse "tshark does not know rst_origin; install the plugin, or set WIRESHARK_PLUGIN_DIR"
    cat "$work/errors" >&2
    refuse "tshark failed"
fi

# --- each reset once, then where they were made -------------------------------------------------

awk -F '\t' -v list="$list" '
function first(s) { sub(/,.*/, "", s); return s }
function pick(a, b) { return a != "" ? first(a) : first(b) }
BEGIN { split(list, name, ",") }
{
    n = split($13, twin, ",")
    for (i = 1; i <= n; i++) if (twin[i] + 0 < $1 + 0) next  # its copy is listed already
    total++
    seen = name[$2 + 1]
    seen_n = n + 1
    where = $14 != "" ? $14 : "not known"
    if ($14 != "" || $13 != "" || $15 != "") shared = 1
    made[where]++
    if (total == 1) printf "%-8s %-44s %-30s %-13s %-22s %s\n", "frame", "from -> to", "made", "by", "cause", "sure"
    line = sprintf("%s:%s -> %s:%s", pick($4, $5), first($6), pick($7, $8), first($9))
    printf "%-8s %-44s %-30s %-13s %-22s %s\n", $1, line, where, first($10), first($11), first($12)
    printf "%-8s seen at %d of %d points%s\n", "", seen_n, length(name), $15 != "" ? ", not at " $15 : ""
}
END {
    if (!total) { print "No TCP reset in these captures."; exit }
    if (!shared) {
        print "\nThese captures have no connection with a reset in common, so they cannot say where the resets were made."
        print "Were they taken at the same time, and of the same traffic? Their times:"
        exit 3
    }
    printf "\nWhere %d reset%s made:\n", total, total == 1 ? " was" : "s were"
    for (w in made) printf "%6d  %s\n", made[w], w | "sort -k1,1nr -k2"
}' "$work/resets" || {
    [ $? -eq 3 ] || exit 1
    for file in "$@"; do
        printf '  %s: %s\n' "$file" "$(capinfos -T -r -a -e -S "$file" 2>/dev/null | cut -f2- | tr '\t' ' ')"
    done
    exit 3
}
