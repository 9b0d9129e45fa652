# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of an app on ECS: cases/ecs_app/<situation>/compose.yaml, options.yml for the filter, and expected.yml.

Expected are the parts of the plan that the situation is about; findings are lines of text, and FOLDER is the case's.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.ecs_app_plan import FilterModule
from ansible_collections.slipway.containers.plugins.filter.task_definition import FilterModule as TaskDefinition
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.check import check
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.app.kinds import KINDS
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.app.names import short_name
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.kinds import KINDS as OF_TASKS
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rules.registry import RULES
from ansible_collections.slipway.containers.plugins.module_utils._core.secrets import MASK
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import project as compose_project

from tools.prepare import ROOT

CASES = Path(__file__).parent / "cases" / "ecs_app"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())
EXAMPLES = [ROOT / "examples" / name for name in ("fargate_web", "streamlit_budget")]
#: Those of the whole projects that need no variables.
PROJECTS = [ROOT / "tests/projects" / name for name in ("blog", "ci-runner", "error-tracker", "events", "gis", "ml")]
ON_CASES = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
ON_ALL = pytest.mark.parametrize("folder", [*FOLDERS, *EXAMPLES, *PROJECTS], ids=lambda folder: folder.name)

#: What rules say of single containers, here as anywhere: cases/rules and cases/service_rules are about that.
OF_CONTAINERS = ("root-user", "writable-root", "assumed-size", "no-autoscaling", "no-health-check", "task-size")

ecs_app_plan = FilterModule().filters()["ecs_app_plan"]
task_definition = TaskDefinition().filters()["task_definition"]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None


def options_of(folder: Path) -> dict[str, Any]:
    return {"region": "eu-central-1", **(read(folder / "options.yml") or {})}


@cache
def plan_of(folder: Path) -> dict[str, Any]:
    plan: dict[str, Any] = ecs_app_plan({"project_directory": str(folder)}, **options_of(folder))
    return plan


def as_expected(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    """What people write into expected.yml: plain YAML, with no path of this machine."""
    plain = json.loads(json.dumps(plan).replace(str(folder), "FOLDER"))
    for task in plain["tasks"]:
        del task["compose"], task["task_definition"]
    told = [found for found in plain["findings"] if found["rule"] not in OF_CONTAINERS]
    findings = [f"{found['severity']} {found['rule']}: {found['path']}: {found['message']}" for found in told]
    return {**plain, "findings": findings}


@ON_CASES
def test_the_situation_becomes_exactly_this(folder: Path) -> None:
    expected = read(folder / "expected.yml")
    outcome = as_expected(folder, plan_of(folder))
    assert {part: outcome[part] for part in expected} == expected


@ON_ALL
def test_what_is_handed_to_ecs_task_def_gives_the_definition_of_the_plan(folder: Path) -> None:
    plan = plan_of(folder)
    for task in plan["tasks"]:
        made = task_definition(
            task["definition"],
            family=task["family"],
            launch_type=task["launch_type"],
            compose=task["compose"],
            region=plan["region"],
        )
        assert made["task_definition"] == task["task_definition"]


@ON_ALL
def test_all_parts_speak_of_the_same_things(folder: Path) -> None:
    plan = plan_of(folder)
    families = {task["family"] for task in plan["tasks"]}
    acting = [*plan["services"], *plan["migrations"]]
    assert len(families) == len(plan["tasks"])
    assert {part["family"] for part in (*acting, *plan["schedules"])} == families
    assert sorted(step["name"] for step in plan["order"]) == sorted(part["name"] for part in acting)
    used = [target["target_group"] for service in plan["services"] for target in service["load_balancers"]]
    assert sorted(used) == sorted(group["key"] for group in plan["target_groups"])
    assert plan["public_ports"] == [group["listener_port"] for group in plan["target_groups"]]
    assert len({group["name"] for group in plan["target_groups"]}) == len(used)


@ON_ALL
def test_a_plan_is_plain_values_and_the_same_each_time(folder: Path) -> None:
    again = ecs_app_plan({"project_directory": str(folder)}, **options_of(folder))
    assert json.loads(json.dumps(again)) == plan_of(folder)


@ON_ALL
def test_secrets_show_in_overrides_alone(folder: Path) -> None:
    """`definition` is what the user gave, which ecs_task_def has to get. The rest of a plan may be shown."""
    plan = plan_of(folder)
    shown = {**plan, "tasks": [{**task, "definition": None} for task in plan["tasks"]]}
    assert "hunter22" not in str(shown)
    if "hunter22" in str(plan):
        assert MASK in str(shown)


@pytest.mark.parametrize(
    ("text", "longest", "name"),
    [
        ("shop-web", 32, "shop-web"),
        ("shop_web.v2", 32, "shop-web-v2"),
        ("-shop--web-", 32, "shop-web"),
        ("a" * 32, 32, "a" * 32),
        ("a" * 33, 32, "a" * 25 + "-852785"),
        ("streamlit-budget-application-web", 32, "streamlit-budget-application-web"),
        ("streamlit-budget-application-the-web", 32, "streamlit-budget-applicat-9c0c82"),
    ],
)
def test_a_short_name_keeps_what_it_can_and_is_unlike_others(text: str, longest: int, name: str) -> None:
    assert short_name(text, longest) == name
    assert len(name) <= longest


WEB = {"project_directory": str(EXAMPLES[0])}


@pytest.mark.parametrize(
    ("compose", "options", "message"),
    [
        ("web", {"region": "eu-central-1"}, "found str, expected a dictionary with project_directory, files, "),
        ({"folder": "x"}, {"region": "eu-central-1"}, "found the unknown key 'folder', expected project_directory"),
        (WEB, {}, "region is missing, expected the region that the app runs in"),
        (WEB, {"region": "r", "launch_type": "fargate"}, "launch_type is 'fargate', expected FARGATE or EC2"),
        (WEB, {"region": "r", "image": {}}, "found the unknown option 'image', expected app, region, launch_type, "),
        (WEB, {"region": "r", "images": "web:1"}, "images is str, expected a dictionary"),
        ({"project_directory": "/nowhere"}, {"region": "r"}, "/nowhere"),
    ],
)
def test_it_refuses_with_one_message(compose: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError) as error:
        ecs_app_plan(compose, **options)
    assert message in str(error.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(AnsibleFilterError, match=r"folder.*launch_type.*roles is list"):
        ecs_app_plan({"folder": 1}, region="r", launch_type="x", roles=[])


def test_another_name_is_that_of_the_project_too() -> None:
    plan = ecs_app_plan(WEB, app="front", region="eu-central-1")
    (task,) = plan["tasks"]
    assert (plan["app"], task["family"], plan["log_groups"]) == ("front", "front-web", ["/slipway/front"])
    assert task["compose"]["project_name"] == "front"


def test_relative_paths_mean_the_same_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for compose in (
        {"project_directory": "examples/fargate_web"},
        {"files": ["examples/fargate_web/compose.yaml"]},
        {"project_directory": "examples/fargate_web", "files": ["compose.yaml"]},
    ):
        (task,) = ecs_app_plan(compose, region="eu-central-1")["tasks"]
        monkeypatch.chdir("/")
        made = task_definition({}, family=task["family"], compose=task["compose"], region="eu-central-1")
        assert made["task_definition"]["containerDefinitions"][0]["name"] == "web"
        monkeypatch.chdir(ROOT)


def test_a_migration_runs_again_for_another_image_and_not_for_another_role() -> None:
    shop = {"project_directory": str(CASES / "a_shop_in_order")}

    def keys(**options: Any) -> list[str]:
        return [each["once_per"] for each in ecs_app_plan(shop, region="eu-central-1", **options)["migrations"]]

    assert keys() == keys(roles={"execution": "arn:aws:iam::111122223333:role/x"}, log_group="/other")
    digest = "registry.example.com/shop@sha256:" + "1" * 64
    assert not set(keys()) & set(keys(images={"migrate": digest}))


@ON_ALL
def test_cost_check_takes_the_scenario(folder: Path) -> None:
    plan = plan_of(folder)
    (scenario,) = check({"scenarios": [plan["cost"]]}, compose_project.load, date(2026, 11, 21), None)["scenarios"]
    assert scenario["name"].startswith(plan["app"])
    balanced = any("load balancer" in line["part"] for line in scenario["lines"])
    assert balanced == bool(plan["target_groups"])


def test_every_kind_of_finding_has_a_case() -> None:
    told = {found["rule"] for folder in FOLDERS for found in plan_of(folder)["findings"]}
    assert set(KINDS) <= told


def test_findings_read_well() -> None:
    for folder in FOLDERS:
        for found in plan_of(folder)["findings"]:
            for text in (found["message"], found["hint"]):
                assert text == text.strip() and "\n" not in text and not text.endswith(".")


def test_names_of_findings_are_their_own() -> None:
    assert set(KINDS).isdisjoint([*(rule.name for rule in RULES), *OF_TASKS])
