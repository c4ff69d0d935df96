# SPDX-License-Identifier: GPL-2.0-or-later
"""doctor.sh finds what is wrong and says what to do; uninstall.sh takes away what quickstart put there, and nothing else."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures import slow
from shark import NOBODY, PLUGINS, ROOT


# quickstart.sh run by root puts a copy there, for all users
OTHERS = [path for lib in ("/usr/lib", "/usr/local/lib") for path in Path(lib).glob("*/wireshark/plugins/*/epan/rst_origin.so")]
alone = pytest.mark.skipif(bool(OTHERS), reason=f"a copy for all users is installed, which doctor.sh would see: {OTHERS[:1]}")


@pytest.fixture
def person(shark, tmp_path_factory):
    """Runs a script of the checkout as an ordinary user with an empty home."""
    home = tmp_path_factory.mktemp("home")
    stage = shark.stage / home.name
    shutil.copytree(ROOT / "packaging", stage / "packaging")
    user_home = stage / "home"
    user_home.mkdir()
    for place in [stage, *stage.rglob("*")]:
        place.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(user_home, int(NOBODY), int(NOBODY))

    def run(script, *args):
        as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
        return subprocess.run([*as_user, "env", "-i", f"PATH={os.environ['PATH']}", f"HOME={user_home}", "LC_ALL=C.UTF-8",
                               "bash", stage / "packaging" / script, *args], capture_output=True, text=True)

    def place(version):
        target = user_home / ".local/lib/wireshark/plugins" / version / "epan" / "rst_origin.so"
        target.parent.mkdir(parents=True)
        shutil.copy(next(PLUGINS.glob("*/epan/rst_origin.so")), target)
        for path in [*target.parents, target]:
            if user_home in path.parents:
                path.chmod(0o755)
                if os.geteuid() == 0:
                    shutil.chown(path, int(NOBODY), int(NOBODY))
        return target

    run.home, run.place = user_home, place
    return run


VERSION = next(PLUGINS.glob("*/epan/rst_origin.so")).parts[-3]


@slow
@alone
def test_doctor_misses_the_plugin(person):
    done = person("doctor.sh")
    assert done.returncode == 1 and "PROBLEM  no copy of the plugin" in done.stdout and "quickstart.sh" in done.stdout


@slow
@alone
def test_doctor_is_content(person):
    person.place(VERSION)
    done = person("doctor.sh")
    assert done.returncode == 0 and "Wireshark loads it" in done.stdout, done.stdout


@slow
@alone
def test_doctor_sees_another_version(person):
    person.place("3.6")
    done = person("doctor.sh")
    assert done.returncode == 1 and "was built for Wireshark 3.6" in done.stdout


@slow
@alone
def test_doctor_sees_a_profile_without_plugin(person):
    profiles = person.home / ".config/wireshark/profiles"
    shutil.copytree(ROOT / "packaging/profile", profiles)
    done = person("doctor.sh")
    assert "is there without the plugin" in done.stdout


@slow
def test_uninstall_removes_every_version_and_leaves_a_changed_profile(person):
    ours = [person.place(VERSION), person.place("3.6")]
    changed = person.home / ".config/wireshark/profiles/RST Origin"
    changed.mkdir(parents=True)
    (changed / "preferences").write_text("mine\n")
    assert "would remove" in person("uninstall.sh", "-n").stdout and ours[0].exists()
    done = person("uninstall.sh")
    assert not any(path.exists() for path in ours) and changed.exists()
    assert "it differs from the one that came with the plugin" in done.stdout
    assert person("uninstall.sh", "-x").returncode == 2
