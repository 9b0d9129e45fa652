# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: calico_manifest
short_description: Calico's own manifest, with what a cluster needs otherwise
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads a manifest of Calico without its operator, such as C(calico-vxlan.yaml), and changes in its objects what
    decides on a cluster of kubeadm. The rest stays as Calico wrote it. Calls nothing.
  - The manifest's own default wraps packets between subnets only, which a cloud's network drops where it checks source
    and destination. So the default here is V(Always).
positional: _input
options:
  _input:
    description: The text of the manifest.
    type: str
    required: true
  pod_cidr:
    description: The addresses of pods.
    type: str
    required: true
  sha256:
    description: What the text must have. Another one is refused.
    type: str
  vxlan:
    description: Which packets are wrapped.
    type: str
    choices: [Always, CrossSubnet, Never]
    default: Always
  mtu:
    description: The MTU of pods' interfaces. V(0) is found out by Calico.
    type: int
    default: 0
  cpu:
    description: What an agent requests of CPU on each node. An empty text leaves the manifest's own.
    type: str
    default: 100m
  environment:
    description: More variables of the agent.
    type: dict
    default: {}
seealso:
  - module: slipway.containers.k8s_manifests
"""

EXAMPLES = r"""
- name: Say which objects of Calico a cluster would get
  ansible.builtin.debug:
    msg: "{{ objects | map(attribute='kind') | list }}"
  vars:
    text: "{{ lookup('ansible.builtin.file', 'calico-vxlan.yaml') }}"
    objects: "{{ text | slipway.containers.calico_manifest(pod_cidr='10.244.0.0/16', cpu='50m') }}"
"""

RETURN = r"""
_value:
  description: The objects of the manifest.
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

_KINDS = {"pod_cidr": str, "sha256": str, "vxlan": str, "mtu": int, "cpu": str, "environment": Mapping}
_VXLAN = ("Always", "CrossSubnet", "Never")


def calico_manifest(text: Any, **options: Any) -> list[dict[str, Any]]:
    """What is wrong with the options is said at once."""
    import yaml

    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.kube.calico import ManifestError, Wanted, checked, patched

    said = {name: value for name, value in options.items() if value is not None}
    wrong = _wrong(text, said)
    if wrong:
        raise AnsibleFilterError(f"calico_manifest: {'; '.join(wrong)}")
    sha256 = said.pop("sha256", "")
    try:
        return patched(yaml.safe_load_all(checked(text, sha256)), Wanted(**said))
    except (ManifestError, yaml.YAMLError) as error:
        raise AnsibleFilterError(f"calico_manifest: {error}") from None


def _wrong(text: Any, said: Mapping[str, Any]) -> list[str]:
    wrong = [] if isinstance(text, str) else [f"found {type(text).__name__}, expected the text of a manifest"]
    wrong += [f"found the unknown option '{name}', expected {', '.join(_KINDS)}" for name in said if name not in _KINDS]
    wrong += [
        f"{name} is {type(value).__name__}, expected {kind.__name__}"
        for name, value in said.items()
        for kind in [_KINDS.get(name)]
        if kind and not isinstance(value, kind)
    ]
    if not said.get("pod_cidr"):
        wrong.append("pod_cidr is missing")
    if said.get("vxlan", _VXLAN[0]) not in _VXLAN:
        wrong.append(f"vxlan is '{said['vxlan']}', expected {', '.join(_VXLAN)}")
    return wrong


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"calico_manifest": calico_manifest}
