#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_app_info
short_description: Find the AWS resources of an app by its tags, and what they cost
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Lists what carries both tags of an app, C(slipway:app) and C(slipway:owner), in the order in which it can go.
  - Each kind of resource is read from its own service and not from AWS's list of tags, which is late and knows no IAM
    roles. A schedule has no tags, so those of its group count.
  - Clusters, services, load balancers, networks, repositories, secrets and file systems are found by tags alone. Roles,
    task definitions and schedule groups must also have names that start with the app's, and log groups with
    C(/slipway/) and the app's.
options:
  app:
    description: The app's name.
    type: str
    required: true
  owner:
    description: The value of the tag C(slipway:owner).
    type: str
    default: slipway
extends_documentation_fragment:
  - slipway.containers.aws.info
  - slipway.containers.aws
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - "IAM permissions: C(ecs:ListClusters), C(ecs:DescribeClusters), C(ecs:ListServices), C(ecs:DescribeServices),
    C(ecs:ListTasks), C(ecs:DescribeTasks), C(ecs:DescribeCapacityProviders), C(ecs:ListTaskDefinitionFamilies),
    C(ecs:DescribeTaskDefinition), C(scheduler:ListScheduleGroups), C(scheduler:ListTagsForResource),
    C(scheduler:ListSchedules), C(elasticloadbalancing:DescribeLoadBalancers),
    C(elasticloadbalancing:DescribeTargetGroups), C(elasticloadbalancing:DescribeTags),
    C(autoscaling:DescribeAutoScalingGroups), C(ec2:DescribeVpcEndpoints), C(ec2:DescribeNatGateways),
    C(ec2:DescribeAddresses), C(ec2:DescribeSecurityGroups), C(ec2:DescribeSubnets), C(ec2:DescribeRouteTables),
    C(ec2:DescribeInternetGateways), C(ec2:DescribeVpcs), C(ec2:DescribeLaunchTemplates), C(ec2:DescribeVolumes),
    C(ec2:DescribeSnapshots), C(ec2:DescribeInstances), C(iam:GetRole), C(iam:GetInstanceProfile),
    C(ecr:DescribeRepositories), C(ecr:ListTagsForResource), C(ecr:DescribeImages), C(logs:DescribeLogGroups),
    C(logs:ListTagsForResource),
    C(elasticfilesystem:DescribeFileSystems), C(secretsmanager:ListSecrets), C(ssm:DescribeParameters),
    C(ssm:ListTagsForResource)."
"""

EXAMPLES = r"""
- name: See what the shop has on AWS
  slipway.containers.aws_app_info:
    app: shop
  register: shop

- name: Say what of it is billed
  ansible.builtin.debug:
    msg: "{{ shop.resources | selectattr('billed') | map(attribute='id') | list }}"
"""

RETURN = r"""
resources:
  description: What was found. What uses something stands before what it uses.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: What it is, such as V(nat_gateway), V(ecs_service) or V(log_group).
      type: str
      sample: nat_gateway
    id:
      description: What AWS calls it, an id or a name.
      type: str
      sample: nat-0123456789abcdef0
    name:
      description: Its name.
      type: str
      sample: shop
    arn:
      description: Its ARN, where the API tells one.
      type: str
    parent:
      description: The cluster of a service or task, the group of a schedule.
      type: str
    data:
      description:
        - V(ecr), V(efs), V(logs), V(secrets), V(snapshots) or V(volumes) where it keeps data that outlives an app.
          None for everything else.
      type: str
    billed:
      description: What AWS bills of it. None where it costs nothing.
      type: str
      sample: each hour, and what passes through
    cost:
      description: What it is for M(slipway.containers.cost_check), as far as that has a price for it.
      type: list
      elements: dict
      sample: [{name: nat_gateway nat-0123456789abcdef0, kind: nat_gateway}]
"""

from typing import Any

from ..module_utils._core.aws.inventory import belonging
from ..module_utils._io.aws import inventory
from ..module_utils._io.aws.module import Context, run
from ..module_utils._io.aws.task_definitions import plain

ARGUMENTS: dict[str, Any] = {
    "app": {"type": "str", "required": True},
    "owner": {"type": "str", "default": "slipway"},
}


def work(context: Context) -> dict[str, Any]:
    app, owner = context.params["app"], context.params["owner"]
    found = belonging(inventory.read(context.client, app, owner), app, owner)
    return {"changed": False, "resources": plain(found)}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
