# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a workload is, and why it failed: from what Kubernetes 1.20.2 said, cut to what is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.failure import Failure, explain, late
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.objects import Ident
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.pods import (
    Trouble,
    View,
    last_end,
    trouble,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.rollout import (
    FAILED,
    READY,
    WAITING,
    judge,
)

WEB = Ident("Deployment", "web", "apps")
REVISION = "deployment.kubernetes.io/revision"


def owned(kind: str, name: str, owner: str, **metadata: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "uid": name, "ownerReferences": [{"uid": owner}], **metadata}}


def pod(name: str, owner: str, *containers: dict[str, Any], ready: bool = False, **metadata: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": str(ready)}]
    status = {"phase": "Running", "conditions": conditions, "containerStatuses": list(containers)}
    spec = {"nodeName": "n1", "containers": [{"name": "web", "resources": {"limits": {"memory": "16Mi"}}}]}
    return {**owned("Pod", name, owner, **metadata), "status": status, "spec": spec}


def container(
    restarts: int = 0, last: dict[str, Any] | None = None, ready: bool = False, **state: Any
) -> dict[str, Any]:
    ended = {"terminated": last} if last else {}
    return {"name": "web", "restartCount": restarts, "ready": ready, "state": state, "lastState": ended}


RUNS: dict[str, Any] = {"running": {"startedAt": "2026-11-22T04:00:00Z"}}


def deployment(*pods: dict[str, Any], generation: int = 2, **status: Any) -> View:
    live = {
        "kind": "Deployment",
        "metadata": {"name": "web", "uid": "d", "generation": generation, "annotations": {REVISION: "2"}},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 2, **status},
    }
    sets = [owned("ReplicaSet", f"web-{number}", "d", annotations={REVISION: str(number)}) for number in (1, 2)]
    return View((live, *sets, *pods))


def test_a_deployment_is_ready_when_its_new_pods_are_and_the_old_ones_are_gone() -> None:
    new, old = pod("new", "web-2", container(ready=True, **RUNS), ready=True), pod("old", "web-1", ready=True)
    counts = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    assert judge(WEB, deployment(new, **counts), {}).outcome == READY
    both = judge(WEB, deployment(new, old, **{**counts, "replicas": 2}), {})
    assert (both.outcome, both.words) == (WAITING, "1 old pods to end")
    none = judge(WEB, deployment(old, **{**counts, "updatedReplicas": 0}), {})
    assert none.words == "0 of 1 new pods to be made"
    unseen = judge(WEB, deployment(new, generation=3, **counts), {})
    assert unseen.words == "the controller to see it"
    assert judge(WEB, View(()), {}).words == "it is not there yet"


def test_a_deployment_fails_when_no_pod_can_be_made_or_its_own_time_is_over() -> None:
    told = 'pods "web-2-x" is forbidden: exceeded quota'
    denied = [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": told}]
    verdict = judge(WEB, deployment(conditions=denied), {})
    assert verdict.outcome == WAITING and verdict.trouble
    assert verdict.trouble.message == f"no pod is made: {told}" and verdict.trouble.patience == 5.0
    over = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}]
    assert judge(WEB, deployment(conditions=over), {}).outcome == FAILED


@pytest.mark.parametrize(
    ("state", "cause", "patience"),
    [
        ({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling"}}, "image", 20.0),
        ({"waiting": {"reason": "InvalidImageName"}}, "image", 0.0),
        ({"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "nix" not found'}}, "config", 5.0),
        ({"waiting": {"reason": "ContainerCreating"}}, None, None),
        ({"terminated": {"exitCode": 1, "reason": "Error"}}, "exit", None),
        (RUNS, "probe", None),
    ],
)
def test_what_keeps_a_container_from_being_ready(
    state: dict[str, Any], cause: str | None, patience: float | None
) -> None:
    found = trouble(pod("p", "web-2", container(**state)))
    assert (found.cause if found else None) == cause
    assert (found.patience if found else None) == patience


def test_restarts_count_from_when_they_are_watched() -> None:
    crashing = pod("p", "web-2", container(restarts=5, waiting={"reason": "CrashLoopBackOff"}))
    again, before = trouble(crashing, restarts_before=4), trouble(crashing)
    assert again and again.patience is None
    assert before and before.patience == 0.0
    assert before.message == "container web ended and was started again 5 times"


@pytest.mark.parametrize(
    ("said", "cause"),
    [("0/2 nodes are available: 2 Insufficient cpu", "schedule"), ("persistentvolumeclaim x not found", "volume")],
)
def test_a_pod_that_no_node_takes_is_given_a_minute(said: str, cause: str) -> None:
    waiting = pod("p", "web-2")
    unplaced = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": f"{said}."}
    waiting["status"]["conditions"] = [unplaced]
    found = trouble(waiting)
    assert found and (found.cause, found.patience) == (cause, 60.0) and said in found.message


def stateful(*pods: dict[str, Any], current: str = "a", update: str = "b", **status: Any) -> View:
    live = {
        "kind": "StatefulSet",
        "metadata": {"name": "db", "uid": "s", "generation": 1},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 1, "currentRevision": current, "updateRevision": update, **status},
    }
    return View((live, *pods))


def test_a_stateful_set_is_ready_when_all_pods_are_of_its_newest_revision() -> None:
    ident = Ident("StatefulSet", "db", "apps")
    assert judge(ident, stateful(updatedReplicas=0, readyReplicas=1), {}).words == "0 of 1 pods to be made anew"
    assert judge(ident, stateful(updatedReplicas=1, readyReplicas=0), {}).words == "0 of 1 pods to be ready"
    assert judge(ident, stateful(updatedReplicas=1, readyReplicas=1), {}).outcome == READY
    assert judge(ident, stateful(current="b", readyReplicas=1), {}).outcome == READY


def test_a_stateful_set_waits_for_ever_for_a_broken_pod_of_its_former_revision() -> None:
    old = pod("db-0", "s", container(**RUNS), labels={"controller-revision-hash": "a"})
    view = stateful(old)
    live = view.workload("StatefulSet", "db")
    assert live and view.stuck(live) == ["db-0"] and view.pods(live) == []
    good = stateful(pod("db-0", "s", ready=True, labels={"controller-revision-hash": "a"}))
    assert good.stuck(live) == []


def test_a_job_may_try_as_often_as_it_says() -> None:
    ident = Ident("Job", "migrate", "batch")
    job = {"kind": "Job", "metadata": {"name": "migrate", "uid": "j"}, "status": {}}
    failed = pod("migrate-x", "j", container(terminated={"exitCode": 7, "reason": "Error"}))
    verdict = judge(ident, View((job, failed)), {})
    assert verdict.outcome == WAITING and verdict.trouble is None
    done = {**job, "status": {"conditions": [{"type": "Complete", "status": "True"}]}}
    assert judge(ident, View((done,)), {}).outcome == READY
    over = [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "reached the limit"}]
    lost = judge(ident, View(({**job, "status": {"conditions": over}}, failed)), {})
    assert lost.outcome == FAILED and lost.trouble
    told = explain(ident, lost.trouble, failed, [], ["no such table"])
    assert told.message == "it failed: reached the limit with exit code 7" and told.log_tail == ("no such table",)


def event(message: str, reason: str = "Unhealthy", kind: str = "Pod", name: str = "p", **more: Any) -> dict[str, Any]:
    about = {"kind": kind, "name": name}
    return {"type": "Warning", "reason": reason, "message": message, "involvedObject": about, **more}


def why(found: Trouble, one: dict[str, Any], *events: dict[str, Any]) -> Failure:
    return explain(WEB, found, one, events, [])


def test_why_it_failed_comes_from_how_it_ended_and_what_was_said_of_it() -> None:
    def crashed(**end: Any) -> dict[str, Any]:
        return pod("p", "web-2", container(restarts=2, last=end, waiting={"reason": "CrashLoopBackOff"}))

    oom = crashed(exitCode=137, reason="OOMKilled")
    crash = trouble(oom)
    assert crash
    assert why(crash, oom).cause == "oom" and last_end(oom, "web")["exitCode"] == 137
    killed = why(crash, crashed(exitCode=137, reason="Error"))
    assert (killed.cause, killed.signal, killed.exit_code) == ("signal", "SIGKILL", 137)
    assert "memory limit of 16Mi" in killed.message
    own = why(crash, crashed(exitCode=3, reason="Error"))
    assert (own.cause, own.exit_code, own.reason) == ("exit", 3, "CrashLoopBackOff")
    probed = why(crash, crashed(exitCode=143, reason="Error"), event("Liveness probe failed: refused"))
    assert probed.cause == "probe" and probed.message.endswith("again 2 times: Liveness probe failed: refused")
    assert (probed.pod, probed.node, probed.container) == ("p", "n1", "web")


def test_events_are_those_of_its_pod_and_warnings_of_what_made_it() -> None:
    waiting = pod("p", "web-2", container(waiting={"reason": "ErrImagePull"}))
    found = trouble(waiting)
    assert found
    told = why(
        found,
        waiting,
        event("Failed to pull image: no such host", "Failed", count=3, lastTimestamp="2026-11-22T04:00:02Z"),
        event("of another", name="q"),
        event("too many", "FailedCreate", "ReplicaSet", "web-2", lastTimestamp="2026-11-22T04:00:01Z"),
        {**event("Scaled up", "ScalingReplicaSet", "Deployment", "web"), "type": "Normal"},
    )
    assert told.events == (
        "Warning FailedCreate: too many",
        "Warning Failed (3 times): Failed to pull image: no such host",
    )
    assert told.message == "container web: Failed to pull image: no such host"


def test_when_the_time_is_over_it_says_what_it_waited_for() -> None:
    words = "0 of 1 pods to be ready"
    assert late(None, words, 15).message == f"it is not ready after 15 s, waiting for {words}"
    found = late(Trouble("probe", "container web runs and is not ready", "p"), "it", 15)
    assert found.cause == "probe" and found.message.endswith("waiting for it: container web runs and is not ready")


def test_a_failure_is_one_block_without_secrets() -> None:
    told = Failure("Deployment web", "exit", "it said geheim-1", "p", "n1", "web", "Error", 137, "SIGKILL")
    failure = replace(told, events=("e geheim-1",), log_tail=("l geheim-1",)).redacted(("geheim-1",))
    assert failure.as_lines() == [
        "Deployment web: it said ******** [exit]",
        "Pod: p on n1",
        "Container: web",
        "Reason: Error",
        "Exit code: 137 (SIGKILL)",
        "Events:",
        "  e ********",
        "Last lines of its log:",
        "  l ********",
    ]
