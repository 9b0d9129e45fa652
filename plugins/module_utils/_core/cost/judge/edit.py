# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit: a change of a scenario that may make it cheaper, said in words that can be typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..adjust.commitment import Commitment
from ..kinds.network import PublicIpv4
from ..scenario import Part, Resource, Scenario

_Kind = TypeVar("_Kind", bound=Resource)
#: So many names stand in a sentence; then they are counted.
_NAMED = 3
#: Said of edits that leave less room.
P95 = "only if p95 use allows"

#: The scenario with the edit, or None where it does not apply. Others may have been made before it.
Apply = Callable[[Scenario], "Scenario | None"]


@dataclass(frozen=True)
class Edit:
    """Two edits of one `topic` contradict each other. A `commitment` changes the bill and not the scenario."""

    sentence: str
    topic: str
    apply: Apply
    commitment: Commitment | None = None


def parts_of(scenario: Scenario, kind: type[_Kind]) -> list[tuple[Part, _Kind]]:
    return [(part, part.resource) for part in scenario.parts if isinstance(part.resource, kind)]


def changed(scenario: Scenario, resources: Mapping[str, Resource | None], add: Iterable[Part] = ()) -> Scenario:
    """With other resources for some parts, by their labels. None takes a part away."""
    kept = [
        part if part.label not in resources else _with(part, resources[part.label])
        for part in scenario.parts
        if resources.get(part.label, part) is not None
    ]
    return replace(scenario, parts=(*kept, *add))


def _with(part: Part, resource: Any) -> Part:
    return replace(part, resource=resource)


def on_each(kind: type[_Kind], labels: Collection[str], change: Callable[[_Kind], _Kind | None]) -> Apply:
    """What `change` makes of the parts with these labels; it gives None where there is nothing to change."""
    wanted = frozenset(labels)

    def apply(scenario: Scenario) -> Scenario | None:
        made = {part.label: change(resource) for part, resource in parts_of(scenario, kind) if part.label in wanted}
        resources = {label: resource for label, resource in made.items() if resource is not None}
        return changed(scenario, resources) if resources else None

    return apply


def option(scenario: Scenario, given: str, derived: str) -> str:
    """What to write: for a resource that was given, or for one that was derived from a Compose file."""
    return f"({derived if scenario.target else given})"


def topology(words: str) -> str:
    return f"topology: {{{words}}}"


def named(labels: Collection[str]) -> str:
    shown = list(labels)
    more = len(shown) - _NAMED
    return f"{', '.join(shown[:_NAMED])} and {more} more" if more > 0 else " and ".join(shown)


def addresses_of(scenario: Scenario, words: str) -> list[tuple[Part, PublicIpv4]]:
    """Public addresses that are said to be of something. `words` is a pattern for whole words of the label."""
    wanted = re.compile(rf"\b({words})s?\b", re.IGNORECASE)
    return [(part, address) for part, address in parts_of(scenario, PublicIpv4) if wanted.search(part.label)]
