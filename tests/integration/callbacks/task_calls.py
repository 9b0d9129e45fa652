# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback of Ansible that writes down which task made which calls to the embedded AWS.

Tasks on localhost run one after another, so what was recorded between the start of a task and the start of the next
one is that task's.
"""

from __future__ import annotations

import json
import os
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: task_calls
type: notification
short_description: Which task made which calls to the embedded AWS
description: Writes a line of JSON for each call into a file of its own in the folder that TASK_CALLS_FOLDER names.
requirements: []
"""


class CallbackModule(CallbackBase):
    """One file for each run of ansible-playbook."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "task_calls"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.playbook = ""
        self.owner: tuple[str, str] | None = None
        self.seen = 0
        self.file = Path(os.environ["TASK_CALLS_FOLDER"]) / f"{uuid.uuid4().hex}.jsonl"

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.playbook = Path(playbook._file_name).stem
        self.seen = len(self.calls())

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self.started(task)

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self.started(task)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self.attribute()

    def started(self, task: Any) -> None:
        self.attribute()
        # Roles of other collections have no page of ours: their calls are the playbook's.
        ours, _dot, name = task._role.get_name().rpartition(".") if task._role else ("", "", "")
        role = name if ours in ("", "slipway.containers") else ""
        self.owner = (f"role {role}" if role else f"playbook {self.playbook}", task.get_name())

    def attribute(self) -> None:
        """The calls since the last time are those of the task before."""
        calls = self.calls()
        new, self.seen = calls[self.seen :], len(calls)
        if self.owner and new:
            owner, task = self.owner
            kept = ({"owner": owner, "task": task, "service": c["service"], "operation": c["operation"]} for c in new)
            with self.file.open("a", encoding="utf-8") as lines:
                lines.writelines(json.dumps(call) + "\n" for call in kept)

    def calls(self) -> list[dict[str, Any]]:
        """Empty where a test has no AWS at all, or points to one that is not there."""
        # The embedded AWS listens on loopback; a proxy of the machine is none of its business.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(os.environ.get("AWS_ENDPOINT_URL", "") + "/slipway/calls", timeout=30) as response:
                found: list[dict[str, Any]] = json.load(response)
        except (OSError, ValueError):
            return []
        return found
