# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that Ansible sends to a target for one task, so that it can be timed without a controller."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from tools.prepare import lay_out_tree

sys.path.insert(0, str(lay_out_tree()))

from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, module_loader
from ansible.template import Templar

INTERPRETER = "/usr/bin/python3"


def payload(module: str, arguments: Mapping[str, Any]) -> bytes:
    """Packed as for any target; `module` is a full name. Compressed, as Ansible does it by default."""
    _prepare()
    found = module_loader.find_plugin_with_context(module)
    options = {"_ansible_check_mode": False, "_ansible_diff": False, "_ansible_verbosity": 0, "_ansible_debug": False}
    built = modify_module(
        module_name=found.resolved_fqcn or module,
        module_path=found.plugin_resolved_path,
        module_args={**arguments, **options, "_ansible_no_log": False, "_ansible_remote_tmp": "/tmp"},
        templar=Templar(loader=DataLoader()),
        task_vars={"ansible_python_interpreter": INTERPRETER},
        module_compression="ZIP_DEFLATED",
    )
    return bytes(built.b_module_data)


@cache
def _prepare() -> None:
    init_plugin_loader()
