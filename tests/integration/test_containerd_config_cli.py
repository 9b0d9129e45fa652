# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of containerd, as real ones read it: 1.7 of Debian's trixie, and 2 of sid.

`config dump` reads the file, warns of keys that it does not know, and prints what came of it and of the defaults.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import tomllib
from ansible_collections.slipway.containers.plugins.filter.containerd_config import containerd_config

from tools.debian_archive import unpacked
from tools.prepare import CACHE, NotPossibleHereError

PAUSE = "registry.example.org/pause:3.10.2"


def program(release: str) -> Path:
    try:
        return unpacked("containerd", release, CACHE / f"containerd-{release}") / "usr/bin/containerd"
    except NotPossibleHereError as problem:
        pytest.skip(str(problem))  # not in CI, where a skipped test is a failure (tools/check.py)


def dumped(release: str, folder: Path, extra: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What containerd makes of our file, and what it says to it."""
    containerd = program(release)
    version = subprocess.run([containerd, "--version"], capture_output=True, text=True, check=True).stdout
    text = containerd_config(extra, version=version, sandbox_image=PAUSE, cni_bin_dir="/srv/cni")
    (folder / "config.toml").write_text(text, encoding="utf-8")
    words = [containerd, "--config", folder / "config.toml", "config", "dump"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return tomllib.loads(done.stdout)["plugins"], done.stderr


def test_containerd_1_knows_all_of_it(tmp_path: Path) -> None:
    plugins, _said = dumped("trixie", tmp_path, {})
    cri = plugins["io.containerd.grpc.v1.cri"]
    assert cri["sandbox_image"] == PAUSE
    assert cri["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True
    assert cri["registry"]["config_path"] == "/etc/containerd/certs.d"
    assert cri["cni"]["bin_dir"] == "/srv/cni"


def test_containerd_2_knows_all_of_it(tmp_path: Path) -> None:
    plugins, said = dumped("sid", tmp_path, {})
    images, runtime = (plugins[f"io.containerd.cri.v1.{part}"] for part in ("images", "runtime"))
    assert images["pinned_images"]["sandbox"] == PAUSE
    assert images["registry"]["config_path"] == "/etc/containerd/certs.d"
    assert runtime["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True
    assert runtime["cni"]["bin_dirs"] == ["/srv/cni"]
    assert "unknown" not in said


def test_containerd_2_would_say_if_it_knew_a_key_not(tmp_path: Path) -> None:
    """containerd 1 keeps quiet about them."""
    extra = {"plugins": {"io.containerd.cri.v1.runtime": {"no_such_key": True}}}
    _plugins, said = dumped("sid", tmp_path, extra)
    assert "no_such_key" in said and "unknown" in said
