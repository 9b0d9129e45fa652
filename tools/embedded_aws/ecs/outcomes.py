# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service deployment ends: completed, failed, rolled back or stopped.

`statusReason` after the circuit breaker, and where there is nothing to roll back to, is what the acceptance tests of
Terraform's AWS provider wait for. `rolloutStateReason` is as in the developer guide, "Service deployment state change
events".
"""

from __future__ import annotations

from .nouns import REVISION_MEMBERS, Moment, Service, ServiceDeployment
from .scheduler import active, stop_all

NO_CANDIDATE = "No rollback candidate was found to run the rollback."


def fail(
    service: Service, deployment: ServiceDeployment, moment: Moment, words: str, reason: str, rollback: bool
) -> None:
    """The target is FAILED; what comes then depends on `rollback` and on whether there is something to go back to."""
    target, now = deployment.target, moment.now
    target.state, target.updated_at = "FAILED", now
    monitor = "alarms" if words.startswith("alarm") else "circuit breaker"
    target.reason = f"ECS deployment {monitor}: {words}."
    service.say(f"(deployment {target.id}) deployment failed: {words}.", now)
    stop_all(service, [task for task in active(service, target) if not task.ready], moment)
    if not rollback:
        # botocore, ServiceDeployment.stoppedAt: without the rollback option it stops. The words are unverified.
        end(deployment, "STOPPED", f"Service deployment stopped because {reason}", now)
    else:
        roll_back(service, deployment, moment, f"Service deployment rolled back because {reason}", monitor)


def roll_back(service: Service, deployment: ServiceDeployment, moment: Moment, reason: str, monitor: str) -> None:
    """Go back to the last revision whose deployment was completed.

    Unverified: that the rollout of that revision is PRIMARY again under its own id. Events name the same id in
    "rolling back to" and in "deployment completed", as users report them.
    """
    now, goal = moment.now, service.completed
    deployment.rollback_reason, deployment.rollback_started_at = reason, now
    if goal is None or goal is deployment.target:
        end(deployment, "ROLLBACK_FAILED", NO_CANDIDATE, now)
        return
    deployment.status, deployment.status_reason, deployment.updated_at = "ROLLBACK_IN_PROGRESS", reason, now
    deployment.rollback_to = goal
    goal.weight, deployment.target.weight, deployment.target.test_weight = 100.0, 0.0, 0.0
    goal.state, goal.updated_at = "IN_PROGRESS", now
    goal.reason = f"ECS deployment {monitor}: rolling back to deploymentId {goal.id}."
    deployment.target.state = "FAILED"
    service.rollouts = [goal, *(each for each in service.rollouts if each is not goal)]
    changed = {key: value for key, value in service.config.items() if key not in REVISION_MEMBERS}
    service.config = {**changed, **goal.revision.config}
    service.say(f"rolling back to deployment {goal.id}.", now)


def end(deployment: ServiceDeployment, status: str, reason: str, now: float) -> None:
    deployment.status, deployment.status_reason, deployment.updated_at = status, reason, now
    if status == "STOPPED":
        deployment.stopped_at = now
    deployment.finished_at = now


def complete(service: Service, now: float) -> None:
    primary = service.primary
    primary.state, primary.reason, primary.updated_at = "COMPLETED", f"ECS deployment {primary.id} completed.", now
    primary.weight, service.completed = 100.0, primary
    service.say(f"(deployment {primary.id}) deployment completed.", now)
    if deployment := service.deployment:
        ended = "ROLLBACK_SUCCESSFUL" if deployment.status == "ROLLBACK_IN_PROGRESS" else "SUCCESSFUL"
        end(deployment, ended, deployment.status_reason, now)
