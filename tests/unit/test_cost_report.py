# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a result: whole reports as files, the numbers in them, and texts that mean mischief."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.cost_view import FilterModule
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.span import LEVELS
from ansible_collections.slipway.containers.plugins.module_utils._core.report import charts, money
from ansible_collections.slipway.containers.plugins.module_utils._core.report.escape import FORMS, Verbatim
from ansible_collections.slipway.containers.plugins.module_utils._core.report.plain import WIDTH
from ansible_collections.slipway.containers.plugins.module_utils._core.report.view import SECTIONS, view
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tools import record_cost_report
from tools.record_cost_report import CASES, SUFFIXES, rendered, results

cost_view = FilterModule().filters()["cost_view"]
RESULTS = results()
PAGES = record_cost_report.pages()
D = Decimal
PROPERTY = settings(derandomize=True, deadline=None, database=None)
#: Each example is a whole report.
SLOW_PROPERTY = settings(PROPERTY, max_examples=30)
#: Elements without an end.
VOID = {"meta", "link"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_whole_reports_are_as_they_were_read(path: Path) -> None:
    expected = record_cost_report.pages()[path]
    assert path.read_text(encoding="utf-8") == expected, (
        "run `python -m tools.record_cost_report`, and read what it did"
    )


@pytest.mark.parametrize(
    "case", sorted(path.parent for path in CASES.glob("*/options.yml")), ids=lambda case: case.name
)
def test_what_the_module_says_today_makes_a_report(case: Path) -> None:
    """Recorded results may be older than the module; its result still has all that a report needs."""
    today, recorded = record_cost_report.said(case), RESULTS[case.name]
    assert set(recorded) <= set(today), "run `python -m tools.record_cost_report`"
    for form in FORMS:
        assert names(view(today, form)) == names(view(recorded, form))


def names(report: dict[str, Any]) -> list[str]:
    return [section["name"] for section in report["sections"]]


def result(case: str = "six_targets", **changes: Any) -> dict[str, Any]:
    """A copy of a kept result, with changes at its top."""
    return {**copy.deepcopy(RESULTS[case]), **changes}


def section(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in report["sections"] if one["name"] == name)


def every_text(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from every_text(item)
    elif isinstance(value, list):
        for item in value:
            yield from every_text(item)


# Numbers


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (42.965, "$42.97"),  # the binary number is below the half; JSON's is not
        (0.125, "$0.13"),
        (1234567.891, "$1,234,567.89"),
        (100, "$100.00"),
        (0, "$0.00"),
        (0.004, "<$0.01"),
        (-0.004, "-<$0.01"),
        (-3.035, "-$3.04"),
        (1e-7, "<$0.01"),
        (1e30, "$1,000,000,000,000,000,000,000,000,000,000.00"),
        (None, "no price"),
    ],
)
def test_money_is_rounded_half_up_and_never_silently_nothing(amount: Any, text: str) -> None:
    assert money.money(amount) == text


@given(st.floats(min_value=0.005, max_value=1e12))
@PROPERTY
def test_money_is_within_half_a_cent(amount: float) -> None:
    shown = D(money.money(amount).replace("$", "").replace(",", ""))
    assert abs(shown - D(repr(amount))) <= D("0.005")


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (0.04656, "$0.04656"),
        (0.1, "$0.10"),
        (5, "$5.00"),
        (1.5e-7, "$0.00000015"),
        (1234.5, "$1,234.50"),
        (None, "no price"),
    ],
)
def test_unit_prices_keep_their_digits(price: Any, text: str) -> None:
    assert money.unit_price(price) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1095, "1,095"), (1.3698, "1.3698"), (1833.33333, "1,833.33"), (0.5, "0.5"), (100, "100"), (0, "0")],
)
def test_quantities_have_no_idle_digits(number: Any, text: str) -> None:
    assert money.quantity(number) == text


@pytest.mark.parametrize(
    ("months", "ends_on", "text"),
    [
        (2.3273, None, "2 months and 9 days"),
        (1, None, "1 month"),
        (0.01, None, "0 days"),
        (0.5, "2026-12-06", "15 days"),  # from 21 November, half of 30
        (2.5, "2027-02-05", "2 months and 15 days"),  # 15 of 31, from 21 January
        (0.5, "2027-03-07", "14 days"),  # half of February, from the 21st
        (1.999, "2027-01-20", "1 month and 30 days"),
        (None, None, "without end"),
    ],
)
def test_durations_are_whole_days_of_the_month_that_they_end_in(months: Any, ends_on: str | None, text: str) -> None:
    assert money.duration(months, ends_on) == text


@pytest.mark.parametrize("case", RESULTS)
def test_every_cost_of_the_result_is_in_the_bill(case: str) -> None:
    given_result = RESULTS[case]
    blocks = section(view(given_result, "html"), "bill")["blocks"]
    assert len(blocks) == len(given_result["scenarios"])
    for scenario in given_result["scenarios"]:
        shown = sorted(row["cells"][-2]["text"] for block in blocks for row in block["table"]["rows"])
        for line in scenario["lines"]:
            assert escaped_money(line["high"]) in shown
        sums = [[cell["text"] for cell in block["table"]["total"]["cells"]] for block in blocks]
        assert any(escaped_money(scenario["expected"]) in cells for cells in sums)


def escaped_money(amount: Any) -> str:
    """As a page has it, by a second way of rounding."""
    if amount is None:
        return "no price"
    cents = D(repr(amount)).quantize(D("0.01"), ROUND_HALF_UP)
    return f"${cents:,}" if cents else "&lt;$0.01" if amount > 0 else "-&lt;$0.01"


# Words


@pytest.mark.parametrize(
    ("case", "changes", "kind", "text"),
    [
        ("six_targets", {}, "pass", "systemd fits: $43.43 of $100.00 a month."),
        ("six_targets", {"cheapest_fitting": "compose"}, "pass", "Compose fits: $43.43 of $100.00 a month."),
        (
            "six_targets",
            {"verdict": "fail", "cheapest_fitting": None, "cheapest": "eks"},
            "fail",
            "EKS is the cheapest, and over budget by $85.97: $185.97 of $100.00 a month.",
        ),
        ("claims_and_unpriced", {}, "indeterminate", "Cannot tell whether the budget holds: 3 prices are missing."),
        ("growth_in_phases", {}, "none", "Fargate is the cheapest with what is required, at $65.67 a month."),
    ],
)
def test_the_headline_says_the_verdict(case: str, changes: dict[str, Any], kind: str, text: str) -> None:
    said = view(result(case, **changes))["headline"]
    assert (said["kind"], said["text"]) == (kind, text)


def test_the_headline_says_how_long_the_money_lasts() -> None:
    assert view(result())["headline"]["more"][0] == "$100 lasts 2 months and 9 days, until 2027-01-30."
    phases = view(result("growth_in_phases"))["headline"]["more"][0]
    assert phases == "Over the phases of the plan, $1,200 lasts 15 months and 7 days, until 2028-02-28."


def test_a_gate_at_another_level_is_what_the_headline_speaks_of() -> None:
    high = {"usd_per_month": 100, "usd_total": None, "gate": "high"}
    said = view(result(budget=high, cheapest_fitting="fargate"))["headline"]["text"]
    assert said == "Fargate fits: $74.27 of $100.00 a month, high estimate."


def test_a_task_that_failed_over_its_options_still_has_a_report() -> None:
    finding = {
        "rule": "cost-option",
        "severity": "error",
        "path": "scenarios[web]",
        "message": "found nothing",
        "hint": "",
    }
    report = view({"failed": True, "changed": False, "msg": "cost_check: 1 problem.", "findings": [finding]})
    assert report["headline"]["kind"] == "error"
    assert names(report) == ["findings"]
    told = view({"failed": True, "msg": "no such file\nhere"})
    assert told["headline"]["more"] == ["no such file", "here"] and not told["sections"]


#: What a result must have for a section to be there; the rest of it is taken away.
NEEDED: dict[str, Callable[[dict[str, Any]], None]] = {
    "runway": lambda result: result["budget"].update(usd_total=None),
    "edits": lambda result: [scenario.update(edits=[]) for scenario in result["scenarios"]] and None,
    "requirements": lambda result: result.update(requirements=[]),
    "break_even": lambda result: result.update(break_even=[], break_even_curves=[]),
    "sizes": lambda result: [scenario.update(fargate_options=[]) for scenario in result["scenarios"]] and None,
    "claims": lambda result: result.update(claims=[]),
    "change": lambda result: [scenario.update(change=None) for scenario in result["scenarios"]] and None,
}


@pytest.mark.parametrize("name", NEEDED)
def test_a_section_is_there_when_it_has_something_to_say(name: str) -> None:
    having = [case for case in RESULTS if name in names(view(RESULTS[case]))]
    assert having, f"no case shows {name}"
    without = result(having[0])
    NEEDED[name](without)
    assert name not in names(view(without))


def test_all_sections_are_shown_by_some_case() -> None:
    shown = {name for case in RESULTS for name in names(view(RESULTS[case]))}
    assert len(shown) == len(SECTIONS)


def test_what_has_no_price_is_never_zero() -> None:
    report = view(result("claims_and_unpriced"))
    spot = next(block for block in section(report, "bill")["blocks"] if "Spot" in block["title"])
    unpriced = [row for row in spot["table"]["rows"] if "Spot" in row["cells"][0]["text"]]
    assert unpriced and all("no price" in cell["text"] for row in unpriced for cell in row["cells"][2:])
    assert spot["figure"].startswith("from ") and "$0.00" not in {*every_text(spot)}


def test_the_overrides_to_paste_are_yaml_in_every_form() -> None:
    expected = RESULTS["claims_and_unpriced"]["price_overrides_yaml"].rstrip("\n").splitlines()
    for form in FORMS:
        assert section(view(result("claims_and_unpriced"), form), "prices")["codes"][0]["lines"] == expected


# Forms

NAMES = st.text(min_size=1, max_size=80)
MISCHIEF = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a | b | c",
    "[click](https://example.com) *bold* _it_ `code`",
    "{{ lookup('pipe', 'id') }}",
    "# heading",
    "1. one",
    "- item",
    "&lt;already&gt;",
    "two\nlines\x1b[31m",
    "우리 회사 é \u202e",
    "x" * 300,
]


def with_names(name: str) -> dict[str, Any]:
    """Every text that a user may choose, as this one."""
    changed = result("claims_and_unpriced", cheapest=name, reason=f"{name} fits", cheapest_fitting=name)
    for scenario in changed["scenarios"]:
        scenario["name"] = name
        for line in scenario["lines"]:
            line.update(part=name, formula=name, assumption=name)
        scenario["findings"] = [{"rule": "x", "severity": "error", "path": name, "message": name, "hint": name}]
    for claim in changed["claims"]:
        claim.update(name=name, says=name, left_out=[name])
    return changed


class Elements(HTMLParser):
    """Counts elements, and checks that each is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.waiting: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _value in attrs)
        if tag not in VOID:
            self.waiting.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.waiting.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def elements(page: str) -> Elements:
    parser = Elements()
    parser.feed(page)
    parser.close()
    assert not parser.waiting
    return parser


@pytest.mark.parametrize("name", MISCHIEF, ids=range(len(MISCHIEF)))
def test_no_name_can_add_to_a_page(name: str) -> None:
    plain, strange = elements(rendered(with_names("plain"), "html")), elements(rendered(with_names(name), "html"))
    assert strange.tags == plain.tags
    assert FORMS["text"](name) in strange.text


@pytest.mark.parametrize("name", MISCHIEF, ids=range(len(MISCHIEF)))
def test_no_name_can_add_to_markdown(name: str) -> None:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    plain, strange = (markdown.parse(rendered(with_names(one), "markdown")) for one in ("plain", name))
    assert kinds(strange) == kinds(plain)
    shown = " ".join(token.content for one in strange for token in one.children or () if token.type == "text")
    assert FORMS["text"](name) in shown


def kinds(tokens: list[Any]) -> list[str]:
    """Blocks and what is inline in them, but for texts, of which a name may be several."""
    inline = [child.type for token in tokens for child in token.children or () if child.type != "text"]
    return [token.type for token in tokens] + inline


def terminal(shown: dict[str, Any]) -> list[str]:
    """The lines of a report, without those that are to be copied and so not wrapped."""
    codes = {line.strip() for one in view(shown)["sections"] for code in one["codes"] for line in code["lines"]}
    return [line for line in rendered(shown, "text").splitlines() if line.strip() not in codes]


@given(NAMES)
@SLOW_PROPERTY
def test_any_name_keeps_the_terminal_in_its_width(name: str) -> None:
    assert all(line.isprintable() for line in rendered(with_names(name), "text").splitlines())
    assert all(len(line) <= WIDTH for line in terminal(with_names(name)))


@pytest.mark.parametrize("case", RESULTS)
def test_the_text_fits_a_terminal(case: str) -> None:
    lines = rendered(RESULTS[case], "text").splitlines()
    assert "" not in (lines[0], lines[-1])
    assert max(map(len, terminal(RESULTS[case]))) <= WIDTH


@given(st.text(), st.sampled_from(sorted(FORMS)))
@PROPERTY
def test_code_keeps_its_signs(text: str, form: str) -> None:
    shown = FORMS[form](Verbatim(text))
    assert shown == "".join(filter(str.isprintable, text)) or form == "html"


@pytest.mark.parametrize("case", RESULTS)
def test_a_page_has_all_it_needs_within_itself(case: str) -> None:
    page = rendered(RESULTS[case], "html")
    assert not set(elements(page).tags) & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "video",
        "audio",
        "base",
        "form",
    }
    assert not re.search(r"https?:|@import|@font-face|\bstyle=", page)
    assert "default-src 'none'" in page


def test_the_title_is_the_users() -> None:
    page = rendered(RESULTS["six_targets"], "html", "Costs & <more>")
    assert "<title>Costs &amp; &lt;more&gt;: systemd fits" in page


# Geometry


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([D(43), D(100)], [0, 25, 50, 75, 100, 125]),
        ([D("0.31")], [0, D("0.1"), D("0.2"), D("0.3"), D("0.4")]),
        ([D(228)], [0, 50, 100, 150, 200, 250]),
        ([D(0)], [0, D("0.2"), D("0.4"), D("0.6"), D("0.8"), 1]),
        ([D(1000)], [0, 250, 500, 750, 1000, 1250]),
    ],
)
def test_scales_have_few_round_ticks_and_hold_their_values(values: list[Decimal], ticks: list[Any]) -> None:
    scale = charts.from_zero(values)
    assert list(scale.ticks) == ticks
    assert scale.end == ticks[-1] >= max(values)


@given(st.lists(st.decimals(min_value=0, max_value=10**9, places=2), min_size=1))
@PROPERTY
def test_scales_hold_any_values(values: list[Decimal]) -> None:
    scale = charts.from_zero(values)
    assert all(0 <= scale.share(value) <= 1 for value in values)
    assert 2 <= len(scale.ticks) <= 7


@pytest.mark.parametrize(
    ("first", "last", "ticks"),
    [(1, 10, [1, 2, 4, 6, 8, 10]), (1, 3, [1, 2, 3]), (2, 40, [2, 5, 10, 15, 20, 25, 30, 35, 40])],
)
def test_numbers_of_copies_are_whole(first: int, last: int, ticks: list[int]) -> None:
    assert list(charts.counted(first, last).ticks) == ticks


def test_a_staircase_is_level_around_each_number() -> None:
    across, up = charts.counted(1, 4), charts.from_zero([D(96)])
    points = [(D(1), D(25)), (D(2), D(25)), (D(3), D(50)), (D(4), D(100))]
    assert charts.staircase(points, across, up) == "M0.0 750.0H250.0V750.0H500.0V500.0H750.0V0.0H1000.0"


@given(st.lists(st.decimals(min_value=0, max_value=1, places=3), min_size=1, max_size=12))
@PROPERTY
def test_labels_stand_apart_in_their_order(heights: list[Decimal]) -> None:
    gap = D("0.075")
    moved = charts.apart(heights, gap)
    pairs = sorted(zip(heights, moved))
    places = sorted(moved)
    assert all(after - before >= gap for before, after in zip(places, places[1:]))
    assert [place for _height, place in sorted(pairs, key=lambda pair: pair[1])] == places
    assert max(moved) <= 1


def test_bars_are_the_costs_on_one_scale() -> None:
    bars = section(view(result("growth_in_phases"), "html"), "scenarios")["bars"]
    end = D("200")
    for drawn, scenario in zip(
        bars["bars"], sorted(RESULTS["growth_in_phases"]["scenarios"], key=lambda one: one["expected"])
    ):
        shares = [D(repr(scenario[level])) / end * 100 for level in LEVELS]
        assert [drawn[level] for level in LEVELS] == [f"{share:.2f}%" for share in shares]


def test_a_negative_total_has_no_bar() -> None:
    refund = result()
    refund["scenarios"][0].update(low=-5, expected=-5, high=-5)
    drawn = section(view(refund, "html"), "scenarios")["bars"]["bars"][0]
    assert (drawn["value"], drawn["low"], drawn["rest"]) == ("-$5.00", "0.00%", "0.00%")


# The filter


def test_the_filter_gives_plain_values() -> None:
    report = cost_view(result("claims_and_unpriced"), form="html", title="T")
    assert json.loads(json.dumps(report)) == report and report["title"] == "T"
    assert all(text.__class__ is str for text in every_text(report))


@pytest.mark.parametrize(
    ("given_result", "options", "message"),
    [
        ([], {}, "found list, expected a result of cost_check"),
        ({"changed": False, "skipped": True}, {}, "found no scenarios and no msg"),
        ({"scenarios": [{"name": "web"}]}, {}, "'complete' is missing, expected a whole result"),
        (RESULTS["six_targets"], {"form": "pdf"}, "form is 'pdf', expected text, markdown, html"),
    ],
)
def test_the_filter_refuses_what_is_no_result(given_result: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=re.escape(message)):
        cost_view(given_result, **options)


def test_every_form_has_a_template() -> None:
    assert set(SUFFIXES) == set(FORMS)
