# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done so that an app runs as it is wanted, service by service and why. Pure: a picture in, a plan out.

A rollback is the same plan with the last good deployment as what is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..findings import ERROR, Finding
from ..stack.order import sorted_by_need
from .deployment import Deployment, Ran, installs
from .places import UNITS, Places
from .present import Present
from .wish import App, Service

PRESENT, STOPPED, RESTARTED, ABSENT = "present", "stopped", "restarted", "absent"
NONE, START, RESTART, RELOAD, STOP, REMOVE = "none", "start", "restart", "reload", "stop", "remove"
#: What makes a service run that did not, or did with something else.
STARTS = (START, RESTART, RELOAD)


@dataclass(frozen=True)
class Step:
    """What happens to one service. `units` are the names of its unit files.

    `relisten`: it is stopped first, because its socket is made anew, or because only a timer starts it from now on.
    """

    service: str
    action: str
    reasons: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    relisten: bool = False

    def unit(self, suffix: str) -> str:
        """Its unit of one kind, where it has one."""
        return next((unit for unit in self.units if unit.endswith(f".{suffix}")), "")

    @property
    def main(self) -> str:
        """What is started: the timer where there is one."""
        return self.unit("timer") or self.unit("service")


@dataclass(frozen=True)
class Plan:
    """`steps` in the order of starting. `accept`: everything stands, and was not seen to be good yet."""

    steps: tuple[Step, ...] = ()
    link: tuple[str, str] | None = None
    write: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    write_private: tuple[str, ...] = ()
    remove_private: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    reload_manager: bool = False
    accept: bool = False
    #: Folders that go with `absent`, where that was asked for.
    remove_folders: tuple[str, ...] = ()
    forget: bool = False

    @property
    def doing(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.action != NONE)

    @property
    def changed(self) -> bool:
        files = self.write or self.remove or self.write_private or self.remove_private
        others = self.link or self.enable or self.disable or self.reload_manager or self.remove_folders
        return bool(self.doing or files or others or self.accept or self.forget)


def decide(present: Present, wanted: Deployment, state: str = PRESENT) -> Plan:
    """For states in which the app is there: present, restarted, stopped."""
    left = tuple(sorted(present.installed - set(wanted.units)))
    write = tuple(name for name in sorted(wanted.units) if present.texts.get(name) != wanted.units[name])
    private = wanted.private
    steps = [*_left(present, wanted, left), *_steps(present, wanted, state)]
    installable = [name for name in sorted(wanted.units) if installs(wanted.units[name])]
    on = [name for name in installable if present.state(name).enabled == "enabled"]
    link = (present.release, wanted.release) if wanted.release and wanted.release != present.release else None
    return Plan(
        steps=tuple(steps),
        link=link,
        write=write,
        remove=tuple(name for name in left if name in present.texts),
        write_private=tuple(path for path in sorted(private) if not _same(present, wanted, path)),
        remove_private=tuple(sorted(set(present.private) - set(private))),
        enable=() if state == STOPPED else tuple(name for name in installable if name not in on),
        disable=tuple(on) if state == STOPPED else (),
        reload_manager=any(present.state(name).needs_reload for name in wanted.units),
        accept=state != STOPPED and not wanted.same(present.good),
    )


def remove_all(present: Present, app: App, releases: bool = False, data: bool = False) -> Plan:
    """The state absent. Of units only those go that are known to be ours."""
    places = Places.of(app)
    folders = (places.releases,) if releases and present.has_releases else ()
    installed = tuple(sorted(present.installed))
    return Plan(
        steps=tuple(
            Step(service, REMOVE, ("state is absent",), units) for service, units in _by_service(app, installed).items()
        ),
        link=(present.release, "") if present.has_link else None,
        remove=tuple(name for name in installed if name in present.texts),
        remove_private=tuple(sorted(present.private)),
        disable=tuple(name for name in installed if present.state(name).enabled == "enabled"),
        remove_folders=(*folders, *(present.data if data else ())),
        forget=bool(installed) or present.good is not None,
    )


def foreign(present: Present, wanted: Deployment) -> list[Finding]:
    """Unit files that somebody else put where ours would go."""
    return [
        Finding(
            "foreign_unit",
            ERROR,
            f"{UNITS}/{name}",
            f"found a unit that is not of app '{wanted.app.name}', expected none",
            "give the app or the service another name, or remove that file",
        )
        for name in sorted(wanted.units)
        if name in present.texts and name not in present.installed and present.texts[name] != wanted.units[name]
    ]


def _same(present: Present, wanted: Deployment, path: str) -> bool:
    seen, file = present.private.get(path), wanted.private[path]
    return seen is not None and (seen.sha256, seen.mode, seen.owned_by_root) == (file.sha256, file.mode, True)


def _order(app: App) -> tuple[str, ...]:
    return sorted_by_need({service.name: [need.service for need in service.needs] for service in app.services})


def _steps(present: Present, wanted: Deployment, state: str) -> Iterator[Step]:
    for name in _order(wanted.app):
        yield _stopped(present, wanted, name) if state == STOPPED else _step(present, wanted, name, state)


def _left(present: Present, wanted: Deployment, left: tuple[str, ...]) -> Iterator[Step]:
    """Services that are no longer among those wanted, and sockets or timers that are no longer theirs."""
    stems = {wanted.app.unit(service.name) for service in wanted.app.services}
    gone = tuple(name for name in left if name.rpartition(".")[0] not in stems)
    before = present.good.app if present.good else wanted.app
    for service, units in _by_service(before, gone).items():
        yield Step(service, REMOVE, ("is no longer among the services",), units)


def _by_service(app: App, units: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Unit files by their service. A name that the app does not know is told as the unit's."""
    known = {app.unit(service.name): service.name for service in app.services}
    found: dict[str, tuple[str, ...]] = {}
    for unit in units:
        stem = unit.rpartition(".")[0]
        prefix = f"{app.name}-"
        name = known.get(stem, stem[len(prefix) :] if stem.startswith(prefix) else stem)
        found[name] = (*found.get(name, ()), unit)
    return found


def _units(present: Present, wanted: Deployment, name: str) -> tuple[str, ...]:
    """With a socket or timer that the service had until now."""
    stem = wanted.app.unit(name)
    had = {file for file in present.installed if file.rpartition(".")[0] == stem}
    return tuple(sorted({*wanted.units_of(name), *had}))


def _stopped(present: Present, wanted: Deployment, name: str) -> Step:
    units = _units(present, wanted, name)
    alive = {unit for unit in units if present.state(unit).active not in ("inactive", "failed")}
    if not alive:
        return Step(name, NONE, (), units)
    # All of them: a socket starts its service at any moment, and so does an automatic restart.
    there = tuple(unit for unit in units if unit in alive or unit in present.installed)
    return Step(name, STOP, ("state is stopped",), there)


def _step(present: Present, wanted: Deployment, name: str, state: str) -> Step:
    service = wanted.service(name)
    if service.timer is not None:
        return _timed(present, wanted, service, state)
    unit = f"{wanted.app.unit(name)}.service"
    ran, seen = present.ran.get(name), present.state(unit)
    units = _units(present, wanted, name)
    listening = tuple(_listening(present, wanted, name))
    relisten = bool(listening)
    if not seen.runs:
        known = unit in present.installed and unit in present.texts
        return Step(name, START, (f"is not running ({seen.words})" if known else "is new",), units, relisten)
    if ran is None:
        return Step(name, RESTART, ("was being started by a run that did not end",), units, relisten)
    reasons = [*listening, *_reasons(present, wanted, service, ran)]
    if reasons:
        only = not relisten and _reloads(present, wanted, service, ran)
        return Step(name, RELOAD if only else RESTART, tuple(reasons), units, relisten)
    if state == RESTARTED:
        return Step(name, RESTART, ("state is restarted",), units)
    return Step(name, NONE, (), units)


def _timed(present: Present, wanted: Deployment, service: Service, state: str) -> Step:
    """What a timer runs is not started here: at its next time it is what is installed then."""
    units = _units(present, wanted, service.name)
    stem = wanted.app.unit(service.name)
    timer = f"{stem}.timer"
    if not present.state(timer).runs:
        new = "has a timer now" if f"{stem}.service" in present.texts else "is new"
        reason = "its timer is not active" if timer in present.texts else new
        alone = timer not in present.installed and present.state(f"{stem}.service").runs
        return Step(service.name, START, (reason,), units, relisten=alone)
    if present.texts.get(timer) != wanted.units[timer]:
        return Step(service.name, RESTART, ("its timer changed",), units)
    if state == RESTARTED:
        return Step(service.name, RESTART, ("state is restarted",), units)
    return Step(service.name, NONE, (), units)


def _listening(present: Present, wanted: Deployment, name: str) -> Iterator[str]:
    """Why a socket has to be made anew, which takes the service with it."""
    stem = wanted.app.unit(name)
    socket = f"{stem}.socket"
    if socket not in wanted.units:
        if socket in present.installed:
            yield "has no socket any more"
        return
    ran = present.ran.get(name)
    if not present.state(socket).runs:
        yield "its socket does not listen" if socket in present.texts else "its socket is new"
    elif ran is not None and ran.socket != wanted.ran(name).socket:
        yield "its socket changed"


def _reasons(present: Present, wanted: Deployment, service: Service, ran: Ran) -> Iterator[str]:
    new = wanted.ran(service.name)
    unit = f"{wanted.app.unit(service.name)}.service"
    if ran.release != new.release:
        yield f"release {ran.release or 'none'} -> {new.release or 'none'}"
    if ran.service != new.service:
        yield "its unit changed"
    elif unit in present.texts and present.texts[unit] != wanted.units[unit] and _edited(present, wanted, unit):
        yield "its unit was changed by hand"
    for path in sorted({*ran.private, *new.private}):
        if ran.private.get(path) != new.private.get(path):
            yield _changed_file(wanted, service, path)


def _edited(present: Present, wanted: Deployment, unit: str) -> bool:
    """The file is neither what is wanted nor what was installed for the last good deployment."""
    return present.good is not None and present.texts[unit] != present.good.units.get(unit)


def _changed_file(wanted: Deployment, service: Service, path: str) -> str:
    places = Places.of(wanted.app)
    if path == places.environment(service.name):
        return "its environment changed"
    secret = any(file.secret and places.file(service.name, file.name) == path for file in service.files)
    return f"{'secret' if secret else 'file'} {path.rpartition('/')[2]} changed"


def _reloads(present: Present, wanted: Deployment, service: Service, ran: Ran) -> bool:
    """Nothing differs but what the service reads again when it is asked to."""
    new = wanted.ran(service.name)
    if not service.reload or (ran.service, ran.private) != (new.service, new.private):
        return False
    differing = present.differing.get(ran.release)
    if ran.release == new.release or differing is None or not service.reload_on:
        return False
    return all(any(fnmatchcase(path, pattern) for pattern in service.reload_on) for path in differing)


def picture(plan: Plan, present: Present, wanted: Deployment | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Before and after, for a diff. Of what is beside the units, only names: they hold secrets."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if plan.link:
        before["release"], after["release"] = plan.link
    for name in (*plan.write, *plan.remove):
        side = before.setdefault("units", {})
        if name in present.texts:
            side[name] = present.texts[name]
        if wanted is not None and name in plan.write:
            after.setdefault("units", {})[name] = wanted.units[name]
    for path in (*plan.write_private, *plan.remove_private):
        if path in present.private:
            before.setdefault("files", {})[path] = "(its content is not shown)"
        if path in plan.write_private:
            word = "(changed)" if path in present.private else "(new)"
            after.setdefault("files", {})[path] = word
    for step in plan.doing:
        before.setdefault("services", {})[step.service] = present.state(step.main).words
        after.setdefault("services", {})[step.service] = f"{step.action}: {'; '.join(step.reasons)}"
    for word, units in (("enabled", plan.enable), ("disabled", plan.disable)):
        for unit in units:
            before.setdefault("at boot", {})[unit] = "disabled" if word == "enabled" else "enabled"
            after.setdefault("at boot", {})[unit] = word
    for folder in plan.remove_folders:
        before.setdefault("folders", {})[folder] = "(present)"
    if plan.changed and before == after:
        before["deployment"], after["deployment"] = _accepted(plan)
    return before, after


def _accepted(plan: Plan) -> tuple[str, str]:
    if plan.accept:
        return "not seen to be ready yet", "accepted"
    return ("not loaded", "loaded") if plan.reload_manager else ("known", "forgotten")


def services_of(plan: Plan) -> Mapping[str, Step]:
    return {step.service: step for step in plan.steps}
