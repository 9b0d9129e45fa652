# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ecs_app_options
short_description: What an app's plan means on a platform, as options of modules
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Takes the plan of an app and the platform that it is to run on. Gives for each part of it the options of
    M(slipway.containers.ecs_service), M(slipway.containers.ecs_scaling), M(slipway.containers.ecs_run_task) and
    M(slipway.containers.ecs_schedule). Calls nothing.
  - Task definition, cluster, tags and waiting are left to the task that uses them.
positional: _input
options:
  _input:
    description: The plan, as P(slipway.containers.ecs_app_plan#filter) gives it.
    type: dict
    required: true
  platform:
    description:
      - The platform, as the role C(ecs_platform) tells it in C(ecs_platform_result). Used are C(cluster),
        C(task_subnets), C(assign_public_ip), C(security_groups), C(load_balancer), C(target_groups), C(roles),
        C(namespace) and C(capacity_provider_strategy).
    type: dict
    required: true
seealso:
  - plugin: slipway.containers.ecs_app_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Say how the services of the shop would be made
  ansible.builtin.debug:
    msg: "{{ plan | slipway.containers.ecs_app_options(platform) }}"
  vars:
    plan: "{{ {'project_directory': playbook_dir ~ '/shop'} | slipway.containers.ecs_app_plan(region='eu-central-1') }}"
    platform:
      cluster: shop
      task_subnets: [subnet-0123456789abcdef0]
      security_groups:
        tasks: sg-0123456789abcdef0
      target_groups:
        web: arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/shop-web/0123456789abcdef
"""

RETURN = r"""
_value:
  description: The options.
  type: dict
  contains:
    steps:
      description:
        - Services and migrations in the order in which to act, each with C(kind), C(name), C(family) and C(options).
        - A service also has C(scaling).
      type: list
      elements: dict
    schedules:
      description: The schedules, each with C(name), C(family) and C(options).
      type: list
      elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.ecs.app_options import PlatformError, options


def ecs_app_options(plan: Any, platform: Any) -> dict[str, Any]:
    """The options of all parts of the plan."""
    if not isinstance(plan, Mapping) or "order" not in plan:
        raise AnsibleFilterError("ecs_app_options: found no plan, expected the result of ecs_app_plan")
    if not isinstance(platform, Mapping):
        raise AnsibleFilterError(f"ecs_app_options: platform is {type(platform).__name__}, expected a dictionary")
    try:
        return dict(options(plan, platform))
    except PlatformError as problem:
        raise AnsibleFilterError(f"ecs_app_options: platform.{problem}") from None


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"ecs_app_options": ecs_app_options}
