# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a service is not up: one Failure from what the engine knows of it.

What Compose printed is for people only, and shown where the engine knows nothing better.
"""

from __future__ import annotations

from dataclasses import replace

from ..exit_codes import meaning
from ..redaction import redact
from .engine_errors import classify, port_of
from .evidence import Evidence, blame
from .readiness import Verdict
from .wish import Failure

LOG_LINES = 20
#: Compose's last lines, and a health check's output, are cut to this many characters.
_SHOWN = 1000
#: A data root with less than this is called full.
FULL_BYTES = 16 * 1024 * 1024


def explain(evidence: Evidence, verdict: Verdict | None = None, dependency: Failure | None = None) -> Failure:
    """`verdict` is what readiness came to, if that was asked. `dependency` failed, and the service waits for it."""
    if dependency is not None and not _own_fault(evidence):
        return _by_dependency(evidence, dependency)
    cause, message = _cause(evidence, verdict)
    failure = Failure(
        service=evidence.service,
        cause=cause,
        message=message,
        container=str((evidence.inspected or {}).get("Name") or "").lstrip("/"),
        exit_code=_exit_code(evidence, verdict),
        probe_output=_probe_output(evidence, verdict),
        log_tail=evidence.log[-LOG_LINES:],
    )
    return redacted(failure, evidence.hidden)


def redacted(failure: Failure, hidden: tuple[str, ...]) -> Failure:
    return replace(
        failure,
        message=redact(failure.message, hidden),
        probe_output=redact(failure.probe_output, hidden),
        log_tail=tuple(redact(line, hidden) for line in failure.log_tail),
    )


def _own_fault(evidence: Evidence) -> bool:
    return blame(evidence) >= 2


def _cause(evidence: Evidence, verdict: Verdict | None) -> tuple[str, str]:
    state, name = evidence.state, evidence.service
    if evidence.engine_error:
        return "engine", f"the engine does not answer: {evidence.engine_error}"
    if state.get("Error") and state.get("Status") != "running":
        return _refused(evidence, str(state["Error"]))
    if verdict is not None and verdict.cause:
        return _judged(evidence, verdict)
    if state.get("Status") in ("exited", "dead", "restarting") and state.get("ExitCode") is not None:
        return _ended(evidence)
    if (state.get("Health") or {}).get("Status") == "unhealthy":
        return "probe", f"{name} is unhealthy: its health check fails"
    if evidence.missing.words:
        cause, sentence = evidence.missing.words
        return cause, f"{name} cannot be created: {sentence}{_said(evidence)}"
    if evidence.free_bytes is not None and evidence.free_bytes < FULL_BYTES:
        return "disk", f"{name} cannot be created: the disk of the engine's data is full"
    if evidence.fetching:
        return "image", f"the image of {name} could not be pulled or built{_said(evidence)}"
    if state.get("Status") == "running":
        return "config", f"{name} was not changed, since a command failed{_said(evidence)}"
    if evidence.inspected is None:
        return "config", f"{name} cannot be created{_said(evidence) or ', and neither engine nor Compose says why'}"
    return "engine", f"{name} is not up{_said(evidence) or ', and neither engine nor Compose says why'}"


def _refused(evidence: Evidence, error: str) -> tuple[str, str]:
    cause, sentence = classify(error)
    if evidence.oom_seen and cause == "config":
        cause, sentence = "oom", "it does not fit into the memory that it may use"
    holder = evidence.holders.get(port_of(error), "") if cause == "port" else ""
    held = f" by {holder}" if holder else ""
    return cause, f"{evidence.service} cannot be started: {sentence}{held}. The engine says: {error.strip()[:_SHOWN]}"


def _judged(evidence: Evidence, verdict: Verdict) -> tuple[str, str]:
    code = _exit_code(evidence, verdict)
    if verdict.cause in ("exit", "oom") and _out_of_memory(evidence, code):
        return "oom", f"{verdict.message}{_limit(evidence)}"
    message = verdict.message
    if verdict.cause == "exit" and code is not None and f"exit code {code}" not in message:
        message = f"{message}, the last time with exit code {code}"
    return verdict.cause, f"{message}{meaning(code) if verdict.cause == 'exit' else ''}"


def _ended(evidence: Evidence) -> tuple[str, str]:
    code = evidence.state.get("ExitCode")
    if _out_of_memory(evidence, code):
        return "oom", f"{evidence.service} was killed{_limit(evidence)}"
    return "exit", f"{evidence.service} ended with exit code {code}{meaning(code)}"


def _out_of_memory(evidence: Evidence, code: int | None) -> bool:
    """A kill of one of its children counts as well, where the service did not survive it."""
    return code != 0 and (bool(evidence.state.get("OOMKilled")) or evidence.oom_seen)


def _limit(evidence: Evidence) -> str:
    limit = ((evidence.inspected or {}).get("HostConfig") or {}).get("Memory") or 0
    if not limit:
        return ": the host has too little memory"
    return f": it needs more memory than its limit of {limit / 1024**2:.0f} MiB"


def _said(evidence: Evidence) -> str:
    text = evidence.cli_text.strip()[-_SHOWN:]
    return f". Compose says: {text}" if text else ""


def _by_dependency(evidence: Evidence, dependency: Failure) -> Failure:
    message = f"{evidence.service} was not started, since {dependency.service} is not up: {dependency.message}"
    return redacted(replace(dependency, service=evidence.service, cause="dependency", message=message), evidence.hidden)


def _exit_code(evidence: Evidence, verdict: Verdict | None) -> int | None:
    """Of a container that runs, or never did, the engine's 0 says nothing."""
    if verdict is not None and verdict.exit_code is not None:
        return verdict.exit_code
    state = evidence.state
    ended = state.get("Status") in ("exited", "dead", "restarting") or (
        state.get("Status") == "created" and bool(state.get("Error"))
    )
    code = state.get("ExitCode") if ended else evidence.died_with
    return code if isinstance(code, int) else None


def _probe_output(evidence: Evidence, verdict: Verdict | None) -> str:
    """The last health check's output; else what a probe of the option `ready` saw."""
    entries = [entry for entry in (evidence.state.get("Health") or {}).get("Log") or () if entry.get("ExitCode") != 0]
    if entries:
        last = entries[-1]
        output = str(last.get("Output") or "").strip()[-_SHOWN:]
        return output or f"exit code {last.get('ExitCode')} and no output"
    return (verdict.detail if verdict is not None else "").strip()[-_SHOWN:]
