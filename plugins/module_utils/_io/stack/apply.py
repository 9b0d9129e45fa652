# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the plan of a Compose project: images, canaries, then wave by wave create, start and wait.

Containers are made and started by Compose itself, so that everything in them is what the user's own
`docker compose up` would give: where nothing has to happen in between, by one `up` for a wave. Else `create` makes all
of it and starts none, and `up --no-recreate --no-deps` then starts them in order. What Compose prints decides nothing.
"""

from __future__ import annotations

from ..._core.stack.strategy import swaps, waves
from ..._core.stack.wish import Failure
from ..compose.cli import CliError
from ..engine.client import EngineError
from . import containers, objects, remove
from .images import fetch
from .runtime import Applied, Record, Runtime, StoppedError
from .wait import diagnose, wait_until_ready
from .wave import Carrier

__all__ = ["Applied", "Runtime", "apply"]


def apply(runtime: Runtime) -> Applied:
    """Runs the plan, whatever state is asked for. It stops at the first failure and puts nothing back."""
    record, failure = Record(), None
    try:
        _run(runtime, record)
    except StoppedError as error:
        failure = error.failure
    except CliError as error:
        failure = diagnose(runtime.engine, runtime.stack, "", "\n".join(error.lines))
    except EngineError as error:
        failure = Failure("", "engine", str(error))
    return record.applied(failure, _replaced(runtime))


def _run(runtime: Runtime, record: Record) -> None:
    if runtime.wish.state == "present":
        _bring_up(runtime, record)
    elif runtime.wish.state == "restarted":
        _restart(runtime, record)
    else:
        remove.take_down(runtime, record)


def _bring_up(runtime: Runtime, record: Record) -> None:
    failure = fetch(runtime, record)
    if failure is not None:
        raise StoppedError(failure)
    start_first, notes = swaps(runtime.stack, runtime.plan, runtime.present)
    record.notes.extend(notes)
    objects.remove_orphans(runtime, record)
    objects.clear(runtime, record)
    carrier = Carrier(runtime, record)
    for wave in waves(runtime.stack, runtime.plan, start_first):
        carrier.run(wave)
    carrier.finish()


def _restart(runtime: Runtime, record: Record) -> None:
    touched = remove.restart(runtime, record)
    known = {name: ids for name, ids in touched.items() if name in runtime.stack.services and ids}
    if known and runtime.wish.wait:
        failure = wait_until_ready(runtime.engine, runtime.stack, runtime.wish, known, runtime.until(), runtime.say)
        if failure is not None:
            raise StoppedError(failure)


def _replaced(runtime: Runtime) -> tuple[str, ...]:
    """Containers that were there and are not any more. Without an engine nobody can say."""
    try:
        now = {one.id for one in containers.listed(runtime.engine, runtime.stack.project)}
    except EngineError:
        return ()
    return tuple(one.id for one in runtime.present.containers if one.id not in now)
