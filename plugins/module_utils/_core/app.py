# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app is, read from the canonical form of its Compose project. Every target starts from these nouns.

A `Service` has typed fields for what several targets need, and `keys` for all of it: the canonical form of each key
that the service has, so that a target can account for every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .extensions import EcsOptions, KubernetesOptions, SystemdOptions

_NO_ECS, _NO_KUBERNETES, _NO_SYSTEMD = EcsOptions(), KubernetesOptions(), SystemdOptions()

STARTED = "service_started"
HEALTHY = "service_healthy"
COMPLETED = "service_completed_successfully"


@dataclass(frozen=True)
class Port:
    """`published` is a host port, a range of them as text, or None where the engine chooses."""

    target: int
    published: str | None = None
    protocol: str = "tcp"
    host_ip: str | None = None
    mode: str = "ingress"
    name: str | None = None
    app_protocol: str | None = None


@dataclass(frozen=True)
class Mount:
    """An entry of `volumes`. `type` is bind, volume, tmpfs, npipe, cluster or image; no `source` is anonymous."""

    type: str
    target: str
    source: str | None = None
    read_only: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HealthCheck:
    """`test` starts with CMD, CMD-SHELL or NONE, or is empty where the image's own is used. Times are seconds."""

    test: tuple[str, ...] = ()
    interval: Decimal | None = None
    timeout: Decimal | None = None
    start_period: Decimal | None = None
    retries: int | None = None
    disabled: bool = False


@dataclass(frozen=True)
class Dependency:
    """`condition` is one of STARTED, HEALTHY and COMPLETED."""

    service: str
    condition: str = STARTED
    required: bool = True


@dataclass(frozen=True)
class Amount:
    """An amount of CPUs, and of memory in bytes; None where nothing is said."""

    cpus: Decimal | None = None
    memory: int | None = None


UNSTATED = Amount()


@dataclass(frozen=True)
class FileReference:
    """A secret or a config that a service gets as a file."""

    source: str
    target: str
    uid: str | None = None
    gid: str | None = None
    mode: str | None = None


@dataclass(frozen=True)
class Service:
    name: str
    keys: Mapping[str, Any]
    image: str | None = None
    #: None is the image's own; an empty tuple clears it.
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    #: A value of None: the variable is in the file, and nobody gave it a value.
    environment: Mapping[str, str | None] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    mounts: tuple[Mount, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    healthcheck: HealthCheck | None = None
    limits: Amount = UNSTATED
    reservations: Amount = UNSTATED
    replicas: int = 1
    secrets: tuple[FileReference, ...] = ()
    configs: tuple[FileReference, ...] = ()
    #: Seconds.
    stop_grace_period: Decimal | None = None
    ecs: EcsOptions = _NO_ECS
    kubernetes: KubernetesOptions = _NO_KUBERNETES
    systemd: SystemdOptions = _NO_SYSTEMD


@dataclass(frozen=True)
class App:
    """`volumes`, `networks`, `secrets` and `configs` are the project's, in canonical form, by name."""

    name: str
    services: Mapping[str, Service]
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    volumes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
