# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task definition as rules read it: the API's dictionary plus the few things derived from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..tree import labelled
from ..units import cpu_units, memory_mib


@dataclass(frozen=True)
class Container:
    """One container definition and how it is called in paths."""

    path: str
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.data.get("name", ""))

    def get(self, key: str) -> Any:
        return self.data.get(key)

    def items(self, key: str) -> Iterator[tuple[str, Any]]:
        """The items of one of the container's lists, each with its path."""
        return labelled(f"{self.path}.{key}", self.data.get(key, []))

    @property
    def essential(self) -> bool:
        return self.data.get("essential", True) is True

    @property
    def linux(self) -> Mapping[str, Any]:
        parameters: Mapping[str, Any] = self.data.get("linuxParameters", {})
        return parameters

    @property
    def log(self) -> Mapping[str, Any]:
        configuration: Mapping[str, Any] = self.data.get("logConfiguration", {})
        return configuration


class Task:
    """A well-typed definition in the API's shape; sizes are digits, as `task_definition.prepare` leaves them."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.definition = definition

    def get(self, key: str, default: Any = None) -> Any:
        return self.definition.get(key, default)

    @cached_property
    def containers(self) -> list[Container]:
        items = self.get("containerDefinitions", [])
        return [Container(path, item) for path, item in labelled("containerDefinitions", items)]

    @cached_property
    def volumes(self) -> list[tuple[str, Mapping[str, Any]]]:
        return list(labelled("volumes", self.get("volumes", [])))

    @property
    def fargate(self) -> bool:
        """Fargate's limits hold as soon as Fargate is among the compatibilities, even beside EC2."""
        return "FARGATE" in (self.get("requiresCompatibilities") or [])

    @property
    def os_family(self) -> str:
        return str(self.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX"))

    @property
    def windows(self) -> bool:
        return self.os_family.startswith("WINDOWS")

    @property
    def network_mode(self) -> str:
        """What ECS uses when nothing is said: awsvpc on Fargate, bridge on EC2. `default` says nothing, too."""
        mode = self.get("networkMode")
        return str(mode) if mode not in (None, "default") else ("awsvpc" if self.fargate else "bridge")

    @property
    def shares_ports(self) -> bool:
        """In awsvpc and host mode the containers of a task listen on one set of ports."""
        return self.network_mode in ("awsvpc", "host")

    @property
    def cpu(self) -> int | None:
        return cpu_units(self.get("cpu", ""))

    @property
    def memory(self) -> int | None:
        return memory_mib(self.get("memory", ""))
