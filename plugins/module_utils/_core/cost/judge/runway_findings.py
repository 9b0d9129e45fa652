# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to know about a runway: credits that are lost or of no use, and a plan that the money does not reach through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ...findings import INFO, WARNING, Finding
from ..amounts import dollars
from ..span import EXPECTED, LEVELS
from .credits import Credit
from .runway import CreditUse, Runway

CREDIT_LOST = "credit-lost"
CREDIT_UNUSED = "credit-unused"
PLAN_UNFUNDED = "plan-unfunded"


def runway_findings(
    runway: Runway, credits: Sequence[Credit], credits_path: str = "credits", phases_path: str = "phases"
) -> list[Finding]:
    """`credits` are those that the runway was made with."""
    found = [*_short_of_the_plan(runway, phases_path)]
    for index, credit in enumerate(credits):
        uses = {level: lasts.credits[index] for level in LEVELS if (lasts := runway.at(level)).credits}
        found += _about(credit, uses, runway, f"{credits_path}[{credit.name}]")
    return found


def _short_of_the_plan(runway: Runway, path: str) -> Iterator[Finding]:
    short = [
        f"at the {level} cost on {lasts.ends_on}, in {lasts.ends_in}, {dollars(lasts.missing)} short"
        for level in LEVELS
        if (lasts := runway.at(level)).missing
    ]
    if short:
        yield Finding(PLAN_UNFUNDED, WARNING, path, f"the money ends before the plan does: {'; '.join(short)}")


def _about(credit: Credit, uses: dict[str, CreditUse], runway: Runway, path: str) -> Iterator[Finding]:
    lost = [use.lost for use in uses.values()]
    if credit.until and credit.until < runway.start and any(lost):
        message = f"all of {dollars(credit.usd)} is lost: it expired on {credit.until}, before the start"
        yield Finding(CREDIT_LOST, WARNING, path, f"{message} on {runway.start}")
    elif any(lost):
        message = f"{_between(lost)} of {dollars(credit.usd)} is lost when it expires on {credit.until}"
        expected = uses.get(EXPECTED)
        besides = f", {dollars(expected.lost)} at the expected cost" if expected and len(set(lost)) > 1 else ""
        hint = "credits that expire first are used first, and until then there is not more to pay"
        yield Finding(CREDIT_LOST, WARNING, path, message + besides, hint)
    elif uses and not any(use.used for use in uses.values()):
        message = f"none of {dollars(credit.usd)} is used"
        yield Finding(CREDIT_UNUSED, INFO, path, f"{message}: it pays from {credit.since or runway.start} on", "")


def _between(amounts: list[Decimal]) -> str:
    low, high = min(amounts), max(amounts)
    return dollars(low) if low == high else f"{dollars(low)} to {dollars(high)}"
