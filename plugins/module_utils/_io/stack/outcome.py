# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide and apply, and what follows: a release that is good, one that failed, or nothing to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..._core.stack import answer
from ..._core.stack.decide import decide
from ..._core.stack.plan import Plan
from ..._core.stack.preflight import check
from ..._core.stack.settled import unsettled
from ..._core.stack.wish import Failure
from . import host as stack_host
from . import pinning, record
from .apply import Applied, apply
from .images import fetch
from .leftovers import tidy
from .module import StackError
from .reading import Reading
from .rollback import RolledBack, rollback
from .session import Session
from .wait import wait_until_ready


def carry_out(session: Session) -> dict[str, Any]:
    """The result of the run; raises StackError where something failed."""
    pinning.pin_images(session)
    reading = _tidied(session, session.read())
    plan = _decided(session, reading)
    to_fetch = tuple(step.service for step in plan.steps if step.pull or step.build)
    findings = plan.findings
    if reading.has_engine and (plan.changed or to_fetch):
        host = stack_host.gather(session.engine, reading.stack, reading.present, plan, session.source.environment)
        host = replace(host, paths={**host.paths, **session.model.paths})
        findings += check(reading.stack, reading.present, plan, session.wish, host)
    session.refuse(findings)
    to_lock = pinning.needs_lock(session)
    if session.context.check_mode:
        return _result(session, reading, reading, _locking(session, plan) if to_lock else plan)
    session.source.place.write_definition()
    before = reading
    if to_fetch:
        reading, plan = _fetched(session, reading, plan, to_fetch)
    if to_lock:
        pinning.lock_images(session)
        before = reading = session.read()
        plan = _locking(session, _decided(session, reading))
    return _changed(session, before, reading, plan) if plan.changed else _unchanged(session, reading, plan)


def _tidied(session: Session, reading: Reading) -> Reading:
    """Without what a run left that was killed half-way."""
    if session.context.check_mode or not reading.has_engine:
        return reading
    return session.read() if tidy(session.engine, reading.stack.project, reading.present) else reading


def _decided(session: Session, reading: Reading) -> Plan:
    return decide(reading.stack, reading.present, session.learned, session.wish, reading.facts)


def _locking(session: Session, plan: Plan) -> Plan:
    """Writing the lock file is a change, too."""
    return replace(plan, others=(*plan.others, f"lock file {session.source.place.lock_file}: create"))


def _fetched(session: Session, reading: Reading, plan: Plan, services: tuple[str, ...]) -> tuple[Reading, Plan]:
    """With the images pulled and built: only now their ids say what has to be made anew."""
    failure = fetch(session.runtime(reading, plan))
    if failure is not None:
        raise _error(session, failure, changed=False)
    again = session.read(fetched=frozenset(services))
    return again, _decided(session, again).as_foretold(plan)


def _unchanged(session: Session, reading: Reading, plan: Plan) -> dict[str, Any]:
    """What runs is what is wanted; it may still be starting, or dying again and again."""
    waiting = unsettled(reading.stack, reading.present, session.wish) if session.wish.wait else {}
    if waiting:
        failure = wait_until_ready(
            session.engine, reading.stack, session.wish, waiting, session.deadline, session.say, changed=()
        )
        if failure is not None:
            raise _error(session, failure, changed=False)
    release = record.remember(session, reading, plan)
    result = _result(session, reading, reading, plan, release)
    if not waiting and not plan.findings and not reading.facts.builds and not any(step.pull for step in plan.steps):
        record.keep(session, reading, result)
    return result


def _changed(session: Session, before: Reading, reading: Reading, plan: Plan) -> dict[str, Any]:
    """`before` is what there was before images came: it is what the diff starts from, as in check mode."""
    applied = apply(session.runtime(reading, plan))
    if applied.failure is not None:
        raise _came_back(session, before, reading, plan, applied, applied.failure)
    after = session.read()
    release = record.record(session, after, plan)
    return {**_result(session, before, after, plan, release), **_doings(session, applied)}


def _came_back(
    session: Session, before: Reading, reading: Reading, plan: Plan, applied: Applied, failure: Failure
) -> StackError:
    """The last good release put back, as far as something was touched and that was asked for."""
    last = session.store.last_good()
    back = rollback(session.runtime(reading, plan), last, failure)
    after = session.read()
    record.record_failure(session, after, plan, failure, back)
    facts = {**_doings(session, applied), **_result(session, before, after, plan, session.learned.release)}
    facts["actions"] = [*map(dict, applied.actions), *map(dict, back.actions)]
    facts["rolled_back"] = back.ok
    return _error(session, failure, back=back, **{**facts, "changed": bool(applied.replaced or applied.actions)})


def _error(session: Session, failure: Failure, back: RolledBack | None = None, **facts: Any) -> StackError:
    """One block: which service, why, what it said last, and what runs now."""
    lines = [
        f"{failure.message} [{failure.cause}]",
        *([f"Exit code: {failure.exit_code}"] if failure.exit_code is not None else []),
        *([f"The probe said: {failure.probe_output}"] if failure.probe_output else []),
        *(["Last lines of its log:", *(f"  {line}" for line in failure.log_tail)] if failure.log_tail else []),
        *([back.message] if back else []),
    ]
    known = {"project": session.model.name, "progress": session.progress, "rolled_back": False}
    return StackError("\n".join(lines), **{**known, **facts, "failure": failure.as_dict()})


def _result(session: Session, before: Reading, after: Reading, plan: Plan, release: int = 0) -> dict[str, Any]:
    calls = session.source.cli.calls if session.source.cli else 0
    return {
        **answer.result(before.stack, after.present, plan, release or session.learned.release),
        "diff": answer.diff(before.stack, before.present, plan),
        "rolled_back": False,
        "measured": {"cli_calls": calls, "engine_requests": session.engine.requests},
    }


def _doings(session: Session, applied: Applied) -> dict[str, Any]:
    return {
        "actions": [dict(action) for action in applied.actions],
        "outages": dict(applied.outages),
        "lost_in_flight": applied.lost_in_flight,
        "notes": list(applied.notes),
        "progress": session.progress,
    }
