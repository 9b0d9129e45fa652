# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's words for how a container is, as its list has them: `Up 2 seconds (health: starting)`."""

from __future__ import annotations

import re

_HEALTH = (("(healthy)", "healthy"), ("(unhealthy)", "unhealthy"), ("(health: starting)", "starting"))
#: How long it runs, while that is short.
_SECONDS = re.compile(r"Up (?:(\d+) seconds?|Less than a second)")


def health(status: str) -> str:
    """healthy, unhealthy, starting, or nothing where there is no check."""
    return next((word for text, word in _HEALTH if text in status), "")


def runs_longer(status: str, seconds: float) -> bool:
    """Whether it is up for more than so many seconds. Those must be few: the engine counts minutes after a while."""
    young = _SECONDS.match(status)
    return young is None or int(young[1] or 0) > seconds
