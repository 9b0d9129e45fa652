# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of the files that were placed for an app, in a folder that only its owner can read."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._core.placing import Entry
from ..private_files import remove_folder

_FORMAT = 1


class PlacingError(Exception):
    """What was asked cannot be done, in plain words."""


@dataclass(frozen=True)
class Record:
    """What was placed for an app, and where."""

    directory: str
    entries: Mapping[str, Entry]

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Record:
        entries = (Entry.from_dict(entry) for entry in value["entries"])
        return cls(str(value["directory"]), {entry.path: entry for entry in entries})

    def as_dict(self) -> dict[str, Any]:
        entries = [self.entries[path].as_dict() for path in sorted(self.entries)]
        return {"format": _FORMAT, "directory": self.directory, "entries": entries}


@dataclass(frozen=True)
class Undo:
    """How it was before: the record that held, None at first, and each path that changed since."""

    record: Record | None
    entries: Mapping[str, Entry | None]

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Undo:
        entries = {path: Entry.from_dict(entry) if entry else None for path, entry in value["entries"].items()}
        return cls(Record.from_dict(value["record"]) if value["record"] else None, entries)

    def as_dict(self) -> dict[str, Any]:
        entries = {path: entry.as_dict() if entry else None for path, entry in sorted(self.entries.items())}
        return {"record": self.record.as_dict() if self.record else None, "entries": entries}


class State:
    """The folder of one app. Nothing is made while it is only read."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.folder = root / name
        self.undo_folder = self.folder / "undo"

    def record(self) -> Record | None:
        value = _read_json(self.folder / "manifest.json")
        return Record.from_dict(value) if value else None

    def undo(self) -> Undo | None:
        value = _read_json(self.undo_folder / "undo.json")
        return Undo.from_dict(value) if value else None

    def others(self) -> dict[str, str]:
        """The folders of the other apps, by their names."""
        files = sorted(self.root.glob("*/manifest.json"))
        mine = self.folder / "manifest.json"
        return {file.parent.name: str((_read_json(file) or {}).get("directory", "")) for file in files if file != mine}

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One run at a time changes the files of an app; another waits, which takes moments."""
        self.make()
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def save_record(self, record: Record | None) -> None:
        if record is None:
            (self.folder / "manifest.json").unlink(missing_ok=True)
        else:
            _write(self.folder / "manifest.json", record.as_dict())

    def save_undo(self, undo: Undo) -> None:
        _write(self.undo_folder / "undo.json", undo.as_dict())

    def keep(self, source: Path, path: str) -> None:
        """The file as it is, as a second link where that can be: who has it bound then finds it back as it was."""
        kept = self.kept(path)
        kept.unlink(missing_ok=True)
        try:
            os.link(source, kept, follow_symlinks=False)
        except OSError:
            shutil.copy2(source, kept, follow_symlinks=False)

    def kept(self, path: str) -> Path:
        return self.undo_folder / hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()

    def accept(self) -> None:
        remove_folder(self.undo_folder)

    def forget(self) -> None:
        remove_folder(self.folder)
        with contextlib.suppress(OSError):  # others' folders are there
            self.root.rmdir()

    def make(self) -> None:
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in (self.folder, self.undo_folder):
            folder.mkdir(mode=0o700, exist_ok=True)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as problem:
        raise PlacingError(f"{path} is damaged ({problem}); move it away to start anew, with adopt") from problem
    return value if isinstance(value, dict) else None


def _write(path: Path, value: Mapping[str, Any]) -> None:
    """Whole or not at all, and on the disk before anything relies on it."""
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
