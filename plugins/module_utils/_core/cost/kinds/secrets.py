# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...options.schema import Key
from ..amounts import amount, digits
from ..scenario import Usage
from ..span import ZERO
from .counts import AT_LEAST_ONE
from .lines import metered, monthly, words


@dataclass(frozen=True)
class Secret:
    """Secrets in Secrets Manager."""

    count: int = 1
    calls: Decimal = ZERO
    KIND: ClassVar[str] = "secret"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "count": Key(AT_LEAST_ONE, "How many.", {"count": 3}),
        "calls": Key(amount(0, "calls a month"), "API calls for all of them together.", {"count": 3, "calls": 20_000}),
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        count = Decimal(self.count)
        yield monthly("Secret", "secret.month", count, words(count, "secret"))
        if self.calls:
            yield metered(
                "Secret calls", "secret.calls_10k", self.calls / 10_000, f"{digits(self.calls)} calls / 10000"
            )
