# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports: what others of the app call, and what is reached from outside the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ...app import Port
from ...compose_levels import APPROXIMATED, TRANSLATED
from ...peers import exposed
from .. import wish
from .draft import ServiceDraft
from .key import Key

_ANYWHERE = (None, "", "0.0.0.0", "::")
_PROTOCOLS = ("tcp", "udp", "sctp")
_FIRST_FREE = 1024
_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?")
#: One load balancer has ports of several protocols since then.
_MIXED_BALANCERS = (1, 26)
_SYSCTL = "net.ipv4.ip_unprivileged_port_start"


def add_ports(service: ServiceDraft) -> None:
    """Published ones, those of `expose`, those that others call, and those that x-kubernetes names."""
    ports: dict[tuple[int, str], wish.Port] = {}
    for port in service.service.ports:
        if port.protocol in _PROTOCOLS:
            _published(service, port, ports)
        else:
            service.report("compose-refused", place(port), f"Kubernetes has no ports of {port.protocol}")
    for number, protocol in _inside(service):
        ports.setdefault((number, protocol), wish.Port(number, protocol, f"{protocol.lower()}-{number}"))
    _add_outside(service, ports)
    if not ports:
        return
    service.fields["ports"] = tuple(ports.values())
    service.container["ports"] = [_container_port(service, port) for port in ports.values()]
    _add_low(service, [port.number for port in ports.values()])


def _published(service: ServiceDraft, port: Port, ports: dict[tuple[int, str], wish.Port]) -> None:
    key = (port.target, port.protocol.upper())
    taken = {known.name for known in ports.values()}
    name = port.name if port.name and _PORT_NAME.fullmatch(port.name) and port.name not in taken else None
    published = int(port.published) if port.published and port.published.isdecimal() else None
    made = wish.Port(key[0], key[1], name or f"{port.protocol}-{port.target}", port.app_protocol, published, open=True)
    if port.host_ip not in _ANYWHERE:
        made = replace(made, open=False)
        message = f"it is published on {port.host_ip} only, and here the pods of the app reach it alone"
        service.report("compose-approximated", place(port), message)
    if port.name and name is None:
        message = f"'{port.name[:40]}' is no name of a port, which is '{made.name}'"
        service.report("compose-left-out", f"{place(port)}.name", message)
    ports.setdefault(key, made)


def place(port: Port) -> str:
    return f"ports[{port.target}]" if port.protocol == "tcp" else f"ports[{port.target}/{port.protocol}]"


def _inside(service: ServiceDraft) -> Iterator[tuple[int, str]]:
    for text in exposed(service.service):
        alone, _slash, protocol = text.partition("/")
        yield int(alone), (protocol or "tcp").upper()
    for number in service.app.names.callers.get(service.service.name, {}):
        if (number, "UDP") not in {(port.target, port.protocol.upper()) for port in service.service.ports}:
            yield number, "TCP"


def _add_outside(service: ServiceDraft, ports: dict[tuple[int, str], wish.Port]) -> None:
    """What leads to the service from outside the cluster, and what of Compose's ports nothing leads to."""
    options = service.service.kubernetes
    for number, node in options.node_ports.items():
        key = (number, "UDP") if (number, "UDP") in ports and (number, "TCP") not in ports else (number, "TCP")
        port = ports.get(key, wish.Port(number, key[1], f"{key[1].lower()}-{number}"))
        ports[key] = replace(port, node=node, open=True)
    service.fields["load_balancer"] = options.load_balancer
    mixed = options.load_balancer and len({port.protocol for port in ports.values()}) > 1
    if mixed and service.app.given.minor < _MIXED_BALANCERS:
        message = "a load balancer of a cluster this old has ports of one protocol"
        service.report("compose-refused", "ports", message, "leave load_balancer out, and use node_ports")
    if options.ingress:
        first = next((port.number for port in ports.values() if port.protocol == "TCP"), 80)
        number = options.ingress.port or first
        port = ports.get((number, "TCP"), wish.Port(number, "TCP", f"tcp-{number}"))
        ports[number, "TCP"] = replace(port, open=True)
        said = options.ingress
        service.fields["route"] = wish.Route(
            number, said.host, said.path, said.tls_secret, said.class_name, said.annotations
        )
    if options.load_balancer or options.ingress or options.node_ports or service.pod.get("hostNetwork"):
        return
    published = [port for port in service.service.ports if port.published and port.host_ip in _ANYWHERE]
    if published:
        numbers = ", ".join(str(port.target) for port in published)
        message = f"nothing leads to port {numbers} from outside the cluster"
        hint = "say how with x-kubernetes: {ingress: ...}, {node_ports: ...} or {load_balancer: true}"
        service.report("published-port", place(published[0]), message, hint)


def _container_port(service: ServiceDraft, port: wish.Port) -> dict[str, object]:
    entry: dict[str, object] = {"name": port.name, "containerPort": port.number, "protocol": port.protocol}
    hosts = [each for each in service.service.ports if each.mode == "host" and each.target == port.number]
    if service.pod.get("hostNetwork"):
        entry["hostPort"] = port.number
    elif hosts and port.published:
        entry["hostPort"] = port.published
    return entry


def _add_low(service: ServiceDraft, numbers: list[int]) -> None:
    """Docker lets everybody bind them; a runtime of containers may not."""
    low = [number for number in numbers if number < _FIRST_FREE]
    if not low or service.is_root or service.pod.get("hostNetwork"):
        return
    if service.app.given.minor >= (1, 22):
        sysctls = service.pod.setdefault("securityContext", {}).setdefault("sysctls", [])
        if all(each["name"] != _SYSCTL for each in sysctls):
            sysctls.append({"name": _SYSCTL, "value": "0"})
    else:
        message = f"port {low[0]} is below {_FIRST_FREE}, which only root may bind in a cluster this old"
        service.report("low-port", f"ports[{low[0]}]", message, "let the program listen on a higher port")


KEYS = (
    Key(
        "ports",
        APPROXIMATED,
        "a Service",
        "Inside, others call the container's own port, as in Compose. From outside it is reached as `x-kubernetes`"
        " says: `ingress`, `node_ports` or `load_balancer`.",
    ),
    Key("ports.target", TRANSLATED, "`containerPort`, `port`", "The same."),
    Key("ports.published", APPROXIMATED, "`port` of a load balancer", "With `load_balancer`; else nothing."),
    Key("ports.protocol", TRANSLATED, "`protocol`", "tcp, udp and sctp."),
    Key("ports.host_ip", APPROXIMATED, "a NetworkPolicy", "One that is published on an address is not open to all."),
    Key("ports.mode", APPROXIMATED, "`hostPort`", "`host` is the published port of the pod's node."),
    Key("ports.name", TRANSLATED, "`name`", "The same where it is one."),
    Key("ports.app_protocol", TRANSLATED, "`appProtocol`", "The same."),
    Key("expose", TRANSLATED, "a Service", "Ports that others of the app call."),
)
