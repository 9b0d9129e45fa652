# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of an archive becomes a release, decided before anything of it is written."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..left_out import Pattern, is_left_out
from ..placing import FILE, FOLDER, LINK, OTHER, Entry, link_problem, parents, path_problem
from .places import MARKER
from .releases import usual_mode


@dataclass(frozen=True)
class Member:
    """What an archive holds under a name. `same_as` is the name of another member that a hard link stands for."""

    name: str
    kind: str = FILE
    mode: int = 0
    size: int = 0
    target: str = ""
    same_as: str = ""


@dataclass(frozen=True)
class Layout:
    """The entries of a release from the outermost folder inwards, and which member each file's content is."""

    entries: tuple[Entry, ...] = ()
    contents: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    problems: tuple[str, ...] = ()


def layout(members: Iterable[Member], strip: int = 0, left_out: Iterable[Pattern] = ()) -> Layout:
    """A later member of the same name wins, as tar has it."""
    patterns = tuple(left_out)
    entries: dict[str, Entry] = {}
    contents: dict[str, Member] = {}
    problems = []
    by_name = {}
    for member in members:
        by_name[member.name] = member
        path = _stripped(member.name, strip)
        if not path:
            continue
        if _is_out(path, member.kind == FOLDER, patterns):
            continue
        problem = _problem(path, member)
        if problem:
            problems.append(problem)
            continue
        for step in parents(path):
            entries.setdefault(step, Entry(step, FOLDER, 0o755))
        if member.kind == FILE:
            contents[path] = by_name.get(member.same_as, member)
        entries[path] = Entry(path, member.kind, usual_mode(member.kind, member.mode), target=member.target)
    problems += [_through(path, entries) for path in entries if _through(path, entries)]
    problems += [f"{path} is a hard link to what is not there" for path, of in contents.items() if of.same_as]
    ordered = tuple(entries[path] for path in sorted(entries, key=_depth_first))
    names = {path: member.name for path, member in contents.items() if entries[path].kind == FILE}
    return Layout(ordered, names, sum(contents[path].size for path in names), tuple(problems))


def _depth_first(path: str) -> list[str]:
    return path.split("/")


def _stripped(name: str, strip: int) -> str:
    """The path in the release; nothing for what is above it. What leads upwards stays as it is, to be refused."""
    if name.startswith("/") or ".." in name.split("/"):
        return name
    steps = [step for step in name.split("/") if step not in ("", ".")]
    return "/".join(steps[strip:])


def _is_out(path: str, is_folder: bool, patterns: tuple[Pattern, ...]) -> bool:
    above = any(is_left_out(step, True, patterns) for step in parents(path))
    return above or is_left_out(path, is_folder, patterns)


def _problem(path: str, member: Member) -> str:
    if path_problem(path):
        return f"{member.name} leads out of the release"
    if path == MARKER:
        return f"{path} is a name that releases need for themselves"
    if member.kind == OTHER:
        return f"{member.name} is neither file, folder nor link"
    return link_problem(path, member.target) if member.kind == LINK else ""


def _through(path: str, entries: Mapping[str, Entry]) -> str:
    """A link or a file stands where a folder is needed: what is below it would be written elsewhere."""
    wrong = [step for step in parents(path) if entries[step].kind != FOLDER]
    if wrong:
        return f"{path} stands below {wrong[0]}, which is no folder"
    if entries[path].kind == LINK:
        return _link_through(path, entries)
    return ""


def _link_through(path: str, entries: Mapping[str, Entry]) -> str:
    """A link whose way goes through another link and then upwards may end anywhere."""
    steps = posixpath.join(posixpath.dirname(path), entries[path].target).split("/")
    below_a_link = False
    inside: list[str] = []
    for step in steps:
        if step == ".." and below_a_link:
            return f"the link {path} goes upwards behind another link"
        if step == "..":
            inside = inside[:-1]
        elif step not in ("", "."):
            inside.append(step)
        seen = entries.get("/".join(inside))
        below_a_link = below_a_link or (seen is not None and seen.kind == LINK)
    return ""


def with_hashes(entries: Iterable[Entry], hashes: Mapping[str, str]) -> tuple[Entry, ...]:
    return tuple(replace(entry, sha256=hashes.get(entry.path, "")) for entry in entries)
