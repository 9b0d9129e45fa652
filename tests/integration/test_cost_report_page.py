# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a page in a real Chromium, and the role that writes it in real plays."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser

from tests.integration.chromium import SCHEMES, WIDTHS, Seen, launched, shown
from tools.prepare import ROOT
from tools.record_cost_report import CASES, SUFFIXES, rendered, results

RESULTS = results()
ON_CASES = pytest.mark.parametrize("case", RESULTS)
AT_WIDTHS = pytest.mark.parametrize("width", WIDTHS)
LONG = "a scenario with a name that is " + "very-" * 12 + "long, as people's names for things are"
Playbook = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # pylint: disable=contextmanager-generator-missing-cleanup  # pytest runs fixtures to their end
    with launched() as running:
        yield running


def page(case: str) -> Path:
    return CASES / case / "report.html"


# What a browser makes of it


@ON_CASES
@AT_WIDTHS
@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_renders_in_silence_and_fetches_nothing(browser: Browser, case: str, width: int, scheme: str) -> None:
    with shown(browser, page(case), width, scheme) as seen:
        assert seen.page.locator("h1").is_visible()
        assert seen.wrong == []
        assert seen.fetched == [page(case).as_uri()]


@ON_CASES
@AT_WIDTHS
def test_nothing_overflows(browser: Browser, case: str, width: int) -> None:
    with shown(browser, page(case), width) as seen:
        seen.unfold()
        assert seen.overflowing() == []


@AT_WIDTHS
def test_nothing_overflows_with_long_names_and_large_sums(browser: Browser, width: int, tmp_path: Path) -> None:
    result = json.loads(json.dumps(RESULTS["growth_in_phases"]).replace('"compose"', json.dumps(LONG)))
    for scenario in result["scenarios"]:
        scenario.update(low=1234567.89, expected=2345678.9, high=98765432.1)
    file = tmp_path / "long.html"
    file.write_text(rendered(result, "html"), encoding="utf-8")
    with shown(browser, file, width) as seen:
        seen.unfold()
        assert seen.page.get_by_text(LONG).first.is_visible()
        assert seen.overflowing() == []


def test_what_overflows_is_found(browser: Browser, tmp_path: Path) -> None:
    """So that the tests above can fail."""
    file = tmp_path / "wide.html"
    wide = rendered(RESULTS["six_targets"], "html").replace("</h1>", "</h1><p style='width: 400px'>wide</p>")
    file.write_text(wide.replace("style-src", "style-src-attr 'unsafe-inline'; style-src"), encoding="utf-8")
    with shown(browser, file, WIDTHS[0]) as seen:
        assert any("wide" in found for found in seen.overflowing())


@ON_CASES
@AT_WIDTHS
@pytest.mark.parametrize("scheme", SCHEMES)
def test_nobody_is_kept_out(browser: Browser, case: str, width: int, scheme: str) -> None:
    with shown(browser, page(case), width, scheme) as seen:
        seen.unfold()
        assert seen.barriers() == []


def test_what_keeps_people_out_is_found(browser: Browser, tmp_path: Path) -> None:
    """So that the test above can fail."""
    file = tmp_path / "pale.html"
    pale = rendered(RESULTS["six_targets"], "html").replace("--quiet: #556166", "--quiet: #cccccc")
    file.write_text(pale, encoding="utf-8")
    with shown(browser, file) as seen:
        assert any(found.startswith("color-contrast") for found in seen.barriers())


@ON_CASES
def test_headings_are_in_order(browser: Browser, case: str) -> None:
    with shown(browser, page(case)) as seen:
        levels = seen.page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) => +h.tagName[1])")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))


@ON_CASES
def test_tables_say_what_they_are(browser: Browser, case: str) -> None:
    with shown(browser, page(case)) as seen:
        tables = seen.tables()
        assert tables and all(table["caption"] and all(table["head"]) for table in tables)
        assert seen.page.locator("tbody tr > :first-child:not(th[scope=row])").count() == 0
        assert seen.page.locator("thead th:not([scope=col])").count() == 0
        charts = seen.page.locator("figure")
        assert all(charts.nth(index).locator("figcaption").inner_text() for index in range(charts.count()))


def test_links_lead_to_their_sections(browser: Browser) -> None:
    with shown(browser, page("six_targets")) as seen:
        links = seen.page.locator("nav a")
        titles = seen.page.locator("main h2").all_inner_texts()
        assert links.all_inner_texts() == titles
        for index in range(links.count()):
            links.nth(index).click()
            assert seen.page.locator("section:target h2").inner_text() == titles[index]


def test_it_is_read_without_scripts_and_with_the_keyboard(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    without = context.new_page()
    without.goto(page("six_targets").as_uri())
    folded = without.locator("#bill details").nth(1)
    assert not folded.locator("table").is_visible()
    folded.locator("summary").focus()
    without.keyboard.press("Enter")
    assert folded.locator("table").is_visible()
    context.close()


def test_dark_is_dark(browser: Browser) -> None:
    colours = {}
    for scheme in SCHEMES:
        with shown(browser, page("six_targets"), scheme=scheme) as seen:
            colours[scheme] = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    light, dark = (sum(map(int, re.findall(r"\d+", colours[scheme])[:3])) for scheme in SCHEMES)
    assert light > 700 and dark < 100


@ON_CASES
def test_in_print_everything_is_there(browser: Browser, case: str) -> None:
    """What is folded away on the screen, too; in tables, on white, on several pages."""
    with shown(browser, page(case), width=680, scheme="dark") as seen:
        seen.page.emulate_media(media="print", color_scheme="dark")
        sections = seen.page.locator("main section")
        assert all(sections.nth(index).is_visible() for index in range(sections.count()))
        parts = seen.page.locator("main :is(table, .bars li, .items li, pre)")
        assert min(parts.evaluate_all("(all) => all.map((one) => one.offsetHeight)")) > 0
        assert seen.page.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert seen.overflowing() == []
        paper = seen.page.pdf(format="A4", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-") and int(re.findall(rb"/Count (\d+)", paper)[0]) >= 3


# The numbers on it


def cents(amount: Any) -> str:
    if amount is None:
        return "no price"
    rounded = Decimal(repr(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{'-' if rounded < 0 else ''}${abs(rounded):,}"


def rows(table: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The rows of a table by their first cell, each with its cells by the names of their columns."""
    return {
        row[0]["text"]: {name: cell["text"] for name, cell in zip(table["head"], row)}
        for row in reversed(table["rows"])
    }


def numbered(result: dict[str, Any], seen: Seen) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each scenario of the result beside its row in the first table; both have the cheapest first."""
    scenarios = sorted(result["scenarios"], key=lambda one: (not one["complete"], one["expected"]))
    table = seen.tables("#scenarios")[0]
    assert len(table["rows"]) == len(scenarios)
    return [
        (one, {name: cell["text"] for name, cell in zip(table["head"], row)})
        for one, row in zip(scenarios, table["rows"])
    ]


@ON_CASES
def test_the_costs_of_scenarios_are_those_of_the_result(browser: Browser, case: str) -> None:
    with shown(browser, page(case)) as seen:
        for scenario, row in numbered(RESULTS[case], seen):
            start = "" if scenario["complete"] else "from "
            for level in ("low", "expected", "high"):
                assert row[level.capitalize()] == f"{start}{cents(scenario[level])}"
            assert row["Dearest hour"] == cents(scenario["worst_hour"])
        values = seen.page.locator("#scenarios .bars .value").all_inner_texts()
        expected = [cents(scenario["expected"]) for scenario, _row in numbered(RESULTS[case], seen)]
        assert [found for value in values for found in re.findall(r"-?\$[\d,.]+", value)[:1]] == expected


@ON_CASES
def test_every_line_of_the_bill_is_that_of_the_result(browser: Browser, case: str) -> None:
    with shown(browser, page(case)) as seen:
        scenarios = [scenario for scenario, _row in numbered(RESULTS[case], seen)]
        bills = seen.tables("#bill")
    assert len(bills) == len(scenarios)
    for scenario, bill in zip(scenarios, bills):
        *lines, total = [dict(zip(bill["head"], row)) for row in bill["rows"]]
        assert len(lines) == len(scenario["lines"])
        names = (
            {"A month": "expected"}
            if "A month" in bill["head"]
            else {"Low": "low", "Expected": "expected", "High": "high"}
        )
        shown_lines = sorted(tuple(line[name]["text"] for name in ("What", "How much", *names)) for line in lines)
        expected = sorted(
            (what(line), line["formula"], *(cents(line[level]) for level in names.values()))
            for line in scenario["lines"]
        )
        assert shown_lines == expected
        assert [total[name]["text"] for name in names] == [cents(scenario[level]) for level in names.values()]
        for line in scenario["lines"]:
            if line["unit_price"] is not None:
                price = f"{Decimal(repr(line['unit_price'])):f}"
                assert any(price.rstrip("0") in one["Unit price"]["text"] for one in lines)


def what(line: dict[str, Any]) -> str:
    return line["item"] if line["part"].lower() == line["item"].lower() else f"{line['part']}: {line['item']}"


@ON_CASES
def test_how_long_the_money_lasts_is_that_of_the_result(browser: Browser, case: str) -> None:
    lasting = [one for one in RESULTS[case]["scenarios"] if one["runway"]]
    with shown(browser, page(case)) as seen:
        tables = seen.tables("#runway")
    assert bool(tables) == bool(lasting)
    for scenario, row in zip(sorted(lasting, key=lambda one: one["expected"]), tables[0]["rows"] if tables else []):
        runway = scenario["runway"]["expected"]
        months = int(runway["months"])
        assert row[1]["text"].startswith(f"{months} month") or months == 0
        assert row[2]["text"] == runway["ends_on"]


@ON_CASES
def test_costs_by_number_of_copies_are_those_of_the_result(browser: Browser, case: str) -> None:
    curves = {curve["scenario"]: dict(map(tuple, curve["points"])) for curve in RESULTS[case]["break_even_curves"]}
    with shown(browser, page(case)) as seen:
        tables = seen.tables("#break_even details")
        drawn = seen.page.locator("#break_even .curves path").count()
    assert drawn == len([points for points in curves.values() if points]) and bool(tables) == bool(curves)
    for row in tables[0]["rows"] if tables else []:
        expected = [points.get(int(row[0]["text"])) for points in curves.values() if points]
        assert [cell["text"] for cell in row[1:]] == ["no figure" if cost is None else cents(cost) for cost in expected]


@ON_CASES
def test_claims_and_changes_are_those_of_the_result(browser: Browser, case: str) -> None:
    result = RESULTS[case]
    with shown(browser, page(case)) as seen:
        changes = seen.tables("#change")
        titles, figures, texts = (
            seen.page.locator(f"#claims details {of}").all_inner_texts() for of in ("h3", ".figure", "p:first-of-type")
        )
    assert dict(zip(titles, figures)) == {claim["name"]: claim["printed"] for claim in result["claims"]}
    assert all(claim["says"] in text for claim, text in zip(result["claims"], texts, strict=True))
    for scenario in result["scenarios"]:
        if scenario["change"]:
            row = rows(changes[0])[scenario["name"]]
            parts = [row[name].lstrip("+") for name in ("By prices", "By quantities", "Together")]
            assert parts == [cents(scenario["change"][key]) for key in ("price", "quantity", "total")]


@ON_CASES
@AT_WIDTHS
def test_bars_are_as_long_as_their_numbers(browser: Browser, case: str, width: int) -> None:
    """In pixels: lengths have the ratios of the costs, and the budget cuts where it should."""
    with shown(browser, page(case), width) as seen:
        scenarios = [scenario for scenario, _row in numbered(RESULTS[case], seen)]
        bars = seen.page.locator("#scenarios .bars li")
        boxes = [bars.nth(index).locator(".solid").bounding_box() for index in range(bars.count())]
        limits = [line.bounding_box() for line in bars.locator(".limit").all()]
    assert len(boxes) == len(scenarios)
    longest = max(zip(scenarios, boxes), key=lambda pair: pair[0]["low"])
    scale = longest[1]["width"] / longest[0]["low"]
    for scenario, box in zip(scenarios, boxes):
        assert box["width"] == pytest.approx(scenario["low"] * scale, abs=1)
    budget = RESULTS[case]["budget"]["usd_per_month"]
    for limit in limits:
        assert limit["x"] - boxes[0]["x"] == pytest.approx(budget * scale, abs=2)
    assert bool(limits) == (budget is not None)


# The role


PLAY = """
- name: Report
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Report
      ansible.builtin.include_role:
        name: slipway.containers.cost_report
      vars:
        cost_report_result: "{{ lookup('ansible.builtin.file', result) | from_json }}"
        cost_report_directory: "{{ directory }}"
"""


def report(playbook: Playbook, tmp_path: Path, case: str, *arguments: str) -> tuple[int, str]:
    """How many tasks changed something, and what was printed."""
    file = tmp_path / "play.yml"
    file.write_text(PLAY, encoding="utf-8")
    given = json.dumps({"result": str(CASES / case / "result.json"), "directory": str(tmp_path / "deep" / "report")})
    done = playbook(file, "-e", given, *arguments)
    recap = re.search(r"changed=(\d+) .*failed=0", done.stdout)
    assert recap, done.stdout + done.stderr
    return int(recap[1]), done.stdout


@ON_CASES
def test_the_role_writes_what_the_templates_make(case: str, playbook: Playbook, tmp_path: Path) -> None:
    """In check mode nothing is there, then all of it, then nothing changes."""
    folder = tmp_path / "deep" / "report"
    predicted, said = report(playbook, tmp_path, case, "--check", "--diff")
    assert predicted == 3 and not folder.exists()
    assert "report.md.j2" in said and "+# What it costs" in said
    assert "+<!DOCTYPE html>" not in said
    written, said = report(playbook, tmp_path, case)
    assert written == 3
    first_lines = rendered(RESULTS[case], "text").splitlines()[:2]
    assert all(json.dumps(line, ensure_ascii=False) in said for line in first_lines)
    for form, suffix in SUFFIXES.items():
        file = folder / f"cost_report.{suffix}"
        assert file.read_text(encoding="utf-8") == rendered(RESULTS[case], form)
        assert file.stat().st_mode & 0o777 == 0o644
    kept = json.loads((folder / "cost_report.json").read_text(encoding="utf-8"))
    assert kept == {key: value for key, value in RESULTS[case].items() if key != "changed"}
    assert [report(playbook, tmp_path, case, *mode)[0] for mode in ((), ("--check",))] == [0, 0]
    changed, _said = report(playbook, tmp_path, next(other for other in RESULTS if other != case))
    assert changed == 2


@pytest.mark.parametrize("directory", ["", "{{ nothing | default(omit, true) }}"], ids=["empty", "omitted"])
def test_without_a_directory_nothing_is_written(directory: str, playbook: Playbook, tmp_path: Path) -> None:
    play = yaml.safe_load(PLAY)
    play[0]["tasks"][0]["vars"]["cost_report_directory"] = directory
    file = tmp_path / "play.yml"
    file.write_text(yaml.safe_dump(play), encoding="utf-8")
    done = playbook(file, "-e", json.dumps({"result": str(CASES / "six_targets" / "result.json")}))
    assert "changed=0" in done.stdout and "failed=0" in done.stdout, done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["play.yml"]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"cost_report_formats": ["pdf"]}, "value of cost_report_formats must be one or more of"),
        ({"cost_report_result": {"changed": False}}, "found no scenarios and no msg"),
        ({"cost_report_result": "cost"}, "argument 'cost_report_result' is of type"),
    ],
    ids=["format", "no-result", "no-dict"],
)
def test_the_role_says_what_is_wrong(
    variables: dict[str, Any], message: str, playbook: Playbook, tmp_path: Path
) -> None:
    play = yaml.safe_load(PLAY)
    play[0]["tasks"][0]["vars"].update(variables)
    file = tmp_path / "play.yml"
    file.write_text(yaml.safe_dump(play), encoding="utf-8")
    given = {"result": str(CASES / "six_targets" / "result.json"), "directory": str(tmp_path / "report")}
    done = playbook(file, "-e", json.dumps(given))
    assert done.returncode != 0
    assert message in " ".join((done.stdout + done.stderr).split())


def test_the_example_of_the_readme_runs(playbook: Playbook, tmp_path: Path) -> None:
    """Its block reports, and fails where nothing is within the budget."""
    readme = (ROOT / "roles/cost_report/README.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert example
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/compose.yaml").write_text("services: {web: {image: nginx:1.29, ports: [80]}}\n", encoding="utf-8")
    file = tmp_path / "play.yml"
    tasks = yaml.safe_load(example[1])
    for budget, status in ((100, 0), (1, 2)):
        tasks[0]["block"][0]["slipway.containers.cost_check"]["budget_usd_per_month"] = budget
        play = [{"name": "Example", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]
        file.write_text(yaml.safe_dump(play), encoding="utf-8")
        done = playbook(file)
        assert done.returncode == status, done.stdout + done.stderr
        text = (tmp_path / "report/cost_report.txt").read_text(encoding="utf-8")
        assert ("over budget" in text.splitlines()[1]) == bool(status), text
