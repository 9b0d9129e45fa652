# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compose_stack runs on the target. In check mode the controller lends it what the target may not have yet.

That is the model of the project: read here, from `controller_src` or from the target's own files, since a bare host has
neither Compose nor PyYAML.
"""

from __future__ import annotations

import base64
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._core.compose.document import ComposeError
from ..module_utils._io.stack import prediction


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core is not typed
    """Ansible's entry."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module's result; in check mode it is given a model where it needs or should have one."""
        super().run(tmp, task_vars)
        given = {name: value for name, value in self._task.args.items() if name != "predicted"}
        # Variables that the target does not have yet are read here only.
        args = {name: value for name, value in given.items() if name != "controller_environment"}
        try:
            if self._task.check_mode and args.get("controller_src"):
                args["predicted"] = self._predicted(given, task_vars)
            result = self._module(args, task_vars)
            if result.pop("needs_model", False):
                result = self._module({**args, "predicted": self._predicted(given, task_vars)}, task_vars)
        except ComposeError as error:
            facts = [finding.as_dict() for finding in error.findings]
            return {"failed": True, "changed": False, "msg": str(error), "findings": facts}
        return result

    def _module(self, args: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name="slipway.containers.compose_stack",
            module_args=args,
            task_vars=task_vars,
            wrap_async=self._task.async_val,
        )
        return result

    def _predicted(self, args: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """The model as plain values, and hashes of the files that stand in `controller_src`."""
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)

        def read(path: str) -> bytes | None:
            answer = self._execute_module(
                module_name="ansible.legacy.slurp", module_args={"src": path}, task_vars=task_vars
            )
            return base64.b64decode(answer["content"]) if "content" in answer else None

        source = args.get("controller_src")
        if source:
            args = {**args, "controller_src": self._loader.path_dwim(source)}
        return prediction.predict(args, environment, read)
