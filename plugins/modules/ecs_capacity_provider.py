#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_capacity_provider
short_description: Create, change and delete Amazon ECS capacity providers of Auto Scaling groups
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Brings the capacity provider of an Auto Scaling group to what the options say. A setting that is left out stays as
    it is.
  - Options are checked before any call to AWS, in check mode too, and everything wrong with them is reported at once.
  - A run that changes nothing makes one API call.
options:
  name:
    description: The name of the capacity provider. It may not start with C(aws), C(ecs) or C(fargate).
    type: str
    required: true
  state:
    description:
      - V(present) creates the capacity provider, or changes what differs.
      - V(absent) deletes it. AWS refuses that while a cluster has it, see M(slipway.containers.ecs_cluster).
    type: str
    choices: [present, absent]
    default: present
  auto_scaling_group_provider:
    description:
      - The Auto Scaling group and what ECS does with it, in the API's case, such as C(autoScalingGroupArn) (an ARN or a
        name), C(managedScaling), C(managedTerminationProtection) and C(managedDraining).
      - Required to create one. The group of a capacity provider cannot be changed.
    type: dict
  wait_timeout:
    description: For how many seconds to wait until a change is done.
    type: int
    default: 300
  tags:
    description: Tags of the capacity provider. Left out, tags are left alone.
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
    description: Shows what is spoken of, before and after.
    support: full
notes:
  - "IAM permissions: C(ecs:DescribeCapacityProviders), C(ecs:CreateCapacityProvider), C(ecs:UpdateCapacityProvider),
    C(ecs:DeleteCapacityProvider), C(ecs:TagResource) and C(ecs:UntagResource) for tags. AWS itself needs
    C(autoscaling:CreateOrUpdateTags) to mark the group as its own."
seealso:
  - module: slipway.containers.ecs_cluster
"""

EXAMPLES = r"""
- name: Let Amazon ECS say how many instances there are
  slipway.containers.ecs_capacity_provider:
    name: ec2-shop
    auto_scaling_group_provider:
      autoScalingGroupArn: shop
      managedScaling:
        status: ENABLED
        targetCapacity: 90
      managedTerminationProtection: ENABLED
      managedDraining: ENABLED
    tags:
      app: shop

- name: Delete the capacity provider
  slipway.containers.ecs_capacity_provider:
    name: ec2-shop
    state: absent
"""

RETURN = r"""
capacity_provider:
  description:
    - The capacity provider as AWS describes it, in the API's case, its tags as a dictionary. V(none) where there is
      none, and in check mode where it would be created.
  returned: always
  type: dict
  sample:
    name: ec2-shop
    status: ACTIVE
reasons:
  description: What differs, as paths. Empty when nothing does.
  returned: when state is present
  type: list
  elements: str
  sample: ["autoScalingGroupProvider.managedScaling.targetCapacity"]
"""

from typing import Any

from ..module_utils._core.ecs import group_providers as core
from ..module_utils._core.findings import Finding, report
from ..module_utils._io.aws import botocore_model
from ..module_utils._io.aws.group_providers import GroupProviders
from ..module_utils._io.aws.module import Context, RefusedError, run

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "auto_scaling_group_provider": {"type": "dict"},
    "wait_timeout": {"type": "int", "default": 300},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def refuse(name: str, found: list[Finding]) -> None:
    if found:
        facts = [finding.as_dict() for finding in found]
        raise RefusedError(report(found, f"capacity provider {name}"), findings=facts, changed=False)


def present_state(context: Context, providers: GroupProviders) -> dict[str, Any]:
    model = botocore_model.load(providers.client.meta.service_model, core.SHAPE)
    wish, wrong = core.read(context.params, model)
    refuse(wish.name, wrong)
    present = providers.read(wish.name)
    if present is None and wish.group is None:
        raise RefusedError(f"Capacity provider {wish.name} does not exist: give auto_scaling_group_provider.")
    if core.other_group(wish, present):
        sentence = f"Capacity provider {wish.name} belongs to another Auto Scaling group, which cannot be changed."
        raise RefusedError(f"{sentence} Make one of another name.", changed=False)
    decision = core.decide(wish, present)
    if decision.changed and not context.check_mode:
        present = apply(context, providers, decision, present)
    return {
        "changed": decision.changed,
        "capacity_provider": present,
        "reasons": decision.reasons,
        "diff": diff(wish.name, decision.before, decision.after),
    }


def apply(
    context: Context, providers: GroupProviders, decision: core.Decision, present: dict[str, Any] | None
) -> dict[str, Any] | None:
    name, timeout = context.params["name"], context.params["wait_timeout"]
    if decision.create:
        providers.create(decision.create)
        return providers.wait(name, timeout)
    if decision.update:
        providers.wait(name, timeout)  # ECS takes no second change before the first is done
        providers.update(name, decision.update)
    if decision.tags and present:
        providers.tag(present["capacityProviderArn"], decision.tags)
    return providers.wait(name, timeout)


def absent_state(context: Context, providers: GroupProviders) -> dict[str, Any]:
    name = context.params["name"]
    present = providers.read(name)
    if present is None:
        return {"changed": False, "capacity_provider": None, "diff": diff(name, {}, {})}
    if not context.check_mode:
        providers.delete(name)
        providers.wait(name, context.params["wait_timeout"])
    before = {"capacityProviderArn": present["capacityProviderArn"]}
    return {"changed": True, "capacity_provider": None, "diff": diff(name, before, {})}


def diff(name: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    header = f"capacity provider {name}"
    return {"before": before, "after": after, "before_header": header, "after_header": header}


def work(context: Context) -> dict[str, Any]:
    providers = GroupProviders(context.client("ecs"), context.done)
    state = present_state if context.params["state"] == "present" else absent_state
    return state(context, providers)


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
