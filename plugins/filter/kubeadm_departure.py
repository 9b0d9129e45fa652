# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kubeadm_departure
short_description: Which hosts leave a kubeadm cluster, and who speaks for those that stay
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Draws from what all hosts said who leaves, who can be reached, and which control plane does what has to be done in
    the cluster. Calls nothing.
positional: _input
options:
  _input:
    description:
      - The variables of each host of the cluster, as C(hostvars) has them. Of these, C(inventory_hostname),
        C(__kubeadm_cluster_seen), which is a result of M(slipway.containers.kubeadm_cluster_info),
        C(kubeadm_cluster_node_name), C(kubeadm_cluster_node_address) and C(kubeadm_cluster_drain) are read.
    type: list
    elements: dict
    required: true
  leaving:
    description: The hosts that leave, or nodes that the inventory has no longer.
    type: list
    elements: str
    required: true
  control_planes:
    description: The hosts that are control planes.
    type: list
    elements: str
    required: true
  drain:
    description: The policy of M(slipway.containers.k8s_drain) for hosts that have none.
    type: str
    default: refuse
seealso:
  - module: slipway.containers.kubeadm_removal
"""

EXAMPLES = r"""
- name: Say who would leave
  ansible.builtin.debug:
    msg: "{{ hosts | slipway.containers.kubeadm_departure(leaving=['web-2'], control_planes=['control-1']) }}"
  vars:
    hosts:
      - inventory_hostname: control-1
      - inventory_hostname: web-2
"""

RETURN = r"""
_value:
  description: Who leaves, with hosts by their names in the inventory.
  type: dict
  contains:
    problems:
      description: What stands against it, a sentence each.
      type: list
      elements: str
    speaker:
      description: The control plane that stays and to talk to.
      type: str
    leaving:
      description: The nodes that leave, as O(slipway.containers.kubeadm_removal#module:nodes) has them.
      type: list
      elements: dict
    drains:
      description: The same, as O(slipway.containers.k8s_drain#module:nodes) has them.
      type: list
      elements: dict
    bare:
      description: Hosts that leave and can be reset.
      type: list
      elements: str
    members:
      description: Hosts that stay and were reached.
      type: list
      elements: str
    endpoint_addresses:
      description: The addresses of the control planes that stay.
      type: list
      elements: str
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def kubeadm_departure(
    hosts: Iterable[Mapping[str, Any]], leaving: Sequence[str], control_planes: Sequence[str], drain: str = "refuse"
) -> dict[str, Any]:
    """Who leaves, and what stands against it."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.kube.departure import Host, departure

    if isinstance(leaving, str) or not isinstance(leaving, Sequence):
        raise AnsibleFilterError(f"kubeadm_departure: leaving is {type(leaving).__name__}, expected a list")
    names = [str(name).strip() for name in leaving if str(name).strip()]
    return departure([Host.of(variables) for variables in hosts], names, list(control_planes), drain).as_dict()


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"kubeadm_departure": kubeadm_departure}
