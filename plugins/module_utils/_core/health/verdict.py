# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal, warning or critical: each figure against its thresholds, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .options import Threshold, Thresholds, Wish
from .procfs import PRESSURES

NORMAL, UNKNOWN, WARNING, CRITICAL = "normal", "unknown", "warning", "critical"
#: Worst last. What is not known is not fine.
STATES = (NORMAL, UNKNOWN, WARNING, CRITICAL)
#: What the option `fail_on` stops at. Where there is a gate, what is not known does not pass it.
FAIL_ON = {"never": (), "warning": (UNKNOWN, WARNING, CRITICAL), "critical": (UNKNOWN, CRITICAL)}


@dataclass(frozen=True)
class Item:
    """One figure and what is thought of it. `name` is the mount, the app or the resource, where there are several."""

    item: str
    name: str
    value: float | None
    state: str
    message: str
    warning: float | None = None
    critical: float | None = None

    @property
    def key(self) -> str:
        return f"{self.item} {self.name}".strip()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def state_of(value: float | None, threshold: Threshold) -> str:
    """Between the two thresholds, both included, is a warning. What nobody judges is normal."""
    judged = threshold.warning is not None or threshold.critical is not None
    if value is None:
        return UNKNOWN if judged else NORMAL
    if threshold.critical is not None and value > threshold.critical:
        return CRITICAL
    return WARNING if threshold.warning is not None and value >= threshold.warning else NORMAL


def judged(item: str, name: str, value: float | None, thresholds: Thresholds, noun: str) -> Item:
    limits = thresholds.of(item, name)
    state = state_of(value, limits)
    return Item(item, name, value, state, _sentence(noun, value, state, limits), limits.warning, limits.critical)


def _sentence(noun: str, value: float | None, state: str, limits: Threshold) -> str:
    if value is None:
        return f"{noun}: not known"
    said = f"{noun}: {value:g} %"
    if state == CRITICAL:
        return f"{said}, above {limits.critical:g} %"
    return f"{said}, from {limits.warning:g} % on" if state == WARNING else said


def items(figures: Mapping[str, Any], wish: Wish) -> tuple[Item, ...]:
    """In the order of a reader's questions: processor, memory, disks, then what runs."""
    return tuple(_items(figures, wish))


def _items(figures: Mapping[str, Any], wish: Wish) -> Iterator[Item]:
    thresholds = wish.thresholds
    seconds = figures["cpu"]["interval_seconds"]
    yield judged("cpu", "", figures["cpu"]["percent"], thresholds, f"CPU over {seconds:g} s")
    yield judged("load", "", figures["load"]["percent"], thresholds, "load of 5 minutes for each CPU")
    yield judged("memory", "", figures["memory"]["percent"], thresholds, "memory that is not available")
    if figures["swap"]["total_bytes"]:
        yield judged("swap", "", figures["swap"]["percent"], thresholds, "swap")
    for resource in PRESSURES:
        if some := figures["pressure"].get(resource, {}).get("some"):
            yield judged("pressure", resource, some["avg60"], thresholds, f"tasks that waited for {resource}")
    for mount in figures["mounts"]:
        yield from _of_mount(mount, thresholds)
    for path in figures["mounts_missing"]:
        yield Item("disk", path, None, CRITICAL, f"{path}: nothing is mounted there")
    yield from _of_docker(figures["docker"], wish.docker)
    for app in figures["apps"]:
        yield from _of_app(app, thresholds)


def _of_mount(mount: Mapping[str, Any], thresholds: Thresholds) -> Iterator[Item]:
    path = mount["path"]
    if "total_bytes" not in mount:
        yield Item("disk", path, None, CRITICAL, f"{path}: {mount['device']} does not answer")
        return
    yield judged("disk", path, mount["percent"], thresholds, f"disk {path}")
    if mount["inodes_total"]:
        yield judged("inodes", path, mount["inodes_percent"], thresholds, f"inodes {path}")


def _of_docker(docker: Mapping[str, Any], asked: str) -> Iterator[Item]:
    if asked == "never" or (docker["running"] is False and asked != "always"):
        return
    if not docker["running"]:
        yield Item("docker", "", None, CRITICAL, f"Docker: {docker['message']}")
        return
    said = f"Docker: {docker['containers_running']} of {docker['containers']} containers run"
    unwell = docker["containers_unwell"]
    if unwell:
        yield Item("docker", "", None, WARNING, f"{said}; not well: {', '.join(unwell)}")
    elif docker["message"]:
        yield Item("docker", "", None, UNKNOWN, f"{said}; {docker['message']}")
    else:
        yield Item("docker", "", None, NORMAL, said)


def _of_app(app: Mapping[str, Any], thresholds: Thresholds) -> Iterator[Item]:
    """An app that somebody named and that does not run is what a check is for."""
    name = app["name"]
    if not app["running"]:
        yield Item("app", name, None, CRITICAL, f"{name}: {app['message']}")
        return
    yield judged("app_cpu", name, app["cpu_percent"], thresholds, f"CPU of {name}, of all CPUs")
    of = "its limit" if app["memory_limit_bytes"] else "the host's"
    yield judged("app_memory", name, app["memory_percent"], thresholds, f"memory of {name}, of {of}")


def overall(found: Iterable[Item]) -> str:
    return max((item.state for item in found), key=STATES.index, default=NORMAL)


def failing(found: Iterable[Mapping[str, Any]], fail_on: str) -> list[Mapping[str, Any]]:
    """Of the items of a result, those that the option `fail_on` stops at."""
    return [item for item in found if item["state"] in FAIL_ON[fail_on]]


#: Plan A: more than 3.5 of 4 GB, and more than 80 % sustained, call for a larger set-up.
LARGER_MEMORY, LARGER_CPU = 87.5, 80.0


def larger_setup(
    memory: float | None, samples: Sequence[tuple[float, float]], needed_seconds: float = 0.0
) -> dict[str, Any]:
    """`samples` are seconds and percent of CPU, without a gap up to now. Sustained is what holds in each of them.

    A timer knows more than one look and passes what it needs, so that a busy minute is not called sustained.
    """
    reasons = []
    if memory is not None and memory > LARGER_MEMORY:
        reasons.append(f"memory at {memory:g} %, above {LARGER_MEMORY:g} % (3.5 of 4 GB)")
    seconds = sum(length for length, _percent in samples)
    lowest = min((percent for _length, percent in samples), default=0.0)
    if lowest > LARGER_CPU and seconds >= needed_seconds:
        reasons.append(f"CPU above {LARGER_CPU:g} % for {seconds:.0f} s, at {lowest:g} % or more")
    return {"called_for": bool(reasons), "reasons": reasons, "cpu_seconds": round(seconds, 1)}
