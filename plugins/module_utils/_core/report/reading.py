# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result of cost_check, with the questions that every part of the report asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .money import exactly

#: What targets are called. A scenario that has its target's name is called so, too; any other keeps its own.
TARGETS = {
    "systemd": "systemd",
    "compose": "Compose",
    "fargate": "Fargate",
    "ecs_ec2": "ECS on EC2",
    "kubeadm": "kubeadm",
    "eks": "EKS",
}
LEVELS = ("low", "expected", "high")
#: A verdict of a scenario, in words.
VERDICTS = {"pass": "fits", "fail": "over budget", "indeterminate": "cannot tell"}

Scenario = Mapping[str, Any]


def label_of(scenario: Scenario) -> str:
    name = str(scenario["name"])
    return TARGETS.get(name, name) if name == scenario.get("target") else name


def words(names: Sequence[str]) -> str:
    """high_availability and autoscaling, as people say it."""
    return ", ".join(name.replace("_", " ") for name in names)


def joined(parts: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


@dataclass(frozen=True)
class Reading:
    result: Mapping[str, Any]

    @property
    def scenarios(self) -> list[Scenario]:
        """Cheapest first; those with a line without a price, which cost more than is known, last."""
        given = self.result.get("scenarios") or []
        return sorted(given, key=lambda scenario: (not scenario["complete"], exactly(scenario[self.level])))

    @property
    def gate(self) -> str:
        return str((self.result.get("budget") or {}).get("gate") or "expected")

    @property
    def level(self) -> str:
        """The level at which scenarios are judged, and compared."""
        return self.gate if self.gate in LEVELS else "expected"

    @property
    def budget(self) -> Any:
        """USD a month, or None."""
        return (self.result.get("budget") or {}).get("usd_per_month")

    @property
    def budget_total(self) -> Any:
        return (self.result.get("budget") or {}).get("usd_total")

    @property
    def best(self) -> Scenario | None:
        """The scenario that the headline is about: the cheapest one that fits, or else the cheapest one."""
        name = self.result.get("cheapest_fitting") or self.result.get("cheapest")
        return self.named(name)

    def recommends(self, scenario: Scenario) -> bool:
        """Whether a scenario is to stand out: the best one, unless it is over the budget."""
        return scenario is self.best and self.kind(scenario) in ("pass", "none")

    def named(self, name: str | None) -> Scenario | None:
        return next((scenario for scenario in self.scenarios if scenario["name"] == name), None)

    def label(self, name: str | None, otherwise: str = "none") -> str:
        scenario = self.named(name)
        return label_of(scenario) if scenario else str(name or otherwise)

    def cost(self, scenario: Scenario) -> Any:
        """What it is judged by."""
        return scenario[self.level]

    @property
    def regions(self) -> list[str]:
        return sorted({str(scenario["region"]) for scenario in self.scenarios})

    def kind(self, scenario: Scenario) -> str:
        """The class of the page that shows how it was judged. What lacks something required is no candidate."""
        return "lacking" if scenario.get("lacks") else str(scenario.get("verdict") or "none")

    def colour(self, scenario: Scenario) -> str:
        """The class of a bar: what may be chosen stands out."""
        return "pass" if self.recommends(scenario) else self.kind(scenario)


def amounts(scenario: Scenario) -> tuple[Decimal, Decimal, Decimal]:
    low, expected, high = (exactly(scenario[level]) for level in LEVELS)
    return low, expected, high
