# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports: on a host a service has no network of its own, so that what it binds is what others reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...app import Port, Service
from ...compose_levels import APPROXIMATED, NOT_NEEDED, TRANSLATED
from ...peers import exposed
from .draft import ServiceDraft
from .key import Key

_ANYWHERE = (None, "", "0.0.0.0", "::")
_FIRST_FREE = 1024
_BIND = "CAP_NET_BIND_SERVICE"
_LISTENERS = "let systemd listen with x-systemd: {socket: ...}"


def add_ports(service: ServiceDraft) -> None:
    """What systemd listens on, what the service binds by itself, and what differs from Compose."""
    published = service.service.ports
    for listener in service.service.systemd.socket:
        service.add("sockets", _at(listener, published))
    for one in published:
        if not _listens(service.service, one):
            _report_published(service, one)
    inside = [port for port in _unpublished(service) if port not in _passed(service.service)]
    for port in inside if not _is_kept_in(service) else ():
        message = f"port {port} is not published, and on the host everybody reaches what the service binds"
        service.report("open-port", f"ports[{port}]", message, "bind it to 127.0.0.1, or close it with a firewall")
    bound = [*(one.target for one in published if not _listens(service.service, one)), *inside]
    for port in dict.fromkeys(bound):
        service.add("ports", port)
        if port < _FIRST_FREE and _BIND not in service.capabilities:
            service.capabilities[_BIND] = None
            service.report("low-port", f"ports[{port}]", f"port {port} needs {_BIND}, which it gets", _LISTENERS)


def _is_kept_in(service: ServiceDraft) -> bool:
    return bool(service.fields.get("hardening", {}).get("IPAddressDeny"))


def _at(listener: int | str, ports: Sequence[Port]) -> int | str:
    """With the address of the host that Compose publishes it on."""
    hosts = {port.host_ip for port in ports if listener in (port.target, _number(port))} - set(_ANYWHERE)
    host = hosts.pop() if len(hosts) == 1 else ""
    if not host:
        return listener
    return f"[{host}]:{listener}" if ":" in host else f"{host}:{listener}"


def _number(port: Port) -> int | None:
    return int(port.published) if port.published and port.published.isdecimal() else None


def _listens(service: Service, port: Port) -> bool:
    """Whether systemd does it, at the port of the host or at that of the container."""
    return bool({port.target, _number(port)} & set(service.systemd.socket))


def _passed(service: Service) -> set[int]:
    """The ports that the service is given as sockets, by the number that it has in a container."""
    passed = {port.target for port in service.ports if _listens(service, port)}
    return passed | {listener for listener in service.systemd.socket if isinstance(listener, int)}


def _report_published(service: ServiceDraft, port: Port) -> None:
    if port.published not in (None, str(port.target)):
        message = f"the service listens on {port.target}, and nothing leads from {port.published} to it"
        hint = f"publish {port.target}, let the program listen on {port.published}, or {_LISTENERS}"
        service.report("published-port", place(port), message, hint)
    if port.host_ip not in _ANYWHERE:
        message = f"it is published on {port.host_ip} only, and here the program decides where it listens"
        service.report("open-port", place(port), message, f"bind it to {port.host_ip}, or {_LISTENERS}")


def place(port: Port) -> str:
    return f"ports[{port.target}/udp]" if port.protocol == "udp" else f"ports[{port.target}]"


def _unpublished(service: ServiceDraft) -> Iterator[int]:
    """The ports that are known from `expose`, and from the addresses by which others call the service."""
    found = (int(text.partition("/")[0]) for text in exposed(service.service))
    published = {port.target for port in service.service.ports}
    called = service.app.names.callers.get(service.service.name, {})
    yield from (port for port in dict.fromkeys((*found, *called)) if port not in published)


def check_shared_ports(services: Iterable[ServiceDraft]) -> None:
    """Each container has its ports for itself, and a host has each once."""
    owner: dict[int, str] = {}
    for service in services:
        listeners = (str(listener).rpartition(":")[2] for listener in service.fields.get("sockets", ()))
        for port in (*service.fields.get("ports", ()), *(int(text) for text in listeners if text.isdecimal())):
            first = owner.setdefault(port, service.service.name)
            if first != service.service.name:
                message = f"'{first}' listens on port {port} too, and the host has it once"
                service.report("shared-port", f"ports[{port}]", message, "let one of them listen on another port")


KEYS = (
    Key(
        "ports",
        APPROXIMATED,
        "`ListenStream` or nothing",
        "The program itself binds the container's port; with `x-systemd.socket` systemd does. The kernel lets no other"
        " port lead there: a published one that differs is spoken of.",
    ),
    Key("ports.target", TRANSLATED, "the unit's address families", "The same."),
    Key("ports.published", APPROXIMATED, "`ListenStream`", "With `x-systemd.socket`; else it has to be the target."),
    Key("ports.protocol", NOT_NEEDED, "nothing", "The program knows."),
    Key("ports.host_ip", APPROXIMATED, "`ListenStream`", "With `x-systemd.socket`; else the program decides."),
    Key("ports.mode", NOT_NEEDED, "nothing", "A word of Swarm."),
    Key("ports.name", NOT_NEEDED, "nothing", "A name for people."),
    Key("ports.app_protocol", NOT_NEEDED, "nothing", "A word for others."),
    Key("expose", APPROXIMATED, "the unit's address families", "Open on the host unless the program binds 127.0.0.1."),
)
