# SPDX-License-Identifier: GPL-3.0-or-later
"""cost_check as a whole, from its options to its result, with the prices of this release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.project import Project
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.check import OwnBook, check
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.request import CostError
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import project as compose_project

from tools.prepare import ROOT, lay_out_tree

TODAY = date(2026, 11, 21)
TARGETS = ["systemd", "compose", "fargate", "ecs_ec2", "kubeadm", "eks"]
STREAMLIT = {"compose": {"project_directory": str(ROOT / "examples/streamlit_budget")}, "target": TARGETS}
PROVIDED = ["high_availability", "autoscaling"]
WEB = {"kind": "fargate_task", "name": "web", "vcpu": 0.5, "memory_gib": 1, "count": 3}
SEOUL = {"name": "seoul", "region": "ap-northeast-2", "resources": [WEB]}
VIRGINIA = {"name": "virginia", "region": "us-east-1", "resources": [WEB]}


def priced(*scenarios: Mapping[str, Any], own: OwnBook | None = None, **options: Any) -> dict[str, Any]:
    result = check({"scenarios": list(scenarios), **options}, compose_project.load, TODAY, own)
    assert json.loads(json.dumps(result)) == result, "everything is plain JSON"
    return result


def refused(*scenarios: Mapping[str, Any], **options: Any) -> str:
    with pytest.raises(CostError) as error:
        priced(*scenarios, **options)
    return str(error.value)


def cents(number: float) -> Decimal:
    return Decimal(repr(number)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def compose(project: str, *targets: str, **more: Any) -> dict[str, Any]:
    return {"compose": {"project_directory": str(ROOT / project)}, "target": list(targets), **more}


def by_name(result: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {scenario["name"]: scenario for scenario in result["scenarios"]}


def test_the_printed_price_and_that_of_the_region_it_names() -> None:
    result = priced(VIRGINIA, SEOUL)
    assert [cents(scenario["expected"]) for scenario in result["scenarios"]] == [Decimal("54.06"), Decimal("62.17")]
    assert result["cheapest"] == "virginia" and result["verdict"] is None


def test_lines_add_up_exactly_and_say_where_they_are_from() -> None:
    for scenario in priced(compose("examples/fargate_web", *TARGETS), region="ap-northeast-2")["scenarios"]:
        for level in ("low", "expected", "high"):
            total = sum(Decimal(repr(line[level])) for line in scenario["lines"])
            assert abs(total - Decimal(repr(scenario[level]))) < Decimal("1e-9")
        for line in scenario["lines"]:
            assert line["formula"] and line["source"] and line["date"] and line["unit"]
            assert abs(line["quantity"] * line["unit_price"] - line["expected"]) < 1e-9


def test_an_unknown_region_has_no_price_and_no_verdict() -> None:
    result = priced({**SEOUL, "region": "eu-wset-1"}, budget_usd_per_month=1000, gate="none")
    (scenario,) = result["scenarios"]
    assert (scenario["complete"], scenario["verdict"], result["verdict"]) == (False, "indeterminate", "indeterminate")
    assert [line["expected"] for line in scenario["lines"]] == [None, None]
    assert any("did you mean 'eu-west-1'?" in finding["hint"] for finding in scenario["findings"])
    assert "eu-wset-1" in result["refresh_command"] and result["cheapest"] is None


def test_what_is_missing_can_be_pasted_back() -> None:
    unknown = {**SEOUL, "resources": [{"kind": "ec2_instance", "type": "x9.mega"}, {"kind": "efs", "gib": 3}]}
    missing = priced(unknown)
    pasted = yaml.safe_load(missing["price_overrides_yaml"])["price_overrides"]
    assert [price["key"] for price in pasted] == [price["key"] for price in missing["missing_prices"]]
    filled = [{**price, "usd": 2, "source": "an offer"} for price in pasted]
    (scenario,) = priced(unknown, price_overrides=filled)["scenarios"]
    assert scenario["complete"] and cents(scenario["expected"]) == 2 * 730 + 2 * 3
    assert {line["source"] for line in scenario["lines"]} == {"an offer"}


def test_prices_that_are_inferred_say_so_in_their_lines() -> None:
    result = priced({"name": "ireland", "region": "eu-west-1", "resources": [{"kind": "nlb", "nlcu": 1}]})
    assert result["prices"]["inferred"] == ["eu-west-1 nlb.hour", "eu-west-1 nlb.nlcu_hour"]
    assert all("inferred" in line["assumption"] for line in result["scenarios"][0]["lines"])


def test_old_prices_warn_and_close_the_gate_when_asked() -> None:
    node = {"name": "node", "region": "us-east-1", "resources": [{"kind": "ec2_instance", "type": "t3.medium"}]}
    warned = priced(node, budget_usd_per_month=100)
    assert warned["verdict"] == "pass" and "124 days old" in warned["prices"]["stale"][0]
    assert [finding["severity"] for finding in warned["findings"]] == ["warning"]
    closed = priced(node, budget_usd_per_month=100, max_price_age_days=90)
    assert closed["failed"] and closed["verdict"] == "indeterminate"


def test_the_whole_design_of_the_second_example() -> None:
    """54.05 was printed for what costs 139.06 where it is to run."""
    options = yaml.safe_load((ROOT / "examples/fargate_web/cost.yml").read_text(encoding="utf-8"))
    scenarios = by_name(priced(*options.pop("scenarios"), **options))
    found = {name: cents(scenario["expected"]) for name, scenario in scenarios.items()}
    figures = {"as designed": "139.06", "without NAT": "102.11", "the tasks alone": "62.17"}
    assert found == {name: Decimal(figure) for name, figure in figures.items()}
    assert scenarios["as designed"]["verdict"] == "fail"


def test_six_targets_of_one_compose_file_against_a_hundred_dollars() -> None:
    options = {"region": "ap-northeast-2", "budget_usd_per_month": 100, "budget_usd_total": 100}
    result = priced(compose("examples/streamlit_budget", *TARGETS), **options, break_even={})
    scenarios = by_name(result)
    assert list(scenarios) == TARGETS
    assert {name: cents(scenario["expected"]) for name, scenario in scenarios.items()} == {
        "systemd": Decimal("43.43"),
        "compose": Decimal("43.43"),
        "fargate": Decimal("74.08"),
        "ecs_ec2": Decimal("115.85"),
        "kubeadm": Decimal("156.40"),
        "eks": Decimal("185.97"),
    }
    assert [name for name in TARGETS if scenarios[name]["verdict"] == "pass"] == ["systemd", "compose", "fargate"]
    assert all(scenarios[name]["edits"] for name in ("ecs_ec2",))
    assert result["runway_months"]["expected"] == pytest.approx(100 / 43.434)
    assert result["runway"]["expected"]["ends_on"] == "2027-01-30"
    assert any(finding["rule"] == "lost-volume" for finding in scenarios["fargate"]["findings"])
    rewritten = [
        name for name in TARGETS for found in scenarios[name]["findings"] if found["rule"] == "address-rewritten"
    ]
    assert rewritten[0] == "systemd" and "compose" not in rewritten
    assert {"of": "ecs_ec2", "against": "fargate", "first": 2}.items() <= result["break_even"][-3].items()
    assert len(result["break_even_curves"]) == len(TARGETS)


def test_an_edit_costs_what_it_says_when_it_is_made() -> None:
    options = {"region": "ap-northeast-2", "budget_usd_per_month": 100, "enforce": False}
    (scenario,) = priced(compose("examples/streamlit_budget", "kubeadm"), **options)["scenarios"]
    (edit,) = scenario["edits"]
    assert [text.partition("(")[2] for text in edit["edits"]] == [
        "topology: {nodes_min: 1})",
        "topology: {architecture: arm})",
    ]
    made = compose("examples/streamlit_budget", "kubeadm", topology={"nodes_min": 1, "architecture": "arm"})
    result = priced(made, **options)
    assert result["verdict"] == "pass"
    assert result["scenarios"][0]["expected"] == pytest.approx(edit["expected"])


def test_no_edit_gives_up_what_is_required() -> None:
    ha = {"copies": {"web": 4}, "control_planes": 3}
    options = {"region": "us-east-1", "budget_usd_per_month": 150, "enforce": False}
    asked = compose("examples/fargate_web", "kubeadm", topology=ha)
    free, bound = (
        priced(asked, **options, requires=requires)["scenarios"][0] for requires in ([], ["high_availability"])
    )
    assert any("control_planes: 1" in text for edit in free["edits"] for text in edit["edits"])
    assert not any("control_planes: 1" in text for edit in bound["edits"] for text in edit["edits"])


def test_what_each_requirement_costs() -> None:
    options = {"region": "ap-northeast-2", "budget_usd_per_month": 100}
    result = priced(compose("examples/fargate_web", *TARGETS), **options, requires=["high_availability", "autoscaling"])
    assert result["cheapest_fitting"] == "fargate"
    assert by_name(result)["compose"]["lacks"] == ["high_availability", "autoscaling"]
    free, dear = result["requirements"]
    assert free["requires"] == "high_availability" and dear["requires"] == "autoscaling"


def test_a_compose_file_without_any_size_says_what_was_assumed(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: nginx}, b: {image: redis}}\n", encoding="utf-8")
    scenario = {"compose": {"project_directory": str(tmp_path)}, "target": ["fargate"], "region": "us-east-1"}
    findings = priced(scenario)["scenarios"][0]["findings"]
    told = [finding["message"] for finding in findings if finding["rule"] == "nothing-declared"]
    assert len(told) == 1 and "512 MiB" in told[0], findings


def test_the_topology_of_one_target_is_no_mistake_on_the_others() -> None:
    topology = {"control_planes": 3}
    shared = priced(compose("examples/fargate_web", "fargate", "kubeadm", topology=topology), region="us-east-1")
    alone = priced(compose("examples/fargate_web", "fargate", topology=topology), region="us-east-1")
    rules = [{finding["rule"] for finding in result["scenarios"][0]["findings"]} for result in (shared, alone)]
    assert ["no-effect" in found for found in rules] == [False, True]


def test_resources_beside_the_app() -> None:
    beside = [{"kind": "custom", "name": "domain", "usd_per_month": 1.5}]
    plain = priced(compose("examples/fargate_web", "fargate"), region="us-east-1")["scenarios"][0]
    more = priced(compose("examples/fargate_web", "fargate", resources=beside), region="us-east-1")["scenarios"][0]
    assert cents(more["expected"]) - cents(plain["expected"]) == Decimal("1.5")
    assert more["lines"][-1]["part"] == "domain"


def test_what_changed_since_last_time() -> None:
    before = priced(SEOUL)
    same = priced(SEOUL, previous=before)["scenarios"][0]["change"]
    assert (same["price"], same["quantity"], same["lines"]) == (0, 0, [])
    dearer = [{"region": "ap-northeast-2", "key": "fargate.x86.vcpu_hour", "usd": 0.05, "unit": "vCPU-hour"}]
    more = {**SEOUL, "resources": [{**WEB, "count": 4}]}
    (now,) = priced(more, previous=before, price_overrides=dearer)["scenarios"]
    change = now["change"]
    assert change["price"] == pytest.approx((0.05 - 0.04656) * 3 * 0.5 * 730)
    assert change["total"] == pytest.approx(now["expected"] - before["scenarios"][0]["expected"])


def test_a_claim_about_a_scenario() -> None:
    claim = {"name": "page", "usd": 54.05, "resources": "seoul", "region": "ap-northeast-2"}
    (told,) = priced(SEOUL, claims=[claim])["claims"]
    assert told["verdict"] == "wrong_region" and "$62.17" in told["says"]


def test_sizes_are_compared_by_what_was_measured() -> None:
    """0.15 vCPU and 0.4 GiB with 20 % of headroom fit the smallest size; half a vCPU and a GiB do not."""
    measured = {**WEB, "p95_vcpu": 0.15, "p95_memory_gib": 0.4}
    options = priced({**VIRGINIA, "resources": [measured]})["scenarios"][0]["fargate_options"]
    assert {(option["vcpu"], option["memory_gib"]) for option in options} == {(0.25, 0.5)}
    assert [(option["architecture"], option["spot"]) for option in options][:2] == [("arm", True), ("x86", True)]
    stated = priced(VIRGINIA)["scenarios"][0]["fargate_options"]
    assert {(option["vcpu"], option["memory_gib"]) for option in stated} == {(0.5, 1)}


def test_what_has_no_spot_price_is_not_passed_over_in_silence() -> None:
    told = [finding["message"] for finding in priced(SEOUL)["scenarios"][0]["findings"]]
    assert "Fargate on arm Spot: no price for fargate_spot.arm.vcpu_hour, fargate_spot.arm.gb_hour" in told
    assert not [text for text in told if "x86: no price" in text]


def test_free_tier_and_savings_plan_are_lines_of_their_own() -> None:
    resources = [WEB, {"kind": "logs", "gib_ingested": 7}, {"kind": "egress", "gib": 50}]
    result = priced({**VIRGINIA, "resources": resources}, free_tier=True, commitment={"term_years": 1})
    (scenario,) = result["scenarios"]
    negative = [line for line in scenario["lines"] if line["expected"] < 0]
    assert {line["part"] for line in negative} == {"free tier", "Savings Plan"}
    # 43.25 is the plan's price of the tasks; two of seven GB of logs are left, and no traffic.
    assert cents(scenario["expected"]) == Decimal("43.25") + 2 * Decimal("0.50")


def test_phases_and_credits() -> None:
    phases = [{"name": "start", "usd_per_month": 30, "months": 2}, {"name": "growth", "scenario": "seoul"}]
    credit = [{"name": "founders", "usd": 40, "until": "2026-12-31"}]
    result = priced(SEOUL, budget_usd_total=100, phases=phases, credits=credit, start_date="2026-12-01")
    assert [phase["name"] for phase in result["phases"]] == ["start", "growth"]
    assert result["phases"][1]["from"] == "2027-02-01"
    # 30 of the credit go in December, 10 expire; 70 of the budget are left in February.
    assert result["runway_months"]["expected"] == pytest.approx(2 + 70 / 62.1741)
    assert [finding["rule"] for finding in result["findings"]] == ["credit-lost"]


def test_a_thousand_and_too_many_resources() -> None:
    many = {**SEOUL, "resources": [{"kind": "secret"}] * 10_000}
    assert cents(priced(many)["scenarios"][0]["expected"]) == 4000
    assert "10001" in refused({**SEOUL, "resources": [{"kind": "secret"}] * 10_001}).replace(",", "")


def test_the_same_question_has_the_same_answer_in_every_process() -> None:
    """Python shuffles sets by a seed of the process."""
    options = {"region": "ap-northeast-2", "budget_usd_per_month": 100, "break_even": {"to": 10}, "requires": PROVIDED}
    program = f"import json; from {__name__} import *; print(json.dumps(priced({STREAMLIT}, **{options})))"
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{lay_out_tree()}"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"budget_usd_per_month": 0}, "budget_usd_per_month: found the number 0"),
        ({"budget_usd_total": float("inf")}, "budget_usd_total"),
        ({"hours_per_month": 1000}, "hours_per_month"),
        ({"chosen": "soul"}, "chosen: found 'soul'"),
        ({"start_date": "soon"}, "start_date"),
        ({"max_price_age_days": 0}, "max_price_age_days: found the number 0"),
        ({"phases": [{"name": "a", "scenario": "soul"}]}, "did you mean 'seoul'?"),
        ({"credits": [{"usd": -1}]}, "credits"),
        ({"commitment": {"term_years": 2}}, "commitment.term_years"),
        ({"break_even": {"to": 1}}, "break_even.to"),
        ({"claims": [{"usd": 1}]}, "claims"),
        ({"previous": {"changed": False}}, "previous"),
        ({"price_overrides": [{"key": "nat.hour", "usd": 1}]}, "unit"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_options_that_are_refused(options: dict[str, Any], said: str) -> None:
    assert said in refused(SEOUL, **options)


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ({"name": "a"}, "neither resources nor compose"),
        ({"name": "a", "resources": []}, "expected one or more"),
        ({"resources": [WEB]}, "what to call the scenario"),
        ({"name": "a", "target": ["eks"]}, "target without compose"),
        ({"name": "a", "compose": {"files": ["compose.yaml"]}}, "compose without target"),
        ({"name": "a", "resources": [WEB], "topology": {"zones": 2}}, "a topology without compose"),
        (compose("examples/fargate_web", "eks", topology={"zone": 2}), "did you mean 'zones'?"),
        ({"name": "seoul", "resources": [WEB]}, "2 scenarios called 'seoul'"),
    ],
    ids=["nothing", "empty", "nameless", "target", "compose", "topology", "unknown key", "twice"],
)
def test_scenarios_that_are_refused(scenario: dict[str, Any], said: str) -> None:
    assert said in refused(SEOUL, scenario, region="us-east-1")


def test_everything_wrong_is_told_at_once() -> None:
    resources = [{**WEB, "count": 0}, {"kind": "albb"}]
    wrong = refused({**SEOUL, "resources": resources}, budget_usd_per_month=-1, chosen="x")
    assert wrong.startswith("cost_check: 4 problems.")


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "JSON"), ("{}", "format"), ('{"format": "slipway.containers price book 1", "currency": "CNY"}', "CNY")],
    ids=["empty", "no book", "currency"],
)
def test_a_book_that_is_none(text: str, said: str) -> None:
    with pytest.raises(CostError) as error:
        priced(SEOUL, own=OwnBook(text, "prices.json"))
    assert said in str(error.value) and "prices.json" in str(error.value)


def test_errors_of_the_compose_file_are_told_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: nginx, x-ecs: {mni: 2}}}\n", encoding="utf-8")
    scenario = {"compose": {"project_directory": str(tmp_path)}, "target": ["eks"]}
    assert "compose.yaml:1 services.a.x-ecs.mni: unknown key" in refused(scenario, region="us-east-1")
    (tmp_path / "compose.yaml").write_text("services: {a: {imgae: nginx}}\n", encoding="utf-8")
    with pytest.raises(ComposeError, match="imgae"):
        priced(scenario, region="us-east-1")


def test_a_project_is_read_once_for_all_its_targets() -> None:
    asked: list[Mapping[str, Any]] = []

    def load(options: Mapping[str, Any]) -> Project:
        asked.append(options)
        return compose_project.load(options)

    params = {"scenarios": [compose("examples/fargate_web", *TARGETS)], "region": "us-east-1"}
    check(params, load, TODAY)
    assert len(asked) == 1
