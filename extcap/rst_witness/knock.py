# SPDX-License-Identifier: GPL-2.0-or-later
"""One connection to a closed port of another host: its refusal is captured, and this kernel records that it took it. The pair
shows that the clocks of capture and recording agree; without any pair a host's silence proves nothing."""
import re
import socket
import sys

from rst_witness.kernel import Refusal
from rst_witness.record import NAME

PORT = 9        # discard: closed nearly everywhere
SECONDS = 2


def place(text):
    """(host, port) of HOST, HOST:PORT or [HOST]:PORT."""
    found = re.fullmatch(r"\[(.+)\](?::(\d+))?|([^:]+)(?::(\d+))?|(.+:.+:.*)", text)
    port = int(found.group(2) or found.group(4) or PORT) if found else 0
    if not 0 < port < 65536:
        raise Refusal("--knock is HOST, HOST:PORT or [HOST]:PORT")
    return found.group(1) or found.group(3) or found.group(5), port


def knock(text):
    host, port = place(text)
    try:
        socket.create_connection((host, port), SECONDS).close()
        said = "is open: name a closed one"
    except ConnectionRefusedError:
        return True
    except OSError as error:
        said = f"sent no refusal ({error.strerror or error}): name another host"
    print(f"{NAME}: --knock: port {port} of {host} {said}, or the silence of this host may not be used.", file=sys.stderr)
    return False
