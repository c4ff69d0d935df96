# SPDX-License-Identifier: GPL-2.0-or-later
"""The batch as a package installs it: a program in bin, its modules in share, nothing else needed."""
import ast
import os
import shutil
import subprocess
import sys

import pytest
from shark import PLUGINS, ROOT

PACKAGE = ROOT / "packaging" / "rst_batch"


def test_installed_layout(batch):
    build = PLUGINS.parent
    if not (build / "cmake_install.cmake").exists() or not shutil.which("cmake"):
        pytest.skip("no build folder to install from")
    subprocess.run(["cmake", "--install", build, "--component", "extras", "--prefix", batch.folder / "usr"], check=True, capture_output=True)
    batch.own(batch.folder / "usr")
    batch.program = batch.folder / "usr" / "bin" / "rst-origin-batch"
    assert "rst_batch" in os.listdir(batch.folder / "usr" / "share" / "rst_origin")
    assert "exit code" in batch("--help", db=False).stdout.lower()
    assert "1 capture read" in batch(batch.put("closed_port")).stderr
    assert batch("report").stdout.startswith("3 connections")


def test_standard_library_only():
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in names:
                assert name.split(".")[0] in sys.stdlib_module_names, (path, name)


def test_files_and_functions_stay_short():
    for path in [*PACKAGE.glob("*.py"), *(ROOT / "tests" / "batch").glob("*.py")]:
        text = path.read_text()
        assert text.count("\n") <= 400, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 50, (path, node.name)


def test_every_command_and_option_has_a_help(batch):
    for word in ("run", "report", "export", "merge", "slurm", "watch"):
        assert "usage:" in batch(word, "--help", db=False).stdout
