# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ecs_platform_plan
short_description: Say what the role ecs_platform would make for an app on Amazon ECS
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Gives names, subnets, routes, security rules, target groups, listeners, roles and capacity, as the role
    C(ecs_platform) makes them, and scenarios for M(slipway.containers.cost_check).
  - It asks nobody, so it works before anything is there. All that is wrong with the options is told at once.
positional: _input
options:
  _input:
    description: The variables of the role without their prefix, such as C(app) and C(network_profile).
    type: dict
    required: true
  known:
    description:
      - What AWS has said, and what the roles are allowed, namely C(region), C(account), C(dns_name), C(target_groups)
        (ARNs by key), C(policies) (by role), C(policies_there) (those that AWS has), C(group) (the Auto Scaling group),
        C(group_subnets) (its subnets' ids), C(zones) (their names) and C(networks) (those of the app's name).
      - What is not known yet is left empty in the result. What is not the app's own, or cannot be changed, is an error.
    type: dict
    default: {}
seealso:
  - module: slipway.containers.cost_check
"""

EXAMPLES = r"""
- name: Say what each network profile would cost the shop
  slipway.containers.cost_check:
    region: eu-central-1
    scenarios: "{{ plan.scenarios }}"
  vars:
    plan: "{{ {'app': 'shop', 'targets': [{'key': 'web', 'port': 8080}]} | slipway.containers.ecs_platform_plan }}"
"""

RETURN = r"""
_value:
  description: What there has to be.
  type: dict
  contains:
    tags:
      description: The tags of all that is made.
      type: dict
    names:
      description: What single resources are called.
      type: dict
    subnets:
      description: The subnets, each with C(name), C(kind), C(zone) from 0, C(cidr) and C(map_public).
      type: list
      elements: dict
    route_tables:
      description: The route tables, each with the CIDRs of its C(subnets) and the number of its NAT gateway.
      type: list
      elements: dict
    gateways:
      description: The CIDRs of subnets with a NAT gateway.
      type: list
      elements: str
    endpoints:
      description: The endpoints of AWS's services, each with C(name), C(type), C(service) and C(route_table).
      type: list
      elements: dict
    task_subnets:
      description: Whether tasks run in V(public) or V(private) subnets.
      type: str
    assign_public_ip:
      description: Whether tasks get a public address, V(ENABLED) or V(DISABLED).
      type: str
    rules:
      description: Who may reach the load balancer (C(alb)), and which ports it may reach (C(tasks)).
      type: dict
    target_groups:
      description: The target groups.
      type: list
      elements: dict
    listeners:
      description: The listeners of the load balancer, in the API's shape.
      type: list
      elements: dict
    url:
      description: Where the first target is reached.
      type: str
    roles:
      description:
        - The roles, each with C(key), C(name), C(arn), C(trust), C(policy), and C(policy_differs) if AWS has another.
      type: list
      elements: dict
    capacity_providers:
      description: The capacity providers of the cluster.
      type: list
      elements: str
    capacity_provider_strategy:
      description: How tasks are spread over them.
      type: list
      elements: dict
    instance_profile:
      description: The ARN of the instance profile.
      type: str
    machines:
      description: With the launch type EC2, what instances there are.
      type: dict
    scenarios:
      description: What each network profile takes, for M(slipway.containers.cost_check), the chosen one first.
      type: list
      elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def ecs_platform_plan(options: Any, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What there has to be, from the variables of the role."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.ecs.platforms import plan, wanted

    if not isinstance(options, Mapping):
        raise AnsibleFilterError(f"ecs_platform_plan: found {type(options).__name__}, expected a dictionary")
    try:
        return plan.plan(wanted.read(options), known or {})
    except ValueError as error:
        raise AnsibleFilterError(f"ecs_platform_plan: {error}") from None


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"ecs_platform_plan": ecs_platform_plan}
