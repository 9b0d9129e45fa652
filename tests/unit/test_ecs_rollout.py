# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a deployment stands, which one is meant, and how its end is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs import rollout
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rollout import ContainerEnd, Outcome, Verdict
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.patience import Patience

TARGET = {"requestedTaskCount": 3, "runningTaskCount": 1, "pendingTaskCount": 2}


def deployment(status: str = "IN_PROGRESS", **more: Any) -> dict[str, Any]:
    return {"serviceDeploymentArn": "arn:1", "status": status, "targetServiceRevision": TARGET, **more}


ENDED = {
    "PENDING": False,
    "IN_PROGRESS": False,
    "STOP_REQUESTED": False,
    "ROLLBACK_REQUESTED": False,
    "ROLLBACK_IN_PROGRESS": False,
    "SUCCESSFUL": True,
    "STOPPED": True,
    "ROLLBACK_SUCCESSFUL": True,
    "ROLLBACK_FAILED": True,
}


@pytest.mark.parametrize("status", ENDED)
def test_which_statuses_are_the_end(status: str) -> None:
    assert rollout.ended(deployment(status)) is ENDED[status]
    assert rollout.rolled_back(deployment(status)) is (status == "ROLLBACK_SUCCESSFUL")


def test_what_is_waited_for() -> None:
    assert rollout.waits_for(deployment()) == "IN_PROGRESS: 1 of 3 tasks run, 2 are pending"
    breaker = {"status": "MONITORING", "failureCount": 2, "threshold": 3}
    staged = deployment(lifecycleStage="SCALE_UP", deploymentCircuitBreaker=breaker)
    assert rollout.waits_for(staged) == "IN_PROGRESS, SCALE_UP: 1 of 3 tasks run, 2 are pending, 2 failed to start"
    assert rollout.waits_for({"status": "PENDING"}) == "PENDING: 0 of 0 tasks run"


def test_a_pause() -> None:
    hook = {
        "hookId": "h1",
        "targetType": "PAUSE",
        "status": "AWAITING_ACTION",
        "expiresAt": "2026-11-20T03:00:00+00:00",
        "timeoutAction": "CONTINUE",
    }
    told = rollout.paused(deployment(lifecycleStage="POST_SCALE_UP", lifecycleHookDetails=[hook]))
    assert told == (
        "The deployment is paused at POST_SCALE_UP until somebody calls ContinueServiceDeployment for hook h1;"
        " after 2026-11-20T03:00:00+00:00 AWS does CONTINUE."
    )
    for other in ({"status": "SUCCEEDED"}, {"targetType": "AWS_LAMBDA"}):
        assert not rollout.paused(deployment(lifecycleHookDetails=[{**hook, **other}]))
    assert not rollout.paused(deployment())


def listed(number: int, at: str) -> dict[str, str]:
    return {"serviceDeploymentArn": f"arn:{number}", "createdAt": at}


def test_the_newest_deployment_in_whatever_order_and_zone() -> None:
    entries = [listed(1, "2026-11-20T02:00:00+00:00"), listed(2, "2026-11-20T03:30:00+01:00")]
    for order in (entries, entries[::-1]):
        newest = rollout.newest(order)
        assert newest and newest["serviceDeploymentArn"] == "arn:2"
        assert rollout.newest(order, not_this="arn:2") is None, "the one of the change is not listed yet"
    assert rollout.newest([]) is None


def test_what_was_before_the_deployment_is_none_of_it() -> None:
    begun = deployment(createdAt="2026-11-20T02:00:00+00:00")
    events = [{"createdAt": "2026-11-20T02:59:00+01:00"}, {"createdAt": "2026-11-20T02:00:00+00:00"}, {}]
    assert rollout.since(events, begun) == events[1:]
    assert rollout.since(events, {}) == events


FAILURE = Verdict(
    cause="oom",
    sentence="Raise memory.",
    status_reason="Rolled back.",
    events=("deployment failed",),
    stopped_reason="Essential container in task exited",
    containers=(ContainerEnd("web", 137, "OutOfMemoryError: ...", True, "UNHEALTHY"), ContainerEnd("proxy")),
    log_tail=("loading",),
)


def test_the_block_that_a_person_reads() -> None:
    steps = ({"waited_for": "a", "seconds": 1.4}, {"waited_for": "b", "seconds": 60.3})
    outcome = Outcome("ROLLBACK_SUCCESSFUL", deployment(), True, FAILURE, steps)
    assert not outcome.well and outcome.as_text("service web").splitlines() == [
        "The deployment of service web failed and was rolled back: the former revision serves again.",
        "Raise memory.",
        "ECS says: Rolled back.",
        "Stopped: Essential container in task exited",
        "Container web: exit code 137, OutOfMemoryError: ..., UNHEALTHY",
        "Container proxy: no exit code",
        "Events:",
        "  deployment failed",
        "Last log lines:",
        "  loading",
    ]
    late = Outcome(rollout.TIMED_OUT, progress=steps)
    assert late.as_text("web") == "The deployment of web has not ended in 62 seconds. It goes on at AWS."


def test_every_end_has_words_of_its_own() -> None:
    ends = [status for status, ended in ENDED.items() if ended and status != "SUCCESSFUL"]
    words = [Outcome(status).as_text("web") for status in (*ends, rollout.TIMED_OUT, rollout.NOT_STARTED)]
    assert len(dict.fromkeys(words)) == len(words) == 5
    first = Outcome("ROLLBACK_FAILED", {"statusReason": "No rollback candidate was found to run the rollback."})
    assert "no former revision to go back to" in first.as_text("web")
    assert "ended as NEW_STATUS" in Outcome("NEW_STATUS").as_text("web"), "AWS may learn new words"


def test_a_verdict_as_values() -> None:
    told = FAILURE.as_dict()
    assert list(told) == [
        "cause",
        "sentence",
        "status_reason",
        "events",
        "stopped_reason",
        "containers",
        "log_tail",
    ]
    web = {"name": "web", "exit_code": 137, "reason": "OutOfMemoryError: ...", "oom": True, "health": "UNHEALTHY"}
    assert told["containers"][0] == web and told["events"] == ["deployment failed"]


def test_patience_ends_and_tells_what_it_saw() -> None:
    patience = Patience(0)
    assert patience.progress == ()
    for what in ("PENDING", "PENDING", "RUNNING"):
        patience.saw(what)
    assert not patience.pause(), "no time was given"
    assert [step["waited_for"] for step in patience.progress] == ["PENDING", "RUNNING"]
