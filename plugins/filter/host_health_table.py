# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: host_health_table
short_description: One table of what host_health says of several hosts
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Lays out results of M(slipway.containers.host_health), worst first, with a line for each host that could not be
    reached. Below stands what is not normal, and which hosts call for a larger set-up.
positional: _input
options:
  _input:
    description: The registered results by host. One of a task that failed, or of an unreachable host, is as good.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show a host that nobody reached
  ansible.builtin.debug:
    msg: "{{ {'web-1': {'unreachable': true, 'msg': 'no route to host'}} | slipway.containers.host_health_table }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.health.table import lines


def host_health_table(results: Any) -> list[str]:
    """The table, line by line."""
    if not isinstance(results, Mapping) or not all(isinstance(result, Mapping) for result in results.values()):
        raise AnsibleFilterError("host_health_table: expected a mapping of hosts and results of host_health")
    return lines([(str(host), result) for host, result in results.items()])


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"host_health_table": host_health_table}
