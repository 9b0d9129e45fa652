#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_scaling
short_description: Scale an Amazon ECS service by load and by the clock
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Makes a service a scalable target of Application Auto Scaling, with target tracking, step and predictive policies,
    and with scheduled actions, such as no tasks at night.
  - An option that is left out leaves that setting as it is. A policy or scheduled action that is named is given as a
    whole. Others stay, unless O(purge_policies) or O(purge_scheduled_actions) is V(true).
  - Options are checked before any call to AWS, in check mode too, and everything wrong with them is reported at once.
  - A run that changes nothing makes two API calls, three with O(policies), and one more with O(tags).
options:
  cluster:
    description: The cluster of the service, by name or ARN.
    type: str
    default: default
  service:
    description: The name of the service.
    type: str
    required: true
  state:
    description:
      - V(present) registers the service, or changes what differs.
      - V(absent) ends its scaling. AWS removes policies and scheduled actions with it. The service keeps the number of
        tasks that it has.
    type: str
    choices: [present, absent]
    default: present
  min_capacity:
    description:
      - The least number of tasks. Needed, with O(max_capacity), for a service that is not scaled yet.
      - A scheduled action sets the bounds itself when it runs. So where the present bound is one that a scheduled
        action sets, it is left alone, and no run at night starts what the action has stopped.
    type: int
  max_capacity:
    description: The greatest number of tasks. What is said of O(min_capacity) holds here, too.
    type: int
  suspended_state:
    description:
      - What scaling is suspended, in the API's case. C(DynamicScalingInSuspended), C(DynamicScalingOutSuspended) and
        C(ScheduledScalingSuspended). Members that are not named stay.
    type: dict
  policies:
    description: Scaling policies. What to do is one of the three shorthands, or the configuration of one type.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the policy.
        type: str
        required: true
      type:
        description: The type of the policy. Left out, it follows from what else is given.
        type: str
        choices: [TargetTrackingScaling, StepScaling, PredictiveScaling]
      cpu:
        description: Track the average CPU utilization of the service, in percent.
        type: float
      memory:
        description: Track the average memory utilization of the service, in percent.
        type: float
      requests_per_target:
        description:
          - Track the number of requests to each task in a minute. It needs O(policies[].resource_label), or
            O(policies[].load_balancer_arn) with O(policies[].target_group_arn).
        type: float
      resource_label:
        description: What requests are counted at, as C(app/<load balancer>/<id>/targetgroup/<target group>/<id>).
        type: str
      load_balancer_arn:
        description: The Application Load Balancer of the label.
        type: str
      target_group_arn:
        description: The target group of the label.
        type: str
      scale_in_cooldown:
        description:
          - For how many seconds after scaling in not to do so again, with one of the shorthands. AWS takes 300.
        type: int
      scale_out_cooldown:
        description:
          - For how many seconds scaling out is to take effect first, with one of the shorthands. AWS takes 300.
        type: int
      disable_scale_in:
        description: Whether the policy only scales out, with one of the shorthands.
        type: bool
      target_tracking_scaling_policy_configuration:
        description: Target tracking, in the API's case. For metrics of your own.
        type: dict
      step_scaling_policy_configuration:
        description:
          - Step scaling, in the API's case. The ranges of the steps may neither overlap nor leave a gap.
          - The CloudWatch alarm that triggers it needs RV(policy_arns).
        type: dict
      predictive_scaling_policy_configuration:
        description: Predictive scaling, in the API's case.
        type: dict
  purge_policies:
    description: Whether policies that O(policies) does not name are removed, where O(policies) is given.
    type: bool
    default: false
  scheduled_actions:
    description: Times at which the bounds of the number of tasks change.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the action.
        type: str
        required: true
      schedule:
        description: When, as C(cron(0 20 * * ? *)), C(rate(1 day)) or C(at(2027-01-31T03:00:00)).
        type: str
        required: true
      timezone:
        description: The time zone of a C(cron) or C(at), by its IANA name. Left out, it is UTC.
        type: str
      start_time:
        description: When the action starts to recur, in ISO 8601, in UTC unless it says otherwise.
        type: str
      end_time:
        description: When the action ceases to recur, in ISO 8601, in UTC unless it says otherwise.
        type: str
      min_capacity:
        description: The least number of tasks from then on.
        type: int
      max_capacity:
        description: The greatest number of tasks from then on.
        type: int
  purge_scheduled_actions:
    description:
      - Whether scheduled actions that O(scheduled_actions) does not name are removed, where O(scheduled_actions) is
        given.
    type: bool
    default: false
  tags:
    description: Tags of the scalable target. Left out, tags are left alone.
    type: dict
    aliases: [resource_tags]
extends_documentation_fragment:
  - slipway.containers.aws
  - slipway.containers.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Tells what would change, and changes nothing. The service need not be there yet.
    support: full
  diff_mode:
    description: Shows bounds, policies and scheduled actions before and after, without defaults.
    support: full
  idempotent:
    description: A second run with the same options changes nothing, also after scheduled actions have run.
    support: full
notes:
  - "IAM permissions: C(application-autoscaling:DescribeScalableTargets),
    C(application-autoscaling:DescribeScheduledActions), C(application-autoscaling:RegisterScalableTarget),
    C(application-autoscaling:DeregisterScalableTarget) with O(state=absent)."
  - "With O(policies) also C(application-autoscaling:DescribeScalingPolicies),
    C(application-autoscaling:PutScalingPolicy) and C(application-autoscaling:DeleteScalingPolicy). With
    O(scheduled_actions) also C(application-autoscaling:PutScheduledAction) and
    C(application-autoscaling:DeleteScheduledAction). With O(tags) also C(application-autoscaling:ListTagsForResource),
    C(application-autoscaling:TagResource) and C(application-autoscaling:UntagResource)."
  - AWS makes the role that scales services when the first is registered, which takes C(iam:CreateServiceLinkedRole).
seealso:
  - module: slipway.containers.ecs_cluster
"""

EXAMPLES = r"""
- name: Two to ten tasks at 70 % CPU, and none at night
  slipway.containers.ecs_scaling:
    cluster: shop
    service: web
    min_capacity: 2
    max_capacity: 10
    policies:
      - name: cpu
        cpu: 70
    scheduled_actions:
      - name: night
        schedule: cron(0 20 * * ? *)
        timezone: Europe/Berlin
        min_capacity: 0
        max_capacity: 0
      - name: morning
        schedule: cron(0 7 * * ? *)
        timezone: Europe/Berlin
        min_capacity: 2
        max_capacity: 10

- name: Scale by requests instead
  slipway.containers.ecs_scaling:
    cluster: shop
    service: web
    policies:
      - name: requests
        requests_per_target: 1000
        resource_label: app/shop-alb/778d41231b141a0f/targetgroup/shop-web/943f017f100becff
        scale_in_cooldown: 120
    purge_policies: true

- name: One task more for a long queue, three more for a very long one
  slipway.containers.ecs_scaling:
    cluster: shop
    service: web
    policies:
      - name: queue
        step_scaling_policy_configuration:
          AdjustmentType: ChangeInCapacity
          StepAdjustments:
            - MetricIntervalLowerBound: 0
              MetricIntervalUpperBound: 100
              ScalingAdjustment: 1
            - MetricIntervalLowerBound: 100
              ScalingAdjustment: 3

- name: Let nothing scale while something is looked into
  slipway.containers.ecs_scaling:
    cluster: shop
    service: web
    suspended_state:
      DynamicScalingInSuspended: true
      DynamicScalingOutSuspended: true
      ScheduledScalingSuspended: true

- name: Scale no more
  slipway.containers.ecs_scaling:
    cluster: shop
    service: web
    state: absent
"""

RETURN = r"""
scalable_target:
  description:
    - The scalable target as AWS describes it, in the API's case; in check mode, and where something would change, as it
      would be.
    - V(none) where there is none.
  returned: always
  type: dict
  sample:
    ResourceId: service/shop/web
    MinCapacity: 2
    MaxCapacity: 10
policies:
  description: All policies of the service, as the option takes them, with the configuration in the API's case.
  returned: when policies are given
  type: list
  elements: dict
  sample:
    - name: cpu
      type: TargetTrackingScaling
      target_tracking_scaling_policy_configuration:
        TargetValue: 70
        PredefinedMetricSpecification:
          PredefinedMetricType: ECSServiceAverageCPUUtilization
policy_arns:
  description: ARNs of policies by name, for alarms that trigger step scaling. What would be made has none.
  returned: when policies are given
  type: dict
  sample:
    cpu: "arn:aws:autoscaling:eu-central-1:111122223333:scalingPolicy:1:resource/ecs/service/shop/web:policyName/cpu"
scheduled_actions:
  description: All scheduled actions of the service, as the option takes them.
  returned: when state is present
  type: list
  elements: dict
  sample:
    - name: night
      schedule: cron(0 20 * * ? *)
      timezone: Europe/Berlin
      min_capacity: 0
      max_capacity: 0
reasons:
  description: What differs, as paths. Empty when nothing does.
  returned: when state is present
  type: list
  elements: str
  sample: ["scalable_target.MaxCapacity", "scheduled_actions.night.Schedule"]
"""

from typing import Any

from ..module_utils._core.ecs.scaling import actions as core_actions
from ..module_utils._core.ecs.scaling import policies as core_policies
from ..module_utils._core.ecs.scaling.decide import Decision, Present, advice, conflicts, decide
from ..module_utils._core.ecs.scaling.wish import SHAPES, Wish, named_service
from ..module_utils._core.ecs.scaling.wish import read as read_wish
from ..module_utils._core.findings import Finding, report
from ..module_utils._io.aws.module import Context, RefusedError, run
from ..module_utils._io.aws.scaling import Scaling, shapes

POLICY: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "type": {"type": "str", "choices": list(core_policies.KINDS)},
    "cpu": {"type": "float"},
    "memory": {"type": "float"},
    "requests_per_target": {"type": "float"},
    "resource_label": {"type": "str"},
    "load_balancer_arn": {"type": "str"},
    "target_group_arn": {"type": "str"},
    "scale_in_cooldown": {"type": "int"},
    "scale_out_cooldown": {"type": "int"},
    "disable_scale_in": {"type": "bool"},
    "target_tracking_scaling_policy_configuration": {"type": "dict"},
    "step_scaling_policy_configuration": {"type": "dict"},
    "predictive_scaling_policy_configuration": {"type": "dict"},
}
ACTION: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "schedule": {"type": "str", "required": True},
    "timezone": {"type": "str"},
    "start_time": {"type": "str"},
    "end_time": {"type": "str"},
    "min_capacity": {"type": "int"},
    "max_capacity": {"type": "int"},
}
ARGUMENTS: dict[str, Any] = {
    "cluster": {"type": "str", "default": "default"},
    "service": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "min_capacity": {"type": "int"},
    "max_capacity": {"type": "int"},
    "suspended_state": {"type": "dict"},
    "policies": {"type": "list", "elements": "dict", "options": POLICY},
    "purge_policies": {"type": "bool", "default": False},
    "scheduled_actions": {"type": "list", "elements": "dict", "options": ACTION},
    "purge_scheduled_actions": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def refuse(wish: Wish, found: list[Finding]) -> None:
    if found:
        facts = [finding.as_dict() for finding in found]
        raise RefusedError(report(found, f"scaling of {wish.resource}"), findings=facts, changed=False)


def present_state(context: Context) -> dict[str, Any]:
    client = context.client("application-autoscaling")
    wish, wrong = read_wish(context.params, shapes(client, SHAPES))
    refuse(wish, wrong)
    scaling = Scaling(client, wish.resource, context.done)
    present, arns = read(scaling, wish)
    decision = decide(wish, present)
    refuse(wish, conflicts(wish, decision))
    for sentence in advice(wish, decision):
        context.warn(sentence)
    target = decision.target
    if decision.changed and not context.check_mode:
        apply(scaling, decision)
        now, arns = read(scaling, wish)
        target = dict(now.target or {})
    return {
        "changed": decision.changed,
        "scalable_target": target,
        "scheduled_actions": [action.as_options() for action in decision.actions],
        "reasons": decision.reasons,
        "diff": diff(wish, decision.before, decision.after),
        **({} if wish.policies is None else policies(decision, arns)),
    }


def read(scaling: Scaling, wish: Wish) -> tuple[Present, dict[str, str]]:
    """What is there, as far as the wish speaks of it, and the ARNs of policies by name."""
    target = scaling.target()
    if target is None:
        return Present(), {}
    found = [] if wish.policies is None else list(scaling.policies())
    present = Present(
        target,
        [core_policies.described(policy) for policy in found],
        [core_actions.described(action) for action in scaling.actions()],
        {} if wish.tags is None else scaling.tags_of(target["ScalableTargetARN"]),
    )
    return present, {policy["PolicyName"]: policy["PolicyARN"] for policy in found}


def apply(scaling: Scaling, decision: Decision) -> None:
    """The target first, since all else hangs on it; removals before what may take their place."""
    if decision.register is not None:
        scaling.register(decision.register)
    for name in decision.remove_policies:
        scaling.remove_policy(name)
    for policy in decision.put_policies:
        scaling.put_policy(policy.as_request())
    for name in decision.remove_actions:
        scaling.remove_action(name)
    for action in decision.put_actions:
        scaling.put_action(action.as_request())
    if decision.tags and "ScalableTargetARN" in decision.target:  # a new target got its tags when it was registered
        scaling.tag(decision.target["ScalableTargetARN"], decision.tags)


def policies(decision: Decision, arns: dict[str, str]) -> dict[str, Any]:
    shown = [policy.as_options() for policy in decision.policies]
    return {"policies": shown, "policy_arns": {p["name"]: arns[p["name"]] for p in shown if p["name"] in arns}}


def diff(wish: Wish, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    header = f"scaling of {wish.resource}"
    return {"before": before, "after": after, "before_header": header, "after_header": header}


def absent_state(context: Context) -> dict[str, Any]:
    wish, wrong = named_service(context.params)
    refuse(wish, wrong)
    scaling = Scaling(context.client("application-autoscaling"), wish.resource, context.done)
    target = scaling.target()
    if target is not None and not context.check_mode:
        scaling.deregister()
    bounds = {} if target is None else {"scalable_target": {key: target[key] for key in ("MinCapacity", "MaxCapacity")}}
    return {"changed": target is not None, "scalable_target": None, "diff": diff(wish, bounds, {})}


def work(context: Context) -> dict[str, Any]:
    return present_state(context) if context.params["state"] == "present" else absent_state(context)


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
