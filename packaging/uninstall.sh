#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Removes what quickstart.sh and "cmake --install" put in place: uninstall.sh [-n]. It takes away the plugin from the
# plugin folders, of every version of Wireshark, the capture interface rst-witness, and the profile "RST Origin" where you did not change it. Run by
# root it also looks into the system's folder. A package is left to apt. With -n it only says what it would do.
set -euo pipefail

refuse() {
    printf 'uninstall: %s\n' "$*" >&2
    exit 2
}

dry=''
case ${1:-} in
'') ;;
-n) dry=yes ;;
*) refuse "usage: uninstall.sh [-n]" ;;
esac
command -v tshark >/dev/null || refuse "tshark is missing, so the folders are not known; the plugin is a file rst_origin.so"

folder() { tshark -G folders 2>/dev/null | sed -nE "s/^$1:[[:space:]]*//p"; }

project=$(cd "$(dirname "$0")/.." && pwd)
removed=0
left=0

take_away() {
    removed=$((removed + 1))
    if [ -n "$dry" ]; then
        printf 'would remove %s\n' "$1"
    else
        rm -r -- "$1"
        printf 'removed %s\n' "$1"
    fi
}

leave() {
    left=$((left + 1))
    printf 'left %s: %s\n' "$1" "$2"
}

# A file of the installation: what a package brought, and what only root may remove, stays with a word.
remove_or_leave() {
    local package
    package=$(dpkg -S "$1" 2>/dev/null | cut -d: -f1 || true)
    if [ -n "$package" ]; then
        leave "$1" "it belongs to a package; run: apt-get remove $package"
    elif [ ! -w "$(dirname "$1")" ]; then
        leave "$1" "run: sudo $project/packaging/uninstall.sh"
    else
        take_away "$1"
    fi
}

personal=$(folder 'Personal Plugins')
global=$(folder 'Global Plugins')
extcap=$(folder 'Extcap path')
while read -r file; do
    remove_or_leave "$file"
done < <({
    find "${personal%/*}" "${global%/*}" -maxdepth 4 -name rst_origin.so
    [ -z "$extcap" ] || find "$extcap" -maxdepth 1 \( -name rst-witness -o -name rst_witness \)
} 2>/dev/null | sort -u)

profile=$(folder 'Personal configuration')/profiles/"RST Origin"
if [ -e "$profile" ]; then
    if diff -rq "$project/packaging/profile/RST Origin" "$profile" >/dev/null 2>&1; then
        take_away "$profile"
    else
        leave "$profile" "it differs from the one that came with the plugin; remove it yourself if you do not need it"
    fi
fi
# "cmake --install --component extras" brings the batch; results (rst_origin.db) are the user's and stay.
for file in /usr/bin/rst-origin-batch /usr/share/rst_origin /usr/local/bin/rst-origin-batch /usr/local/share/rst_origin; do
    [ -e "$file" ] || continue
    remove_or_leave "$file"
done

if [ "$removed" -eq 0 ] && [ "$left" -eq 0 ]; then
    echo "Nothing to remove."
fi
