# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of a plan: what it says shall be pulled is pulled, and what it says shall be built is built."""

from __future__ import annotations

from ..._core.stack.wish import Failure
from ..compose.cli import CliError
from ..engine.reads import inspect_image
from .runtime import Record, Runtime
from .wait import diagnose

#: Of the option `pull`; with any other value Compose does as each service says.
_POLICIES = {"always": "always", "missing": "missing"}


def fetch(runtime: Runtime, record: Record | None = None) -> Failure | None:
    """Nothing that runs is touched. All pulls are one command, and all builds, so that they go on side by side."""
    record = record or Record()
    pulled = tuple(step.service for step in runtime.plan.steps if step.pull)
    built = tuple(step.service for step in runtime.plan.steps if step.build)
    try:
        for services, action in ((pulled, "pull"), (built, "build")):
            if services:
                runtime.say(f"{action} {', '.join(services)}")
                with record.timed(", ".join(services), action):
                    _run(runtime, services, action)
    except CliError as error:
        at_fault = _missing(runtime, pulled if error.command == "pull" else built)
        return diagnose(runtime.engine, runtime.stack, at_fault, "\n".join(error.lines), fetching=True)
    return None


def _run(runtime: Runtime, services: tuple[str, ...], action: str) -> None:
    if action == "pull":
        runtime.compose.pull(services, policy=_POLICIES.get(runtime.wish.pull))
    else:
        runtime.compose.build(services)


def _missing(runtime: Runtime, services: tuple[str, ...]) -> str:
    """The first whose image is not there; the first of all where an old one is."""
    known = [name for name in services if name in runtime.stack.services]
    gone = (name for name in known if inspect_image(runtime.engine, runtime.stack.services[name].image) is None)
    return next(gone, known[0] if known else "")
