# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that applies a project and is killed right before its n-th step, whatever that is: a request that changes
something, or a command of Compose. Arguments: name, release, folder, number. Ends with 9 where it was killed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._io.compose import cli
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine

from . import engine as machine
from .applying import QUICK, Project

KILLED = 9


class Steps:
    """Counts down to the end of this process."""

    def __init__(self, left: int) -> None:
        self.left = left

    def next(self) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(KILLED)


class KilledEngine(Engine):
    """Reads are no steps."""

    steps = Steps(0)

    def raw(self, path: str, /, *, method: str = "GET", **others: Any) -> bytes:
        if method != "GET":
            self.steps.next()
        return super().raw(path, method=method, **others)


def main(name: str, release: str, folder: str, number: str) -> None:
    with KilledEngine(machine.SOCKET) as engine:
        project = Project(Path(folder), name, release, engine)
        runtime = project.runtime(QUICK)
        engine.steps = steps = Steps(int(number))
        run = runtime.compose.runner

        def counted(asked: cli.Run) -> cli.Ended:
            steps.next()
            return run(asked)

        runtime.compose.runner = counted
        project.finish(runtime)


if __name__ == "__main__":
    main(*sys.argv[1:])
