# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves behind on the host: what it learned, and the release that can be come back to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._core.stack import lessons
from ..._core.stack.learned import Learned
from ..._core.stack.model import Stack
from ..._core.stack.plan import Plan
from ..._core.stack.release import Release
from ..._core.stack.wish import Failure
from . import memo
from .reading import Reading
from .rollback import RolledBack
from .session import Session

#: Larger files are no configuration; a release does without a copy of them.
MOST_BYTES = 1024 * 1024


def record(session: Session, reading: Reading, plan: Plan) -> int:
    """A release that is good. Returns its number; 0 where the project was taken away."""
    store = session.store
    if session.wish.state == "absent":
        store.forget(session.engine)
        store.journal({"state": "absent", "by": session.context.who})
        return 0
    if session.wish.state == "stopped":
        store.journal({"state": "stopped", "by": session.context.who})
        return session.learned.release
    before = store.last_good()
    release = store.record(_release(session, reading), _copies(reading.stack))
    _learn(session, reading, plan, release.number)
    store.journal(
        {
            "release": release.number,
            "result": release.result,
            "by": release.by,
            "from": dict(before.images) if before else {},
            "to": dict(release.images),
        }
    )
    store.prune(session.wish.keep_releases, session.engine)
    return release.number


def remember(session: Session, reading: Reading, plan: Plan) -> int:
    """After a run that changed nothing: the first one of a project that others started makes it a release."""
    if session.wish.state in ("absent", "stopped"):
        return 0
    if session.store.last_good() is None:
        return record(session, reading, plan)
    _learn(session, reading, plan, session.learned.release)
    return session.learned.release


def record_failure(session: Session, reading: Reading, plan: Plan, failure: Failure, back: RolledBack) -> None:
    """What runs now is learned, so that the next run is exact about it; the inputs are not: they were not reached."""
    session.store.journal(
        {
            "result": "rolled back" if back.ok else "failed",
            "by": session.context.who,
            "service": failure.service,
            "cause": failure.cause,
        }
    )
    if back.ok and back.stack is not None:
        learned = lessons.after_rollback(session.learned, reading.present)
        session.store.save_learned(learned)


def keep(session: Session, reading: Reading, result: Mapping[str, Any]) -> None:
    """So that the next run need not work this out again, where everything is still the same then."""
    params, model = session.context.params, session.plain
    if not model.fingerprint or not memo.may_be_kept(params):
        return
    # What comes from a variable is in the fingerprint, and not in what Compose prints.
    by_variable = any(one.variable for service in reading.stack.services.values() for one in service.contents)
    known = {"fingerprint": model.fingerprint, "printed": "" if by_variable else model.printed}
    memo.keep(session.source.place, params, reading.stack.project, known, reading.engine, _followed(reading), result)


def _followed(reading: Reading) -> dict[str, str]:
    """Hashes of the files that containers get, by path; folders with a slash behind it."""
    return {
        one.source if Path(one.source).is_file() else f"{one.source}/": reading.facts.contents[name][one.key]
        for name, service in reading.stack.services.items()
        for one in service.contents
        if one.source and one.key in reading.facts.contents.get(name, {})
    }


def _learn(session: Session, reading: Reading, plan: Plan, release: int) -> Learned:
    source, facts = session.source, reading.facts
    learned = lessons.learn(
        session.learned,
        reading.stack,
        reading.present,
        facts,
        plan,
        fingerprint=session.plain.fingerprint,
        cli=source.cli.program.fingerprint if source.cli else "",
        release=release,
    )
    source.place.remember(reading.stack.project)
    source.keep(session.store, session.plain)
    if learned != session.learned:
        session.store.save_learned(learned)
    return learned


def _release(session: Session, reading: Reading) -> Release:
    stack, present = reading.stack, reading.present
    images = {name: containers[0].image_id for name in stack.services if (containers := present.of(name))}
    return Release(
        number=session.store.next_number(),
        project=stack.project,
        model=stack.raw,
        images=images,
        references={name: stack.services[name].image for name in images},
        by=session.context.who,
    )


def _copies(stack: Stack) -> dict[str, bytes]:
    """The files that containers get, by path: those that are small enough to be configuration."""
    paths = {one.source for service in stack.services.values() for one in service.contents if one.source}
    found = {}
    for path in sorted(paths):
        file = Path(path)
        if file.is_file() and file.stat().st_size <= MOST_BYTES:
            found[path] = file.read_bytes()
    return found
