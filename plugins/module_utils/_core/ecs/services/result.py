# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns: the same in check mode, but for what only a deployment can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...secrets import mask
from ..rollout import Outcome
from . import downtime
from .names import revision_name
from .plan import Plan
from .present import Present

_EVENTS = 10


def followed(plan: Plan) -> bool:
    """Only ECS's own deployments can be followed."""
    return bool((plan.settings.get("deploymentController") or {}).get("type", "ECS") == "ECS")


def of_plan(plan: Plan, name: str, cluster: str) -> dict[str, Any]:
    return {
        "changed": plan.changed,
        "plan": [change.as_dict() for change in plan.changes],
        "downtime": plan.downtime,
        "reasons": plan.reasons,
        "diff": _diff(plan.before, plan.after, name, cluster),
    }


def of_service(present: Present | None, plan: Plan, name: str, predicted: bool) -> dict[str, Any]:
    """The service as it is; `predicted`, with the settings that it would have."""
    service = dict(present.service) if present else {}
    if predicted:
        service = {**service, **plan.settings, "serviceName": name}
    if "events" in service:
        service["events"] = service["events"][:_EVENTS]
    return {"service": mask({**service, "tags": plan.tags.wanted})}


def of_outcome(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return {"deployment": None, "failure": None, "progress": []}
    failure = outcome.failure.as_dict() if outcome.failure else None
    return {"deployment": outcome.deployment or None, "failure": failure, "progress": list(outcome.progress)}


def of_removal(present: Present | None, name: str, cluster: str) -> dict[str, Any]:
    """A service that is being deleted already is no change any more."""
    active = present is not None and present.status == "ACTIVE"
    before: dict[str, Any] = {}
    if present and active:
        revision = revision_name(present.settings.get("taskDefinition", ""))
        before = {"name": name, "task_definition": revision, "desired_count": present.desired_count}
    return {
        "changed": active,
        "plan": [],
        "downtime": downtime.of_removal(name, present.tasks or present.desired_count) if present and active else None,
        "reasons": [f"service {name} exists in cluster {cluster.rpartition('/')[2]}"] if active else [],
        "diff": _diff(before, {}, name, cluster),
    }


def _diff(before: Mapping[str, Any], after: Mapping[str, Any], name: str, cluster: str) -> dict[str, Any]:
    header = f"service {name} in cluster {cluster.rpartition('/')[2]}"
    return {"before": before, "after": after, "before_header": header, "after_header": header}
