# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a folder on this machine: looked at, put in their place, and put back.

Before anything changes, what was there is kept, and stays until the change is accepted or undone. So a run that was
killed in between is undone by the next one that fails, or accepted by the next one that does not.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import tarfile
from collections.abc import Iterable
from pathlib import Path

from ..._core.placing import FILE, FOLDER, LINK, OTHER, Changes, Entry, parents
from ..private_files import remove_folder
from .state import PlacingError, Record, State, Undo

#: Where files are written before they are renamed into their place; in the folder, to be on the same disk.
STAGE = ".slipway-new"


def look(directory: Path, paths: Iterable[str]) -> dict[str, Entry]:
    """What stands at these paths. A folder that became a link is not looked into, so never written through."""
    found: dict[str, Entry] = {}
    closed: set[str] = set() if _is_folder(directory) else {""}
    for path in sorted({step for path in paths for step in (*parents(path), path)}, key=lambda path: path.split("/")):
        if closed.intersection(["", *parents(path)]):
            continue
        seen = _entry(directory, path)
        if seen is None or seen.kind != FOLDER:
            closed.add(path)
        if seen is not None:
            found[path] = seen
    return found


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _entry(directory: Path, path: str) -> Entry | None:
    try:
        facts = (directory / path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    mode = stat.S_IMODE(facts.st_mode)
    if stat.S_ISREG(facts.st_mode):
        return Entry(path, FILE, mode, sha256_of(directory / path), uid=facts.st_uid, gid=facts.st_gid)
    if stat.S_ISLNK(facts.st_mode):
        return Entry(path, LINK, target=str((directory / path).readlink()))
    return Entry(path, FOLDER if stat.S_ISDIR(facts.st_mode) else OTHER, mode, uid=facts.st_uid, gid=facts.st_gid)


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def place(state: State, directory: Path, wanted: Record, changes: Changes, archive: Path | None) -> None:
    """Make the folder as decided. Where that fails half-way, the folder is put back."""
    _keep_former(state, directory, changes)
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        staged = _stage(directory, changes, archive)
        for entry in changes.remove:
            _remove(directory / entry.path)
        for entry in changes.put:
            _put(directory / entry.path, entry, staged.get(entry.sha256))
        state.save_record(wanted)
    except OSError as problem:
        undo(state, directory)
        where = f" ({problem.filename})" if problem.filename else ""
        raise PlacingError(f"the files cannot be placed: {problem.strerror}{where}; they are as before") from problem
    finally:
        # Whatever happened above is what has to be told. The next run removes it, or says why it cannot.
        shutil.rmtree(directory / STAGE, ignore_errors=True)


def _keep_former(state: State, directory: Path, changes: Changes) -> None:
    """Add what is about to change to what is kept; where a path is kept already, the older state stays."""
    before = state.undo() or Undo(state.record(), {})
    touched = {entry.path for entry in (*changes.put, *changes.remove)} - set(before.entries)
    present = look(directory, touched)
    for path in sorted(touched & set(present)):
        if present[path].kind == FILE:
            state.keep(directory / path, path)
    state.save_undo(Undo(before.record, {**before.entries, **{path: present.get(path) for path in touched}}))


def _stage(directory: Path, changes: Changes, archive: Path | None) -> dict[str, Path]:
    """The contents that came along, by their hashes. A full disk shows here, before anything has moved."""
    stage = directory / STAGE
    remove_folder(stage)
    if archive is None:
        return {}
    stage.mkdir(mode=0o700)
    asked = {entry.sha256 for entry in changes.put if entry.kind == FILE}
    staged = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is None or member.name not in asked:
                continue
            staged[member.name] = stage / member.name
            with staged[member.name].open("xb") as file:
                shutil.copyfileobj(content, file)
            if sha256_of(staged[member.name]) != member.name:
                raise PlacingError("the archive of the files came damaged")
    return staged


def _put(place: Path, entry: Entry, content: Path | None) -> None:
    """One entry in its place. A file that only needs another mode or owner stays the same file."""
    if entry.kind == FOLDER:
        _remove(place)
        place.mkdir(mode=entry.mode)
        _own(place, entry)
    elif entry.kind == LINK:
        _remove(place)
        place.symlink_to(entry.target)
    elif content is None:
        _own(place, entry)
    else:
        fresh = content.with_name(f"{content.name}.copy")
        shutil.copyfile(content, fresh)  # the same content may go to several places
        _own(fresh, entry)
        _rename(fresh, place)


def _own(path: Path, entry: Entry) -> None:
    """First the owner: changing that may drop bits of the mode. The mode is that, whatever the umask."""
    if entry.uid is not None or entry.gid is not None:
        os.chown(path, -1 if entry.uid is None else entry.uid, -1 if entry.gid is None else entry.gid)
    path.chmod(entry.mode)


def _rename(source: Path, place: Path) -> None:
    """In one step; over the border of a file system by a copy beside the place."""
    if _is_folder(place):
        place.rmdir()
    try:
        source.replace(place)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        beside = place.with_name(f".{place.name}{STAGE}")
        shutil.copy2(source, beside)
        facts = source.stat()
        os.chown(beside, facts.st_uid, facts.st_gid)
        beside.replace(place)


def _remove(place: Path) -> None:
    """A file or link; a folder only where nothing else is left in it."""
    if _is_folder(place):
        with contextlib.suppress(OSError):
            place.rmdir()
    else:
        place.unlink(missing_ok=True)


def undo(state: State, directory: Path) -> tuple[str, ...]:
    """Put back what was before the last change that was not accepted; the paths that this touched."""
    before = state.undo()
    if before is None:
        return ()
    inwards = sorted(before.entries, key=lambda path: path.split("/"))
    for path in reversed(inwards):
        if before.entries[path] is None:
            _remove(directory / path)
    for path in inwards:
        _put_back(state, directory, before.entries[path])
    state.save_record(before.record)
    state.accept()
    return tuple(inwards)


def _put_back(state: State, directory: Path, entry: Entry | None) -> None:
    if entry is None or entry.kind == OTHER:
        return
    place = directory / entry.path
    seen = look(directory, [entry.path]).get(entry.path)
    if seen is not None and entry.same_content(seen):
        if entry.kind == FILE:
            _own(place, entry)
    elif entry.kind == FILE:
        _own(state.kept(entry.path), entry)
        _rename(state.kept(entry.path), place)
    else:
        _put(place, entry, None)
