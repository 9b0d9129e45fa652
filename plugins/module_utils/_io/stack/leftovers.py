# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clears away what an update that was killed left behind, before anything is decided about a project."""

from __future__ import annotations

from typing import Any

from ..._core.stack.leftovers import REMOVE, leftovers
from ..._core.stack.present import Present
from ..engine.client import Engine
from . import containers
from .runtime import Record


def tidy(engine: Engine, project: str, present: Present, stop_timeout: int | None = None) -> tuple[dict[str, Any], ...]:
    """What was done, as in `Applied.actions`. Where that is anything, the present has to be read again.

    Anonymous volumes go with containers that never served. Those of a half-made one are its predecessor's, which
    keeps them: the engine deletes no volume that another container uses.
    """
    record = Record()
    for one in leftovers(project, present):
        container = one.container
        with record.timed(container.service, f"{one.action} leftover {container.name}"):
            if one.action == REMOVE:
                containers.take_away(engine, (container,), stop_timeout, volumes=True)
            else:
                containers.rename(engine, container.id, one.name)
    return tuple(record.actions)
