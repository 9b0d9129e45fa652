# SPDX-License-Identifier: GPL-3.0-or-later
"""One-off tasks: how one ended, where it logs, what may be asked for, and what may run only once."""

from __future__ import annotations

import json
from typing import Any

import botocore.loaders
import botocore.model
import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs import once, runs
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.once import Attempt
from ansible_collections.slipway.containers.plugins.module_utils._io.aws import botocore_model

SERVICE = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("ecs", "service-2"))
MODEL = botocore_model.load(SERVICE, runs.SHAPE)
EXITED = "EssentialContainerExited"


def definition(*essential: bool, **log: Any) -> dict[str, Any]:
    return {
        "containerDefinitions": [
            {"name": name, "essential": wanted, **log} for name, wanted in zip(("app", "proxy", "agent"), essential)
        ]
    }


def task(*codes: int | None, code: str | None = EXITED, status: str = "STOPPED", reason: str = "") -> dict[str, Any]:
    containers = [
        {"name": name, "lastStatus": status, **({} if exit_code is None else {"exitCode": exit_code})}
        for name, exit_code in zip(("app", "proxy", "agent"), codes)
    ]
    containers[0]["reason"] = reason
    stop = {"stopCode": code} if code else {}
    return {"taskArn": "arn:aws:ecs:r:a:task/shop/0af1", "lastStatus": status, "containers": containers, **stop}


ENDS = {
    "0": (task(0), definition(True), True),
    "not 0": (task(3), definition(True), False),
    "never started": (task(None, code="TaskFailedToStart"), definition(True), False),
    "a sidecar that is not essential": (task(0, 1), definition(True, False), True),
    "an essential sidecar that ECS ended": (task(0, 143), definition(True, True), True),
    "an essential sidecar that ECS killed": (task(0, 137), definition(True, True), True),
    "an essential sidecar that failed": (task(0, 1), definition(True, True), False),
    "the app failed and the sidecar ended well": (task(1, 0), definition(True, True), False),
    "the app was killed for its memory": (task(137, 0, reason="OutOfMemoryError: ..."), definition(True, True), False),
    "all were ended": (task(143, 143), definition(True, True), False),
    "spot, and the app took SIGTERM well": (task(0, code="SpotInterruption"), definition(True), False),
    "somebody stopped it": (task(0, code="UserInitiated"), definition(True), False),
    "no stop code": (task(0, code=None), definition(True), True),
    "essential by default": (task(1), {"containerDefinitions": [{"name": "app"}]}, False),
}


@pytest.mark.parametrize("case", ENDS)
def test_how_a_task_ended(case: str) -> None:
    stopped, defined, well = ENDS[case]
    run = runs.Run((stopped,), defined)
    assert run.over and run.well is well
    assert bool(run.failed) is not well


def test_a_task_that_runs_is_neither_well_nor_over() -> None:
    run = runs.Run((task(0), task(None, status="RUNNING", code=None)), definition(True))
    assert not run.over and not run.well
    assert not runs.Run(()).over, "nothing was started"


def test_the_exit_code_is_the_first_that_is_not_0() -> None:
    assert runs.Run((task(0), task(3)), definition(True)).exit_code == 3
    assert runs.Run((task(0), task(0)), definition(True)).exit_code == 0
    assert runs.Run((task(None),), definition(True)).exit_code is None
    assert runs.Run((task(0, 1),), definition(True, False)).exit_code == 0


def test_an_essential_container_is_blamed_first() -> None:
    blamed = runs.essential_first(task(1, 2), definition(False, True))
    assert [container["name"] for container in blamed["containers"]] == ["proxy", "app"]


def test_what_is_waited_for() -> None:
    tasks = [task(0), task(None, status="RUNNING", code=None), task(None, status="RUNNING", code=None)]
    assert runs.waits_for(tasks, 4) == "1 STOPPED, 2 RUNNING, 1 NOT SHOWN YET"


AWSLOGS: dict[str, Any] = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/slipway/shop", "awslogs-region": "eu-west-1"},
}


def test_where_a_container_logs() -> None:
    with_prefix = {**AWSLOGS, "options": {**AWSLOGS["options"], "awslogs-stream-prefix": "web"}}
    defined = definition(True, logConfiguration=with_prefix)
    assert runs.log_stream(defined, task(0), "app") == runs.LogStream("eu-west-1", "/slipway/shop", "web/app/0af1")
    assert runs.log_stream(defined, task(0), "nobody") is None
    without = definition(True, logConfiguration=AWSLOGS)
    assert runs.log_stream(without, task(0), "app") is None, "the Docker id is not known"
    on_ec2 = task(0)
    on_ec2["containers"][0]["runtimeId"] = "cafe"
    found = runs.log_stream(without, on_ec2, "app")
    assert found and found.name == "cafe"
    assert runs.log_stream(definition(True, logConfiguration={"logDriver": "splunk"}), task(0), "app") is None


def options(**given: Any) -> dict[str, Any]:
    usual = {
        "cluster": "shop",
        "task_definition": "web",
        "count": 1,
        "launch_type": None,
        "capacity_provider_strategy": None,
        "network_configuration": None,
        "wait": True,
        "wait_timeout": 600,
        "log_lines": 20,
        "once_per": None,
        "once_store": "/slipway/once",
        "tags": None,
    }
    return {**usual, **given}


NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}


def test_the_request() -> None:
    environment = [{"name": "DEBUG", "value": True}]
    overrides = {"containerOverrides": [{"name": "web", "environment": environment, "cpu": "256"}]}
    asked = runs.read(
        options(launch_type="FARGATE", network_configuration=NETWORK, overrides=overrides, tags={"team": 7}), MODEL
    )
    assert not asked.findings
    assert asked.values == {
        "cluster": "shop",
        "count": 1,
        "launchType": "FARGATE",
        "networkConfiguration": NETWORK,
        "overrides": {
            "containerOverrides": [
                {"name": "web", "environment": [{"name": "DEBUG", "value": "true"}], "cpu": 256},
            ]
        },
        "tags": [{"key": "team", "value": "7"}],
        "taskDefinition": "web",
    }


WRONG = {
    "count": ({"count": 11}, "count", "found 11, expected 1 to 10"),
    "timeout": ({"wait_timeout": 0}, "wait_timeout", "expected 1 second or more"),
    "lines": ({"log_lines": -1}, "log_lines", "expected 0 to 1000"),
    "fargate without subnets": ({"launch_type": "FARGATE"}, "network_configuration", "name subnets"),
    "both": (
        {"launch_type": "EC2", "capacity_provider_strategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
        "launch_type",
        "expected one of the two",
    ),
    "a strategy": (
        {"capacity_provider_strategy": [{"capacityProvider": "FARGATE", "weight": 2000}]},
        "capacity_provider_strategy[FARGATE].weight",
        "expected 0 to 1000",
    ),
    "once without waiting": ({"once_per": "m", "wait": False}, "wait", "expected true with once_per"),
    "once and many": ({"once_per": "m", "count": 2}, "count", "expected 1 with once_per"),
    "no key": ({"once_per": " "}, "once_per", "found an empty text"),
    "the store of AWS": ({"once_per": "m", "once_store": "/aws/once"}, "once_store", "not below /aws"),
    "no path": ({"once_per": "m", "once_store": "once"}, "once_store", "expected a path"),
    "unknown member": ({"overrides": {"containers": []}}, "overrides.containers", "unknown field"),
    "a reserved tag": ({"tags": {"aws:x": "y"}}, "tags[aws:x]", "reserved for AWS"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_options(case: str) -> None:
    given, path, words = WRONG[case]
    (finding,) = runs.read(options(**given), MODEL).findings
    assert finding.path == path and words in finding.message


def test_failures_of_run_task() -> None:
    refused = runs.refused([{"arn": "a", "reason": "RESOURCE:MEMORY"}, {"arn": "b", "reason": "RESOURCE:MEMORY"}], 3)
    assert refused.cause == "capacity" and "No container instance has enough MEMORY free" in refused.sentence
    assert refused.status_reason == "2 of 3 tasks were not started: RESOURCE:MEMORY"
    unheard = runs.refused([{"reason": "NEW", "detail": "of late"}], 1)
    assert unheard.cause == "unknown" and unheard.status_reason.endswith("NEW, of late")


PARAMETER = "/slipway/once/m/1"


def attempt(state: str = "started", arn: str = "", token: str = "t", at: str = "2026-11-20T02:00:00+00:00") -> Attempt:
    return Attempt(PARAMETER, token, state, "shop", arn, at)


ARN = "arn:aws:ecs:r:a:task/shop/0af1"
RUNNING = task(None, status="RUNNING", code=None)
STEPS = {
    "nothing yet": (None, None, False, 0, once.START),
    "failed before": (attempt("failed", ARN), None, False, 9, once.START),
    "succeeded before": (attempt("succeeded", ARN), None, False, 9, once.DONE),
    "its task runs": (attempt(arn=ARN), RUNNING, False, 9, once.JOIN),
    "its task ended well, and nobody wrote so": (attempt(arn=ARN), task(0), True, 9, once.DONE),
    "its task failed, and nobody wrote so": (attempt(arn=ARN), task(1), False, 9, once.START),
    "its task is gone": (attempt(arn=ARN), None, False, 9, once.ASK),
    "its task is not known yet": (attempt(), None, False, 9, once.AWAIT),
    "cut off before the task was known": (attempt(), None, False, 90, once.RESUME),
    "and long ago": (attempt(), None, False, 90_000, once.ASK),
    "written by hand, with no token": (attempt(token=""), None, False, 9, once.ASK),
    "a word that nobody knows": (attempt("done?"), None, False, 9, once.ASK),
}


@pytest.mark.parametrize("case", STEPS)
def test_what_to_do_next(case: str) -> None:
    last, seen, well, seconds, expected = STEPS[case]
    assert once.step(last, seen, well, seconds) == expected


def test_the_newest_attempt_counts_by_number() -> None:
    texts = {f"/s/m/{number}": attempt("failed").as_text("m") for number in (1, 2, 9, 10)}
    last = once.latest({**texts, "/s/m/notes": "mine"})
    assert last and last.number == 10 and once.next_name("/s/m", last) == "/s/m/11"
    assert once.latest({"/s/m/notes": "mine"}) is None and once.next_name("/s/m", None) == "/s/m/1"


def test_an_attempt_is_read_as_it_was_written() -> None:
    written = attempt(arn=ARN)
    assert once.read(PARAMETER, written.as_text("m")) == written
    assert json.loads(written.as_text("migrate"))["key"] == "migrate"
    for by_hand in ("succeeded", " succeeded\n", '"succeeded"', '{"state": "succeeded"}'):
        assert once.read(PARAMETER, by_hand).state == "succeeded"


def test_any_text_may_be_a_key() -> None:
    assert once.folder("/slipway/once/", "migrate-1.4.2") == "/slipway/once/migrate-1.4.2"
    odd = ["a b", "a:b", "a/b", "é" * 300, "a-b"]
    folders = [once.folder("/s", key) for key in odd]
    assert len(dict.fromkeys(folders)) == len(odd), "no two keys share a record"
    assert all(len(folder) < 130 and folder.count("/") == 2 and folder.isascii() for folder in folders)


def test_tokens_are_what_run_task_takes() -> None:
    token = once.token(PARAMETER, "nonce")
    assert len(token) == 64 and token == once.token(PARAMETER, "nonce") != once.token(PARAMETER, "other")


def test_the_question_names_the_parameter_and_what_to_write() -> None:
    asked = once.question(attempt(arn=ARN), "m")
    assert PARAMETER in asked and "write succeeded" in asked and ARN in asked
    assert "no task of it is known" in once.question(attempt(), "m")
    assert "its state is 'done?'" in once.question(attempt("done?"), "m")
