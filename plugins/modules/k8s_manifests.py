#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_manifests
short_description: Objects of a cluster as their manifests say, without a Python client
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Applies manifests by server-side apply, from a control plane. What others have set beside them stays.
  - The API server is asked first what would come of it. Where nothing would, nothing is sent.
  - It removes nothing, and waits for nothing. An app with releases is the business of M(slipway.containers.k8s_app);
    this is for what a cluster itself is made of, such as its network.
options:
  manifests:
    description: The objects.
    type: list
    elements: dict
    required: true
  kubeconfig:
    description: With what the API server is asked.
    type: path
    default: /etc/kubernetes/admin.conf
attributes:
  check_mode:
    description: The API server says what would change, without keeping it. Where there is none yet, that is all of it.
    support: full
  diff_mode:
    description: Shows each object that would be another one. Values of Secrets are masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: slipway.containers.k8s_app
"""

EXAMPLES = r"""
- name: A class for what must not be evicted
  slipway.containers.k8s_manifests:
    manifests:
      - apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata: {name: shop-data}
        value: 1000000
        description: Data of the shop
"""

RETURN = r"""
objects:
  description: The objects that changed, or would, such as C(DaemonSet calico-node in kube-system).
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

from ..module_utils._io.app_module import Context, run
from ..module_utils._io.kube.kubectl import ADMIN_CONF, Kubectl
from ..module_utils._io.kube.manifests import all_new, changed_objects

ARGUMENTS: dict[str, Any] = {
    "manifests": {"type": "list", "elements": "dict", "required": True},
    "kubeconfig": {"type": "path", "default": ADMIN_CONF},
}


def work(context: Context) -> dict[str, Any]:
    progress: list[str] = []
    kubectl = Kubectl(context.params["kubeconfig"], seconds=120, say=progress.append)
    bare = context.check_mode and not Path(kubectl.kubeconfig).exists()
    found = all_new(context.params["manifests"]) if bare else changed_objects(kubectl, context.params["manifests"])
    if found and not context.check_mode:
        kubectl.apply(context.params["manifests"])
    return {
        "changed": bool(found),
        "objects": [change.name for change in found],
        "progress": progress,
        "diff": [change.diff() for change in found],
    }


def main() -> None:
    run(work, hidden=("manifests",), argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
