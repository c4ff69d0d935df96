#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A transparent proxy: takes the client's connection under the server's address and opens its own under the client's.

    proxy.py FAMILY PORT KEYWORD     run on the middlebox; on the keyword (hex) it aborts both legs
"""
import select
import socket
import struct
import sys
import threading


def abort(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def relay(front, target, source, family, keyword):
    back = socket.socket(family)
    back.setsockopt(*transparent(family), 1)
    back.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    back.bind(source[:2])
    back.connect(target[:2])
    while True:
        for ready in select.select([front, back], [], [])[0]:
            try:
                data = ready.recv(65536)
            except OSError:
                data = b""
            if keyword in data and ready is front:
                abort(front)
                abort(back)
                return
            if not data:
                front.close()
                back.close()
                return
            (back if ready is front else front).sendall(data)


def transparent(family):
    return (socket.SOL_IP, 19) if family == socket.AF_INET else (socket.IPPROTO_IPV6, 75)


def main():
    family, port, keyword = int(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(*transparent(family), 1)
    listener.bind(("", port))
    listener.listen(16)
    print("ready", flush=True)
    while True:
        front, source = listener.accept()
        threading.Thread(target=relay, args=(front, front.getsockname(), source, family, keyword),
                         daemon=True).start()


if __name__ == "__main__":
    main()
