# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of how many there are, of Fargate tasks and of EC2 instances that were given.

Instances that were derived hold what was packed onto them, and fewer of them would not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Any, Union

from ..kinds.counts import counts_of
from ..kinds.ec2 import Ec2Instance
from ..kinds.fargate import FargateTask
from ..kinds.network import PublicIpv4
from ..kinds.storage import EbsGp3
from ..scenario import AUTOSCALING, HIGH_AVAILABILITY, Part, Resource, Scenario
from ..span import HIGH
from .edit import P95, Apply, Edit, changed, option, parts_of, topology

Compute = Union[FargateTask, Ec2Instance]


def compute(scenario: Scenario) -> list[tuple[Part, Compute]]:
    return [*parts_of(scenario, FargateTask), *parts_of(scenario, Ec2Instance)]


def edits_of_copies(
    scenario: Scenario, level: str, over: Decimal, costs: Mapping[str, Decimal], labels: Collection[str]
) -> Iterator[Edit]:
    """Fewer copies of the parts with these labels. `costs` are those of parts at the level of the gate."""
    for part, resource in compute(scenario):
        counts = counts_of(resource)[0]
        packed = scenario.target and isinstance(resource, Ec2Instance)
        if packed or part.label not in labels:
            continue
        if counts.low == counts.high:
            yield from _one_fewer(scenario, part, int(counts.low) - 1)
        elif level == HIGH:
            yield from _lower_maximum(scenario, part, resource, over, costs[part.label])
        else:
            yield from _minimum(scenario, part, resource)


def _one_fewer(scenario: Scenario, part: Part, fewer: int) -> Iterator[Edit]:
    """Of a fixed number. Control planes go by odd numbers, so one fewer of them is none the better."""
    if fewer >= 1 and "control plane" not in part.label.lower():
        written = option(scenario, f"count: {fewer}", topology(f"copies: {{{part.label}: {fewer}}}"))
        names = ("count", "count_min", "count_max", "count_expected")
        yield _edit(f"one of {part.label} fewer {written}, {P95}", part, names, fewer)


def _minimum(scenario: Scenario, part: Part, resource: Compute) -> Iterator[Edit]:
    """Of a range of which more than the least is expected."""
    least = max(resource.count_min or 0, 1)
    if counts_of(resource)[0].expected > least:
        written = option(scenario, f"count_expected: {least}", f"x-ecs: {{desired_count: {least}}}")
        yield _edit(f"{part.label} at its minimum on average {written}, {P95}", part, ("count_expected",), least)


def _lower_maximum(scenario: Scenario, part: Part, resource: Compute, over: Decimal, cost: Decimal) -> Iterator[Edit]:
    """Of a range: as many fewer as the budget is missed by, or as many as there are to take."""
    most = resource.count_max or 0
    floor = max(resource.count_min or 0, resource.count_expected or 0, 1)
    if most <= floor or cost <= 0:
        return
    lowered = max(most - int((over * most / cost).to_integral_value(ROUND_CEILING)), floor)
    written = option(scenario, f"count_max: {lowered}", f"x-ecs: {{max: {lowered}}}")
    yield _edit(f"at most {lowered} of {part.label} {written}", part, ("count_max",), lowered)


def _edit(sentence: str, part: Part, names: Collection[str], number: int) -> Edit:
    return Edit(sentence, f"copies of {part.label}", _counted(part.label, names, number))


def _counted(label: str, names: Collection[str], number: int) -> Apply:
    """Sets counts of the part, and of the addresses and disks that each copy has."""

    def apply(scenario: Scenario) -> Scenario | None:
        leader = next((resource for part, resource in compute(scenario) if part.label == label), None)
        if leader is None:
            return None
        resources: dict[str, Resource | None] = {label: _with_counts(leader, names, number)}
        companions: list[tuple[Part, PublicIpv4 | EbsGp3]] = [
            *parts_of(scenario, PublicIpv4),
            *parts_of(scenario, EbsGp3),
        ]
        for part, resource in companions:
            if _belongs(part.label, label) and counts_of(resource)[0] == counts_of(leader)[0]:
                resources[part.label] = _with_counts(resource, names, number)
        return _provisions(changed(scenario, resources), label)

    return apply


def _belongs(label: str, leader: str) -> bool:
    """Whether something is said to be of each copy: "web addresses" of "web", "node disks" of "nodes"."""
    noun = re.escape(leader[:-1] if leader.endswith("s") else leader)
    return bool(re.fullmatch(rf"{noun}s? (address(es)?|disks?)", label, re.IGNORECASE))


def _with_counts(resource: Compute | PublicIpv4 | EbsGp3, names: Collection[str], number: int) -> Resource:
    """A fixed number is written as `count`, which stands alone, or as a range without width."""
    ranged = resource.count_max is not None
    counts: dict[str, Any] = {name: number for name in names if (name != "count") == ranged}
    made: Resource = replace(resource, **counts)
    return made


def _provisions(scenario: Scenario, label: str) -> Scenario:
    """A single copy is not highly available, and a fixed number does not scale."""
    counts = {part.label: counts_of(resource)[0] for part, resource in compute(scenario)}
    lost = {HIGH_AVAILABILITY} if counts[label].high < 2 else set()
    if all(count.low == count.high for count in counts.values()):
        lost.add(AUTOSCALING)
    return replace(scenario, provides=scenario.provides - lost)
