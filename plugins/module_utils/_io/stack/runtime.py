# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an apply gets and what it hands back, and the record that its parts write while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..._core.stack.learned import Learned
from ..._core.stack.model import Stack
from ..._core.stack.plan import Plan
from ..._core.stack.present import Present
from ..._core.stack.wish import Failure, Wish

if TYPE_CHECKING:
    from ..compose.cli import ComposeCli
    from ..engine.client import Engine
    from .store import Store


@dataclass(frozen=True)
class Runtime:
    """Everything that an apply needs. Each wait lasts up to `wish.wait_timeout`, and none beyond `deadline`, if given.

    `cli` may be missing where nothing is made or started: stopped and absent need no Compose.
    """

    engine: Engine
    cli: ComposeCli | None
    stack: Stack
    present: Present
    plan: Plan
    wish: Wish
    store: Store | None = None
    learned: Learned = field(default_factory=Learned)
    say: Callable[[str], None] = lambda _text: None
    deadline: float | None = None

    @property
    def compose(self) -> ComposeCli:
        if self.cli is None:
            raise ValueError("there is no Compose to apply with")
        return self.cli

    def until(self) -> float:
        """The moment of `time.monotonic()` at which a wait that begins now is over."""
        end = time.monotonic() + self.wish.wait_timeout
        return end if self.deadline is None else min(end, self.deadline)


@dataclass(frozen=True)
class Applied:
    """`actions`: {service, action, seconds}; `outages`: service -> seconds; `replaced`: ids of containers that went."""

    actions: tuple[Mapping[str, Any], ...] = ()
    failure: Failure | None = None
    outages: Mapping[str, float] = field(default_factory=dict)
    lost_in_flight: int = 0
    replaced: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # plain sentences: why a service that asked for start-first was stopped first


class StoppedError(Exception):
    """An apply that cannot go on. What was done so far stays done: to come back is somebody else's work."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass
class Record:
    """What has been done so far."""

    actions: list[dict[str, Any]] = field(default_factory=list)
    outages: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lost_in_flight: int = 0

    @contextmanager
    def timed(self, service: str, action: str) -> Iterator[None]:
        """Writes the action down with its seconds, also where it fails: it has begun."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.add(service, action, time.monotonic() - began)

    def add(self, service: str, action: str, seconds: float = 0.0) -> None:
        self.actions.append({"service": service, "action": action, "seconds": round(seconds, 2)})

    def applied(self, failure: Failure | None, replaced: tuple[str, ...]) -> Applied:
        return Applied(
            tuple(self.actions), failure, dict(self.outages), self.lost_in_flight, replaced, tuple(self.notes)
        )
