# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm on this machine: run it, say how far it came, and why it failed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..._core.kube.kubeadm_output import progress, why
from ..._core.redaction import redact
from ..app_module import AppError
from ..program_run import Ended, Run
from ..program_run import run as run_program
from ..systemd.systemctl import call, states

_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "HOME": "/root"}
_SERVICES = ("containerd.service", "kubelet.service")
#: Lines of klog that are errors, of the kubelet's journal.
_KUBELET_ERROR = re.compile(r"^(?:E\d{4}|F\d{4}) [\d:.]+\s+\d+ [^\]]+\] (?P<said>.+)$")
_JOURNAL_LINES = "60"


@dataclass(frozen=True)
class Kubeadm:
    """Words of a call are seen by everyone on the machine: what is secret stands in a document."""

    say: Callable[[str], None]
    hidden: tuple[str, ...] = ()
    seconds: float = 600.0

    def run(self, *words: str) -> tuple[str, ...]:
        """What it printed. Raises AppError with one sentence that says why it failed."""
        began = time.monotonic()
        ended = self._call(words)
        lines = tuple(redact(line, self.hidden) for line in ended.lines)
        spent = time.monotonic() - began
        for step in progress(lines):
            self.say(step)
        self.say(f"kubeadm {words[0]} took {spent:.0f} s")
        if ended.exit_code == 0:
            return lines
        if ended.exit_code is None:
            reason = f"it did not end within {self.seconds:.0f} s"
        else:
            reason = f"it was killed by the signal {-ended.exit_code}" if ended.exit_code < 0 else why(lines)
        raise AppError(f"kubeadm {words[0]} failed: {reason}{self._services()}", log_tail=list(lines[-20:]))

    def _call(self, words: Sequence[str]) -> Ended:
        try:
            return run_program(Run(("kubeadm", *words), _ENVIRONMENT, seconds=self.seconds))
        except OSError as error:
            said = (error.strerror or str(error)).lower()
            raise AppError(f"kubeadm cannot be run: {said}; the role kubeadm_node installs it") from error

    def _services(self) -> str:
        """What is wrong with the programs that it needs."""
        found = states(_SERVICES)
        down = [f"{name} is {state.active}" for name, state in found.items() if state.active != "active"]
        said = self._kubelet_said()
        told = [*down, *([f"the kubelet said last: {said}"] if said else [])]
        return f". On this machine {'; '.join(told)}" if told else ""

    def _kubelet_said(self) -> str:
        words = ("journalctl", "--unit=kubelet", "--boot", f"--lines={_JOURNAL_LINES}", "--output=cat", "--no-pager")
        found = [match["said"] for match in map(_KUBELET_ERROR.match, call(*words).lines) if match]
        return redact(found[-1], self.hidden)[:300] if found else ""
