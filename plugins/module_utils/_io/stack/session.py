# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run on one project, under its lock: everything that its stages hand to each other."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from ..._core.findings import WARNING, Finding, blocking
from ..._core.stack.learned import Learned
from ..._core.stack.plan import Plan
from ..._core.stack.wish import Wish
from ..engine.client import Engine
from . import reading as stack_reading
from .module import Context, StackError
from .reading import Model, Reading, Source
from .runtime import Runtime
from .store import Store


@dataclass
class Session:
    """`progress` is what was waited for, each line with the seconds since the run began."""

    context: Context
    source: Source
    engine: Engine
    store: Store
    learned: Learned
    plain: Model  # as Compose reads the user's files
    progress: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.model = self.plain  # or with the images pinned

    @property
    def wish(self) -> Wish:
        return self.source.wish

    @property
    def deadline(self) -> float:
        """A moment of `time.monotonic()`."""
        return self.started + self.wish.wait_timeout

    def say(self, text: str) -> None:
        self.progress.append(f"{time.monotonic() - self.started:.1f} s: {text}")

    def read(self, **more: Any) -> Reading:
        """The present, as it is now; `more` is what this run knows beside it."""
        reading = stack_reading.read(
            self.source, self.model, self.engine, self.learned, self.store.last_good(), self.context.check_mode
        )
        given = self.context.params["controller_images"] if self.context.check_mode else {}
        if given:
            reading = replace(reading, present=replace(reading.present, images={**reading.present.images, **given}))
        return replace(reading, facts=replace(reading.facts, **more)) if more else reading

    def runtime(self, reading: Reading, plan: Plan) -> Runtime:
        """What an apply needs."""
        return Runtime(
            engine=self.engine,
            cli=self.source.cli,
            stack=reading.stack,
            present=reading.present,
            plan=plan,
            wish=self.wish,
            store=self.store,
            learned=self.learned,
            say=self.say,
        )

    def refuse(self, findings: tuple[Finding, ...]) -> None:
        """Stops before anything changed, with everything that is in the way at once."""
        errors = blocking(findings, "error")
        if errors:
            raise StackError.of(errors, f"project {self.model.name}", project=self.model.name)
        for finding in findings:
            if finding.severity == WARNING:
                self.context.warn(finding.as_text())
