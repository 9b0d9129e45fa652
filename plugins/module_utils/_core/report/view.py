# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a result of cost_check to a report: what is said, in which order, and safe to print in its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from .bill import bill
from .break_even import break_even, turning_points
from .choices import edits, requirements, sizes
from .comparison import comparison
from .escape import FORMS, escaped, printable
from .evidence import claims, since_last_time
from .findings import assumptions, findings, warnings
from .headline import headline
from .lasting import lasting
from .layout import Section
from .money import budget, money, quantity
from .narrow import narrowed
from .plain import TERMINAL, WIDTH, Paper
from .prices import age, missing, prices
from .reading import Reading

#: What everybody takes a month for; another one is said.
_HOURS = 730
TITLE = "What it costs"
__all__ = ["FORMS", "TITLE", "view"]

#: In the order of the report; each gives its section, or nothing where there is nothing to say.
SECTIONS: tuple[Callable[[Reading], Iterator[Section]], ...] = (
    comparison,
    lasting,
    edits,
    requirements,
    break_even,
    sizes,
    claims,
    since_last_time,
    bill,
    findings,
    assumptions,
    prices,
)


#: What somebody needs who looks at a terminal; the rest is there to be looked up.
BRIEF: tuple[Callable[[Reading], Iterator[Section]], ...] = (
    comparison,
    lasting,
    edits,
    requirements,
    turning_points,
    claims,
    since_last_time,
    warnings,
    missing,
)


def view(result: Mapping[str, Any], form: str = "text", title: str = TITLE, brief: bool = False) -> dict[str, Any]:
    """The report as values that a template only has to put down. `form` is one of FORMS."""
    reading = Reading(result)
    said = headline(reading)
    sections = [section for part in (BRIEF if brief else SECTIONS) for section in part(reading)]
    if form != "html":
        sections = [narrowed(section, brief) for section in sections]
    made = {
        "title": title,
        "headline": plain(said),
        "facts": [{"name": name, "value": value} for name, value in _facts(reading)],
        "sections": [plain(section) for section in sections],
    }
    if form == "text":
        paper = Paper(TERMINAL if brief else WIDTH)
        said_first = (line for text in (said.text, *said.more) for line in paper.wrapped(text))
        made["headline"]["lines"] = [printable(line) for line in said_first]
        for section, values in zip(sections, made["sections"]):
            values["lines"] = list(paper.lines(section))
        return made
    return dict(escaped(made, form))


def plain(value: Any) -> Any:
    """Dataclasses as dictionaries, tuples as lists."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def _facts(reading: Reading) -> Iterator[tuple[str, str]]:
    """What a reader needs to know before the figures."""
    if reading.budget is not None:
        yield "Budget a month", money(reading.budget)
        yield (
            "Judged at",
            "the expected cost, without stopping" if reading.gate == "none" else f"the {reading.gate} cost",
        )
    if reading.budget_total is not None:
        yield "Budget in all", budget(reading.budget_total)
    if reading.regions:
        yield "Region" if len(reading.regions) == 1 else "Regions", ", ".join(reading.regions)
    hours = reading.result.get("hours_per_month")
    if hours is not None and hours != _HOURS:
        yield "Hours a month", quantity(hours)
    if age(reading):
        yield "Prices of", age(reading)
