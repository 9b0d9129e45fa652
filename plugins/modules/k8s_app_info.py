#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_app_info
short_description: Whether this host reaches a cluster, and which release of an app is good there
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Asks the API server for its version, and for the releases of an app that M(slipway.containers.k8s_app) keeps.
  - Where it does not answer, the result says so. The role C(kube_app) asks all control planes, and talks to the first
    that answers.
options:
  name:
    description: The app. Without it only the version is asked for.
    type: str
  namespace:
    description: The namespace of the app. The default is its name.
    type: str
  kubeconfig:
    description: How the cluster is reached.
    type: path
    default: /etc/kubernetes/admin.conf
  patience:
    description: For how many seconds an API server that does not answer is asked again.
    type: int
    default: 20
requirements:
  - kubectl on the host, 1.20 or newer
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
seealso:
  - module: slipway.containers.k8s_app
"""

EXAMPLES = r"""
- name: See which release of the page is good
  slipway.containers.k8s_app_info:
    name: page
  register: seen
"""

RETURN = r"""
answers:
  description: Whether the API server answered.
  returned: always
  type: bool
why:
  description: Why it did not.
  returned: always
  type: str
server:
  description: Its address.
  returned: always
  type: str
minor:
  description: Its version, without the patch.
  returned: always
  type: str
  sample: "1.37"
release:
  description: The id of the app's good release.
  returned: always
  type: str
"""

from typing import Any

from ..module_utils._io.app_module import run
from ..module_utils._io.kube.app.info import work

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str"},
    "namespace": {"type": "str"},
    "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
    "patience": {"type": "int", "default": 20},
}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
