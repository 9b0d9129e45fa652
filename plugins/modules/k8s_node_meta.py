#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_node_meta
short_description: Give nodes of a Kubernetes cluster their labels, taints and annotations, removals included
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Brings labels, taints and annotations of all given nodes to what is wanted, in one run. Nodes that are not given are
    not touched.
  - What is given is owned, and the annotation C(slipway.containers/managed) of the node remembers it. What is owned and
    no longer given is removed. What others put there stays, such as the labels of the kubelet and those made by hand.
  - A node is changed only where it is still as it was read, so that nothing of what others write meanwhile is lost.
options:
  nodes:
    description: The nodes, and all that each of them has to carry.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the node.
        type: str
        required: true
      labels:
        description:
          - Labels by key. V(true) and V(8) become texts.
          - A label whose value is V(null) is removed, whoever put it there.
        type: dict
      taints:
        description:
          - Taints, each with C(key), C(effect), which is one of V(NoSchedule), V(PreferNoSchedule) and V(NoExecute),
            and, if it has one, C(value). Key and effect together say which taint it is.
          - A taint with C(state=absent) is removed, whoever put it there, such as kubeadm's on a control plane.
        type: list
        elements: dict
      annotations:
        description: Annotations by key, as O(nodes[].labels).
        type: dict
  kubeconfig:
    description: The kubeconfig file on the target.
    type: path
    default: /etc/kubernetes/admin.conf
requirements:
  - kubectl on the target
attributes:
  check_mode:
    description: A node that does not exist is taken as one that carries nothing, and is listed in RV(missing).
    support: full
  diff_mode:
    description: Shows, for each node, what changes.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
notes:
  - A taint with the effect V(NoExecute) ends the pods on the node that do not tolerate it.
"""

EXAMPLES = r"""
- name: The database has a node of its own
  slipway.containers.k8s_node_meta:
    nodes:
      - name: db-1
        labels:
          role: database
          disk: ssd
        taints:
          - key: role
            value: database
            effect: NoSchedule
      - name: web-1
        labels:
          role: web

- name: What was given to the web node before is removed, the database's node stays as it is
  slipway.containers.k8s_node_meta:
    nodes:
      - name: web-1

- name: Let pods run on the control plane
  slipway.containers.k8s_node_meta:
    nodes:
      - name: control-1
        taints:
          - key: node-role.kubernetes.io/control-plane
            effect: NoSchedule
            state: absent
"""

RETURN = r"""
nodes:
  description: Each node that was given.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The node.
      type: str
    changed:
      description: Whether anything of it was other than wanted.
      type: bool
    before:
      description: Of what changed, C(labels), C(taints) and C(annotations) as they were.
      type: dict
    after:
      description: The same as it is now.
      type: dict
missing:
  description: Nodes that do not exist. Outside of check mode the run fails, before anything is changed.
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.app_module import run
from ..module_utils._io.kube.kubectl import ADMIN_CONF
from ..module_utils._io.kube.node_meta import work

_NODE: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "labels": {"type": "dict"},
    "taints": {"type": "list", "elements": "dict"},
    "annotations": {"type": "dict"},
}
ARGUMENTS: dict[str, Any] = {
    "nodes": {"type": "list", "elements": "dict", "required": True, "options": _NODE},
    "kubeconfig": {"type": "path", "default": ADMIN_CONF},
}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
