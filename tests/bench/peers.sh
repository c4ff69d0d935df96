#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Counts what others that look at every TCP segment cost beside the plugin: peers.sh [PACKETS] (4000). Wireshark's TRANSUM
# and MATE, and a tap in Lua that counts resets. Prints numbers; passes and fails nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."

packets=${1:-4000}
for command in valgrind tshark; do
    command -v $command >/dev/null || {
        echo "peers.sh: $command is missing" >&2
        exit 2
    }
done
cmake -G Ninja -S . -B build >/dev/null
cmake --build build >/dev/null

# shellcheck source=tests/bench/stage.sh
. tests/bench/stage.sh
/usr/bin/python3 tests/bench/make_capture.py "$stage/many.pcap" "$packets" $((packets / 40))

# Wireshark's own plugins are loaded from the system's folder only where no other is named: each gets one of its own.
system=$(pkg-config --variable=plugindir wireshark)
for one in transum mate; do
    mkdir -p "$stage/$one/$(basename "$system")/epan"
    cp "$system/epan/$one.so" "$stage/$one/$(basename "$system")/epan"
done
cat >"$stage/tcp.mate" <<'END'
Pdu segment Proto tcp Transport ip {
    Extract address From ip.addr;
    Extract port From tcp.port;
    Extract begins From tcp.flags.syn;
    Extract ends From tcp.flags.reset;
    Extract ends From tcp.flags.fin;
};
Gop connection On segment Match (address, address, port, port) {
    Start (begins=1);
    Stop (ends=1);
};
Done;
END
cat >"$stage/resets.lua" <<'END'
local tap = Listener.new("tcp", "tcp.flags.reset == 1")
local resets = 0
function tap.packet() resets = resets + 1 end
function tap.draw() print(resets) end
END
chmod -R a+rX "$stage"

show() { # NAME INSTRUCTIONS
    awk -v what="$1" -v a="$base" -v b="$2" -v n="$packets" 'BEGIN {
        printf "%-44s %9.1f k  %+7.2f k  %+6.2f %%\n", what, b / n / 1e3, (b - a) / n / 1e3, (b - a) * 100 / a }'
}

for args in "-q -z io,stat,0" "-T fields -e frame.number"; do
    read -ra words <<<"$args"
    printf '\nInstructions per packet (%d packets), %s\n' "$packets" "$args"
    base=$(instructions "$stage/none" "$stage/many.pcap" "${words[@]}")
    show "nothing" "$base"
    show "rst_origin" "$(instructions "$stage/plugins" "$stage/many.pcap" "${words[@]}")"
    show "rst_origin with its report" "$(instructions "$stage/plugins" "$stage/many.pcap" "${words[@]}" -z rst_origin,report)"
    show "TRANSUM" "$(instructions "$stage/transum" "$stage/many.pcap" "${words[@]}" --enable-protocol transum)"
    show "MATE, one group for each connection" "$(instructions "$stage/mate" "$stage/many.pcap" "${words[@]}" -o "mate.config:$stage/tcp.mate")"
    show "Lua, a tap that counts resets" "$(instructions "$stage/none" "$stage/many.pcap" "${words[@]}" -X "lua_script:$stage/resets.lua")"
done
