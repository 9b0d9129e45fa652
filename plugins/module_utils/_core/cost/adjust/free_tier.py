# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS does not bill each month, for ever: 100 GB to the internet and 5 GB of ingested logs.

Source: the pages of EC2's and CloudWatch's prices. Both are once for an account, so they are off by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ..estimate import Line
from ..scenario import Part, Usage
from ..span import Span, total

#: GB a month by the key of their price, and what they are called.
FREE: Mapping[str, tuple[Decimal, str]] = {
    "egress.gb_first_10tb": (Decimal(100), "traffic to the internet"),
    "logs.ingest_gb": (Decimal(5), "ingested logs"),
}
_ASSUMPTION = "if nothing else in the account uses it"


@dataclass(frozen=True)
class FreeTier:
    """What the lines belong to; it uses nothing itself."""

    KIND: ClassVar[str] = "free_tier"

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        return iter(())


PART = Part("free tier", FreeTier(), _ASSUMPTION)


def free_tier(lines: Sequence[Line], region: str) -> Iterable[Line]:
    """An adjustment: a negative line for each amount that is free. What has no price stays without one."""
    for key, (amount, name) in FREE.items():
        found = [line for line in lines if line.usage.key == key and line.cost is not None]
        price = found[0].price if found else None
        used = total(line.usage.quantity for line in found)
        free = Span(*(-min(quantity, amount) for quantity in used))
        if price is not None and any(free):
            formula = f"up to {amount} {price.unit} a month"
            usage = Usage(f"free {name}", key, free, formula, fixed=False)
            yield Line(PART, usage, price, free.times(price.usd))
