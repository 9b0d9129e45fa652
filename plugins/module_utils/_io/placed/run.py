# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`compose_files` on the target: look, decide, and place what came along. The first call says what has to come."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..._core.placing import FILE, Changes, Entry, decide, path_problem
from . import files
from .state import PlacingError, Record, State

#: Of longer files a diff says nothing but their size.
_SHOWN_BYTES = 32 * 1024
_NAMED = 5


def work(params: Mapping[str, Any], check_mode: bool, diff: bool) -> dict[str, Any]:
    """The result of the module; raises PlacingError and OSError."""
    if not re.match(r"[a-z0-9][a-z0-9_-]*\Z", params["name"]):
        raise PlacingError(f"'{params['name']}' is no name of a project, expected lower case letters, digits, - and _")
    state = State(Path(params["state_directory"]), params["name"])
    if params["state"] == "accepted":
        return _accepted(state, check_mode)
    if params["state"] == "restored":
        return _restored(state, check_mode)
    return _placed(state, params, check_mode, diff)


def _accepted(state: State, check_mode: bool) -> dict[str, Any]:
    """What was placed is good. The folder stays as it is, so nothing counts as changed."""
    if state.undo() and not check_mode:
        state.accept()
    return _answer(False, Changes())


def _restored(state: State, check_mode: bool) -> dict[str, Any]:
    """Back to what was accepted last. Where nothing ever was, what was placed stays, to be looked at."""
    before = state.undo()
    if before is None or before.record is None:
        return _answer(False, Changes())
    if not check_mode:
        with state.locked():
            files.undo(state, _real(before.record.directory))
    return {**_answer(bool(before.entries), Changes()), "restored": sorted(before.entries)}


def _placed(state: State, params: Mapping[str, Any], check_mode: bool, diff: bool) -> dict[str, Any]:
    record, former = state.record(), state.undo()
    present = params["state"] == "present"
    wanted = _wanted(params["entries"]) if present else {}
    dest = params["dest"] if present or record is None else record.directory
    directory = _real(dest)
    if present:
        _check_owner(state, record, dest, directory, adopted=params["adopt"] or former is not None)
    ours = {*(record.entries if record else ()), *(former.entries if former else ())}
    found = files.look(directory, {*wanted, *ours})
    changes = decide(wanted.values(), ours, found, params["adopt"])
    if changes.foreign:
        raise PlacingError(_in_the_way(dest, changes.foreign))
    before = _texts(directory, record, wanted, changes, found) if diff else {}
    needs = {e.sha256 for e in changes.put if e.kind == FILE and not _is_there(e, found)}
    changed = bool(changes) or (not present and record is not None)
    if not check_mode and (not needs or params["archive"]):
        _apply(state, params, record, Record(dest, wanted), changes, directory)
        needs = set()
    pending = bool(changes) or former is not None
    return {**_answer(changed, changes, pending and present), "needs": sorted(needs), "before": before}


def _apply(
    state: State, params: Mapping[str, Any], record: Record | None, wanted: Record, changes: Changes, directory: Path
) -> None:
    present = params["state"] == "present"
    if changes:
        archive = Path(params["archive"]) if params["archive"] else None
        with state.locked():
            files.place(state, directory, wanted, changes, archive)
    elif present and (record is None or record.entries != wanted.entries):
        with state.locked():  # what is there is as wanted, and becomes ours
            state.save_record(wanted)
    if not present:
        with contextlib.suppress(OSError):  # data that others put there stays
            directory.rmdir()
        state.forget()


def _answer(changed: bool, changes: Changes, pending: bool = False) -> dict[str, Any]:
    """`pending`: something was placed that nobody accepted yet."""
    lists = {"created": changes.created, "updated": changes.updated, "removed": changes.removed}
    return {"changed": changed, **{name: list(paths) for name, paths in lists.items()}, "pending": pending}


def _wanted(entries: Iterable[Mapping[str, Any]]) -> dict[str, Entry]:
    wanted = {}
    for value in entries:
        entry = Entry.from_dict(value)
        problem = path_problem(entry.path)
        if problem:
            raise PlacingError(problem)
        wanted[entry.path] = entry
    return wanted


def _real(dest: str) -> Path:
    """The folder itself where a link leads to it."""
    return Path(os.path.realpath(dest))


def _is_there(entry: Entry, found: Mapping[str, Entry]) -> bool:
    return entry.path in found and entry.same_content(found[entry.path])


def _check_owner(state: State, record: Record | None, dest: str, directory: Path, adopted: bool) -> None:
    """Refuses a folder that is another app's, or that somebody filled by other means."""
    if not posixpath.isabs(dest):
        raise PlacingError(f"{dest} is no absolute path")
    if record is not None and record.directory != dest:
        raise PlacingError(
            f"{state.folder.name} stands in {record.directory}, and cannot be in {dest}, too; remove it there first "
            "(state: absent), or give the new one another name"
        )
    for name, folder in state.others().items():
        if os.path.commonpath([folder, dest]) in (folder, dest):
            raise PlacingError(f"{dest} overlaps with {folder}, the folder of the app {name}; choose another folder")
    if directory.exists() and not directory.is_dir():
        raise PlacingError(f"{dest} is a file, expected a folder")
    if record is None and not adopted and directory.exists():
        inside = sorted(path.name for path in directory.iterdir())
        if inside:
            raise PlacingError(
                f"{dest} holds {_listed(inside)}, which was not placed here for {state.folder.name}; choose another "
                "folder, or take this one over with adopt: true (files of the same name are replaced, others stay)"
            )


def _in_the_way(dest: str, foreign: Iterable[str]) -> str:
    return (
        f"in {dest}, {_listed(foreign)} came from somebody else, perhaps from a container, and would be overwritten; "
        "move it away, leave it out of the source, or take it over with adopt: true"
    )


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return ", ".join(known[:_NAMED]) + more


def _texts(
    directory: Path, record: Record | None, wanted: Mapping[str, Entry], changes: Changes, found: Mapping[str, Entry]
) -> dict[str, str]:
    """What files hold that change or go. Of one that is or was a secret, nothing."""
    known = record.entries if record else {}
    shown = {}
    for path in (*changes.updated, *changes.removed):
        entries = [entry for entry in (wanted.get(path), known.get(path)) if entry]
        if found[path].kind == FILE and path in known and not any(entry.secret for entry in entries):
            shown[path] = text_of(directory / path)
    return shown


def text_of(content: bytes | Path) -> str:
    """For a diff."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if size <= _SHOWN_BYTES:
        data = content if isinstance(content, bytes) else content.read_bytes()
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("utf-8")
    return f"({size} bytes)\n"
