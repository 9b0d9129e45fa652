# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: containerd_config
short_description: The whole configuration of containerd for a kubelet
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Writes C(/etc/containerd/config.toml) in version 2 for containerd 1 and in version 3 for containerd 2 and newer,
    with the cgroup driver of systemd, the sandbox image, and registries by C(/etc/containerd/certs.d).
positional: _input
options:
  _input:
    description: Settings that are merged over the role's. C(null) takes one out.
    type: dict
    required: true
  version:
    description: The version of containerd, such as C(1.7.28), or what a package is called by it.
    type: str
    required: true
  sandbox_image:
    description: The image of sandboxes.
    type: str
    required: true
  cni_bin_dir:
    description: Where the plugins of the network are.
    type: str
    default: /opt/cni/bin
"""

EXAMPLES = r"""
- name: Show what containerd 2.3 would get
  ansible.builtin.debug:
    msg: "{{ {'debug': {'level': 'warn'}}
             | slipway.containers.containerd_config(version='2.3.1', sandbox_image='registry.k8s.io/pause:3.10.2') }}"
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: str
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.kube.containerd import CNI_BIN_DIR, Options, config, version_of
from ..module_utils._core.kube.toml import TomlError


def containerd_config(extra: Any, version: str, sandbox_image: str, cni_bin_dir: str = CNI_BIN_DIR) -> str:
    """The text of config.toml."""
    if not isinstance(extra, Mapping):
        raise AnsibleFilterError(f"kubeadm_node_containerd_config: found {type(extra).__name__}, expected a mapping")
    found = version_of(str(version))
    if found is None:
        raise AnsibleFilterError(f"containerd_config: found the version '{version}', expected one such as 2.3.1")
    try:
        return config(Options(str(sandbox_image), str(cni_bin_dir), extra), found)
    except TomlError as problem:
        raise AnsibleFilterError(f"kubeadm_node_containerd_config: {problem}") from problem


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"containerd_config": containerd_config}
