# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of Fargate tasks: how they are bought, and how large they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from decimal import Decimal

from ...ecs.fargate_sizes import sizes
from ..adjust.commitment import COVERED, Commitment
from ..amounts import digits
from ..instances import ARM
from ..kinds.fargate import FargateTask
from ..kinds.fargate_values import UNITS, WINDOWS_OS
from ..scenario import Part, Scenario
from .edit import P95, Edit, named, on_each, option, parts_of, topology

#: A share that leaves some tasks when AWS takes all of Spot back.
_SPOT_SHARE = Decimal("0.7")


def edits_of_tasks(scenario: Scenario, committed: bool, labels: Collection[str]) -> Iterator[Edit]:
    """All tasks together, but for sizes: those of the parts with these labels."""
    tasks = parts_of(scenario, FargateTask)
    for part, task in tasks:
        if part.label in labels:
            yield from _smaller(scenario, part, task)
    on_arm = [part.label for part, task in tasks if _on_arm(task)]
    if on_arm:
        written = option(scenario, "architecture: arm", topology("architecture: arm"))
        apply = on_each(FargateTask, on_arm, _on_arm)
        yield Edit(f"run {named(on_arm)} on ARM {written}", "architecture of tasks", apply)
    on_spot = [part.label for part, task in tasks if _on_spot(task)]
    if on_spot:
        words = f"spot_share: {_SPOT_SHARE}"
        sentence = f"run 70 % of {named(on_spot)} on Spot {option(scenario, words, topology(words))}"
        yield Edit(sentence, "Spot share", on_each(FargateTask, on_spot, _on_spot))
    if not committed and any(usage.key in COVERED for part, task in tasks for usage in task.usages(Decimal(1))):
        terms = "commitment: {term_years: 1, payment: no_upfront}"
        yield Edit(f"a Compute Savings Plan for what always runs ({terms})", "commitment", lambda s: s, Commitment())


def _on_arm(task: FargateTask) -> FargateTask | None:
    return None if task.os == WINDOWS_OS or task.architecture == ARM else replace(task, architecture=ARM)


def _on_spot(task: FargateTask) -> FargateTask | None:
    return None if task.os == WINDOWS_OS or task.spot_share >= _SPOT_SHARE else replace(task, spot_share=_SPOT_SHARE)


def _smaller(scenario: Scenario, part: Part, task: FargateTask) -> Iterator[Edit]:
    """The next smaller valid pairs: with less memory, and with fewer vCPU."""
    for vcpu, gib in _pairs_below(task):
        units, mib = int(vcpu * UNITS), int(gib * UNITS)
        given = f"vcpu: {digits(vcpu)}, memory_gib: {digits(gib)}"
        written = option(scenario, given, f"x-ecs: {{cpu: {units}, memory: {mib}}}")
        sentence = f"run {part.label} with {digits(vcpu)} vCPU and {digits(gib)} GiB {written}, {P95}"
        yield Edit(sentence, f"size of {part.label}", on_each(FargateTask, (part.label,), _sized(vcpu, gib)))


def _sized(vcpu: Decimal, gib: Decimal) -> Callable[[FargateTask], FargateTask]:
    return lambda task: replace(task, vcpu=vcpu, memory_gib=gib)


def _pairs_below(task: FargateTask) -> Iterator[tuple[Decimal, Decimal]]:
    known = sizes(task.os == WINDOWS_OS)
    units, mib = int(task.vcpu * UNITS), int(task.memory_gib * UNITS)
    less_memory = [size for size in known.get(units, ()) if size < mib]
    if less_memory:
        yield task.vcpu, Decimal(less_memory[-1]) / UNITS
    fewer_cpus = [cpu for cpu in known if cpu < units]
    if fewer_cpus:
        fitting = [size for size in known[fewer_cpus[-1]] if size <= mib]
        if fitting:
            yield Decimal(fewer_cpus[-1]) / UNITS, Decimal(fitting[-1]) / UNITS
