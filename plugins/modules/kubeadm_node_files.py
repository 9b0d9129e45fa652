#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_node_files
short_description: Write the settings of a node, several files at once
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Writes files that everybody may read, with the folders that they need, and removes others. The role C(kubeadm_node)
    calls it for settings of the kernel, of containerd and of apt.
  - Folders are made as they are needed, so that check mode can show files of programs that are not installed yet.
options:
  files:
    description: The files, 0644 and owned by the user of the task.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The whole path.
        type: path
        required: true
      content:
        description: The whole content. It is shown in diff mode, so it must be no secret.
        type: str
        required: true
  absent:
    description: Files to remove. One that is in O(files), too, is kept.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: Writes nothing.
    support: full
  diff_mode:
    description: Shows each file that changes.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Say where crictl finds containerd
  slipway.containers.kubeadm_node_files:
    files:
      - path: /etc/crictl.yaml
        content: "runtime-endpoint: unix:///run/containerd/containerd.sock\n"
"""

RETURN = r"""
paths:
  description: The files that were written or removed.
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.app_module import Context, run
from ..module_utils._io.kube import node_files

FILE: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True},
}
ARGUMENTS: dict[str, Any] = {
    "files": {"type": "list", "elements": "dict", "default": [], "options": FILE},
    "absent": {"type": "list", "elements": "path", "default": []},
}


def work(context: Context) -> dict[str, Any]:
    """Read, decide, act."""
    changed = node_files.changes(context.params["files"], context.params["absent"])
    if not context.check_mode:
        node_files.apply(changed)
    shown = {"diff": [one.diff() for one in changed]} if context.diff and changed else {}
    return {"changed": bool(changed), "paths": [str(one.path) for one in changed], **shown}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
