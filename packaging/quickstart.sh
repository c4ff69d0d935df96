#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds and installs the plugin, and prints who sent each TCP reset and why: quickstart.sh [CAPTURE...].
# Without a capture it shows the samples. Made for Debian 12 and its relatives. It installs what is
# missing with apt, puts the plugin and its profile "RST Origin" into your personal folders, and
# touches nothing else. Run by root it uses the system's plugin folder, because Wireshark run by root
# reads no other. It may be run again at any time: after an upgrade of Wireshark, or after the checkout moved.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
build=$project/build/quickstart

say() { printf '%s\n' "$*" >&2; }

refuse() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 2
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# Runs a command with its output in a log, and shows on a terminal that it is at work.
# at_work WHAT LOG COMMAND...
at_work() {
    local what=$1 log=$2 pid from=$SECONDS
    shift 2
    if [ ! -t 2 ]; then
        say "$what ..."
        "$@" >"$log" 2>&1
        return
    fi
    "$@" >"$log" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        printf '\r\033[K%s ... %d s  %.60s' "$what" $((SECONDS - from)) "$(tail -n 1 "$log" | tr -cd '[:print:]')" >&2
        sleep 0.2
    done
    printf '\r\033[K%s: %d s\n' "$what" $((SECONDS - from)) >&2
    wait "$pid"
}

# tshark's two lines about being run by root are no news here.
shark() { tshark "$@" 2> >(grep -v 'Running as user' >&2 || true); }

# --- what is needed --------------------------------------------------------------------------

missing_packages() {
    local pair
    for pair in cmake:cmake ninja:ninja-build gcc:gcc pkg-config:pkg-config tshark:tshark; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
    done
    if command -v pkg-config >/dev/null; then
        pkg-config --exists wireshark 2>/dev/null || echo wireshark-dev
        pkg-config --exists glib-2.0 2>/dev/null || echo libglib2.0-dev
    else
        echo wireshark-dev
    fi
    if command -v gcc >/dev/null; then
        echo 'int main(void) { return 0; }' | gcc -x c - -o /dev/null 2>/dev/null || echo libc6-dev
    else
        echo libc6-dev
    fi
}

install_missing() {
    local packages as_root=()
    mapfile -t packages < <(missing_packages)
    [ ${#packages[@]} -eq 0 ] && return
    command -v apt-get >/dev/null ||
        refuse "these are missing, and there is no apt to install them (Debian's names): ${packages[*]}"
    if ! is_root; then
        command -v sudo >/dev/null || refuse "missing; as root run: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    say "Missing, to be installed with apt: ${packages[*]}"
    [ ${#as_root[@]} -eq 0 ] || sudo -v || refuse "no sudo; as root run: apt-get install ${packages[*]}"
    mkdir -p "$build"
    at_work "Reading apt's lists" "$build/apt.log" "${as_root[@]}" apt-get update -q ||
        refuse "apt-get update failed, see $build/apt.log; install these yourself: ${packages[*]}"
    at_work "Installing packages" "$build/apt.log" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
        -q --no-install-recommends "${packages[@]}" || refuse "apt could not install ${packages[*]}; see $build/apt.log"
    mapfile -t packages < <(missing_packages)
    [ ${#packages[@]} -eq 0 ] || refuse "still missing after the installation: ${packages[*]}"
}

# The plugin works in the very version it was built for: X.Y must agree.
check_wireshark() {
    local running headers
    running=$(shark --version | sed -nE '1s/^[^0-9]*([0-9]+\.[0-9]+).*/\1/p')
    headers=$(pkg-config --modversion wireshark | cut -d. -f1,2)
    [ "${running%%.*}" -ge 4 ] || refuse "Wireshark 4.0 or newer is needed; tshark is $running"
    [ "$running" = "$headers" ] ||
        refuse "$(command -v tshark) is Wireshark $running, but wireshark-dev is $headers: install the wireshark-dev of $running"
    grep -qiE 'binary plugins|plugins supported|with[^,]* plugins' <<<"$(shark --version | tr '\n' ' ')" ||
        refuse "this Wireshark was built without plugin support"
}

# --- build and install -----------------------------------------------------------------------

configure_and_build() {
    cmake -G Ninja -S "$project" -B "$build" -DRO_BUILD_TESTS=OFF && cmake --build "$build"
}

build_plugin() {
    local log=$build/build.log cache=$build/CMakeCache.txt
    mkdir -p "$build"
    # a build folder remembers where its sources were
    if [ -e "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$project" "$cache"; then
        say "This checkout was moved: building anew"
        rm -rf "$cache" "$build/CMakeFiles"
    fi
    if ! at_work "Building" "$log" configure_and_build; then
        tail -30 "$log" >&2
        refuse "the build failed; the whole log is $log"
    fi
}

folder() { shark -G folders | sed -nE "s/^$1:[[:space:]]*//p"; }

# A second copy would register the same protocol again, and Wireshark would stop. Said before the build.
refuse_packaged_copy() {
    local copy package
    command -v tshark >/dev/null || return 0
    copy=$(folder 'Global Plugins')/epan/rst_origin.so
    [ -e "$copy" ] || return 0
    package=$(dpkg -S "$copy" 2>/dev/null | cut -d: -f1 || true)
    [ -z "$package" ] ||
        refuse "the package $package has installed the plugin already: use it, or remove it first: apt remove $package"
    is_root || refuse "a copy for all users is in the system's folder: use it, or remove it first: sudo rm $copy"
}

install_plugin() {
    if is_root; then
        target=$(folder 'Global Plugins')/epan/rst_origin.so
        other=$(folder 'Personal Plugins')/epan/rst_origin.so
        cmake --install "$build" >"$build/install.log" || refuse "the installation failed; see $build/install.log"
        say "Run by root: installed for all users, as $target, with the capture interface rst-witness"
    else
        target=$(folder 'Personal Plugins')/epan/rst_origin.so
        other=$(folder 'Global Plugins')/epan/rst_origin.so
        cmake --build "$build" --target install-personal >"$build/install.log" ||
            refuse "the installation failed; see $build/install.log"
        say "Installed for you, as $target"
        say "To ask a host's kernel why it sent its resets, see docs/witness.md: $project/extcap/rst-witness"
    fi
    [ -e "$target" ] || refuse "the plugin should be $target, but is not there; see $build/install.log"
    if is_root && [ -e "$other" ]; then
        say "Note: root's personal folder holds another copy, which Wireshark run by root ignores: $other"
    fi
    local stray
    for stray in "${target%/epan/*}"/rst_origin.so "${target%/*/epan/*}"/rst_origin.so "${HOME:-/}"/.config/wireshark/plugins/rst_origin.so; do
        [ ! -e "$stray" ] || say "Note: $stray is in a folder that Wireshark does not read; remove it."
    done
}

check_loaded() {
    local lines
    lines=$(shark -G plugins 2>&1 | grep -F rst_origin || true)
    case $(printf '%s' "$lines" | grep -c . || true) in
    1) ;;
    0) refuse "tshark does not load $target; $project/packaging/doctor.sh says why" ;;
    *) refuse "tshark finds more than one copy of the plugin: $lines" ;;
    esac
    grep -qF -- "$target" <<<"$lines" ||
        refuse "tshark loads another copy than the one just installed: $lines"
}

# Colours, columns and filter buttons. A profile of that name may hold the user's own changes.
install_profile() {
    local profiles
    profiles=$(folder 'Personal configuration')/profiles
    if diff -rq "$project/packaging/profile/RST Origin" "$profiles/RST Origin" >/dev/null 2>&1; then
        return
    elif [ -e "$profiles/RST Origin" ]; then
        say "Your profile \"RST Origin\" differs from this version's and is left as it is. To get the new one, move"
        say "$profiles/RST Origin away and run this again."
    elif mkdir -p "$profiles" && cp -r "$project/packaging/profile/RST Origin" "$profiles/"; then
        say "Installed the profile \"RST Origin\" in $profiles"
    else
        say "Note: the profile could not be copied to $profiles"
    fi
}

# --- the table -------------------------------------------------------------------------------

# How far tshark has read the file, on a terminal, for whoever waits.
show_progress() {
    local pid=$1 file=$2 size position fd
    [ -t 2 ] || return 0
    size=$(stat -Lc %s "$file")
    while kill -0 "$pid" 2>/dev/null; do
        position=0
        for fd in /proc/"$pid"/fd/*; do
            if [ "$(readlink -f "$fd" 2>/dev/null)" = "$(readlink -f "$file")" ]; then
                position=$(sed -n 's/^pos:[[:space:]]*//p' "/proc/$pid/fdinfo/${fd##*/}" 2>/dev/null || echo 0)
            fi
        done
        printf '\r%s: %d %% ' "$file" $((${position:-0} * 100 / (size + 1))) >&2
        sleep 0.1
    done
    printf '\r\033[K' >&2
}

fields=(frame.number ip.src ipv6.src tcp.srcport ip.dst ipv6.dst tcp.dstport rst_origin.source rst_origin.diagnosis
    rst_origin.cause rst_origin.confidence)

# One run of tshark gives the rows, and below them the report, whose first sentence is the answer.
print_table() {
    local file=$1 out=$build/rows.tsv pid field arguments=()
    for field in "${fields[@]}"; do
        arguments+=(-e "$field")
    done
    COLUMNS=120 tshark -r "$file" -2 -n -Y rst_origin.source -T fields -E separator=/t -E occurrence=l "${arguments[@]}" \
        -z rst_origin,report >"$out" 2>"$build/tshark.log" &
    pid=$!
    show_progress "$pid" "$file"
    if ! wait "$pid"; then
        say "$file: $(grep -v 'Running as user' "$build/tshark.log" | head -1)"
        unreadable=$((unreadable + 1))
    fi
    printf '%s\n' "${file##*/}"
    awk -F'\t' -v width="$width" -v sources="$build/sources.txt" '
        function end(v4, v6, port) { return v4 != "" ? v4 ":" port : "[" v6 "]:" port }
        function cut(line) { return (width > 0 && length(line) > width) ? substr(line, 1, width - 3) "..." : line }
        NF >= 11 {
            if (!rows++) print cut(sprintf("%7s  %-12s  %-20s  %-10s  %s", "frame", "who", "why", "confidence", "where"))
            print cut(sprintf("%7d  %-12s  %-20s  %-10s  %s -> %s", $1, $8, $9 != "" ? $9 : $10, $11, end($2, $3, $4), end($5, $6, $7)))
            print $8 >>sources
            next
        }
        /^Read: / { exit }
        { answer = answer (answer ? " " : "") $0 }
        END { print answer; print "" }' "$out"
}

what_next() {
    local of_sample='CAPTURE'
    echo "What to do next, with a capture of your own:"
    echo "  tshark -q -r $of_sample -z rst_origin,report                    the whole answer, and what to do"
    echo "  tshark -q -r $of_sample -z rst_origin,report,html >report.html  the same as a page to look at"
    echo "  $project/packaging/batch DIRECTORY                    every capture of a folder, into one database with one report"
    if command -v wireshark >/dev/null; then
        echo "  wireshark -C \"RST Origin\" $of_sample                           in Wireshark; filter on rst_origin.source"
    fi
    echo "Something wrong? $project/packaging/doctor.sh. To remove it all: $project/packaging/uninstall.sh"
}

# --- main ------------------------------------------------------------------------------------

for file in "$@"; do
    [ "${file#-}" = "$file" ] || refuse "usage: quickstart.sh [CAPTURE...]"
    [ -r "$file" ] || refuse "cannot read $file"
done
target=''
other=''
unreadable=0
width=0
[ ! -t 1 ] || width=$(tput cols 2>/dev/null || echo 0)
refuse_packaged_copy
install_missing
refuse_packaged_copy
check_wireshark
build_plugin
install_plugin
check_loaded
install_profile
: >"$build/sources.txt"
if [ $# -eq 0 ]; then
    set -- "$project"/sample-captures/*.pcap*
fi
for file in "$@"; do
    print_table "$file"
done
sort "$build/sources.txt" | uniq -c | sort -rn |
    awk '{ n += $1; words = words (words ? ", " : "") $2 " " $1 } END { printf "%d resets: %s\n", n, words }'
what_next
[ "$unreadable" -eq 0 ]
