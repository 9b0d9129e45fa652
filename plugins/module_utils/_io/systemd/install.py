# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts an app's files in their places: units, what is beside them, and the link to its release.

Everything is written beside its place first: a full disk shows before anything is different.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..._core.systemd.deployment import Deployment
from ..._core.systemd.places import PRIVATE, UNITS, Places
from ..._core.systemd.plan import Plan
from ..private_files import make_private

_NEW = ".slipway-new"


def write(plan: Plan, wanted: Deployment) -> None:
    """Units and the files beside them. Raises OSError with everything as it was."""
    staged: list[tuple[Path, Path]] = []
    try:
        staged.extend(_staged(place, text, mode) for place, text, mode in _files(plan, wanted))
    except BaseException:
        for fresh, _place in staged:
            fresh.unlink(missing_ok=True)
        raise
    for fresh, place in staged:
        fresh.replace(place)


def _files(plan: Plan, wanted: Deployment) -> Iterator[tuple[Path, str, int]]:
    for name in plan.write:
        yield Path(UNITS, name), wanted.units[name], 0o644
    for path in plan.write_private:
        make_private(Path(path).parent)
        yield Path(path), wanted.private[path].text, wanted.private[path].mode


def _staged(place: Path, text: str, mode: int) -> tuple[Path, Path]:
    """Beside its place, on the disk."""
    fresh = place.with_name(f".{place.name}{_NEW}")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(mode)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh, place


def remove(units: Iterable[str], private: Iterable[str]) -> None:
    """With the folders of an app that are empty then."""
    for name in units:
        Path(UNITS, name).unlink(missing_ok=True)
    for path in private:
        Path(path).unlink(missing_ok=True)
        _prune(Path(path).parent)


def _prune(folder: Path) -> None:
    with contextlib.suppress(OSError):
        while str(folder).startswith(f"{PRIVATE}/"):
            folder.rmdir()
            folder = folder.parent


def switch(places: Places, release: str) -> None:
    """The link leads to the release from one moment to the next; without a release there is none."""
    link = Path(places.current)
    if not release:
        link.unlink(missing_ok=True)
        return
    fresh = link.with_name(f".{link.name}{_NEW}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path("releases", release))
    fresh.replace(link)


def remove_folders(folders: Iterable[str]) -> None:
    """What is asked for with absent, and what is empty above it. A link goes, and not what it leads to."""
    for folder in folders:
        path = Path(folder)
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            shutil.rmtree(path)
        with contextlib.suppress(OSError):
            path.parent.rmdir()
