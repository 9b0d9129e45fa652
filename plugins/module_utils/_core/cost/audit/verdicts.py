# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found of a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WRONG_SPEC, NOT_LIKE_FOR_LIKE, WRONG_SUM = "wrong_spec", "not_like_for_like", "wrong_sum"
INCONSISTENT, WRONG_REGION, UNEXPLAINED = "inconsistent", "wrong_region", "unexplained"
ODD_HOURS, NO_PRICE, CEILING = "odd_hours", "no_price", "ceiling"
PART_OF_RANGE, IMPLIED, ROUNDED, REPRODUCED = "part_of_range", "implied", "rounded", "reproduced"

#: Worst first. Where a claim is looked at in several ways, the worst is its verdict.
VERDICTS: Mapping[str, str] = {
    WRONG_SPEC: "The type is made of something else.",
    NOT_LIKE_FOR_LIKE: "The two sides that are compared do not hold the same.",
    WRONG_SUM: "The operands give something else.",
    INCONSISTENT: "Other figures of the same document give something else.",
    WRONG_REGION: "Another region's prices give the figure, and those of the region that is named do not.",
    UNEXPLAINED: "No region, month or rounding gives the figure.",
    ODD_HOURS: "A number of hours gives the figure that no month has.",
    NO_PRICE: "There is nothing to check the figure by; it is unknown, which is not 0.",
    CEILING: "Nothing that is offered takes off as much; the figure is an upper limit, not a rate.",
    PART_OF_RANGE: "The figure is one end of a range, or within it.",
    IMPLIED: "The figure holds if the operand that nobody printed is what is left.",
    ROUNDED: "The figure is right but for rounding on the way, or to whole dollars.",
    REPRODUCED: "The figure is right.",
}
_RANK = {verdict: rank for rank, verdict in enumerate(VERDICTS)}


@dataclass(frozen=True)
class Judged:
    """One way of looking at a claim. `facts` are keys of the result, its amounts exact."""

    verdict: str
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def worst(judged: Sequence[Judged]) -> str:
    return min((each.verdict for each in judged), key=_RANK.__getitem__)
