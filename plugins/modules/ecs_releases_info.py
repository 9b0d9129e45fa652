#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_releases_info
short_description: Say what Amazon ECS services run, and what they could go back to
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads the deployments that ECS remembers of each service, which is 90 days, and names the task definition of the
    last one that went well before the present one.
  - Only a lower revision of the same family counts. So a version that failed, or one that was left behind, is never
    gone back to. A revision that was deregistered cannot run, so the one before it is named.
options:
  cluster:
    description: The cluster, by name or ARN.
    type: str
    default: default
  services:
    description: The services. Left out, all of the cluster.
    type: list
    elements: str
extends_documentation_fragment:
  - slipway.containers.aws.info
  - slipway.containers.aws
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - "IAM permissions: C(ecs:ListServices), C(ecs:DescribeServices), C(ecs:ListServiceDeployments),
    C(ecs:DescribeServiceRevisions), C(ecs:DescribeTaskDefinition)."
seealso:
  - module: slipway.containers.ecs_service
"""

EXAMPLES = r"""
- name: See what the services of the shop could go back to
  slipway.containers.ecs_releases_info:
    cluster: shop
  register: shop

- name: Say what that is
  ansible.builtin.debug:
    msg: "{{ shop.services | selectattr('former') | items2dict('name', 'former') }}"
"""

RETURN = r"""
services:
  description: The services that are there.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The service's name.
      type: str
      sample: web
    current:
      description: The ARN of the task definition that the service is set to run.
      type: str
      sample: arn:aws:ecs:eu-central-1:111122223333:task-definition/shop-web:4
    former:
      description: The ARN of the one to go back to, or V(none).
      type: str
      sample: arn:aws:ecs:eu-central-1:111122223333:task-definition/shop-web:2
    releases:
      description: The deployments that went well, newest first, each with C(task_definition) and C(at).
      type: list
      elements: dict
"""

from dataclasses import asdict
from typing import Any

from ..module_utils._core.ecs.releases import older
from ..module_utils._io.aws import releases
from ..module_utils._io.aws.module import Context, run

ARGUMENTS: dict[str, Any] = {
    "cluster": {"type": "str", "default": "default"},
    "services": {"type": "list", "elements": "str"},
}


def work(context: Context) -> dict[str, Any]:
    ecs, cluster = context.client("ecs"), context.params["cluster"]
    found = [described(ecs, cluster, one) for one in releases.services(ecs, cluster, context.params["services"])]
    return {"changed": False, "services": sorted(found, key=lambda one: str(one["name"]))}


def described(ecs: Any, cluster: str, service: dict[str, Any]) -> dict[str, Any]:
    current, past = service["taskDefinition"], releases.past(ecs, cluster, service["serviceArn"])
    former = releases.first_that_can_run(ecs, older(current, past))
    listed = [asdict(release) for release in past]
    return {"name": service["serviceName"], "current": current, "former": former, "releases": listed}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
