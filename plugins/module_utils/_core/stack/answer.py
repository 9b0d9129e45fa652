# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns, and the diff, both from values."""

from __future__ import annotations

from typing import Any

from .model import Stack
from .plan import Plan
from .present import Present


def result(stack: Stack, present: Present, plan: Plan, release: int = 0) -> dict[str, Any]:
    """changed, project, release, services, actions, prediction_exact, findings, drift. `present` is that after a run."""
    raise NotImplementedError


def diff(stack: Stack, present: Present, plan: Plan) -> dict[str, str]:
    """before and after as text, from what was there before: the same in check mode as in the real run."""
    raise NotImplementedError
