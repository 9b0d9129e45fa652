# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a budget lasts: values and functions, with no I/O."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation

COLUMNS = ("name", "low", "high", "one_off")
ZERO = Decimal(0)


class BudgetError(ValueError):
    """A scenario that makes no sense; the message says which and why."""


@dataclass(frozen=True)
class Scenario:
    """A way to run something: what it costs a month, from `low` to `high`, and once at the start."""

    name: str
    low: Decimal
    high: Decimal
    one_off: Decimal = ZERO

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BudgetError("a scenario needs a name")
        if min(self.low, self.high, self.one_off) < 0:
            raise BudgetError(f"{self.name}: a cost cannot be negative")
        if self.low > self.high:
            raise BudgetError(f"{self.name}: the low cost is above the high cost")

    @property
    def expected(self) -> Decimal:
        """The middle of the range."""
        return (self.low + self.high) / 2


# What the page shows before anybody has saved anything: three ways to run one small app.
STARTERS = (
    Scenario("One VM, systemd", Decimal(30), Decimal(40)),
    Scenario("Managed Kubernetes, one node", Decimal(40), Decimal(50)),
    Scenario("One VM, Docker Compose", Decimal(30), Decimal(40)),
)


def runway_months(budget: Decimal, monthly: Decimal, one_off: Decimal = ZERO) -> Decimal | None:
    """Months until the budget is spent; None when it never is."""
    left = budget - one_off
    if left <= 0:
        return ZERO
    return None if monthly == 0 else left / monthly


def remaining(budget: Decimal, monthly: Decimal, one_off: Decimal, months: int) -> list[Decimal]:
    """What is left at the start and after each month, never less than nothing."""
    return [max(ZERO, budget - one_off - monthly * month) for month in range(months + 1)]


def show_runway(scenario: Scenario, budget: Decimal) -> str:
    """The runway of the range as text, from its dear end to its cheap end."""
    short = _show_months(runway_months(budget, scenario.high, scenario.one_off))
    long = _show_months(runway_months(budget, scenario.low, scenario.one_off))
    return short if short == long else f"{short} to {long}"


def _show_months(months: Decimal | None) -> str:
    if months is None:
        return "no end"
    # Rounded down: a runway must not promise days that are not there.
    return f"{(months * 10).to_integral_value(ROUND_DOWN) / 10:.1f}"


def cheapest(scenarios: Iterable[Scenario], budget: Decimal) -> Scenario | None:
    """The scenario that lasts longest at its expected cost; the first of several equal ones."""

    def length(scenario: Scenario) -> Decimal:
        months = runway_months(budget, scenario.expected, scenario.one_off)
        return Decimal("Infinity") if months is None else months

    return max(scenarios, key=length, default=None)


def scenario_of(row: Mapping[str, object]) -> Scenario:
    """Read one row of a table or of a CSV file."""
    name = str(row.get("name") or "").strip()
    return Scenario(
        name,
        _amount(row.get("low"), name, "low"),
        _amount(row.get("high"), name, "high"),
        _amount(row.get("one_off") or 0, name, "one_off"),
    )


def row_of(scenario: Scenario) -> dict[str, str]:
    """The opposite of `scenario_of`."""
    return {column: str(getattr(scenario, column)) for column in COLUMNS}


def check_names(scenarios: Iterable[Scenario]) -> None:
    """Two lines of one name could not be told apart in the chart."""
    seen: set[str] = set()
    for scenario in scenarios:
        if scenario.name in seen:
            raise BudgetError(f"two scenarios are called {scenario.name}")
        seen.add(scenario.name)


def read_csv(text: str) -> list[Scenario]:
    """Scenarios from CSV text with a header line."""
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise BudgetError(f"the first line must be {','.join(COLUMNS)}")
    scenarios = [scenario_of(row) for row in reader]
    check_names(scenarios)
    return scenarios


def write_csv(scenarios: Iterable[Scenario]) -> str:
    """Scenarios as CSV text with a header line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row_of(scenario) for scenario in scenarios)
    return out.getvalue()


def _amount(value: object, name: str, column: str) -> Decimal:
    # Through text: Decimal(30.1) would carry the float's error along.
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise BudgetError(f"{name or 'a scenario'}: {column} is not a number") from error
    if not amount.is_finite():
        raise BudgetError(f"{name or 'a scenario'}: {column} is not a number")
    return amount
