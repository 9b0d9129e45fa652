# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `claims`: figures that somebody printed, read all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ...findings import ERROR, Finding, shown
from ...options.schema import described, read
from ...words import did_you_mean
from .claim import Claim

__all__ = ["RULE", "Claim", "read_claims"]

RULE = "cost-claim"
_MOST = 1000


def read_claims(
    value: Any, path: str, scenarios: Collection[str] | None = None
) -> tuple[tuple[Claim, ...], list[Finding]]:
    """The claims, and everything that is wrong with them. `scenarios` are the names that they may speak of."""
    if value is None:
        return (), []
    if not isinstance(value, list):
        return (), [Finding(RULE, ERROR, path, f"{described(value)}, expected a list of claims")]
    if len(value) > _MOST:
        return (), [Finding(RULE, ERROR, path, f"found {len(value)} claims, expected at most {_MOST}")]
    claims: list[Claim] = []
    findings: list[Finding] = []
    for index, item in enumerate(value):
        claim, problems = read(Claim, item, f"{path}[{_label(item, index)}]", RULE)
        findings += problems
        claims += [claim] if claim else []
    given = [str(item["name"]) for item in value if isinstance(item, Mapping) and item.get("name") is not None]
    findings += _names(claims, given, path)
    findings += _scenarios(claims, scenarios, path) if scenarios is not None else ()
    return tuple(claims), findings


def _label(item: Any, index: int) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return name if isinstance(name, str) and name and len(name) <= 100 else str(index)


def _names(claims: Sequence[Claim], given: Sequence[str], path: str) -> Iterator[Finding]:
    """Names that stand twice, and names of claims that are not there. One that was refused is there."""
    figures = {claim.name for claim in claims if claim.figure is None}
    for name in sorted({name for name in given if given.count(name) > 1}):
        yield Finding(RULE, ERROR, f"{path}[{name}].name", "found the name twice, expected names that differ")
    for claim in claims:
        place = f"{path}[{claim.name}].{claim.expression.operation}" if claim.expression else path
        for name in claim.expression.names() if claim.expression else ():
            if name == claim.name:
                yield Finding(RULE, ERROR, place, "found the claim itself, expected another")
            elif name not in given:
                hint = did_you_mean(name, given, "an operand that nobody printed is 'unknown'")
                yield Finding(RULE, ERROR, place, f"found {shown(name)}, expected the name of a claim", hint)
            elif name in figures:
                yield Finding(RULE, ERROR, place, f"found {shown(name)}, expected a claim with a figure")


def _scenarios(claims: Sequence[Claim], scenarios: Collection[str], path: str) -> Iterator[Finding]:
    for claim in claims:
        for key, name in claim.scenarios:
            if name not in scenarios:
                hint = did_you_mean(name, scenarios, f"they are {', '.join(scenarios)}")
                place = f"{path}[{claim.name}].{key}"
                yield Finding(RULE, ERROR, place, f"found {shown(name)}, expected the name of a scenario", hint)
