# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Read by run.sh, peers.sh and storms.sh: makes $stage, with the plugin, without it, and a home folder; runs tshark
# there, and counts what it does.

# Where an ordinary user may read: Wireshark run by root reads no plugin from here.
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"
mkdir -m 777 "$stage/home"
mkdir "$stage/none"
cp -r build/plugins "$stage/plugins"

# as_user PLUGIN_DIR COMMAND...
as_user() {
    local plugins=$1
    shift
    local user=()
    [ "$(id -u)" -ne 0 ] || user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${user[@]}" env -i PATH="$PATH" HOME="$stage/home" LC_ALL=C.UTF-8 TZ=UTC WIRESHARK_PLUGIN_DIR="$plugins" "$@"
}

# instructions PLUGIN_DIR CAPTURE ARGUMENT...: those that tshark takes from the opening of the capture on, see counted.c.
instructions() {
    local plugins=$1 capture=$2
    shift 2
    [ -e "$stage/counted.so" ] || gcc -shared -fPIC -O2 tests/bench/counted.c -o "$stage/counted.so" -ldl
    as_user "$plugins" env LD_PRELOAD="$stage/counted.so" setarch -R valgrind --tool=callgrind --instr-atstart=no \
        --callgrind-out-file=/dev/null tshark -r "$capture" "$@" 2>&1 >/dev/null |
        sed -nE 's/.*Collected : ([0-9]+).*/\1/p'
}
