# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service is updated, and in which order: waves, start-first, canaries. Each refusal is a plain sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .model import START_FIRST, Mount, Service, Stack
from .objects import NETWORK, recreated
from .order import in_order, needs, with_needs
from .plan import CREATE, KEEP, RECREATE, REMOVE, RESTART, SIGNAL, START, Plan
from .present import Present
from .wish import Wish

Answer = tuple[bool, str]


@dataclass(frozen=True)
class Wave:
    """What Compose is asked for at one go, all names in dependency order. Nothing later is touched before its end."""

    recreate: tuple[str, ...] = ()  # whatever Compose thinks of them
    create: tuple[str, ...] = ()  # what is missing of them, or too many
    start: tuple[str, ...] = ()
    swap: tuple[str, ...] = ()  # start-first, after all others of the wave
    restart: tuple[str, ...] = ()
    signal: tuple[str, ...] = ()
    once: tuple[str, ...] = field(default=())  # one-shots that have to end well

    @property
    def services(self) -> tuple[str, ...]:
        named = (*self.recreate, *self.create, *self.start, *self.swap, *self.restart, *self.signal)
        return tuple(dict.fromkeys(named))


def waves(stack: Stack, plan: Plan, swaps: frozenset[str] = frozenset()) -> tuple[Wave, ...]:
    """A wave ends where something must have happened before the rest is touched: a one-shot, a start-first update."""
    acting = {step.service: step for step in plan.steps if step.action != KEEP and step.service in stack.services}
    levels: dict[str, int] = {}
    for name in in_order(stack.services):
        behind = [(need, levels[need]) for need in needs(stack.services[name]) if need in levels]
        levels[name] = max((level + _ends_wave(plan, need, name, swaps) for need, level in behind), default=0)
    found = (_wave(plan, swaps, [name for name in levels if levels[name] == level and name in acting])
             for level in sorted(set(levels.values())))  # fmt: skip
    return tuple(wave for wave in found if wave.services)


def _ends_wave(plan: Plan, need: str, name: str, swaps: frozenset[str]) -> bool:
    return plan.step(need).run_once or (need in swaps and name not in swaps)


def _wave(plan: Plan, swaps: frozenset[str], names: list[str]) -> Wave:
    steps = [plan.step(name) for name in names]

    def of(*actions: str) -> tuple[str, ...]:
        return tuple(step.service for step in steps if step.action in actions and step.service not in swaps)

    started = {step.service for step in steps if step.replicas}
    return Wave(
        recreate=of(RECREATE),
        create=of(CREATE, REMOVE),
        start=tuple(name for name in of(RECREATE, CREATE, START) if name in started),
        swap=tuple(name for name in names if name in swaps),
        restart=of(RESTART),
        signal=of(SIGNAL),
        once=tuple(step.service for step in steps if step.run_once),
    )


def at_once(stack: Stack, plan: Plan, present: Present, wave: Wave) -> bool:
    """Whether one `up` does what `create` and `start` would: all that is made is started, and all that it needs runs.

    With its dependencies named or not, `up` starts what does not run of them, and waits for what is not healthy.
    """
    made = {*wave.recreate, *wave.create}
    mixed = wave.recreate and any(present.of(name) for name in wave.create)  # only some of them are to be made anew
    if wave.once or mixed or made != set(wave.start):
        return False
    needed = with_needs(stack.services, [need for name in wave.start for need in needs(stack.services[name])])
    return all(_serves(plan, present, name) for name in needed - made)


def _serves(plan: Plan, present: Present, service: str) -> bool:
    there = present.of(service)
    well = all(one.state == "running" and one.health in ("", "healthy") for one in there)
    return plan.step(service).action == KEEP and bool(there) and well


def swaps(stack: Stack, plan: Plan, present: Present) -> tuple[frozenset[str], tuple[str, ...]]:
    """The services that are updated start-first, and a sentence for each that asked for it in vain."""
    chosen, notes = set(), []
    for step in plan.steps:
        service = stack.services.get(step.service)
        if service is None or step.action != RECREATE or service.order != START_FIRST:
            continue
        safe, reason = start_first(stack, step.service, present)
        if safe:
            safe, reason = _not_with(plan, stack, service)
        if safe:
            chosen.add(step.service)
        else:
            notes.append(f"{step.service} asked for start-first and is stopped first: {reason}")
    return frozenset(chosen), tuple(notes)


def _not_with(plan: Plan, stack: Stack, service: Service) -> Answer:
    again = set(recreated(plan, NETWORK))
    on = [key for key in service.networks if str(stack.networks.get(key, {}).get("name") or key) in again]
    return (False, f"network {on[0]} has to be made again") if on else (True, "")


def start_first(stack: Stack, service: str, present: Present) -> Answer:
    """Whether old and new may run side by side and change places; if not, why."""
    asked = stack.services[service]
    reason = next(_alone(stack, asked, present), "") or next(_scalable(asked), "")
    return not reason, reason


def canary(stack: Stack, plan: Plan, wish: Wish, service: str, present: Present) -> Answer:
    """Whether a new container may be tried out beside the old one before that is stopped; if not, why."""
    asked = stack.services[service]
    reason = next(_untried(stack, plan, wish, asked), "") or next(_alone(stack, asked, present), "")
    return not reason, reason


def _untried(stack: Stack, plan: Plan, wish: Wish, service: Service) -> Iterator[str]:
    if not (wish.wait and wish.rollback) or service.failure_action in ("pause", "continue"):
        yield "nothing would be undone after a failure"
    if plan.step(service.name).action != RECREATE:
        yield "it is not made anew"
    safe, reason = _not_with(plan, stack, service)
    if not safe:
        yield reason
    moving = with_needs(stack.services, needs(service)) - {service.name}
    for name in sorted(moving):
        step = plan.step(name)
        if step.action in (CREATE, RECREATE, START, RESTART) and not step.run_once:
            yield f"it needs {name}, which changes with it"


def _alone(stack: Stack, service: Service, present: Present) -> Iterator[str]:
    """What two copies of a service cannot both have. Published ports are told of in _scalable: a canary has none."""
    if service.one_shot:
        yield "it runs once"
    if not any(one.state == "running" for one in present.of(service.name)):
        yield "it does not run now"
    for mount in service.mounts:
        if _writable(mount):
            yield f"it writes to {_words(mount)}"
    config = service.config
    for source in config.get("volumes_from") or ():
        if not str(source).endswith(":ro"):
            yield f"it writes to the volumes of {source}"
    for key in ("network_mode", "pid", "ipc", "uts"):
        if str(config.get(key) or "").startswith(("host", "service:", "container:")):
            yield f"{key} is {config[key]}"
    yield from _devices(service)
    yield from _addresses(service)
    users = [name for name, other in stack.services.items() if service.name in other.shares_with]
    if users:
        yield f"{', '.join(sorted(users))} shares a namespace or volumes with its container"


def _writable(mount: Mount) -> bool:
    """An anonymous volume is each container's own, as is memory; an image's content is never written to."""
    own = mount.kind in ("tmpfs", "image") or (mount.kind == "volume" and not mount.source)
    return not own and not mount.read_only


def _words(mount: Mount) -> str:
    return f"volume {mount.source}" if mount.kind == "volume" else f"{mount.source or mount.kind} of the host"


def _devices(service: Service) -> Iterator[str]:
    resources = (service.config.get("deploy") or {}).get("resources") or {}
    reserved = (resources.get("reservations") or {}).get("devices")
    if service.config.get("devices") or service.config.get("gpus") or reserved:
        yield "it has devices of the host"


def _addresses(service: Service) -> Iterator[str]:
    if service.config.get("mac_address"):
        yield "it has a fixed MAC address"
    for name, attached in (service.config.get("networks") or {}).items():
        fixed = [key for key in ("ipv4_address", "ipv6_address", "mac_address") if (attached or {}).get(key)]
        if fixed:
            yield f"it has a fixed address in network {name}"


def _scalable(service: Service) -> Iterator[str]:
    if service.ports:
        yield "a published port belongs to one container at a time"
    if service.config.get("container_name"):
        yield "Compose cannot run two containers with one container_name"
    if service.config.get("pre_stop"):
        yield "Compose runs its pre_stop hooks only where it stops all containers of a service"
    if service.replicas < 1:
        yield "no replica is wanted"


def batches(replicas: int, parallelism: int) -> tuple[int, ...]:
    """How many containers are replaced at a time; parallelism 0 is all at once."""
    size = min(parallelism, replicas) if parallelism > 0 else replicas
    full, rest = divmod(replicas, size) if size else (0, 0)
    return (size,) * full + ((rest,) if rest else ())
