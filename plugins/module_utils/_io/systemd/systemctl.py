# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd on this host, through systemctl: what units are, and what they shall do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..._core.systemd.present import UnitState
from ..program_run import Ended, Run
from ..program_run import run as run_program

_SECONDS = 60.0
_PROPERTIES = (
    *("Id", "ActiveState", "SubState", "UnitFileState", "MainPID", "Result", "ExecMainCode", "ExecMainStatus"),
    *("NRestarts", "ExecMainStartTimestampMonotonic", "NeedDaemonReload", "ControlGroup", "Job"),
)
_KILLED = ("2", "3")  # of waitid(2): CLD_KILLED, CLD_DUMPED


class SystemctlError(OSError):
    """systemctl itself failed, other than by a unit that does not come up."""


@dataclass(frozen=True)
class Done:
    ok: bool
    said: str = ""
    late: bool = False


def environment() -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}


def call(
    *words: str,
    seconds: float = _SECONDS,
    whole: bool = False,
    folder: str | None = None,
    more: Mapping[str, str] | None = None,
) -> Ended:
    """A program of the host, with nothing of this process's environment."""
    return run_program(Run(words, {**environment(), **(more or {})}, folder=folder, seconds=seconds, whole=whole))


def version() -> int:
    """Of systemd, such as 257."""
    ended = call("systemctl", "--version", whole=True)
    found = re.match(r"systemd (\d+)", ended.stdout)
    if not found:
        raise SystemctlError("systemctl does not say which systemd this is: is it what starts this host?")
    return int(found[1])


def states(units: Iterable[str]) -> dict[str, UnitState]:
    """Of all of them in one call. A unit that is not there is inactive."""
    names = sorted(set(units))
    if not names:
        return {}
    ended = call("systemctl", "show", f"--property={','.join(_PROPERTIES)}", "--", *names, whole=True)
    if ended.exit_code != 0:
        raise SystemctlError(f"systemctl show failed: {' '.join(ended.lines) or ended.exit_code}")
    found = (_properties(block) for block in ended.stdout.strip().split("\n\n"))
    return dict(zip(names, map(_state, found)))


def control_groups(units: Iterable[str]) -> tuple[str, ...]:
    names = sorted(set(units))
    if not names:
        return ()
    ended = call("systemctl", "show", "--property=ControlGroup", "--value", "--", *names, whole=True)
    return tuple(line for line in ended.stdout.splitlines() if line)


def act(verb: str, *units: str, seconds: float = _SECONDS) -> Done:
    """Waits until it is done, at most so long; what was begun then goes on.

    systemctl asks for one unit after the other. A socket that is stopped after its service would start it again
    meanwhile, for a client that waits; so what starts services goes first.
    """
    ordered = sorted(units, key=_is_service)
    ended = call("systemctl", "--no-ask-password", "--quiet", verb, "--", *ordered, seconds=seconds)
    return Done(ended.exit_code == 0, "\n".join(ended.lines), late=ended.exit_code is None)


def _is_service(unit: str) -> bool:
    return unit.endswith(".service")


def must(verb: str, *units: str, seconds: float = _SECONDS) -> None:
    words = ("systemctl", "--no-ask-password", "--quiet", verb, *(["--", *units] if units else []))
    ended = call(*words, seconds=seconds)
    if ended.exit_code != 0:
        raise SystemctlError(f"systemctl {verb} {' '.join(units)} failed: {' '.join(ended.lines)}")


def _properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _state(found: Mapping[str, str]) -> UnitState:
    code, status = found.get("ExecMainCode", ""), _number(found.get("ExecMainStatus"))
    started = _number(found.get("ExecMainStartTimestampMonotonic"))
    active = found.get("ActiveState", "inactive")
    if active in ("inactive", "failed") and _number(found.get("Job")):
        active = "activating"  # an automatic restart passes through here, with its start waiting in line
    return UnitState(
        active=active,
        sub=found.get("SubState", "dead"),
        enabled=found.get("UnitFileState", ""),
        main_pid=_number(found.get("MainPID")) or 0,
        result=found.get("Result", ""),
        exit_code=status if code == "1" else None,
        signal=status if code in _KILLED else None,
        restarts=_number(found.get("NRestarts")) or 0,
        started=started / 1_000_000 if started else None,
        needs_reload=found.get("NeedDaemonReload") == "yes",
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
