# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cost_check, which needs no target: it reads files of the controller, computes, and answers.

Running it in Ansible's own process saves sending it to itself, which takes longer than all that it does.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._core.compose.document import ComposeError
from ..module_utils._core.cost.check import check
from ..module_utils._core.cost.request import CostError
from ..module_utils._io.compose import project
from ..module_utils._io.cost.options import ARGUMENTS
from ..module_utils._io.cost.price_book import own_book


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core is not typed
    """Ansible's entry."""

    _requires_connection = False

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task; what is wrong with the options is one message, and findings."""
        super().run(tmp, task_vars)
        params = _plain(self.validate_argument_spec(ARGUMENTS)[0].validated_parameters)
        try:
            result = check(params, project.load, date.today(), own_book(params["price_book"]))
        except (CostError, ComposeError) as error:
            facts = [finding.as_dict() for finding in error.findings]
            return {"failed": True, "changed": False, "msg": str(error), "findings": facts}
        return {"changed": False, **result}


def _plain(value: Any) -> Any:
    """Values without what Ansible knows of their origin: as a module on a target gets them."""
    if isinstance(value, dict):
        return {str(name): _plain(child) for name, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(child) for child in value]
    if isinstance(value, bool) or value is None:
        return value
    kind = next((kind for kind in (str, int, float) if isinstance(value, kind)), str)
    return kind(value)
