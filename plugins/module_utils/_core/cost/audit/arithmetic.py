# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the operands of a claim give its figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import reduce
from typing import NamedTuple

from ..amounts import digits, dollars
from .claim import Claim
from .context import Context
from .expressions import DIFFERENCE, PRODUCT, QUOTIENT, SAME_AS, SUM, UNKNOWN, Expression, Operand
from .figures import Figure, half_up
from .verdicts import IMPLIED, INCONSISTENT, PART_OF_RANGE, REPRODUCED, UNEXPLAINED, WRONG_SUM, Judged


class _Ends(NamedTuple):
    low: Decimal
    high: Decimal


def _sum(one: _Ends, two: _Ends) -> _Ends:
    return _Ends(one.low + two.low, one.high + two.high)


def _product(one: _Ends, two: _Ends) -> _Ends:
    return _Ends(one.low * two.low, one.high * two.high)


def _difference(one: _Ends, two: _Ends) -> _Ends:
    """Low from low and high from high: both sides are cheap or both are dear."""
    return _Ends(one.low - two.low, one.high - two.high)


def _widest_difference(one: _Ends, two: _Ends) -> _Ends:
    return _Ends(one.low - two.high, one.high - two.low)


def _quotient(one: _Ends, two: _Ends) -> _Ends:
    """The least by the most: what costs most lasts shortest."""
    return _Ends(one.low / two.high, one.high / two.low)


def _quotient_in_turn(one: _Ends, two: _Ends) -> _Ends:
    return _Ends(one.low / two.low, one.high / two.high)


_Operation = Callable[[_Ends, _Ends], _Ends]
_USUAL: Mapping[str, _Operation] = {
    SUM: _sum,
    PRODUCT: _product,
    DIFFERENCE: _difference,
    QUOTIENT: _quotient,
}
#: How the ends of ranges may be taken, most plausible first.
_READINGS: tuple[Mapping[str, _Operation], ...] = (
    _USUAL,
    {**_USUAL, DIFFERENCE: _widest_difference},
    {**_USUAL, QUOTIENT: _quotient_in_turn},
)


def judge_arithmetic(claim: Claim, context: Context) -> Iterator[Judged]:
    """Figures that are made of other figures."""
    if claim.figure is None or claim.expression is None:
        return
    printed = {name: other.figure for name, other in context.claims.items() if other.figure}
    try:
        ways = [_evaluated(claim.expression, printed, reading, claim.percent is not None) for reading in _READINGS]
    except ZeroDivisionError:
        yield Judged(UNEXPLAINED, f"{_written(claim.expression)} divides by 0.", {"operands": None})
        return
    judged = [_judge(claim.expression, claim.figure, ends, _Shown(claim)) for ends in ways]
    yield next((each for each in judged if each.verdict in (REPRODUCED, PART_OF_RANGE, IMPLIED)), judged[0])


def _evaluated(
    expression: Expression, printed: Mapping[str, Figure], reading: Mapping[str, _Operation], in_percent: bool
) -> _Ends:
    scale = 100 if in_percent and expression.operation == QUOTIENT else 1
    low, high = sorted(_value(expression, printed, reading))
    return _Ends(low * scale, high * scale)


def _value(operand: Operand, printed: Mapping[str, Figure], reading: Mapping[str, _Operation]) -> _Ends:
    if isinstance(operand, Expression):
        values = [_value(each, printed, reading) for each in operand.operands]
        return reduce(reading[operand.operation], values) if len(values) > 1 else values[0]
    if operand == UNKNOWN:
        return _Ends(Decimal(0), Decimal(0))
    figure = printed[operand] if isinstance(operand, str) else operand
    return _Ends(figure.low, figure.high)


def _judge(expression: Expression, printed: Figure, ends: _Ends, show: _Shown) -> Judged:
    facts = {"operands": {"low": ends.low, "high": ends.high}}
    if UNKNOWN in expression.operands:
        return _judge_rest(printed, ends, show, expression)
    verb = "is printed as" if expression.operation == SAME_AS else "gives"
    gives = f"{_written(expression)} {verb} {show.ends(ends)}"
    low, high = half_up(ends.low, show.decimals), half_up(ends.high, show.decimals)
    if (low, high) == (printed.low, printed.high):
        return Judged(REPRODUCED, f"{gives}, as printed.", facts)
    if low == high and printed.is_range and printed.holds(low):
        return Judged(REPRODUCED, f"{gives}, which lies within the printed {show.ends(printed)}.", facts)
    if expression.operation == SAME_AS:
        return Judged(INCONSISTENT, f"{gives}, and here {show.ends(printed)} is.", facts)
    if not printed.is_range and low <= printed.low <= high:
        where = {low: "the low end", high: "the high end"}.get(printed.low, "within")
        return Judged(PART_OF_RANGE, f"{gives}: the printed {show.ends(printed)} is {where} of that.", facts)
    verdict = INCONSISTENT if any(True for name in expression.names()) else WRONG_SUM
    return Judged(verdict, f"{gives}, and {show.ends(printed)} is printed: {show.off(printed, ends)}.", facts)


def _judge_rest(printed: Figure, ends: _Ends, show: _Shown, expression: Expression) -> Judged:
    """What is left for the operand that nobody printed."""
    low, high = sorted((printed.low - ends.low, printed.high - ends.high))
    rest = _Ends(low, high)
    facts = {"operands": {"low": ends.low, "high": ends.high}, "unknown": {"low": rest.low, "high": rest.high}}
    says = f"{_written(expression)} gives {show.ends(ends)} without what is unknown"
    if rest.low < 0:
        return Judged(WRONG_SUM, f"{says}, which is more than the printed {show.ends(printed)}.", facts)
    return Judged(IMPLIED, f"{says}, so that is {show.ends(rest)} in the printed {show.ends(printed)}.", facts)


#: Decimals that are shown of what was printed with fewer.
_SHOWN = {"months": 2, "percent": 1}


class _Shown:
    """Amounts of a claim, in its unit."""

    def __init__(self, claim: Claim) -> None:
        figure = claim.figure
        self.unit = "usd" if claim.usd else "months" if claim.months else "percent"
        self.decimals = (figure.shown_decimals if claim.usd else figure.decimals) if figure else 0
        if claim.usd and figure and not figure.decimals:
            self.decimals = 0

    def one(self, amount: Decimal) -> str:
        if self.unit == "usd":
            return dollars(amount, max(2, self.decimals))
        shown = half_up(amount, max(_SHOWN[self.unit], self.decimals))
        return f"{shown} months" if self.unit == "months" else f"{shown} %"

    def ends(self, ends: _Ends | Figure) -> str:
        low, high = self.one(ends.low), self.one(ends.high)
        return low if low == high else f"{low.partition(' ')[0]} to {high}"

    def off(self, printed: Figure, ends: _Ends) -> str:
        """What the ends are out by."""
        low, high = printed.low - ends.low, printed.high - ends.high
        told = [
            f"the {name} end is right" if not half_up(off, self.decimals) else f"{self.one(abs(off))} too {_way(off)}"
            for name, off in (("low", low), ("high", high))
        ]
        if told[0] == told[1]:
            return told[0]
        ends_told = (
            text if "end" in text else f"the {name} end is {text}" for name, text in zip(("low", "high"), told)
        )
        return " and ".join(ends_told)


def _way(off: Decimal) -> str:
    return "much" if off > 0 else "little"


_SIGNS = {SUM: " + ", DIFFERENCE: " - ", PRODUCT: " x ", QUOTIENT: " / "}


def _written(operand: Operand, within: bool = False) -> str:
    """2 x (30..40), as on paper."""
    if isinstance(operand, Expression):
        text = _SIGNS.get(operand.operation, "").join(_written(each, True) for each in operand.operands)
        return f"({text})" if within and len(operand.operands) > 1 else text
    if isinstance(operand, str):
        return operand if operand == UNKNOWN else f"'{operand}'"
    return f"({digits(operand.low)} to {digits(operand.high)})" if operand.is_range else digits(operand.low)
