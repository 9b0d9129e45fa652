# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns: plain values. Money is USD, not rounded; dates are ISO text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..findings import Finding
from .amounts import dollars
from .answer import Answer, Answered
from .book_values import published
from .catalogue import unit_of
from .estimate import Estimate, Line
from .judge.break_even import BreakEvens
from .judge.edits import EditSet
from .judge.gate import INDETERMINATE, stops
from .judge.rightsizing import demand, fargate_options
from .judge.runway import Lasts, Planned, Runway
from .judge.staleness import OLD, TOO_OLD
from .kinds.fargate import FargateTask
from .missing import missing_prices, refresh_command
from .overrides import paste
from .price import INFERRED, Book
from .scenario import OWN_PRICE
from .span import LEVELS, Span


def number(amount: Decimal) -> int | float:
    """JSON's numbers hold the 15 digits that prices times quantities have."""
    near = float(amount)
    whole = int(near)
    return whole if whole == near else near


def plain(value: Any) -> Any:
    """Values of dataclasses as JSON has them."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Span):
        return _span(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    return value


def result(answer: Answer) -> dict[str, Any]:
    """The result of the module."""
    request, verdict = answer.request, answer.verdict
    missing = missing_prices(one.judged.estimate for one in answer.answered)
    options = _Options(answer.book, request.hours)
    return {
        "scenarios": [_scenario(one, options) for one in answer.answered],
        "cheapest": answer.choice.providing,
        "cheapest_fitting": answer.choice.fitting,
        "not_comparable": list(answer.choice.not_comparable),
        "budget": {
            "usd_per_month": plain(request.budget_per_month),
            "usd_total": plain(request.budget_total),
            "gate": request.gate,
        },
        "hours_per_month": number(request.hours),
        "requirements": plain(answer.choice.requirements),
        "verdict": verdict.verdict,
        "reason": verdict.sentence,
        "runway_months": None if answer.plan is None else _months(answer.plan),
        "runway": None if answer.plan is None else _runway(answer.plan),
        "phases": [_phase(phase) for phase in answer.plan.phases] if answer.plan and request.phases else [],
        **_break_evens(answer.break_evens),
        "claims": [plain(audited.as_dict()) for audited in answer.audited],
        "findings": _findings(answer.findings),
        "prices": _prices(answer),
        "missing_prices": missing,
        "price_overrides_yaml": paste((price["region"], price["key"]) for price in missing),
        "refresh_command": refresh_command(missing),
        **_gate(answer, missing),
    }


def _gate(answer: Answer, missing: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Whether the gate is closed, and what would open it. Without a budget there is no gate."""
    request = answer.request
    if request.budget_per_month is None or not stops(answer.verdict.verdict, request.gate):
        return {"gate_closed": False}
    failed = {"failed": True} if request.enforce else {}
    return {"gate_closed": True, "msg": _what_would_open(answer, missing), **failed}


def _what_would_open(answer: Answer, missing: Sequence[Mapping[str, Any]]) -> str:
    request, verdict = answer.request, answer.verdict
    said = [f"{verdict.sentence}."]
    said += [_way_out(one, edit, request.gate) for one in answer.answered for edit in one.edits[:1]]
    if missing and verdict.verdict == INDETERMINATE:
        said.append(f"Give the prices, or run where there is a network: {refresh_command(missing)}")
        said.append(paste((price["region"], price["key"]) for price in missing))
    return "\n".join(said).strip()


def _way_out(one: Answered, edit: EditSet, gate: str) -> str:
    return f"{one.judged.name} would cost {dollars(edit.result.at(gate))} with this: {'; '.join(edit.edits)}."


def _scenario(one: Answered, options: _Options) -> dict[str, Any]:
    estimate, scenario = one.judged.estimate, one.judged.estimate.scenario
    return {
        "name": scenario.name,
        "region": scenario.region,
        "target": scenario.target,
        "provides": sorted(scenario.provides),
        "lacks": list(one.judged.lacks),
        **_span(estimate.total),
        "complete": estimate.complete,
        "verdict": one.judged.verdict.verdict,
        "says": one.judged.verdict.sentence,
        "worst_hour": number(_worst_hour(estimate) / options.hours),
        "lines": [_line(line) for line in estimate.lines],
        "fit": plain(one.wished.fit),
        "runway": None if one.runway is None else _runway(one.runway),
        "edits": [_edit(edit) for edit in one.edits],
        "fargate_options": list(options.of(estimate)),
        "change": plain(one.change),
        "findings": _findings(one.findings),
    }


def _span(span: Span) -> dict[str, Any]:
    return {level: number(amount) for level, amount in zip(LEVELS, span)}


def _worst_hour(estimate: Estimate) -> Decimal:
    """What is billed by the hour, in a month of hours that are all like the most expensive one."""
    fixed = (line.cost.high for line in estimate.lines if line.usage.fixed and line.cost is not None)
    return sum(fixed, Decimal(0))


def _line(line: Line) -> dict[str, Any]:
    usage, price, cost = line.usage, line.price, line.cost
    low, expected, high = usage.quantity
    return {
        "part": line.part.label,
        "item": usage.item,
        "key": usage.key,
        "quantity": number(expected),
        "quantity_low": number(low),
        "quantity_high": number(high),
        "unit": "month" if usage.key == OWN_PRICE else unit_of(usage.key),
        "unit_price": None if price is None else number(price.usd),
        "low": None if cost is None else number(cost.low),
        "expected": None if cost is None else number(cost.expected),
        "high": None if cost is None else number(cost.high),
        "formula": usage.formula,
        "fixed": usage.fixed,
        "source": "" if price is None else price.source,
        "confidence": "" if price is None else price.confidence,
        "date": "" if price is None else price.date,
        "sku": "" if price is None else price.sku,
        "assumption": line.assumption,
    }


def _edit(edit: EditSet) -> dict[str, Any]:
    return {"edits": list(edit.edits), **_span(edit.result), "saves": number(edit.saves)}


def _findings(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [finding.as_dict() for finding in findings]


def _runway(runway: Runway) -> dict[str, Any]:
    return {level: _lasts(runway.at(level)) for level in LEVELS}


def _lasts(lasts: Lasts) -> dict[str, Any]:
    made: dict[str, Any] = plain(lasts)
    return made


def _months(runway: Runway) -> dict[str, Any]:
    return {level: plain(runway.at(level).months) for level in LEVELS}


def _phase(phase: Planned) -> dict[str, Any]:
    made = plain(phase)
    return {"from": made.pop("since"), **made}


def _break_evens(found: BreakEvens | None) -> dict[str, Any]:
    if found is None:
        return {"break_even": [], "break_even_curves": []}
    pairs = [{"of": of, "against": against, **plain(break_even)} for (of, against), break_even in found.results.items()]
    curves = [{"scenario": name, "points": plain(points)} for name, points in found.curves.items()]
    return {"break_even": pairs, "break_even_curves": curves}


def _prices(answer: Answer) -> dict[str, Any]:
    used = {line.price for one in answer.answered for line in one.judged.estimate.lines if line.price is not None}
    dates = sorted({price.date for price in used if price.date}, key=lambda said: (published(said), said))
    return {
        "origin": answer.book.origin,
        "regions": list(answer.book.regions),
        "oldest": dates[0] if dates else None,
        "newest": dates[-1] if dates else None,
        "stale": sorted(doubt.message for doubt in answer.doubts if doubt.rule in (OLD, TOO_OLD)),
        "inferred": sorted({f"{price.region} {price.key}" for price in used if price.confidence == INFERRED}),
    }


class _Options:
    """The cheapest Fargate sizes, each worked out once: many scenarios have tasks of one size."""

    def __init__(self, book: Book, hours: Decimal) -> None:
        self.book, self.hours = book, hours
        self._known: dict[tuple[Decimal, Decimal, str, str], list[dict[str, Any]]] = {}

    def of(self, estimate: Estimate) -> Iterator[dict[str, Any]]:
        region = estimate.scenario.region
        for part in estimate.scenario.parts:
            task = part.resource
            if isinstance(task, FargateTask):
                for option in self._options(task, region):
                    yield {"part": part.label, **option}

    def _options(self, task: FargateTask, region: str) -> list[dict[str, Any]]:
        needed = demand(task.vcpu, task.p95_vcpu), demand(task.memory_gib, task.p95_memory_gib)
        key = (*needed, task.os, region)
        if key not in self._known:
            found = fargate_options(*needed, region, self.book, self.hours, 1, task.os)
            self._known[key] = plain(found)
        return self._known[key]
