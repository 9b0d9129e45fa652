# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports: what is published, what other tasks call, and what two containers cannot both listen on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...app import Port
from ...peers import exposed
from .draft import ContainerDraft
from .key import APPROXIMATED, NOT_NEEDED, TRANSLATED, Key

_ANYWHERE = (None, "", "0.0.0.0", "::")
_APP_PROTOCOLS = ("http", "http2", "grpc")
_PROTOCOLS = ("tcp", "udp")
_NOT_IN_PORT_NAMES = re.compile(r"[^a-z0-9_-]")
#: So many ports in a row become one range: nobody puts a load balancer before each of them.
_RUN = 5


def _ports(container: ContainerDraft, value: Any) -> None:
    ports = [port for port in _once(container) if _has_protocol(container, port)]
    for port in ports:
        _report_differences(container, port)
    mappings: list[dict[str, Any]] = []
    for run in _runs(ports, _asked(container) if container.task.network_mode == "awsvpc" else None):
        if len(run) >= _RUN:
            span = f"{run[0].target}-{run[-1].target}"
            mappings.append({"containerPortRange": span, "protocol": run[0].protocol})
        else:
            mappings += [_mapping(container, port) for port in run]
    _report_host_ports(container, mappings)
    if mappings:
        container.fields["portMappings"] = mappings


def _once(container: ContainerDraft) -> Iterator[Port]:
    """Each port of the container once, however many host ports lead to it."""
    seen = set()
    for port in container.service.ports:
        if (port.target, port.protocol) not in seen:
            seen.add((port.target, port.protocol))
            yield port
        elif not container.task.shares_localhost:
            message = f"port {port.target} is mapped once, and no second time to {port.published or 'any port'}"
            container.report("compose-approximated", _place(port), message)


def _has_protocol(container: ContainerDraft, port: Port) -> bool:
    if port.protocol not in _PROTOCOLS:
        message = f"ECS maps ports of tcp and udp, not of {port.protocol}"
        container.report("compose-refused", _place(port), message)
    return port.protocol in _PROTOCOLS


def _runs(ports: Sequence[Port], apart: Sequence[int] | None) -> Iterator[list[Port]]:
    """Ports in a row that nothing but the number tells apart; each alone where the network mode has no fixed ranges."""
    run: list[Port] = []
    for port in ports:
        if run and (apart is None or run[-1].target in apart or port.target in apart or not _follows(run[-1], port)):
            yield run
            run = []
        run.append(port)
    if run:
        yield run


def _follows(before: Port, port: Port) -> bool:
    plain = not (before.name or port.name or before.app_protocol or port.app_protocol)
    return plain and port.target == before.target + 1 and port.protocol == before.protocol


def _mapping(container: ContainerDraft, port: Port) -> dict[str, Any]:
    mapping: dict[str, Any] = {"containerPort": port.target, "protocol": port.protocol}
    if container.task.network_mode == "bridge":
        mapping["hostPort"] = _host_port(container, port)
    name = port.name or (_port_name(container, port.target) if port.target in _asked(container) else None)
    if name:
        mapping["name"] = name
    if port.app_protocol in _APP_PROTOCOLS:
        mapping["appProtocol"] = port.app_protocol
    return mapping


def _host_port(container: ContainerDraft, port: Port) -> int:
    """In bridge mode: the published one, or 0 for one that ECS picks; the user's own definition may ask for that."""
    if container.picks_host_port(port.target, port.protocol):
        return 0
    return int(port.published) if port.published and port.published.isdecimal() else 0


def _report_host_ports(container: ContainerDraft, mappings: Sequence[Mapping[str, Any]]) -> None:
    fixed = [str(mapping["hostPort"]) for mapping in mappings if mapping.get("hostPort")]
    if fixed:
        ports = f"host port{'s' if len(fixed) > 1 else ''} {', '.join(fixed)}"
        message = f"each instance has {ports} once: a second task needs a second instance"
        container.report("fixed-host-port", "ports", message, "leave published ports out behind a load balancer")


def _report_differences(container: ContainerDraft, port: Port) -> None:
    if port.host_ip not in _ANYWHERE:
        message = f"the port is published on {port.host_ip} only; here whoever the security group admits reaches it"
        container.report(
            "published-address", _place(port), message, "leave the port out if only other containers use it"
        )
    if container.task.shares_localhost and port.published not in (None, str(port.target)):
        message = f"the task listens on {port.target}; nothing leads from {port.published} to it"
        container.report("compose-approximated", _place(port), message, "a load balancer's listener can")
    if port.app_protocol and port.app_protocol not in _APP_PROTOCOLS:
        message = f"ECS has no protocol '{port.app_protocol}', it is tcp to it"
        container.report("compose-left-out", f"{_place(port)}.app_protocol", message)


def _place(port: Port) -> str:
    return f"ports[{port.target}/udp]" if port.protocol == "udp" else f"ports[{port.target}]"


def _asked(container: ContainerDraft) -> list[int]:
    """The ports at which services of other tasks call the container."""
    asked = container.task.directory.asked_ports.get(container.service.name, {})
    return [port for port, tasks in asked.items() if tasks != {container.task.name}]


def _port_name(container: ContainerDraft, port: int) -> str:
    return _NOT_IN_PORT_NAMES.sub("-", f"{container.name.lower()}-{port}")[-64:].lstrip("-")


def add_asked_ports(container: ContainerDraft) -> None:
    """Service Connect reaches what has a mapping with a name, published or not."""
    mappings = container.fields.get("portMappings", [])
    mapped = {mapping.get("containerPort") for mapping in mappings}
    added = [Port(port) for port in _asked(container) if port not in mapped]
    if added and container.task.network_mode != "none":
        container.fields["portMappings"] = [*mappings, *(_mapping(container, port) for port in added)]


def check_shared_ports(containers: Sequence[ContainerDraft]) -> None:
    """Two containers on one port. Where both have a mapping for it, the rules over definitions say so."""
    owner: dict[str, ContainerDraft] = {}
    for container in containers:
        for port, mapped in _listening(container).items():
            first = owner.setdefault(port, container)
            if first is not container and not (mapped and _listening(first)[port]):
                message = f"'{first.service.name}' listens on port {port} too, and the containers share one network"
                hint = "let one listen on another port, or give it a task of its own"
                container.report("shared-port", f"ports[{port}]", message, hint)


def _listening(container: ContainerDraft) -> dict[str, bool]:
    """The ports that are known to be listened on, and whether each has a mapping."""
    asked = container.task.directory.asked_ports.get(container.service.name, {})
    ports = dict.fromkeys((*map(str, asked), *exposed(container.service)), False)
    for mapping in container.fields.get("portMappings", []):
        number, udp = mapping.get("containerPort"), mapping["protocol"] == "udp"
        ports[f"{number}/udp" if udp else str(number)] = True
    return ports


KEYS = (
    Key(
        "ports",
        APPROXIMATED,
        APPROXIMATED,
        "`portMappings`",
        "In bridge mode the published port is the host port, or 0 for one that ECS picks; else the container's port is"
        " the task's. Five and more in a row become a range in awsvpc mode.",
        handle=_ports,
    ),
    Key("ports.target", TRANSLATED, TRANSLATED, "`containerPort`", "The same."),
    Key(
        "ports.published",
        APPROXIMATED,
        TRANSLATED,
        "`hostPort` in bridge mode",
        "In awsvpc and host mode only the container's own port leads there; a load balancer may listen on another.",
    ),
    Key("ports.protocol", TRANSLATED, TRANSLATED, "`protocol`", "`tcp` and `udp`; others are refused."),
    Key("ports.host_ip", APPROXIMATED, APPROXIMATED, "nothing", "Security groups decide who reaches the port."),
    Key("ports.mode", NOT_NEEDED, NOT_NEEDED, "nothing", "A word of Swarm."),
    Key(
        "ports.name",
        TRANSLATED,
        TRANSLATED,
        "`name`",
        "Without one, a port that another task calls is named after service and port.",
    ),
    Key(
        "ports.app_protocol",
        APPROXIMATED,
        APPROXIMATED,
        "`appProtocol`",
        "`http`, `http2`, `grpc`; the rest is tcp.",
    ),
    Key("expose", NOT_NEEDED, NOT_NEEDED, "nothing", "Containers of a task reach all ports of each other."),
)
