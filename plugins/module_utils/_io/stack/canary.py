# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A canary: a new container without published ports and aliases that has to become ready before the old one goes."""

from __future__ import annotations

from ..._core.stack.leftovers import canary_name
from ..._core.stack.wish import Failure
from ..compose.cli import CliError
from . import containers
from .runtime import Record, Runtime
from .wait import diagnose, wait_until_ready


def try_out(runtime: Runtime, record: Record, service: str) -> Failure | None:
    """Whatever comes of it, the canary is gone afterwards, and the service has not been touched."""
    name = canary_name(runtime.stack.project, service)
    runtime.say(f"{service}: a canary is tried out")
    with record.timed(service, "canary"):
        _remove(runtime, name)
        try:
            runtime.compose.run_canary(service, name)
            return _await(runtime, service, name)
        except CliError as error:
            return diagnose(runtime.engine, runtime.stack, service, "\n".join(error.lines))
        finally:
            _remove(runtime, name)


def _await(runtime: Runtime, service: str, name: str) -> Failure | None:
    canary = [one for one in containers.listed(runtime.engine, runtime.stack.project, service) if one.name == name]
    watched = {service: tuple(one.id for one in canary)}
    return wait_until_ready(runtime.engine, runtime.stack, runtime.wish, watched, runtime.until(), runtime.say)


def _remove(runtime: Runtime, name: str) -> None:
    """It may have taken work upon itself, so it is asked to end first."""
    found = [one for one in containers.listed(runtime.engine, runtime.stack.project) if one.name == name]
    containers.take_away(runtime.engine, found, runtime.wish.stop_timeout, volumes=True)
