# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of cost_check. What is within resources, topology and the like is described where it is read."""

from __future__ import annotations

from typing import Any

from ..._core.cost.derive.topology import TARGETS
from ..._core.cost.scenario import PROVISIONS
from ..compose.options import OPTIONS

_PROVISIONS = {"type": "list", "elements": "str", "choices": [*PROVISIONS]}
#: Ansible's own message about a text that is no number does not show the text, so these are read by `request`.
_NUMBER = {"type": "raw"}

SCENARIO: dict[str, Any] = {
    "name": {"type": "str"},
    "region": {"type": "str"},
    "resources": {"type": "list", "elements": "dict"},
    "compose": {"type": "dict", "options": OPTIONS},
    "target": {"type": "list", "elements": "str", "choices": [*TARGETS]},
    "topology": {"type": "dict"},
    "provides": _PROVISIONS,
}

ARGUMENTS: dict[str, Any] = {
    "scenarios": {"type": "list", "elements": "dict", "required": True, "options": SCENARIO},
    "region": {"type": "str"},
    "budget_usd_per_month": _NUMBER,
    "budget_usd_total": _NUMBER,
    "gate": {"type": "str", "choices": ["low", "expected", "high", "none"], "default": "expected"},
    "enforce": {"type": "bool", "default": True},
    "chosen": {"type": "str"},
    "requires": {**_PROVISIONS, "default": []},
    "allow_unpriced": {"type": "bool", "default": False},
    "commitment": {"type": "dict"},
    "phases": {"type": "list", "elements": "dict"},
    "credits": {"type": "list", "elements": "dict"},
    "start_date": {"type": "str"},
    "break_even": {"type": "dict"},
    "claims": {"type": "list", "elements": "dict"},
    "previous": {"type": "dict"},
    "hours_per_month": {**_NUMBER, "default": 730},
    "free_tier": {"type": "bool", "default": False},
    "price_overrides": {"type": "list", "elements": "dict"},
    "price_book": {"type": "path"},
    "max_price_age_days": _NUMBER,
}
