# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of `systemd_app`, from the plan alone: check mode and the real run tell the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .deployment import Deployment
from .hardening import rise
from .plan import Plan, Step, picture
from .present import Present


def result(plan: Plan, present: Present, wanted: Deployment | None, exposures: Mapping[str, str]) -> dict[str, Any]:
    """`present` is what there was before; `exposures` are by unit."""
    return {
        "changed": plan.changed,
        "services": [_service(step, present, wanted, exposures) for step in plan.steps],
        "diff": diff(plan, present, wanted),
    }


def _service(step: Step, present: Present, wanted: Deployment | None, exposures: Mapping[str, str]) -> dict[str, Any]:
    unit = step.main or (step.units[0] if step.units else "")
    score = exposures.get(step.unit("service"))
    return {
        "name": step.service,
        "unit": unit,
        "action": step.action,
        "reasons": list(step.reasons),
        "state": present.state(unit).active,
        "exposure": float(score) if score is not None else None,
        "hardening_off": _turned_off(wanted, step.service),
    }


def _turned_off(wanted: Deployment | None, name: str) -> dict[str, str]:
    """What was turned off, and by how much the score rises with each alone."""
    found = [service for service in (wanted.app.services if wanted else ()) if service.name == name]
    return {option: str(rise(one, option)) for one in found for option, on in one.hardening.items() if not on}


def diff(plan: Plan, present: Present, wanted: Deployment | None) -> list[dict[str, str]]:
    """Units as text, each on its own; everything else as one mapping. Secrets are names here."""
    before, after = picture(plan, present, wanted)
    old, new = before.pop("units", {}), after.pop("units", {})
    texts = [
        {"before_header": name, "after_header": name, "before": old.get(name, ""), "after": new.get(name, "")}
        for name in sorted({*old, *new})
    ]
    if before or after:
        texts.insert(0, {"before": _text(before), "after": _text(after)})
    return texts


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n" if value else ""
