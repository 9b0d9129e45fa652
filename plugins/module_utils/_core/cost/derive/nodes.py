# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances: what room they have, which type is cheapest, and what each of them brings along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from ...findings import WARNING, Finding
from ...sizing import MIB, Size
from ..amounts import digits
from ..catalogue import EC2_LINUX
from ..estimate import Estimator
from ..instances import ARM, INSTANCES, X86, Instance
from ..kinds.ec2 import Ec2Instance
from ..kinds.network import PublicIpv4
from ..kinds.storage import EbsGp3
from ..scenario import Scenario
from .copies import Copies
from .demand import Workload
from .design import Design, Draft, counted
from .packing import Item, Room

#: What a machine of a cluster is called.
NODE = "node"
_MICRO = 10**6
_GIB = 1024 * MIB
_SYSTEM_MIB, _SYSTEM_CPUS = "500", "0.1"
#: For each target what runs on every node beside the system: MiB and CPUs.
ADDONS = {
    "systemd": ("0", "0"),
    "compose": ("100", "0.05"),
    "ecs_ec2": ("150", "0.05"),
    "kubeadm": ("500", "0.25"),
    "eks": ("500", "0.25"),
}
#: What is taken where no type has a price, or several cost the same.
_USUAL = {X86: "t3.medium", ARM: "t4g.medium"}
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Overhead:
    """What the system and its add-ons take of each node, and what is said of it where nobody stated it."""

    takes: Room
    says: str


def overhead(design: Design) -> Overhead:
    topology, (addons_mib, addons_cpus) = design.topology, ADDONS[design.target]
    mib = (topology.system_mib, _SYSTEM_MIB), (topology.addons_mib, addons_mib)
    cpus = (topology.system_cpus, _SYSTEM_CPUS), (topology.addons_cpus, addons_cpus)
    taken = Room(micro(_sum(cpus)), int(_sum(mib) * MIB))
    guessed = any(stated is None for stated, _usual in (*mib, *cpus))
    return Overhead(
        taken, f"{in_words(taken)} of each machine for the system and its add-ons assumed" if guessed else ""
    )


def _sum(figures: Iterable[tuple[Decimal | None, str]]) -> Decimal:
    return sum((Decimal(usual) if stated is None else stated for stated, usual in figures), Decimal(0))


def micro(cpus: Decimal) -> int:
    return int((cpus * _MICRO).to_integral_value(ROUND_CEILING))


def takes(size: Size) -> Room:
    return Room(micro(size.cpus), size.memory)


def items(workloads: tuple[Workload, ...], level: str) -> list[Item]:
    """At a level of a Span. What runs on every node is no item."""
    return [
        Item(each.name, takes(each.size), each.copies.at(level))
        for each in workloads
        if not each.everywhere and each.copies.at(level)
    ]


def total_of(instance: Instance) -> Room:
    return Room(instance.vcpu * _MICRO, int(instance.memory_gib * _GIB))


def room_on(instance: Instance, over: Overhead, workloads: tuple[Workload, ...]) -> Room:
    """What a node has for copies that are not on every node."""
    room = total_of(instance).less(over.takes)
    for each in workloads:
        if each.everywhere:
            room = room.less(takes(each.size))
    return room


def architecture(design: Design) -> tuple[str, list[Finding]]:
    """That of the nodes: the one that is stated, or the app's; x86 where the app has several."""
    found = {each.architecture or X86 for each in design.workloads}
    if design.topology.architecture or len(found) < 2:
        return design.topology.architecture or next(iter(found), X86), []
    arm = ", ".join(sorted(each.name for each in design.workloads if each.architecture == ARM))
    message = f"{arm} {'is' if ',' not in arm else 'are'} for arm and the rest for x86, and nodes have one architecture"
    hint = "x86 is counted; set topology.architecture where the images have both"
    return X86, [Finding("mixed-architectures", WARNING, "topology.architecture", message, hint)]


def candidates(design: Design, chip: str) -> list[Instance]:
    """The types that may be chosen: those with a price in the region."""
    prices = design.book.prices.get(design.region, {})
    found = [INSTANCES[key[len(EC2_LINUX) :]] for key in prices if key.startswith(EC2_LINUX) and _known(key)]
    return [instance for instance in found if instance.architecture == chip]


def _known(key: str) -> bool:
    return key[len(EC2_LINUX) :] in INSTANCES


def usual(chip: str) -> Instance:
    return INSTANCES[_USUAL[chip]]


def no_prices(instance: Instance) -> str:
    return f"{instance.type} taken, since no type has a price in the region"


def add_workers(design: Design, draft: Draft, noun: str, instance: Instance, counts: Copies, *says: str) -> None:
    """Instances that run the app, at the CPU use that is stated for them."""
    add_instances(design, draft, noun, instance, counts, design.topology.cpu_percent, *says)


def add_instances(
    design: Design, draft: Draft, noun: str, instance: Instance, counts: Copies, percent: Decimal | None, *says: str
) -> None:
    """Instances with what each of them cannot do without. `noun` is what to call one of them."""
    number = counted(counts)
    # The nodes of a cluster keep their name when one is left, so that its bill can be held against that of several.
    plural = "" if counts.high == 1 and noun != NODE else "s"
    machine = Ec2Instance(type=instance.type, cpu_percent=percent, **number)
    draft.add(f"{noun}{plural}", machine, *says, _baseline(instance, percent))
    draft.add(f"{noun} disk{plural}", EbsGp3(gib=design.topology.root_gib, **number))
    if design.addresses:
        draft.add(f"{noun} address{'es' if plural else ''}", PublicIpv4(**number))


def _baseline(instance: Instance, percent: Decimal | None) -> str:
    if instance.baseline is None or percent is not None:
        return ""
    return f"CPU at or below the baseline of {instance.type} on average, {digits(instance.baseline * 100)} %, assumed"


def cost_of_one(design: Design) -> Callable[[Instance], Decimal]:
    """What a node of each type costs a month, as far as it has prices; to compare types by."""
    estimator = Estimator(design.book)

    def cost(instance: Instance) -> Decimal:
        draft = Draft()
        add_workers(design, draft, NODE, instance, Copies(1, 1, 1))
        return estimator.estimate(Scenario("node", design.region, tuple(draft.parts))).total.expected

    return cost


def percent(used: int, of: int) -> Decimal:
    return (Decimal(100 * used) / of).quantize(_TENTH, ROUND_HALF_UP) if of else Decimal(0)


def in_words(room: Room) -> str:
    """1.5 vCPU and 3 GiB."""
    return f"{digits(Decimal(max(room.cpus, 0)) / _MICRO)} vCPU and {_memory(max(room.memory, 0))}"


def _memory(size: int) -> str:
    """In whole MiB below a GiB and where it is no tenth of one."""
    gib = Decimal(size) / _GIB
    return f"{digits(gib)} GiB" if gib >= 1 and gib == gib.quantize(_TENTH) else f"{-(-size // MIB)} MiB"


def everywhere(workloads: tuple[Workload, ...]) -> Iterator[str]:
    return (each.name for each in workloads if each.everywhere)
