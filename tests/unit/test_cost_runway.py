# SPDX-License-Identifier: GPL-3.0-or-later
"""How long money lasts: cases/cost_runway/<situation> with options and what comes of them, and what always holds."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import chain, combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.calendar import (
    add_months,
    date_after,
    months_until,
    read_day,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.credits import (
    Credit,
    CreditOptions,
    read_credits,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.named import RULE
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.phases import (
    Phase,
    PhaseOptions,
    planned,
    read_phases,
    without_end,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.runway import (
    ENDS,
    FOREVER,
    REACHES,
    Lasts,
    runway,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.runway_findings import (
    runway_findings,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.span import LEVELS, Span, always
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import checks_of, keys_of, read
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = sorted((Path(__file__).parent / "cases" / "cost_runway").iterdir())
START = date(2026, 12, 1)
#: Decimal has 28 digits, and no amount here has more than 7 before the point.
CLOSE = Decimal("1e-18")
settings.register_profile("runway", derandomize=True, deadline=None, database=None, max_examples=150)
PROFILE = settings.get_profile("runway")


def load(case: Path, name: str) -> Any:
    return yaml.safe_load((case / name).read_text(encoding="utf-8"))


def cost_of(value: Any) -> Span | None:
    if isinstance(value, dict):
        return Span(*(Decimal(str(value[level])) for level in LEVELS))
    return None if value is None else always(Decimal(str(value)))


def agrees(found: Any, expected: Any, place: str) -> None:
    """What is written has to be so; amounts to as many places as are written."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            agrees(found[name], value, f"{place}.{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), place
        for index, value in enumerate(expected):
            agrees(found[index], value, f"{place}[{index}]")
    elif isinstance(found, Decimal) and isinstance(expected, str):
        assert str(found.quantize(Decimal(expected), ROUND_HALF_UP)) == expected, place
    else:
        assert found == expected, place


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    options, expected = load(case, "options.yml"), load(case, "expected.yml")
    costs = {name: cost_of(value) for name, value in options.get("scenarios", {}).items()}
    phases, wrong = read_phases(options.get("phases"), "phases", costs)
    credits, wrong_credits = read_credits(options.get("credits"), "credits")
    refused = [finding.as_dict() for finding in [*wrong, *wrong_credits]]
    assert refused == [{"rule": RULE, "severity": ERROR, "hint": "", **each} for each in expected.get("refused", [])]
    if refused:
        return
    chosen = options.get("chosen")
    ahead = planned(phases, costs) if phases else without_end(chosen, costs[chosen])
    made = runway(Decimal(str(options["budget_usd_total"])), ahead, credits, options["start_date"])
    findings = [finding.as_dict() for finding in runway_findings(made, credits)]
    for each in expected.get("findings", []):
        each.setdefault("hint", "")
    agrees({**asdict(made), "findings": findings}, expected, case.name)


def test_no_case_says_nothing() -> None:
    for case in CASES:
        assert set(load(case, "expected.yml")) & {"refused", *LEVELS}, case.name


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 31), 2, date(2027, 3, 31)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
    ],
    ids=str,
)
def test_whole_months(start: date, months: int, day: date) -> None:
    assert add_months(start, months) == date_after(start, Fraction(months)) == day
    assert months_until(start, day) == months


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        (date(2027, 2, 1), Fraction(1, 2), date(2027, 2, 15)),
        (date(2027, 3, 1), Fraction(1, 2), date(2027, 3, 16)),
        (date(2027, 1, 31), Fraction(3, 2), date(2027, 3, 15)),
        (date(2027, 1, 1), Fraction(30, 31), date(2027, 1, 31)),
        (date(2027, 1, 1), Fraction(61, 62), date(2027, 1, 31)),
        (date(9999, 10, 31), Fraction(1), date(9999, 11, 30)),
        (date(9999, 10, 31), Fraction(2), None),
        (date(9999, 12, 31), Fraction(0), None),
        (date(2026, 12, 1), Fraction(10**40), None),
    ],
    ids=str,
)
def test_parts_of_a_month(start: date, months: Fraction, day: date | None) -> None:
    assert date_after(start, months) == day


@PROFILE
@given(st.dates(date(1999, 1, 1), date(2100, 1, 1)), st.integers(0, 5000))
def test_months_and_days_turn_into_each_other(start: date, days: int) -> None:
    day = start + timedelta(days)
    assert date_after(start, months_until(start, day)) == day
    assert months_until(start, day) < months_until(start, day + timedelta(1))
    assert months_until(start=day, day=start) == 0


@pytest.mark.parametrize(
    ("value", "day"),
    [("2027-01-31", date(2027, 1, 31)), (date(2027, 1, 31), date(2027, 1, 31)), ("2028-02-29", date(2028, 2, 29))],
    ids=str,
)
def test_days_that_are_read(value: Any, day: date) -> None:
    assert read_day(value, "start_date") == (day, [])


@pytest.mark.parametrize("value", ["2027-02-29", "2027-W01-1", "20270101", "tomorrow", "", 20270101, True, None, []])
def test_days_that_are_refused(value: Any) -> None:
    day, (finding,) = read_day(value, "start_date")
    assert day is None
    assert (finding.rule, finding.severity, finding.path) == (RULE, ERROR, "start_date")
    assert finding.message.startswith("found ") and finding.message.endswith("expected a day, such as 2027-01-31")


@pytest.mark.parametrize("options", [PhaseOptions, CreditOptions], ids=lambda options: options.__name__)
def test_options_describe_themselves(options: type[Any]) -> None:
    for name, key in keys_of(options).items():
        made, findings = read(options, key.example, "example", RULE)
        assert name in key.example and made is not None and findings == []
        assert key.says.endswith(".")
    assert all(check.sentence.endswith(".") for check in checks_of(options))


@pytest.mark.parametrize("noun", ["phase", "credit"])
def test_only_so_many_are_read(noun: str) -> None:
    def read_list(items: list[Any]) -> Any:
        return read_phases(items, "here", []) if noun == "phase" else read_credits(items, "here")

    item = {"usd_per_month": 1, "months": 1} if noun == "phase" else {"usd": 1}
    made, findings = read_list([item] * 100)
    assert len(made) == 100 and not findings
    made, (finding,) = read_list([item] * 10_000)
    assert (made, finding.path) == ((), "here")
    assert finding.message == f"found 10000 {noun}s, expected at most 100"


@pytest.mark.parametrize("value", [None, []])
def test_nothing_given_is_nothing_made(value: Any) -> None:
    assert read_phases(value, "phases", []) == ((), [])
    assert read_credits(value, "credits") == ((), [])


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -0.01, "1e400", "NaN", "five", [5], {"usd": 5}, True, ""]
)
def test_no_such_amount(value: Any) -> None:
    phases, (wrong,) = read_phases([{"usd_per_month": 5, "setup_usd": value}], "phases", [])
    assert (wrong.path, phases[0].setup_usd) == ("phases[phase 1].setup_usd", 0)
    none, (wrong,) = read_credits([{"usd": value}], "credits")
    assert (wrong.path, none) == ("credits[credit 1].usd", ())
    assert wrong.message.startswith("found ")


def test_a_float_is_read_as_it_is_written() -> None:
    (phase,), _findings = read_phases([{"usd_per_month": 0.1, "months": 1.1}], "phases", [])
    assert (phase.usd_per_month, phase.months) == (Decimal("0.1"), Decimal("1.1"))


def test_a_cost_below_nothing_is_no_income() -> None:
    made = runway(Decimal(10), [Phase("web", Span(Decimal(-5), Decimal(0), Decimal(5)), Decimal(2))], [], START)
    assert [made.at(level).spent for level in LEVELS] == [0, 0, 10]
    assert made.planned_usd == (0, 0, 10)


def test_a_hundred_phases_of_a_century_and_a_hundred_credits() -> None:
    """A century is no more work than a month, and nothing is lost on the way."""
    phases = [Phase(str(index), always(Decimal("33.33")), Decimal("1199.7")) for index in range(100)]
    credits = [
        Credit(str(index), Decimal("777.77"), add_months(START, index), add_months(START, index * 9 + 5))
        for index in range(100)
    ]
    made = runway(Decimal(1_000_000), phases, credits, START)
    assert made.low.outcome == ENDS
    used = sum((use.used for use in made.low.credits), Decimal(0))
    assert made.low.months is not None and abs(made.low.months * Decimal("33.33") - 1_000_000 - used) < Decimal("1e-12")


# What always holds.

MONEY = st.integers(0, 500).map(lambda tenths: Decimal(tenths) / 10)
LENGTH = st.integers(1, 60).map(lambda tenths: Decimal(tenths) / 10)
DAYS = st.integers(-40, 400).map(lambda days: START + timedelta(days))


@st.composite
def credit_lists(draw: st.DrawFn) -> list[Credit]:
    credits = []
    for index in range(draw(st.integers(0, 4))):
        since = draw(st.none() | DAYS)
        until = draw(st.none() | DAYS)
        if since and until and since > until:
            since, until = until, since
        credits.append(Credit(str(index), draw(MONEY) + 1, since, until))
    return credits


@st.composite
def phase_lists(draw: st.DrawFn, finite: bool = False) -> list[Phase]:
    phases = []
    for index in range(draw(st.integers(1, 4))):
        low, expected, high = sorted(draw(st.tuples(MONEY, MONEY, MONEY)))
        setup = draw(st.just(Decimal(0)) | MONEY)
        phases.append(Phase(str(index), Span(low, expected, high), draw(LENGTH), setup))
    if not finite and draw(st.booleans()):
        phases[-1] = replace(phases[-1], months=None)
    return phases


BUDGET = st.integers(0, 3000).map(lambda tenths: Decimal(tenths) / 10)


def length(lasts: Lasts) -> Decimal:
    if lasts.outcome == FOREVER:
        return Decimal("Infinity")
    assert lasts.months is not None
    return lasts.months


def cost_until(lasts: Lasts, phases: list[Phase], level: str) -> tuple[Fraction, Fraction, bool]:
    """What the phases cost until the money ends, before and with the last phase's setup, and if that one has begun."""
    end, moment, cost = Fraction(length(lasts)), Fraction(0), Fraction(0)
    for phase in phases:
        assert phase.cost is not None
        per_month, setup = Fraction(phase.cost.at(level)), Fraction(phase.setup_usd)
        if phase.name == lasts.ends_in:
            cost += (end - moment) * per_month
            return cost, cost + setup, end > moment
        assert phase.months is not None, "it ends in a phase that comes after this one"
        cost += Fraction(phase.months) * per_month + setup
        moment += Fraction(phase.months)
    raise AssertionError("it ends in no phase")


@PROFILE
@given(BUDGET, phase_lists(), credit_lists())
def test_what_is_paid_is_the_budget_and_the_credits_that_are_used(
    budget: Decimal, phases: list[Phase], credits: list[Credit]
) -> None:
    made = runway(budget, phases, credits, START)
    for level in LEVELS:
        lasts = made.at(level)
        assert lasts.spent is not None and lasts.spent <= budget
        for use, credit in zip(lasts.credits, credits, strict=True):
            assert use.name == credit.name and abs(use.used + use.lost + use.left - credit.usd) < CLOSE
            assert min(use.used, use.lost, use.left) >= 0
        if lasts.outcome == FOREVER:
            continue
        assert lasts.outcome == REACHES or lasts.spent == budget, "the money ends when there is none"
        paid = Fraction(lasts.spent + sum((use.used for use in lasts.credits), Decimal(0)))
        before_setup, with_setup, begun = cost_until(lasts, phases, level)
        if begun:
            assert abs(paid - with_setup) < CLOSE
        else:
            assert before_setup - Fraction(CLOSE) <= paid <= with_setup + Fraction(CLOSE)


@PROFILE
@given(BUDGET, phase_lists(), credit_lists())
def test_it_lasts_longer_at_a_lower_cost(budget: Decimal, phases: list[Phase], credits: list[Credit]) -> None:
    made = runway(budget, phases, credits, START)
    assert length(made.low) >= length(made.expected) >= length(made.high)
    days = [made.at(level).ends_on for level in LEVELS if made.at(level).outcome != FOREVER]
    assert all(later >= earlier for later, earlier in pairwise(day or date.max for day in days))


@PROFILE
@given(BUDGET, phase_lists(), credit_lists(), MONEY, st.integers(0, 3))
def test_more_cost_in_any_phase_never_lengthens(
    budget: Decimal, phases: list[Phase], credits: list[Credit], more: Decimal, index: int
) -> None:
    before = runway(budget, phases, credits, START)
    changed = phases[index % len(phases)]
    assert changed.cost is not None
    for dearer in (
        replace(changed, cost=changed.cost.plus(always(more))),
        replace(changed, setup_usd=changed.setup_usd + more),
    ):
        after = runway(budget, [dearer if phase is changed else phase for phase in phases], credits, START)
        assert all(length(after.at(level)) <= length(before.at(level)) for level in LEVELS)


@PROFILE
@given(BUDGET, phase_lists(), credit_lists(), credit_lists(), MONEY)
def test_more_money_never_shortens(
    budget: Decimal, phases: list[Phase], credits: list[Credit], further: list[Credit], more: Decimal
) -> None:
    before = runway(budget, phases, credits, START)
    raised = [replace(credit, usd=credit.usd + more) for credit in credits]
    for after in (
        runway(budget, phases, [*further, *credits], START),
        runway(budget, phases, raised, START),
        runway(budget + more, phases, credits, START),
    ):
        assert all(length(after.at(level)) >= length(before.at(level)) for level in LEVELS)
        assert all((after.at(level).missing or 0) <= (before.at(level).missing or 0) for level in LEVELS)


@PROFILE
@given(BUDGET, phase_lists(finite=True), credit_lists())
def test_what_is_missing_is_just_enough(budget: Decimal, phases: list[Phase], credits: list[Credit]) -> None:
    made = runway(budget, phases, credits, START)
    for level in LEVELS:
        lasts = made.at(level)
        assert lasts.left is not None and lasts.missing is not None and 0 in (lasts.left, lasts.missing)
        assert (lasts.outcome == REACHES) == (lasts.missing == 0)
        if lasts.missing:
            enough = runway(budget + lasts.missing + CLOSE, phases, credits, START).at(level)
            short = runway(budget + lasts.missing - Decimal("0.01"), phases, credits, START).at(level)
            assert (enough.outcome, short.outcome) == (REACHES, ENDS)
        else:
            assert lasts.spent is not None and abs(budget - lasts.spent - lasts.left) < CLOSE


def most_from_credits(usd_per_month: int, months: int, credits: list[tuple[int, int, int]]) -> int:
    """The most that credits can pay, as the least cut of a network: by trying all sets of months, not by spending."""
    sets = chain.from_iterable(combinations(range(months), size) for size in range(months + 1))
    return min(
        len(cut) * usd_per_month
        + sum(usd for usd, start, end in credits if set(range(start, min(end, months))) - set(cut))
        for cut in map(set, sets)
    )


@PROFILE
@given(
    st.integers(1, 30),
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(1, 90), st.integers(0, 5), st.integers(1, 4)), max_size=4),
)
def test_nobody_could_use_more_of_the_credits(usd: int, months: int, drawn: list[tuple[int, int, int]]) -> None:
    windows = [(amount, start, start + size) for amount, start, size in drawn]
    credits = [
        Credit(str(index), Decimal(amount), add_months(START, start), add_months(START, end) - timedelta(1))
        for index, (amount, start, end) in enumerate(windows)
    ]
    made = runway(Decimal(10_000), [Phase("web", always(Decimal(usd)), Decimal(months))], credits, START)
    used = sum((use.used for use in made.expected.credits), Decimal(0))
    assert abs(used - most_from_credits(usd, months, windows)) < CLOSE
    assert made.expected.left is not None and abs(10_000 - usd * months + used - made.expected.left) < CLOSE
