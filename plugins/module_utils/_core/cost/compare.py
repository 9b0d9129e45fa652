# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a cost is another one than last time: what prices did, and what quantities did, at the expected level.

The price change is of the old quantity, the quantity change at the new price, so that the two add up exactly. What
brings its own figure, such as a `custom` resource, counts as quantity: no price of the book has moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from ..findings import ERROR, INFO, Finding
from ..options.schema import described
from .estimate import Estimate, Line
from .span import ZERO

RULE = "cost-previous"
_EXPECTED = "the registered result of an earlier cost_check"
#: JSON has binary fractions, which hold about 15 digits of a price, a quantity and a cost.
_PRECISION = Decimal("1E-9")
_CENT = Decimal("0.01")

#: part, key, item, and a running number where all three are the same.
_Place = tuple[str, str, str, int]


@dataclass(frozen=True)
class FormerLine:
    """`cost` without `unit_price` is an own figure; neither means that there was no price."""

    part: str
    key: str
    item: str
    quantity: Decimal
    unit_price: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True)
class Former:
    """A scenario as the former result has it."""

    name: str
    region: str
    lines: tuple[FormerLine, ...]


@dataclass(frozen=True)
class LineChange:
    """A line that is not what it was. The figures are None where a price was or is missing; `says` tells."""

    part: str
    key: str
    item: str
    price: Decimal | None
    quantity: Decimal | None
    total: Decimal | None
    says: str


@dataclass(frozen=True)
class Change:
    """USD a month. Without `complete`, there are lines whose change is unknown and not in the sums."""

    price: Decimal
    quantity: Decimal
    total: Decimal
    complete: bool
    lines: tuple[LineChange, ...]
    says: str = ""


def compare(previous_scenario: Former, estimate: Estimate) -> Change:
    """What changed since the former result."""
    before = _placed(previous_scenario.lines)
    now = _placed(_as_former(line) for line in estimate.lines)
    lines = tuple(change for place in {**before, **now} for change in _change(before.get(place), now.get(place)))
    price = sum((line.price for line in lines if line.price is not None), ZERO)
    quantity = sum((line.quantity for line in lines if line.quantity is not None), ZERO)
    old, new = previous_scenario.region, estimate.scenario.region
    moved = f"the region was {old} and is {new}: price changes are those between the two" if old != new else ""
    return Change(price, quantity, price + quantity, all(line.total is not None for line in lines), lines, moved)


def _as_former(line: Line) -> FormerLine:
    cost = None if line.cost is None else line.cost.expected
    price = None if line.price is None else line.price.usd
    usage = line.usage
    return FormerLine(line.part.label, usage.key, usage.item, usage.quantity.expected, price, cost)


def _placed(lines: Iterable[FormerLine]) -> dict[_Place, FormerLine]:
    placed: dict[_Place, FormerLine] = {}
    for line in lines:
        times = 0
        while (line.part, line.key, line.item, times) in placed:
            times += 1
        placed[line.part, line.key, line.item, times] = line
    return placed


def _change(old: FormerLine | None, new: FormerLine | None) -> Iterator[LineChange]:
    """The change of a line, or nothing where it is what it was."""
    line = new or old
    price, quantity, says = _split(old, new)
    if line is not None and (price is None or quantity is None):
        yield LineChange(line.part, line.key, line.item, None, None, None, says)
    elif line is not None and price is not None and quantity is not None and (price or quantity or says):
        yield LineChange(line.part, line.key, line.item, price, quantity, price + quantity, says)


def _split(old: FormerLine | None, new: FormerLine | None) -> tuple[Decimal | None, Decimal | None, str]:
    """What the price did, what the quantity did, and what to say of it."""
    if (old and old.cost is None) or (new and new.cost is None):
        return None, None, _unpriced(old, new)
    before, after = (line.cost if line and line.cost is not None else ZERO for line in (old, new))
    after = _settled(before, after)
    if old is None or new is None:
        return ZERO, after - before, "the line is gone" if old else "the line is new"
    if old.unit_price is None or new.unit_price is None:
        own = f"an own figure: it was {_usd(before)} and is {_usd(after)}" if before != after else ""
        return ZERO, after - before, own
    price, quantity = _settled(old.unit_price, new.unit_price), _settled(old.quantity, new.quantity)
    return (price - old.unit_price) * old.quantity, (quantity - old.quantity) * price, ""


def _settled(old: Decimal, new: Decimal) -> Decimal:
    """The new number, or the old one where JSON cannot tell them apart: a third has no last digit."""
    return old if float(old) == float(new) else new


def _usd(amount: Decimal) -> str:
    return f"${amount.quantize(_CENT, ROUND_HALF_UP):,}"


def _unpriced(old: FormerLine | None, new: FormerLine | None) -> str:
    was = "was not there" if old is None else "had no price" if old.cost is None else "had a price"
    has = "is gone" if new is None else "has none" if new.cost is None else "has a price"
    return f"unknown: the line {was} before, and now {has}"


class _DamagedError(Exception):
    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def read_previous(value: Any, path: str) -> tuple[Mapping[str, Former] | None, list[Finding]]:
    """The scenarios of a former result by name. What is damaged gets one message, for it cannot be mended by hand."""
    if value is None:
        return None, []
    try:
        return {former.name: former for former in _formers(value, path)}, []
    except _DamagedError as error:
        hint = "give what an earlier run returned, as it was; leave the option out in the first run"
        return None, [Finding(RULE, ERROR, error.path, str(error), hint)]


def came_and_went(previous: Mapping[str, Former], names: Iterable[str], path: str) -> list[Finding]:
    """Scenarios that only one of the two results has, so that there is nothing to compare them with."""
    present = list(dict.fromkeys(names))
    new = [name for name in present if name not in previous]
    gone = [name for name in previous if name not in present]
    told = [f"'{name}' was not in the former result: its cost is compared with nothing" for name in new]
    told += [f"'{name}' was in the former result and is not asked for now" for name in gone]
    return [Finding(RULE, INFO, path, message) for message in told]


def _formers(value: Any, path: str) -> Iterator[Former]:
    if not isinstance(value, Mapping) or not isinstance(value.get("scenarios"), list):
        found = "found a mapping without a list of scenarios" if isinstance(value, Mapping) else described(value)
        raise _DamagedError(path, f"{found}, expected {_EXPECTED}")
    seen: set[str] = set()
    for index, scenario in enumerate(value["scenarios"]):
        where = f"{path}.scenarios[{index}]"
        lines = _mapping(scenario, where).get("lines")
        if not isinstance(lines, list):
            raise _DamagedError(f"{where}.lines", f"{described(lines)}, expected the lines of a bill")
        name = _text(scenario, "name", where)
        if name in seen:
            raise _DamagedError(f"{where}.name", f"found a second scenario '{name}', expected names that differ")
        seen.add(name)
        read = tuple(_line(line, f"{where}.lines[{number}]") for number, line in enumerate(lines))
        yield Former(name, _text(scenario, "region", where), read)


def _line(value: Any, path: str) -> FormerLine:
    line = _mapping(value, path)
    quantity, price, cost = (_number(line, key, path) for key in ("quantity", "unit_price", "expected"))
    if quantity is None:
        raise _DamagedError(f"{path}.quantity", "found nothing, expected a number")
    if price is not None and (cost is None or abs(quantity * price - cost) > _PRECISION * (1 + abs(cost))):
        found = f"found {quantity} at {price} each and a cost of {cost}"
        raise _DamagedError(path, f"{found}, expected {quantity * price}: the line was changed by hand")
    exact = quantity * price if price is not None else cost
    part, key, item = (_text(line, name, path) for name in ("part", "key", "item"))
    return FormerLine(part, key, item, quantity, price, exact)


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _DamagedError(path, f"{described(value)}, expected a mapping, as in {_EXPECTED}")
    return value


def _text(mapping: Mapping[str, Any], key: str, path: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str):
        raise _DamagedError(f"{path}.{key}", f"{described(value)}, expected a text, as in {_EXPECTED}")
    return value


def _number(mapping: Mapping[str, Any], key: str, path: str) -> Decimal | None:
    """Floats are read by their shortest text, which is the number that was written."""
    value = mapping.get(key)
    if value is None:
        return None
    try:
        number = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _DamagedError(f"{path}.{key}", f"{described(value)}, expected a number, as in {_EXPECTED}")
    return number
