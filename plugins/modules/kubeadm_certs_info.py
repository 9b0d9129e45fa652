#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_certs_info
short_description: The certificates of a node of a kubeadm cluster, and for how many days they last
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads the certificates themselves, on control planes and on workers. Those of kubeadm, those inside kubeconfigs,
    and those of the kubelet, which C(kubeadm certs check-expiration) does not know of.
  - Needs neither an API server that answers nor any program on the node.
options:
  within_days:
    description: A certificate that lasts for less than so many days is in RV(expiring).
    type: int
    default: 30
  folder:
    description: kubeadm's folder.
    type: path
    default: /etc/kubernetes
  kubelet_folder:
    description: Where the kubelet keeps its own.
    type: path
    default: /var/lib/kubelet/pki
attributes:
  check_mode:
    description: Changes nothing in any mode.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
notes:
  - Runs as root. Keys are not read out; of a certificate, everything is public.
  - The days are counted by the node's clock.
"""

EXAMPLES = r"""
- name: The certificates of this node
  slipway.containers.kubeadm_certs_info:
    within_days: 60
  register: certs

- name: They last
  ansible.builtin.assert:
    that: not certs.expiring
    fail_msg: "{{ certs.expiring | join(', ') }} of {{ inventory_hostname }}, {{ certs.days_left }} days left"
"""

RETURN = r"""
certificates:
  description: Each certificate, the one that ends first at the beginning.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: As kubeadm calls it, such as C(apiserver), C(etcd-server), C(admin.conf); C(kubelet-client-current).
      type: str
    path:
      description: Its file.
      type: str
    subject:
      description: Whose it is.
      type: str
    organization:
      description: The groups that it is in.
      type: str
    issuer:
      description: The authority that signed it.
      type: str
    names:
      description: The DNS names and addresses that it is for.
      type: list
      elements: str
    authority:
      description: Whether it signs others.
      type: bool
    not_before:
      description: From when.
      type: str
    not_after:
      description: Until when.
      type: str
    days_left:
      description: Whole days until then. Below zero it is over.
      type: int
expiring:
  description: Names of those that last for less than O(within_days).
  returned: success
  type: list
  elements: str
days_left:
  description: Of the one that ends first and signs no others.
  returned: success
  type: int
unreadable:
  description: Files that hold no certificate that can be read, each with why.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.app_module import run
from ..module_utils._io.kube.certificate_files import work

ARGUMENTS: dict[str, Any] = {
    "within_days": {"type": "int", "default": 30},
    "folder": {"type": "path", "default": "/etc/kubernetes"},
    "kubelet_folder": {"type": "path", "default": "/var/lib/kubelet/pki"},
}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
