#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_node_kernel
short_description: Kernel modules, kernel settings and swap of a node, now and at boot
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Loads C(overlay) and C(br_netfilter), sets what is asked for, and turns swap off. It compares with what the kernel
    has, not only with files, so check mode shows what would really change, and a second look makes sure that it did.
  - In a container, modules, swap and settings that do not begin with C(net.) are those of the machine beneath. They are
    left alone, and RV(left_alone) explains what is not as it should be.
options:
  sysctls:
    description: Kernel settings with their values.
    type: dict
    default: {}
  swap_off:
    description:
      - Turns swap off, and masks C(swap.target), so that nothing turns it on at boot, whatever C(/etc/fstab) says.
      - With V(false) swap stays as it is.
    type: bool
    default: true
requirements:
  - systemd
attributes:
  check_mode:
    description: Shows what differs, and changes nothing.
    support: full
  diff_mode:
    description: Shows the files, and what the kernel has.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
notes:
  - Runs as root.
"""

EXAMPLES = r"""
- name: Let packets be forwarded
  slipway.containers.kubeadm_node_kernel:
    sysctls:
      net.ipv4.ip_forward: 1
"""

RETURN = r"""
steps:
  description: What differed, each with C(kind), C(name), C(before) and C(after).
  returned: always
  type: list
  elements: dict
  sample: [{kind: setting, name: net.ipv4.ip_forward, before: "0", after: "1"}]
left_alone:
  description: What is not as it should be, and belongs to the machine beneath a container, in sentences.
  returned: always
  type: list
  elements: str
"""

from dataclasses import asdict
from typing import Any

from ..module_utils._core.kube.node_kernel import files, left_alone, shown, steps
from ..module_utils._io.app_module import Context, run
from ..module_utils._io.kube import node_files, node_kernel

ARGUMENTS: dict[str, Any] = {
    "sysctls": {"type": "dict", "default": {}},
    "swap_off": {"type": "bool", "default": True},
}


def work(context: Context) -> dict[str, Any]:
    """Read, decide, act, and look again."""
    wanted, swap_off = context.params["sysctls"], context.params["swap_off"]
    kernel = node_kernel.look(wanted)
    planned = steps(kernel, swap_off)
    written = node_files.changes(files(kernel, node_kernel.MODULES_PATH, node_kernel.SETTINGS_PATH), ())
    if not context.check_mode:
        node_files.apply(written)
        node_kernel.apply(planned, wanted, swap_off)
    result: dict[str, Any] = {
        "changed": bool(planned or written),
        "steps": [asdict(step) for step in planned],
        "left_alone": list(left_alone(kernel)),
    }
    if context.diff and result["changed"]:
        live = {"before_header": "kernel", "after_header": "kernel"}
        live.update(before=shown(planned, after=False), after=shown(planned, after=True))
        result["diff"] = [*(one.diff() for one in written), *([live] if planned else [])]
    return result


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
