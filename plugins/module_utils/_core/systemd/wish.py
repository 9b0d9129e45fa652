# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for: an app whose services run as systemd units, whether it came from variables or from Compose.

Times are seconds, sizes bytes. A command is a tuple of words; no shell runs it. A path that is not absolute is within
the release. The words of the fields are the keys of the option `services`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

ALWAYS, ON_FAILURE, NEVER = "always", "on-failure", "no"
#: What a service waits for in another one: its start, its readiness, or its end without an error.
STARTED, READY, COMPLETED = "started", "ready", "completed"


@dataclass(frozen=True)
class Needs:
    """Another service of the app that has to be there first."""

    service: str
    condition: str = STARTED
    required: bool = True


@dataclass(frozen=True)
class Directory:
    """Data that outlives releases: /var/lib/<app>/<name>. The service sees it at `target`, else there."""

    name: str
    target: str = ""


@dataclass(frozen=True)
class Bind:
    """A path of the host that the service sees at `target`."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Tmpfs:
    """A file system in memory of the service's own; without a size, half of the host's memory."""

    target: str
    size: int | None = None


@dataclass(frozen=True)
class File:
    """A file with this content, which the service sees at `target`; `secret` ones are never shown."""

    name: str
    target: str
    content: str
    secret: bool = False
    mode: int | None = None


@dataclass(frozen=True)
class Timer:
    """When it runs, instead of all the time. `calendar` is systemd.time(7)'s, `every` counts from the last start."""

    calendar: str = ""
    every: int | None = None
    randomized_delay: int = 0
    persistent: bool = True


@dataclass(frozen=True)
class Probe:
    """How to see that it is ready: one of http (an address), tcp (host:port or port), command and stable_seconds."""

    http: str = ""
    status: tuple[int, ...] = ()
    tcp: str = ""
    command: tuple[str, ...] = ()
    stable_seconds: float = 0


@dataclass(frozen=True)
class Limits:
    """None sets no limit of its own. `cpus` is a number of CPUs, `files` the highest number of open files."""

    memory: int | None = None
    memory_low: int | None = None
    cpus: Decimal | None = None
    tasks: int | None = None
    files: int | None = None


@dataclass(frozen=True)
class LogLimits:
    """Lines of one service that journald takes in an interval; more are dropped, and journald says how many."""

    interval: int = 30
    burst: int = 10000


@dataclass(frozen=True)
class Service:
    name: str
    exec: tuple[str, ...]
    working_dir: str = ""
    user: str = ""  # '' is one that systemd makes up (DynamicUser)
    group: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    environment_files: tuple[str, ...] = ()
    #: By name: the host's file that holds the value. Passed with LoadCredential.
    credentials: Mapping[str, str] = field(default_factory=dict)
    directories: tuple[Directory, ...] = ()
    binds: tuple[Bind, ...] = ()
    tmpfs: tuple[Tmpfs, ...] = ()
    files: tuple[File, ...] = ()
    #: Ports that it binds by itself, and what systemd listens on for it: ports, address:port, or paths.
    ports: tuple[int, ...] = ()
    sockets: tuple[int | str, ...] = ()
    capabilities: tuple[str, ...] = ()
    needs: tuple[Needs, ...] = ()
    limits: Limits = Limits()
    log: LogLimits = LogLimits()
    restart: str = ALWAYS
    restart_seconds: int = 1
    restart_max_seconds: int = 30
    stop_seconds: Decimal = Decimal(10)
    stop_signal: str = "SIGTERM"
    one_shot: bool = False
    timer: Timer | None = None
    reload: tuple[str, ...] = ()
    #: Patterns of paths in the release that it reads again when it is reloaded.
    reload_on: tuple[str, ...] = ()
    #: Options of the hardened unit by name: false leaves one out.
    hardening: Mapping[str, bool] = field(default_factory=dict)
    ready: tuple[Probe, ...] = ()
    ready_seconds: int = 120


@dataclass(frozen=True)
class App:
    """`root` is the folder that holds releases/ and the link current."""

    name: str
    services: tuple[Service, ...] = ()
    root: str = ""

    def unit(self, service: str) -> str:
        """The name of a service's unit, without its suffix."""
        return self.name if service == self.name else f"{self.name}-{service}"
