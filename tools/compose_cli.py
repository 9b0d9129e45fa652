# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Docker Compose v2 from Debian's archive, for tests that compare with it. No engine is needed for `config`.

The package is unpacked, not installed, into ~/.cache/slipway, one folder for each release of Debian.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.debian_archive import unpacked
from tools.prepare import CACHE

#: Releases of Debian and what they carry, oldest first.
RELEASES = {"trixie": "2.26.1", "sid": "2.40.3"}
PLUGIN = Path("usr/libexec/docker/cli-plugins/docker-compose")


def compose(release: str) -> Path:
    """The program `docker-compose` of a release, fetched once."""
    return unpacked("docker-compose", release, CACHE / f"compose-{release}") / PLUGIN


if __name__ == "__main__":
    for each in RELEASES:
        print(compose(each))
    sys.exit(0)
