# SPDX-License-Identifier: GPL-2.0-or-later
"""tshark -i rst-witness -i eth0: packets and the kernel's word in one file, as docs/witness.md says."""
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest

from conftest import INSTANCES, PROGRAM
from fixtures import slow


@pytest.mark.parametrize("stop", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=slow)])
def test_two_interfaces_in_one_file(hosts, tmp_path, shark, stop):
    """Root's tshark reads the system's folder of capture interfaces alone: ours covers it, in a mount namespace."""
    client, server = hosts
    folders = subprocess.run(["tshark", "-G", "folders"], capture_output=True, text=True, check=True).stdout
    extcap = next(line.split(":", 1)[1].strip() for line in folders.splitlines() if line.startswith("Extcap path"))
    mine, path = tmp_path / "extcap", tmp_path / "live.pcapng"
    shutil.copytree(PROGRAM.parent, mine)
    before = set(INSTANCES.glob("rst_witness_*"))
    process = server.popen("unshare", "--mount", "sh", "-c", f"mount --bind {mine} {extcap} && "
                           f"exec tshark -q -i rst-witness -i eth0 -w {path}", stderr=subprocess.DEVNULL)
    for _ in range(100):
        time.sleep(0.1)
        if set(INSTANCES.glob("rst_witness_*")) - before and path.exists() and path.stat().st_size > 300:
            break
    time.sleep(1)
    with server.socket(socket.AF_INET) as listener:
        listener.bind(("192.0.2.20", 80))
        listener.listen()
        one = client.socket(socket.AF_INET)
        one.connect(("192.0.2.20", 80))
        other, _ = listener.accept()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    one.close()
    time.sleep(1.5)
    process.send_signal(stop)
    process.wait(timeout=15)
    for _ in range(80):                       # of a killed tshark the recorder notices at its next record
        if set(INSTANCES.glob("rst_witness_*")) == before:
            break
        time.sleep(0.1)
    assert set(INSTANCES.glob("rst_witness_*")) == before
    rows = shark.tshark(path, "-2", "-Y", "rst_origin.source", "-T", "fields", "-e", "rst_origin.source",
                        "-e", "rst_origin.witness.reason", "-e", "rst_origin.witness.process").split()
    assert rows[:2] == ["server", "TCP_STATE"] and rows[2].startswith("py")
