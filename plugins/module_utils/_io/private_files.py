# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are written whole or not at all, most of them for their owner alone."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """The whole file or nothing of it, 0600; with the folders that it needs."""
    make_private(path.parent)
    write_whole(path, text)


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """The whole file or nothing of it, in a folder that is there."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 from the beginning
    written = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def make_private(folder: Path) -> None:
    """With the folders above it, each 0700. Those that are there already stay as they are."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):
            each.mkdir(mode=0o700)


def remove_folder(folder: Path) -> None:
    """With all that is in it. One that is not there is fine; one that stays is an error, since it may hold secrets."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
