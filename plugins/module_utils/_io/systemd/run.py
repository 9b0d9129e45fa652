# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`systemd_app` from its options to its result: read, decide, verify, apply, and keep or come back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ..._core.findings import ERROR, WARNING, Finding, blocking
from ..._core.systemd import answer, preflight
from ..._core.systemd.deployment import Deployment, private_files, without_release
from ..._core.systemd.failure import Failure, hidden_of, redacted
from ..._core.systemd.host import Host
from ..._core.systemd.memory import score_key
from ..._core.systemd.places import Places
from ..._core.systemd.plan import ABSENT, PRESENT, STOPPED, Plan, decide, foreign, remove_all
from ..._core.systemd.present import Present
from ..._core.systemd.reader import read_app
from ..._core.systemd.releases import is_release, surplus
from ..._core.systemd.units import render
from ..._core.systemd.wish import App
from ..app_module import AppError, Context
from . import analyze, facts, release_folder, systemctl
from .app_lock import locked
from .apply import Runtime, apply, remove, take_down
from .look import look
from .rollback import RolledBack, rollback
from .store import Store

FORMER = "former"


@dataclass
class Session:
    """One run on one app, under its lock."""

    context: Context
    app: App
    store: Store
    started: float = field(default_factory=time.monotonic)
    progress: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    scores: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        return str(self.context.params["state"])

    @property
    def places(self) -> Places:
        return Places.of(self.app)

    def say(self, text: str) -> None:
        self.progress.append(f"{time.monotonic() - self.started:.1f} s: {text}")

    def runtime(self, wanted: Deployment, plan: Plan) -> Runtime:
        wait = bool(self.context.params["wait"])
        return Runtime(self.places, self.store, wanted, plan, self.say, wait)


def work(context: Context) -> dict[str, Any]:
    """Raises AppError with one message where something is wrong, and with the failure's block where it failed."""
    params = context.params
    app, wrong = read_app({"name": params["name"], "root": params["root"], "services": params["services"]})
    errors = blocking(wrong, "error")
    if errors:
        raise AppError.of(errors, f"app {params['name']}")
    release = params["release"]
    if release and not is_release(release):
        raise AppError(f"release: found '{release}', expected the 12 hexadecimal digits of a release")
    with _lock(context, app):
        session = Session(context, app, Store(Places.of(app), read_only=context.check_mode), findings=list(wrong))
        return _on_app(session)


def _lock(context: Context, app: App) -> AbstractContextManager[object]:
    """Check mode waits for nobody and writes nothing."""
    if context.check_mode:
        return nullcontext()
    return locked(Places.of(app), context.params["lock_timeout"], context.who)


def _on_app(session: Session) -> dict[str, Any]:
    root = session.store.memory.root
    if root and root != session.places.root and session.store.memory.installed:
        raise AppError(
            f"app {session.app.name} stands in {root}, and cannot be in {session.places.root}, too; "
            "remove it there first (state: absent), or give the new one another name"
        )
    if session.state == ABSENT:
        return _absent(session)
    wanted = _wanted(session)
    if wanted is None:
        return _result(session, Plan(), Present(), None)
    present = look(session.places, session.store.memory, wanted)
    plan = decide(present, wanted, PRESENT if session.state == FORMER else session.state)
    if plan.changed:
        _refuse(session, present, wanted, plan)
    if session.context.check_mode or not plan.changed:
        return _kept(session, present, wanted, plan)
    if session.state == STOPPED:
        return _stopped(session, present, wanted, plan)
    return _deployed(session, present, wanted, plan)


def _wanted(session: Session) -> Deployment | None:
    """What is asked for; without services, what is good already."""
    memory, params = session.store.memory, session.context.params
    if session.state == FORMER:
        if memory.former is None:
            raise AppError(f"app {session.app.name} has no former deployment to go back to")
        return memory.former
    if params["services"] is None and session.state != PRESENT:
        return memory.good
    if not session.app.services:
        raise AppError("services: found none, expected at least one; to remove the app there is state: absent")
    release = params["release"] or release_folder.current(session.places)
    app = session.app if release else without_release(session.app)
    units = {unit.name: unit.text for unit in render(app, Host(systemctl.version()))}
    return Deployment(app, release, units, private_files(app))


def _refuse(session: Session, present: Present, wanted: Deployment, plan: Plan) -> None:
    """Everything that is in the way, at once and before anything is touched."""
    found = [*foreign(present, wanted), *_missing_release(session, wanted)]
    if session.state != STOPPED:
        found += preflight.problems(wanted.app, _facts(present, wanted))
        if plan.write or plan.link:
            found += analyze.verify(wanted)
            found += _too_exposed(session, _exposures(session, wanted))
    errors = blocking(found, "error")
    if errors:
        raise AppError.of(errors, f"app {wanted.app.name}", app=wanted.app.name)
    session.findings += found
    for finding in found:
        if finding.severity == WARNING:
            session.context.warn(finding.as_text())


def _facts(present: Present, wanted: Deployment) -> preflight.HostFacts:
    """A port that one of the app's own units has is free when it is wanted: what leaves goes first."""
    return replace(facts.gather(preflight.asked(wanted.app)), own_units=present.installed)


def _missing_release(session: Session, wanted: Deployment) -> Iterator[Finding]:
    """Check mode may be asked for one that is made later."""
    made = not wanted.release or release_folder.release_at(session.places, wanted.release) is not None
    if not made and not session.context.check_mode:
        place = session.places.release(wanted.release)
        yield Finding(
            "release", ERROR, "release", f"found no finished release at {place}", "make it with systemd_release"
        )


def _exposures(session: Session, wanted: Deployment) -> dict[str, str]:
    """By unit. What was worked out once is remembered by the unit's text."""
    keys = {name: score_key(text) for name, text in wanted.units.items() if name.endswith(".service")}
    known = {**session.store.memory.scores, **session.scores}
    asked = {name: wanted.units[name] for name, key in keys.items() if key not in known}
    if asked:
        known.update((keys[name], str(score)) for name, score in analyze.exposures(asked).items())
    session.scores = {key: known[key] for key in keys.values() if key in known}
    return {name: known[key] for name, key in keys.items() if key in known}


def _too_exposed(session: Session, exposures: Mapping[str, str]) -> Iterator[Finding]:
    limit = session.context.params["max_exposure"]
    for name, score in exposures.items():
        if limit is not None and Decimal(score) > Decimal(str(limit)):
            message = f"found an exposure of {score}, expected at most {limit}"
            yield Finding("exposure", ERROR, name, message, f"systemd-analyze security {name} tells what counts")


def _kept(session: Session, present: Present, wanted: Deployment, plan: Plan) -> dict[str, Any]:
    """Nothing is to be done, or check mode."""
    memory = session.store.memory
    if not session.context.check_mode and memory.good != wanted and wanted.same(memory.good):
        session.store.save(replace(memory, good=wanted))  # only how it is probed is different
    return _result(session, plan, present, wanted)


def _stopped(session: Session, present: Present, wanted: Deployment, plan: Plan) -> dict[str, Any]:
    """What is installed is as wanted, and nothing of it runs."""
    runtime = session.runtime(wanted, plan)
    failure = apply(runtime)
    if failure is None:
        take_down(runtime)
        _journal(session, present, wanted, "stopped")
        return _result(session, plan, present, wanted, runtime)
    raise _error(session, failure, None, **_result(session, plan, present, wanted, runtime))


def _deployed(session: Session, present: Present, wanted: Deployment, plan: Plan) -> dict[str, Any]:
    runtime = session.runtime(wanted, plan)
    failure = apply(runtime)
    if failure is not None:
        raise _came_back(session, present, wanted, runtime, failure)
    _exposures(session, wanted)
    memory = session.store.memory
    if session.state == FORMER:
        memory = memory.went_back(wanted)
    else:
        memory = memory.accepted(wanted, session.context.params["keep_releases"])
    session.store.save(replace(memory, scores=session.scores))
    _journal(session, present, wanted, "good")
    _prune(session)
    return _result(session, plan, present, wanted, runtime)


def _came_back(session: Session, present: Present, wanted: Deployment, runtime: Runtime, failure: Failure) -> AppError:
    back = rollback(runtime, bool(session.context.params["rollback"]))
    _journal(session, present, wanted, "rolled back" if back.ok else "failed")
    facts_of = _result(session, runtime.plan, present, wanted, runtime)
    facts_of["actions"] = [*runtime.actions, *back.actions]
    return _error(session, failure, back, **{**facts_of, "changed": runtime.touched, "rolled_back": back.ok})


def _error(session: Session, failure: Failure, back: RolledBack | None, **known: Any) -> AppError:
    """One block: which service, why, what it said last, and what runs now."""
    memory = session.store.memory
    hidden = hidden_of(Deployment(session.app), memory.good, *memory.history)
    failure = redacted(failure, hidden)
    told = [back.message] if back is not None else []
    return AppError("\n".join([*failure.as_lines(), *told]), **{**known, "failure": failure.as_dict()})


def _absent(session: Session) -> dict[str, Any]:
    params, store = session.context.params, session.store
    wanted = Deployment(session.app)
    present = look(session.places, store.memory, wanted)
    app = session.app if session.app.services else store.memory.good.app if store.memory.good else session.app
    plan = remove_all(present, replace(app, root=session.places.root), params["remove_releases"], params["remove_data"])
    if plan.changed and not session.context.check_mode:
        runtime = session.runtime(wanted, plan)
        remove(runtime)
        _journal(session, present, wanted, "removed")
        store.forget(keep_data=not params["remove_data"])
        return _result(session, plan, present, None, runtime)
    return _result(session, plan, present, None)


def _journal(session: Session, present: Present, wanted: Deployment, said: str) -> None:
    """A line that cannot be written, such as on a full disk, undoes nothing."""
    entry = {"who": session.context.who, "from": present.release, "to": wanted.release, "result": said}
    try:
        session.store.journal(entry)
    except OSError as error:
        session.context.warn(f"the journal of {session.app.name} could not be written: {error}")


def _prune(session: Session) -> None:
    """Keeps so many releases, and each that something still needs."""
    memory, keep = session.store.memory, session.context.params["keep_releases"]
    made = {name: release.made for name, release in release_folder.finished(session.places).items()}
    gone = surplus(made, keep, {*memory.needed, release_folder.current(session.places)})
    if gone:
        release_folder.remove(session.places, gone)
        session.say(f"removed {'release' if len(gone) == 1 else 'releases'} {', '.join(gone)}")


def _result(
    session: Session, plan: Plan, present: Present, wanted: Deployment | None, runtime: Runtime | None = None
) -> dict[str, Any]:
    memory = session.store.memory
    result = answer.result(plan, present, wanted, _exposures(session, wanted) if wanted else {})
    units = {one["unit"] for one in result["services"] if one["unit"]}
    now = systemctl.states(units) if runtime is not None else present.states
    for one in result["services"]:
        one["state"] = now[one["unit"]].active if one["unit"] in now else one["state"]
    return {
        **result,
        "app": session.app.name,
        "release": release_folder.current(session.places),
        "former": memory.former.release if memory.former else "",
        "actions": list(runtime.actions) if runtime else [],
        "outages": dict(runtime.outages) if runtime else {},
        "findings": [finding.as_dict() for finding in session.findings],
        "progress": list(session.progress),
        "rolled_back": False,
    }
