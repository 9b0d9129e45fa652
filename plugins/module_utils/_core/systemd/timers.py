# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit that starts a service at given times. Source: systemd.timer(5)."""

from __future__ import annotations

from collections.abc import Iterator

from .limits import Line
from .quoting import line
from .wish import Timer


def lines(timer: Timer) -> Iterator[Line]:
    if timer.calendar:
        yield "OnCalendar", line(timer.calendar)
        yield "Persistent", "yes" if timer.persistent else "no"
    if timer.every is not None:
        yield "OnActiveSec", "0"  # there is no last start to count from yet
        yield "OnUnitActiveSec", str(timer.every)
    if timer.randomized_delay:
        yield "RandomizedDelaySec", str(timer.randomized_delay)
    yield "AccuracySec", "1s"  # a minute by default, too coarse for what runs each minute
