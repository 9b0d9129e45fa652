# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules over a service: cases/service_rules/<rule>/<situation>/input.yml and what the rule says of it.

An input holds `definition`, and `service` as DescribeServices returns or CreateService takes it, or `options`: the
x-ecs fields of a Compose file, by service. `autoscaled` says whether scaling is known.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate
import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rules.registry import RULES as OVER_TASKS
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rules.service import (
    RULES,
    SUPPOSE_A_SERVICE,
    check_service,
    with_service,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.service import Service, service_from_options
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task import Task
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import prepare
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions import EcsOptions, read_options
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import (
    ERROR,
    INFO,
    SEVERITIES,
    WARNING,
    Finding,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CASES = Path(__file__).parent / "cases" / "service_rules"
FOLDERS = sorted(CASES.glob("*/*"))
NAMES = [rule.name for rule in RULES]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: What a small team has when it means well: the reference plan's web service, in public subnets to spare the NAT.
SENSIBLE = {
    "serviceName": "web",
    "desiredCount": 3,
    "launchType": "FARGATE",
    "platformVersion": "LATEST",
    "schedulingStrategy": "REPLICA",
    "availabilityZoneRebalancing": "ENABLED",
    "loadBalancers": [{"targetGroupArn": "arn:aws:x", "containerName": "web", "containerPort": 8080}],
    "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"], "assignPublicIp": "ENABLED"}},
}


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


def name_of(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def service_of(case: dict[str, Any]) -> Service:
    task = Task(prepare(case["definition"], MODEL).definition)
    if "options" not in case:
        return Service(task, case["service"], autoscaled=case.get("autoscaled"))
    options = {}
    for name, fields in case["options"].items():
        options[name], wrong = read_options(EcsOptions, fields, name)
        assert [finding.as_text() for finding in wrong if finding.severity == ERROR] == []
    return service_from_options(task, options)


@cache
def found_in(folder: Path) -> tuple[Finding, ...]:
    return tuple(check_service(service_of(read(folder / "input.yml"))))


def expected(folder: Path) -> list[dict[str, str]]:
    return [{"hint": "", **finding} for finding in read(folder / "expected.yml")]


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_the_rule_says_exactly_this(folder: Path) -> None:
    found = [finding.as_dict() for finding in found_in(folder) if finding.rule == folder.parent.name]
    shown = [{key: finding[key] for key in ("path", "message", "hint")} for finding in found]
    assert shown == expected(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_one_place_is_told_once(folder: Path) -> None:
    """Also of what the rules over the definition say about it."""
    case = read(folder / "input.yml")
    before = prepare(case["definition"], MODEL).findings
    assert [finding.as_text() for finding in before if finding.severity == ERROR] == []
    about_health = [f.path for f in with_service(before, service_of(case)) if f.path.endswith(".healthCheck")]
    about_mounts = [f.path for f in with_service(before, service_of(case)) if ".mountPoints[" in f.path]
    assert len({*about_health, *about_mounts}) == len([*about_health, *about_mounts])


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_what_a_case_calls_a_service_is_one_for_the_api(folder: Path) -> None:
    """Its fields are those of the API, in what describes a service or in what creates one."""
    model = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("ecs", "service-2"))
    shapes = (model.shape_for("Service"), model.shape_for("CreateServiceRequest"))
    service = read(folder / "input.yml").get("service", {})
    asked = {"serviceName": "web", **service}
    reports = [botocore.validate.ParamValidator().validate(asked, shape).generate_report() for shape in shapes]
    assert "" in reports, reports


def test_every_case_names_a_rule_and_is_complete() -> None:
    assert {folder.parent.name for folder in FOLDERS} <= set(NAMES)
    for folder in FOLDERS:
        assert {path.name for path in folder.iterdir()} == {"input.yml", "expected.yml"}, name_of(folder)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_cases_on_both_sides(name: str) -> None:
    fires = [bool(expected(folder)) for folder in FOLDERS if folder.parent.name == name]
    assert any(fires), "no case where it fires"
    assert not all(fires), "no case where it does not"


def test_names_are_unique_kebab_case_and_shared_only_where_the_service_answers() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert [name for name in NAMES if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)] == []
    over_tasks = {rule.name for rule in OVER_TASKS}
    assert set(NAMES) & over_tasks <= set(SUPPOSE_A_SERVICE) <= over_tasks


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_every_rule_is_explained_and_none_is_an_error(rule: Any) -> None:
    assert rule.severity in (WARNING, INFO)
    assert rule.sentence.endswith(".") and rule.sentence[0].isupper()
    assert rule.source.strip()


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_findings_read_well(folder: Path) -> None:
    texts = {text for finding in found_in(folder) for text in (finding.message, finding.hint)}
    assert {text for text in texts if text != text.strip() or "\n" in text} == set()
    ranks = [SEVERITIES.index(finding.severity) for finding in found_in(folder)]
    assert ranks == sorted(ranks)


def test_checking_leaves_the_service_as_it_was() -> None:
    for folder in FOLDERS:
        case = read(folder / "input.yml")
        service = service_of(case)
        before = copy.deepcopy(service.data)
        check_service(service)
        assert service.data == before, name_of(folder)


def definition(**fields: Any) -> dict[str, Any]:
    container = {"name": "web", "image": "ghcr.io/example/web:1.4.2", "portMappings": [{"containerPort": 8080}]}
    return {"family": "web", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{**container, **fields}]}


CHECKED = definition(healthCheck={"command": ["CMD", "true"]})


def test_a_sensible_service_hears_little() -> None:
    found = check_service(Service(Task(CHECKED), SENSIBLE, autoscaled=True))
    assert [finding.rule for finding in found] == ["public-ip"]


def test_a_compose_file_that_says_nothing_of_its_service_hears_nothing() -> None:
    assert check_service(service_from_options(Task(definition()), {"web": EcsOptions()})) == []
    assert check_service(service_from_options(Task(definition()), {})) == []


def rules_of(found: list[Finding]) -> set[str]:
    return {finding.rule for finding in found}


def test_a_service_answers_what_the_definition_alone_supposes() -> None:
    """A supposition gives way to what is known: to a finding that says it sharper, or to silence."""
    volume = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}}
    mounted = definition(mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}])
    whole = {**mounted, "networkMode": "awsvpc", "cpu": "256", "memory": "512", "volumes": [volume]}
    supposed = [finding for finding in prepare(whole, MODEL).findings if finding.rule in SUPPOSE_A_SERVICE]
    assert rules_of(supposed) == set(SUPPOSE_A_SERVICE)
    other = Finding("no-logs", WARNING, "containerDefinitions[web].logConfiguration", "kept")

    one_at_a_time = {"maximumPercent": 100, "minimumHealthyPercent": 0}
    careful = {**SENSIBLE, "desiredCount": 1, "deploymentConfiguration": one_at_a_time, "loadBalancers": []}
    kept = with_service([*supposed, other], Service(Task(whole), careful))
    assert rules_of(kept) & {*SUPPOSE_A_SERVICE, "no-logs"} == {"no-health-check", "no-logs"}

    balanced = with_service([*supposed, other], Service(Task(whole), {**SENSIBLE, "platformVersion": "1.3.0"}))
    sharper = {"no-health-check-behind-load-balancer", "efs-two-writers", "old-platform-version"}
    assert rules_of(balanced) == {*sharper, "public-ip", "no-logs"}
    assert [finding.severity for finding in balanced] == [WARNING] * 3 + [INFO] * 2

    from_compose = service_from_options(Task(whole), {"web": EcsOptions(public=True, health_path="/health")})
    told = with_service([*supposed, other], from_compose)
    assert rules_of(told) == {*SUPPOSE_A_SERVICE, "no-logs", "no-health-check-behind-load-balancer"} - {
        "no-health-check"
    }


def _values(shape: botocore.model.Shape, depth: int) -> st.SearchStrategy[Any]:
    if shape.type_name == "structure":
        members = {name: _values(member, depth - 1) for name, member in shape.members.items()} if depth else {}
        return st.fixed_dictionaries({}, optional=members)
    if shape.type_name == "list":
        return st.lists(_values(shape.member, depth - 1), max_size=3) if depth else st.just([])
    plain = {
        "string": st.sampled_from(["", "web", "1.3.0", "1.", *getattr(shape, "enum", [])]),
        "integer": st.sampled_from([-1, 0, 1, 3, 100, 150, 200, 2**31 - 1]),
        "boolean": st.booleans(),
    }
    return plain.get(shape.type_name, st.just({}))


_SHAPE = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("ecs", "service-2"))
_READ = (
    *("desiredCount", "schedulingStrategy", "platformVersion", "loadBalancers", "networkConfiguration"),
    *("deploymentConfiguration", "deploymentController", "availabilityZoneRebalancing"),
)
_SERVICE = st.fixed_dictionaries(
    {}, optional={name: _values(_SHAPE.shape_for("Service").members[name], 3) for name in _READ}
)


@settings(derandomize=True, deadline=None, database=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(_SERVICE, st.sampled_from([True, False]), st.sampled_from([True, False, None]))
def test_no_service_breaks_a_rule(data: dict[str, Any], complete: bool, autoscaled: bool | None) -> None:
    for finding in check_service(Service(Task(definition()), data, complete, autoscaled)):
        assert finding.rule in NAMES and finding.path and finding.message


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(st.integers(1, 12), st.integers(0, 100), st.integers(100, 200))
def test_a_deadlock_is_where_no_order_of_steps_replaces_all_tasks(count: int, minimum: int, maximum: int) -> None:
    """Against a deployment that is played: start while there is room, stop while enough run."""
    configuration = {"minimumHealthyPercent": minimum, "maximumPercent": maximum}
    old, new = count, 0
    for _step in range(4 * count):
        if new < count and 100 * (old + new + 1) <= count * maximum:
            new += 1
        elif old and 100 * (old + new - 1) >= count * minimum:
            old -= 1
    done = (old, new) == (0, count)
    service = Service(Task(CHECKED), {"desiredCount": count, "deploymentConfiguration": configuration})
    assert ("deployment-deadlock" in rules_of(check_service(service))) is not done
