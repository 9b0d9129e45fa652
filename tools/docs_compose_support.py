# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of what becomes of each Compose key on Amazon ECS, made from the table that does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.app.kinds import KINDS as OF_APPS
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.key import LEVELS, Key
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.kinds import KINDS
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.registry import THEMES
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import SEVERITIES, Kind

_HEAD = """\
# Compose on Amazon ECS

Generated from the table of keys by `make generate`; do not edit.

Every key of a Compose service, what becomes of it in a task definition on Fargate and on EC2, and what to know. A
service is a task of its own, unless `x-ecs: {task: NAME}` puts several into one. On Fargate the network mode is awsvpc.
On EC2 it is bridge unless the definition, or all services of the task, say otherwise.
"""
_SIZES = """\
## Sizes

A container's CPU and memory are what `x-ecs` says, else the reservation, else the limit, else a default that a finding
states. On Fargate the task gets the smallest size that holds its containers, and the proxy of Service Connect where it
calls other tasks or is called. A finding says what is left over. A memory limit above the task's memory is lowered to
it. On EC2 the task has no size, and each container a reservation.
"""
_FINDINGS = """\
## Findings

An *error* cannot run there, a *warning* works and bites later, *info* is worth knowing. Names are stable. The rules for
task definitions look at the result as well: see task_definition_rules.md.
"""
_APPS = """\
### On an app as a whole

What the filter `ecs_app_plan` says beside these.
"""


def compose_support() -> str:
    levels = table(("what becomes of it", "means"), LEVELS.items())
    themes = [_theme(title, keys) for title, keys in THEMES.items()]
    return "\n".join([_HEAD, levels, *themes, _SIZES, _FINDINGS, findings_table(KINDS), _APPS, findings_table(OF_APPS)])


def _theme(title: str, keys: Iterable[Key]) -> str:
    rows = ((f"`{key.name}`", key.fargate, key.ec2, key.becomes, sentences(key.note, key.hint)) for key in keys)
    return f"## {title}\n\n" + table(("key", "Fargate", "EC2", "becomes", "note"), rows)


def sentences(note: str, hint: str) -> str:
    """The note as a sentence, and the hint as another."""
    return " ".join(_sentence(text) for text in (note, hint) if text)


def _sentence(text: str) -> str:
    start = text if text.startswith("`") else text[:1].upper() + text[1:]
    return start if start.endswith(".") else f"{start}."


def findings_table(kinds: Mapping[str, Kind]) -> str:
    worst_first = sorted(kinds.items(), key=lambda item: SEVERITIES.index(item[1].severity))
    rows = ((f"`{name}`", kind.severity, kind.sentence) for name, kind in worst_first)
    return table(("finding", "severity", "says"), rows)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
