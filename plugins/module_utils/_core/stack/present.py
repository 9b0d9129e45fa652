# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine has of a project. `read` makes it from the engine's own answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .status import health

LABEL = "com.docker.compose."


@dataclass(frozen=True)
class Container:
    """One container of the project, from the list of containers (which inspects nothing)."""

    id: str
    name: str  # without the slash
    service: str
    number: int
    state: str  # created, running, paused, restarting, removing, exited, dead
    status: str  # the engine's words: Up 3 hours (healthy), Exited (1) 2 days ago
    image: str  # as it was created from
    image_id: str
    config_hash: str
    labels: Mapping[str, str]
    networks: Mapping[str, str]  # name -> network id
    mounts: tuple[Mapping[str, Any], ...] = ()  # Type, Name, Source, Destination, RW
    ports: tuple[Mapping[str, Any], ...] = ()  # IP, PrivatePort, PublicPort, Type
    one_off: bool = False  # `compose run`: no replica of its service

    @property
    def health(self) -> str:
        """healthy, unhealthy, starting, or nothing where there is no check."""
        return health(self.status)

    @property
    def exit_code(self) -> int | None:
        """From `Exited (1) ...`; None of a container that has not ended."""
        inside = self.status.partition("Exited (")[2].partition(")")[0]
        return int(inside) if inside.lstrip("-").isdigit() else None


@dataclass(frozen=True)
class Network:
    id: str
    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Volume:
    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Present:
    """`images` has the id of each local reference that the services name; one that is not there is missing."""

    containers: tuple[Container, ...] = ()
    networks: Mapping[str, Network] = field(default_factory=dict)  # by name; external ones too, where asked for
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)

    def of(self, service: str) -> tuple[Container, ...]:
        """The replicas of a service, lowest number first."""
        mine = (one for one in self.containers if one.service == service and not one.one_off)
        return tuple(sorted(mine, key=lambda one: one.number))
