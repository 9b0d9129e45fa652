# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""daemon.json and the record of what is ours in it, as files of the host."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._core.daemon.document import DocumentError, parse
from ..._core.daemon.plan import Record

_VERSION = 1


def read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as problem:
        raise DocumentError(f"{path} is no UTF-8 text: {problem}. Nothing was changed.") from problem


def write(path: str, text: str, mode: int, narrowed: bool = False) -> None:
    """At once: a reader sees the old file or the new one. A file that is there keeps its owner, and its mode unless
    that is `narrowed` to what `mode` allows. A link stays a link."""
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        there = target.stat()
    except FileNotFoundError:
        there = None
    handle, temporary = tempfile.mkstemp(dir=str(target.parent), prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if there:
                os.fchown(file.fileno(), there.st_uid, there.st_gid)
                kept = there.st_mode & 0o7777
                mode = kept & mode if narrowed else kept
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink()
        raise


def restore(path: str, text: str | None, mode: int) -> None:
    """The file as it was; where there was none, none."""
    if text is None:
        Path(path).unlink(missing_ok=True)
    else:
        write(path, text, mode)


def mode_of(path: str) -> int | None:
    try:
        return Path(path).stat().st_mode & 0o7777
    except FileNotFoundError:
        return None


class Records:
    """One file for all daemon.json files that this module manages on the host."""

    def __init__(self, place: str) -> None:
        self.place = place

    def _all(self) -> dict[str, Any]:
        found = parse(read(self.place) or "", self.place)
        if found.get("version", _VERSION) != _VERSION:
            raise DocumentError(f"{self.place} was written by a newer release of this module. Nothing was changed.")
        files: dict[str, Any] = found.get("files", {})
        return files

    def load(self, path: str) -> Record:
        try:
            return Record.from_json(self._all().get(path, {}))
        except (KeyError, TypeError, AttributeError) as problem:
            raise DocumentError(f"{self.place} is damaged ({problem!r}). Nothing was changed.") from problem

    def save(self, path: str, record: Record) -> None:
        """0600: what the host had may hold a secret, too. A file without records is removed."""
        files: Mapping[str, Any] = {**self._all(), path: record.as_json()}
        kept = {name: it for name, it in files.items() if it["settings"] or it["pending"]}
        if not kept:
            Path(self.place).unlink(missing_ok=True)
            return
        text = json.dumps({"version": _VERSION, "files": kept}, indent=2) + "\n"
        if text != read(self.place):
            write(self.place, text, 0o600, narrowed=True)
