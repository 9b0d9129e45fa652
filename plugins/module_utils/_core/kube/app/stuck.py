# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What server-side apply cannot take away from a workload, and how it goes all the same.

Only fields that are ours leave with the manifest. Of a probe that is removed, Kubernetes 1.20 keeps an empty one, and
every version keeps the default limits of a rolling update when the strategy changes. The API server refuses some of
that; an empty `valueFrom` it takes, and no pod is made of it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .hiding import plain
from .objects import MANAGER

_STRATEGIES = ("strategy", "updateStrategy")
_TEMPLATE = ("spec", "template")


@dataclass(frozen=True)
class Named:
    """An item of a list, by its name: positions are not the same everywhere."""

    name: str


#: Keys of mappings, and names of items.
Path = tuple[Any, ...]


def replacement(live: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The whole object as it would be if nobody but us had a say in its pods: to ask what the server makes of it."""
    whole = copy.deepcopy(plain(live))
    for part in ("labels", "annotations"):
        said = {**(whole["metadata"].get(part) or {}), **(manifest["metadata"].get(part) or {})}
        whole["metadata"].update({part: said} if said else {})
    spec = {key: value for key, value in whole["spec"].items() if key not in _STRATEGIES}
    return {**whole, "spec": {**spec, **copy.deepcopy(dict(manifest["spec"]))}}


def removals(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A JSON patch that takes away what is not in `wanted`, the object as it shall be. It has paths and no values."""
    changed = [key for key in _STRATEGIES if key in wanted["spec"] and live["spec"].get(key) != wanted["spec"][key]]
    replaced = [{"op": "replace", "path": f"/spec/{key}", "value": wanted["spec"][key]} for key in changed]
    return [*replaced, *patch(live, _gone(live["spec"]["template"], wanted["spec"]["template"], _TEMPLATE))]


def left_behind(live: Mapping[str, Any], predicted: Mapping[str, Any], replaced: Mapping[str, Any]) -> list[Path]:
    """Of what we said before and say no longer, what would still be there. Where nobody says what is ours: nothing."""
    entries = live["metadata"].get("managedFields") or []
    ours = [entry.get("fieldsV1") or {} for entry in entries if entry.get("manager") == MANAGER]
    gone = _gone(predicted["spec"]["template"], replaced["spec"]["template"], _TEMPLATE)
    return [path for path in gone if any(_has_field(fields, path) for fields in ours)]


def without(predicted: Mapping[str, Any], paths: list[Path]) -> dict[str, Any]:
    whole = copy.deepcopy(dict(predicted))
    for path in paths:
        inner = _at(whole, path[:-1])
        if isinstance(inner, dict):
            inner.pop(path[-1], None)
    return whole


def patch(live: Mapping[str, Any], paths: Any) -> list[dict[str, Any]]:
    """As a JSON patch of this very object."""
    return [{"op": "remove", "path": _pointer(live, path)} for path in paths if _at(live, path) is not None]


def _gone(before: Any, after: Any, path: Path) -> Iterator[Path]:
    """Mappings within mappings, and within items of lists that have the same name on both sides."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key, value in before.items():
            if key not in after and isinstance(value, Mapping):
                yield (*path, key)
            elif key in after:
                yield from _gone(value, after[key], (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        named = {one["name"]: one for one in after if isinstance(one, Mapping) and "name" in one}
        for item in before:
            if isinstance(item, Mapping) and item.get("name") in named:
                yield from _gone(item, named[item["name"]], (*path, Named(item["name"])))


def _at(value: Any, path: Path) -> Any:
    """What stands there; None where nothing does."""
    for key in path:
        if isinstance(key, Named):
            value = next((one for one in value or [] if one.get("name") == key.name), None)
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _pointer(live: Any, path: Path) -> str:
    words, value = [], live
    for key in path:
        step = [one.get("name") for one in value].index(key.name) if isinstance(key, Named) else key
        words.append(str(step).replace("~", "~0").replace("/", "~1"))
        value = value[step]
    return "/" + "/".join(words)


def _has_field(fields: Any, path: Path) -> bool:
    """Whether a path, or something below it, is among the fields of one manager."""
    for key in path:
        if not isinstance(fields, Mapping):
            return False
        fields = fields.get(_item(fields, key.name) if isinstance(key, Named) else f"f:{key}")
    return fields is not None


def _item(fields: Mapping[str, Any], name: str) -> str:
    keyed = [key for key in fields if key.startswith("k:")]
    return next((key for key in keyed if json.loads(key[2:]).get("name") == name), "")
