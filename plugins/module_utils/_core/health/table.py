# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table for all hosts: what each of them has, and below it what is not well and which of them are too small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from .verdict import NORMAL, STATES

_HEAD = ("host", "verdict", "CPU", "memory", "swap", "fullest disk", "inodes", "Docker", "larger set-up")
UNREACHABLE, FAILED = "unreachable", "failed"
_NOTHING = "-"


def lines(results: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """`results` are hosts and what the module, or Ansible in its place, said of each. Worst first."""
    if not results:
        return ["No host was asked."]
    ordered = sorted(results, key=_badness)
    rows = [_HEAD, *(_row(host, result) for host, result in ordered)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    rule = "  ".join("-" * width for width in widths)
    told = [line for host, result in ordered for line in _told(host, result)]
    return [table[0], rule, *table[1:], *(["", *told] if told else []), "", _conclusion(results)]


def _badness(entry: tuple[str, Mapping[str, Any]]) -> tuple[int, str]:
    verdict = _verdict(entry[1])
    return (-(STATES.index(verdict) if verdict in STATES else len(STATES)), entry[0])


def _verdict(result: Mapping[str, Any]) -> str:
    if result.get("unreachable"):
        return UNREACHABLE
    return str(result.get("verdict", FAILED))


def _row(host: str, result: Mapping[str, Any]) -> tuple[str, ...]:
    verdict = _verdict(result)
    if "cpu" not in result:
        return (host, verdict, *[_NOTHING] * (len(_HEAD) - 2))
    memory = result["memory"]
    return (
        host,
        verdict,
        _percent(result["cpu"]["percent"]),
        f"{_percent(memory['percent'])} of {size(memory['total_bytes'])}",
        _percent(result["swap"]["percent"]),
        _fullest(result["mounts"], "percent"),
        _fullest(result["mounts"], "inodes_percent"),
        _docker(result["docker"]),
        "yes" if result["larger_setup"]["called_for"] else "no",
    )


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1f} %"


def _fullest(mounts: Sequence[Mapping[str, Any]], key: str) -> str:
    known = [mount for mount in mounts if mount.get(key) is not None]
    if not known:
        return _NOTHING
    fullest = max(known, key=itemgetter(key))
    return f"{_percent(fullest[key])} {fullest['path']}"


def _docker(docker: Mapping[str, Any]) -> str:
    if not docker["running"]:
        return _NOTHING
    taken = sum(kind["bytes"] for kind in docker["disk"].values())
    return f"{docker['containers_running']} run{f', {size(taken)}' if docker['disk'] else ''}"


def size(amount: float) -> str:
    """In the units that memory is sold in: 1 GiB is 1024 MiB."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit in ("B", "KiB") else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def _told(host: str, result: Mapping[str, Any]) -> Iterator[str]:
    """What is not normal, and why a larger set-up is called for."""
    if "cpu" not in result:
        words = (str(result.get(key) or "") for key in ("msg", "module_stderr"))
        said = " ".join(" ".join(words).split()) or "no reason is known"
        yield f"{host}: {_verdict(result)}: {said}"
        return
    for item in result["checks"]:
        if item["state"] != NORMAL:
            yield f"{host}: {item['state']}: {item['message']}"
    for reason in result["larger_setup"]["reasons"]:
        yield f"{host}: calls for a larger set-up: {reason}"


def _conclusion(results: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    larger = sorted(host for host, result in results if result.get("larger_setup", {}).get("called_for"))
    silent = [host for host, result in results if "cpu" not in result]
    seen = len(results) - len(silent)
    missing = f" {len(silent)} could not be looked at." if silent else ""
    if larger:
        return f"Plan A calls for a larger set-up: {', '.join(larger)} ({len(larger)} of {seen} hosts).{missing}"
    return f"Plan A calls for no larger set-up on the {seen} hosts that were looked at.{missing}"
