# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of Debian's archive, unpacked and not installed, for tests that compare with the real thing.

Only Debian and Ubuntu machines can do this: apt fetches from the archive that the machine is set up for and checks its
signature.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.prepare import CACHE, NotPossibleHereError, one_at_a_time

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def unpacked(package: str, release: str, home: Path) -> Path:
    """The files of a package of a release, fetched once into `home`."""
    with one_at_a_time(home):
        if not home.exists():
            _fetch(package, release, home)
    return home


def _fetch(package: str, release: str, home: Path) -> None:
    if not shutil.which("apt-get") or not KEYRING.exists():
        raise NotPossibleHereError(f"{package} is taken from Debian's archive, and this is no Debian")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        root = Path(folder)
        (root / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_archive()} {release} main\n", encoding="utf-8")
        for name in ("lists/partial", "cache/archives/partial"):
            (root / name).mkdir(parents=True)
        _apt(root, "update")
        _apt(root, "download", package)
        subprocess.run(["dpkg", "-x", next(root.glob(f"{package}_*.deb")), root / "unpacked"], check=True)
        (root / "unpacked").rename(home)


def _archive() -> str:
    """The address of Debian's archive as this machine knows it."""
    command = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    known = [line.partition(" ")[2] for line in listed if line.startswith("Debian ") and "security" not in line]
    return known[0] if known else "https://deb.debian.org/debian"


def _apt(root: Path, *words: str) -> None:
    """apt-get with lists and cache of its own, so that the machine's are left as they are."""
    options = {
        "Dir::Etc::sourcelist": root / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": root / "lists",
        "Dir::Cache": root / "cache",
        "APT::Sandbox::User": "root",
        # A test machine's clock may be past the date until which a list is called fresh; the signature is checked.
        "Acquire::Check-Valid-Until": "false",
    }
    settings = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    done = subprocess.run(["apt-get", "-qq", *settings, *words], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotPossibleHereError(f"apt-get {words[0]} failed: {done.stderr.strip()}")
