#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_platform_info
short_description: Say what an app on Amazon ECS would be put on, before anything is made
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads in one go what has to be known before a platform is decided on - whose account this is, the zones of the
    region, networks of the app's name, and what the app's roles are allowed.
  - The role P(slipway.containers.ecs_platform#role) starts from it.
options:
  app:
    description: The app's name.
    type: str
    required: true
extends_documentation_fragment:
  - slipway.containers.aws.info
  - slipway.containers.aws
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - "IAM permissions: C(ec2:DescribeAvailabilityZones), C(ec2:DescribeVpcs), C(iam:GetRolePolicy)."
seealso:
  - module: slipway.containers.aws_app_info
"""

EXAMPLES = r"""
- name: Look where the shop would be
  slipway.containers.ecs_platform_info:
    app: shop
  register: there

- name: Say in how many zones it could run
  ansible.builtin.debug:
    msg: "{{ there.account }} has {{ there.zones | length }} zones in {{ there.region }}"
"""

RETURN = r"""
account:
  description: The number of the account that the credentials belong to.
  returned: success
  type: str
  sample: "111122223333"
region:
  description: The region that was asked.
  returned: success
  type: str
  sample: eu-central-1
zones:
  description: The availability zones of the region that the account may use, by name.
  returned: success
  type: list
  elements: str
  sample: [eu-central-1a, eu-central-1b]
networks:
  description: The networks whose tag C(Name) is the app's name, whoever they belong to.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The network's id.
      type: str
      sample: vpc-0123456789abcdef0
    cidr_block:
      description: Its range.
      type: str
      sample: 10.0.0.0/16
    tags:
      description: Its tags.
      type: dict
policies:
  description:
    - The inline policy C(slipway) of each of the app's roles, by C(execution), C(task), C(scheduler) and C(instance).
      Empty where there is none.
  returned: success
  type: dict
"""

from typing import Any

from ..module_utils._io.aws import platforms
from ..module_utils._io.aws.module import Context, run

ARGUMENTS: dict[str, Any] = {"app": {"type": "str", "required": True}}


def work(context: Context) -> dict[str, Any]:
    return {"changed": False, **platforms.read(context.client, context.params["app"])}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
