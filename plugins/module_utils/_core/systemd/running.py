# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service starts, is started again and ends, as lines of its unit. Source: systemd.service(5)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from decimal import Decimal

from .host import Host
from .limits import Line
from .places import Places
from .quoting import command, line, word
from .sharing import shared_user
from .wish import ALWAYS, NEVER, App, Service

#: From the first delay to the longest one, each by the same factor.
_STEPS = 8
#: systemd itself counts these as a clean end.
_CLEAN = ("SIGHUP", "SIGINT", "SIGTERM", "SIGPIPE")
_NUMBERS = {"SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGUSR1": 10, "SIGUSR2": 12, "SIGTERM": 15}
_MAIN = "$MAINPID"


def lines(app: App, service: Service, host: Host) -> Iterator[Line]:
    places = Places.of(app)
    yield "Type", "oneshot" if ends(service) else "exec"
    if service.one_shot and not service.timer:
        yield "RemainAfterExit", "yes"
    yield "ExecStart", command(within(service.exec, places))
    if service.reload:
        yield "ExecReload", _reload(within(service.reload, places))
    yield "WorkingDirectory", line(working_directory(service, places))
    yield from _restart(service, host)
    yield from _stop(service)
    yield from _who(app, service)


def ends(service: Service) -> bool:
    return service.one_shot or service.timer is not None


def within(words: tuple[str, ...], places: Places) -> tuple[str, ...]:
    """A program with a slash in its name is of the release, one without is looked up by systemd in the host's path."""
    program = words[0]
    return (posixpath.join(places.current, program), *words[1:]) if "/" in program else words


def working_directory(service: Service, places: Places) -> str:
    return posixpath.normpath(posixpath.join(places.current, service.working_dir))


def _reload(words: tuple[str, ...]) -> str:
    """As a command, but for the number of the service's process, which nobody can know before."""
    if _MAIN not in words:
        return command(words)
    return " ".join(one if one == _MAIN else word(one).replace("$", "$$") for one in words)


def _restart(service: Service, host: Host) -> Iterator[Line]:
    policy = NEVER if ends(service) and service.restart == ALWAYS else service.restart
    yield "Restart", policy
    if policy == NEVER:
        return
    yield "RestartSec", str(service.restart_seconds)
    if host.backs_off and service.restart_max_seconds > service.restart_seconds:
        yield "RestartSteps", str(_STEPS)
        yield "RestartMaxDelaySec", str(service.restart_max_seconds)


def _stop(service: Service) -> Iterator[Line]:
    signal = service.stop_signal
    yield "KillMode", "mixed"  # the signal to its first process, and at the end SIGKILL to all that is left
    yield "KillSignal", signal
    yield "TimeoutStopSec", _span(service.stop_seconds)
    if not ends(service):
        number = _NUMBERS.get(signal, int(signal) if signal.isdigit() else 0)
        statuses = [
            *([] if signal in _CLEAN or signal.isdigit() else [signal]),
            *([str(128 + number)] if number else []),
        ]
        if statuses:
            yield "SuccessExitStatus", " ".join(statuses)  # how many programs end when they are asked to


def _asked_to_end(signal: str) -> Iterator[Line]:
    """How programs end that were asked to: by the signal, or with a status that says so."""
    number = int(signal) if signal.isdigit() else _NUMBERS.get(signal, 0)
    statuses = [] if signal in _CLEAN or signal.isdigit() else [signal]
    if number:
        statuses.append(str(128 + number))
    if statuses:
        yield "SuccessExitStatus", " ".join(statuses)


def _span(amount: Decimal) -> str:
    """0 would be no limit at all."""
    return f"{amount.normalize():f}" if amount else "1ms"


def _who(app: App, service: Service) -> Iterator[Line]:
    user = service.user or shared_user(app, service)
    if user:
        yield "User", user
    if service.group:
        yield "Group", service.group
