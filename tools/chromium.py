# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Chromium from Debian's package, for tests of pages. Installed where it is missing and that can be done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.prepare import CACHE, NotPossibleHereError, one_at_a_time

#: What the package is called, and the program; some releases have a suffix.
PACKAGE, PROGRAMS = "chromium", ("chromium", "chromium-browser")


def chromium() -> Path:
    """The program, installed once."""
    with one_at_a_time(CACHE / "chromium"):
        found = _find()
        if found is None:
            _install()
            found = _find()
    if found is None:
        raise NotPossibleHereError(f"the package {PACKAGE} brought no program {' or '.join(PROGRAMS)}")
    return found


def _find() -> Path | None:
    """A program that runs: Ubuntu's is a stub that asks for a snap."""
    for name in PROGRAMS:
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return Path(path)
    return None


def _install() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NotPossibleHereError(f"no {PACKAGE} on PATH; on Debian, as root: apt-get install {PACKAGE}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", PACKAGE]):
        command = ["apt-get", "-qq", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotPossibleHereError(f"apt-get {words[0]} failed: {done.stderr.strip()}")


if __name__ == "__main__":
    print(chromium())
    sys.exit(0)
