# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks of a service are started and stopped in one step.

Sources: botocore, DeploymentConfiguration (maximumPercent is rounded down, minimumHealthyPercent up) and
CapacityProviderStrategyItem (base first, then by weight); developer guide, "Service event messages".
"""

from __future__ import annotations

from typing import Any

from .behaviour import fate_of
from .nouns import PENDING_STATES, STOPPED_KEPT, Moment, Rollout, Service, Task
from .tasks import new_task, stop


def limits(service: Service, config: dict[str, Any]) -> tuple[int, int]:
    """How many tasks have to be ready, and how many may be there, in this deployment."""
    desired = service.desired
    at_least = -(-desired * int(config.get("minimumHealthyPercent", 100)) // 100)
    at_most = desired * int(config.get("maximumPercent", 200)) // 100
    return at_least, at_most


def schedule(service: Service, config: dict[str, Any], moment: Moment) -> None:
    """Rolling: start tasks of the PRIMARY as maximumPercent lets us, stop others as minimumHealthyPercent does."""
    at_least, at_most = limits(service, config)
    replace_unhealthy(service, moment)
    if service.primary.state == "FAILED":
        return  # what still runs of older deployments runs on
    new = active(service, service.primary)
    old = [task for rollout in service.rollouts[1:] for task in active(service, rollout)]
    ready = sum(task.ready for task in [*new, *old])
    spare = [task for task in old if not task.ready] + [task for task in old if task.ready][: max(0, ready - at_least)]
    stop_all(service, spare, moment)
    if len(new) > service.desired:
        stop_all(service, new[service.desired :], moment)
    left = len(old) - len(spare)
    room = at_most - len(new) - left if left else service.desired - len(new)
    start(service, service.primary, min(room, service.desired - len(new)), moment)


def replace_unhealthy(service: Service, moment: Moment) -> None:
    """A task whose health check fails is stopped, and counts as failed when it had never been ready."""
    for task in [task for task in service.tasks if task.active and task.fate.kind == "unhealthy"]:
        if task.age <= task.fate.steps:
            continue
        groups = [group for group, _identity, _port in task.targets]
        if groups and not any(container.checked for container in task.containers):
            words = f"failed ELB health checks in (target-group {groups[0]})"
            service.say(
                f"(task {task.id}) is unhealthy in (target-group {groups[0]}) due to "
                "(reason Health checks failed with these codes: [502]).",
                moment.now,
            )
        else:
            words = "failed container health checks"
            service.say(f"(task {task.id}) {words}.", moment.now)
        stop(task, moment.now, "ServiceSchedulerInitiated", task.fate.reason or f"Task {words}")
        _count_failure(service, task)


def _count_failure(service: Service, task: Task) -> None:
    for rollout in service.rollouts:
        if rollout.id == task.started_by:
            rollout.failed_tasks += 1


def active(service: Service, rollout: Rollout) -> list[Task]:
    return [task for task in service.of(rollout) if task.active]


def start(service: Service, rollout: Rollout, count: int, moment: Moment) -> None:
    """Place up to `count` tasks of the rollout, unless it has failed: a failed one starts no more (botocore)."""
    if count <= 0 or rollout.state == "FAILED":
        return
    started = [task for task in (_place(service, rollout, moment) for _each in range(count)) if task]
    if started:
        names = " ".join(f"(task {task.id})" for task in started)
        service.say(f"has started {len(started)} tasks: {names}.", moment.now)


def _place(service: Service, rollout: Rollout, moment: Moment) -> Task | None:
    definition, config = rollout.revision.definition, rollout.revision.config
    launch_type, provider = launch(config, len(active(service, rollout)))
    fate = moment.refusal(definition) or fate_of(moment.rules, definition.family, definition.images, provider)
    if fate.kind == "no_capacity":
        # botocore, Deployment.failedTasks: one that the scheduler "can't launch" is a failed one.
        rollout.failed_tasks += 1
        service.say(f"was unable to place a task. Reason: {fate.reason or no_capacity(config)}", moment.now)
        return None
    task = new_task(service.cluster_arn, definition, fate, f"service:{service.name}", config, moment.now)
    task.started_by, task.alternate = rollout.id, rollout.revision.alternate
    task.launch_type, task.capacity_provider = launch_type, provider
    service.tasks.append(task)
    return task


def no_capacity(config: dict[str, Any]) -> str:
    """Developer guide, "Service event messages" (the EC2 one) and "API failure reasons" (the Fargate one)."""
    if launch(config, 0)[0] == "FARGATE":
        return (
            "Capacity is unavailable at this time. Please try again later or in a different availability zone. "
            "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
        )
    return "No Container Instances were found in your cluster."


def launch(config: dict[str, Any], running: int) -> tuple[str, str]:
    """The launch type and the capacity provider of the next task, when so many run already."""
    strategy = config.get("capacityProviderStrategy") or []
    if not strategy:
        return config.get("launchType", "EC2"), ""
    based = next((each for each in strategy if running < int(each.get("base", 0))), None)
    weighted = [each for each in strategy for _time in range(int(each.get("weight", 0)))]
    # Largest share first would need the counts of each provider; a round is near enough.
    chosen = based or (weighted[running % len(weighted)] if weighted else strategy[0])
    name = chosen["capacityProvider"]
    return ("FARGATE" if name.startswith("FARGATE") else "EC2"), name


def stop_all(service: Service, tasks: list[Task], moment: Moment) -> None:
    if not tasks:
        return
    for task in tasks:
        reason = f"Scaling activity initiated by (deployment {task.started_by})"
        stop(task, moment.now, "ServiceSchedulerInitiated", reason)
    names = " ".join(f"(task {task.id})" for task in tasks)
    service.say(f"has stopped {len(tasks)} running tasks: {names}.", moment.now)


def count_failures(service: Service) -> None:
    """Tasks that have stopped by themselves before they were ready; one that is ready resets the count."""
    for rollout in service.rollouts:
        for task in service.of(rollout):
            by_itself = task.stop_code in ("TaskFailedToStart", "EssentialContainerExited")
            if by_itself and task.status == "STOPPED" and not task.counted:
                task.counted = True
                rollout.failed_tasks += 1


def forget_stopped(service: Service) -> None:
    stopped = [task for task in service.tasks if task.status == "STOPPED"]
    forgotten = {task.id for task in stopped[:-STOPPED_KEPT]} if len(stopped) > STOPPED_KEPT else set()
    service.tasks = [task for task in service.tasks if task.id not in forgotten]


def counts(tasks: list[Task]) -> tuple[int, int]:
    """Running and pending, by their last status."""
    running = sum(task.status == "RUNNING" for task in tasks)
    return running, sum(task.status in PENDING_STATES for task in tasks)
