# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pools of equal nodes: ECS on EC2, and Kubernetes by kubeadm and on EKS, with their control planes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial

from ...findings import ERROR, WARNING, Finding
from ..instances import INSTANCES, Instance
from ..kinds.clusters import EksCluster
from ..span import EXPECTED, HIGH, LEVELS, LOW
from .availability import add_availability
from .copies import Copies
from .design import Design, Draft
from .fit import Fit
from .nodes import (
    NODE,
    Overhead,
    add_instances,
    add_workers,
    architecture,
    candidates,
    cost_of_one,
    everywhere,
    in_words,
    items,
    no_prices,
    overhead,
    percent,
    room_on,
    total_of,
    usual,
)
from .packing import Item, Packing, Room, fewest, pack, spread

#: Two nodes survive the loss of one.
_LEAST_NODES = 2
_SAYS = {
    "ecs_ec2": "network mode bridge, so that an instance's network interfaces do not limit its tasks",
    "kubeadm": "",
    "eks": "with prefix delegation, so that an instance's addresses do not limit its pods",
}


_Rank = tuple[bool, Decimal, bool, str]


@dataclass(frozen=True)
class Pool:
    """Nodes of one type, with what is to run on them at each level of a Span."""

    design: Design
    over: Overhead
    items: Mapping[str, list[Item]]
    instance: Instance

    @cached_property
    def room(self) -> Room:
        """What is free on each beside what all of them run."""
        return room_on(self.instance, self.over, self.design.workloads)

    @cached_property
    def packed(self) -> Mapping[str, Packing]:
        """By level; levels with the same copies are packed once."""
        done: dict[str, Packing] = {}
        for level in LEVELS:
            same = (found for other, found in done.items() if self.items[other] == self.items[level])
            done[level] = next(same, None) or pack(self.items[level], self.room)
        return done

    def needed(self, level: str) -> int:
        return len(self.packed[level].nodes)

    def fewest(self, level: str) -> int:
        return fewest(self.items[level], self.room)

    @property
    def too_large(self) -> list[Item]:
        return [item for item in self.items[HIGH] if not self.room.holds(item.takes)]

    def placement(self, level: str, nodes: int) -> tuple[tuple[str, ...], ...]:
        """As a scheduler would place it, where that has room for all; what every node runs comes first."""
        packed = spread(self.items[level], self.room, nodes) or self.packed[level].nodes
        own = tuple(everywhere(self.design.workloads))
        return tuple((*own, *names) for names in (*packed, *((),) * (nodes - len(packed)))[:nodes])


def add_cluster(design: Design, draft: Draft) -> None:
    chip, problems = architecture(design)
    draft.findings += problems
    pool, chosen = _pool(design, chip)
    draft.findings += _too_large(pool)
    counts = _counts(pool)
    draft.findings += _too_few(pool, counts)
    _add_control_plane(design, draft)
    scheduled = ", ".join(each.name for each in design.workloads if each.scheduled)
    kept = f"room for scheduled tasks at any time ({scheduled})" if scheduled else ""
    says = (chosen, pool.over.says, _SAYS[design.target], kept)
    add_workers(design, draft, NODE, pool.instance, counts, *says)
    draft.fit = _fit(pool, counts.expected)
    add_availability(design, draft, pool.placement(LOW, counts.low))


def _pool(design: Design, chip: str) -> tuple[Pool, str]:
    """Of the type that is stated; else of that which holds every copy and with which the expected nodes cost least.

    With it comes why, where it was not stated.
    """
    todo = {level: items(design.workloads, level) for level in LEVELS}
    make = partial(Pool, design, overhead(design), todo)
    if design.topology.instance_type:
        return make(INSTANCES[design.topology.instance_type]), ""
    pools = [make(instance) for instance in candidates(design, chip)]
    if not pools:
        return make(usual(chip)), no_prices(usual(chip))
    holding = [pool for pool in pools if min(pool.room) >= 0 and not pool.too_large]
    if not holding:
        largest = max(pools, key=lambda pool: (pool.room.memory, pool.room.cpus, pool.instance.type))
        return largest, f"{largest.instance.type} taken, the largest with a price"
    cheapest = _cheapest(design, holding, usual(chip))
    return cheapest, f"{cheapest.instance.type} chosen, with which the nodes cost least"


def _cheapest(design: Design, pools: list[Pool], favourite: Instance) -> Pool:
    """Packing takes time, so that it is left out for types that cannot be the cheapest any more."""
    cost = cost_of_one(design)
    prices = {pool.instance.type: cost(pool.instance) for pool in pools}
    least, most = _least(design), design.topology.nodes_max

    def rank(pool: Pool, nodes: Callable[[str], int]) -> _Rank:
        """Those first that `nodes_max` suffices for; of those that cost the same the usual one."""
        name, short = pool.instance.type, most is not None and nodes(HIGH) > most
        return short, prices[name] * max(least, nodes(EXPECTED)), pool.instance != favourite, name

    bounds = {pool.instance.type: rank(pool, pool.fewest) for pool in pools}
    best: _Rank | None = None
    for pool in sorted(pools, key=lambda pool: bounds[pool.instance.type]):
        if best is None or bounds[pool.instance.type] < best:
            found = rank(pool, pool.needed)
            best = found if best is None else min(best, found)
    return next(pool for pool in pools if best and pool.instance.type == best[-1])


def _least(design: Design) -> int:
    least, most = design.topology.nodes_min, design.topology.nodes_max
    return min(_LEAST_NODES, most or _LEAST_NODES) if least is None else least


def _counts(pool: Pool) -> Copies:
    """Nodes at each level; `nodes_max` is what the high figure has."""
    most = pool.design.topology.nodes_max
    low = max(_least(pool.design), pool.needed(LOW))
    expected = max(low, pool.needed(EXPECTED))
    high = max(expected, pool.needed(HIGH))
    if most is None:
        return Copies(low, expected, high)
    return Copies(min(low, most), min(expected, most), most)


def _too_large(pool: Pool) -> Iterator[Finding]:
    """What has no room on an empty node."""
    room, name = pool.room, pool.instance.type
    has = f"a {name} node has {in_words(total_of(pool.instance))}"
    if min(room) < 0:
        own = ", ".join(everywhere(pool.design.workloads))
        message = f"{has}, and the system{f' and {own}' if own else ''} take more than that on each"
        yield Finding("does-not-fit", ERROR, "topology.instance_type", message, "take a larger instance_type")
        return
    for item in pool.too_large:
        path = {each.name: each.path for each in pool.design.workloads}[item.name]
        message = f"one copy takes {in_words(item.takes)}; {has}, of which {in_words(room)} are free"
        yield Finding("does-not-fit", ERROR, path, message, _larger(pool, item))


def _larger(pool: Pool, item: Item) -> str:
    design, chip = pool.design, pool.instance.architecture
    rooms = [(each, room_on(each, pool.over, design.workloads)) for each in candidates(design, chip)]
    fitting = [instance for instance, room in rooms if room.holds(item.takes)]
    if fitting:
        return f"{min(fitting, key=cost_of_one(design)).type} is the cheapest that holds it"
    return "no type with a price in the region holds it; add one by price_overrides"


def _too_few(pool: Pool, counts: Copies) -> Iterator[Finding]:
    """`nodes_max` that do not hold all copies."""
    expected, high = pool.needed(EXPECTED), pool.needed(HIGH)
    if expected > counts.expected:
        message = f"the expected copies need {expected} nodes of {pool.instance.type}, nodes_max is {counts.high}"
        yield Finding("too-few-nodes", ERROR, "topology.nodes_max", message, f"set nodes_max to {expected} or more")
    elif high > counts.high:
        message = f"the most copies need {high} nodes of {pool.instance.type}, nodes_max is {counts.high}"
        yield Finding("too-few-nodes", WARNING, "topology.nodes_max", f"{message}: some of them will not start")


def _add_control_plane(design: Design, draft: Draft) -> None:
    if design.target == "eks":
        draft.add("EKS control plane", EksCluster(extended_support=design.topology.extended_support))
    if design.target == "kubeadm":
        number = design.topology.control_planes
        shared = "their common address needs no load balancer, as with kube-vip" if number > 1 else ""
        stated = design.topology.control_plane_type
        instance = INSTANCES[stated] if stated else usual(architecture(design)[0])
        add_instances(design, draft, "control plane", instance, Copies(number, number, number), None, shared)


def _fit(pool: Pool, nodes: int) -> Fit:
    """What is free on all nodes is what is not taken."""
    free, own = pool.room, total_of(pool.instance)
    used = Room((own.cpus - free.cpus) * nodes, (own.memory - free.memory) * nodes)
    for item in pool.items[EXPECTED]:
        used = used.less(item.takes, -item.copies)
    cpu, memory = percent(used.cpus, own.cpus * nodes), percent(used.memory, own.memory * nodes)
    return Fit(nodes, pool.instance.type, cpu, memory, pool.placement(EXPECTED, nodes))
