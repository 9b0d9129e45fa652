# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling of services: what is wrong with a wish, what means the same, and what is told beforehand."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import botocore.session
import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.aws.shape import ApiModel
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.scaling import actions, policies, wish
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.scaling.decide import (
    Decision,
    Present,
    advice,
    conflicts,
    decide,
)
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.botocore_model import load

SERVICE_MODEL = botocore.session.get_session().get_service_model("application-autoscaling")
MODELS = [load(SERVICE_MODEL, shape) for shape in wish.SHAPES]
MODEL = ApiModel(MODELS[0].botocore_version, {name: shape for model in MODELS for name, shape in model.shapes.items()})
LABEL = "app/shop-alb/778d41231b141a0f/targetgroup/shop-web/943f017f100becff"
CPU = {"PredefinedMetricType": policies.CPU}
QUEUE = {"MetricName": "Depth", "Namespace": "Shop", "Statistic": "Average"}
STAT = {"Metric": {"MetricName": "Depth", "Namespace": "Shop"}, "Stat": "Sum"}


def read(**options: Any) -> tuple[wish.Wish, list[Any]]:
    return wish.read({"cluster": "shop", "service": "web", **options}, MODEL)


def wrong(**options: Any) -> list[str]:
    return [finding.message for finding in read(**options)[1]]


def tracking(**configuration: Any) -> dict[str, Any]:
    return {"name": "p", "target_tracking_scaling_policy_configuration": {"TargetValue": 70, **configuration}}


def queries(*items: dict[str, Any]) -> dict[str, Any]:
    return tracking(CustomizedMetricSpecification={"Metrics": list(items)})


def steps(*ranges: tuple[float | None, float | None], **configuration: Any) -> dict[str, Any]:
    """A step policy with an adjustment for each (lower, upper)."""
    named = [{"MetricIntervalLowerBound": low, "MetricIntervalUpperBound": high} for low, high in ranges]
    adjustments = [{**{key: bound for key, bound in step.items() if bound is not None}} for step in named]
    every = [{**step, "ScalingAdjustment": 1} for step in adjustments]
    given = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": every, **configuration}
    return {"name": "p", "step_scaling_policy_configuration": given}


def predictive(**configuration: Any) -> dict[str, Any]:
    pair = {"PredefinedMetricPairSpecification": {"PredefinedMetricType": "ECSServiceCPUUtilization"}}
    specification = {"TargetValue": 50, **pair}
    given = {"MetricSpecifications": [specification], **configuration}
    return {"name": "p", "predictive_scaling_policy_configuration": given}


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"name": "", "cpu": 70}, "'' is no valid name of a policy"),
        ({"name": "a\nb", "cpu": 70}, "is no valid name of a policy"),
        ({"name": "p" * 257, "cpu": 70}, "is no valid name of a policy"),
        ({"name": "p"}, "found nothing that it could do"),
        ({"name": "p", "cpu": 70, "memory": 70}, "found cpu and memory"),
        ({**tracking(PredefinedMetricSpecification=CPU), "cpu": 70}, "found cpu and target_tracking_scaling"),
        ({"name": "p", "cpu": 70, "type": "StepScaling"}, "found StepScaling and cpu"),
        ({**steps((0, None)), "type": "PredictiveScaling"}, "found PredictiveScaling and step_scaling"),
        ({"name": "p", "cpu": 0}, "found 0, expected more than 0 and at most 100 percent"),
        ({"name": "p", "memory": 100.5}, "found 100.5, expected more than 0 and at most 100 percent"),
        ({"name": "p", "requests_per_target": -1, "resource_label": LABEL}, "found -1, expected more than 0"),
        ({"name": "p", "requests_per_target": 9}, "needs the load balancer and target group to count at"),
        ({"name": "p", "requests_per_target": 9, "resource_label": "app/shop"}, "found 'app/shop'"),
        ({"name": "p", "requests_per_target": 9, "load_balancer_arn": "a"}, "found one of load_balancer_arn and"),
        (
            {"name": "p", "requests_per_target": 9, "resource_label": LABEL, "target_group_arn": "a"},
            "found a label and an ARN",
        ),
        ({"name": "p", "cpu": 70, "resource_label": LABEL}, "a label is for ALBRequestCountPerTarget only"),
        ({"name": "p", "cpu": 70, "scale_in_cooldown": -1}, "found -1, expected 0 seconds or more"),
        ({**steps((0, None)), "scale_in_cooldown": 60}, "it is for cpu, memory, requests_per_target"),
        (tracking(), "found neither a predefined nor a customized metric"),
        (
            tracking(PredefinedMetricSpecification=CPU, CustomizedMetricSpecification=QUEUE),
            "found both kinds of metrics",
        ),
        (tracking(PredefinedMetricSpecification=CPU, TargetValue=2.0**361), "the number is too large"),
        (
            tracking(PredefinedMetricSpecification={"PredefinedMetricType": "RDSReaderAverageCPUUtilization"}),
            "RDSReaderAverageCPUUtilization is no metric of an ECS service",
        ),
        (tracking(PredefinedMetricSpecification={"PredefinedMetricType": "CPU"}), "'CPU' is not one of"),
        (tracking(CustomizedMetricSpecification={"MetricName": "Depth"}), "needs MetricName, Namespace, Statistic"),
        (
            tracking(CustomizedMetricSpecification={**QUEUE, "Metrics": []}),
            "found Metrics and MetricName",
        ),
        (queries({"Id": "m1", "MetricStat": STAT}, {"Id": "m2", "MetricStat": STAT}), "2 queries return data"),
        (queries({"Id": "M1", "MetricStat": STAT}), "'M1' is no valid id"),
        (
            queries({"Id": "m", "MetricStat": STAT}, {"Id": "m", "Expression": "1", "ReturnData": False}),
            "the id 'm' is used 2 times",
        ),
        (queries({"Id": "m", "MetricStat": STAT, "Expression": "1"}), "found Expression and MetricStat"),
        (queries({"Id": "m"}), "found neither Expression nor MetricStat"),
        (steps(), "needs one step adjustment at least"),
        (steps((0, None), AdjustmentType=None), "needs an adjustment type"),
        (steps((0, None), AdjustmentType="PercentChange"), "'PercentChange' is not one of"),
        (steps((0, None), MinAdjustmentMagnitude=2), "it is for changes in percent only"),
        (
            steps((0, None), MinAdjustmentMagnitude=0, AdjustmentType="PercentChangeInCapacity"),
            "found 0, expected 1 or more",
        ),
        (
            steps(
                StepAdjustments=[{"MetricIntervalLowerBound": 0, "ScalingAdjustment": -1}],
                AdjustmentType="ExactCapacity",
            ),
            "found an exact capacity below 0",
        ),
        (steps((0, None), Cooldown=-1), "found -1, expected 0 seconds or more"),
        (steps((0, 10), (20, None)), "nothing is said of the range from 10 to 20"),
        (steps((20, None), (0, 10)), "nothing is said of the range from 10 to 20"),
        (steps((0, 15), (10, None)), "the ranges up to 15 and from 10 on overlap"),
        (steps((0, None), (10, None)), "the ranges up to inf and from 10 on overlap"),
        (steps((None, 0), (None, 5)), "overlap"),
        (steps((10, 10), (10, None)), "found a range from 10 to 10"),
        (steps((None, None)), "neither a lower nor an upper bound"),
        (steps((0, 10)), "the highest range ends at 10"),
        (steps((-10, 0)), "the lowest range starts at -10"),
        (predictive(SchedulingBufferTime=3600), "found 3600, expected 0 to 3599 seconds"),
        (predictive(MaxCapacityBuffer=10), "a buffer is for IncreaseMaxCapacity only"),
        (predictive(MaxCapacityBreachBehavior="IncreaseMaxCapacity"), "IncreaseMaxCapacity needs a buffer"),
        (
            predictive(MaxCapacityBreachBehavior="IncreaseMaxCapacity", MaxCapacityBuffer=101),
            "found 101, expected 0 to 100 percent",
        ),
        (predictive(Mode="Forecast"), "'Forecast' is not one of"),
    ],
)
def test_policies_that_aws_would_refuse(policy: dict[str, Any], message: str) -> None:
    found = wrong(policies=[policy])
    assert any(message in one for one in found) and len(found) <= 2, found


@pytest.mark.parametrize(
    "policy",
    [
        {"name": "p", "cpu": 70.5, "scale_out_cooldown": 0, "disable_scale_in": True},
        {"name": "p", "requests_per_target": 100000, "resource_label": LABEL},
        tracking(PredefinedMetricSpecification={"PredefinedMetricType": f"{policies.CPU}HighResolution"}),
        tracking(CustomizedMetricSpecification={**QUEUE, "Dimensions": [{"Name": "q", "Value": "a"}], "Unit": "Count"}),
        queries({"Id": "m1", "MetricStat": STAT, "ReturnData": False}, {"Id": "e1", "Expression": "m1 / 2"}),
        steps((None, 0)),
        steps((0, None)),
        steps((None, -10), (-10, 0), (0, 10), (10.5, None), (10, 10.5)),
        steps((None, 0), (5, None), (0, 5), AdjustmentType="PercentChangeInCapacity", MinAdjustmentMagnitude=2),
        predictive(Mode="ForecastAndScale", SchedulingBufferTime=0),
        predictive(MaxCapacityBreachBehavior="IncreaseMaxCapacity", MaxCapacityBuffer=10),
    ],
)
def test_policies_that_aws_takes(policy: dict[str, Any]) -> None:
    assert wrong(policies=[policy]) == []


def test_names_and_metrics_of_policies_are_used_once() -> None:
    twice = wrong(policies=[{"name": "p", "cpu": 70}, {"name": "p", "memory": 70}])
    assert twice == ["the name is used 2 times"]
    same = wrong(policies=[{"name": "a", "cpu": 70}, {"name": "b", "cpu": 50}])
    assert same == [f"the metric is tracked by {name} as well, expected one policy for each metric" for name in "ba"]
    assert wrong(policies=[{"name": "a", "cpu": 70}, steps((0, None)), {**steps((0, None)), "name": "q"}]) == []


def action(**options: Any) -> dict[str, Any]:
    return {"name": "night", "schedule": "cron(0 20 * * ? *)", "max_capacity": 0, **options}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "a/b"}, "'a/b' is no valid name of a scheduled action"),
        ({"name": " a"}, "is no valid name of a scheduled action"),
        ({"name": ""}, "is no valid name of a scheduled action"),
        ({"schedule": "daily"}, "found 'daily', expected rate(1 day), cron(0 20 * * ? *) or at("),
        ({"schedule": "cron(0 20 * * * *)"}, "expected ? for one of them"),
        ({"schedule": "cron(0 25 * * ? *)"}, "found 25 for hours of cron, expected 0 to 23"),
        ({"schedule": "rate(0 days)"}, "expected a number above 0 and minutes, hours or days"),
        ({"schedule": "at(2027-02-30T03:00:00)"}, "expected a date and time that exist"),
        ({"timezone": "Europe/Berln"}, "did you mean 'Europe/Berlin'?"),
        ({"min_capacity": 1}, "found 1, expected at most max_capacity, which is 0"),
        ({"max_capacity": -1}, "found -1, expected 0 or more"),
        ({"max_capacity": None}, "the action sets neither min_capacity nor max_capacity"),
        ({"start_time": "soon"}, "found 'soon', expected a date and time"),
        (
            {"start_time": "2027-01-31T03:00:00Z", "end_time": "2027-01-31T03:00:00+01:00"},
            "expected a time after start_time",
        ),
    ],
)
def test_scheduled_actions_that_aws_would_refuse(options: dict[str, Any], message: str) -> None:
    (found,) = wrong(scheduled_actions=[action(**options)])
    assert message in found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cluster": "arn:aws:ecs:eu-central-1:1:service/shop"}, "is neither a cluster's name nor its ARN"),
        ({"service": ""}, "'' is no valid service name"),
        ({"min_capacity": -1}, "found -1, expected 0 or more"),
        ({"min_capacity": 3, "max_capacity": 2}, "found 3, expected at most max_capacity, which is 2"),
        ({"suspended_state": {"Dynamic": True}}, "unknown field 'Dynamic'"),
        ({"suspended_state": {"ScheduledScalingSuspended": "perhaps"}}, "expected true or false"),
        ({"scheduled_actions": [action(), action()]}, "the name is used 2 times"),
        ({"tags": {"k" * 129: ""}}, "the key has 129 characters"),
    ],
)
def test_other_options_that_aws_would_refuse(options: dict[str, Any], message: str) -> None:
    (found,) = wrong(**options)
    assert message in found


def test_times_are_one_instant_in_any_form() -> None:
    """AWS answers with its own zone, or none; an emulator with the number that was sent."""
    (asked,), _wrong = actions.read([action(start_time="2027-01-31T04:00:00+01:00", timezone="UTC")])
    answer = {
        "ScheduledActionName": "night",
        "Schedule": "cron(0 20 * * ? *)",
        "StartTime": datetime(2027, 1, 31, 3, tzinfo=timezone.utc),
        "ScalableTargetAction": {"MaxCapacity": 0},
    }
    assert actions.described(answer).canonical() == asked.canonical()
    assert asked.as_request()["StartTime"] == "2027-01-31T03:00:00+00:00"


def test_an_action_that_loses_its_zone_is_sent_with_utc() -> None:
    """What PutScheduledAction is not given stays as it was, but for the times."""
    (asked,), _wrong = actions.read([action()])
    assert asked.as_request()["Timezone"] == "UTC"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"DisableScaleIn": False, "ScaleInCooldown": 300}, {"ScaleOutCooldown": 300}),
        ({"TargetValue": 70.0}, {}),
        (
            {
                "CustomizedMetricSpecification": {
                    "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}]
                }
            },
            {
                "CustomizedMetricSpecification": {
                    "Dimensions": [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]
                }
            },
        ),
        ({"CustomizedMetricSpecification": {"Dimensions": [], "Unit": None}}, {"CustomizedMetricSpecification": {}}),
    ],
)
def test_what_means_the_same_is_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    pair = [policies.Policy("p", policies.TRACKING, {"TargetValue": 70, **each}) for each in (one, other)]
    assert pair[0].canonical() == pair[1].canonical()


def test_another_cooldown_is_not_the_same() -> None:
    pair = [policies.Policy("p", policies.TRACKING, {"ScaleInCooldown": cooldown}) for cooldown in (300, 0)]
    assert pair[0].canonical() != pair[1].canonical()


def decided(present: Present, **options: Any) -> tuple[wish.Wish, Decision]:
    asked, findings = read(**options)
    assert not findings
    return asked, decide(asked, present)


def there(low: int = 2, high: int = 10, *scheduled: dict[str, Any], **more: Any) -> Present:
    target = {"ResourceId": "service/shop/web", "MinCapacity": low, "MaxCapacity": high, **more}
    return Present(target, actions=actions.read(scheduled)[0])


NIGHT = action(min_capacity=0)
MORNING = action(name="morning", schedule="cron(0 7 * * ? *)", min_capacity=2, max_capacity=10)


@pytest.mark.parametrize(
    ("present", "options", "bounds"),
    [
        (there(2, 10), {"min_capacity": 3}, (3, 10)),
        (there(0, 0, NIGHT, MORNING), {"min_capacity": 2, "max_capacity": 10}, (0, 0)),
        (there(1, 10, NIGHT, MORNING), {"min_capacity": 2, "max_capacity": 10}, (2, 10)),
        (there(0, 0), {"min_capacity": 2, "max_capacity": 10, "scheduled_actions": [NIGHT]}, (0, 0)),
        (
            there(0, 0, NIGHT),
            {"min_capacity": 2, "max_capacity": 10, "scheduled_actions": [], "purge_scheduled_actions": True},
            (2, 10),
        ),
        (
            there(0, 0, NIGHT, SuspendedState={"ScheduledScalingSuspended": True}),
            {"min_capacity": 2, "max_capacity": 10},
            (2, 10),
        ),
        (there(0, 10, action(max_capacity=None, min_capacity=0)), {"min_capacity": 2, "max_capacity": 12}, (0, 12)),
    ],
)
def test_a_bound_that_the_schedule_sets_is_the_schedule_s(
    present: Present, options: dict[str, Any], bounds: tuple[int, int]
) -> None:
    _asked, decision = decided(present, **options)
    assert (decision.target["MinCapacity"], decision.target["MaxCapacity"]) == bounds


def test_both_bounds_are_sent_where_one_changes() -> None:
    _asked, decision = decided(there(2, 10), min_capacity=3)
    assert decision.register == {"MinCapacity": 3, "MaxCapacity": 10}


def test_a_suspension_is_sent_as_a_whole() -> None:
    suspended = {"DynamicScalingInSuspended": True}
    _asked, decision = decided(there(SuspendedState=suspended), suspended_state={"ScheduledScalingSuspended": True})
    assert decision.register == {
        "SuspendedState": {
            "DynamicScalingInSuspended": True,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": True,
        }
    }


def test_a_new_target_is_registered_with_its_tags() -> None:
    _asked, decision = decided(Present(), min_capacity=1, max_capacity=2, tags={"app": "shop"})
    assert decision.register == {"MinCapacity": 1, "MaxCapacity": 2, "Tags": {"app": "shop"}}


@pytest.mark.parametrize(
    ("present", "options", "messages"),
    [
        (Present(), {}, ["service/shop/web is no scalable target yet, so both bounds are needed"] * 2),
        (there(2, 10), {"max_capacity": 1}, ["MinCapacity would be 2 and MaxCapacity 1, expected no more than that"]),
        (there(2, 10), {"max_capacity": 2}, []),
    ],
)
def test_what_collides_with_what_is_there(present: Present, options: dict[str, Any], messages: list[str]) -> None:
    assert [finding.message for finding in conflicts(*decided(present, **options))] == messages


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"min_capacity": 2}, ""),
        ({"min_capacity": 3, "scheduled_actions": [NIGHT, MORNING]}, "min_capacity is 3, and every scheduled action"),
        ({"min_capacity": 2, "max_capacity": 10, "scheduled_actions": [NIGHT, MORNING]}, ""),
        ({"scheduled_actions": [action(max_capacity=1)]}, "would leave MinCapacity 2 above MaxCapacity 1"),
        ({"scheduled_actions": [action(max_capacity=5)]}, ""),
        ({"min_capacity": 0, "policies": [{"name": "p", "cpu": 70}]}, "at 0 tasks there is nothing to measure"),
        ({"min_capacity": 0}, ""),
        ({"min_capacity": 0, "policies": [steps((0, None))]}, ""),
        ({"min_capacity": 0, "policies": [tracking(CustomizedMetricSpecification=QUEUE)]}, ""),
        ({"min_capacity": 0, "policies": [{"name": "p", "cpu": 70}], "scheduled_actions": [NIGHT, MORNING]}, ""),
    ],
)
def test_what_nobody_can_have_meant_is_told(options: dict[str, Any], told: str) -> None:
    said = advice(*decided(there(), **options))
    assert told in said[0] if told else said == []
