# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of this machine as a list: what is in it, and not left out."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from .._core.left_out import Pattern, is_left_out, read_patterns
from .._core.placing import FILE, FOLDER, LINK, Entry, link_problem
from .placed.files import STAGE, sha256_of
from .placed.state import PlacingError

IGNORE_FILE = ".slipwayignore"
#: What others may do is taken away, and so are the bits that change who somebody is: umasks of controllers differ.
_KEPT_MODE = 0o755


def listed(folder: Path, exclude: Iterable[str]) -> Iterator[Entry]:
    """Each folder before what is in it. Raises PlacingError."""
    if not folder.is_dir():
        raise PlacingError(f"{folder} is no folder")
    yield from _walk(folder, "", _patterns(folder, exclude))


def _patterns(folder: Path, exclude: Iterable[str]) -> tuple[Pattern, ...]:
    """The file's own lines come last, so they may take back what the option leaves out."""
    file = folder / IGNORE_FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return patterns_of([*exclude, STAGE, IGNORE_FILE, *lines])


def patterns_of(lines: Iterable[str]) -> tuple[Pattern, ...]:
    try:
        return read_patterns(lines)
    except re.error as problem:
        raise PlacingError(f"a pattern of what is left out cannot be read: {problem}") from problem


def _walk(folder: Path, inside: str, patterns: Collection[Pattern]) -> Iterator[Entry]:
    with os.scandir(folder / inside) as found:
        in_order = sorted(found, key=lambda item: item.name)
    for item in in_order:
        path = f"{inside}/{item.name}" if inside else item.name
        is_folder = item.is_dir(follow_symlinks=False)
        if is_left_out(path, is_folder, patterns):
            continue
        yield _entry(folder, path)
        if is_folder:
            yield from _walk(folder, path, patterns)


def _entry(folder: Path, path: str) -> Entry:
    place = folder / path
    facts = place.lstat()
    mode = stat.S_IMODE(facts.st_mode) & _KEPT_MODE
    if stat.S_ISREG(facts.st_mode):
        return Entry(path, FILE, mode, sha256_of(place))
    if stat.S_ISDIR(facts.st_mode):
        return Entry(path, FOLDER, mode)
    if not stat.S_ISLNK(facts.st_mode):
        raise PlacingError(f"{place} is neither file, folder nor link; leave it out in {IGNORE_FILE}")
    target = str(place.readlink())
    problem = link_problem(path, target)
    if problem:
        raise PlacingError(f"{problem}; leave it out in {IGNORE_FILE}, or put a file there")
    return Entry(path, LINK, target=target)


def read_unchanged(content: bytes | Path, sha256: str) -> bytes:
    """The content, if it still is what was listed. Raises PlacingError."""
    data = content.read_bytes() if isinstance(content, Path) else content
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PlacingError("a file of the project changed while it was read; run it again")
    return data
