# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of a release: read from an archive or a folder, and written where the release is built."""

from __future__ import annotations

import contextlib
import hashlib
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Protocol

from ..._core.placing import FILE, FOLDER, LINK, OTHER, Entry
from ..._core.systemd.unpacking import Layout, Member, with_hashes
from ..app_module import AppError

_BLOCK = 1 << 20
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    UnicodeError,
    NotImplementedError,  # zipfile: a way of packing that it does not know
)


class Packed(Protocol):
    """What a release comes from."""

    def members(self) -> list[Member]: ...

    def contents(self, names: set[str]) -> Iterator[tuple[str, IO[bytes]]]:
        """The named files in the order in which they lie, so that nothing is read twice."""


class Tar:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def members(self) -> list[Member]:
        return [_of_tar(info) for info in self._tar.getmembers()]

    def contents(self, names: set[str]) -> Iterator[tuple[str, IO[bytes]]]:
        last = {info.name: info for info in self._tar.getmembers() if info.name in names}
        for info in sorted(last.values(), key=_place_in_tar):
            content = self._tar.extractfile(info)
            if content is not None:
                yield info.name, content


class Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive

    def members(self) -> list[Member]:
        return [self._member(info) for info in self._zip.infolist()]

    def _member(self, info: zipfile.ZipInfo) -> Member:
        mode = info.external_attr >> 16
        if info.flag_bits & 1:
            raise AppError(f"{info.filename} in the archive is encrypted, which nothing here can read")
        if info.is_dir():
            return Member(info.filename, FOLDER, 0o755)
        if stat.S_ISLNK(mode):
            return Member(info.filename, LINK, target=self._zip.read(info)[:4096].decode("utf-8"))
        return Member(info.filename, FILE, stat.S_IMODE(mode), info.file_size)

    def contents(self, names: set[str]) -> Iterator[tuple[str, IO[bytes]]]:
        last = {info.filename: info for info in self._zip.infolist() if info.filename in names}
        for info in last.values():
            with self._zip.open(info) as content:
                yield info.filename, content


class Folder:
    """A folder of this machine, as it was listed."""

    def __init__(self, folder: Path, entries: Iterable[Entry]) -> None:
        self._folder = folder
        self._entries = tuple(entries)

    def members(self) -> list[Member]:
        return [
            Member(entry.path, entry.kind, entry.mode, self._size(entry), target=entry.target)
            for entry in self._entries
        ]

    def _size(self, entry: Entry) -> int:
        return (self._folder / entry.path).lstat().st_size if entry.kind == FILE else 0

    def contents(self, names: set[str]) -> Iterator[tuple[str, IO[bytes]]]:
        for entry in self._entries:
            if entry.path in names:
                with (self._folder / entry.path).open("rb") as content:
                    yield entry.path, content


@contextlib.contextmanager
def opened(archive: Path) -> Iterator[Packed]:
    """Raises AppError where it is no archive, or a damaged one."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                yield Zip(zipped)
        else:
            with tarfile.open(archive) as tar:
                yield Tar(tar)
    except _DAMAGED as problem:
        raise AppError(f"the archive cannot be read: {problem or type(problem).__name__}") from problem


def write(packed: Packed, layout: Layout, folder: Path) -> tuple[Entry, ...]:
    """All of it into an empty folder; the entries with their hashes. Nothing is written through a link."""
    by_name: dict[str, list[str]] = {}
    for path, name in layout.contents.items():
        by_name.setdefault(name, []).append(path)
    kinds = {entry.path: entry for entry in layout.entries}
    for entry in layout.entries:
        if entry.kind == FOLDER:
            (folder / entry.path).mkdir(mode=0o755)
    hashes = {}
    for name, content in packed.contents(set(by_name)):
        first, *others = by_name[name]
        sha256 = _copy(content, folder / first)
        for path in (first, *others):
            if path != first:
                shutil.copyfile(folder / first, folder / path)
            (folder / path).chmod(kinds[path].mode)
            hashes[path] = sha256
    for entry in layout.entries:
        if entry.kind == LINK:
            (folder / entry.path).symlink_to(entry.target)
    return with_hashes(layout.entries, hashes)


def _copy(content: IO[bytes], place: Path) -> str:
    digest = hashlib.sha256()
    with place.open("xb") as file:
        while block := content.read(_BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _of_tar(info: tarfile.TarInfo) -> Member:
    if info.isdir():
        return Member(info.name, FOLDER, info.mode)
    if info.issym():
        return Member(info.name, LINK, target=info.linkname)
    if info.islnk():
        return Member(info.name, FILE, info.mode, same_as=info.linkname)
    return Member(info.name, FILE if info.isreg() else OTHER, info.mode, info.size)


def _place_in_tar(info: tarfile.TarInfo) -> int:
    return info.offset
