# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What derivation starts from, and what it collects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from ...app import App
from ...findings import Finding
from ..price import Book
from ..scenario import Part, Resource
from .copies import Copies
from .demand import Workload
from .exposure import balancer
from .fit import Fit
from .targets import HOSTS
from .topology import Topology
from .values import PUBLIC


@dataclass(frozen=True)
class Design:
    """An app on a target. `copies` are the numbers of copies that were stated."""

    app: App
    target: str
    topology: Topology
    region: str
    book: Book
    copies: Mapping[str, int]
    workloads: tuple[Workload, ...]

    @cached_property
    def balancer(self) -> str:
        return balancer(self.app, self.target, self.topology)

    @property
    def addresses(self) -> bool:
        """Whether each host, node and task has a public IPv4 address."""
        public = self.target in HOSTS or self.topology.network == PUBLIC
        return public and self.topology.public_ipv4 is not False


@dataclass
class Draft:
    """Parts get labels that differ."""

    parts: list[Part] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    provides: set[str] = field(default_factory=set)
    fit: Fit | None = None
    _labels: set[str] = field(default_factory=set)

    def add(self, label: str, resource: Resource, *assumptions: str) -> None:
        unique, times = label, 1
        while unique in self._labels:
            times += 1
            unique = f"{label} {times}"
        self._labels.add(unique)
        self.parts.append(Part(unique, resource, "; ".join(text for text in assumptions if text)))

    def report(self, rule: str, severity: str, path: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(rule, severity, path, message, hint))


def counted(copies: Copies) -> dict[str, Any]:
    """The number of copies as resources take it."""
    if copies.low == copies.expected == copies.high:
        return {"count": copies.expected}
    return {"count_min": copies.low, "count_expected": copies.expected, "count_max": copies.high}


def assumed(stated: Decimal | None, usual: str, says: str) -> tuple[Decimal, str]:
    """A figure, and what is said of it where nobody stated it; {} in `says` stands for the figure."""
    return (Decimal(usual), f"{says.format(usual)} assumed") if stated is None else (stated, "")
