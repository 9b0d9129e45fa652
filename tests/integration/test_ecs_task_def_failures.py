# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and a bad day at AWS: one clear message, exit code not zero, nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import Run, RunModule, operations
from .definitions import container, web

Boto = Callable[[str], Any]
ONE_TRY = {"AWS_MAX_ATTEMPTS": "1"}


def with_container(**fields: Any) -> dict[str, Any]:
    return web(containerDefinitions=[container(**fields)])


def two(**fields: Any) -> dict[str, Any]:
    """A second container beside the first."""
    port = [{"containerPort": 9000}]
    return web(containerDefinitions=[container(), container(**{"name": "other", "portMappings": port, **fields})])


CIRCLE = web(
    containerDefinitions=[
        container(dependsOn=[{"containerName": "other", "condition": "HEALTHY"}]),
        container(name="other", portMappings=[], dependsOn=[{"containerName": "web", "condition": "HEALTHY"}]),
    ]
)
ELEVEN = web(
    cpu="4096",
    memory="8192",
    containerDefinitions=[container(name=f"c{number}", portMappings=[]) for number in range(11)],
)
BAD_INPUT: dict[str, tuple[dict[str, Any], str]] = {
    "a family of 300 characters": (web(family="f" * 300), "family: 'ffff"),
    "a port of 70000": (
        with_container(portMappings=[{"containerPort": 70000}]),
        "containerDefinitions[web].portMappings[70000].containerPort: found 70000, expected 1 to 65535",
    ),
    "memory -1": (
        with_container(memory=-1, memoryReservation=None),
        "containerDefinitions[web].memory: found -1 MiB, expected at least 6",
    ),
    "task memory -1": (web(memory="-1"), "memory: Invalid 'memory' setting for task. Found '-1'"),
    "an impossible Fargate pair": (
        web(cpu="256", memory="4096"),
        "cpu: No Fargate configuration exists for given values. Found cpu 256 and memory 4096 "
        "(expected memory for cpu 256: 512, 1024, 2048; the smallest pair that holds it is 512/4096)",
    ),
    "host and container ports that differ": (
        with_container(portMappings=[{"containerPort": 8080, "hostPort": 80}]),
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    "a cycle in dependsOn": (CIRCLE, "dependsOn goes in a circle: web -> other -> web"),
    "two containers of one name": (two(name="web"), "containerDefinitions: 'web' is used 2 times"),
    "an image with spaces": (with_container(image="my image:1"), "'my image:1' is no valid image"),
    "a float where an integer belongs": (
        with_container(portMappings=[{"containerPort": 80.5}]),
        "containerPort: found the number 80.5, expected a whole number",
    ),
    "a null value": (
        with_container(environment=[{"name": "A", "value": None}]),
        "containerDefinitions[web].environment[A].value: found null, expected a string (write '' for an empty value)",
    ),
    "a null image": (with_container(image=None), "containerDefinitions[web].image: the container has no image"),
    "an unknown key": (
        with_container(portMapings=[]),
        "unknown field 'portMapings': botocore ",
    ),
    "11 containers": (ELEVEN, "containerDefinitions: Too many containers. Found 11, expected at most 10"),
}


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input(case: str, check: bool, aws: EmbeddedAws, run_module: RunModule) -> None:
    """Refused before any call, so no credentials are needed to hear of it."""
    definition, expected = BAD_INPUT[case]
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    run = run_module("ecs_task_def", {"definition": definition}, check=check, variables=without)
    assert run.failed and expected in run["msg"], run["msg"]
    assert run["msg"].count("\n- ") == 1, f"one mistake, one message: {run['msg']}"
    assert aws.calls() == []


def test_everything_wrong_is_said_at_once(aws: EmbeddedAws, run_module: RunModule) -> None:
    definition = web(
        cpu="300",
        tagz=[],
        containerDefinitions=[
            container(
                image="a b", memory=4, memoryReservation=None, dependsOn=[{"containerName": "x", "condition": "START"}]
            )
        ],
    )
    run = run_module("ecs_task_def", {"definition": definition})
    named = [line.rpartition("[")[2].rstrip("]") for line in run["msg"].splitlines()[1:]]
    assert sorted(named) == ["container-memory", "depends-on", "fargate-size", "image-reference", "unknown-field"]
    assert not aws.calls()


def test_fail_on_warning_and_never(boto: Boto, run_module: RunModule) -> None:
    warned = with_container(image="web:latest")
    stopped = run_module("ecs_task_def", {"definition": warned, "fail_on": "warning"})
    assert stopped.failed and "[unpinned-image]" in stopped["msg"]
    let_through = run_module("ecs_task_def", {"definition": warned})
    assert let_through["changed"] and "[unpinned-image]" in str(let_through["warnings"])
    odd = web(cpu="300")
    assert run_module("ecs_task_def", {"definition": odd}).failed
    sent = run_module("ecs_task_def", {"definition": odd, "fail_on": "never"})  # an emulator takes what AWS refuses
    assert sent["changed"] and "fargate-size" in [finding["rule"] for finding in sent["findings"]]


def test_no_credentials(run_module: RunModule, tmp_path: Path) -> None:
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "HOME": str(tmp_path)}
    run = run_module("ecs_task_def", {"definition": web()}, variables=without)
    assert run.failed and "No usable AWS credentials were found for ecs:DescribeTaskDefinition." in run["msg"]
    assert "Nothing was changed." in run["msg"]


def test_no_region(run_module: RunModule) -> None:
    run = run_module("ecs_task_def", {"definition": web()}, variables={"AWS_REGION": None, "AWS_DEFAULT_REGION": None})
    assert run.failed and "region" in run["msg"]


def test_an_unreachable_endpoint(run_module: RunModule) -> None:
    arguments = {"definition": web(), "endpoint_url": "http://127.0.0.1:9"}
    run = run_module("ecs_task_def", arguments, variables=ONE_TRY)
    assert run.failed and "AWS could not be reached for ecs:DescribeTaskDefinition at http://127.0.0.1:9." in run["msg"]


REFUSALS = {
    "ExpiredTokenException": "The AWS session has expired",
    "UnrecognizedClientException": "AWS does not know these credentials",
    "AccessDeniedException": "These credentials lack the permission ecs:DescribeTaskDefinition",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refusals_of_aws(code: str, aws: EmbeddedAws, run_module: RunModule) -> None:
    """Error bodies as AWS documents them, from the emulator: it checks no credentials itself."""
    aws.set_faults([{"operation": "DescribeTaskDefinition", "status": 400, "code": code, "message": "as AWS says"}])
    run = run_module("ecs_task_def", {"definition": web()})
    assert run.failed and REFUSALS[code] in run["msg"] and "Nothing was changed." in run["msg"]
    assert operations(aws) == {"DescribeTaskDefinition": 1}


def throttle(aws: EmbeddedAws, operation: str, **more: Any) -> None:
    fault = {"operation": operation, "status": 400, "code": "ThrottlingException", "message": "Rate exceeded"}
    aws.set_faults([{**fault, **more}])


def test_throttling_is_waited_out(aws: EmbeddedAws, run_module: RunModule) -> None:
    throttle(aws, "*", times=2)
    run = run_module("ecs_task_def", {"definition": web()}, variables=ONE_TRY)
    assert run["changed"] and operations(aws)["DescribeTaskDefinition"] == 3
    assert "AWS throttled DescribeTaskDefinition 2 times." in str(run["warnings"])


def test_an_account_that_stays_throttled(aws: EmbeddedAws, run_module: RunModule) -> None:
    throttle(aws, "RegisterTaskDefinition")
    run = run_module("ecs_task_def", {"definition": web()}, variables=ONE_TRY)
    assert run.failed and "AWS throttled ecs:RegisterTaskDefinition" in run["msg"]
    assert "Nothing was changed." in run["msg"]


def test_a_failure_half_way_says_what_was_done(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    for number in range(3):
        boto("ecs").register_task_definition(**with_container(image=f"registry.example.com/web:0.{number}"))
    denied = {"operation": "DeleteTaskDefinitions", "status": 400, "code": "AccessDeniedException", "message": "no"}
    aws.set_faults([denied])
    arguments = {"definition": web(), "keep_revisions": 1}
    run = run_module("ecs_task_def", arguments)
    assert run.failed and run["changed"] and "lack the permission ecs:DeleteTaskDefinitions" in run["msg"]
    assert "Before it failed: registered arn:aws:ecs:" in run["msg"] and "deregistered" in run["msg"]
    aws.clear_faults()
    assert len(run_module("ecs_task_def", arguments)["pruned"]) == 3, "the next run ends what was begun"


def test_secrets_show_nowhere(run_module: RunModule) -> None:
    """Neither in a result, nor in a failure, nor in the invocation that -vvv prints."""
    secret = "correct-horse-battery"
    environment = [
        {"name": "DB_PASSWORD", "value": secret},
        {"name": "URL", "value": f"postgres://app:{secret}@db/app"},
    ]
    runs: list[Run] = [
        run_module("ecs_task_def", {"definition": with_container(environment=environment)}),
        run_module(
            "ecs_task_def", {"definition": with_container(environment=environment, command=["--token", secret])}
        ),
        run_module("ecs_task_def", {"definition": {**with_container(environment=environment), "cpu": "1"}}),
    ]
    assert [run.failed for run in runs] == [False, False, True]
    for run in runs:
        assert "invocation" in run.result and secret not in run.output


def test_a_verbose_playbook_shows_no_secret(tmp_path: Path, playbook: Callable[..., Any]) -> None:
    """With -vvv and --diff, also where a task fails."""
    secret = "correct-horse-battery"
    variables = {"definition": with_container(environment=[{"name": "DB_PASSWORD", "value": secret}])}
    (tmp_path / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    task = {"slipway.containers.ecs_task_def": {"definition": "{{ definition }}", "fail_on": "{{ item }}"}}
    tasks = [{"name": "Register", **task, "loop": ["error", "warning"]}]
    play = [{"hosts": "localhost", "gather_facts": False, "vars_files": ["variables.json"], "tasks": tasks}]
    (tmp_path / "play.yml").write_text(json.dumps(play), encoding="utf-8")
    done = playbook(tmp_path / "play.yml", "-vvv", "--diff", ANSIBLE_INJECT_INVOCATION="1")
    assert "module_args" in done.stdout, "what is shown at -vvv is shown"
    assert done.returncode == 2 and "[secret-by-name]" in done.stdout
    assert secret not in done.stdout + done.stderr
