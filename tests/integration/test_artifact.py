# SPDX-License-Identifier: GPL-3.0-or-later
"""The built artifact, installed offline, works from another collection by full name."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.prepare import ROOT
from tools.sanity import tracked_files

BIN = Path(sys.executable).parent
CONSUMER = ROOT / "tests/consumer/ansible_collections/acme/shop"
SHIPPED = {
    *("CHANGELOG.md", "CONTRIBUTING.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "changelogs", "docs"),
    *("examples", "meta", "playbooks", "plugins", "requirements.txt", "roles", "tools"),
}
LARGEST = 20 * 1024 * 1024


def galaxy(*arguments: str, cwd: Path) -> str:
    command = [BIN / "ansible-galaxy", "collection", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what git tracks, as a release is."""
    source = tmp_path_factory.mktemp("source")
    for name in tracked_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    output = tmp_path_factory.mktemp("artifact")
    galaxy("build", "--output-path", str(output), cwd=source)
    return next(output.glob("slipway-containers-*.tar.gz"))


def test_it_holds_what_users_need_and_nothing_else(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        names = [name for name in archive.getnames() if name != "."]
    assert {name.removeprefix("./").partition("/")[0] for name in names} == SHIPPED
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name]
    assert artifact.stat().st_size < LARGEST


def test_another_collection_uses_it_by_full_name(
    artifact: Path, tmp_path: Path, playbook: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """No Galaxy: the artifact is a file, --no-deps, and amazon.aws comes with the `ansible` package."""
    for source in (str(artifact), str(CONSUMER)):
        galaxy("install", "--offline", "--no-deps", "--force", "-p", str(tmp_path), source, cwd=tmp_path)
    installed = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "PYTHONPATH": ""}
    first = playbook("acme.shop.release", **installed)
    second = playbook("acme.shop.release", **installed)
    assert "changed=1" in first.stdout and first.returncode == 0, first.stdout + first.stderr
    assert "changed=0" in second.stdout and second.returncode == 0, second.stdout + second.stderr
