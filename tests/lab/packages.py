# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages whose program the lab runs, unpacked into the cache and not installed: no service is started."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tools.prepare import NotPossibleHereError, one_at_a_time

from . import engine


def unpacked(package: str) -> Path:
    """The folder with what a package of this machine's archive holds, fetched once."""
    home = engine.HOME / "packages" / package
    with one_at_a_time(home):
        if not home.exists():
            with tempfile.TemporaryDirectory(dir=home.parent) as folder:
                _fetch(package, Path(folder))
                (Path(folder) / "unpacked").rename(home)
    return home


def _fetch(package: str, folder: Path) -> None:
    engine.require()
    folder.chmod(0o755)  # apt fetches as a user of its own
    download = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package]
    for command in (download, ["apt-get", "update", "-qq"], download):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if found := next(folder.glob("*.deb"), None):
            subprocess.run(["dpkg", "-x", found, folder / "unpacked"], check=True)
            return
    raise NotPossibleHereError(f"apt-get download {package} failed: {done.stderr.strip()}")
