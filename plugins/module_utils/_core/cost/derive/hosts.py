# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine for everything, as with systemd and Compose: an instance, its disk and its address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil

from ...findings import ERROR, INFO, WARNING
from ..instances import INSTANCES, Instance
from ..scenario import AUTOSCALING
from ..span import EXPECTED
from .availability import NOT_AVAILABLE
from .copies import Copies
from .design import Design, Draft
from .fit import Fit
from .nodes import (
    Overhead,
    add_workers,
    architecture,
    candidates,
    cost_of_one,
    in_words,
    items,
    no_prices,
    overhead,
    percent,
    total_of,
    usual,
)
from .packing import Item, Room
from .volumes import add_host_volumes

_ONE = Copies(1, 1, 1)
#: Of its memory, a host shows a little less than its type has, and what fills it to the brim is killed sooner or later.
_MOST_FULL = Fraction(9, 10)


def add_host(design: Design, draft: Draft) -> None:
    chip, problems = architecture(design)
    draft.findings += problems
    over = overhead(design)
    everything = _items(design)
    instance, chosen = _instance(design, chip, over, everything)
    _check(design, draft, instance, over, everything)
    add_workers(design, draft, "host", instance, _ONE, chosen, over.says)
    add_host_volumes(design, draft)
    draft.fit = _fit(instance, over, everything)
    draft.report(NOT_AVAILABLE, INFO, "", "everything runs on one host, and stops when it does")
    draft.report(f"no-{AUTOSCALING}", INFO, "", "a host starts no further copies when there is more to do")


def _items(design: Design) -> list[Item]:
    """One host has one copy of what runs on every node."""
    return items(tuple(replace(each, everywhere=False) for each in design.workloads), EXPECTED)


def _sum(everything: Iterable[Item], over: Overhead) -> Room:
    taken = over.takes
    for item in everything:
        taken = taken.less(item.takes, -item.copies)
    return taken


def _instance(design: Design, chip: str, over: Overhead, everything: list[Item]) -> tuple[Instance, str]:
    """The cheapest that holds everything; else the one that comes nearest, memory first: it is what kills.

    With it comes why, where it was not stated.
    """
    if design.topology.instance_type:
        return INSTANCES[design.topology.instance_type], ""
    types, needed = candidates(design, chip), _with_margin(_sum(everything, over))
    if not types:
        return usual(chip), no_prices(usual(chip))
    cost = cost_of_one(design)

    def rank(instance: Instance) -> tuple[object, ...]:
        left = total_of(instance).less(needed)
        missing = (max(-left.memory, 0), max(-left.cpus, 0))
        return (*missing, cost(instance), instance.type != usual(chip).type, instance.type)

    best = min(types, key=rank)
    reason = (
        "as the cheapest that holds the app"
        if total_of(best).holds(needed)
        else "which comes nearest to what is needed"
    )
    return best, f"{best.type} chosen, {reason}"


def _with_margin(needed: Room) -> Room:
    return needed._replace(memory=ceil(needed.memory / _MOST_FULL))


def _check(design: Design, draft: Draft, instance: Instance, over: Overhead, everything: list[Item]) -> None:
    """Memory that is missing kills; CPU time that is missing is shared."""
    needed, has = _sum(everything, over), total_of(instance)
    if needed.memory > has.memory:
        largest = max(everything, key=lambda item: (item.takes.memory * item.copies, item.name))
        most = f"most of it by {largest.name}, which takes {in_words(largest.takes)}"
        times = f" {largest.copies} times" if largest.copies > 1 else ""
        message = f"the app and the system take {in_words(needed)}, {most}{times}; {instance.type} has {in_words(has)}"
        path = f"services.{largest.name}"
        draft.report("does-not-fit", ERROR, path, message, _larger(design, Room(0, needed.memory), instance))
    elif _with_margin(needed).memory > has.memory:
        message = f"the app and the system take {in_words(needed)}; {instance.type} has {in_words(has)}"
        draft.report("memory-tight", WARNING, "", f"{message}: little is left", _larger(design, needed, instance))
    elif needed.cpus > has.cpus:
        message = f"the app and the system ask for {in_words(needed)}; {instance.type} has {in_words(has)}"
        draft.report(
            "cpu-shared", WARNING, "", f"{message}: at times they wait for CPU", _larger(design, needed, instance)
        )


def _larger(design: Design, needed: Room, instance: Instance) -> str:
    roomy = _with_margin(needed)
    fitting = [each for each in candidates(design, instance.architecture) if total_of(each).holds(roomy)]
    if fitting:
        return f"{min(fitting, key=cost_of_one(design)).type} is the cheapest that holds them"
    return "no type with a price in the region holds them: use a cluster, or price_overrides for a larger type"


def _fit(instance: Instance, over: Overhead, everything: list[Item]) -> Fit:
    used, has = _sum(everything, over), total_of(instance)
    names = tuple(item.name for item in everything for _each in range(item.copies))
    return Fit(1, instance.type, percent(used.cpus, has.cpus), percent(used.memory, has.memory), (names,))
