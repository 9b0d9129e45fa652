# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON-shaped values as paths and leaves, list items called by name instead of by position.

Everything that has to point at a place (reasons, masks, messages) shares these paths, such as
`containerDefinitions[web].environment[LOG_LEVEL].value`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

#: The fields that tell items of a list apart, the first that an item has.
IDENTITIES = (
    "name",
    "containerName",
    "sourceContainer",
    "namespace",
    "hostname",
    "containerPort",
    "containerPortRange",
    "containerPath",
    "hostPath",
    "key",
)


def label(item: Any) -> str | None:
    """What an item of a list is called by a reader, if it has a name at all."""
    if not isinstance(item, Mapping):
        return None
    for identity in IDENTITIES:
        value = item.get(identity)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return f"{item[identity]}/udp" if item.get("protocol") == "udp" else str(item[identity])
    return None


def labels(items: list[Any]) -> list[str]:
    """One label for each item; an item with no name, or with a name used twice, is called by its position."""
    names = [label(item) for item in items]
    unique = {name for name in names if name is not None and names.count(name) == 1}
    return [name if name in unique else _position(index, unique) for index, name in enumerate(names)]


def _position(index: int, taken: set[str]) -> str:
    """`0`, or `#0` where another item is named 0: two places must never share a path."""
    position = str(index)
    while position in taken:
        position = f"#{position}"
    return position


def labelled(path: str, items: list[Any]) -> Iterator[tuple[str, Any]]:
    """The items of the list at `path`, each with its own path."""
    return ((f"{path}[{name}]", item) for name, item in zip(labels(items), items))


def _is_leaf(value: Any) -> bool:
    """Lists of plain values (a command, capabilities) are read as one thing."""
    if isinstance(value, Mapping):
        return not value
    return not isinstance(value, list) or not any(isinstance(item, (Mapping, list)) for item in value)


def _children(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield f"{path}.{key}" if path else str(key), child
    else:
        for name, child in zip(labels(value), value):
            yield f"{path}[{name}]", child


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf by its path."""
    if _is_leaf(value):
        return {path: value}
    found: dict[str, Any] = {}
    for child_path, child in _children(value, path):
        found.update(leaves(child, child_path))
    return found


def map_leaves(value: Any, function: Callable[[str, Any], Any], path: str = "") -> Any:
    """The same value with each leaf replaced by function(path, leaf)."""
    if _is_leaf(value):
        return function(path, value)
    children = [map_leaves(child, function, child_path) for child_path, child in _children(value, path)]
    return dict(zip(value, children)) if isinstance(value, Mapping) else children


def differing(before: Any, after: Any) -> list[str]:
    """The paths of the leaves that are not equal, or stand on one side only."""
    old, new = leaves(before), leaves(after)
    missing = object()
    paths = [*old, *(path for path in new if path not in old)]
    return [path for path in paths if path and old.get(path, missing) != new.get(path, missing)]
