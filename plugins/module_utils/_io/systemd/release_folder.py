# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of an app's releases: which are there, how one becomes root's, and how one goes."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..._core.placing import FILE, FOLDER
from ..._core.systemd.places import MARKER, Places
from ..._core.systemd.releases import Release, is_release, release_of, usual_mode
from ..private_files import remove_folder


def finished(places: Places) -> dict[str, Release]:
    """Those that are whole, by their ids."""
    found = {name: _marked(Path(places.release(name))) for name in _names(places)}
    return {name: release for name, release in found.items() if release is not None}


def release_at(places: Places, name: str) -> Release | None:
    """One of them, where it is whole."""
    return _marked(Path(places.release(name))) if is_release(name) else None


def unfinished(places: Places) -> tuple[str, ...]:
    """What interrupted runs left, unless one is at it now."""
    whole = finished(places)
    return tuple(name for name in _names(places) if name not in whole)


def current(places: Places) -> str:
    """The id that the link leads to, or nothing."""
    try:
        return Path(places.current).readlink().name
    except OSError:
        return ""


def _names(places: Places) -> list[str]:
    try:
        with os.scandir(places.releases) as found:
            return sorted(item.name for item in found if is_release(item.name) and item.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []


def _marked(folder: Path) -> Release | None:
    try:
        release = release_of((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return release if release and release.id == folder.name else None


def remove(places: Places, names: Iterable[str]) -> None:
    """The marker goes first: what is left of one that could not be removed as a whole is no release."""
    for name in names:
        folder = Path(places.release(name))
        (folder / MARKER).unlink(missing_ok=True)
        remove_folder(folder)


def remove_all(places: Places) -> tuple[str, ...]:
    """With the cache of builds, and with the app's folder where nothing else is in it; the ids that went."""
    names = tuple(_names(places))
    remove(places, names)
    remove_folder(Path(places.cache))
    remove_empty(places)
    return names


def remove_empty(places: Places) -> None:
    """The folders of the app, where nothing is in them."""
    for folder in (places.releases, places.root):
        with contextlib.suppress(OSError):  # what others put there stays
            Path(folder).rmdir()


def give(folder: Path, uid: int, gid: int) -> None:
    """The folder, with all that is in it, to the user of a build."""
    for place, _facts in _all(folder):
        os.chown(place, uid, gid, follow_symlinks=False)


def settle(folder: Path) -> None:
    """Root's, for all to read, for nobody else to write. What is no file, folder or link goes. No link is followed."""
    for place, facts in _all(folder):
        if stat.S_ISLNK(facts.st_mode):
            os.chown(place, 0, 0, follow_symlinks=False)
            continue
        if not stat.S_ISDIR(facts.st_mode) and not stat.S_ISREG(facts.st_mode):
            place.unlink()
            continue
        if (facts.st_uid, facts.st_gid) != (0, 0):
            os.chown(place, 0, 0, follow_symlinks=False)
        mode = usual_mode(FOLDER if stat.S_ISDIR(facts.st_mode) else FILE, facts.st_mode)
        if stat.S_IMODE(facts.st_mode) != mode:
            place.chmod(mode)


def finish(folder: Path, release: Release) -> None:
    """Write the marker, after all else is on the disk: with it the release counts."""
    os.sync()
    unfinished_marker = folder / f"{MARKER}.new"
    with unfinished_marker.open("w", encoding="utf-8") as file:
        file.write(release.as_json())
        file.flush()
        os.fsync(file.fileno())
    unfinished_marker.chmod(0o644)
    unfinished_marker.replace(folder / MARKER)


def _all(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """With the folder itself; what is in a folder comes after it. A folder becomes readable before it is entered."""
    yield folder, folder.lstat()
    with os.scandir(folder) as found:
        items = list(found)
    for item in items:
        if item.is_dir(follow_symlinks=False):
            yield from _all(Path(item.path))
        else:
            yield Path(item.path), item.stat(follow_symlinks=False)
