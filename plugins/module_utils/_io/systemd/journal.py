# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last lines of a unit in systemd's journal."""

from __future__ import annotations

from ..._core.systemd.failure import LOG_LINES
from .systemctl import call


def tail(unit: str, since: float, lines: int = LOG_LINES) -> tuple[str, ...]:
    """Since a moment of the epoch; with what systemd itself says of the unit."""
    ended = call(
        *("journalctl", "--no-pager", "--quiet", "--output=cat", f"--unit={unit}"),
        *(f"--since=@{int(since)}", f"--lines={lines}"),
        whole=True,
        seconds=20,
    )
    return tuple(line.rstrip() for line in ended.stdout.splitlines() if line.strip())


def ends(unit: str, since: float) -> str:
    """What systemd noted of how it ended, as lines of JSON."""
    ended = call(
        *("journalctl", "--no-pager", "--quiet", "--output=json", "--output-fields=EXIT_CODE,EXIT_STATUS,UNIT_RESULT"),
        *(f"--since=@{int(since)}", "_PID=1", f"UNIT={unit}"),
        whole=True,
        seconds=20,
    )
    return ended.stdout
