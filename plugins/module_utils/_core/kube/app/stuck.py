# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What server-side apply cannot take away from a workload, and how it goes all the same.

Only fields that are ours leave with the manifest. Of a probe that is removed, Kubernetes 1.20 keeps an empty one, and
every version keeps the default limits of a rolling update when the strategy changes. The API server refuses that.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from .hiding import plain

_STRATEGIES = ("strategy", "updateStrategy")


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
    gone = _gone(live["spec"]["template"], wanted["spec"]["template"], "/spec/template")
    changed = [key for key in _STRATEGIES if key in wanted["spec"] and live["spec"].get(key) != wanted["spec"][key]]
    replaced = [{"op": "replace", "path": f"/spec/{key}", "value": wanted["spec"][key]} for key in changed]
    return [*replaced, *({"op": "remove", "path": path} for path in gone)]


def _gone(before: Any, after: Any, path: str) -> Iterator[str]:
    """Mappings within mappings, and within items of lists that have the same name on both sides."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key, value in before.items():
            place = f"{path}/{_escaped(str(key))}"
            if key not in after and isinstance(value, Mapping):
                yield place
            elif key in after:
                yield from _gone(value, after[key], place)
    elif isinstance(before, list) and isinstance(after, list):
        named = {one["name"]: one for one in after if isinstance(one, Mapping) and "name" in one}
        for index, item in enumerate(before):
            if isinstance(item, Mapping) and item.get("name") in named:
                yield from _gone(item, named[item["name"]], f"{path}/{index}")


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
