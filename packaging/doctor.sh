#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Why is the plugin not there? doctor.sh looks at versions, folders, copies, permissions and the profile, says
# what is wrong and what to do, and changes nothing. Ends with 0 where all is well, with 1 where it is not.
set -uo pipefail

problems=0

ok() { printf 'ok       %s\n' "$*"; }

note() { printf 'note     %s\n' "$*"; }

wrong() { # WHAT WHAT-TO-DO
    problems=$((problems + 1))
    printf 'PROBLEM  %s\n         %s\n' "$1" "$2"
}

finish() {
    echo
    if [ "$problems" -eq 0 ]; then
        echo "The plugin is there. Next: tshark -q -r CAPTURE -z rst_origin,report"
        exit 0
    fi
    printf '%s problem%s found.\n' "$problems" "$([ "$problems" -eq 1 ] || echo s)"
    exit 1
}

shark() { tshark "$@" 2>/dev/null; }

folder() { shark -G folders | sed -nE "s/^$1:[[:space:]]*//p"; }

# --- Wireshark itself ---------------------------------------------------------------------------

if ! command -v tshark >/dev/null; then
    wrong "tshark is not installed, or not in PATH" "Install it: apt-get install tshark"
    finish
fi
version=$(shark --version | sed -nE '1s/^[^0-9]*([0-9]+\.[0-9]+)(\.[0-9]+)?.*/\1/p')
if [ "${version%%.*}" -ge 4 ]; then
    ok "$(command -v tshark) is Wireshark $version"
else
    wrong "$(command -v tshark) is Wireshark $version; the plugin needs 4.0 or newer" "Install a newer Wireshark."
fi
if [ "$(id -u)" -eq 0 ]; then
    note "run by root: Wireshark then reads the system's plugin folder only. Run this as the user who uses Wireshark."
fi
personal=$(folder 'Personal Plugins')
global=$(folder 'Global Plugins')

# --- copies and their versions ------------------------------------------------------------------

# Every rst_origin.so below the folders, read by this Wireshark or not.
copies() {
    local root
    for root in "${personal%/*}" "${global%/*}" "${WIRESHARK_PLUGIN_DIR:-}"; do
        [ -z "$root" ] || find "$root" -maxdepth 4 -name rst_origin.so 2>/dev/null
    done | sort -u
}

is_read() { # FILE: whether this Wireshark and this user read it
    if [ -n "${WIRESHARK_PLUGIN_DIR:-}" ]; then
        [[ $1 == "$WIRESHARK_PLUGIN_DIR/$version/epan/"* ]] && return
    fi
    [[ $1 == "$global/epan/"* ]] && return
    [ "$(id -u)" -ne 0 ] && [[ $1 == "$personal/epan/"* ]]
}

# Since 4.4 the folder's name has a dash: 4-4 instead of 4.4.
version_of() { grep -oE '/[0-9]+[.-][0-9]+/epan/' <<<"$1" | tr -d / | sed 's/epan$//; s/-/./'; }

read_copies=()
while read -r file; do
    [ -n "$file" ] || continue
    if is_read "$file"; then
        read_copies+=("$file")
        [ -r "$file" ] || wrong "$file cannot be read by $(id -un)" "Run: chmod a+r '$file', and chmod a+rx its folders"
        owner=$(command -v dpkg >/dev/null && dpkg -S "$file" 2>/dev/null | cut -d: -f1)
        [ -z "$owner" ] || note "$file belongs to the package $owner"
        continue
    fi
    built=$(version_of "$file")
    if [ -n "$built" ] && [ "$built" != "$version" ]; then
        note "$file was built for Wireshark $built and is not read by $version; uninstall.sh removes it"
    else
        note "$file is in a folder that this Wireshark does not read${built:+ as $(id -un)}; uninstall.sh removes it"
    fi
done < <(copies)

here=$(cd "$(dirname "$0")/.." && pwd)
again="Run $here/packaging/quickstart.sh"
case ${#read_copies[@]} in
0)
    if [ "$(id -u)" -eq 0 ] && [ -e "$personal/epan/rst_origin.so" ]; then
        wrong "the plugin is in root's personal folder, which Wireshark run by root does not read" "$again as root, or run Wireshark as an ordinary user."
    else
        wrong "no copy of the plugin for Wireshark $version: it belongs in $personal/epan or $global/epan" "$again: it builds the plugin for this version."
    fi
    ;;
1) ok "one copy: ${read_copies[0]}" ;;
*) wrong "several copies, of which Wireshark takes one and complains of the rest: ${read_copies[*]}" "Remove all but one: $here/packaging/uninstall.sh removes your own, apt-get remove rst-origin-wireshark the package's." ;;
esac

# --- is it loaded ------------------------------------------------------------------------------

loaded=$(shark -G plugins | grep -F rst_origin | head -1)
if [ -n "$loaded" ]; then
    ok "Wireshark loads it: $(tr -s '\t' ' ' <<<"$loaded")"
elif [ ${#read_copies[@]} -gt 0 ]; then
    reason=$(tshark -G plugins 2>&1 >/dev/null | grep -F -A3 rst_origin | grep -v 'Running as user' | head -3 | tr '\n' ' ')
    wrong "Wireshark does not load it${reason:+: $reason}" "It may be built for another Wireshark. $again to build it anew."
fi
if grep -qx 'rst_origin' "$(folder 'Personal configuration')/disabled_protos" 2>/dev/null; then
    wrong "the protocol rst_origin is disabled" "Enable it: Analyze, Enabled Protocols, TCP Reset Origin."
fi

# --- the batch ---------------------------------------------------------------------------------

if ! command -v sharkd >/dev/null; then
    note "sharkd is not there (Debian: wireshark-common): packaging/batch needs it, the plugin does not"
fi
for program in mergecap capinfos; do
    command -v "$program" >/dev/null || note "$program is not there: packaging/batch cannot join the files of a ring buffer"
done

# --- the profile -------------------------------------------------------------------------------

profile=$(folder 'Personal configuration')/profiles/"RST Origin"
if [ ! -e "$profile" ]; then
    note "the profile \"RST Origin\" is not installed; quickstart.sh copies it"
elif diff -rq "$here/packaging/profile/RST Origin" "$profile" >/dev/null 2>&1; then
    ok "the profile \"RST Origin\" is this version's"
else
    note "your profile \"RST Origin\" differs from this version's: an older one, or you changed it. To get this one, move $profile away and run quickstart.sh"
fi
if [ -e "$profile" ] && [ -z "$loaded" ]; then
    wrong "the profile \"RST Origin\" is there without the plugin: its columns and colours show errors" "$again, or remove $profile"
fi
finish
