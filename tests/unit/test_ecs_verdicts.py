# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a deployment or a task failed: cases/verdicts/<case>/input.yml, as the AWS API answers, and expected.yml.

An input holds `about`, `source` where a text is somebody else's, and `tasks`, `events`, `deployment`, `logs` and the
task's `definition` where they matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.model
import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rollout import CAUSES, Verdict
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.stopped import explain, secrets_of, worst
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.stopped_reasons import TABLE, known
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FOLDERS = sorted((Path(__file__).parent / "cases" / "verdicts").iterdir())
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), LOADER)


def verdict(case: dict[str, Any]) -> Verdict:
    return explain(
        case.get("tasks", []),
        case.get("events", []),
        case.get("deployment"),
        case.get("logs", []),
        secrets_of(case.get("definition", {})),
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    found = verdict(load(folder / "input.yml"))
    assert found.as_dict() == load(folder / "expected.yml")
    assert found.cause in CAUSES
    assert found.sentence.endswith(".") and found.as_text().startswith(found.sentence)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_inputs_are_shaped_as_the_api_answers(folder: Path) -> None:
    service = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("ecs", "service-2"))
    case = load(folder / "input.yml")
    for shape, values in (
        ("Task", case.get("tasks", [])),
        ("ServiceEvent", case.get("events", [])),
        ("ServiceDeployment", [case["deployment"]] if "deployment" in case else []),
    ):
        for value in values:
            assert not list(unknown(value, service.shape_for(shape))), folder.name


def unknown(value: Any, shape: Any) -> Iterator[str]:
    """The members and enumerated words that the API does not have."""
    if shape.type_name == "structure":
        for key, child in value.items():
            if key in shape.members:
                yield from unknown(child, shape.members[key])
            else:
                yield f"{shape.name}.{key}"
    elif shape.type_name == "list":
        for child in value:
            yield from unknown(child, shape.member)
    elif getattr(shape, "enum", ()) and value not in shape.enum:
        yield f"{shape.name}: {value}"


def texts() -> Iterator[str]:
    for folder in FOLDERS:
        case = load(folder / "input.yml")
        yield from (event["message"] for event in case.get("events", []))
        yield from case.get("logs", [])
        for task in case.get("tasks", []):
            yield f"{task.get('stopCode')}: {task.get('stoppedReason')}"
            yield from (container.get("reason", "") for container in task["containers"])
    # RunTask's failures, and texts that need no case of their own.
    yield from ("RESOURCE:PORTS", "RESOURCE:ENI", "RESOURCE:CPU", "AGENT", "ATTRIBUTE")
    yield "You've reached the limit on the number of vCPUs you can run concurrently"
    yield "CannotPullContainerError: something new"
    yield "AccessDeniedException: something new"
    yield "is not authorized to perform: ecr:BatchGetImage"
    yield "secrets: invalid character 'p' looking for beginning of value"
    yield "Secrets Manager can't find the specified secret."
    yield "ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 3m0s"
    yield "CannotStartContainerError: failed to get container status"
    yield "CannotCreateVolumeError: no"
    yield "InternalError: The task failed because of an internal error."
    yield "Timeout waiting for network interface provisioning to complete."
    yield "Host EC2 (instance i-0123456789abcdef0) terminated."
    yield "ResourceInitializationError: failed to download env files: file download command: RequestCanceled"
    yield "failed to invoke EFS utils commands: b'mount.nfs4: mounting 127.0.0.1:/data, No such file'"
    yield "ResourceInitializationError: failed to validate logger args: context deadline exceeded"
    yield "unable to retrieve secrets from ssm: context deadline exceeded"
    yield "unable to find user app: no matching entries in passwd file"
    yield "(service web) was unable to place a task for a new reason"
    yield "(service web) failed to launch a task with (error something new)"
    yield "(service web) (port 80) is unhealthy in (target-group a) due to (reason Target is in an AZ that is off)"


def test_every_row_of_the_table_is_the_first_for_some_text() -> None:
    said = list(texts())
    never = [
        pattern
        for cause, pattern, sentence in TABLE
        if not any(first(text) == (cause, pattern, sentence) for text in said)
    ]
    assert not never


def first(text: str) -> tuple[str, str, str] | None:
    flags = re.IGNORECASE | re.DOTALL
    return next((row for row in TABLE if re.search(row[1], text, flags)), None)


@pytest.mark.parametrize("row", TABLE, ids=[row[1][:40] for row in TABLE])
def test_sentences_are_whole_without_what_a_text_may_leave_out(row: tuple[str, str, str]) -> None:
    cause, pattern, sentence = row
    groups = dict.fromkeys(re.compile(pattern).groupindex, "")
    said = sentence.format(**groups, container="web", image="")
    assert cause in CAUSES and said.endswith(".") and said.count(". ") == 0, "one sentence"


def test_ordinary_texts_say_nothing() -> None:
    for text in ("", ": ", "Scaling activity initiated by (deployment ecs-svc/1)", "(service web) has started 2 tasks"):
        assert known(text) is None


def test_the_worst_task_names_the_container_whose_log_is_read() -> None:
    case = load(next(folder for folder in FOLDERS if folder.name == "exit_beside_a_sidecar") / "input.yml")
    fault = worst(case["tasks"])
    assert fault is not None and fault.container["name"] == "web"
    assert worst([]) is None


def test_a_log_that_was_not_read_may_say_why() -> None:
    case = load(next(folder for folder in FOLDERS if folder.name == "exit_beside_a_sidecar") / "input.yml")
    assert explain(case["tasks"], logs=None).sentence.endswith("exit code 1: its log says why.")
    assert explain(case["tasks"]).sentence.endswith("it has no log in CloudWatch that says why; awslogs puts it there.")


def test_a_blank_verdict_is_one_line() -> None:
    assert explain([]).as_text().count("\n") == 0


SECRET = "correct-horse-battery"
WORDS = st.sampled_from(
    [None, "", SECRET, f"password: {SECRET}", "OutOfMemoryError", "exec format error", *(row[1] for row in TABLE)]
)


def some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the members, as the API leaves out what there is not."""
    return st.fixed_dictionaries({}, optional=members)


CONTAINERS = some(
    name=st.sampled_from([None, "", "web", "proxy"]),
    image=WORDS,
    reason=WORDS,
    exitCode=st.sampled_from([None, 0, 1, 127, 137, 143]),
    healthStatus=st.sampled_from(["HEALTHY", "UNHEALTHY", "UNKNOWN"]),
    memory=st.sampled_from([None, "", "64"]),
)
TASKS = some(
    stoppedReason=WORDS,
    stopCode=st.sampled_from([None, "TaskFailedToStart", "SpotInterruption"]),
    stoppedAt=st.sampled_from([None, "2026-11-20T02:00:00+00:00"]),
    lastStatus=st.sampled_from(["PENDING", "RUNNING", "STOPPED"]),
    launchType=st.sampled_from(["FARGATE", "EC2"]),
    cpu=st.sampled_from(["256", "32768", "0"]),
    memory=st.sampled_from(["512", "249856", ""]),
    containers=st.lists(CONTAINERS, max_size=3),
)
DEPLOYMENTS = some(
    status=st.sampled_from(["PENDING", "IN_PROGRESS", "STOPPED", "ROLLBACK_FAILED"]),
    statusReason=WORDS,
    lifecycleStage=st.sampled_from([None, "BAKE_TIME"]),
    targetServiceRevision=some(runningTaskCount=st.integers(0, 9), requestedTaskCount=st.integers(0, 9)),
    alarms=some(triggeredAlarmNames=st.lists(st.just("5xx"), max_size=2)),
    rollback=some(reason=WORDS),
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(TASKS, max_size=3),
    st.lists(some(message=WORDS, createdAt=st.just("2026-11-20T02:00:00+00:00")), max_size=3),
    st.none() | DEPLOYMENTS,
    st.none() | st.lists(WORDS.filter(bool), max_size=3),
)
def test_whatever_aws_answers_there_is_a_verdict_and_no_secret_in_it(
    tasks: list[Any], events: list[Any], deployment: Any, logs: Any
) -> None:
    definition = {"containerDefinitions": [{"environment": [{"name": "DB_PASSWORD", "value": SECRET}]}]}
    found = explain(tasks, events, deployment, logs, secrets_of(definition))
    assert found.cause in CAUSES and found.sentence and found.as_dict()
    assert SECRET not in found.as_text() and SECRET not in str(found.as_dict())
