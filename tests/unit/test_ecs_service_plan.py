# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a change of a service, and what it means: cases/services/<situation>/input.yml and expected.yml.

An input holds the module's `options`, and how the service differs from returned.yml (`present`; null takes a member
away), its `tags`, its `revision` as DescribeServiceRevisions shows it, and the `bounds` of its scalable target.
Expected are the effect of each path that differs (`plan`), what is sent (`request`), the `action` and the `downtime`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services import plan as plans
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.members import (
    EFFECTS,
    OTHERWISE_GIVEN,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.names import (
    family_alone,
    namespace_to_look_up,
    revision_name,
    with_namespace_as_held,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.plan import Bounds, Plan, decide
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.present import Present
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.wanted import (
    SHAPE,
    check_with,
    options_of,
    prepare,
)
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.botocore_model import load
from ansible_collections.slipway.containers.plugins.modules.ecs_service import API, ARGUMENTS

CASES = Path(__file__).parent / "cases" / "services"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())
SERVICE_MODEL = botocore.session.get_session().get_service_model("ecs")
MODEL = load(SERVICE_MODEL, SHAPE)
UPDATABLE = tuple(SERVICE_MODEL.shape_for("UpdateServiceRequest").members)
DEFAULTS = {name: spec.get("default") for name, spec in ARGUMENTS.items()}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


RETURNED = read(CASES / "returned.yml")


def parameters(**options: Any) -> dict[str, Any]:
    return {**DEFAULTS, "name": "web", "cluster": "shop", **options}


def present(case: dict[str, Any]) -> Present:
    service = {key: value for key, value in {**RETURNED, **case.get("present", {})}.items() if value is not None}
    return Present(service, case.get("tags", {}), case.get("revision", {}))


def planned(case: dict[str, Any]) -> Plan:
    options = parameters(**case["options"])
    wanted = prepare(options, API, MODEL)
    assert not wanted.findings, wanted.findings
    there = present(case)
    refused = [finding for finding in check_with(wanted, there.settings) if finding.severity == "error"]
    assert not refused, refused
    bounds = Bounds(*case["bounds"]) if "bounds" in case else None
    return decide(wanted, there, UPDATABLE, bounds, options["purge_tags"])


def outcome(plan: Plan) -> dict[str, Any]:
    return {
        "action": plan.action,
        "plan": {change.path: change.effect for change in plan.changes},
        "request": dict(plan.request),
        "downtime": plan.downtime,
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_differs_and_what_it_means(folder: Path) -> None:
    plan = planned(read(folder / "input.yml"))
    assert outcome(plan) == read(folder / "expected.yml")
    assert plan.changed is (plan.before != plan.after)
    assert plan.reasons == [change.path for change in plan.changes]
    if folder.name.startswith("same-"):
        assert not plan.changed and (plan.before, plan.after) == ({}, {})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_change_that_was_made_is_none_any_more(folder: Path) -> None:
    """The plan is asked again where AWS holds what was sent, on the service, its deployment and its revision alike."""
    case = read(folder / "input.yml")
    plan = planned(case)
    if plan.action != plans.UPDATE or "deployment" in plan.reasons:
        return
    deployed = {**plan.settings, "status": "PRIMARY"}
    there = {**case.get("present", {}), **plan.settings, "deployments": [deployed]}
    for gone in ("launchType", "capacityProviderStrategy"):
        there.setdefault(gone, None)
        there[gone] = plan.settings.get(gone)
    assert planned({**case, "present": there, "revision": plan.settings, "tags": plan.tags.wanted}).reasons == []


def test_every_member_of_the_api_is_an_option() -> None:
    """Of CreateService, and of UpdateService what CreateService has not: the two by which it names the service."""
    members = SERVICE_MODEL.shape_for(SHAPE).members
    assert set(API) == set(options_of(members))
    assert set(UPDATABLE) - set(members) == {"service", "forceNewDeployment"}
    assert {"name", "cluster", "tags", "force_new_deployment"} <= set(ARGUMENTS)


def test_every_member_that_can_be_updated_has_an_effect() -> None:
    """A new botocore with a new member fails here: what its text says of deployments is to be looked up."""
    updated = {member for member in UPDATABLE if member not in (*OTHERWISE_GIVEN, "service", "forceNewDeployment")}
    assert updated == set(EFFECTS) - {"launchType"}


@pytest.mark.parametrize(
    ("effect", "phrase"),
    [("deployment", "This parameter triggers"), ("needs-force|in-place", "This parameter doesn't")],
)
def test_effects_are_those_of_botocores_text(effect: str, phrase: str) -> None:
    for member, shape in SERVICE_MODEL.shape_for("UpdateServiceRequest").members.items():
        if phrase in shape.documentation:
            assert EFFECTS[member][0] in effect.split("|"), member


def test_a_new_service() -> None:
    options = parameters(task_definition="web:3", desired_count="2", client_token="t", tags={"app": "web", "cost": 7})
    wanted = prepare(options, API, MODEL)
    plan = decide(wanted, None, UPDATABLE)
    assert (plan.action, plan.changed, plan.deploys, plan.downtime, plan.before) == ("create", True, True, None, {})
    assert plan.request == {"taskDefinition": "web:3", "desiredCount": 2, "clientToken": "t", "serviceName": "web"}
    tagged = {"app": "web", "cost": "7"}
    assert plan.after == {"name": "web", "task_definition": "web:3", "desired_count": 2, "tags": tagged}
    assert plan.tags.wanted == tagged
    assert plan.reasons == ["service web does not exist in cluster shop"]


def test_a_new_service_needs_what_it_runs_and_how_often() -> None:
    def missing(**options: Any) -> list[str]:
        return [
            one.path for one in check_with(prepare(parameters(**options), API, MODEL), None) if one.severity == "error"
        ]

    assert missing() == ["task_definition", "desired_count"]
    assert missing(task_definition="web", scheduling_strategy="DAEMON") == []
    assert missing(deployment_controller={"type": "EXTERNAL"}) == []


def test_a_change_that_waits_for_a_deployment_says_whether_this_run_brings_it() -> None:
    def said(name: str) -> str:
        changes = planned(read(CASES / name / "input.yml")).changes
        return next(change.sentence for change in changes if change.path == "enable_execute_command")

    assert said("exec-on").endswith("tasks that run keep what they have until force_new_deployment replaces them")
    for brings in ("exec-on-with-a-new-task-definition", "forced-with-exec"):
        assert said(brings).endswith("the deployment of this run brings it to all tasks")


@pytest.mark.parametrize("name", ["new-capacity-providers", "new-weight", "back-to-launch-type"])
def test_a_change_of_capacity_providers_forces_a_deployment(name: str) -> None:
    """AWS refuses it without, whatever the text of the API says."""
    plan = planned(read(CASES / name / "input.yml"))
    assert plan.request["forceNewDeployment"] is True and plan.deploys
    assert [change.effect for change in plan.changes] == ["needs-force"]
    assert plan.changes[0].sentence.endswith("so this run forces one")


def test_what_a_replacement_creates() -> None:
    """All that the service had, but for what is to change, what says nothing, and the role that AWS gave it."""
    request = planned(read(CASES / "another-launch-type" / "input.yml")).request
    assert request["launchType"] == "EC2" and request["desiredCount"] == 2
    assert request["loadBalancers"] == RETURNED["loadBalancers"]
    assert not {"role", "platformVersion", "placementConstraints", "healthCheckGracePeriodSeconds"} & set(request)


def test_secrets_of_a_log_driver_are_masked() -> None:
    log = {"logDriver": "splunk", "options": {"splunk-token": "correct-horse"}}
    connect = {"enabled": True, "services": [], "logConfiguration": log}
    plan = planned({"options": {"service_connect_configuration": connect}})
    assert "correct-horse" not in str((plan.before, plan.after)) and "correct-horse" in str(plan.request)


@pytest.mark.parametrize(
    ("task_definition", "name", "family"),
    [
        ("arn:aws:ecs:eu-central-1:123456789012:task-definition/web:3", "web:3", None),
        ("arn:aws:ecs:eu-central-1:123456789012:task-definition/web", "web", "web"),
        ("web:3", "web:3", None),
        ("web", "web", "web"),
    ],
)
def test_names_of_task_definitions(task_definition: str, name: str, family: str | None) -> None:
    assert (revision_name(task_definition), family_alone(task_definition)) == (name, family)


def test_a_namespace_by_name_and_by_arn() -> None:
    arn = "arn:aws:servicediscovery:eu-central-1:123456789012:namespace/ns-1"

    def settings(namespace: str | None) -> dict[str, Any]:
        return {"serviceConnectConfiguration": {"enabled": True, "namespace": namespace}}

    assert namespace_to_look_up(settings(arn), settings("shop")) == arn
    assert namespace_to_look_up(settings("shop"), settings(arn)) == arn
    for same_kind in ((arn, arn), ("shop", "shop"), (None, "shop"), ("shop", None)):
        assert namespace_to_look_up(settings(same_kind[0]), settings(same_kind[1])) is None
    assert with_namespace_as_held(settings(arn), settings("shop"), "shop") == settings(arn)
    assert with_namespace_as_held(settings(arn), settings("other"), "shop") == settings("other")


def test_a_service_that_has_task_sets_has_no_primary_deployment() -> None:
    there = Present({**RETURNED, "deployments": []})
    assert not there.primary and not there.failed and not there.deploying
    assert "serviceConnectConfiguration" not in there.settings


def test_a_blue_green_deployment_is_seen_by_what_it_has_not_stopped_yet() -> None:
    """AWS shows the state of a rollout for rolling deployments only."""
    blue, green = {"id": "1", "status": "ACTIVE"}, {"id": "2", "status": "PRIMARY"}
    assert Present({**RETURNED, "deployments": [green, blue]}).deploying
    assert not Present({**RETURNED, "deployments": [green]}).deploying
