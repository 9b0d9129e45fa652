# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app is in Kubernetes' words, before a version is chosen: `render.py` makes manifests of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB = "Deployment", "StatefulSet", "DaemonSet", "Job"
CONFIG_MAP, SECRET = "ConfigMap", "Secret"


@dataclass(frozen=True)
class Port:
    """A port of a container. `published` is the one that a load balancer listens on, `node` the one of all nodes."""

    number: int
    protocol: str
    name: str
    app_protocol: str | None = None
    published: int | None = None
    node: int | None = None
    open: bool = False


@dataclass(frozen=True)
class Claim:
    """A volume that outlives pods. `size` is a quantity."""

    name: str
    size: str
    storage_class: str | None = None
    access: str = "ReadWriteOnce"


@dataclass(frozen=True)
class Texts:
    """A ConfigMap or a Secret, and the workload that it is for."""

    kind: str
    name: str
    workload: str
    data: Mapping[str, str]


@dataclass(frozen=True)
class Route:
    """An Ingress."""

    port: int
    host: str | None = None
    path: str = "/"
    tls_secret: str | None = None
    class_name: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scaling:
    """How many pods there are at least and at most."""

    least: int
    most: int


@dataclass(frozen=True)
class Workload:
    """A service. `container` and `pod` are fields of the API's own, which are the same in all versions.

    `networks` are those that its pods are on; None: it is not kept apart, since it shares the node's network.
    """

    name: str
    service: str
    kind: str = DEPLOYMENT
    replicas: int = 1
    container: Mapping[str, Any] = field(default_factory=dict)
    pod: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    #: Fields of the workload's own spec, such as its strategy.
    spec: Mapping[str, Any] = field(default_factory=dict)
    wave: int = 0
    ports: tuple[Port, ...] = ()
    load_balancer: bool = False
    headless: bool = False
    aliases: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    route: Route | None = None
    scaling: Scaling | None = None
    networks: tuple[str, ...] | None = ()
    kept_in: bool = False
    cut_off: bool = False


@dataclass(frozen=True)
class App:
    """`claims` are volumes of several workloads, or of those that have none of their own."""

    name: str
    namespace: str = ""
    workloads: tuple[Workload, ...] = ()
    claims: tuple[Claim, ...] = ()
    texts: tuple[Texts, ...] = ()
