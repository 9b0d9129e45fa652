# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a Compose project on the controller, as what a host shall have of it."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import stat
import tarfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..._core.left_out import Pattern, is_left_out, read_patterns
from ..._core.placing import FILE, FOLDER, LINK, Entry, link_problem, parents
from ..placed.files import STAGE, sha256_of
from ..placed.state import PlacingError

IGNORE_FILE = ".slipwayignore"
#: What others may do is taken away, and so are the bits that change who somebody is: umasks of controllers differ.
_KEPT_MODE = 0o755


@dataclass(frozen=True)
class Extra:
    """A file that stands in no folder: the variables, or a secret. Without `content`, the folder's own file."""

    path: str
    mode: int
    content: bytes | None = None
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True)
class Wanted:
    """All entries by path, and where the content of each file is, by its hash."""

    entries: dict[str, Entry] = field(default_factory=dict)
    contents: dict[str, bytes | Path] = field(default_factory=dict)

    def add_file(self, entry: Entry, content: bytes | Path) -> None:
        self.entries[entry.path] = entry
        self.contents[entry.sha256] = content


def collect(folder: Path, exclude: Iterable[str], extras: Iterable[Extra]) -> Wanted:
    """What is in the folder and not left out, with the extras over it. Raises PlacingError."""
    if not folder.is_dir():
        raise PlacingError(f"{folder} is no folder on the controller")
    wanted = Wanted()
    for entry in _walk(folder, "", _patterns(folder, exclude)):
        if entry.kind == FILE:
            wanted.add_file(entry, folder / entry.path)
        else:
            wanted.entries[entry.path] = entry
    for extra in extras:
        _add_extra(wanted, folder, extra)
    return wanted


def _patterns(folder: Path, exclude: Iterable[str]) -> tuple[Pattern, ...]:
    """The file's own lines come last, so they may take back what the option leaves out."""
    file = folder / IGNORE_FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    try:
        return read_patterns([*exclude, STAGE, IGNORE_FILE, *lines])
    except re.error as problem:
        raise PlacingError(f"a pattern of what is left out cannot be read: {problem}") from problem


def _walk(folder: Path, inside: str, patterns: Collection[Pattern]) -> Iterator[Entry]:
    with os.scandir(folder / inside) as found:
        listed = sorted(found, key=lambda item: item.name)
    for item in listed:
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


def _add_extra(wanted: Wanted, folder: Path, extra: Extra) -> None:
    """Folders that only secrets stand in are for root alone; engines bind files from there all the same."""
    content: bytes | Path = folder / extra.path if extra.content is None else extra.content
    if isinstance(content, Path) and extra.path not in wanted.entries:
        return
    for step in parents(extra.path):
        wanted.entries.setdefault(step, Entry(step, FOLDER, 0o700))
    sha256 = sha256_of(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()
    entry = Entry(extra.path, FILE, extra.mode, sha256, uid=extra.uid, gid=extra.gid, secret=True)
    wanted.add_file(entry, content)


def write_folder(folder: Path, wanted: Wanted) -> None:
    """All of it as a folder of this machine that its owner alone can read: what the host would have."""
    for path in sorted(wanted.entries, key=lambda path: path.split("/")):
        entry, place = wanted.entries[path], folder / path
        if entry.kind == FOLDER:
            place.mkdir(mode=0o700)
        elif entry.kind == LINK:
            place.symlink_to(entry.target)
        else:
            content = wanted.contents[entry.sha256]
            place.touch(mode=0o600)
            place.write_bytes(content.read_bytes() if isinstance(content, Path) else content)


def write_archive(file: Path, needs: Iterable[str], contents: Mapping[str, bytes | Path]) -> None:
    """Contents under their hashes. The same contents give the same bytes."""
    with file.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed, _tar(packed) as tar:
        for sha256 in sorted(needs):
            content = contents[sha256]
            data = content.read_bytes() if isinstance(content, Path) else content
            if hashlib.sha256(data).hexdigest() != sha256:
                raise PlacingError("a file of the project changed while it was read; run it again")
            member = tarfile.TarInfo(sha256)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def _tar(packed: gzip.GzipFile) -> tarfile.TarFile:
    return tarfile.open(fileobj=packed, mode="w")
