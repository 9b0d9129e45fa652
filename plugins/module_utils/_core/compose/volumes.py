# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry of a service's `volumes` in its short form: ./data:/data:ro, cache:/cache, /scratch."""

from __future__ import annotations

import re
from typing import Any

from .kinds import found

#: A literal reference to a variable, written with two dollars in the file, may hold colons.
_DELIMITER = re.compile(r"\$\{|\}|:")
_WINDOWS = re.compile(r"[.~]{0,2}\\")
_PROPAGATIONS = ("rprivate", "private", "rshared", "shared", "rslave", "slave")
#: What each option says of a bind mount. Compose ignores options that it does not know, such as `cached`.
_BIND = {
    **{word: {"propagation": word} for word in _PROPAGATIONS},
    **{letter: {"selinux": letter} for letter in ("z", "Z")},
}


def volume(entry: Any) -> dict[str, Any]:
    """The long form. Paths of the host stay as they are written."""
    if not isinstance(entry, str):
        raise ValueError(f"{found(entry)}, expected a text such as ./data:/data, or a mapping")
    fields = _fields(entry)
    _refuse_windows(entry, fields)
    if "" in fields or len(fields) > 3:
        raise ValueError(f"{found(entry)}, expected TARGET, SOURCE:TARGET or SOURCE:TARGET:OPTIONS")
    if len(fields) == 1:
        # Compose looks into a text of more than two bytes only, which is seen in what it prints.
        anonymous: dict[str, Any] = {"type": "volume", "target": clean_path(entry)}
        return {**anonymous, "volume": {}} if len(entry.encode()) > 2 else anonymous
    source, target, *rest = fields
    options = rest[0].split(",") if rest else []
    return {"source": source, "target": clean_path(target), **_mount(source, options)}


def clean_path(path: str) -> str:
    """The shortest path of the same meaning, as Go's path.Clean gives it."""
    rooted = path.startswith("/")
    kept: list[str] = []
    for name in path.split("/"):
        if name == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif name not in ("", ".") and not (name == ".." and rooted):
            kept.append(name)
    return "/" * rooted + "/".join(kept) or "."


def _fields(entry: str) -> list[str]:
    """The text between colons; those within a reference do not count."""
    if "${" not in entry:
        return entry.split(":")
    fields, start, depth = [], 0, 0
    for delimiter in _DELIMITER.finditer(entry):
        if delimiter[0] == ":" and depth == 0:
            fields.append(entry[start : delimiter.start()])
            start = delimiter.end()
        elif delimiter[0] != ":":
            depth = max(0, depth + (1 if delimiter[0] != "}" else -1))
    if depth:
        raise ValueError(f"{found(entry)}, expected a closing brace for each ${{")
    return [*fields, entry[start:]]


def _refuse_windows(entry: str, fields: list[str]) -> None:
    """Compose takes one letter in front of a colon for a drive, be it meant as the name of a volume."""
    if any(len(field) == 1 and field.isalpha() for field in fields[:-1]):
        raise ValueError(
            f"{found(entry)}, where one letter and a colon are a drive of Windows to Compose, "
            "expected a path of Linux, or a volume whose name has two letters or more"
        )
    if any(_WINDOWS.match(field) for field in fields):
        raise ValueError(f"{found(entry)}, a path of Windows, expected one of Linux, where the app runs")


def _mount(source: str, options: list[str]) -> dict[str, Any]:
    bind = {key: said for option in options for key, said in _BIND.get(option, {}).items()}
    details = {"nocopy": True} if "nocopy" in options else {}
    access = [option for option in options if option in ("ro", "rw")]
    mount: dict[str, Any] = {"read_only": True} if access[-1:] == ["ro"] else {}
    if source.startswith((".", "/", "~")):
        mount.update(type="bind", bind={**bind, "create_host_path": True})
        return {**mount, "volume": details} if details else mount
    mount.update(type="volume", volume=details)
    return {**mount, "bind": bind} if bind else mount
