# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that is to hold certain files: what has to be put there, and what may be taken away.

Only what this collection placed is ever removed or written over. Folders are made and never changed: a container may
have made one its own. Of owners, only those that were asked for count, for the same reason.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

FILE, FOLDER, LINK, OTHER = "file", "folder", "link", "other"


@dataclass(frozen=True)
class Entry:
    """What stands at `path`, which counts from the folder. `uid` and `gid` are None where any owner will do."""

    path: str
    kind: str = FILE
    mode: int = 0
    sha256: str = ""
    target: str = ""  # of a link
    uid: int | None = None
    gid: int | None = None
    secret: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Entry:
        """Of what another release of this collection wrote, unknown keys are left out."""
        return cls(**{name: value[name] for name in cls.__dataclass_fields__ if name in value})

    def same_content(self, seen: Entry) -> bool:
        return (self.kind, self.sha256, self.target) == (seen.kind, seen.sha256, seen.target)

    def same(self, seen: Entry) -> bool:
        """`seen` is as it should be; of folders it is enough that they are there, and links have no mode."""
        if not self.same_content(seen) or self.kind != FILE:
            return self.same_content(seen)
        owner = self.uid in (None, seen.uid) and self.gid in (None, seen.gid)
        return owner and self.mode == seen.mode


@dataclass(frozen=True)
class Changes:
    """`put` from the outermost folder inwards, `remove` from the innermost outwards. `foreign` is in the way."""

    put: tuple[Entry, ...] = ()
    remove: tuple[Entry, ...] = ()
    foreign: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(sorted(entry.path for entry in self.remove))

    def __bool__(self) -> bool:
        return bool(self.put or self.remove)


def decide(wanted: Iterable[Entry], ours: Iterable[str], present: Mapping[str, Entry], adopt: bool = False) -> Changes:
    """`ours` are the paths that were placed, `present` what stands at these and at the wanted ones."""
    placed = set(ours)
    by_path = {entry.path: entry for entry in wanted}
    put = [entry for path, entry in by_path.items() if path not in present or not entry.same(present[path])]
    foreign = [entry.path for entry in put if not adopt and _is_foreign(entry, placed, present)]
    gone = [present[path] for path in placed - set(by_path) if path in present]
    updated = [entry.path for entry in put if entry.path in present]
    return Changes(
        put=tuple(sorted(put, key=lambda entry: entry.path.split("/"))),
        remove=tuple(sorted(gone, key=lambda entry: entry.path.split("/"), reverse=True)),
        foreign=tuple(sorted(foreign)),
        created=tuple(sorted(entry.path for entry in put if entry.path not in present)),
        updated=tuple(sorted(updated)),
    )


def _is_foreign(entry: Entry, placed: set[str], present: Mapping[str, Entry]) -> bool:
    """Something that others made stands in the way. The same content may become ours, with another mode, too."""
    seen = present.get(entry.path)
    return seen is not None and entry.path not in placed and not entry.same_content(seen)


def path_problem(path: str) -> str:
    """Why a path does not stay in its folder, or nothing."""
    steps = path.split("/")
    if "\0" in path or any(step in ("", ".", "..") for step in steps):
        return f"'{path}' is no path within the folder"
    return ""


def link_problem(path: str, target: str) -> str:
    """Why a link would not mean the same on another machine, or nothing."""
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if target.startswith("/") or end == ".." or end.startswith("../"):
        return f"the link {path} leads to {target}, out of the folder"
    return ""


def parents(path: str) -> list[str]:
    """The folders that a path stands in, outermost first."""
    steps = path.split("/")[:-1]
    return ["/".join(steps[: count + 1]) for count in range(len(steps))]
