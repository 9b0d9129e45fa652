# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a node that everybody may read: whole files, with the folders that they need."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..private_files import write_whole

_MODE, _FOLDER_MODE = 0o644, 0o755


@dataclass(frozen=True)
class Change:
    """`after` is None for a file that goes, `before` for one that is new."""

    path: Path
    before: str | None
    after: str | None

    def diff(self) -> dict[str, str]:
        return {
            "before_header": str(self.path),
            "after_header": str(self.path) if self.after is not None else "nothing",
            "before": self.before or "",
            "after": self.after or "",
        }


def changes(files: Iterable[Mapping[str, Any]], absent: Iterable[str]) -> list[Change]:
    """What is not yet as it is wanted. A file that is wanted is not removed."""
    wanted = {Path(file["path"]): str(file["content"]) for file in files}
    found = [Change(path, _text(path), text) for path, text in wanted.items()]
    differing = [one for one in found if one.before != one.after or _mode(one.path) != _MODE]
    gone = (Path(path) for path in absent)
    return [*differing, *(Change(path, _text(path), None) for path in gone if path not in wanted and path.exists())]


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def apply(changed: Iterable[Change]) -> None:
    """Each file whole, or not at all."""
    for one in changed:
        if one.after is None:
            one.path.unlink()
        else:
            _make(one.path.parent)
            write_whole(one.path, one.after, _MODE)


def _make(folder: Path) -> None:
    """With those above it; what the user's umask says is nothing to programs of the system."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir()
        place.chmod(_FOLDER_MODE)
