#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_member
short_description: Make this machine a member of a kubeadm cluster
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Runs C(kubeadm init) with O(documents), or C(kubeadm join) with O(token).
  - What kubeadm reads stands in a file for root alone on a file system in memory, C(/run/slipway), which is removed
    when kubeadm has ended. No secret stands in an argument of a program, in a result or in a log.
  - Where an earlier run was interrupted, the machine is made bare again first, and an C(init) that had begun with
    etcd is taken up where it ended.
  - Whether the machine is a member already is decided by P(slipway.containers.kubeadm_plan#filter), which knows what
    the cluster says. Here only its own files are looked at - with C(/etc/kubernetes/kubelet.conf) and no traces of
    an interruption, nothing joins.
options:
  name:
    description: The name of the node.
    type: str
    required: true
  address:
    description: Its address.
    type: str
    required: true
  version:
    description: The version of Kubernetes, such as V(1.37.0). kubeadm's documents depend on its minor.
    type: str
    required: true
  cri_socket:
    description: The socket of containerd.
    type: str
    default: unix:///run/containerd/containerd.sock
  kubelet_args:
    description: Arguments of the kubelet, without their dashes.
    type: dict
    default: {}
  files:
    description: Files that a control plane needs before it starts.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where it is.
        type: path
        required: true
      content:
        description: What is in it.
        type: str
        required: true
  documents:
    description: For an C(init), kubeadm's documents, InitConfiguration first.
      P(slipway.containers.kubeadm_documents#filter) makes them.
    type: list
    elements: dict
    default: []
  endpoint:
    description: For a join, the name and the port of the API server.
    type: str
    default: ""
  ca_hash:
    description: For a join, the hash of the cluster's CA, as M(slipway.containers.kubeadm_cluster_info) returns it.
    type: str
    default: ""
  token:
    description: For a join, the token that M(slipway.containers.kubeadm_token) made.
    type: str
    default: ""
  certificate_key:
    description: For a join as a control plane, the key of the certificates.
    type: str
    default: ""
  timeout:
    description: How many seconds kubeadm may look for the cluster, and wait for the kubelet.
    type: int
    default: 300
attributes:
  check_mode:
    description: Says whether the machine would become a member, and does nothing.
    support: full
  diff_mode:
    description: What becomes of the machine is one word.
    support: full
  idempotent:
    description: A machine that is a member stays as it is.
    support: full
seealso:
  - module: slipway.containers.kubeadm_token
  - module: slipway.containers.kubeadm_cluster_info
"""

EXAMPLES = r"""
- name: Let this machine join
  slipway.containers.kubeadm_member:
    name: "{{ inventory_hostname }}"
    address: "{{ ansible_facts.default_ipv4.address }}"
    version: 1.37.0
    endpoint: api.shop.internal:6443
    ca_hash: "{{ asked.cluster.ca_hash }}"
    token: "{{ admission.token }}"
"""

RETURN = r"""
progress:
  description: What kubeadm did and what was waited for, in order.
  returned: always
  type: list
  elements: str
log_tail:
  description: The last lines of kubeadm, without secrets.
  returned: on failure
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._core.kube.documents import Admission, NodeWish
from ..module_utils._core.kube.versions import VersionError, minor_of
from ..module_utils._io.app_module import AppError, Context, run
from ..module_utils._io.kube.member import Task, become

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "address": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "cri_socket": {"type": "str", "default": "unix:///run/containerd/containerd.sock"},
    "kubelet_args": {"type": "dict", "default": {}},
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"path": {"type": "path", "required": True}, "content": {"type": "str", "required": True}},
    },
    "documents": {"type": "list", "elements": "dict", "default": []},
    "endpoint": {"type": "str", "default": ""},
    "ca_hash": {"type": "str", "default": ""},
    "token": {"type": "str", "default": "", "no_log": True},
    "certificate_key": {"type": "str", "default": "", "no_log": True},
    "timeout": {"type": "int", "default": 300},
}


def work(context: Context) -> dict[str, Any]:
    params = context.params
    task = _task(params)
    if not context.check_mode and not task.documents and not params["token"]:
        raise AppError("found neither documents nor a token, expected one of them: init or join")
    try:
        changed = become(task, context.check_mode)
    except AppError as error:
        raise AppError(str(error), **{"changed": True, "progress": task.progress, **error.facts}) from error
    diff = {"before": "no member\n" if changed else "", "after": f"{task.verb}\n" if changed else ""}
    return {"changed": changed, "progress": task.progress, "diff": diff}


def _task(params: dict[str, Any]) -> Task:
    try:
        minor = minor_of(params["version"])
    except VersionError as error:
        raise AppError(f"version: {error}") from error
    admission = Admission(params["endpoint"], params["token"], params["ca_hash"], params["certificate_key"])
    return Task(
        node=NodeWish(params["name"], params["address"], params["cri_socket"], params["kubelet_args"]),
        minor=minor,
        seconds=params["timeout"],
        documents=tuple(params["documents"]),
        admission=None if params["documents"] else admission,
        files=tuple(params["files"]),
    )


def main() -> None:
    run(work, hidden=("token", "certificate_key", "files"), argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
