# SPDX-License-Identifier: GPL-3.0-or-later
"""Small file systems, for tests in which a disk is full."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import engine


@contextlib.contextmanager
def disk(mebibytes: int) -> Iterator[Path]:
    """A folder that holds this much, as an ext4 in a file; give it to `Host.create` in `volumes`."""
    engine.HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="disk-", dir=engine.HOME) as home:
        image, folder = Path(home, "image"), Path(home, "mounted")
        with image.open("wb") as file:
            file.truncate(mebibytes * 1024 * 1024)
        subprocess.run(["mkfs.ext4", "-q", image], check=True, env={"PATH": engine.search_path()})
        folder.mkdir()
        subprocess.run(["mount", "-o", "loop", image, folder], check=True)
        try:
            yield folder
        finally:
            # The last process of a host that was just removed may still be on its way out.
            subprocess.run(["umount", "--lazy", folder], check=True)
