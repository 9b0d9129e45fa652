# SPDX-License-Identifier: GPL-3.0-or-later
"""One-off tasks over HTTP: waited for, failed as they fail, and run only once where that is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs import once

from tools.embedded_aws import EmbeddedAws

from .conftest import MODULES, Run, RunModule, operations

Boto = Callable[[str], Any]
ONE_TRY = {"AWS_MAX_ATTEMPTS": "1"}
TOKEN = "t" * 32
SECRET = "correct-horse-battery"


@pytest.fixture
def subnet(boto: Boto) -> str:
    """A cluster and a task definition, in a network that is there."""
    boto("logs").create_log_group(logGroupName="/slipway/shop")
    boto("ecs").create_cluster(clusterName="shop")
    log = {
        "awslogs-group": "/slipway/shop",
        "awslogs-region": "eu-central-1",
        "awslogs-stream-prefix": "migrate",
    }
    boto("ecs").register_task_definition(
        family="migrate",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "app",
                "image": "web:1",
                "essential": True,
                "environment": [{"name": "DB_PASSWORD", "value": SECRET}],
                "logConfiguration": {"logDriver": "awslogs", "options": log},
            }
        ],
    )
    return str(boto("ec2").describe_subnets()["Subnets"][0]["SubnetId"])


def options_of_a_run(subnet: str) -> dict[str, Any]:
    return {
        "cluster": "shop",
        "task_definition": "migrate",
        "launch_type": "FARGATE",
        "network_configuration": {"awsvpcConfiguration": {"subnets": [subnet]}},
    }


@pytest.fixture
def run_task(run_module: RunModule, subnet: str, aws: EmbeddedAws) -> Callable[..., Run]:
    """The module with what each run needs; the calls are those of this run alone."""

    def run(check: bool = False, variables: dict[str, str | None] | None = None, **options: Any) -> Run:
        usual = options_of_a_run(subnet)
        if "capacity_provider_strategy" in options:
            del usual["launch_type"]
        aws.clear_calls()
        return run_module("ecs_run_task", {**usual, **options}, check=check, variables=variables)

    return run


RunTask = Callable[..., Run]


def test_a_task_that_ends_well(aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.behave([{"behaviour": "healthy", "log": ["applied 3 migrations", f"as {SECRET}"]}])
    predicted = run_task(check=True)
    assert predicted["changed"] and not aws.calls(), "check mode needs nothing but the options"
    run = run_task()
    assert not run.failed and run["changed"] and run["exit_code"] == 0 and run["failure"] is None
    assert run["diff"] == predicted["diff"] and run["diff"]["after"]["taskDefinition"] == "migrate"
    assert run["tasks"][0]["lastStatus"] == "STOPPED"
    assert "applied 3 migrations" in run["log_tail"] and SECRET not in run.output
    assert run["progress"][-1]["waited_for"] == "1 RUNNING" and all(step["seconds"] >= 0 for step in run["progress"])
    calls = operations(aws)
    assert calls.pop("DescribeTasks") >= 1
    assert calls == {"RunTask": 1, "DescribeTaskDefinition": 1, "GetLogEvents": 1}


FATES = {
    "exit:3": ("exit", "Container app ended with exit code 3: its last log lines say why.", 3),
    "oom": ("oom", "the next Fargate size is cpu 256, memory 1024", 137),
    "cannot_pull": ("image", "There is no image web:1: push it", None),
    "secret_missing": ("secret", "does not exist: create it", None),
}


@pytest.mark.parametrize("fate", FATES)
def test_a_task_that_fails(fate: str, aws: EmbeddedAws, run_task: RunTask) -> None:
    cause, words, code = FATES[fate]
    aws.behave([{"behaviour": fate, "log": ["KeyError: 'DATABASE_URL'", f"password={SECRET}"]}])
    run = run_task()
    assert run.failed and run["changed"] and run["exit_code"] == code
    assert run["failure"]["cause"] == cause and words in run["failure"]["sentence"]
    assert run["msg"].splitlines()[0] == "The task of migrate failed." and words in run["msg"].splitlines()[1]
    assert SECRET not in run.output
    if code:
        assert run["failure"]["log_tail"][0] == "KeyError: 'DATABASE_URL'" == run["log_tail"][0]
        assert run["failure"]["containers"][0]["oom"] is (fate == "oom")


def test_failures_of_run_task(aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.behave([{"behaviour": "no_capacity", "times": 1}, {"behaviour": "runs"}])
    none = run_task()
    assert none.failed and not none["changed"] and none["failure"]["cause"] == "capacity"
    assert "1 of 1 tasks were not started: Capacity is unavailable at this time" in none["msg"]
    assert none["failures"][0]["reason"].startswith("Capacity is unavailable")
    aws.behave([{"behaviour": "no_capacity", "times": 1}, {"behaviour": "runs"}])
    some = run_task(count=3)
    assert some.failed and some["changed"] and len(some["tasks"]) == 2
    assert "1 of 3 tasks were not started" in some["msg"] and "2 were started and go on." in some["msg"]


def test_a_task_that_does_not_end(aws: EmbeddedAws, boto: Boto, run_task: RunTask) -> None:
    aws.behave([{"behaviour": "runs"}])
    run = run_task(wait_timeout=1)
    assert run.failed and run["changed"] and "has not ended in 1 seconds (1 RUNNING) and goes on" in run["msg"]
    assert boto("ecs").list_tasks(cluster="shop")["taskArns"] == [run["tasks"][0]["taskArn"]]


def test_without_waiting(aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.behave([{"behaviour": "exit:3"}])
    run = run_task(wait=False, count=2)
    assert not run.failed and run["changed"] and len(run["tasks"]) == 2 and run["exit_code"] is None
    assert operations(aws) == {"RunTask": 1}


def test_one_of_several_that_fails(aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.behave([{"behaviour": "exit:4", "times": 1}])
    run = run_task(count=2)
    assert run.failed and run["exit_code"] == 4 and len(run["tasks"]) == 2


def test_overrides_tags_and_spot_reach_aws(aws: EmbeddedAws, boto: Boto, run_task: RunTask) -> None:
    boto("ecs").put_cluster_capacity_providers(
        cluster="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
    )
    environment = [{"name": "API_TOKEN", "value": SECRET}, {"name": "DEBUG", "value": True}]
    run = run_task(
        capacity_provider_strategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        overrides={"containerOverrides": [{"name": "app", "command": ["migrate"], "environment": environment}]},
        tags={"slipway:app": "shop", "attempt": 2},
    )
    assert not run.failed, run["msg"]
    (shown,) = boto("ecs").describe_tasks(cluster="shop", tasks=[run["tasks"][0]["taskArn"]], include=["TAGS"])["tasks"]
    assert shown["capacityProviderName"] == "FARGATE_SPOT" and {"key": "attempt", "value": "2"} in shown["tags"]
    sent = shown["overrides"]["containerOverrides"][0]
    assert sent["command"] == ["migrate"] and {"name": "API_TOKEN", "value": SECRET} in sent["environment"]
    assert SECRET not in run.output and run["diff"]["after"]["overrides"]["containerOverrides"][0]["environment"] == [
        {"name": "API_TOKEN", "value": "********"},
        {"name": "DEBUG", "value": "true"},
    ]


def test_on_container_instances(aws: EmbeddedAws, boto: Boto, run_task: RunTask) -> None:
    boto("ecs").register_task_definition(
        family="batch", containerDefinitions=[{"name": "batch", "image": "batch:1", "memory": 64}]
    )
    on_ec2 = {"task_definition": "batch", "launch_type": "EC2", "network_configuration": None}
    run = run_task(**on_ec2)
    assert not run.failed and run["tasks"][0]["launchType"] == "EC2", run.output
    assert run["log_tail"] == [], "it has no log in CloudWatch"
    aws.behave([{"behaviour": "no_capacity"}])
    full = run_task(**on_ec2)
    assert full.failed and "No container instance has enough MEMORY free: add instances" in full["msg"]


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_everything_wrong_is_said_at_once(check: bool, aws: EmbeddedAws, run_task: RunTask) -> None:
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    run = run_task(
        check=check,
        variables=without,
        count=20,
        overrides={"containers": []},
        network_configuration=None,
        wait=False,
        once_per="",
        once_store="/aws/x",
        tags={"aws:a": "b"},
    )
    named = [line.rpartition(" [")[2].rstrip("]") for line in run["msg"].splitlines()[1:]]
    assert run.failed and len(named) == 8 and not aws.calls(), run["msg"]
    assert "unknown-field" in named and "tags" in named


def fault(operation: str, code: str, status: int = 400, **more: Any) -> dict[str, Any]:
    return {"operation": operation, "code": code, "status": status, "message": "as AWS says", **more}


def test_throttling_and_a_bad_day_are_waited_out(aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.set_faults([fault("*", "ThrottlingException", every=3), fault("*", "ServerException", 500, times=1)])
    run = run_task(variables=ONE_TRY)
    assert not run.failed and run["exit_code"] == 0 and "AWS throttled" in str(run["warnings"])


REFUSALS = {
    "ExpiredTokenException": "The AWS session has expired",
    "AccessDeniedException": "These credentials lack the permission ecs:RunTask",
    "ClusterNotFoundException": "ecs:RunTask failed. AWS said ClusterNotFoundException",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refusals_of_aws(code: str, aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.set_faults([fault("RunTask", code)])
    run = run_task()
    assert run.failed and REFUSALS[code] in run["msg"] and "Nothing was changed." in run["msg"]


def test_what_was_started_is_told_where_waiting_fails(aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.set_faults([fault("DescribeTasks", "AccessDeniedException")])
    run = run_task()
    assert run.failed and run["changed"] and "lack the permission ecs:DescribeTasks" in run["msg"]
    assert "Before it failed: started arn:aws:ecs:" in run["msg"]


def test_a_log_that_may_not_be_read_is_a_warning(aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.set_faults([fault("GetLogEvents", "AccessDeniedException")])
    run = run_task()
    assert not run.failed and run["log_tail"] == []
    assert "lack the permission logs:GetLogEvents" in str(run["warnings"])


# Only once.


def record(boto: Boto, key: str, number: int = 1) -> dict[str, Any]:
    parameter = boto("ssm").get_parameter(Name=f"/slipway/once/{key}/{number}")["Parameter"]
    value: dict[str, Any] = json.loads(parameter["Value"])
    return value


def test_what_succeeded_is_not_run_again(aws: EmbeddedAws, boto: Boto, run_task: RunTask) -> None:
    predicted = run_task(check=True, once_per="m-1", tags={"slipway:app": "shop"})
    assert predicted["changed"] and operations(aws) == {"GetParametersByPath": 1}
    first = run_task(once_per="m-1", tags={"slipway:app": "shop"})
    assert first["changed"] and first["diff"] == predicted["diff"] and first["once"]["state"] == "succeeded"
    assert record(boto, "m-1")["task"] == first["tasks"][0]["taskArn"] == first["once"]["task_arn"]
    tags = boto("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/slipway/once/m-1/1")["TagList"]
    assert tags == [{"Key": "slipway:app", "Value": "shop"}]
    for check in (True, False):
        again = run_task(check=check, once_per="m-1")
        assert not again["changed"] and not again.failed and again["once"]["state"] == "succeeded"
        assert not again["diff"]["after"] and operations(aws) == {"GetParametersByPath": 1}
    assert run_task(once_per="m-2")["changed"], "another key is another matter"


def test_what_failed_is_tried_again(aws: EmbeddedAws, boto: Boto, run_task: RunTask) -> None:
    aws.behave([{"behaviour": "exit:1", "times": 1}])
    failed = run_task(once_per="m")
    assert failed.failed and failed["once"]["state"] == "failed" == record(boto, "m")["state"]
    second = run_task(once_per="m")
    assert second["changed"] and second["once"]["attempt"] == 2 and record(boto, "m", 2)["state"] == "succeeded"
    assert not run_task(once_per="m")["changed"]


def test_what_could_not_be_started_is_tried_again(aws: EmbeddedAws, boto: Boto, run_task: RunTask) -> None:
    aws.behave([{"behaviour": "no_capacity", "times": 1}])
    assert run_task(once_per="m").failed and record(boto, "m")["state"] == "failed"
    assert run_task(once_per="m")["once"]["attempt"] == 2


def test_what_aws_refused_is_tried_again(aws: EmbeddedAws, boto: Boto, run_task: RunTask) -> None:
    aws.set_faults([fault("RunTask", "AccessDeniedException")])
    denied = run_task(once_per="m")
    assert denied.failed and "lack the permission ecs:RunTask" in denied["msg"]
    assert "Before it failed: claimed /slipway/once/m/1" in denied["msg"] and record(boto, "m")["state"] == "failed"
    aws.set_faults([fault("RunTask", "ServerException", 500)])
    assert run_task(once_per="m", variables=ONE_TRY).failed
    assert record(boto, "m", 2)["state"] == "started", "nobody knows whether AWS has started it"


def test_two_runs_at_a_time_start_one_task(
    aws: EmbeddedAws, boto: Boto, run_task: RunTask, environment: dict[str, str], tmp_path: Path, subnet: str
) -> None:
    aws.behave([{"behaviour": "healthy", "steps": 6}])
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(Racer(environment, tmp_path, subnet).run, ("a", "b")))
    assert operations(aws)["RunTask"] == 1
    assert sorted(run["changed"] for run in runs) == [False, True], "the second one waited for the first one's task"
    assert [run["once"]["state"] for run in runs] == ["succeeded"] * 2


class Racer:
    """The module as a process, with a file of arguments for each: the fixture has one for all."""

    def __init__(self, environment: dict[str, str], folder: Path, subnet: str) -> None:
        self.environment, self.folder, self.subnet = environment, folder, subnet

    def run(self, name: str) -> dict[str, Any]:
        arguments = {**options_of_a_run(self.subnet), "once_per": "race"}
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}), encoding="utf-8")
        command = [sys.executable, "-m", f"{MODULES}.ecs_run_task", str(file)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def started(boto: Boto, subnet: str) -> str:
    """A task that a run started before it was cut off."""
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    asked = {"cluster": "shop", "taskDefinition": "migrate", "launchType": "FARGATE", "networkConfiguration": network}
    return str(boto("ecs").run_task(**asked, count=1, clientToken=TOKEN)["tasks"][0]["taskArn"])


def leave(boto: Boto, **facts: str) -> None:
    """The record that a run leaves that was cut off."""
    value = {"key": "m", "state": "started", "cluster": "shop", "token": TOKEN, **facts}
    boto("ssm").put_parameter(Name="/slipway/once/m/1", Value=json.dumps(value), Type="String")


def test_a_run_that_was_cut_off_is_joined(aws: EmbeddedAws, boto: Boto, run_task: RunTask, subnet: str) -> None:
    aws.behave([{"behaviour": "healthy", "steps": 4}])
    leave(boto, task=started(boto, subnet))
    predicted = run_task(check=True, once_per="m")
    run = run_task(once_per="m")
    assert predicted["changed"] is run["changed"] is False, "the task was started before"
    assert run["exit_code"] == 0 and "RunTask" not in operations(aws) and record(boto, "m")["state"] == "succeeded"


def test_a_run_that_was_cut_off_and_whose_task_failed(
    aws: EmbeddedAws, boto: Boto, run_task: RunTask, subnet: str
) -> None:
    aws.behave([{"behaviour": "exit:1", "times": 1}])
    arn = started(boto, subnet)
    states = [boto("ecs").describe_tasks(cluster="shop", tasks=[arn])["tasks"][0]["lastStatus"] for _read in range(9)]
    assert states[-1] == "STOPPED"
    leave(boto, task=arn)
    run = run_task(once_per="m")
    assert run["changed"] and run["once"]["attempt"] == 2 and record(boto, "m", 1)["state"] == "failed"


def test_a_run_that_was_cut_off_before_its_task_was_known(
    aws: EmbeddedAws, boto: Boto, run_task: RunTask, subnet: str
) -> None:
    """The token makes AWS answer with the task that there is: no second one is started."""
    aws.behave([{"behaviour": "healthy", "steps": 4}])
    arn = started(boto, subnet)
    leave(boto, at=(datetime.now(timezone.utc) - timedelta(minutes=2)).isoformat())
    run = run_task(once_per="m")
    assert run["tasks"][0]["taskArn"] == arn and run["once"]["attempt"] == 1
    assert record(boto, "m")["state"] == "succeeded" and record(boto, "m")["task"] == arn


@pytest.mark.parametrize("check", [True, False], ids=["check mode", "run"])
def test_where_nobody_knows_how_it_ended_nothing_is_started(
    check: bool, aws: EmbeddedAws, boto: Boto, run_task: RunTask
) -> None:
    gone = "arn:aws:ecs:eu-central-1:123456789012:task/shop/" + "0" * 32
    leave(boto, task=gone, at="2026-11-20T02:00:00+00:00")
    run = run_task(check=check, once_per="m")
    assert run.failed and not run["changed"] and "RunTask" not in operations(aws)
    assert gone in run["msg"] and "write succeeded into the SSM parameter /slipway/once/m/1" in run["msg"]
    boto("ssm").put_parameter(Name="/slipway/once/m/1", Value="succeeded", Overwrite=True)
    assert not run_task(once_per="m")["changed"], "what a person writes is understood"


def test_a_task_that_goes_on_is_found_by_the_next_run(aws: EmbeddedAws, boto: Boto, run_task: RunTask) -> None:
    aws.behave([{"behaviour": "healthy", "steps": 30}])
    cut = run_task(once_per="m", wait_timeout=1)
    assert cut.failed and cut["once"]["state"] == "started" == record(boto, "m")["state"]
    run = run_task(once_per="m")
    assert not run.failed and not run["changed"] and run["once"]["attempt"] == 1
    assert record(boto, "m")["state"] == "succeeded"


def test_the_record_may_not_be_written(aws: EmbeddedAws, run_task: RunTask) -> None:
    aws.set_faults([fault("PutParameter", "AccessDeniedException")])
    run = run_task(once_per="m")
    assert run.failed and "lack the permission ssm:PutParameter" in run["msg"] and "Nothing was changed." in run["msg"]
    assert "RunTask" not in operations(aws)


def test_keys_of_any_text(run_task: RunTask) -> None:
    key = "arn:aws:ecs:eu-central-1:111122223333:task-definition/web:7"
    run = run_task(once_per=key)
    assert run["changed"] and not run_task(once_per=key)["changed"]
    assert run["once"]["parameter"] == f"{once.folder('/slipway/once', key)}/1"
