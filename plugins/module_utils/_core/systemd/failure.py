# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a service did not come up: one block from what systemd, its probe and its journal say. Without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..exit_codes import signal_name
from ..redaction import hidden_values, redact
from ..stack.readiness import Verdict
from .deployment import Deployment
from .present import UnitState

LOG_LINES = 20
_SHOWN = 1000
#: Exit codes that systemd itself uses before the program runs (systemd.exec(5)), and what they mean.
_BEFORE_EXEC = {
    200: "its working directory is not there",
    203: "its program could not be executed",
    209: "its output could not be connected",
    213: "its secure bits could not be set",
    214: "its scheduling could not be set",
    216: "its group does not exist",
    217: "its user does not exist",
    218: "its capabilities could not be set",
    225: "its network could not be set up",
    226: "its view of the file system could not be set up",
    228: "its filter of system calls could not be set",
    238: "its state directory could not be made",
    243: "a credential of it could not be read",
}


@dataclass(frozen=True)
class Failure:
    """`result` is systemd's own word. `cause` is ours: exit, signal, oom, start, timeout, probe, disk, systemd."""

    service: str
    cause: str
    message: str
    unit: str = ""
    result: str = ""
    exit_code: int | None = None
    signal: str = ""
    probe_output: str = ""
    log_tail: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "log_tail": list(self.log_tail)}

    def as_lines(self) -> list[str]:
        told = [
            ("Unit", f"{self.unit}, result {self.result}" if self.result else self.unit),
            ("Exit code", "" if self.exit_code is None else str(self.exit_code)),
            ("Signal", self.signal),
            ("The probe said", self.probe_output),
        ]
        log = ["Last lines of its journal:", *(f"  {line}" for line in self.log_tail)] if self.log_tail else []
        return [
            f"{self.service}: {self.message} [{self.cause}]" if self.service else f"{self.message} [{self.cause}]",
            *(f"{name}: {value}" for name, value in told if value),
            *log,
        ]


def explain(service: str, unit: str, state: UnitState, verdict: Verdict, log: Iterable[str], said: str = "") -> Failure:
    """`said` is what systemctl printed, where that failed."""
    cause, message = _cause(state, verdict, said)
    return Failure(
        service=service,
        cause=cause,
        message=message,
        unit=unit,
        result=state.result,
        exit_code=state.exit_code if state.signal is None else None,
        signal="" if state.signal is None else signal_name(state.signal),
        probe_output=verdict.detail.strip()[-_SHOWN:] if verdict.cause in ("timeout", "probe") else "",
        log_tail=tuple(log)[-LOG_LINES:],
    )


def _cause(state: UnitState, verdict: Verdict, said: str) -> tuple[str, str]:
    if state.result == "oom-kill" or verdict.cause == "oom":
        return "oom", "it was killed because it used more memory than it may"
    if state.exit_code in _BEFORE_EXEC and state.signal is None:
        return "start", f"it could not be started: {_BEFORE_EXEC[state.exit_code]}"
    if state.result in ("timeout", "watchdog"):
        return "timeout", f"systemd ended it because of its {state.result}"
    if verdict.cause == "timeout":
        return "timeout", verdict.message
    if state.signal is not None:
        again = f" {state.restarts} times, and was started again each time" if state.restarts else ""
        return "signal", f"it was ended by {signal_name(state.signal)}{again}"
    if state.exit_code is not None:
        return "exit", verdict.message or f"it ended with exit code {state.exit_code}"
    if said:
        return "systemd", f"systemd did not do it: {said.strip()[-_SHOWN:]}"
    return verdict.cause or "start", verdict.message or f"it is {state.words}"


def as_it_ended(state: UnitState, entries: str) -> UnitState:
    """A unit that is being started again shows nothing of its last end: the journal's entries of systemd do."""
    found: dict[str, str] = {}
    for line in entries.splitlines():
        found.update(_entry(line))
    status = found.get("EXIT_STATUS", "")
    if not status.isdigit():
        return state
    exited = found.get("EXIT_CODE") == "exited"
    return replace(
        state,
        result=found.get("UNIT_RESULT", "exit-code" if exited else "signal"),
        exit_code=int(status) if exited else None,
        signal=None if exited else int(status),
    )


def _entry(line: str) -> dict[str, str]:
    """The fields that are text; nothing of a line that is none."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def hidden_of(*deployments: Deployment | None) -> tuple[str, ...]:
    """Every literal that must not be shown: of what is installed now, and of what was."""
    known = [one for one in deployments if one is not None]
    services = [service for one in known for service in one.app.services]
    return hidden_values(
        [service.environment for service in services],
        secrets=[file.content for service in services for file in service.files if file.secret],
        configs=[file.content for service in services for file in service.files if not file.secret],
    )


def redacted(failure: Failure, hidden: tuple[str, ...]) -> Failure:
    return replace(
        failure,
        message=redact(failure.message, hidden),
        probe_output=redact(failure.probe_output, hidden),
        log_tail=tuple(redact(line, hidden) for line in failure.log_tail),
    )
