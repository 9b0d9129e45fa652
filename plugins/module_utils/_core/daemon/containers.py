# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the containers that ran before dockerd was restarted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Container:
    """`policy` is its restart policy: no, always, unless-stopped or on-failure."""

    id: str
    name: str
    policy: str


def running(listed: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Names by id, from `GET /containers/json`."""
    return {it["Id"]: _name(it) for it in listed if it.get("State") in ("running", "paused")}


def _name(container: Mapping[str, Any]) -> str:
    return str((container.get("Names") or [container["Id"][:12]])[0]).lstrip("/")


def of_inspect(inspected: Mapping[str, Any]) -> Container:
    policy = (inspected.get("HostConfig") or {}).get("RestartPolicy") or {}
    return Container(inspected["Id"], str(inspected.get("Name", "")).lstrip("/"), policy.get("Name") or "no")


def to_start(before: Iterable[Container], now: Iterable[str]) -> list[Container]:
    """Those that a restart took down and whose policy says that they run."""
    up = set(now)
    return [it for it in before if it.id not in up and it.policy != "no"]


def missing(before: Iterable[Container], now: Iterable[str]) -> list[str]:
    up = set(now)
    return sorted(it.name for it in before if it.id not in up)
