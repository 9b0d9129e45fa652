# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded ECS's state machine by itself: whatever a rolling deployment does, it keeps within its limits."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tools.embedded_aws.ecs.behaviour import Rule
from tools.embedded_aws.ecs.deployments import begin, step, threshold
from tools.embedded_aws.ecs.nouns import Definition, Moment, Service
from tools.embedded_aws.ecs.requests import deployment_configuration
from tools.embedded_aws.ecs.scheduler import limits
from tools.embedded_aws.ecs.shifts import stages, weights

HOME = "arn:aws:ecs:eu-central-1:123456789012"


def definition(revision: int) -> Definition:
    containers = [{"name": "web", "image": f"web:{revision}"}]
    return Definition(f"{HOME}:task-definition/web:{revision}", "web", containers)


def service(desired: int, **configuration: Any) -> Service:
    """A service that was deployed once, and runs."""
    config = {"desiredCount": desired, "deploymentConfiguration": deployment_configuration(configuration)}
    made = Service(f"{HOME}:service/app/web", "web", f"{HOME}:cluster/app", "app", config, 0.0)
    begin(made, definition(1), 0.0)
    for now in range(1, 6):
        step(made, Moment(float(now), []))
    assert made.steady
    return made


def counted(made: Service) -> tuple[int, int]:
    """Tasks that are ready, and tasks that ECS wants to run."""
    return sum(task.ready for task in made.tasks), sum(task.active for task in made.tasks)


PERCENTS = [(0, 100), (50, 100), (50, 150), (100, 150), (100, 200), (0, 200)]


@pytest.mark.parametrize(("percents", "desired"), list(itertools.product(PERCENTS, (1, 2, 4, 5))), ids=str)
def test_a_rolling_deployment_keeps_its_limits(percents: tuple[int, int], desired: int) -> None:
    made = service(desired, minimumHealthyPercent=percents[0], maximumPercent=percents[1])
    deployment = begin(made, definition(2), 10.0)
    at_least, at_most = limits(made, made.config["deploymentConfiguration"])
    for now in range(11, 60):
        step(made, Moment(float(now), []))
        ready, active = counted(made)
        assert ready >= at_least and active <= at_most
    # With all of them needed and no room for one more, a deployment cannot go on: so it is in ECS, too.
    stuck = at_least == at_most == desired
    assert deployment.status == ("IN_PROGRESS" if stuck else "SUCCESSFUL")


@pytest.mark.parametrize("fate", ["exit:1", "oom", "cannot_pull", "unhealthy", "no_capacity", "hang"])
def test_a_bad_deployment_leaves_the_running_tasks_alone(fate: str) -> None:
    breaker = {"enable": True, "rollback": True}
    made = service(4, deploymentCircuitBreaker=breaker)
    deployment = begin(made, definition(2), 10.0)
    for now in range(11, 40):
        step(made, Moment(float(now), [Rule(fate, image="web:2")]))
        assert counted(made)[0] >= 4
    assert deployment.status == ("IN_PROGRESS" if fate == "hang" else "ROLLBACK_SUCCESSFUL")


@pytest.mark.parametrize(
    ("desired", "given", "expected"),
    [
        (1, {}, 3),
        (10, {}, 5),
        (1000, {}, 200),
        (10, {"type": "UNBOUNDED_PERCENT", "value": 10}, 1),
        (10, {"type": "COUNT", "value": 7}, 7),
        (100, {"type": "BOUNDED_PERCENT", "value": 25}, 25),
    ],
    ids=str,
)
def test_the_threshold_of_the_circuit_breaker(desired: int, given: dict[str, Any], expected: int) -> None:
    made = Service("", "web", "", "app", {"desiredCount": desired}, 0.0)
    breaker = {"enable": True, "rollback": True, **({"thresholdConfiguration": given} if given else {})}
    made.config["deploymentConfiguration"] = deployment_configuration({"deploymentCircuitBreaker": breaker})
    assert threshold(made, begin(made, definition(1), 0.0)) == expected


@pytest.mark.parametrize("percent", [3.0, 10.0, 33.3, 40.0, 100.0])
def test_a_linear_deployment_ends_at_all_of_the_traffic(percent: float) -> None:
    shifts = weights({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": percent}})
    assert shifts[-1] == 100.0 and shifts == sorted(set(shifts))


def test_the_stages_come_in_the_order_of_the_documentation() -> None:
    made = service(1)
    made.config["deploymentConfiguration"] = deployment_configuration(
        {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}
    )
    assert [stage for stage, _weight in stages(begin(made, definition(2), 10.0))] == [
        "PRE_SCALE_UP",
        "SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
    ]
