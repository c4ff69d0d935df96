# SPDX-License-Identifier: GPL-2.0-or-later
"""GNU parallel over real ssh: captures stay on their hosts, results travel, and a run that was killed goes on."""
import os
import shutil
import signal
import subprocess
import time

import pytest
from services import free_port, needs, services  # noqa: F401
from shark import NOBODY

SSHD = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/hostkey
AuthorizedKeysFile {folder}/key.pub
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
MaxStartups 100
MaxSessions 100
SetEnv WIRESHARK_PLUGIN_DIR={plugins}
"""

CLIENT = """Host cap1 cap2
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/key
  UserKnownHostsFile {folder}/known
  StrictHostKeyChecking no
  LogLevel ERROR
"""


@pytest.fixture
def hosts(services):  # noqa: F811
    """Two names of this machine, reached through an sshd that sees the ordinary user with a shell and a home; the machine does not."""
    needs("parallel", "sshd", "ssh", "ssh-keygen", "rsync")
    if os.geteuid() != 0:
        pytest.skip("needs root, for an sshd of its own")
    import pwd
    folder, user, port = services.batch.folder, pwd.getpwuid(int(NOBODY)).pw_name, free_port()
    remote, desk, programs = (folder / name for name in ("remote", "desk", "bin"))
    for place in (remote, desk, programs):
        place.mkdir()
    for key in ("hostkey", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    services.batch.own(folder)
    shutil.chown(folder / "hostkey", 0, 0)
    (folder / "hostkey").chmod(0o600)
    (folder / "sshd_config").write_text(SSHD.format(port=port, folder=folder, plugins=services.batch.shark.plugins))
    config = folder / "ssh_config"
    config.write_text(CLIENT.format(port=port, user=user, folder=folder))
    # ssh looks for its configuration in the home that the password file names, so it is told
    (programs / "ssh").write_text(f"#!/bin/sh\nexec /usr/bin/ssh -F {config} \"$@\"\n")
    (programs / "ssh").chmod(0o755)
    passwords = folder / "passwd"
    passwords.write_text(f"root:x:0:0:root:/root:/bin/bash\nsshd:x:{pwd.getpwnam('sshd').pw_uid}:65534::/run/sshd:/usr/sbin/nologin\n{user}:x:{NOBODY}:{NOBODY}::{remote}:/bin/bash\n")
    os.makedirs("/run/sshd", exist_ok=True)
    log = open(folder / "sshd.log", "w")
    services.running.append(subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", f"mount --bind {passwords} /etc/passwd && exec /usr/sbin/sshd -D -e -f {folder}/sshd_config"],
        stdout=log, stderr=log, start_new_session=True))
    services.path = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(desk)}
    services.wait_for(lambda: services.run("ssh", "cap1", "true", ok=False, **services.path).returncode == 0, 20)
    services.desk = desk
    return services


def test_captures_stay_and_results_travel(hosts):
    batch = hosts.batch
    wanted = []
    for n in range(6):
        folder = batch.put("blind_sweep", "closed_port", folder=f"captures{n}")
        [path] = folder.glob("blind_sweep*")
        for k in range(15):
            shutil.copy(path, folder / f"more-{k}")
        batch.own(folder)
        wanted.append(f"{folder}@cap{n % 2 + 1}")
    words = ["parallel", "--hostgroups", "--sshlogin", "1/cap1,1/cap2", "--joblog", "fleet.log", "--resume", "--return", "part.{#}.db", "--cleanup",
             f"{batch.program} run -q -j 1 --db part.{{#}}.db --host $(hostname) {{}}", ":::", *wanted]
    desk = f"cd {hosts.desk} && exec "
    import shlex
    command = desk + shlex.join(words)
    first = hosts.start("bash", "-c", command, **hosts.path)
    hosts.wait_for(lambda: list(hosts.desk.glob("part.*.db")), 90)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    done_before = len(list(hosts.desk.glob("part.*.db")))
    assert done_before < 6
    time.sleep(1)
    hosts.run("bash", "-c", command, **hosts.path)
    parts = sorted(hosts.desk.glob("part.*.db"))
    assert len(parts) == 6
    assert not list((batch.folder / "remote").glob("part.*.db"))  # cleaned up on the hosts
    batch("merge", *parts)
    assert batch.sql("SELECT COUNT(*), SUM(status = 'done'), COUNT(DISTINCT path) FROM files") == [(102, 102, 102)]
    [(resets, places)] = batch.sql("SELECT COUNT(*), COUNT(DISTINCT file || '/' || frame) FROM resets")
    assert resets == places == batch.sql("SELECT SUM(resets) FROM files")[0][0] > 102
