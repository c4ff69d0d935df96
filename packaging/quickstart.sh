#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds and installs the plugin and prints who sent each TCP reset: quickstart.sh [CAPTURE...].
# Without a capture it shows the samples. Made for Debian 12 and its relatives; it installs what is
# missing with apt, puts the plugin and its profile "RST Origin" into your personal folders, and
# touches nothing else. Run by root it uses the system's plugin folder, for Wireshark run by root
# reads no other.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
build=$project/build/quickstart

say() { printf '%s\n' "$*" >&2; }

refuse() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 2
}

is_root() { [ "$(id -u)" -eq 0 ]; }

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
    say "Installing ${packages[*]} ..."
    "${as_root[@]}" apt-get update -qq ||
        refuse "apt-get update failed; install these yourself: ${packages[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${packages[@]}" >/dev/null || refuse "apt could not install: ${packages[*]}"
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

build_plugin() {
    local log=$build/build.log
    mkdir -p "$build"
    say "Building ..."
    if ! { cmake -G Ninja -S "$project" -B "$build" -DRO_BUILD_TESTS=OFF && cmake --build "$build"; } >"$log" 2>&1; then
        tail -30 "$log" >&2
        refuse "the build failed; the whole log is $log"
    fi
}

folder() { shark -G folders | sed -nE "s/^$1:[[:space:]]*//p"; }

install_plugin() {
    if is_root; then
        target=$(folder 'Global Plugins')/epan/rst_origin.so
        other=$(folder 'Personal Plugins')/epan/rst_origin.so
        cmake --install "$build" >"$build/install.log" || refuse "the installation failed; see $build/install.log"
        say "Run by root: installed for all users, as $target"
    else
        target=$(folder 'Personal Plugins')/epan/rst_origin.so
        other=$(folder 'Global Plugins')/epan/rst_origin.so
        # Two copies would both register the same protocol, and Wireshark would stop.
        [ ! -e "$other" ] || refuse "a second copy is in the system's folder; remove it first: sudo rm $other"
        cmake --build "$build" --target install-personal >"$build/install.log" ||
            refuse "the installation failed; see $build/install.log"
        say "Installed for you, as $target"
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
    0) refuse "tshark does not load $target; ask it why: tshark -G plugins" ;;
    *) refuse "tshark finds more than one copy of the plugin: $lines" ;;
    esac
    grep -qF -- "$target" <<<"$lines" ||
        refuse "tshark loads another copy than the one just installed: $lines"
}

# Colours, columns and filter buttons. A profile of that name may hold the user's own changes.
install_profile() {
    local profiles
    profiles=$(folder 'Personal configuration')/profiles
    if [ -e "$profiles/RST Origin" ]; then
        say "Your profile \"RST Origin\" is left as it is; remove $profiles/RST Origin to get it anew"
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
    size=$(stat -Lc %s "$file")
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        position=0
        for fd in /proc/"$pid"/fd/*; do
            if [ "$(readlink -f "$fd" 2>/dev/null)" = "$(readlink -f "$file")" ]; then
                position=$(sed -n 's/^pos:[[:space:]]*//p' "/proc/$pid/fdinfo/${fd##*/}" 2>/dev/null || echo 0)
            fi
        done
        [ ! -t 2 ] || printf '\r%s: %d %% ' "$file" $((${position:-0} * 100 / (size + 1))) >&2
    done
    [ ! -t 2 ] || printf '\r\033[K' >&2
}

fields=(source cause confidence sign.text)

print_table() {
    local file=$1 out=$build/rows.tsv pid field arguments=()
    for field in "${fields[@]}"; do
        arguments+=(-e "rst_origin.$field")
    done
    tshark -r "$file" -2 -n -Y rst_origin.source -T fields -E separator=/t -E occurrence=f \
        -e frame.number -e frame.time_relative "${arguments[@]}" >"$out" 2>"$build/tshark.log" &
    pid=$!
    show_progress "$pid" "$file"
    if ! wait "$pid"; then
        say "$file: $(grep -v 'Running as user' "$build/tshark.log" | head -1)"
        unreadable=$((unreadable + 1))
    fi
    if [ ! -s "$out" ]; then
        printf '%s: no reset\n' "$file"
        return
    fi
    printf '%s\n' "$file"
    awk -F'\t' -v width="$width" '
        BEGIN { printf "%7s %12s  %-12s  %-22s  %-10s  %s\n", "frame", "time", "who", "why", "confidence", "best reason" }
        {
            line = sprintf("%7d %12.6f  %-12s  %-22s  %-10s  %s", $1, $2, $3, $4, $5, $6)
            print (width > 0 && length(line) > width) ? substr(line, 1, width - 3) "..." : line
        }' "$out"
    echo
    cut -f3 "$out" >>"$build/sources.txt"
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
install_missing
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
echo "The same in Wireshark: wireshark -C \"RST Origin\" CAPTURE, and filter on rst_origin, rst_origin.injected or rst_origin.suspicious."
[ "$unreadable" -eq 0 ]
