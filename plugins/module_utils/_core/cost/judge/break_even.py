# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At how many copies of a service one scenario gets cheaper than another.

Machines hold several copies, so their cost goes up in steps: one scenario may be cheaper at 6 copies, dearer at 7 and
cheaper for good from 8 on. So there are two answers, the first number and the one from which it always is. What lies
beyond the numbers that were looked at is not known, so these are named with the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from ...findings import ERROR, Finding
from ...options.schema import Key, Value, read
from ...options.values import number, text
from ...words import did_you_mean
from .named import RULE

#: What a month costs with so many copies, IMPOSSIBLE where they do not fit, or None where that is not known.
Cost = Callable[[int], "Decimal | None"]
#: Dearer than anything.
IMPOSSIBLE = Decimal("Infinity")
Curve = tuple[tuple[int, Decimal], ...]

_TO = 60


@dataclass(frozen=True)
class BreakEven:
    """`of` is strictly cheaper `first` at one number of copies, and from `always` on up to `checked_to`."""

    first: int | None
    always: int | None
    checked_to: int
    says: str


@dataclass(frozen=True)
class BreakEvens:
    """By the names of both scenarios, and what each costs by copies."""

    results: Mapping[tuple[str, str], BreakEven]
    curves: Mapping[str, Curve]


@dataclass(frozen=True)
class BreakEvenOptions:
    """Compare derived scenarios at other numbers of copies of a service."""

    service: str | None = None
    to: int = _TO
    against: str | None = None
    KEYS: ClassVar[Mapping[str, Key]] = {
        "service": Key(
            Value("the name of a service", text),
            "The service of the Compose file whose copies are counted.",
            {"service": "web"},
            "the one that scales, else that is public, else the first",
        ),
        "to": Key(
            number(2, 1000),
            "The most copies that are looked at. Nothing is said about more.",
            {"service": "web", "to": 100},
        ),
        "against": Key(
            Value("the name of a scenario", text),
            "The scenario that the others are held against.",
            {"service": "web", "against": "fargate"},
            "each against each other",
        ),
    }

    @property
    def copies(self) -> range:
        return range(1, self.to + 1)


def read_break_even(
    value: Any, path: str, derived_names: Iterable[str]
) -> tuple[BreakEvenOptions | None, list[Finding]]:
    """The option, and everything that is wrong with it. Left out, there is nothing to compare.

    `derived_names` are those of the scenarios that are made from a Compose file: the others have no copies to count.
    """
    if value is None:
        return None, []
    options, findings = read(BreakEvenOptions, value, path, RULE)
    known = list(derived_names)
    if options is not None and options.against is not None and options.against not in known:
        hint = did_you_mean(options.against, known, f"they are {', '.join(known)}" if known else "")
        message = f"found '{options.against}', expected a scenario that is made from a Compose file"
        findings.append(Finding(RULE, ERROR, f"{path}.against", message, hint))
    return options, findings


def break_even(of: Cost, against: Cost, copies: range) -> BreakEven:
    """The copies go up one by one, and there is at least one."""
    return _compared([of(count) for count in copies], [against(count) for count in copies], copies)


def curve(cost: Cost, copies: Iterable[int]) -> Curve:
    """The known costs."""
    return _known(copies, [cost(count) for count in copies])


def break_evens(costs: Mapping[str, Cost], copies: range, against: str | None = None) -> BreakEvens:
    """All pairs that change places, or all against one. Each cost is asked for once, as an app has to be laid out."""
    sampled = {name: [cost(count) for count in copies] for name, cost in costs.items()}
    pairs = {(of, other): _compared(sampled[of], sampled[other], copies) for of, other in _pairs([*costs], against)}
    # Of all pairs, only those are worth telling in which the first is not the cheaper one from the start.
    results = {pair: found for pair, found in pairs.items() if against or found.first not in (None, copies[0])}
    return BreakEvens(results, {name: _known(copies, points) for name, points in sampled.items()})


def _pairs(names: Sequence[str], against: str | None) -> Iterator[tuple[str, str]]:
    for other in names if against is None else [against]:
        yield from ((of, other) for of in names if of != other)


def _known(copies: Iterable[int], points: Sequence[Decimal | None]) -> Curve:
    return tuple((count, usd) for count, usd in zip(copies, points) if usd is not None and usd.is_finite())


def _compared(of: Sequence[Decimal | None], against: Sequence[Decimal | None], copies: range) -> BreakEven:
    last = copies[-1]
    cheaper: list[int] = []
    for count, mine, other in zip(copies, of, against):
        if mine is None or other is None:
            return BreakEven(None, None, last, f"unknown: there is no complete cost for {_copies(count)}")
        if mine < other:
            cheaper.append(count)
    if not cheaper:
        return BreakEven(None, None, last, f"never cheaper up to {_copies(last)}")
    dearer = set(copies).difference(cheaper)
    always = max(dearer, default=copies[0] - 1) + 1
    if always > last:
        return BreakEven(cheaper[0], None, last, f"first cheaper at {_copies(cheaper[0])}, but not at {last}")
    says = f"first cheaper at {_copies(cheaper[0])}, and always from {always} on, up to the {last} that were checked"
    return BreakEven(cheaper[0], always, last, says)


def _copies(count: int) -> str:
    return "1 copy" if count == 1 else f"{count} copies"
