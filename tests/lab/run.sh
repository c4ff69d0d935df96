#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the laboratory: real stacks, middleboxes and injectors in network namespaces, with the truth about each RST.
#   tests/lab/run.sh --seed N --out DIR [--scenario NAME]... [--jobs N]     or     tests/lab/run.sh --list
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

# command and the Debian package that brings it
needed="ip:iproute2 nft:nftables conntrack:conntrack haproxy:haproxy dumpcap:wireshark-common
        mergecap:wireshark-common cc:gcc python3:python3 unshare:util-linux setpriv:util-linux curl:curl
        openssl:openssl nginx:nginx-light redis-server:redis-server sshd:openssh-server ssh-keygen:openssh-client
        /usr/lib/postgresql/*/bin/postgres:postgresql tcpkill:dsniff ngrep:ngrep hping3:hping3 scapy:python3-scapy
        iptables-legacy:iptables slirp4netns:slirp4netns /usr/include/lwip/lwip/tcp.h:liblwip-dev
        /usr/include/lwipv6.h:liblwipv6-dev pasta:passt squid:squid stunnel4:stunnel4 sslsplit:sslsplit
        /usr/lib/nginx/modules/ngx_stream_module.so:libnginx-mod-stream"

# large ones, only for the scenarios whose names begin like this
large="gvisor=go:golang-go gvisor=/usr/share/gocode/src/gvisor.dev:golang-gvisor-gvisor-dev"
for pair in $large; do
    case " $* " in
    *" --scenario ${pair%%=*}"*) needed+=" ${pair#*=}" ;;
    *" --scenario "*) ;;
    *) needed+=" ${pair#*=}" ;;
    esac
done

missing=()
for pair in $needed; do
    # a path or a pattern of one, or a command
    compgen -G "${pair%%:*}" >/dev/null || command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if [ "${#missing[@]}" -gt 0 ] && [ "${1:-}" != --list ]; then
    echo "installing: ${missing[*]}" >&2
    if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${missing[@]}" >&2; then
        echo "run.sh needs these Debian packages: ${missing[*]}" >&2
        exit 2
    fi
fi
if [ "$(id -u)" -ne 0 ] && [ "${1:-}" != --list ]; then
    echo "run.sh needs root: it makes network namespaces" >&2
    exit 2
fi

# Namespaces have no names and hang on the processes that made them; every child dies with its parent.
# So whatever ends the run, this group going away cleans up.
cd "$here"
if [ "$(id -u)" -ne 0 ]; then
    exec /usr/bin/python3 -B lab.py "$@"
fi
# The kernel's tracepoints are its witness: tracefs is mounted in a mount namespace of the run, for nobody else.
exec unshare --mount bash -c '
    [ -d /sys/kernel/tracing/instances ] || mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true
    exec /usr/bin/python3 -B lab.py "$@"' lab.py "$@"
