# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own definition over the one that comes from Compose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Lists whose items have an identity, and what it is made of. Other lists are replaced.
_IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "containerDefinitions": ("name",),
    "environment": ("name",),
    "mountPoints": ("containerPath",),
    "portMappings": ("containerPort", "containerPortRange", "protocol"),
    "secrets": ("name",),
    "volumes": ("name",),
}
_DEFAULTS: Mapping[str, Any] = {"protocol": "tcp"}
#: A variable stands in one of these: given in the other, it moves.
_VARIABLES = ("environment", "secrets")


def merge_definition(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged, lists with identities by item, anything else is replaced; null removes.

    An item that is left with nothing but its identity was to be removed. A volume is replaced as a whole, for it is of
    one kind. What is merged in may be ill-formed: it is taken as it is, and the checks of the whole report it.
    """
    merged = dict(base)
    for field, value in over.items():
        if value is None:
            merged.pop(field, None)
        else:
            merged[field] = _merged(field, merged.get(field), value)
    return merged


def _merged(field: str, base: Any, over: Any) -> Any:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return merge_definition(base, over)
    items = [*base, *over] if isinstance(base, list) and isinstance(over, list) else []
    if field in _IDENTITIES and items and all(isinstance(item, Mapping) for item in items):
        return _merged_items(field, base, over)
    return over


def _merged_items(field: str, base: list[Any], over: list[Any]) -> list[Any]:
    merged = {_identity(field, item): dict(item) for item in base}
    for item in over:
        identity = _identity(field, item)
        known = {} if field == "volumes" else merged.get(identity, {})
        merged[identity] = _merged_item(field, known, item)
        if None in item.values() and not set(merged[identity]) - set(_IDENTITIES[field]):
            del merged[identity]
    return list(merged.values())


def _merged_item(field: str, base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    if field != "containerDefinitions":
        return merge_definition(base, over)
    moved = {variables: _names(over.get(other)) for variables, other in zip(_VARIABLES, reversed(_VARIABLES))}
    kept = dict(base)
    for variables, names in moved.items():
        if names and variables in kept:
            kept[variables] = [item for item in kept[variables] if item.get("name") not in names]
    return merge_definition(kept, over)


def _names(items: Any) -> set[Any]:
    listed = items if isinstance(items, list) else []
    return {item.get("name") for item in listed if isinstance(item, Mapping) and None not in item.values()}


def _identity(field: str, item: Mapping[str, Any]) -> tuple[str, ...]:
    """As text: a port may be 80 or, from a template, "80"."""
    return tuple(str(item.get(key, _DEFAULTS.get(key))) for key in _IDENTITIES[field])
