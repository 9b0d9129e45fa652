# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs in CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...findings import ERROR
from ...options.schema import Check, Key
from ...rule import Problem
from ..amounts import amount
from ..scenario import Usage
from ..span import ZERO
from .lines import gigabytes

_HINT = "leave the resource out where there are no logs"


def _something_is_logged(logs: Logs) -> Iterator[Problem]:
    """`gib_ingested` or `gib_stored` is above 0."""
    if not logs.gib_ingested and not logs.gib_stored:
        yield "", "found no amount, expected gib_ingested or gib_stored above 0", _HINT


@dataclass(frozen=True)
class Logs:
    """Logs in CloudWatch, in the standard class."""

    gib_ingested: Decimal = ZERO
    gib_stored: Decimal = ZERO
    KIND: ClassVar[str] = "logs"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "gib_ingested": Key(amount(0, "GiB a month"), "What is written in a month.", {"gib_ingested": 5}),
        "gib_stored": Key(amount(0, "GiB"), "What is kept, on average.", {"gib_ingested": 5, "gib_stored": 10}),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (Check(ERROR, ("gib_ingested", "gib_stored"), _something_is_logged),)

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        if self.gib_ingested:
            yield gigabytes("Logs ingested", "logs.ingest_gb", self.gib_ingested)
        if self.gib_stored:
            yield gigabytes("Logs stored", "logs.store_gb_month", self.gib_stored)
