# SPDX-License-Identifier: GPL-2.0-or-later
"""Results in PostgreSQL: the same as in SQLite, with several batches at once, and after a kill."""
import glob
import os
import signal
import time

import pytest
from services import free_port, many, needs, services  # noqa: F401


@pytest.fixture
def postgres(services):  # noqa: F811
    needs("psql")
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not found:
        pytest.skip("not installed: postgresql")
    data, port = services.batch.folder / "pg", free_port()
    services.run(f"{found[-1]}/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    services.start(f"{found[-1]}/postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-k", services.batch.folder)
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    services.wait_for(lambda: services.run("psql", url, "-c", "SELECT 1", ok=False).returncode == 0)
    services.url = url
    services.ask = lambda text: services.run("psql", "-X", "-A", "-t", url, "-c", text).stdout.strip()
    return services


def test_the_same_as_sqlite(postgres):
    batch = postgres.batch
    folder = batch.put("closed_port", "injected_both_ends", "firewall_idle_timeout", "blind_sweep")
    (folder / "cut.pcapng").write_bytes((folder / "blind_sweep.pcapng").read_bytes()[:2000])
    (folder / "odd\tna'me\\x").write_bytes((folder / "closed_port.pcapng").read_bytes())
    batch.own(folder)
    batch(folder, code=1)
    wanted = [batch("export").stdout, batch("report").stdout, batch("report", "--json").stdout]
    batch.db = postgres.url
    batch(folder, code=1)
    assert [batch("export").stdout, batch("report").stdout, batch("report", "--json").stdout] == wanted and wanted[0]
    assert "0 captures read" in batch(folder).stderr
    assert int(postgres.ask("SELECT SUM(resets) FROM who_resets_most")) == len(wanted[0].splitlines()) == int(postgres.ask("SELECT SUM(resets) FROM per_day"))
    assert postgres.ask("SELECT COUNT(*) FROM timers, devices, since_when, troubles") != "0"


def count(postgres):
    return postgres.ask("SELECT COUNT(*), (SELECT COUNT(*) FROM (SELECT DISTINCT path, frame FROM resets JOIN files ON id = file) AS d), "
                        "(SELECT SUM(resets) FROM files), (SELECT COUNT(*) FROM files WHERE status = 'done'), (SELECT COUNT(*) FROM files) FROM resets")


def test_many_write_at_once_and_one_is_killed(postgres):
    batch = postgres.batch
    folder = many(batch, 60, "blind_sweep", "closed_port")
    first, second = (batch.start("-j", "1", folder, "--db", postgres.url) for _ in range(2))
    while (postgres.run("psql", "-X", "-A", "-t", postgres.url, "-c", "SELECT COUNT(*) FROM files WHERE status = 'done'", ok=False).stdout.strip() or "0") in "012345":
        assert first.poll() is None, first.communicate()
        time.sleep(0.1)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    said = second.communicate(timeout=110)[1]
    assert second.returncode == 0, said
    batch.db = postgres.url
    assert "0 captures read" in batch(folder).stderr
    resets, places, of_files, done, files = count(postgres).split("|")
    assert resets == places == of_files and done == files == "120"


def test_words_when_it_is_not_there(postgres):
    batch = postgres.batch
    folder = batch.put("closed_port")
    batch.db = f"postgresql://postgres:geheim@127.0.0.1:{free_port()}/postgres"
    done = batch(folder, code=2)
    assert "cannot be reached" in done.stderr and "geheim" not in done.stderr
