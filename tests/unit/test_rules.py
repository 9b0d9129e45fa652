# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule on whole definitions: cases/rules/<rule>/<situation>/definition.yml and what the rule says of it."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate
import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rules.registry import RULES
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import Prepared, prepare
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import (
    ERROR,
    SEVERITIES,
    report,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

REPOSITORY = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases" / "rules"
FOLDERS = sorted(CASES.glob("*/*"))
NAMES = [rule.name for rule in RULES]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: What a small team writes when it means well: the reference plan's web service.
SENSIBLE = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": "arn:aws:iam::111122223333:role/web-execution",
    "taskRoleArn": "arn:aws:iam::111122223333:role/web-task",
    "containerDefinitions": [
        {
            "name": "web",
            "image": "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com/web:1.4.2",
            "portMappings": [{"containerPort": 8080}],
            "environment": [{"name": "LOG_LEVEL", "value": "info"}],
            "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"]},
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/web",
                    "awslogs-region": "ap-northeast-2",
                    "awslogs-stream-prefix": "web",
                },
            },
        }
    ],
}


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


def name_of(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


@cache
def prepared(folder: Path) -> Prepared:
    return prepare(read(folder / "definition.yml"), MODEL)


def expected(folder: Path) -> list[dict[str, str]]:
    return [{"hint": "", **finding} for finding in read(folder / "expected.yml")]


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_the_rule_says_exactly_this(folder: Path) -> None:
    found = [finding.as_dict() for finding in prepared(folder).findings if finding.rule == folder.parent.name]
    shown = [{key: finding[key] for key in ("path", "message", "hint")} for finding in found]
    assert shown == expected(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_one_mistake_is_told_once(folder: Path) -> None:
    """No other rule finds an error in a case, or something else to say at the place of one."""
    found = prepared(folder).findings
    refused = {finding.path for finding in found if finding.severity == ERROR}
    others = [f for f in found if f.rule != folder.parent.name and (f.severity == ERROR or f.path in refused)]
    elsewhere = int(folder.name.endswith("-by-another-rule"))
    assert len(others) == elsewhere, [finding.as_text() for finding in others]


@cache
def botocore_request() -> botocore.model.Shape:
    model = botocore.loaders.Loader().load_service_model("ecs", "service-2")
    return botocore.model.ServiceModel(model).operation_model("RegisterTaskDefinition").input_shape


@pytest.mark.parametrize("name", NAMES)
def test_botocore_sends_what_the_rules_let_through(name: str) -> None:
    refused = {}
    for folder in CASES.joinpath(name).iterdir():
        ready = prepared(folder)
        if not ready.blocking("error"):
            tags = [{"key": key, "value": value} for key, value in (ready.tags or {}).items()]
            request = {**ready.definition, **({"tags": tags} if tags else {})}
            report_of = botocore.validate.ParamValidator().validate(request, botocore_request())
            refused.update({folder.name: report_of.generate_report()} if report_of.has_errors() else {})
    assert refused == {}


def test_checking_leaves_the_definition_as_it_was() -> None:
    for folder in FOLDERS:
        definition = read(folder / "definition.yml")
        before = copy.deepcopy(definition)
        prepare(definition, MODEL)
        assert definition == before, name_of(folder)


def test_every_case_names_a_rule_and_is_complete() -> None:
    assert {folder.parent.name for folder in FOLDERS} <= set(NAMES)
    for folder in FOLDERS:
        assert {path.name for path in folder.iterdir()} == {"definition.yml", "expected.yml"}, name_of(folder)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_cases_on_both_sides(name: str) -> None:
    fires = [bool(expected(folder)) for folder in FOLDERS if folder.parent.name == name]
    assert any(fires), "no case where it fires"
    assert not all(fires), "no case where it does not"


def test_names_are_unique_kebab_case() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert [name for name in NAMES if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_every_rule_is_explained(rule: Any) -> None:
    assert rule.severity in SEVERITIES
    assert rule.sentence.endswith(".")
    assert rule.sentence[0].isupper() or rule.sentence.startswith("awslogs")
    assert rule.source.strip()


@pytest.mark.parametrize("name", NAMES)
def test_findings_read_well(name: str) -> None:
    """Nothing to trip over in a terminal: no stray spaces, no line breaks, worst first."""
    for folder in CASES.joinpath(name).iterdir():
        found = prepared(folder).findings
        texts = {text for finding in found for text in (finding.message, finding.hint)}
        assert {text for text in texts if text != text.strip() or "\n" in text} == set()
        ranks = [SEVERITIES.index(finding.severity) for finding in found]
        assert ranks == sorted(ranks)


def test_a_definition_of_exactly_64_kib() -> None:
    definition = {**SENSIBLE, "taskRoleArn": ""}
    length = 64 * 1024 - len(json.dumps(definition, separators=(",", ":")))
    for surplus in (0, 1):
        found = prepare({**definition, "taskRoleArn": "r" * (length + surplus)}, MODEL).findings
        assert [finding.rule for finding in found].count("definition-size") == surplus


def test_the_report_names_everything_at_once() -> None:
    found = prepare({}, MODEL).findings
    text = report(found, "task definition (no family)")
    assert text.startswith("task definition (no family): 2 problems.\n")
    assert all(finding.as_text() in text for finding in found)


def test_a_sensible_application_hears_little() -> None:
    found = prepare(SENSIBLE, MODEL).findings
    assert [finding.rule for finding in found if finding.severity == ERROR] == []
    assert len(found) <= 10
    assert {finding.rule for finding in found} == {"root-user", "writable-root"}


def _values(shape_name: str, depth: int) -> st.SearchStrategy[Any]:
    """Values that follow the API's shapes, with odd ones among them: rules must bear what types alone let in."""
    shape = MODEL.shapes[shape_name]
    kind = shape["type"]
    if kind == "structure" and depth:
        members = {name: _values(member, depth - 1) for name, member in shape["members"].items()}
        return st.fixed_dictionaries({}, optional=members)
    if kind == "list" and depth:
        return st.lists(_values(shape["member"], depth - 1), max_size=3)
    plain = {
        "string": st.sampled_from(["", "web", "a:b", "1-3", "arn:aws:ssm:x", *shape.get("enum", [])]),
        "integer": st.sampled_from([-1, 0, 1, 80, 512, 70000]),
        "boolean": st.booleans(),
        "map": st.dictionaries(st.sampled_from(["mode", "awslogs-group"]), st.just("x"), max_size=2),
    }
    return st.one_of(plain.get(kind, st.just({})), st.sampled_from([None, 1.5, "text", [], {}, [None], [1]]))


@settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(st.dictionaries(st.sampled_from(list(MODEL.shapes["RegisterTaskDefinitionRequest"]["members"])), st.none()))
def test_null_everywhere_is_nothing_anywhere(definition: dict[str, None]) -> None:
    assert prepare(definition, MODEL).definition == {}


_CONTAINER = _values("ContainerDefinition", 4)
_DEFINITION = st.fixed_dictionaries(
    {"containerDefinitions": st.lists(_CONTAINER, max_size=3)},
    optional={
        name: _values(member, 4)
        for name, member in MODEL.shapes["RegisterTaskDefinitionRequest"]["members"].items()
        if name != "containerDefinitions"
    },
)


@settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(_DEFINITION)
def test_no_definition_breaks_a_rule(definition: dict[str, Any]) -> None:
    for finding in prepare(definition, MODEL).findings:
        assert finding.severity in SEVERITIES
        assert finding.message
