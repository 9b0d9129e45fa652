# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that cost_check has to say, before it becomes JSON."""

from __future__ import annotations

from dataclasses import dataclass

from ..findings import Finding
from .audit.audit import Audited
from .compare import Change
from .judge.break_even import BreakEvens
from .judge.constraints import Choice
from .judge.edits import EditSet
from .judge.gate import Judged, Verdict
from .judge.runway import Runway
from .price import Book
from .request import Request
from .scenarios import Wished


@dataclass(frozen=True)
class Answered:
    """What is to say of one scenario."""

    wished: Wished
    judged: Judged
    edits: tuple[EditSet, ...] = ()
    runway: Runway | None = None
    change: Change | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What is to say of all of them. `plan` is the runway of the phases, or of the scenario that would be chosen.

    `doubts` are findings about the age of the prices.
    """

    request: Request
    book: Book
    answered: tuple[Answered, ...]
    choice: Choice
    verdict: Verdict
    doubts: tuple[Finding, ...] = ()
    plan: Runway | None = None
    break_evens: BreakEvens | None = None
    audited: tuple[Audited, ...] = ()
    findings: tuple[Finding, ...] = ()
