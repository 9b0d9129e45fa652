# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network modes, ports and links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...findings import ERROR, WARNING, shown
from ...graph import cycle
from ...rule import Problem, Rule
from ..task import Task

_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})\Z")
_RESERVED = {22, 2375, 2376, 51678, 51679, 51680}
_EPHEMERAL = 32768


def port_number(task: Task) -> Iterator[Problem]:
    """A container port is 1 to 65535; a host port too, or 0 for one that ECS picks."""
    for container in task.containers:
        for path, mapping in container.items("portMappings"):
            for field, lowest in (("containerPort", 1), ("hostPort", 0)):
                port = mapping.get(field)
                if port is not None and not lowest <= port <= 65535:
                    yield f"{path}.{field}", f"found {port}, expected {lowest} to 65535", ""
            if mapping.get("containerPort") is None and mapping.get("containerPortRange") is None:
                yield (
                    f"{path}.containerPort",
                    "the port mapping names no containerPort",
                    "expected containerPort or containerPortRange",
                )


def host_port(task: Task) -> Iterator[Problem]:
    """In awsvpc and host mode a host port is the container port, or left out."""
    for container in task.containers if task.shares_ports else []:
        for path, mapping in container.items("portMappings"):
            port, host = mapping.get("containerPort"), mapping.get("hostPort")
            if host is not None and port is not None and host != port:
                mode, must = (
                    f"When networkMode={task.network_mode}",
                    "the host ports and container ports in port mappings must match.",
                )
                yield f"{path}.hostPort", f"{mode}, {must} Found host {host}, container {port}", "leave hostPort out"


def reserved_host_port(task: Task) -> Iterator[Problem]:
    """In bridge mode the ports of ssh, Docker and the ECS agent are taken on the host."""
    for path, port in _fixed_host_ports(task):
        if port in _RESERVED:
            yield f"{path}.hostPort", f"host port {port} is reserved on container instances", "choose another, or 0"


def ephemeral_host_port(task: Task) -> Iterator[Problem]:
    """A fixed host port above 32767 may meet one that Docker hands out."""
    for path, port in _fixed_host_ports(task):
        if port >= _EPHEMERAL and port not in _RESERVED:
            yield (
                f"{path}.hostPort",
                f"host port {port} lies in the ephemeral range from {_EPHEMERAL}",
                "0 lets ECS pick",
            )


def _fixed_host_ports(task: Task) -> Iterator[tuple[str, int]]:
    if task.network_mode != "bridge":
        return
    for container in task.containers:
        for path, mapping in container.items("portMappings"):
            if mapping.get("hostPort"):
                yield path, mapping["hostPort"]


def port_conflict(task: Task) -> Iterator[Problem]:
    """No two mappings claim one port: within a container, in a shared network, or on the host."""
    owner: dict[tuple[str, str], str] = {}
    ranged: set[tuple[str, str]] = set()
    for container in task.containers:
        for path, mapping in container.items("portMappings"):
            claims = list(_claims(task, container.name, mapping))
            is_range = mapping.get("containerPort") is None
            taken = next((claim for claim in claims if claim in owner), None)
            if taken and is_range and owner[taken] == container.name and taken in ranged:
                taken = None  # port-range says so
            if taken:
                message = f"{taken[0]} {taken[1]} is already used by container '{owner[taken]}'"
                yield path, message, "one port serves one container here; within a container, one protocol"
            for claim in claims:
                owner.setdefault(claim, container.name)
            ranged.update(claims if is_range else ())


def _claims(task: Task, container: str, mapping: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a mapping takes: its ports in the container, and those in the shared network or on the host."""
    port, protocol = mapping.get("containerPort"), mapping.get("protocol", "tcp")
    ports = [port] if port is not None else _span(mapping.get("containerPortRange", "")) or []
    for number in ports:
        yield f"port of {container}", str(number)
        if task.shares_ports:
            yield "port", f"{number}/{protocol}"
    if mapping.get("hostPort") and not task.shares_ports:
        yield "host port", f"{mapping['hostPort']}/{protocol}"


def port_range(task: Task) -> Iterator[Problem]:
    """A port range is first-last, up to 100 ports in a container, not overlapping, in awsvpc or bridge mode."""
    for container in task.containers:
        taken: set[int] = set()
        for path, mapping in container.items("portMappings"):
            text = mapping.get("containerPortRange")
            if text is None:
                continue
            span = _span(text)
            if span is None:
                yield f"{path}.containerPortRange", f"found {shown(text)}, expected first-last within 1-65535", ""
                continue
            if mapping.get("hostPort") is not None or mapping.get("containerPort") is not None:
                yield path, "a port range stands alone", "leave hostPort and containerPort out"
            if taken & set(span):
                yield f"{path}.containerPortRange", f"'{text}' overlaps another range", ""
            taken |= set(span)
        if len(taken) > 100:
            yield f"{container.path}.portMappings", f"the ranges hold {len(taken)} ports, expected at most 100", ""
        if taken and task.network_mode not in ("awsvpc", "bridge"):
            yield f"{container.path}.portMappings", f"network mode {task.network_mode} has no port ranges", ""


def _span(text: str) -> range | None:
    match = _RANGE.match(text)
    if not match:
        return None
    first, last = int(match[1]), int(match[2])
    return range(first, last + 1) if 1 <= first < last <= 65535 else None


def awsvpc_unsupported(task: Task) -> Iterator[Problem]:
    """In awsvpc mode containers have no hostname, links or extraHosts of their own."""
    # On Fargate links and extraHosts are reported by fargate-unsupported already.
    fields = ("hostname",) if task.fargate else ("hostname", "links", "extraHosts")
    for container in task.containers if task.network_mode == "awsvpc" else []:
        for field in fields:
            if container.get(field):
                yield (
                    f"{container.path}.{field}",
                    f"'{field}' is not supported when networkMode is awsvpc",
                    "leave it out",
                )


def links(task: Task) -> Iterator[Problem]:
    """Links join containers of the task in bridge mode, without a cycle."""
    if task.network_mode == "awsvpc":
        return  # awsvpc-unsupported and fargate-unsupported say so
    names = {container.name for container in task.containers}
    graph: dict[str, list[str]] = {}
    for container in task.containers:
        targets = [link.partition(":")[0] for link in container.get("links") or []]
        graph[container.name] = targets
        if targets and task.network_mode != "bridge":
            yield f"{container.path}.links", f"links need network mode bridge, found {task.network_mode}", ""
        for target in targets:
            if target not in names:
                yield f"{container.path}.links", f"Cannot link to '{target}' because it does not exist", ""
    loop = cycle(graph)
    if loop:
        yield "containerDefinitions", f"Container links should not have a cycle: {' -> '.join(loop)}", ""


def none_ports(task: Task) -> Iterator[Problem]:
    """With network mode none there are no ports to map."""
    for container in task.containers if task.network_mode == "none" else []:
        if container.get("portMappings"):
            yield f"{container.path}.portMappings", "Port mappings are not valid when networkMode=none.", ""


def proxy_container(task: Task) -> Iterator[Problem]:
    """The proxy configuration names a container of the task."""
    proxy = task.get("proxyConfiguration")
    if proxy and proxy.get("containerName") not in {container.name for container in task.containers}:
        yield "proxyConfiguration.containerName", f"no container is named '{proxy.get('containerName', '')}'", ""


_API = "botocore, RegisterTaskDefinition"
RULES = (
    Rule("port-number", ERROR, port_number, _API),
    Rule("host-port", ERROR, host_port, _API),
    Rule("reserved-host-port", ERROR, reserved_host_port, _API),
    Rule("ephemeral-host-port", WARNING, ephemeral_host_port, _API),
    Rule("port-conflict", ERROR, port_conflict, _API),
    Rule("port-range", ERROR, port_range, _API),
    Rule("awsvpc-unsupported", ERROR, awsvpc_unsupported, _API),
    Rule("links", ERROR, links, _API),
    Rule("none-ports", ERROR, none_ports, _API),
    Rule("proxy-container", ERROR, proxy_container, _API),
)
