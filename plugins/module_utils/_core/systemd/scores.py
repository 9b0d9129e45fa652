# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `systemd-analyze security --offline=yes` says: 0 is a unit that can do nothing, 10 one that can do all."""

from __future__ import annotations

import re
from decimal import Decimal

_OVERALL = re.compile(r"Overall exposure level for (?P<unit>\S+): (?P<score>\d+\.\d+)")


def parse(text: str) -> Decimal | None:
    """The score of the first unit. It is in the plain output alone: the JSON has the rows and not their sum."""
    return next(iter(by_unit(text).values()), None)


def by_unit(text: str) -> dict[str, Decimal]:
    return {found["unit"]: Decimal(found["score"]) for found in _OVERALL.finditer(text)}
