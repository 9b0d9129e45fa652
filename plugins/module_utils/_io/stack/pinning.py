# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project whose images a lock file pins to digests: the model, and the files that Compose gets, with the digests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..._core.findings import ERROR, Finding
from ..._core.stack import reader
from ..._core.stack.lockfile import Lock, LockFileError, pin
from .digest_lock import read_lock, resolve, write_lock, write_override
from .module import StackError
from .place import Place
from .session import Session


def pin_images(session: Session) -> None:
    """With the lock file that is there. Without one the images are what their tags say."""
    path = session.source.place.lock_file
    lock = _read(path) if path else None
    if lock is not None:
        _use(session, lock)


def needs_lock(session: Session) -> bool:
    """Whether the lock file is missing, or services that came since are missing from it."""
    path = session.source.place.lock_file
    if path is None:
        return False
    lock = _read(path)
    return lock is None or bool(pin(session.plain.raw, lock).missing)


def lock_images(session: Session) -> None:
    """Write what is missing, and pin: the digests are those that the tags mean now. Entries that are there stay."""
    path = session.source.place.lock_file
    if path is None:
        return
    known = _read(path) or Lock()
    found = resolve(session.engine, reader.read(session.plain.raw))
    lock = Lock({**found.services, **known.services}, {**found.unpinned, **known.unpinned})
    write_lock(path, lock)
    _use(session, lock)


def _read(path: Path) -> Lock | None:
    try:
        return read_lock(path)
    except LockFileError as error:
        raise StackError.of([Finding("lock-file", ERROR, "lock_file", str(error))], "compose_stack") from error


def _use(session: Session, lock: Lock) -> None:
    pinned = pin(session.plain.raw, lock)
    if pinned.stale:
        services = session.plain.raw["services"]
        hint = "take its entry out of the lock file to lock it again"
        stale = [
            Finding(
                "lock-file",
                ERROR,
                f"services.{name}.image",
                f"found {services[name].get('image')}, expected {image}, which the lock file pins",
                hint,
            )
            for name, image in sorted(pinned.stale.items())
        ]
        raise StackError.of(stale, f"project {session.plain.name}")
    session.model = replace(session.plain, raw=pinned.raw)
    cli = session.source.cli
    if cli is not None and pinned.override["services"] and not session.context.check_mode:
        override = str(write_override(session.store.folder, pinned.override))
        files = (*files_of(session.source.place, session.source.environment.get("COMPOSE_FILE", "")), override)
        session.source = replace(session.source, cli=replace(cli, files=files))


def files_of(place: Place, compose_file: str) -> tuple[str, ...]:
    """The files that Compose would find by itself, named: one more file turns its search off."""
    found = place.found()
    if not place.files and (compose_file or not found):
        message = "found no Compose file that is named in the task, expected it in files"
        raise StackError.of([Finding("option", ERROR, "lock_file", message)], "compose_stack")
    return found
