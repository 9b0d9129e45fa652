# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service Connect: by which names tasks find each other. These are the names of the Compose file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...findings import Finding
from ..compose.peers import Directory, task_of
from ..compose.target import ecs_name
from .kinds import finding
from .tasks import AppTask

#: Network modes of which Service Connect knows the ports.
_MODES = ("awsvpc", "bridge")


def connection(
    task: AppTask, definition: Mapping[str, Any], directory: Directory, found: list[Finding]
) -> dict[str, Any] | None:
    """The service's configuration in the API's shape; None where it calls nobody and nobody calls it."""
    if definition.get("networkMode") not in _MODES:
        return None
    found += _without_port(task, directory)
    served = list(_served(task, definition, directory, found))
    if served:
        return {"enabled": True, "services": served}
    return {"enabled": True} if _calls(task, directory) else None


def _calls(task: AppTask, directory: Directory) -> bool:
    services = directory.app.services
    called = (peer for service in task.services for peer in directory.callees[service.name])
    return any(task_of(services[peer]) != task.name for peer in called)


def _without_port(task: AppTask, directory: Directory) -> Iterator[Finding]:
    """A service that is called at no port that anybody names has no entry in Service Connect."""
    services = directory.app.services
    for caller in task.services:
        for peer in directory.callees[caller.name]:
            if task_of(services[peer]) != task.name and peer not in directory.asked_ports:
                message = f"'{peer}' runs in another task, and nothing says on which port it is reached"
                hint = f"state the port that '{peer}' listens on, under expose"
                yield finding("port-unknown", f"services.{caller.name}", message, hint)


def _served(
    task: AppTask, definition: Mapping[str, Any], directory: Directory, found: list[Finding]
) -> Iterator[dict[str, Any]]:
    containers = {container["name"]: container for container in definition.get("containerDefinitions", [])}
    for service in task.services:
        asked = directory.asked_ports.get(service.name, {})
        ports = [port for port, callers in asked.items() if callers != {task.name}]
        if not ports:
            continue
        name = _name(task, service.name, directory, found)
        for mapping in containers[ecs_name(service.name)].get("portMappings") or []:
            port = mapping.get("containerPort")
            if port in ports and mapping.get("name") and mapping.get("protocol") != "udp":
                yield {"portName": mapping["name"], "clientAliases": [{"port": port, "dnsName": name}]}


def _name(task: AppTask, service: str, directory: Directory, found: list[Finding]) -> str:
    """The service's own name, if anybody calls it by that. Service Connect has one alias for a port."""
    services = directory.app.services
    names: dict[str, str] = {}
    for caller, called in directory.callees.items():
        if task_of(services[caller]) != task.name:
            names.update({name.lower(): caller for name in called.get(service, ()) if name.lower() not in names})
    kept = service if service.lower() in names or not names else next(iter(names))
    for name, caller in names.items():
        if name != kept.lower():
            message = f"'{name}' is another name of '{service}', which is reached as '{kept}' alone"
            hint = f"call it '{kept}'"
            found.append(finding("alias-elsewhere", f"services.{caller}", message, hint))
    return kept
