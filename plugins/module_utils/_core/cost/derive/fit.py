# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an app lies on its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Fit:
    """With the expected number of copies. The percentages are of all nodes, with what the system takes on each.

    `placement` has for each node the names of what runs there, once for each copy.
    """

    nodes: int
    instance_type: str
    cpu_percent: Decimal
    memory_percent: Decimal
    placement: tuple[tuple[str, ...], ...]
