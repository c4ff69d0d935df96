# SPDX-License-Identifier: GPL-2.0-or-later
"""Slurm for real on one machine: two partitions, an array job of shares, a task killed in the middle and requeued, a merge."""
import os
import re
import signal
import socket

import pytest
from services import free_port, many, needs, services  # noqa: F401

CONFIG = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
JobRequeue=1
MinJobAge=3600
SchedulerParameters=sched_interval=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=short Nodes={host} Default=YES MaxCPUsPerNode=1 MaxTime=60 State=UP
PartitionName=long Nodes={host} MaxTime=600 State=UP
"""


@pytest.fixture
def slurm(services):  # noqa: F811
    needs("slurmctld", "slurmd", "sbatch", "munged")
    folder = services.batch.folder
    services.run("sh", "-c", "umask 077; head -c 128 /dev/urandom > munge.key; mkdir -p state spool")
    services.start("munged", "-F", f"--key-file={folder}/munge.key", f"--socket={folder}/munge.socket", f"--pid-file={folder}/munge.pid",
                   f"--seed-file={folder}/munge.seed", f"--log-file={folder}/munged.log", "--force")
    services.wait_for(lambda: (folder / "munge.socket").exists())
    import pwd
    from shark import NOBODY
    user = pwd.getpwuid(int(NOBODY) if os.geteuid() == 0 else os.geteuid()).pw_name
    config = folder / "slurm.conf"
    config.write_text(CONFIG.format(host=socket.gethostname().split(".")[0], user=user, ports=[free_port(), free_port()], folder=folder, cpus=os.cpu_count()))
    config.chmod(0o644)
    services.slurm = {"SLURM_CONF": str(config)}
    services.start("slurmctld", "-D", **services.slurm)
    services.start("slurmd", "-D", **services.slurm)
    services.command = lambda *words, ok=True: services.run(*words, ok=ok, **services.slurm).stdout.strip()
    services.wait_for(lambda: re.search(r"^(idle|mix)", services.command("sinfo", "-h", "-o", "%T", ok=False)), 60)
    return services


def test_a_task_is_killed_and_requeued(slurm):
    batch = slurm.batch
    folder = many(batch, 150, "blind_sweep", "closed_port")
    done = slurm.run(batch.program, "slurm", folder, "--shares", "4", "--folder", batch.folder / "work", "--db", batch.folder / "all.db",
                     "--sbatch=--partition=short,long", "--sbatch=--time=10", "--batch=--workers=1", **slurm.slurm)
    reads, merges = done.stdout.split()
    assert "300 captures in 4 shares" in done.stderr
    part = batch.folder / "work" / "part.0.db"
    batch.db = part

    def finished():
        if not part.exists():
            return 0
        try:
            return batch.sql("SELECT COUNT(*) FROM files WHERE status = 'done'")[0][0]
        except AssertionError:
            return 0
    before = slurm.wait_for(lambda: finished() if finished() >= 5 else 0, 90)
    assert before < 75
    had = dict(batch.sql("SELECT path, seconds FROM files WHERE status = 'done'"))
    # the node loses the task: its processes die, and Slurm is told to run it again
    [batch_pid] = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_task(pid, part)]
    os.kill(batch_pid, signal.SIGKILL)
    slurm.command("scontrol", "requeue", f"{reads}_0")
    slurm.wait_for(lambda: slurm.command("squeue", "-h", "-j", f"{reads},{merges}", ok=False) == "", 200)
    assert "Restarts=1" in slurm.command("scontrol", "show", "job", f"{reads}_0")
    assert "COMPLETED" in slurm.command("scontrol", "show", "job", merges), slurm.logs()
    again = dict(batch.sql("SELECT path, seconds FROM files"))
    assert len(again) == 75 and all(again[path] == seconds for path, seconds in had.items())  # not read a second time
    batch.db = batch.folder / "all.db"
    assert batch.sql("SELECT COUNT(*), SUM(status = 'done'), COUNT(DISTINCT path) FROM files") == [(300, 300, 300)]
    [(resets, places)] = batch.sql("SELECT COUNT(*), COUNT(DISTINCT file || '/' || frame) FROM resets")
    assert resets == places == batch.sql("SELECT SUM(resets) FROM files")[0][0] == 150 * sum(
        n for n, in batch.sql("SELECT resets FROM files WHERE path LIKE '%-0000'"))
    log = (batch.folder / "work" / "merge.log").read_text()
    assert "300 captures of 4 parts merged" in log and "missing" not in log
    # the same captures read directly give the same results, in the same order
    merged = batch("export").stdout
    batch.db = batch.folder / "direct.db"
    batch("--apart", folder)
    assert batch("export").stdout == merged


def is_task(pid, part):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
        return os.fsencode(part) in words and words[0].endswith((b"python3", b"batch"))
    except OSError:
        return False
