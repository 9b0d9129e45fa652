# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a Compose project on the controller, as what a host shall have of it."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..._core.placing import FILE, FOLDER, LINK, Entry, parents
from ..local_folder import listed, read_unchanged
from ..placed.files import sha256_of
from ..placed.state import PlacingError


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
    for entry in listed(folder, exclude):
        if entry.kind == FILE:
            wanted.add_file(entry, folder / entry.path)
        else:
            wanted.entries[entry.path] = entry
    for extra in extras:
        _add_extra(wanted, folder, extra)
    return wanted


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
            data = read_unchanged(contents[sha256], sha256)
            member = tarfile.TarInfo(sha256)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def _tar(packed: gzip.GzipFile) -> tarfile.TarFile:
    return tarfile.open(fileobj=packed, mode="w")
