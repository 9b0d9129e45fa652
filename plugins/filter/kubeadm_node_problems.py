# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kubeadm_node_problems
short_description: What keeps machines from being nodes of a Kubernetes cluster, all of it at once
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Judges the results of M(slipway.containers.kubeadm_node_info) of all machines together, so that what has to be
    different on each of them is seen, too.
positional: _input
options:
  _input:
    description: The results. Those of a task that was skipped are left out.
    type: list
    elements: dict
    required: true
  minimums:
    description:
      - The least C(cpus), C(memory_mib) and C(disk_mib) by role, C(control_plane) and C(worker). What is left out keeps
        its default, 2, 1700 and 4096 for a control plane, and 1, 700 and 2048 for a worker.
    type: dict
    default: {}
  max_clock_skew_seconds:
    description: How far a clock may be from the controller's.
    type: float
    default: 60
  registry_mirrors:
    description: What P(slipway.containers.containerd_hosts#filter) will get, to be judged as well.
    type: list
    elements: dict
    default: []
  containerd_config:
    description: What P(slipway.containers.containerd_config#filter) will get, to be judged as well.
    type: dict
    default: {}
  now:
    description: The time of the controller, in seconds since 1970. Left out, clocks are not judged.
    type: float
"""

EXAMPLES = r"""
- name: Look at the machine
  slipway.containers.kubeadm_node_info:
    host: "{{ inventory_hostname }}"
    version: 1.37.0
  register: machine

- name: Say what keeps it from being a worker
  ansible.builtin.debug:
    msg: "{{ ([machine] | slipway.containers.kubeadm_node_problems).message }}"
"""

RETURN = r"""
_value:
  description:
    - C(errors) and C(warnings), each with rule, severity, path (the machines), message and hint.
    - C(message) is one text for all errors, and empty where there are none; C(remarks) are the warnings as texts.
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.findings import ERROR
from ..module_utils._core.kube import node_checks


def kubeadm_node_problems(
    machines: Any,
    minimums: Any = None,
    max_clock_skew_seconds: float = 60,
    registry_mirrors: Any = None,
    containerd_config: Any = None,
    now: float | None = None,
) -> dict[str, Any]:
    """The findings, apart by severity, and one message."""
    if not isinstance(machines, (list, tuple)) or not all(isinstance(machine, Mapping) for machine in machines):
        raise AnsibleFilterError("kubeadm_node_problems: expected a list of results of kubeadm_node_info")
    findings = node_checks.settings(_or(minimums, {}), _or(registry_mirrors, []), _or(containerd_config, {}))
    if not findings:
        least = node_checks.minimums(_or(minimums, {}))
        limits = node_checks.Limits(least, float(max_clock_skew_seconds), None if now is None else float(now))
        findings = node_checks.check([machine for machine in machines if "host" in machine], limits)
    errors = [finding for finding in findings if finding.severity == ERROR]
    warnings = [finding for finding in findings if finding.severity != ERROR]
    return {
        "errors": [finding.as_dict() for finding in errors],
        "warnings": [finding.as_dict() for finding in warnings],
        "message": node_checks.message(errors),
        "remarks": [finding.as_text() for finding in warnings],
    }


def _or(given: Any, default: Any) -> Any:
    return default if given is None else given


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"kubeadm_node_problems": kubeadm_node_problems}
