# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Docker Compose v2 from Debian's archive, for tests that compare with it. No engine is needed for `config`.

The package is unpacked, not installed, into ~/.cache/slipway, one folder for each release of Debian. Only Debian and
Ubuntu machines can do this: apt fetches from the archive that the machine is set up for and checks its signature.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.prepare import CACHE, NotPossibleHereError, one_at_a_time

#: Releases of Debian and what they carry, oldest first.
RELEASES = {"trixie": "2.26.1", "sid": "2.40.3"}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PLUGIN = Path("usr/libexec/docker/cli-plugins/docker-compose")


def compose(release: str) -> Path:
    """The program `docker-compose` of a release, fetched once."""
    home = CACHE / f"compose-{release}"
    with one_at_a_time(home):
        if not (home / PLUGIN).exists():
            _fetch(release, home)
    return home / PLUGIN


def _fetch(release: str, home: Path) -> None:
    if not shutil.which("apt-get") or not KEYRING.exists():
        raise NotPossibleHereError("Docker Compose is taken from Debian's archive, and this is no Debian")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        root = Path(folder)
        (root / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_archive()} {release} main\n", encoding="utf-8")
        for name in ("lists/partial", "cache/archives/partial"):
            (root / name).mkdir(parents=True)
        _apt(root, "update")
        _apt(root, "download", "docker-compose")
        package = next(root.glob("docker-compose_*.deb"))
        subprocess.run(["dpkg", "-x", package, root / "unpacked"], check=True)
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


if __name__ == "__main__":
    for each in RELEASES:
        print(compose(each))
    sys.exit(0)
