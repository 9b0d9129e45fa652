#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_node_info
short_description: What a machine has that shall be a node of a Kubernetes cluster, and what is left of an earlier one
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads one machine, and asks its programs for their versions. It changes nothing.
  - The filter P(slipway.containers.kubeadm_node_problems#filter) judges the results of all machines together. The role
    C(kubeadm_node) calls both.
options:
  host:
    description: What the machine is called in messages; its name in the inventory.
    type: str
    required: true
  version:
    description: The version of Kubernetes that is wanted, such as V(1.37.0). Left out, C(pause_image) is not asked for.
    type: str
    default: ""
  role:
    description: What the machine shall be. Its ports depend on it.
    type: str
    choices: [control_plane, worker]
    default: worker
  controller_time:
    description: The time of the controller, in seconds since 1970, when the task was made.
    type: float
  sysctls:
    description: Kernel settings that are wanted, with their values. What a container cannot set is in RV(left_alone).
    type: dict
    default: {}
  image_repository:
    description: The registry of kubeadm's images, where it is not kubeadm's own.
    type: str
  containerd_package:
    description: The package that brings containerd.
    type: str
    default: containerd
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
  - Runs as root, or who holds a port is not seen.
"""

EXAMPLES = r"""
- name: Look at the machine
  slipway.containers.kubeadm_node_info:
    host: "{{ inventory_hostname }}"
    version: 1.37.0
    controller_time: "{{ now().timestamp() }}"
  register: machine

- name: Say what keeps it from being a worker
  ansible.builtin.debug:
    msg: "{{ [machine] | slipway.containers.kubeadm_node_problems(now=now().timestamp()) }}"
"""

RETURN = r"""
host:
  description: The option.
  returned: always
  type: str
wanted:
  description: The options C(version) and C(role).
  returned: always
  type: dict
clock:
  description: C(epoch) is the machine's time, C(asked_at) the controller's before it.
  returned: always
  type: dict
  sample: {epoch: 1795319000.5, asked_at: 1795319000.1}
os:
  description: The system, by C(/etc/os-release).
  returned: always
  type: dict
  sample: {id: debian, version: "12", codename: bookworm, name: Debian GNU/Linux 12 (bookworm)}
architecture:
  description: As the kernel calls it.
  returned: always
  type: str
  sample: x86_64
kernel:
  description: Its release.
  returned: always
  type: str
container:
  description: Which kind of container the machine is; empty for a machine of its own.
  returned: always
  type: str
  sample: docker
hostname:
  description: The name that the machine has itself.
  returned: always
  type: str
machine_id:
  description: Of C(/etc/machine-id).
  returned: always
  type: str
address:
  description: The IPv4 address towards the default route; empty without one.
  returned: always
  type: str
cpus:
  description: Processors that may be used.
  returned: always
  type: int
memory_bytes:
  description: All memory.
  returned: always
  type: int
disks:
  description: The file systems of images, pods and data of etcd, each once, with what is free.
  returned: always
  type: list
  elements: dict
  sample: [{paths: [/var/lib/containerd, /var/lib/kubelet, /var/lib/etcd], free_bytes: 20000000000}]
cgroup_version:
  description: That of control groups, 1 or 2.
  returned: always
  type: int
modules:
  description: Whether the kernel modules C(overlay) and C(br_netfilter) are there, built in or loaded.
  returned: always
  type: dict
left_alone:
  description: What belongs to the machine beneath a container, in sentences.
  returned: always
  type: list
  elements: str
ports:
  description: Which of the ports of O(role) are in use, and by whom.
  returned: always
  type: list
  elements: dict
  sample: [{port: 10250, address: "::", holder: kubelet (pid 812)}]
state:
  description:
    - Which of kubeadm's files are there (C(kubelet_conf), C(bootstrap_conf), C(admin_conf), C(kubelet_config)), whether
      there is data of etcd (C(etcd_data)), the names of C(manifests) of static pods, the C(ca_hash) of the cluster's
      certificate, and whether the kubelet runs (C(kubelet_active)).
  returned: always
  type: dict
packages:
  description: Versions of the packages of Kubernetes and containerd that are installed.
  returned: always
  type: dict
  sample: {kubelet: 1.37.0-1.1}
held:
  description: Which of them apt leaves as they are.
  returned: always
  type: list
  elements: str
containerd:
  description:
    - The C(version) that is installed, and where there is none, the C(candidate) that apt would install. C(outdated) is
      true where containerd runs and its configuration was written after it had started.
  returned: always
  type: dict
  sample: {version: 2.3.1, candidate: "", outdated: false}
pause_image:
  description: The image of sandboxes that kubeadm names; empty while no kubeadm of O(version) is installed.
  returned: always
  type: str
  sample: registry.k8s.io/pause:3.10.2
repositories:
  description: The package repositories that the role has set up, each with its C(url) and its C(key).
  returned: always
  type: list
  elements: dict
hosts_files:
  description: The role's own files for registries below C(/etc/containerd/certs.d).
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.app_module import Context, run
from ..module_utils._io.kube.node import machine

ARGUMENTS: dict[str, Any] = {
    "host": {"type": "str", "required": True},
    "version": {"type": "str", "default": ""},
    "role": {"type": "str", "choices": ["control_plane", "worker"], "default": "worker"},
    "controller_time": {"type": "float"},
    "sysctls": {"type": "dict", "default": {}},
    "image_repository": {"type": "str"},
    "containerd_package": {"type": "str", "default": "containerd"},
}


def work(context: Context) -> dict[str, Any]:
    return {"changed": False, **machine(context.params)}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
