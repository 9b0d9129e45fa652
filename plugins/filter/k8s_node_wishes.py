# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: k8s_node_wishes
short_description: The labels and taints that the nodes of hosts carry by their groups
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Merges what groups give to the nodes of their hosts, in the order in which the groups are written, a later one over
    an earlier one, and what a host has of its own over that. A taint is replaced by one with the same key and effect.
  - The result is O(slipway.containers.k8s_node_meta#module:nodes). All that is wrong with any host is said at once.
positional: _input
options:
  _input:
    description:
      - The variables of each host, as C(hostvars) has them. Of these, C(inventory_hostname), C(group_names),
        C(kubeadm_cluster_node_name), C(kubeadm_cluster_node_labels) and C(kubeadm_cluster_node_taints) are read.
    type: list
    elements: dict
    required: true
  groups:
    description: Of each group, C(labels) and C(taints) as O(slipway.containers.k8s_node_meta#module:nodes) has them.
    type: dict
    default: {}
seealso:
  - module: slipway.containers.k8s_node_meta
"""

EXAMPLES = r"""
- name: What the nodes of this play carry
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts | map('extract', hostvars) | slipway.containers.k8s_node_wishes(groups=by_group) }}"
  vars:
    by_group:
      databases:
        labels:
          role: database
        taints:
          - key: role
            value: database
            effect: NoSchedule
"""

RETURN = r"""
_value:
  description: Each host's C(name), C(labels) and C(taints).
  type: list
  elements: dict
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def k8s_node_wishes(hosts: Iterable[Mapping[str, Any]], groups: Any = None) -> list[dict[str, Any]]:
    """What the nodes are given, or everything that is wrong with it."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.findings import report
    from ..module_utils._core.kube.node_groups import Host, carried

    wishes, findings = carried([Host.of(host) for host in hosts], {} if groups is None else groups)
    if findings:
        raise AnsibleFilterError(report(findings, "labels and taints of nodes"))
    return wishes


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"k8s_node_wishes": k8s_node_wishes}
