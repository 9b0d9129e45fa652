# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kubeadm_documents
short_description: kubeadm's documents for a cluster, as its version of Kubernetes reads them
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Writes C(InitConfiguration), C(ClusterConfiguration), C(KubeletConfiguration) and C(KubeProxyConfiguration) in
    the API version of the minor - C(v1beta4) since 1.31, C(v1beta3) since 1.22, and C(v1beta2) before. Calls nothing.
  - Arguments of components may be given as a dictionary or as kubeadm's list; they become what the version reads.
  - The result holds no secrets. M(slipway.containers.kubeadm_member) adds the token.
positional: _input
options:
  _input:
    description:
      - What is asked for - C(version) and C(endpoint), and as needed C(name), C(pod_cidr), C(service_cidr),
        C(image_repository), C(config), C(api_server_args), C(kubelet_config), C(proxy_config) and C(files), as the
        role C(kubeadm_cluster) has them.
      - Of the host that makes the cluster, C(node_name), C(node_address), C(cri_socket) and C(kubelet_args).
    type: dict
    required: true
seealso:
  - module: slipway.containers.kubeadm_member
  - module: slipway.containers.kubeadm_config_diff
"""

EXAMPLES = r"""
- name: Show what kubeadm would read
  ansible.builtin.debug:
    msg: "{{ wish | slipway.containers.kubeadm_documents }}"
  vars:
    wish:
      version: 1.37.0
      endpoint: api.shop.internal:6443
      api_server_args: {audit-log-maxage: 30}
"""

RETURN = r"""
_value:
  description: The documents, InitConfiguration first.
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def kubeadm_documents(given: Any) -> list[dict[str, Any]]:
    """What is wrong with the wish is said at once, and before kubeadm sees it."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.kube.cluster_checks import wish_problems
    from ..module_utils._core.kube.cluster_wish import parts
    from ..module_utils._core.kube.documents import cluster_documents, init_document

    if not isinstance(given, Mapping):
        raise AnsibleFilterError(f"kubeadm_documents: found {type(given).__name__}, expected a dictionary")
    try:
        wish, node = parts(given)
    except ValueError as error:
        raise AnsibleFilterError(f"kubeadm_documents: {error}") from None
    wrong = list(wish_problems(wish))
    if wrong:
        raise AnsibleFilterError(f"kubeadm_documents: {'; '.join(wrong)}")
    return [init_document(wish, node), *cluster_documents(wish)]


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"kubeadm_documents": kubeadm_documents}
