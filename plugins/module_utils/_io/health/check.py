# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at this host: reads, a pause, reads again, and what is thought of it. Changes nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from ..._core.health import cgroups, mounts, procfs, verdict
from ..._core.health.mounts import NETWORK, FileSystem
from ..._core.health.options import Wish
from . import apps as running_apps
from .apps import Found
from .cgroups import text

#: How long a file system may take to say how full it is.
_ANSWER_SECONDS = 2.0
_PROC = Path("/proc")
#: seconds since boot, ticks by mode, CPU seconds by app
Snapshot = dict[str, Any]


def boot_id() -> str:
    return text(_PROC / "sys/kernel/random/boot_id").strip()


def snapshot(found: Sequence[Found]) -> Snapshot:
    """Plain values, so that the next run of a timer can start from them."""
    return {
        "seconds": time.clock_gettime(time.CLOCK_BOOTTIME),
        "cpu": list(procfs.cpu_times(text(_PROC / "stat"))),
        "apps": {one.app.name: one.cpu_seconds() for one in found},
    }


def check(
    wish: Wish, former: Snapshot | None = None, history: Sequence[Sequence[float]] = (), needed_seconds: float = 0.0
) -> dict[str, Any]:
    """The result of a check. With a `former` snapshot the interval is the time since then, and nobody waits.

    `history` has seconds since boot, length and percent of CPU of earlier looks, oldest first; `needed_seconds` is how
    much of it there must be before anything is called sustained.
    """
    docker = _docker(wish)
    found = running_apps.find(wish.apps, wish.docker_host, wish.docker_timeout)
    spaces = _Spaces(wish)
    started = time.monotonic()
    shots = [former or snapshot(found)]
    for _turn in range(0 if former else wish.samples):
        time.sleep(wish.interval)
        shots.append(snapshot(found))
    if former:
        shots.append(snapshot(found))
    figures = _figures(wish, shots, found, spaces)
    recent = _recent(history, figures["samples"], wish.sustained_seconds)
    figures["larger_setup"] = verdict.larger_setup(figures["memory"]["percent"], recent, needed_seconds)
    passed = time.monotonic() - started
    figures["docker"] = docker.answer(wish.docker_timeout - passed) if docker else _NO_DOCKER
    items = verdict.items(figures, wish)
    return {
        "verdict": verdict.overall(items),
        "checks": [item.as_dict() for item in items],
        **figures,
        "snapshot": shots[-1],
    }


_NO_DOCKER = {"running": False, "message": "", "disk": {}}


def _docker(wish: Wish) -> Any:
    if wish.docker == "never":
        return None
    from .docker import Asked  # a host without Docker does without its client

    return Asked(wish.docker, wish.docker_host, wish.docker_timeout)


def _figures(wish: Wish, shots: Sequence[Snapshot], found: Sequence[Found], spaces: _Spaces) -> dict[str, Any]:
    stat, meminfo = text(_PROC / "stat"), text(_PROC / "meminfo")
    cpus, memory = procfs.processors(stat), procfs.memory(meminfo)
    return {
        "cpu": _cpu(shots, cpus),
        "load": procfs.load(text(_PROC / "loadavg"), cpus),
        "memory": memory,
        "swap": procfs.swap(meminfo),
        "pressure": {name: procfs.pressure(text(_PROC / "pressure" / name)) for name in procfs.PRESSURES},
        "mounts": spaces.answers(),
        "mounts_missing": list(spaces.missing),
        "apps": [_app(one, shots, cpus, memory["total_bytes"]) for one in found],
        "samples": _samples(shots),
    }


def _recent(
    history: Sequence[Sequence[float]], samples: Sequence[Sequence[float]], window_seconds: float
) -> list[tuple[float, float]]:
    """Length and percent of what lies in the window that ends now."""
    every = [*history, *samples]
    start = every[-1][0] - window_seconds if every else 0.0
    return [(length, share) for at, length, share in every if at > start]


def _samples(shots: Sequence[Snapshot]) -> list[list[float]]:
    """Of each interval: when it ended, how long it was, and percent."""
    taken = []
    for before, after in zip(shots, shots[1:]):
        use = procfs.cpu_use(before["cpu"], after["cpu"])
        length = after["seconds"] - before["seconds"]
        taken += [[round(after["seconds"], 2), round(length, 2), use["percent"]]] if use else []
    return taken


def _cpu(shots: Sequence[Snapshot], cpus: int) -> dict[str, Any]:
    use = procfs.cpu_use(shots[0]["cpu"], shots[-1]["cpu"]) or {}
    seconds = shots[-1]["seconds"] - shots[0]["seconds"]
    modes = {name: share for name, share in use.items() if name != "percent"}
    return {"percent": use.get("percent"), "modes": modes, "interval_seconds": round(seconds, 1), "cpus": cpus}


def _app(one: Found, shots: Sequence[Snapshot], cpus: int, host_bytes: int) -> dict[str, Any]:
    name = one.app.name
    if not one.groups:
        return {"name": name, "running": False, "message": one.message}
    before, after = shots[0], shots[-1]
    known = name in before["apps"]
    spent = after["apps"][name] - before["apps"][name] if known else None
    memory = [group.memory() for group in one.groups]
    use = cgroups.use(memory, spent, after["seconds"] - before["seconds"], cpus, host_bytes)
    return {"name": name, "running": True, "message": "", **use}


class _Spaces:
    """How full file systems are. Those on a network are asked beside everything else, since they may never answer."""

    def __init__(self, wish: Wish) -> None:
        every = mounts.read(text(_PROC / "self/mountinfo"))
        self._found, self.missing = mounts.chosen(every, wish.mounts, wish.ignore_mounts, os.path.isdir)
        self._figures: dict[str, dict[str, Any]] = {}
        self._asked = []
        for one in self._found:
            if one.mount.kind == NETWORK:
                thread = Thread(target=self._ask, args=(one,), daemon=True)
                thread.start()
                self._asked.append(thread)
            else:
                self._ask(one)

    def _ask(self, one: FileSystem) -> None:
        try:
            told = os.statvfs(one.mount.target)
        except OSError:
            return
        space = (told.f_frsize, told.f_blocks, told.f_bfree, told.f_bavail, told.f_files, told.f_ffree)
        self._figures[one.mount.target] = mounts.figures(one, space)

    def answers(self) -> list[Mapping[str, Any]]:
        limit = time.monotonic() + _ANSWER_SECONDS
        for thread in self._asked:
            thread.join(max(0.0, limit - time.monotonic()))
        return [self._figures.get(one.mount.target) or mounts.silent(one) for one in self._found]
