# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would break on this host, said before anything changes. Only what can be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..findings import Finding
from .model import Stack
from .plan import Plan
from .present import Present
from .wish import Wish

FILE, DIRECTORY, MISSING = "file", "directory", "missing"


@dataclass(frozen=True)
class BusyPort:
    """Somebody listens there. `container` is its id where a container holds the port, `holder` words for people."""

    port: int
    address: str  # 0.0.0.0, ::, 127.0.0.1, ...
    protocol: str = "tcp"
    container: str = ""
    holder: str = ""


@dataclass(frozen=True)
class HostFacts:
    """What is known of the host. None and missing keys are unknown and lead to no finding."""

    busy_ports: tuple[BusyPort, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)  # bind sources, config and secret files: see FILE, ...
    free_bytes: int | None = None  # at data-root
    total_bytes: int | None = None
    free_inodes: int | None = None
    total_inodes: int | None = None
    available_memory: int | None = None  # MemAvailable, in bytes
    total_memory: int | None = None
    nofile_hard: int | None = None  # the most that the engine may give
    registry: Mapping[str, str] = field(default_factory=dict)  # reference -> why it cannot be had; empty where it can
    variables: frozenset[str] | None = None  # names that Compose's environment has


def check(stack: Stack, present: Present, plan: Plan, wish: Wish, host: HostFacts) -> tuple[Finding, ...]:
    raise NotImplementedError
