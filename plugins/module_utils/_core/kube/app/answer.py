# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of `k8s_app`, from the plan alone: check mode and the real run tell the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .hiding import shown_pair
from .plan import CHANGE, CREATE, NONE, REMOVE, Plan, Step


def result(plan: Plan) -> dict[str, Any]:
    return {"changed": plan.changed, "objects": [_object(step) for step in plan.steps], "diff": diff(plan)}


def _object(step: Step) -> dict[str, Any]:
    told = list(step.reasons) if step.action != NONE else []
    return {"kind": step.ident.kind, "name": step.ident.name, "action": step.action, "reasons": told}


def diff(plan: Plan) -> list[dict[str, str]]:
    """The release, then each object that changes on its own. Values of Secrets are never shown."""
    before: dict[str, str] = {"release": plan.good} if plan.good else {}
    after: dict[str, str] = {"release": plan.release} if plan.release else {}
    if plan.makes_namespace:
        after["namespace"] = "is made"
    if plan.removes_namespace:
        before["namespace"] = "is removed"
    texts = [{"before": _text(before), "after": _text(after)}] if before != after else []
    return [*texts, *(_difference(step) for step in plan.steps if step.action in (CREATE, CHANGE, REMOVE))]


def _difference(step: Step) -> dict[str, str]:
    before, after = shown_pair(step.before, step.after)
    header = step.ident.words
    return {"before_header": header, "after_header": header, "before": _text(before), "after": _text(after)}


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n" if value else ""
