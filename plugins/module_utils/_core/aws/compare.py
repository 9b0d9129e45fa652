# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing what is asked for with what AWS holds, where only what was asked for counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def asked_of(present: Any, wanted: Any) -> Any:
    """The part of `present` that `wanted` speaks of: members that it names, however deep. Lists are one thing."""
    if not isinstance(wanted, Mapping) or not isinstance(present, Mapping):
        return present
    return {key: asked_of(present[key], value) for key, value in wanted.items() if key in present}


def without_defaults(value: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Leaves out members that say no more than their default, so that it is no matter whether AWS returns them."""
    return {key: child for key, child in value.items() if child is not None and defaults.get(key, _NOTHING) != child}


def unordered(items: list[Any]) -> list[Any]:
    """A list that is a set to the API, in one order whatever order it came in."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str))


_NOTHING = object()
