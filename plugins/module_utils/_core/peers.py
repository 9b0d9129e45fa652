# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who in an app: the names by which services call each other, and the ports at which they do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain

from .addresses import Address, in_variable, in_word, port_variable
from .app import COMPLETED, App, Service

_DIGITS = 5


class Names:
    """The names of an app. Compose resolves a service's name, its container's, and aliases on networks and links."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._names: dict[str, str] = {}
        for service in app.services.values():
            for name in _names(service):
                self._names.setdefault(name.lower(), service.name)
        self._names.update({name.lower(): name for name in app.services})
        self._aliases = {name: link_aliases(service) for name, service in app.services.items()}

    def service(self, caller: Service, host: str) -> Service | None:
        """The service that a host name means to the caller."""
        name = self._aliases[caller.name].get(host) or self._names.get(host.lower())
        return self.app.services.get(name) if name else None

    def peers(self, caller: Service, addresses: Iterable[Address]) -> Iterator[tuple[Address, Service]]:
        """The addresses that mean a service of the app."""
        for address in addresses:
            peer = self.service(caller, address.host)
            if peer is not None:
                yield address, peer

    @cached_property
    def one_offs(self) -> frozenset[str]:
        """The services that others wait for to end."""
        waits = (wait for service in self.app.services.values() for wait in service.dependencies)
        return frozenset(wait.service for wait in waits if wait.condition == COMPLETED)

    @cached_property
    def kept_in(self) -> list[str]:
        """The services whose networks are all internal, so that they do not reach the outside."""
        internal = {name for name, network in self.app.networks.items() if network.get("internal")}
        attached = {service.name: set(service.keys.get("networks") or ()) for service in self.app.services.values()}
        return [name for name, networks in attached.items() if networks and networks <= internal]

    @cached_property
    def in_variables(self) -> Mapping[str, Mapping[str, list[Address]]]:
        """The addresses in each service's variables, where there are any."""
        return {service.name: _in_variables(service) for service in self.app.services.values()}

    @cached_property
    def callers(self) -> Mapping[str, Mapping[int, frozenset[str]]]:
        """For each service the ports at which others call it, and who does."""
        asked: dict[str, dict[int, frozenset[str]]] = {}
        for caller in self.app.services.values():
            for address, peer in self.peers(caller, self._called(caller)):
                for port in self._ports(address, peer) if peer is not caller else ():
                    ports = asked.setdefault(peer.name, {})
                    ports[port] = ports.get(port, frozenset()) | {caller.name}
        return asked

    @cached_property
    def callees(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """For each service those that it calls, and the names by which it does."""
        return {name: self._callees(caller) for name, caller in self.app.services.items()}

    def _callees(self, caller: Service) -> dict[str, tuple[str, ...]]:
        called: dict[str, tuple[str, ...]] = {}
        for address, peer in self.peers(caller, self._called(caller)):
            called[peer.name] = tuple(dict.fromkeys((*called.get(peer.name, ()), address.host)))
        return called

    def _called(self, caller: Service) -> Iterator[Address]:
        for name, addresses in self.in_variables[caller.name].items():
            beside = caller.environment.get(port_variable(name)) or ""
            port = int(beside) if beside.isdecimal() and len(beside) <= _DIGITS else None
            yield from (replace(address, port=address.port or port) for address in addresses)
        yield from chain.from_iterable(map(in_word, (*(caller.entrypoint or ()), *(caller.command or ()))))
        yield from (Address(alias, None, 0) for alias in self._aliases[caller.name])

    def _ports(self, address: Address, peer: Service) -> Iterable[int]:
        """The port that is called; where none is named, those of tcp that the peer says it listens on."""
        port = address.port or address.usual
        if port is not None:
            return (port,)
        listens = (*exposed(peer), *(f"{port.target}/{port.protocol}" for port in peer.ports))
        return [int(port.partition("/")[0]) for port in listens if not port.endswith("/udp")]


def _names(service: Service) -> Iterator[str]:
    for key in ("container_name", "hostname"):
        if service.keys.get(key):
            yield service.keys[key]
    for network in (service.keys.get("networks") or {}).values():
        yield from (network or {}).get("aliases") or ()


def exposed(service: Service) -> Iterator[str]:
    """The ports of `expose`, each alone: 80, and 53/udp."""
    for text in map(str, service.keys.get("expose") or ()):
        port, _slash, protocol = text.partition("/")
        first, _dash, last = port.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()):
            continue  # Compose itself takes what is no port, and does nothing with it
        for number in range(int(first), int(last or first) + 1):
            yield f"{number}/udp" if protocol == "udp" else str(number)


def link_aliases(service: Service) -> dict[str, str]:
    """What the service's links call others: the alias, and whom it means."""
    pairs = (link.partition(":") for link in service.keys.get("links") or ())
    return {alias or name: name for name, _colon, alias in pairs}


def _in_variables(service: Service) -> dict[str, list[Address]]:
    found = ((name, in_variable(name, text)) for name, text in service.environment.items() if text)
    return {name: addresses for name, addresses in found if addresses}
