# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures in the text format of Prometheus, for the textfile collector of its node exporter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .verdict import STATES

_PREFIX = "slipway_host_"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
#: A sample: labels and a value. One without a value is left out: unknown is not zero.
_Sample = tuple[Mapping[str, str], Any]


def text(result: Mapping[str, Any], time: float) -> str:
    """`result` is that of a check, `time` seconds of the epoch."""
    looked: list[_Sample] = [({}, round(time, 3))]
    families = [*_families(result), ("checked_timestamp_seconds", "When it was looked.", looked)]
    return "".join(f"{line}\n" for name, says, samples in families for line in _lines(name, says, samples))


def _lines(name: str, says: str, samples: list[_Sample]) -> Iterator[str]:
    known = [(labels, value) for labels, value in samples if value is not None]
    if known:
        yield f"# HELP {_PREFIX}{name} {says}"
        yield f"# TYPE {_PREFIX}{name} gauge"
    for labels, value in known:
        said = ",".join(f'{label}="{str(content).translate(_ESCAPES)}"' for label, content in labels.items())
        yield f"{_PREFIX}{name}{f'{{{said}}}' if said else ''} {_number(value)}"


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else repr(value)


def _families(result: Mapping[str, Any]) -> Iterator[tuple[str, str, list[_Sample]]]:
    cpu, larger = result["cpu"], result["larger_setup"]
    worst = STATES.index(result["verdict"])
    yield "verdict", "The worst state: 0 normal, 1 unknown, 2 warning, 3 critical.", [({}, worst)]
    states = [({"item": it["item"], "name": it["name"]}, STATES.index(it["state"])) for it in result["checks"]]
    yield "state", "The state of each item: 0 normal, 1 unknown, 2 warning, 3 critical.", list(states)
    yield "larger_setup", "Whether the figures call for a larger set-up.", [({}, larger["called_for"])]
    yield "cpu_percent", "Time that was not idle, over the interval.", [({}, cpu["percent"])]
    modes = [({"mode": mode}, share) for mode, share in cpu["modes"].items()]
    yield "cpu_mode_percent", "Time by mode, over the interval.", list(modes)
    load = [({"minutes": name}, result["load"][key]) for name, key in (("1", "one"), ("5", "five"), ("15", "fifteen"))]
    yield "load", "Tasks that run or wait, on average.", list(load)
    for name in ("memory", "swap"):
        sizes = result[name].items()
        kinds = [({"kind": key.removesuffix("_bytes")}, size) for key, size in sizes if key.endswith("_bytes")]
        yield f"{name}_bytes", f"Bytes of {name}.", list(kinds)
    yield from _filesystems(result["mounts"])
    waits = [
        ({"resource": resource, "share": share, "window": window}, value)
        for resource, shares in result["pressure"].items()
        for share, windows in shares.items()
        for window, value in windows.items()
    ]
    yield "pressure_percent", "Time in which some or all tasks waited.", list(waits)
    yield from _docker(result["docker"])
    yield from _apps(result["apps"])


def _filesystems(mounts: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, list[_Sample]]]:
    for family, suffix, says in (("bytes", "_bytes", "Bytes"), ("inodes", "", "Inodes")):
        kinds = [f"{kind}_bytes" for kind in ("total", "used", "available", "reserved")]
        keys = kinds if suffix else ["inodes_total", "inodes_used"]
        samples = [
            (
                {
                    "mount": mount["path"],
                    "device": mount["device"],
                    "kind": key.replace("_bytes", "").replace("inodes_", ""),
                },
                mount.get(key),
            )
            for mount in mounts
            for key in keys
        ]
        yield f"filesystem_{family}", f"{says} of each file system.", list(samples)


def _docker(docker: Mapping[str, Any]) -> Iterator[tuple[str, str, list[_Sample]]]:
    yield "docker_up", "Whether the engine answers.", [({}, docker["running"])]
    if docker["running"]:
        counts = [({"state": "all"}, docker["containers"]), ({"state": "running"}, docker["containers_running"])]
        unwell = ({"state": "unwell"}, len(docker["containers_unwell"]))
        yield "docker_containers", "Containers of Docker.", [*counts, unwell]
        sizes = [
            ({"of": name, "kind": kind.removesuffix("bytes").rstrip("_") or "all"}, size)
            for name, kinds in docker["disk"].items()
            for kind, size in kinds.items()
        ]
        yield "docker_disk_bytes", "Bytes that Docker has on disk.", list(sizes)


def _apps(apps: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, list[_Sample]]]:
    yield "app_up", "Whether the app runs.", [({"app": app["name"]}, app["running"]) for app in apps]
    for key, says in (
        ("cpu_percent", "CPU of an app, of all CPUs."),
        ("memory_bytes", "Memory of an app."),
        ("memory_limit_bytes", "What an app may have of memory."),
    ):
        yield f"app_{key}", says, [({"app": app["name"]}, app.get(key)) for app in apps]
