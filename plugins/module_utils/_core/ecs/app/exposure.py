# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of an app is reachable from outside, and how its load balancer asks whether it is well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ...app import Port, Service
from ...findings import Finding
from ...health_urls import health_urls
from ...peers import exposed
from ..compose.target import ecs_name
from ..databases import keeps_data, serves_a_database
from ..task import Container
from .kinds import finding
from .names import short_name
from .tasks import SERVICE, AppTask

HTTP = 80
#: The load balancer's own; 443 is the main one where there is a certificate.
_MAIN = (HTTP, 443)
_LOOPBACK = ("127.", "::1", "[::1]", "localhost")
_USUAL = "HTTP1"
_VERSIONS = {"http2": "HTTP2", "grpc": "GRPC"}


@dataclass(frozen=True)
class Target:
    """A target group: the container and the port that requests go to, and the listener that they come from."""

    key: str
    name: str
    task: str
    service: str
    port: int
    health_path: str
    protocol_version: str
    target_type: str
    listener_port: int
    #: Whether somebody said which path to check.
    checked: bool = True

    @property
    def container(self) -> str:
        return ecs_name(self.service)

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "service": self.service,
            "container": self.container,
            "port": self.port,
            "protocol": "HTTP",
            "protocol_version": self.protocol_version,
            "health_path": self.health_path,
            "target_type": self.target_type,
            "listener_port": self.listener_port,
        }


def targets_of(app: str, tasks: list[AppTask], network_modes: Mapping[str, str]) -> tuple[list[Target], list[Finding]]:
    """In the order of the file, but for the main one, which comes first."""
    found: list[Finding] = []
    ports: list[tuple[AppTask, Service, Port]] = []
    for task, service in _public(tasks, found):
        port = _balanced_port(service)
        if port is None:
            found.append(_without_port(service))
        else:
            ports.append((task, service, port))
    if not any(service.ecs.public for _task, service, _port in ports):
        ports.sort(key=_is_not_main)
    listeners = _listeners([port for _task, _service, port in ports])
    targets = [_target(app, *entry, listener, network_modes) for entry, listener in zip(ports, listeners)]
    found += [_needs_https(target) for target in targets if target.protocol_version != _USUAL]
    return targets, found


def _target(
    app: str, task: AppTask, service: Service, port: Port, listener: int, network_modes: Mapping[str, str]
) -> Target:
    path = _health_path(service, port)
    return Target(
        key=service.name,
        name=short_name(f"{app}-{service.name}"),
        task=task.name,
        service=service.name,
        port=port.target,
        health_path=path or "/",
        protocol_version=_VERSIONS.get(port.app_protocol or "", _USUAL),
        target_type="ip" if network_modes[task.name] == "awsvpc" else "instance",
        listener_port=listener,
        checked=path is not None,
    )


def health_path(service: Service) -> str | None:
    """The path that its load balancer checks, where somebody says it: x-ecs, or the health check of the file."""
    port = _balanced_port(service)
    return service.ecs.health_path if port is None else _health_path(service, port)


def _health_path(service: Service, port: Port) -> str | None:
    return service.ecs.health_path or _checked_path(service, port.target)


def _needs_https(target: Target) -> Finding:
    """Source: the Elastic Load Balancing user guide, target groups, protocol version."""
    message = f"an Application Load Balancer passes {target.protocol_version} on from HTTPS listeners only"
    hint = "give the platform a certificate"
    return finding("needs-https", f"services.{target.service}.ports[{target.port}].app_protocol", message, hint)


def _public(tasks: list[AppTask], found: list[Finding]) -> list[tuple[AppTask, Service]]:
    """Those that x-ecs says are; where it says nothing anywhere, those that publish a port, but for databases."""
    pairs = [(task, service) for task in tasks for service in task.services]
    if any("public" in (service.keys.get("x-ecs") or {}) for _task, service in pairs):
        return [(task, service) for task, service in pairs if service.ecs.public]
    staying = [(task, service) for task, service in pairs if task.kind == SERVICE and list(_reachable(service))]
    public = [(task, service) for task, service in staying if not _is_a_store(service)]
    for _task, service in public:
        message = "nothing says what is reachable from the internet, so this is, for it publishes a port"
        hint = "say it with x-ecs: {public: true}, or public: false, on one of the services"
        found.append(finding("public-by-port", f"services.{service.name}.ports", message, hint))
    return public


def _is_a_store(service: Service) -> bool:
    container = Container("", {"image": service.image or "", "command": list(service.command or ())})
    return keeps_data(container) or serves_a_database(container)


def _reachable(service: Service) -> Iterator[Port]:
    for port in service.ports:
        if port.protocol == "tcp" and not (port.host_ip or "").startswith(_LOOPBACK):
            yield port


def _balanced_port(service: Service) -> Port | None:
    """The first that is published; else the first that is exposed."""
    listed = (Port(int(text)) for text in exposed(service) if text.isdigit())
    return next(chain(_reachable(service), listed), None)


def _without_port(service: Service) -> Finding:
    message = "found public: true and no TCP port that the load balancer could send requests to"
    hint = "name the port that the service listens on, under ports or expose"
    return finding("public-without-port", f"services.{service.name}.x-ecs.public", message, hint)


def _published(port: Port) -> int:
    return int(port.published) if port.published and port.published.isdecimal() else port.target


def _is_not_main(entry: tuple[AppTask, Service, Port]) -> bool:
    """Where nobody says which is the main one, the usual ports do."""
    return _published(entry[2]) not in _MAIN


def _listeners(ports: list[Port]) -> list[int]:
    """The first has the usual port, the others their published one, or the next that is free."""
    taken = list(_MAIN)
    listeners = []
    for number, port in enumerate(ports):
        wanted = _published(port)
        while number and wanted in taken:
            wanted += 1
        taken.append(wanted)
        listeners.append(wanted if number else HTTP)
    return listeners


def _checked_path(service: Service, port: int) -> str | None:
    """The path that the health check of the Compose file asks for at this port, if it asks for one."""
    asked = health_urls(service.name, service.healthcheck)
    return next((url.path for url in asked if url.port == port), None)
