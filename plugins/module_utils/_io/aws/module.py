# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every AWS module of this collection shares: clients that retry, and one place where errors become fail_json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..._core.compose.document import ComposeError
from ..._core.secrets import mask
from ..quiet_module import QuietModule
from .calls import RETRY, THROTTLED, AwsError


class RefusedError(Exception):
    """The input or the state of the world does not allow what was asked; `facts` go into the result."""

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.facts = facts


class Context:
    """What a module's work needs of Ansible: parameters, modes, clients, warnings. `done` records each change made."""

    def __init__(self, module: AnsibleAWSModule) -> None:
        self._module = module
        self.params: dict[str, Any] = module.params
        self.check_mode: bool = module.check_mode
        self.warn: Callable[[str], None] = warn  # AnsibleAWSModule's own passes on in a way that is deprecated
        self.done: list[str] = []
        self.throttled: Counter[str] = Counter()

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client whose calls may be retried (`_io.aws.call` asks for it), and tell when they had to be."""
        client = self._module.client(service, retry_decorator=RETRY, **options)
        client.meta.events.register("response-received", self._count_throttling)
        return client

    def _count_throttling(self, event_name: str, parsed_response: Any = None, **_more: Any) -> None:
        if ((parsed_response or {}).get("Error") or {}).get("Code") in THROTTLED:
            self.throttled[event_name.rpartition(".")[2]] += 1

    def warn_of_throttling(self) -> None:
        """Retries hide throttling as slowness; a module cannot speak while it waits, so it says so afterwards."""
        if self.throttled:
            calls = ", ".join(f"{operation} {times} times" for operation, times in self.throttled.items())
            self.warn(f"AWS throttled {calls}. These calls were retried with growing pauses, which took time.")


def run(work: Callable[[Context], dict[str, Any]], **options: Any) -> None:
    """Build the module, do its work, and report: a result, or one message that says what was changed before it failed.

    Nothing is written to the system log, and the invocation that Ansible shows at -vvv is masked: both would print
    secrets that stand in a definition.
    """
    # Where amazon.aws itself looks for the class; it takes a class that is given to it, and then makes another.
    AnsibleAWSModule.default_settings["module_class"] = QuietModule
    module = AnsibleAWSModule(supports_check_mode=True, **options)
    invocation = {"module_args": mask(module.params)}
    context = Context(module)
    try:
        try:
            result = work(context)
        finally:
            context.warn_of_throttling()
    except ComposeError as error:
        facts = [finding.as_dict() for finding in error.findings]
        module.fail_json(msg=str(error), invocation=invocation, changed=False, findings=facts)
    except RefusedError as error:
        module.fail_json(msg=str(error), invocation=invocation, **error.facts)
    except AwsError as error:
        before = f"Before it failed: {'; '.join(context.done)}." if context.done else "Nothing was changed."
        module.fail_json(msg=f"{error}\n{before}", changed=bool(context.done), invocation=invocation)
    else:
        module.exit_json(invocation=invocation, **result)
