# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of a module that acts on hosts or on a cluster: options in, one result or one message out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from .._core.findings import Finding, report
from .._core.secrets import MASK, mask
from .caller import who
from .quiet_module import QuietModule


class AppError(Exception):
    """What was asked cannot be done; `facts` go into the result."""

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.facts = facts

    @classmethod
    def of(cls, findings: list[Finding], subject: str, **facts: Any) -> AppError:
        return cls(report(findings, subject), findings=[finding.as_dict() for finding in findings], **facts)


@dataclass(frozen=True)
class Context:
    """What the work needs of Ansible."""

    params: dict[str, Any]
    check_mode: bool
    warn: Callable[[str], None]
    diff: bool = False

    @property
    def who(self) -> str:
        """For the lock and the journal."""
        return who()


def run(work: Callable[[Context], dict[str, Any]], hidden: Collection[str] = (), **options: Any) -> None:
    """Nothing is written to the system log. Options are masked; of those that are `hidden`, nothing is shown."""
    module = QuietModule(supports_check_mode=True, **options)
    unseen = {name: MASK for name in hidden if module.params.get(name)}
    invocation = {"module_args": {**mask(module.params), **unseen}}
    try:
        result = work(Context(module.params, module.check_mode, module.warn, module._diff))
    except AppError as error:
        module.fail_json(msg=str(error), invocation=invocation, **{"changed": False, **error.facts})
    except OSError as error:
        module.fail_json(msg=str(error), invocation=invocation, changed=False)
    else:
        module.exit_json(invocation=invocation, **result)
