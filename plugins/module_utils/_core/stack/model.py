# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project as `config --format json` prints it, in nouns. `read` is in reader.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CONFIG, SECRET, BIND = "config", "secret", "bind"
START_FIRST, STOP_FIRST = "start-first", "stop-first"
STARTED, HEALTHY, COMPLETED = "service_started", "service_healthy", "service_completed_successfully"


@dataclass(frozen=True)
class Content:
    """What a container gets from outside its image and may therefore be stale: a config, a secret, or a bound file.

    Exactly one of `source` (a path on the host), `text` (inline) and `variable` (of Compose's environment) is set.
    """

    kind: str
    name: str  # of the config or secret; the path on the host for a bound file
    target: str  # in the container
    source: str | None = None
    text: str | None = None
    variable: str | None = None

    @property
    def key(self) -> str:
        return f"{self.kind} {self.name} at {self.target}"


@dataclass(frozen=True)
class Port:
    """`published` is None where the engine chooses; a range stays text, as in 8000-8010."""

    target: int
    published: str | None = None
    host_ip: str = ""
    protocol: str = "tcp"


@dataclass(frozen=True)
class Mount:
    """`kind` is volume, bind, tmpfs, image, cluster or npipe. A volume without source is anonymous."""

    kind: str
    target: str
    source: str = ""
    read_only: bool = False
    create_host_path: bool = True


@dataclass(frozen=True)
class Dependency:
    service: str
    condition: str = STARTED
    restart: bool = False
    required: bool = True


@dataclass(frozen=True)
class Service:
    """One service. `config` is its mapping as Compose prints it, in its order, with `$$` still doubled."""

    name: str
    image: str  # the reference that Compose creates containers from, also where the service is only built
    config: Mapping[str, Any]
    replicas: int = 1
    depends_on: tuple[Dependency, ...] = ()
    networks: tuple[str, ...] = ()  # keys of Stack.networks
    ports: tuple[Port, ...] = ()
    mounts: tuple[Mount, ...] = ()
    contents: tuple[Content, ...] = ()
    one_shot: bool = False  # told so, or somebody waits for it to complete
    order: str = STOP_FIRST
    parallelism: int = 1  # 0 is all at once
    failure_action: str = ""  # rollback, pause, continue or nothing

    @property
    def build(self) -> Mapping[str, Any] | None:
        build: Mapping[str, Any] | None = self.config.get("build")
        return build

    @property
    def shares_with(self) -> tuple[str, ...]:
        """Services whose container this one's refers to by id: network_mode, pid, ipc `service:x`, volumes_from."""
        modes = (str(self.config.get(key) or "") for key in ("network_mode", "pid", "ipc"))
        named = [mode.partition(":")[2] for mode in modes if mode.startswith("service:")]
        sources = [str(entry).partition(":")[0] for entry in self.config.get("volumes_from") or ()]
        return tuple(dict.fromkeys([*named, *(name for name in sources if name != "container")]))


@dataclass(frozen=True)
class Stack:
    """The active services of a project, and all that they use. Networks and volumes by key, each with its `name`."""

    project: str
    services: Mapping[str, Service]
    networks: Mapping[str, Mapping[str, Any]]
    volumes: Mapping[str, Mapping[str, Any]]
    raw: Mapping[str, Any]  # the whole model as printed: what a release keeps to come back to
