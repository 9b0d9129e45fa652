# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict in a sentence, as the first thing that a reader sees."""

from __future__ import annotations

from collections.abc import Iterator

from .layout import Headline
from .money import budget, duration, exactly, money, plural
from .reading import Reading, Scenario, label_of

_ICONS = {
    "pass": "M3 8.5l3.2 3.2L13 4.8",
    "fail": "M4 4l8 8M12 4l-8 8",
    "error": "M4 4l8 8M12 4l-8 8",
    "indeterminate": "M5.5 5.8a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.8-1.1 1.7M8 12.6v.1",
    "none": "M4 8h8",
}
_WORDS = {"pass": "Within budget", "fail": "Over budget", "indeterminate": "Cannot tell", "none": "No monthly budget"}


def headline(reading: Reading) -> Headline:
    result, best = reading.result, reading.best
    if not reading.scenarios:
        return Headline("error", "No estimate", "There is no estimate.", tuple(_refusal(reading)), _ICONS["error"])
    kind = str(result.get("verdict") or "none")
    more: tuple[str, ...] = ()
    if best is None or kind == "indeterminate":
        text, more = _cannot_tell(reading), _reason(reading)
    else:
        text = {"pass": _fits, "fail": _over}.get(kind, _cheapest)(reading, best)
        more = _reason(reading) if kind == "fail" and "lacks" in str(result.get("reason")) else ()
    return Headline(
        kind, _WORDS.get(kind, kind), text, (*more, *_lasts(reading, best), *_others(reading)), _ICONS.get(kind, "")
    )


def _refusal(reading: Reading) -> Iterator[str]:
    if not reading.result.get("findings"):
        yield from str(reading.result.get("msg") or "The result has no scenarios.").splitlines()


def _sentence(text: str) -> str:
    """With a capital and a full stop. A name that starts it keeps its letters where it has others than these."""
    text = text.strip()
    first = text.split(" ", 1)[0]
    capital = f"{text[:1].upper()}{text[1:]}" if first.isalpha() and first != "systemd" else text
    return capital if capital.endswith((".", "!", "?")) else f"{capital}."


def _of(reading: Reading, scenario: Scenario) -> str:
    at = "" if reading.level == "expected" else f", {reading.level} estimate"
    return f"{money(reading.cost(scenario))} of {money(reading.budget)} a month{at}"


def _fits(reading: Reading, best: Scenario) -> str:
    return _sentence(f"{label_of(best)} fits: {_of(reading, best)}")


def _cheapest(reading: Reading, best: Scenario) -> str:
    some_lack = any(scenario.get("lacks") for scenario in reading.scenarios)
    several = "is the cheapest with what is required, at" if some_lack else "is the cheapest, at"
    says = several if len(reading.scenarios) > 1 else "costs"
    return _sentence(f"{label_of(best)} {says} {money(reading.cost(best))} a month")


def _over(reading: Reading, best: Scenario) -> str:
    if reading.budget is None or exactly(reading.cost(best)) <= exactly(reading.budget):
        return _sentence(str(reading.result.get("reason") or "Nothing fits"))
    over = money(exactly(reading.cost(best)) - exactly(reading.budget))
    says = "is over budget" if len(reading.scenarios) == 1 else "is the cheapest, and over budget"
    return _sentence(f"{label_of(best)} {says} by {over}: {_of(reading, best)}")


def _cannot_tell(reading: Reading) -> str:
    missing = len(reading.result.get("missing_prices") or ())
    because = f": {plural(missing, 'price is', 'prices are')} missing" if missing else ""
    what = "what it costs" if reading.budget is None else "whether the budget holds"
    return f"Cannot tell {what}{because}."


def _reason(reading: Reading) -> tuple[str, ...]:
    """The module's own words, which also name a scenario that was chosen, and what is lacking."""
    reason = reading.result.get("reason")
    return (_sentence(str(reason)),) if reason else ()


def _lasts(reading: Reading, best: Scenario | None) -> Iterator[str]:
    """How long all the money lasts: over the phases where there are some, else in one scenario."""
    if reading.budget_total is None:
        return
    runway = reading.result.get("runway") or (best or {}).get("runway") or {}
    lasts = runway.get("expected") or {}
    if lasts.get("months") is None:
        return
    ends_on = lasts.get("ends_on")
    until = f", until {ends_on}" if ends_on else ""
    whole = " The plan is paid for to its end." if lasts.get("outcome") == "reaches" else ""
    over = "Over the phases of the plan, " if reading.result.get("phases") else ""
    yield f"{over}{budget(reading.budget_total)} lasts {duration(lasts['months'], ends_on)}{until}.{whole}"


def _others(reading: Reading) -> Iterator[str]:
    """How many of several scenarios fit."""
    scenarios = reading.scenarios
    if len(scenarios) < 2 or reading.budget is None:
        return
    kinds = [reading.kind(scenario) for scenario in scenarios]
    said = {"pass": "within budget", "fail": "over it", "indeterminate": "without all prices"}
    counts = [f"{kinds.count(kind)} {text}" for kind, text in said.items() if kind in kinds]
    lacking = kinds.count("lacking")
    counts += [f"{lacking} without what is required"] if lacking else []
    yield f"Of {plural(len(scenarios), 'scenario')}: {', '.join(counts)}."
