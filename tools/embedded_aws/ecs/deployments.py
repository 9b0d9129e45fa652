# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service deployment begins, and what each step makes of it.

Sources: botocore (Deployment, ServiceDeployment, DeploymentCircuitBreaker, ThresholdConfiguration) and the developer
guide, "Service event messages".
"""

from __future__ import annotations

from typing import Any

from . import shifts
from .nouns import REVISION_MEMBERS, Definition, Moment, Revision, Rollout, Service, ServiceDeployment, Task, new_id
from .outcomes import complete, end, fail
from .scheduler import active, count_failures, forget_stopped, schedule
from .tasks import advance

#: botocore, ServiceDeploymentCircuitBreaker.threshold: "a minimum threshold of 3 and a maximum threshold of 200".
BREAKER_BOUNDS = (3, 200)
#: When ECS begins to say that it "is unable to consistently start tasks"; the number is unverified.
CONSISTENT_FAILURES = 3


def begin(service: Service, definition: Definition, now: float) -> ServiceDeployment:
    """A new revision and its deployment; one that was on its way is stopped by it."""
    kept = {key: service.config[key] for key in REVISION_MEMBERS if key in service.config}
    name = service.arn.partition(":service/")[2]
    home = service.arn.partition(":service/")[0]
    number = str(int(new_id()[:15], 16))
    revision = Revision(f"{home}:service-revision/{name}/{number}", definition, kept, now)
    if service.completed and service.config.get("deploymentConfiguration", {}).get("strategy") != "ROLLING":
        revision.alternate = not service.completed.revision.alternate
    rollout = Rollout(f"ecs-svc/{int(new_id()[:15], 16)}", revision, now, now)
    rollout.reason = f"ECS deployment {rollout.id} in progress."
    if running := service.deployment:
        # Unverified: which status and which words a deployment has that a newer one takes the place of.
        end(running, "STOPPED", "Service deployment stopped because a new deployment was started.", now)
    sources = [each for each in service.rollouts if active(service, each)]
    arn = f"{home}:service-deployment/{name}/{new_id()[:21]}"
    config = dict(service.config.get("deploymentConfiguration", {}))
    deployment = ServiceDeployment(arn, rollout, sources, config, now, now, service.desired)
    service.rollouts.insert(0, rollout)
    service.deployments.insert(0, deployment)
    service.steady = False
    return deployment


def step(service: Service, moment: Moment) -> None:
    """One step of everything that is the service's."""
    for task in service.tasks:
        was_ready = task.ready
        advance(task, moment.now)
        if task.ready and not was_ready:
            _met_ready(service, task)
    count_failures(service)
    if service.status != "ACTIVE":
        _drain(service)
        return
    if not service.rollouts:
        return  # another deployment controller looks after its tasks
    deployment = service.deployment
    if deployment and deployment.status == "PENDING":
        deployment.status, deployment.started_at = "IN_PROGRESS", moment.now
    if deployment and _fails(service, deployment, moment):
        return  # one step for the failure, the next ones for what comes of it
    if deployment and shifts.shifting(service, deployment):
        shifts.expire(service, deployment, moment)
        shifts.step(service, deployment, moment)
    else:
        schedule(service, _config(service), moment)
        _settle(service, moment)
    _forget(service)


def _config(service: Service) -> dict[str, Any]:
    return dict(service.config.get("deploymentConfiguration", {}))


def _met_ready(service: Service, task: Task) -> None:
    """botocore, DeploymentCircuitBreaker.resetOnHealthyTask: true by default, a healthy task resets the count."""
    breaker = _config(service).get("deploymentCircuitBreaker", {})
    for rollout in service.rollouts:
        if rollout.id == task.started_by and breaker.get("resetOnHealthyTask", True):
            rollout.failed_tasks = 0


def _drain(service: Service) -> None:
    """botocore, DeleteService: DRAINING until all tasks are STOPPING or STOPPED, then INACTIVE."""
    if all(task.status == "STOPPED" for task in service.tasks):
        service.status = "INACTIVE"


def threshold(service: Service, deployment: ServiceDeployment) -> int:
    """botocore, ThresholdConfiguration: BOUNDED_PERCENT of 50 unless told otherwise."""
    given = deployment.config.get("deploymentCircuitBreaker", {}).get("thresholdConfiguration", {})
    kind, value = given.get("type", "BOUNDED_PERCENT"), int(given.get("value", 50))
    if kind == "COUNT":
        return value
    share = -(-service.desired * value // 100)
    return share if kind == "UNBOUNDED_PERCENT" else min(max(share, BREAKER_BOUNDS[0]), BREAKER_BOUNDS[1])


def _fails(service: Service, deployment: ServiceDeployment, moment: Moment) -> bool:
    """Whether the circuit breaker or an alarm ends it here. Neither watches a rollback."""
    if deployment.status != "IN_PROGRESS":
        return False
    failed = deployment.target.failed_tasks
    deployment.failures = max(deployment.failures, failed)
    if failed >= CONSISTENT_FAILURES and not deployment.breaker_tripped:
        service.say(
            "is unable to consistently start tasks successfully. "
            "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
            moment.now,
        )
    breaker = deployment.config.get("deploymentCircuitBreaker", {})
    alarms = deployment.config.get("alarms", {})
    ringing = [name for name in alarms.get("alarmNames", []) if name in moment.alarms] if alarms.get("enable") else []
    if breaker.get("enable") and failed >= threshold(service, deployment):
        deployment.breaker_tripped = True
        reason = "the circuit breaker threshold was exceeded."
        fail(service, deployment, moment, "tasks failed to start", reason, breaker.get("rollback", False))
    elif ringing:
        deployment.triggered_alarms = ringing
        # Unverified: the words of statusReason for an alarm.
        reason = f"these alarms are in state ALARM: {', '.join(ringing)}."
        fail(service, deployment, moment, "alarm detected", reason, alarms.get("rollback", False))
    return deployment.status != "IN_PROGRESS"


def _settle(service: Service, moment: Moment) -> None:
    """The service is steady when the PRIMARY has all its tasks and nobody else has any."""
    now, primary = moment.now, service.primary
    mine = active(service, primary)
    others = [task for rollout in service.rollouts[1:] for task in service.of(rollout) if task.status != "STOPPED"]
    done = len(mine) == service.desired and all(task.ready for task in mine) and not others
    early = _succeeds_early(service, sum(task.ready for task in mine), bool(others))
    if primary.state == "IN_PROGRESS" and (done or early):
        complete(service, now)
    if primary.state == "FAILED" or not done:
        service.steady = False
    elif not service.steady:
        service.steady = True
        service.say("has reached a steady state.", now)


def _succeeds_early(service: Service, ready: int, others: bool) -> bool:
    """botocore, DeploymentEarlySuccessCriteria; the bake time is not waited for."""
    criteria = _config(service).get("earlySuccessCriteria", {})
    if not criteria.get("enable") or (others and criteria.get("sourceServiceRevisionCleanup") != "DEFERRED"):
        return False
    return ready * 100 >= service.desired * int(criteria.get("healthyPercent", 100))


def _forget(service: Service) -> None:
    """A rollout that has no task left is no longer listed, unless it is the PRIMARY or is being rolled back."""
    current = service.deployment
    service.rollouts = [
        each
        for each in service.rollouts
        if each is service.primary
        or (current and each is current.target)
        or any(task.status != "STOPPED" for task in service.of(each))
    ]
    forget_stopped(service)
