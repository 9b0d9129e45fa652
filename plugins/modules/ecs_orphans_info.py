#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_orphans_info
short_description: Find services and schedules of an app on Amazon ECS that nobody names any more
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Lists the services of a cluster and the schedules of a group that carry both tags of an app, C(slipway:app) and
    C(slipway:owner), and are not among those that are known. That is what is left when a service goes from a Compose
    file; Compose calls it an orphan.
  - A schedule has no tags, so those of its group count.
options:
  app:
    description: The app's name. Its schedules are in a group of that name.
    type: str
    required: true
  owner:
    description: The value of the tag C(slipway:owner).
    type: str
    default: slipway
  cluster:
    description: The cluster, by name.
    type: str
    required: true
  services:
    description: The names of the services that there have to be.
    type: list
    elements: str
    required: true
  schedules:
    description: The names of the schedules that there have to be.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - slipway.containers.aws.info
  - slipway.containers.aws
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - "IAM permissions: C(ecs:ListServices), C(scheduler:ListSchedules), and where something is found
    C(ecs:DescribeServices), C(scheduler:GetScheduleGroup) and C(scheduler:ListTagsForResource)."
seealso:
  - module: slipway.containers.aws_app_info
"""

EXAMPLES = r"""
- name: See what the shop has that is not in its Compose file
  slipway.containers.ecs_orphans_info:
    app: shop
    cluster: shop
    services: [web, worker]
    schedules: []
  register: shop

- name: Say what that is
  ansible.builtin.debug:
    msg: "{{ shop.resources | map(attribute='id') | list }}"
"""

RETURN = r"""
resources:
  description: What was found, as M(slipway.containers.aws_app_info) describes it.
  returned: success
  type: list
  elements: dict
  sample: [{kind: ecs_service, id: old-worker, name: old-worker, parent: shop, billed: its tasks while they run}]
"""

from typing import Any

from ..module_utils._core.aws.inventory import belonging
from ..module_utils._io.aws import orphans
from ..module_utils._io.aws.module import Context, run
from ..module_utils._io.aws.task_definitions import plain

_NAMES = {"type": "list", "elements": "str", "required": True}
ARGUMENTS: dict[str, Any] = {
    "app": {"type": "str", "required": True},
    "owner": {"type": "str", "default": "slipway"},
    "cluster": {"type": "str", "required": True},
    "services": _NAMES,
    "schedules": _NAMES,
}


def work(context: Context) -> dict[str, Any]:
    given = context.params
    seen = [
        *orphans.services(context.client("ecs"), given["cluster"], given["services"]),
        *orphans.schedules(context.client("scheduler"), given["app"], given["schedules"]),
    ]
    return {"changed": False, "resources": plain(belonging(seen, given["app"], given["owner"]))}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
