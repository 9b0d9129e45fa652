# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task definition and its containers while they are being put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...app import App, Service
from ...findings import Finding
from .kinds import finding
from .peers import Directory
from .target import EcsTarget, ecs_name


class TaskDraft:
    """`fields` and `volumes` are the definition's own; `findings` are those of the task and its containers."""

    def __init__(
        self, directory: Directory, target: EcsTarget, name: str, services: Sequence[Service], network_mode: str
    ) -> None:
        self.directory = directory
        self.target = target
        self.name = name
        self.services = {service.name: service for service in services}
        self.family = target.family(directory.app.name, name)
        self.network_mode = network_mode
        self.fields: dict[str, Any] = {}
        self.volumes: dict[str, dict[str, Any]] = {}
        self.findings: list[Finding] = []
        #: Services of other tasks that a finding has spoken of.
        self.elsewhere: set[str] = set()

    @property
    def app(self) -> App:
        return self.directory.app

    def report(self, kind: str, message: str, hint: str = "", place: str = "") -> None:
        """A finding about the task as a whole, at the service that it is called after, or its first one."""
        service = self.name if self.name in self.services else next(iter(self.services))
        self.findings.append(finding(kind, f"services.{service}{place}", message, hint))

    @property
    def shares_localhost(self) -> bool:
        """In awsvpc and host mode the containers of a task have one network; in bridge mode each has its own."""
        return self.network_mode in ("awsvpc", "host")

    @property
    def log_group(self) -> str:
        return self.target.log_group or f"/ecs/{self.family}"


class ContainerDraft:
    """`fields` are the container definition; `links` are the names by which it calls others, in bridge mode."""

    def __init__(self, task: TaskDraft, service: Service) -> None:
        self.task = task
        self.service = service
        self.name = ecs_name(service.name)
        self.fields: dict[str, Any] = {"name": self.name}
        self.links: dict[str, str] = {}
        self.architecture = service.ecs.architecture
        self.keeps_logs = True
        self.given = _given(task.target.definition, self.name)

    @property
    def linux(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.fields.setdefault("linuxParameters", {})
        return parameters

    def report(self, kind: str, place: str, message: str, hint: str = "") -> None:
        """A finding at a place of the service, such as `ports[80]`."""
        self.task.findings.append(finding(kind, f"services.{self.service.name}.{place}", message, hint))

    def gives(self, field: str, name: str) -> bool:
        """Whether the user's own definition has an item of that name in a list of the container."""
        return any(item.get("name") == name for item in self._given_items(field))

    def picks_host_port(self, port: int, protocol: str) -> bool:
        """Whether the user's own definition leaves the host port to ECS."""
        mappings = self._given_items("portMappings")
        same = (m for m in mappings if (str(m.get("containerPort")), m.get("protocol", "tcp")) == (str(port), protocol))
        return any(str(mapping.get("hostPort")) == "0" for mapping in same)

    def _given_items(self, field: str) -> list[Mapping[str, Any]]:
        items = self.given.get(field)
        return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _given(definition: Mapping[str, object], container: str) -> Mapping[str, Any]:
    """The container as the user's own definition has it, where anything may stand: it is checked later."""
    containers = definition.get("containerDefinitions")
    for item in containers if isinstance(containers, list) else []:
        if isinstance(item, Mapping) and item.get("name") == container:
            return item
    return {}
