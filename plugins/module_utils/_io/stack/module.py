# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of `compose_stack` on the target: options in, one result or one message out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._core.findings import Finding, report
from ..compose.program import CliError
from ..engine.client import EngineError
from ..quiet_module import QuietModule

if TYPE_CHECKING:
    from ..compose.cli import ComposeCli

#: Options that may hold secrets: nothing of them is shown.
_HIDDEN = ("definition", "controller_environment", "predicted", "ready", "docker_host")
_MASK = "********"


class StackError(Exception):
    """What was asked cannot be done; `facts` go into the result."""

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.facts = facts

    @classmethod
    def of(cls, findings: list[Finding], subject: str, **facts: Any) -> StackError:
        return cls(report(findings, subject), findings=[finding.as_dict() for finding in findings], **facts)


@dataclass
class Context:
    """What the work needs of Ansible, and what Compose said when it was asked before the work began."""

    params: dict[str, Any]
    check_mode: bool
    warn: Callable[[str], None]
    compose: ComposeCli | None = None
    printed: str | None = None

    @property
    def who(self) -> str:
        """For the lock and the journal: who runs this, and where the connection comes from."""
        from ..caller import who  # only who changes something has to be named

        return who()


def run(work: Callable[[Context], dict[str, Any]], **options: Any) -> None:
    """Build the module, do its work, and report.

    Nothing is written to the system log: the options hold environments of containers. For the same reason
    the invocation that Ansible shows at -vvv is masked.
    """
    module = QuietModule(supports_check_mode=True, **options)
    hidden = {name: _MASK for name in _HIDDEN if module.params.get(name)}
    invocation = {"module_args": {**module.params, **hidden}}
    try:
        result = work(Context(module.params, module.check_mode, module.warn))
    except StackError as error:
        module.fail_json(msg=str(error), invocation=invocation, **{"changed": False, **error.facts})
    except (EngineError, CliError, OSError) as error:
        module.fail_json(msg=str(error), invocation=invocation, changed=False)
    else:
        module.exit_json(invocation=invocation, **result)
