# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the host has room: disk, memory, open files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..findings import ERROR, WARNING, Finding
from .drift import whole
from .model import Service, Stack
from .plan import CREATE, RECREATE, START, Plan

MIB = 1024 * 1024
#: Below that no container can be made with any hope, in bytes and in inodes.
FLOOR_BYTES, FLOOR_INODES = 128 * MIB, 1000
#: Below that part of the whole it is worth a word.
LOW = 0.05


def disk(
    plan: Plan, free: int | None, total: int | None, free_inodes: int | None, total_inodes: int | None
) -> Iterator[Finding]:
    """At the engine's data-root, where containers or images are made."""
    if not any(step.action in (CREATE, RECREATE) or step.pull or step.build for step in plan.steps):
        return
    if free is not None:
        left = f"{free // MIB} MiB free for images and containers"
        yield from _room("disk-full", left, free, total, FLOOR_BYTES, "docker image prune, or a larger disk")
    if free_inodes is not None and total_inodes:  # some file systems have no fixed number and say 0
        left = f"{free_inodes} inodes free for images and containers"
        yield from _room("inodes-full", left, free_inodes, total_inodes, FLOOR_INODES, "remove small files")


def _room(rule: str, left: str, free: int, total: int | None, floor: int, hint: str) -> Iterator[Finding]:
    if free < floor:
        yield Finding(rule, ERROR, "", f"only {left}", hint)
    elif total and free < total * LOW:
        yield Finding(rule, WARNING, "", f"only {left}, {100 * free / total:.1f} % of all", hint)


def memory(stack: Stack, plan: Plan, available: int | None, total: int | None) -> Iterator[Finding]:
    """Limits of the containers that come in addition. A limit is a ceiling, no need: beyond what is there it is a word,
    beyond the whole machine it cannot be meant."""
    wanted = sum(_limit(stack.services[step.service]) * _more(step.service, plan, stack) for step in plan.steps
                 if step.service in stack.services)  # fmt: skip
    if not wanted:
        return
    text = f"the new containers may use {wanted // MIB} MiB together"
    if total is not None and wanted > total:
        yield Finding("memory", ERROR, "", f"{text}, the machine has {total // MIB} MiB", "lower the limits")
    elif available is not None and wanted > available:
        yield Finding("memory", WARNING, "", f"{text}, {available // MIB} MiB are available")


def _more(name: str, plan: Plan, stack: Stack) -> int:
    """How many of them will run that do not run now; what is recreated gives its memory back first."""
    step = plan.step(name)
    if step.action == START:
        return stack.services[name].replicas
    return max(step.replicas - step.present, 0) if step.action in (CREATE, RECREATE) else 0


def _limit(service: Service) -> int:
    limits = ((service.config.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    return whole(limits.get("memory") or service.config.get("mem_limit"))


def open_files(service: Service, most: int | None) -> Iterator[Finding]:
    asked: Any = (service.config.get("ulimits") or {}).get("nofile")
    values = list(asked.values()) if isinstance(asked, Mapping) else [asked]
    number = max((whole(value) for value in values), default=0)
    if most is not None and number > most:
        path = f"services.{service.name}.ulimits.nofile"
        message = f"{number} open files are asked for, and the engine may give at most {most}"
        yield Finding("open-files", ERROR, path, message)
