# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is priced: a scenario, its parts, and what each of them uses in a month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Protocol

from ..findings import Finding
from .span import Span

#: What a scenario may be required to provide.
HIGH_AVAILABILITY, AUTOSCALING = PROVISIONS = ("high_availability", "autoscaling")

#: The key of a usage that brings its own price.
OWN_PRICE = "custom"


@dataclass(frozen=True)
class Usage:
    """What a month takes of one price. `quantity` is in the unit that the catalogue has for `key`.

    `formula` says in words how the expected quantity came about: "3 tasks x 0.5 vCPU x 730 h". `fixed`: it is billed
    by the hour or month whatever the traffic. `cost` is given with the key OWN_PRICE alone, in USD a month.
    """

    item: str
    key: str
    quantity: Span
    formula: str
    fixed: bool = True
    assumption: str = ""
    cost: Span | None = None


class Resource(Protocol):
    """A kind of thing that is billed; its file in `kinds/` describes its options."""

    KIND: ClassVar[str]

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        """What it uses in a month of so many hours. What it does not use has no usage; nothing costs zero here."""


@dataclass(frozen=True)
class Part:
    """A resource of a scenario. `label` tells it from the others: "web", "NAT gateway". Labels of a scenario differ."""

    label: str
    resource: Resource
    assumption: str = ""


@dataclass(frozen=True)
class Scenario:
    """`target` is empty where the resources were given, and else where a Compose file's app would run."""

    name: str
    region: str
    parts: tuple[Part, ...]
    provides: frozenset[str] = frozenset()
    target: str = ""
    findings: tuple[Finding, ...] = ()
