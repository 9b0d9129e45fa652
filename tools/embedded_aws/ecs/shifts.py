# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that run both revisions and shift traffic: BLUE_GREEN, LINEAR and CANARY.

Source: botocore, ServiceDeployment.lifecycleStage, DeploymentLifecycleHook, LinearConfiguration, CanaryConfiguration.
A bake time of any length is BAKE_STEPS steps. Stages that only hooks can wait in pass within a step.
"""

from __future__ import annotations

from typing import Any

from .behaviour import hook_fails
from .nouns import Hook, Moment, Service, ServiceDeployment, new_id
from .outcomes import complete, roll_back
from .scheduler import active, replace_unhealthy, start, stop_all

BAKE_STEPS = 1
#: botocore, DeploymentLifecycleHookTimeoutConfiguration: 24 hours.
HOOK_MINUTES = 1440


def shifting(service: Service, deployment: ServiceDeployment) -> bool:
    """A rollback is left to the scheduler: the old tasks still run, the new ones are stopped."""
    return deployment.strategy != "ROLLING" and deployment.status == "IN_PROGRESS"


def stages(deployment: ServiceDeployment) -> list[tuple[str, float]]:
    """The stages in their order, each with the traffic in per cent that the new revision has from it on."""
    begin = ["RECONCILE_SERVICE"] if len(deployment.sources) > 1 else []
    begin += ["PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT"]
    shifts: list[tuple[str, float]] = []
    weight = 0.0
    for following in weights(deployment.config):
        if deployment.strategy != "BLUE_GREEN":
            # "For linear and canary deployments, this stage is invoked before every traffic shift step."
            shifts.append(("PRE_PRODUCTION_TRAFFIC_SHIFT", weight))
        weight = following
        shifts.append(("PRODUCTION_TRAFFIC_SHIFT", weight))
    ends = [(stage, 100.0) for stage in ("POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP")]
    return [*((stage, 0.0) for stage in begin), *shifts, *ends]


def weights(config: dict[str, Any]) -> list[float]:
    """Production traffic of the new revision after each shift."""
    if config["strategy"] == "CANARY":
        return [float(config["canaryConfiguration"]["canaryPercent"]), 100.0]
    if config["strategy"] == "LINEAR":
        share = float(config["linearConfiguration"]["stepPercent"])
        return [min(100.0, share * number) for number in range(1, int(-(-100 // share)) + 1)]
    return [100.0]


def step(service: Service, deployment: ServiceDeployment, moment: Moment) -> None:
    """Through the stages, as far as one step goes: to the first one that has to be waited in."""
    order = stages(deployment)
    if deployment.position < 0:
        _enter(service, deployment, order, 0, moment)
    while deployment.status == "IN_PROGRESS" and _done(service, deployment, moment):
        if deployment.position + 1 == len(order):
            complete(service, moment.now)
            service.steady = True
            service.say("has reached a steady state.", moment.now)
            return
        _enter(service, deployment, order, deployment.position + 1, moment)
    deployment.waited += 1


def _enter(
    service: Service, deployment: ServiceDeployment, order: list[tuple[str, float]], position: int, moment: Moment
) -> None:
    deployment.position, deployment.waited = position, 0
    deployment.stage, weight = order[position]
    deployment.updated_at = moment.now
    deployment.hooks = [
        _hook(hook, deployment.stage, moment)
        for hook in deployment.config.get("lifecycleHooks", [])
        if deployment.stage in hook.get("lifecycleStages", [])
    ]
    family = deployment.target.revision.definition.family
    for hook in deployment.hooks:
        if hook.target_type == "AWS_LAMBDA" and hook_fails(moment.rules, family, hook.target_arn):
            hook.status = "FAILED"
            # As users report it.
            roll_back(
                service,
                deployment,
                moment,
                f"Service deployment rolled back because {hook.stage} lifecycle hook(s) failed. "
                f"Lifecycle hook target {hook.target_arn} returned FAILED status.",
                "lifecycle hook",
            )
            return
    if deployment.stage == "PRODUCTION_TRAFFIC_SHIFT" and _paused(deployment):
        return  # the traffic shifts when the hook lets it
    _shift(deployment, weight)


def _hook(asked: dict[str, Any], stage: str, moment: Moment) -> Hook:
    timeout = asked.get("timeoutConfiguration", {})
    kind = asked.get("targetType", "AWS_LAMBDA")
    return Hook(
        id=new_id(),
        stage=stage,
        target_type=kind,
        target_arn=asked.get("hookTargetArn", ""),
        timeout_action=timeout.get("action", "ROLLBACK"),
        expires_at=moment.now + 60 * int(timeout.get("timeoutInMinutes", HOOK_MINUTES)),
        status="AWAITING_ACTION" if kind == "PAUSE" else "SUCCEEDED",
    )


def _paused(deployment: ServiceDeployment) -> bool:
    return any(hook.status == "AWAITING_ACTION" for hook in deployment.hooks)


def _shift(deployment: ServiceDeployment, weight: float) -> None:
    target = deployment.target
    target.weight = weight
    target.test_weight = 100.0 if deployment.stage == "TEST_TRAFFIC_SHIFT" else target.test_weight
    for source in deployment.sources:
        source.weight = 100.0 - weight


def _done(service: Service, deployment: ServiceDeployment, moment: Moment) -> bool:
    """Whether the stage is over; what it has to do is done here."""
    if _paused(deployment):
        return False
    replace_unhealthy(service, moment)
    target = service.primary
    mine = active(service, target)
    start(service, target, service.desired - len(mine) if deployment.stage != "PRE_SCALE_UP" else 0, moment)
    if deployment.stage == "SCALE_UP":
        return len(mine) == service.desired and all(task.ready for task in mine)
    if deployment.stage in ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"):
        return deployment.waited > 0
    if deployment.stage == "BAKE_TIME":
        return deployment.waited >= (BAKE_STEPS if deployment.config.get("bakeTimeInMinutes") else 0)
    if deployment.stage == "CLEAN_UP":
        old = [task for rollout in service.rollouts[1:] for task in service.of(rollout)]
        stop_all(service, [task for task in old if task.active], moment)
        return all(task.status == "STOPPED" for task in old)
    return True


def go_on(service: Service, deployment: ServiceDeployment, hook: Hook, action: str, moment: Moment) -> None:
    """ContinueServiceDeployment, or a pause that has lasted too long. The words of the rollback are unverified."""
    if action == "ROLLBACK":
        hook.status = "FAILED"
        reason = f"Service deployment rolled back because of a rollback request at {hook.stage}."
        roll_back(service, deployment, moment, reason, "lifecycle hook")
        return
    hook.status = "SUCCEEDED"
    if not _paused(deployment):
        _shift(deployment, stages(deployment)[deployment.position][1])


def expire(service: Service, deployment: ServiceDeployment, moment: Moment) -> None:
    for hook in deployment.hooks:
        if hook.status == "AWAITING_ACTION" and moment.now >= hook.expires_at:
            go_on(service, deployment, hook, hook.timeout_action, moment)
            hook.status = "TIMED_OUT"
