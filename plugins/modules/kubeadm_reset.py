#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_reset
short_description: Take from a host what a kubeadm cluster has put there, so that it can be a node again
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Runs C(kubeadm reset), and removes what that leaves - the network's configuration, interfaces and namespaces, the
    rules of kube-proxy and of the network in iptables and nftables, and folders.
  - Rules, interfaces and networks of others stay. Packages, images and containerd's configuration stay, too.
  - It works on this host alone, and also where the cluster is gone. A node that its cluster shall go on without is
    taken out of it before, with M(slipway.containers.kubeadm_removal).
  - B(What the host holds of the cluster is lost), the data of etcd included. Volumes of pods are unmounted before
    anything below them is removed; where one is in use, nothing is removed.
options:
  endpoint:
    description:
      - The cluster's API server as C(name:port). A host whose kubelet belongs to another cluster is left alone, and the
        run fails. Without it, any cluster's is removed.
    type: str
  cri_socket:
    description: The socket of containerd.
    type: str
    default: unix:///run/containerd/containerd.sock
  files:
    description: More files and folders that belong to the cluster. Of a folder, the contents go.
    type: list
    elements: path
    default: []
requirements:
  - systemd and containerd on the target
attributes:
  check_mode:
    description: Shows what would go. Volumes that are in use are not foreseen.
    support: full
  diff_mode:
    description: Lists what would go.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: slipway.containers.kubeadm_removal
"""

EXAMPLES = r"""
- name: Make the host bare again
  slipway.containers.kubeadm_reset:
    endpoint: api.shop.internal:6443
"""

RETURN = r"""
removed:
  description: What was removed, or would be.
  returned: always
  type: list
  elements: str
  sample: ["the kubelet, which is running", "7 containers of pods", "/etc/kubernetes/pki", "interface cni0"]
left:
  description: What could not be removed.
  returned: on failure
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.app_module import run
from ..module_utils._io.kube.reset import work

ARGUMENTS: dict[str, Any] = {
    "endpoint": {"type": "str"},
    "cri_socket": {"type": "str", "default": "unix:///run/containerd/containerd.sock"},
    "files": {"type": "list", "elements": "path", "default": []},
}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
