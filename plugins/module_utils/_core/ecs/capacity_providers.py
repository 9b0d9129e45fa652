# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capacity providers and strategies made of them: what can be told wrong without asking AWS.

Sources: botocore, the texts of CapacityProviderStrategyItem and CreateCapacityProvider.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..findings import ERROR, Finding, shown
from ..words import nearest

FARGATE = ("FARGATE", "FARGATE_SPOT")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
_RESERVED = re.compile(r"aws|ecs|fargate", re.IGNORECASE)
_MOST, _HEAVIEST, _HIGHEST_BASE = 20, 1000, 100_000

_Problem = tuple[str, str, str, str]


def names(providers: Sequence[str], path: str) -> list[Finding]:
    """What is wrong with a list of capacity providers."""
    return [Finding(rule, ERROR, place, message, hint) for rule, place, message, hint in _names(providers, path)]


def strategy(items: Sequence[Mapping[str, Any]], path: str) -> list[Finding]:
    """What is wrong with a strategy whose items have the API's members."""
    problems = [*_names([item["capacityProvider"] for item in items], path), *_shares(items, path)]
    return [Finding(rule, ERROR, place, message, hint) for rule, place, message, hint in problems]


def not_associated(items: Iterable[Mapping[str, Any]], providers: Sequence[str]) -> list[str]:
    """The capacity providers of a strategy that are not among those of the cluster."""
    return [item["capacityProvider"] for item in items if item["capacityProvider"] not in providers]


def by_name(items: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """A strategy without order, with its defaults written out: two that are equal mean the same."""
    return {item["capacityProvider"]: {"base": item.get("base", 0), "weight": item.get("weight", 0)} for item in items}


def _names(providers: Sequence[str], path: str) -> Iterator[_Problem]:
    if len(providers) > _MOST:
        yield "provider-count", path, f"found {len(providers)} capacity providers, expected at most {_MOST}", ""
    for name, times in Counter(providers).items():
        if times > 1:
            yield "provider-twice", path, f"{shown(name)} is named {times} times", "each may be named once"
        if name in FARGATE:
            continue
        if name.startswith("arn:"):
            hint = "the part behind the last slash"
            yield "provider-name", path, f"{shown(name)} is an ARN, expected the short name", hint
        elif not _NAME.match(name):
            expected = "expected 1 to 255 letters, digits, hyphens and underscores"
            yield "provider-name", path, f"{shown(name)} is no valid name of a capacity provider", expected
        elif _RESERVED.match(name):
            near = nearest(name, FARGATE)
            hint = f"did you mean {near}?" if near else "names that start with aws, ecs or fargate are reserved"
            yield "provider-name", path, f"there can be no capacity provider {shown(name)}", hint


def _shares(items: Sequence[Mapping[str, Any]], path: str) -> Iterator[_Problem]:
    for item in items:
        place, weight, base = f"{path}[{item['capacityProvider']}]", item.get("weight", 0), item.get("base", 0)
        if not 0 <= weight <= _HEAVIEST:
            yield "strategy-weight", f"{place}.weight", f"found {weight}, expected 0 to {_HEAVIEST}", ""
        if not 0 <= base <= _HIGHEST_BASE:
            yield "strategy-base", f"{place}.base", f"found {base}, expected 0 to {_HIGHEST_BASE}", ""
    # A single one needs no weight: the text speaks of several, and many write it so.
    if len(items) > 1 and not any(item.get("weight", 0) for item in items):
        hint = "tasks go to capacity providers by their weight"
        yield "strategy-weight", path, "no capacity provider has a weight above 0", hint
    based = [item["capacityProvider"] for item in items if item.get("base")]
    if len(based) > 1:
        yield "strategy-base", path, f"{' and '.join(based)} have a base, expected one of them at most", ""
