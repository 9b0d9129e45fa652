# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: containerd_hosts
short_description: The files that tell containerd of mirrors of registries
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Writes C(hosts.toml) for each registry, as containerd reads them below C(/etc/containerd/certs.d). It tries the
    mirrors in their order, and the registry itself last.
positional: _input
options:
  _input:
    description:
      - Registries, each with C(registry), its name as images have it, or C(_default) for all that are not named, and
        C(mirrors), a list of C(url), C(ca) (a path on the host, or certificates as text), C(skip_verify) and
        C(override_path).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what a mirror of Docker Hub comes to
  ansible.builtin.debug:
    msg: "{{ [{'registry': 'docker.io', 'mirrors': [{'url': 'https://mirror.example.org'}]}]
             | slipway.containers.containerd_hosts }}"
"""

RETURN = r"""
_value:
  description: Files, each with C(path) and C(content).
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.kube.containerd import ContainerdError, hosts_files


def containerd_hosts(mirrors: Any) -> list[dict[str, str]]:
    """The files, in their order."""
    try:
        return [{"path": file.path, "content": file.content} for file in hosts_files(mirrors)]
    except ContainerdError as problem:
        raise AnsibleFilterError(str(problem)) from problem


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"containerd_hosts": containerd_hosts}
