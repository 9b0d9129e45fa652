#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_config_diff
short_description: Compare the documents of a running kubeadm cluster with those that are wanted, and keep the new ones
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads what the cluster keeps of itself in C(kube-system) (C(kubeadm-config), the kubelets' settings,
    C(kube-proxy)), and merges what is wanted into it. What is wanted is set; what was wanted in the last run and is
    not any more is taken out; all else stays, whoever put it there.
  - What was wanted last is in the ConfigMap C(kube-system/slipway-cluster). Where there is none, nothing is taken out.
  - Says which programs that concerns, and refuses what a running cluster cannot change, all of it in one message.
  - With O(upload) the new documents are kept. That is the last step of a change, after
    M(slipway.containers.kubeadm_node_config) brought each node to them, so that a run that was interrupted is gone on
    with.
options:
  documents:
    description:
      - The wanted documents, each with C(apiVersion) and C(kind). C(ClusterConfiguration), C(KubeletConfiguration)
        and C(KubeProxyConfiguration) are compared, C(InitConfiguration) is passed over. Keys that are left out are
        not touched.
    type: list
    elements: dict
    required: true
  files:
    description: Paths of the files that belong to the documents, such as an audit policy. They are recorded.
    type: list
    elements: str
    default: []
  upload:
    description:
      - Keeps the documents in the cluster, restarts the proxies where their settings changed, and records what was
        wanted.
      - Without it, nothing is changed in any mode.
    type: bool
    default: false
  kubeconfig:
    description: Whose rights are used, and which API server is asked.
    type: path
    default: /etc/kubernetes/admin.conf
  patience:
    description: For how long calls are repeated while the API server does not answer, in seconds.
    type: int
    default: 60
  timeout:
    description: How long to wait for the proxies, in seconds. Those that do not come up get their former settings back.
    type: int
    default: 300
requirements:
  - kubectl on the target
attributes:
  check_mode:
    description: Shows what O(upload) would change.
    support: full
  diff_mode:
    description: Shows the documents as YAML. What looks like a secret is masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
notes:
  - The nodes are not touched. The role C(kubeadm_cluster) does all of it, one node after the other.
seealso:
  - module: slipway.containers.kubeadm_node_config
"""

EXAMPLES = r"""
- name: What would another setting of the API server change
  slipway.containers.kubeadm_config_diff:
    documents:
      - apiVersion: kubeadm.k8s.io/v1beta4
        kind: ClusterConfiguration
        apiServer:
          extraArgs:
            - name: profiling
              value: "false"
  register: found

- name: In words
  ansible.builtin.debug:
    msg: "{{ found.changes | map(attribute='path') | join(', ') }}: {{ found.components | join(', ') }}"
"""

RETURN = r"""
differs:
  description: Whether the cluster's documents differ from the wanted ones, or the last run is not recorded.
  returned: success
  type: bool
documents:
  description: The cluster's documents as they shall be, by kind.
  returned: success
  type: dict
changes:
  description: Each place that differs.
  returned: success
  type: list
  elements: dict
  contains:
    document:
      description: The kind of the document.
      type: str
    path:
      description: Where in it.
      type: str
    before:
      description: What the cluster has.
      type: raw
    after:
      description: What is wanted.
      type: raw
components:
  description: The programs that have to start anew for it, in the order in which they do.
  returned: success
  type: list
  elements: str
kubelet:
  description: What is C(wanted) of the kubelets, and what was wanted in the last run (C(former)).
  returned: success
  type: dict
former_files:
  description: The files of the last run.
  returned: success
  type: list
  elements: str
findings:
  description: What cannot be changed, each with rule, severity, path, message and hint.
  returned: on failure
  type: list
  elements: dict
progress:
  description: What was done and waited for, in order.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.app_module import run
from ..module_utils._io.kube.config_diff import work

ARGUMENTS: dict[str, Any] = {
    "documents": {"type": "list", "elements": "dict", "required": True},
    "files": {"type": "list", "elements": "str", "default": []},
    "upload": {"type": "bool", "default": False},
    "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
    "patience": {"type": "int", "default": 60},
    "timeout": {"type": "int", "default": 300},
}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
