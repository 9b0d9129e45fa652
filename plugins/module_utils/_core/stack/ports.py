# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which published ports cannot be had: two services on one, or somebody who listens there already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from ..findings import ERROR, WARNING, Finding
from .changes import port as written
from .model import Port, Service, Stack
from .plan import CREATE, KEEP, RECREATE, REMOVE, RESTART, SIGNAL, START, STOP, Plan
from .present import Present

_ANY4, _ANY6 = "0.0.0.0", "::"
_STAYS = (KEEP, SIGNAL)


@dataclass(frozen=True)
class BusyPort:
    """Somebody listens there. `container` is its id where a container holds the port, `holder` words for people."""

    port: int
    address: str  # 0.0.0.0, ::, 127.0.0.1, ...
    protocol: str = "tcp"
    container: str = ""
    holder: str = ""


def numbers(port: Port) -> range:
    """The host ports that would do: one, or any of a range. None where the engine chooses."""
    first, _dash, last = (port.published or "").partition("-")
    if not first.isdigit() or int(first) == 0:
        return range(0)
    return range(int(first), int(last if last.isdigit() else first) + 1)


def twice(stack: Stack) -> Iterator[Finding]:
    """Fixed ports that two services, or two replicas of one, would need at once."""
    fixed = [
        (name, port)
        for name, service in sorted(stack.services.items())
        for port in service.ports
        if service.replicas > 0 and len(numbers(port)) == 1
    ]
    for (one, first), (other, second) in combinations(fixed, 2):
        same = numbers(first) == numbers(second) and first.protocol == second.protocol
        if one != other and same and _overlap(first.host_ip, second.host_ip):
            message = f"host port {_words(second)} is published by {one}, too"
            yield Finding("port-twice", ERROR, f"services.{other}.ports", message, "give one of them another port")
    for name, port in fixed:
        replicas = stack.services[name].replicas
        if replicas > 1:
            message = f"host port {_words(port)} can belong to one container, and there shall be {replicas}"
            hint = "publish a range of ports, or none, with a proxy before the replicas"
            yield Finding("port-replicas", ERROR, f"services.{name}.ports", message, hint)


def taken(stack: Stack, present: Present, plan: Plan, busy: Iterable[BusyPort]) -> Iterator[Finding]:
    """Ports of services that will be started and that somebody else holds. Whoever leaves in this run is nobody."""
    leaving = _leaving(present, plan)
    known = [_holder(one, present) for one in busy] + _published(stack, present)
    others = [one for one in known if not one.container or one.container not in leaving]
    for step in plan.steps:
        service = stack.services.get(step.service)
        if service is None or step.action not in (CREATE, RECREATE, START, RESTART):
            continue
        own = {one.id for one in present.of(step.service)}
        rest = [one for one in others if one.container not in own]
        yield from _of(service, rest, {one.id: one.name for one in present.containers})


def _of(service: Service, busy: list[BusyPort], names: Mapping[str, str]) -> Iterator[Finding]:
    for port in service.ports:
        wanted = numbers(port)
        held = {number: _clash(port, number, busy) for number in wanted}
        clash = next((found for found in held.values() if found), None)
        if clash is None or not all(held.values()):
            continue
        by = names.get(clash.container) or clash.holder or clash.container[:12]
        sure = _sure(port.host_ip, clash.address)
        message = f"host port {_words(port)} is {'' if sure else 'probably '}taken" + (f" by {by}" if by else "")
        hint = "stop what holds it, or publish another port"
        yield Finding("port-taken", ERROR if sure else WARNING, f"services.{service.name}.ports", message, hint)


def _clash(port: Port, number: int, busy: list[BusyPort]) -> BusyPort | None:
    there = (one for one in busy if one.port == number and one.protocol == port.protocol)
    return next((one for one in there if _overlap(port.host_ip, one.address)), None)


def _address(text: str) -> str:
    """An IPv4 address within IPv6 is one of IPv4."""
    plain = text.strip("[]").lower()
    return plain[len("::ffff:") :] if plain.startswith("::ffff:") and "." in plain else plain


def _overlap(wanted: str, there: str) -> bool:
    """Docker publishes on 0.0.0.0 and :: where no address is given. A socket on :: mostly takes IPv4 as well."""
    mine, other = _address(wanted), _address(there)
    if not mine or not other or mine == other:
        return True
    both = ((mine, other), (other, mine))
    return any(one == _ANY6 or (one == _ANY4 and ":" not in two) for one, two in both)


def _sure(wanted: str, there: str) -> bool:
    """Whether a socket on :: leaves IPv4 alone does not show; who publishes on IPv4 only may be lucky."""
    mine, other = _address(wanted), _address(there)
    return not (other == _ANY6 and mine and ":" not in mine)


def _words(port: Port) -> str:
    """127.0.0.1:8080 and 53/udp."""
    return written("", port.host_ip, port.published, port.protocol) if port.host_ip else _number(port)


def _number(port: Port) -> str:
    return f"{port.published}{'/' + port.protocol if port.protocol != 'tcp' else ''}"


def _leaving(present: Present, plan: Plan) -> set[str]:
    """Containers that end in this run: whether before or after the one that wants the port is Compose's order."""
    going = {step.service for step in plan.steps if step.action in (RECREATE, REMOVE, STOP)}
    return {one.id for one in present.containers if one.service in going}


def _holder(busy: BusyPort, present: Present) -> BusyPort:
    """/proc knows no containers; the engine's list does."""
    if busy.container:
        return busy
    for one in present.containers:
        if any(_is(busy, mapping) for mapping in one.ports):
            return BusyPort(busy.port, busy.address, busy.protocol, one.id, one.name)
    return busy


def _is(busy: BusyPort, mapping: Mapping[str, object]) -> bool:
    same = mapping.get("PublicPort") == busy.port and mapping.get("Type", "tcp") == busy.protocol
    return same and _overlap(str(mapping.get("IP") or ""), busy.address)


def _published(stack: Stack, present: Present) -> list[BusyPort]:
    """Without the userland proxy nobody listens, and the port is taken all the same."""
    return [
        BusyPort(int(str(mapping["PublicPort"])), str(mapping.get("IP") or _ANY4), str(mapping.get("Type")), one.id)
        for one in present.containers
        for mapping in one.ports
        if mapping.get("PublicPort")
    ]
