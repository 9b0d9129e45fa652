# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The units of an app as text. No secret and no id of a release is in them: both change without the unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import hardening, limits, sockets, storage, timers
from .host import Host
from .limits import Line
from .places import Places
from .running import lines as running
from .wish import App, Service

_HEAD = "# Made by slipway.containers for the app {app}. Changes are lost with the next deployment.\n"


@dataclass(frozen=True)
class UnitFile:
    """`name` has the suffix."""

    name: str
    text: str


def render(app: App, host: Host) -> tuple[UnitFile, ...]:
    return tuple(unit for service in app.services for unit in _units(app, service, host))


def _units(app: App, service: Service, host: Host) -> Iterator[UnitFile]:
    unit = app.unit(service.name)
    yield UnitFile(f"{unit}.service", _text(app, _service(app, service, host)))
    if service.sockets:
        yield UnitFile(f"{unit}.socket", _text(app, _socket(app, service)))
    if service.timer:
        yield UnitFile(f"{unit}.timer", _text(app, _timer(app, service)))


def _text(app: App, sections: Iterable[tuple[str, Iterable[Line]]]) -> str:
    blocks = [
        "\n".join([f"[{name}]", *(f"{key}={value}".rstrip() for key, value in lines)]) for name, lines in sections
    ]
    return _HEAD.format(app=app.name) + "\n\n".join(blocks) + "\n"


def _service(app: App, service: Service, host: Host) -> Iterator[tuple[str, Iterable[Line]]]:
    yield "Unit", _unit(app, service)
    yield (
        "Service",
        [
            *running(app, service, host),
            *storage.lines(app, service),
            *limits.lines(service),
            *hardening.profile(service, Places.of(app).root),
        ],
    )
    if not service.timer:
        yield "Install", [("WantedBy", "multi-user.target")]


def _unit(app: App, service: Service) -> Iterator[Line]:
    yield "Description", _description(app, service)
    yield "Wants", "network-online.target"
    yield "After", "network-online.target"
    if service.sockets:
        yield "Wants", f"{app.unit(service.name)}.socket"
        yield "After", f"{app.unit(service.name)}.socket"
    known = {other.name for other in app.services}
    for need in service.needs:
        if need.service in known:
            # Not Requires=: with it a restart of the one restarts the other.
            yield "Wants", f"{app.unit(need.service)}.service"
            yield "After", f"{app.unit(need.service)}.service"
    if service.restart != "no" and not service.timer:
        yield "StartLimitIntervalSec", "0"  # it never gives up; the delay between two starts is what spares the host


def _socket(app: App, service: Service) -> Iterator[tuple[str, Iterable[Line]]]:
    yield "Unit", [("Description", f"{_description(app, service)}, its sockets")]
    yield "Socket", sockets.lines(service)
    yield "Install", [("WantedBy", "sockets.target")]


def _timer(app: App, service: Service) -> Iterator[tuple[str, Iterable[Line]]]:
    yield "Unit", [("Description", f"{_description(app, service)}, its times")]
    yield "Timer", timers.lines(service.timer) if service.timer else ()
    yield "Install", [("WantedBy", "timers.target")]


def _description(app: App, service: Service) -> str:
    return f"{app.name}: {service.name}"
