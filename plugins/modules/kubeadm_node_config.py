#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_node_config
short_description: Bring one node of a kubeadm cluster to the cluster's documents, and wait until it is up again
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - On a control plane, kubeadm writes the manifests of its static pods anew, in a mount namespace of its own, where
    nothing of the node changes. They are compared with those that run. This is the same in check mode, so that its
    diff is the truth.
  - Each manifest that differs is put in its place, one after the other (C(etcd), C(kube-apiserver),
    C(kube-controller-manager), C(kube-scheduler)). Each is waited for, until the kubelet has made the pod of the new
    manifest and it is ready.
  - Where one does not come up, all that was changed on this node is put back and waited for, and the message has what
    the program said last.
  - A program is also started anew where a file that it reads was written after its start, such as an audit policy or a
    certificate.
  - On every node, the kubelet's settings get what is wanted, and the kubelet is restarted and waited for. What else
    stands in its settings stays.
options:
  init_configuration:
    description: kubeadm's document C(InitConfiguration) for this node, with its name and its address.
    type: dict
    required: true
  documents:
    description: The cluster's documents by kind, as M(slipway.containers.kubeadm_config_diff) returns them.
    type: dict
    required: true
  kubelet_wanted:
    description: What is wanted of the kubelet, as M(slipway.containers.kubeadm_config_diff) returns it.
    type: dict
    default: {}
  kubelet_former:
    description: What was wanted of it in the last run.
    type: dict
    default: {}
  files:
    description: Files of a control plane. Workers have none.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where it is, an absolute path.
        type: path
        required: true
      content:
        description: What is in it.
        type: str
        required: true
      secret:
        description: Whether a diff shows nothing of it. So it is for an C(EncryptionConfiguration) in any case.
        type: bool
        default: false
  former_files:
    description: Paths of the files of the last run. Those that are not in O(files) any more are removed.
    type: list
    elements: str
    default: []
  apply:
    description: Whether the node is changed. Without it, RV(differs) says whether it would be.
    type: bool
    default: true
  timeout:
    description: How long to wait for each program, in seconds.
    type: int
    default: 300
requirements:
  - kubeadm of the cluster's version and kubectl on the target
  - C(unshare) and C(mount) of util-linux on a control plane
attributes:
  check_mode:
    description: Shows what O(apply) would change.
    support: full
  diff_mode:
    description: Shows files, manifests and the kubelet's settings. What looks like a secret is masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
notes:
  - Runs as root. Call it for one node after the other; the role C(kubeadm_cluster) does so, and stops where one fails.
  - A manifest that was changed by hand is what kubeadm writes again afterwards, as it would be after an upgrade.
  - No pod is moved away for it. Those of the node run on while the kubelet restarts.
seealso:
  - module: slipway.containers.kubeadm_config_diff
"""

EXAMPLES = r"""
- name: What is wanted of the cluster
  slipway.containers.kubeadm_config_diff:
    documents:
      - apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        maxPods: 80
  register: found

- name: This node
  slipway.containers.kubeadm_node_config:
    init_configuration:
      apiVersion: kubeadm.k8s.io/v1beta4
      kind: InitConfiguration
      localAPIEndpoint:
        advertiseAddress: 10.0.1.10
      nodeRegistration:
        name: cp1
        criSocket: unix:///run/containerd/containerd.sock
    documents: "{{ found.documents }}"
    kubelet_wanted: "{{ found.kubelet.wanted }}"
    kubelet_former: "{{ found.kubelet.former }}"
"""

RETURN = r"""
differs:
  description: Whether the node was other than the documents say.
  returned: success
  type: bool
components:
  description: The programs that were started anew, or would be, in order.
  returned: success
  type: list
  elements: str
steps:
  description: What was done, or would be, in order and in words.
  returned: always
  type: list
  elements: str
init_configuration:
  description: The option of that name.
  returned: success
  type: dict
rolled_back:
  description: Whether what was there before is put back, and runs.
  returned: on failure
  type: bool
progress:
  description: What was done and waited for, in order.
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.app_module import run
from ..module_utils._io.kube.node_config import work

ARGUMENTS: dict[str, Any] = {
    "init_configuration": {"type": "dict", "required": True},
    "documents": {"type": "dict", "required": True},
    "kubelet_wanted": {"type": "dict", "default": {}},
    "kubelet_former": {"type": "dict", "default": {}},
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "path": {"type": "path", "required": True},
            "content": {"type": "str", "required": True},
            "secret": {"type": "bool", "default": False},
        },
    },
    "former_files": {"type": "list", "elements": "str", "default": []},
    "apply": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 300},
}


def main() -> None:
    run(work, hidden=("files",), argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
