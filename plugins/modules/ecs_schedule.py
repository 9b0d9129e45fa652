#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_schedule
short_description: Run Amazon ECS tasks on a schedule, through EventBridge Scheduler
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Makes, changes and removes a schedule of Amazon EventBridge Scheduler that runs ECS tasks, on Fargate or EC2, by
    C(cron), by C(rate) or once.
  - The whole input is checked before any call to AWS, in check mode too, and everything wrong with it is reported at
    once.
  - Only what is asked for counts. An option that is left out leaves that setting as it is, although AWS replaces a
    schedule as a whole. An empty value takes a setting away.
  - A run that changes nothing makes one API call, with O(tags) two.
options:
  name:
    description: The name of the schedule. Required, but with O(delete_group).
    type: str
  group_name:
    description: The schedule group. One other than V(default) is made where it is missing.
    type: str
    default: default
  state:
    description: V(absent) removes the schedule. What it started keeps running.
    type: str
    choices: [present, absent]
    default: present
  delete_group:
    description: With O(state=absent), remove the whole group, with all its schedules. O(name) is left out then.
    type: bool
    default: false
  schedule_expression:
    description:
      - When the tasks run, as V(cron(...\)), V(rate(...\)) or V(at(...\)).
      - Required for a new schedule.
    type: str
  schedule_expression_timezone:
    description: The time zone of O(schedule_expression). Scheduler follows its summer time. AWS's default is UTC.
    type: str
  start_date:
    description: Nothing runs before this date and time, in ISO 8601. Without an offset UTC is meant.
    type: str
  end_date:
    description: Nothing runs after this date and time, in ISO 8601. Without an offset UTC is meant.
    type: str
  description:
    description: What the schedule is for.
    type: str
  state_enabled:
    description: Whether the schedule runs anything. V(false) keeps it and rests. New ones are enabled.
    type: bool
  flexible_time_window:
    description:
      - Lets Scheduler start the tasks some minutes late, with C(Mode) V(FLEXIBLE) and C(MaximumWindowInMinutes).
      - A new schedule has C(Mode) V(OFF).
    type: dict
  action_after_completion:
    description: V(DELETE) has Scheduler remove the schedule after its last run.
    type: str
    choices: [NONE, DELETE]
  kms_key_arn:
    description: The key that Scheduler encrypts the schedule with.
    type: str
  target:
    description:
      - What is run, in the shape and case of the API's C(Target). Members that have an option of their own may stand
        here or there.
    type: dict
  cluster:
    description: The cluster, by name or ARN. Required for a new schedule. Shorthand for C(Arn) in O(target).
    type: str
  task_definition:
    description:
      - What is run, as C(family), C(family:revision) or ARN. Required for a new schedule.
      - A family without a revision runs the newest one at that time.
      - Names are completed with the account of O(role_arn) and the region of the call.
    type: str
  role_arn:
    description:
      - The role that Scheduler takes to run the tasks. Required for a new schedule. Filter
        P(slipway.containers.ecs_policies#filter) writes its policy and its trust.
    type: str
  task_count:
    description: How many tasks are started at once.
    type: int
  launch_type:
    description: Where the tasks run. This or O(capacity_provider_strategy); who asks for one gives up the other.
    type: str
    choices: [EC2, FARGATE, EXTERNAL]
  platform_version:
    description: The platform version of Fargate.
    type: str
  network_configuration:
    description:
      - Subnets, security groups and public address of tasks in the mode C(awsvpc), as C(awsvpcConfiguration).
      - Its members may be written as ECS writes them, C(subnets), or as Scheduler does, C(Subnets).
    type: dict
  capacity_provider_strategy:
    description: The capacity providers, each with C(capacityProvider), C(weight) and C(base), as for FARGATE_SPOT.
    type: list
    elements: dict
  placement_constraints:
    description: Where tasks may run on EC2.
    type: list
    elements: dict
  placement_strategy:
    description: How tasks are spread on EC2.
    type: list
    elements: dict
  propagate_tags:
    description: V(TASK_DEFINITION) gives the tasks the tags of their definition.
    type: str
    choices: [TASK_DEFINITION]
  enable_ecs_managed_tags:
    description: Whether ECS tags the tasks with the name of their cluster.
    type: bool
  enable_execute_command:
    description: Whether ECS Exec may open a shell in the tasks.
    type: bool
  input:
    description:
      - What the tasks get instead of what their definition says, in the shape and case of C(overrides) of the API's
        C(RunTask), as a dictionary or as JSON.
      - What looks like a secret is masked in results, and a mask stands for the present value. Secrets belong into
        Secrets Manager, as everybody who may read the schedule reads this.
    type: raw
  retry_policy:
    description:
      - How often (C(MaximumRetryAttempts)) and how long (C(MaximumEventAgeInSeconds)) Scheduler tries to start the
        tasks. A task that started and failed is not tried again.
    type: dict
  dead_letter_arn:
    description: The standard queue of SQS that says what could not be started.
    type: str
  tags:
    description:
      - Tags of the group of O(group_name), as schedules have none. The group V(default) cannot be tagged here.
      - Left out, tags are left alone.
    type: dict
    aliases: [resource_tags]
extends_documentation_fragment:
  - slipway.containers.aws
  - slipway.containers.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  diff_mode:
    description: Shows both sides without what says no more than a default, and masks what looks like a secret.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
notes:
  - "IAM permissions: C(scheduler:GetSchedule), C(scheduler:CreateSchedule) and C(scheduler:UpdateSchedule), and
    C(iam:PassRole) on O(role_arn). With a group C(scheduler:GetScheduleGroup) and C(scheduler:CreateScheduleGroup),
    with O(tags) C(scheduler:ListTagsForResource), C(scheduler:TagResource) and C(scheduler:UntagResource). With
    O(state=absent) C(scheduler:DeleteSchedule), with O(delete_group) C(scheduler:GetScheduleGroup),
    C(scheduler:ListSchedules) and C(scheduler:DeleteScheduleGroup)."
  - Scheduler looks at the role when a schedule is made. A role that was made just now may not be known to it yet, so
    the call is tried again for half a minute.
seealso:
  - module: slipway.containers.ecs_run_task
  - plugin: slipway.containers.ecs_policies
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Clean up every night at three, in Berlin
  slipway.containers.ecs_schedule:
    name: cleanup
    group_name: shop
    schedule_expression: cron(0 3 * * ? *)
    schedule_expression_timezone: Europe/Berlin
    cluster: shop
    task_definition: shop-cleanup
    role_arn: arn:aws:iam::111122223333:role/shop-scheduler
    launch_type: FARGATE
    network_configuration:
      awsvpcConfiguration:
        subnets: [subnet-0a1b2c3d]
        assignPublicIp: ENABLED
    retry_policy:
      MaximumRetryAttempts: 3
    tags:
      slipway:app: shop

- name: Let it rest
  slipway.containers.ecs_schedule:
    name: cleanup
    group_name: shop
    state_enabled: false

- name: Remove it
  slipway.containers.ecs_schedule:
    name: cleanup
    group_name: shop
    state: absent

- name: Remove the group, and all schedules in it
  slipway.containers.ecs_schedule:
    group_name: shop
    state: absent
    delete_group: true
"""

RETURN = r"""
schedule:
  description:
    - The schedule as it is, in check mode as it would be, in the API's case. C(Target) can be given back as
      O(target).
    - What looks like a secret is masked.
  returned: when state is present
  type: dict
  sample:
    Arn: arn:aws:scheduler:eu-central-1:111122223333:schedule/shop/cleanup
    Name: cleanup
    GroupName: shop
    ScheduleExpression: cron(0 3 * * ? *)
    State: ENABLED
reasons:
  description: Why the schedule changes, as the paths that differ. Empty when it does not.
  returned: when state is present
  type: list
  elements: str
  sample: ["Target.EcsParameters.TaskDefinitionArn"]
"""

from typing import Any

from ..module_utils._core.ecs import schedules as core
from ..module_utils._core.ecs.schedule_rules import asked_problems
from ..module_utils._core.ecs.schedule_wish import OVERRIDES, SHAPE, Models, Wish, wish
from ..module_utils._core.findings import Finding, blocking, report
from ..module_utils._io.aws import botocore_model
from ..module_utils._io.aws.module import Context, RefusedError, run
from ..module_utils._io.aws.schedules import Schedules

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str"},
    "group_name": {"type": "str", "default": "default"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "delete_group": {"type": "bool", "default": False},
    "schedule_expression": {"type": "str"},
    "schedule_expression_timezone": {"type": "str"},
    "start_date": {"type": "str"},
    "end_date": {"type": "str"},
    "description": {"type": "str"},
    "state_enabled": {"type": "bool"},
    "flexible_time_window": {"type": "dict"},
    "action_after_completion": {"type": "str", "choices": ["NONE", "DELETE"]},
    "kms_key_arn": {"type": "str", "no_log": False},
    "target": {"type": "dict"},
    "cluster": {"type": "str"},
    "task_definition": {"type": "str"},
    "role_arn": {"type": "str"},
    "task_count": {"type": "int"},
    "launch_type": {"type": "str", "choices": ["EC2", "FARGATE", "EXTERNAL"]},
    "platform_version": {"type": "str"},
    "network_configuration": {"type": "dict"},
    "capacity_provider_strategy": {"type": "list", "elements": "dict"},
    "placement_constraints": {"type": "list", "elements": "dict"},
    "placement_strategy": {"type": "list", "elements": "dict"},
    "propagate_tags": {"type": "str", "choices": ["TASK_DEFINITION"]},
    "enable_ecs_managed_tags": {"type": "bool"},
    "enable_execute_command": {"type": "bool"},
    "input": {"type": "raw"},
    "retry_policy": {"type": "dict"},
    "dead_letter_arn": {"type": "str"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
REQUIRED_IF = [("state", "present", ["name"])]


def refuse(found: list[Finding], subject: str) -> None:
    stopping = blocking(found, "error")
    if stopping:
        facts = [finding.as_dict() for finding in found]
        raise RefusedError(report(stopping, subject), findings=facts, changed=False)


def asked(context: Context, schedules: Schedules) -> Wish:
    """The wish, checked with no call to AWS. ECS's model is loaded where there are overrides to check."""
    params = context.params
    scheduler = botocore_model.load(schedules.client.meta.service_model, SHAPE)
    has_overrides = params["input"] is not None or "Input" in (params["target"] or {})
    ecs = botocore_model.load(context.client("ecs").meta.service_model, OVERRIDES) if has_overrides else scheduler
    found = wish(params, Models(scheduler, ecs))
    problems = [*found.findings, *asked_problems(found)]
    refuse(problems, f"schedule {found.group}/{found.name}")
    for finding in problems:
        context.warn(finding.as_text())
    return found


def group_of(schedules: Schedules, wanted: Wish, present: dict[str, Any] | None) -> core.Group | None:
    """The group, where something about it counts: its tags, or whether it is there at all."""
    if wanted.group == "default" or (present is not None and wanted.tags is None):
        return None
    return schedules.group(wanted.group, wanted.tags is not None, present["Arn"] if present else None)


def present_state(context: Context) -> dict[str, Any]:
    schedules = Schedules(context.client("scheduler"), context.done)
    wanted = asked(context, schedules)
    present = schedules.get(wanted.group, wanted.name)
    group = group_of(schedules, wanted, present)
    decision = core.decide(wanted, present, group, schedules.client.meta.region_name)
    refuse(decision.findings, f"schedule {wanted.group}/{wanted.name}")
    arn = None if context.check_mode else apply(schedules, wanted, group, decision)
    header = f"schedule {wanted.group}/{wanted.name}"
    return {
        "changed": decision.changed,
        "schedule": {**({"Arn": arn} if arn else {}), **decision.schedule},
        "reasons": decision.reasons,
        "diff": {
            "before": decision.before,
            "after": decision.after,
            "before_header": header,
            "after_header": header,
        },
    }


def apply(schedules: Schedules, wanted: Wish, group: core.Group | None, decision: core.Decision) -> str | None:
    """The group first, as the schedule goes into it. Gives the ARN of a schedule that was made or changed."""
    if decision.create_group:
        schedules.create_group(wanted.group, decision.tags.wanted)
    elif group and decision.tags:
        schedules.tag(group.arn, decision.tags.to_set, decision.tags.to_remove)
    return schedules.put(decision.send, decision.create) if decision.send else None


def absent_state(context: Context) -> dict[str, Any]:
    params, schedules = context.params, Schedules(context.client("scheduler"), context.done)
    group, name = params["group_name"], params["name"]
    if params["delete_group"]:
        return absent_group(context, schedules, group)
    if not name:
        raise RefusedError("name: found nothing, expected the name of a schedule, or delete_group to remove a group")
    present = schedules.get(group, name)
    if present and not context.check_mode:
        schedules.delete(group, name)
    before = {"schedule": f"{group}/{name}"} if present else {}
    return {"changed": bool(present), "diff": {"before": before, "after": {}}}


def absent_group(context: Context, schedules: Schedules, group: str) -> dict[str, Any]:
    if context.params["name"] or group == "default":
        found = f"name {context.params['name']}" if context.params["name"] else "the group default"
        raise RefusedError(f"delete_group: found it with {found}, expected a group_name of your own and no name")
    if not schedules.is_there(group):
        return {"changed": False, "diff": {"before": {}, "after": {}}}
    before = {"group": group, "schedules": schedules.names(group)}
    if not context.check_mode:
        schedules.delete_group(group)
    return {"changed": True, "diff": {"before": before, "after": {}}}


def work(context: Context) -> dict[str, Any]:
    return present_state(context) if context.params["state"] == "present" else absent_state(context)


def main() -> None:
    run(work, argument_spec=ARGUMENTS, required_if=REQUIRED_IF)


if __name__ == "__main__":
    main()
