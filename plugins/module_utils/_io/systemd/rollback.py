# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back to the last good deployment, with the same plan as any other; or down, where there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..._core.systemd.failure import Failure
from ..._core.systemd.plan import STOPPED, decide
from . import systemctl
from .apply import Runtime, apply, take_down
from .look import look
from .release_folder import release_at


@dataclass(frozen=True)
class RolledBack:
    """`ok`: what was good before runs again."""

    ok: bool
    message: str
    actions: tuple[dict[str, Any], ...] = ()


def rollback(runtime: Runtime, wished: bool) -> RolledBack:
    """What runs after this, in one sentence."""
    memory = runtime.store.memory
    if not runtime.touched:
        return RolledBack(False, "What ran before still runs.")
    if not wished:
        return RolledBack(False, "No rollback is wanted; everything stays as it is, for inspection.")
    if memory.good is None:
        return _down(runtime)
    if runtime.wanted.same(memory.good):
        return RolledBack(False, "This is the deployment that was good last, so there is nothing to go back to.")
    if memory.good.release and release_at(runtime.places, memory.good.release) is None:
        return RolledBack(False, f"Release {memory.good.release} is no longer there to go back to.")
    return _back(runtime)


def _back(runtime: Runtime) -> RolledBack:
    good = runtime.store.memory.good
    if good is None:
        raise ValueError("nothing to go back to")
    present = look(runtime.places, runtime.store.memory, good)
    back = replace(
        runtime,
        wanted=good,
        plan=decide(present, good),
        wait=True,
        actions=[],
        outages={},
        watched={},
        away=dict(runtime.away),
    )
    failure = apply(back)
    runtime.outages.update(back.outages)
    what = f"Release {good.release}" if good.release else "The former deployment"
    if failure is not None:
        return RolledBack(False, f"{what} was put back, and failed, too: {_words(failure)}", tuple(back.actions))
    runtime.store.save(replace(runtime.store.memory, unproven=frozenset()))
    return RolledBack(True, f"{what} is back and runs.", tuple(back.actions))


def _down(runtime: Runtime) -> RolledBack:
    """A first deployment has nothing before it. What cannot work shall not be tried for ever."""
    memory = runtime.store.memory
    present = look(runtime.places, memory, runtime.wanted)
    down = replace(runtime, plan=decide(present, runtime.wanted, STOPPED), actions=[])
    try:
        take_down(down)
    except (OSError, systemctl.SystemctlError) as error:
        return RolledBack(False, f"There is nothing to go back to, and it could not be stopped: {error}")
    told = "There is nothing to go back to: this app was never good here. What was installed is stopped, and stays."
    return RolledBack(False, told, tuple(down.actions))


def _words(failure: Failure) -> str:
    return f"{failure.service}: {failure.message}" if failure.service else failure.message
