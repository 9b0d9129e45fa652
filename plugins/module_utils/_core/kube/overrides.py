# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user says of manifests, over what comes from the Compose file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..words import nearest

#: What tells the items of a list apart, where each has it: containers by name, mounts by path.
_IDENTITIES = ("name", "mountPath", "containerPort", "port", "key", "ip")


def overridden(
    manifests: list[dict[str, Any]], overrides: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    """The manifests, by `Kind/name`; null leaves one out. Beside them: overrides of nothing, what is said, a hint."""
    left, made = dict(overrides), []
    for manifest in manifests:
        place = f"{manifest['kind']}/{manifest['metadata']['name']}"
        over = left.pop(place, {})
        if over is not None:
            made.append(merged(manifest, over))
    known = [f"{manifest['kind']}/{manifest['metadata']['name']}" for manifest in manifests]
    return made, [(name, *_unknown(name, known)) for name in left]


def _unknown(name: str, known: list[str]) -> tuple[str, str]:
    near = nearest(name, known)
    return "the app has no such object", f"did you mean '{near}'?" if near else f"it has {', '.join(known)}"


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged, lists whose items have an identity by item, anything else is replaced; null removes."""
    made = dict(base)
    for key, value in over.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = _value(made.get(key), value)
    return made


def _value(base: Any, over: Any) -> Any:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return merged(base, over)
    if isinstance(base, list) and isinstance(over, list):
        items = [*base, *over]
        identity = next((name for name in _IDENTITIES if items and all(_has(item, name) for item in items)), None)
        if identity:
            return _items(base, over, identity)
    return over


def _has(item: Any, name: str) -> bool:
    return isinstance(item, Mapping) and name in item


def _items(base: list[Any], over: list[Any], identity: str) -> list[Any]:
    by_name = {str(item[identity]): dict(item) for item in base}
    for item in over:
        name = str(item[identity])
        if set(item) - {identity} and all(value is None for key, value in item.items() if key != identity):
            by_name.pop(name, None)  # nothing but nulls beside its name: it was to be removed
        else:
            by_name[name] = merged(by_name.get(name, {}), item)
    return list(by_name.values())
