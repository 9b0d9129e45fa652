#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_bridge
short_description: The simplest network of pods on a node - a bridge, and routes to the other nodes
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Writes the configuration of the CNI plugins C(bridge), C(host-local) and C(portmap), which the package
    C(kubernetes-cni) has, and a unit of systemd that sets a route to the pods of every other node.
  - The addresses are those that the cluster has given to each node. A node asks with its own kubelet's kubeconfig.
  - It enforces no NetworkPolicy, and needs nodes on one link. On a cloud's network, which drops packets with
    addresses that it does not know, it needs the check of source and destination turned off.
  - Pods reach what is on other nodes under the address of their own node.
options:
  name:
    description: The name of this node.
    type: str
    required: true
  others:
    description: Nodes that have to have addresses for their pods before routes are set.
    type: list
    elements: str
    default: []
  mtu:
    description: The MTU of pods' interfaces. V(0) is the one of the host.
    type: int
    default: 0
  kubeconfig:
    description: With what the API server is asked.
    type: path
    default: /etc/kubernetes/kubelet.conf
  timeout:
    description: How many seconds the controller manager may take to give addresses.
    type: int
    default: 120
attributes:
  check_mode:
    description: Says what would change. Where this machine is no member yet, that is all of it.
    support: full
  diff_mode:
    description: Shows the files and the routes.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Connect the pods of this node with those of the others
  slipway.containers.kubeadm_bridge:
    name: "{{ inventory_hostname }}"
"""

RETURN = r"""
pod_cidr:
  description: The addresses of this node's pods; empty where the machine is no member yet.
  returned: always
  type: str
routes:
  description: The routes to the pods of other nodes.
  returned: always
  type: list
  elements: str
progress:
  description: What was waited for.
  returned: always
  type: list
  elements: str
"""

from pathlib import Path
from typing import Any

from ..module_utils._core.kube.bridge import CONFIG, Route
from ..module_utils._core.kube.bridge import routes as routes_of
from ..module_utils._io.app_module import Context, run
from ..module_utils._io.kube.bridge import bring, missing_routes, nodes, wanted_files
from ..module_utils._io.kube.kubectl import Kubectl

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "others": {"type": "list", "elements": "str", "default": []},
    "mtu": {"type": "int", "default": 0},
    "kubeconfig": {"type": "path", "default": "/etc/kubernetes/kubelet.conf"},
    "timeout": {"type": "int", "default": 120},
}


def work(context: Context) -> dict[str, Any]:
    params = context.params
    progress: list[str] = []
    if context.check_mode and not Path(params["kubeconfig"]).exists():
        diff = {"before": "", "after": f"{CONFIG}, with addresses that the cluster gives\n"}
        return {"changed": True, "pod_cidr": "", "routes": [], "progress": progress, "diff": diff}
    kubectl = Kubectl(params["kubeconfig"], say=progress.append)
    others = [] if context.check_mode else params["others"]
    found = nodes(kubectl, params["name"], others, params["timeout"], progress.append)
    own = next(node["pod_cidr"] for node in found if node["name"] == params["name"])
    wanted = routes_of(found, params["name"])
    changed, missing = wanted_files(own, wanted, params["mtu"]), missing_routes(wanted)
    if (changed or missing) and not context.check_mode:
        bring(changed, missing)
    diffs = [change.diff() for change in changed]
    return {
        "changed": bool(diffs or missing),
        "pod_cidr": own,
        "routes": [_line(route) for route in wanted],
        "progress": progress,
        "diff": [*diffs, *({"before": "", "after": f"{_line(route)}\n"} for route in missing)],
    }


def _line(route: Route) -> str:
    return f"{route.pod_cidr} via {route.via}"


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
