# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names by which one thing is called in several ways: task definitions and their revisions, namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def revision_name(task_definition: str) -> str:
    """family:revision, of an ARN or as it is."""
    return task_definition.rpartition("task-definition/")[2]


def family_alone(task_definition: str | None) -> str | None:
    """The family, where no revision is named and the newest is meant."""
    name = revision_name(task_definition or "")
    return name if name and ":" not in name else None


def to_be(family: str) -> str:
    """What stands in check mode for a revision that was not registered yet."""
    return f"{family}:new"


def is_to_be(task_definition: str | None) -> bool:
    return (task_definition or "").endswith(":new")


def namespace_to_look_up(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    """The ARN of a Cloud Map namespace, where one side has an ARN and the other a name."""
    sides = [_namespace(settings) for settings in (present, wanted)]
    arns = [side for side in sides if side.startswith("arn:")]
    return arns[0] if all(sides) and len(arns) == 1 else None


def with_namespace_as_held(present: Mapping[str, Any], wanted: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is asked for, its namespace spelt as AWS holds it where both mean the one called `name`."""
    if name not in (_namespace(present), _namespace(wanted)):
        return dict(wanted)
    member = "serviceConnectConfiguration"
    return {**wanted, member: {**wanted[member], "namespace": _namespace(present)}}


def _namespace(settings: Mapping[str, Any]) -> str:
    return str((settings.get("serviceConnectConfiguration") or {}).get("namespace") or "")
