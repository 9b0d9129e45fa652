# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many run, how they are replaced, and what they may take."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, TRANSLATED
from .draft import ServiceDraft
from .key import Handler, Key

_CPU_PERIOD = 100_000
_TIMES = "at which times else is said in x-systemd.timer"


def add_limits(service: ServiceDraft) -> None:
    """Memory and CPUs, wherever in the file they stand; `limits` has already what handlers found."""
    found = {
        "memory": service.service.limits.memory,
        "memory_low": service.service.reservations.memory,
        "cpus": service.service.limits.cpus,
    }
    service.limits.update({name: value for name, value in found.items() if value is not None})


def _replicas(place: str) -> Handler:
    def handle(service: ServiceDraft, value: Any) -> None:
        if int(value) > 1:
            message = f"found {value}, and a host runs one of each service"
            service.report("compose-ignored", place, message, "run the app on several hosts behind a load balancer")

    return handle


def _mode(service: ServiceDraft, value: str) -> None:
    if value.endswith("-job") and not service.service.systemd.timer:
        service.report("compose-approximated", "deploy.mode", "it runs once at each start of the host", _TIMES)


def _cpu_quota(service: ServiceDraft, value: Any) -> None:
    period = int(service.service.keys.get("cpu_period") or _CPU_PERIOD)
    if int(value) > 0:
        service.limits["cpus"] = Decimal(int(value)) / period


def _pids(service: ServiceDraft, value: Any) -> None:
    if int(value) > 0:
        service.limits["tasks"] = int(value)


def _ulimits(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    """The hard limit, which the service may raise its own to."""
    for name, limit in value.items():
        most = int(limit["hard"] if isinstance(limit, Mapping) else limit)
        if name == "nofile" and most > 0:
            service.limits["files"] = most
        elif name == "nproc" and most > 0:
            service.limits.setdefault("tasks", most)
        else:
            message = f"found {most}, and a unit sets nofile and nproc to a number"
            service.report("compose-ignored", f"ulimits.{name}", message, "the host's own limit holds")


_NESTED = "See the keys within it."
_CPU_TIME = "the host's CPU time is shared alike"
KEYS = (
    Key("deploy", APPROXIMATED, "the unit", _NESTED, nested=True),
    Key("deploy.mode", APPROXIMATED, "`Type`", "`global` is one on each host, and jobs run once.", handle=_mode),
    Key(
        "deploy.replicas",
        APPROXIMATED,
        "nothing",
        "One; none leaves the service out.",
        handle=_replicas("deploy.replicas"),
    ),
    Key("scale", APPROXIMATED, "nothing", "One; none leaves the service out.", handle=_replicas("scale")),
    Key("deploy.labels", NOT_NEEDED, "nothing", "Labels of Swarm's service: Compose puts them nowhere."),
    Key("deploy.endpoint_mode", NOT_NEEDED, "nothing", "A word of Swarm."),
    Key("deploy.placement", NOT_NEEDED, "nothing", "Which hosts it runs on is said in the inventory."),
    Key(
        "deploy.update_config",
        IGNORED,
        "nothing",
        "a service is stopped before it is started again",
        "with x-systemd.socket requests wait meanwhile",
        minor=True,
    ),
    Key(
        "deploy.rollback_config", NOT_NEEDED, "nothing", "A release that is not ready in time is put back in any case."
    ),
    Key(
        "deploy.restart_policy",
        APPROXIMATED,
        "`Restart`, `RestartSec`",
        "Goes before `restart`. Attempts are not counted: the pauses grow.",
    ),
    Key("deploy.resources", TRANSLATED, "`MemoryMax`, ...", _NESTED, nested=True),
    Key("deploy.resources.limits", TRANSLATED, "`MemoryMax`, ...", _NESTED, nested=True),
    Key("deploy.resources.limits.cpus", TRANSLATED, "`CPUQuota`", "The same."),
    Key("deploy.resources.limits.memory", TRANSLATED, "`MemoryMax`", "The same."),
    Key("deploy.resources.limits.pids", TRANSLATED, "`TasksMax`", "The same.", handle=_pids),
    Key("deploy.resources.reservations", APPROXIMATED, "`MemoryLow`", _NESTED, nested=True),
    Key("deploy.resources.reservations.cpus", IGNORED, "nothing", _CPU_TIME, minor=True),
    Key("deploy.resources.reservations.memory", TRANSLATED, "`MemoryLow`", "What it keeps when the host runs short."),
    Key(
        "deploy.resources.reservations.generic_resources",
        IGNORED,
        "nothing",
        "systemd does not know Swarm's generic resources",
        minor=True,
    ),
    Key("cpus", TRANSLATED, "`CPUQuota`", "The same."),
    Key("mem_limit", TRANSLATED, "`MemoryMax`", "The same."),
    Key("mem_reservation", TRANSLATED, "`MemoryLow`", "What it keeps when the host runs short."),
    Key("cpu_quota", TRANSLATED, "`CPUQuota`", "Its share of `cpu_period`.", handle=_cpu_quota),
    Key("cpu_period", NOT_NEEDED, "`CPUQuota`", "Read with `cpu_quota`; alone it limits nothing."),
    Key("cpu_shares", IGNORED, "nothing", _CPU_TIME, minor=True),
    Key("cpu_rt_period", IGNORED, "nothing", "a service has no real-time CPU time", minor=True),
    Key(
        "cpu_rt_runtime", IGNORED, "nothing", "a service has no real-time CPU time", "let it run without", quiet=("0",)
    ),
    Key("cpu_count", IGNORED, "nothing", "a word of Windows", minor=True),
    Key("cpu_percent", IGNORED, "nothing", "a word of Windows", minor=True),
    Key("cpuset", IGNORED, "nothing", "it runs on all cores", "limit it with cpus"),
    Key("pids_limit", TRANSLATED, "`TasksMax`", "The same.", handle=_pids),
    Key(
        "ulimits",
        APPROXIMATED,
        "`LimitNOFILE`, `TasksMax`",
        "`nofile` and `nproc`, with the hard limit.",
        handle=_ulimits,
    ),
)
