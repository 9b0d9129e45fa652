# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a service with published ports was away: from the stop of its old container to the new one's readiness.

All moments are the engine's own, from what it tells of the new container: Compose creates it right before it stops the
old one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..._core.stack.readiness import moment
from ..._core.stack.wish import Wish


def seconds(wish: Wish, service: str, inspected: Iterable[Mapping[str, Any]], stopped: float | None) -> float:
    """The longest of the service's containers. `stopped` is the moment of the stop, where it was not Compose's."""
    now = time.time()
    return round(max((_one(wish, service, one, stopped, now) for one in inspected), default=0.0), 2)


def _one(wish: Wish, service: str, inspected: Mapping[str, Any], stopped: float | None, now: float) -> float:
    began = stopped if stopped is not None else moment(str(inspected.get("Created") or ""))
    return max(0.0, _ready(wish, service, inspected, now) - (now if began is None else began))


def _ready(wish: Wish, service: str, inspected: Mapping[str, Any], now: float) -> float:
    """With a health check, when it first passed. Being stable for a time is a test: somebody answers meanwhile."""
    state = inspected.get("State") or {}
    started = moment(str(state.get("StartedAt") or ""))
    probed = any(one.service in ("", service) and not one.stable_seconds for one in wish.ready or ())
    if started is None or probed:
        return now
    checks = (state.get("Health") or {}).get("Log") or ()
    passed = [moment(str(one.get("End") or "")) for one in checks if one.get("ExitCode") == 0]
    after = [at for at in passed if at is not None and at >= started]
    return min(after, default=now if state.get("Health") else started)
