# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a claim is looked at with: the book, the other claims, and the scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ..estimate import HOURS
from ..price import Book
from ..scenario import Part, Scenario
from .bill import Bill
from .claim import Claim
from .claim_values import Of


@dataclass(frozen=True)
class Context:
    """`hours` are those of the user's month."""

    book: Book
    claims: Mapping[str, Claim] = field(default_factory=dict)
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    hours: Decimal = HOURS

    def parts(self, of: Of) -> tuple[Part, ...]:
        return self.scenarios[of].parts if isinstance(of, str) else of

    def bill(self, of: Of) -> Bill:
        return Bill(self.parts(of), self.book)

    def region(self, claim: Claim) -> str:
        """The region that the claim names, or its scenario is in; nothing where neither is."""
        named = next((self.scenarios[name].region for key, name in claim.scenarios), "")
        return claim.region or named
