# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the plan of a Compose project: images, canaries, then wave by wave create, start and wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._core.stack.learned import Learned
from .._core.stack.model import Stack
from .._core.stack.plan import Plan
from .._core.stack.present import Present
from .._core.stack.wish import Failure, Wish

if TYPE_CHECKING:
    from .compose_cli import ComposeCli
    from .engine import Engine
    from .stack_store import Store


@dataclass(frozen=True)
class Runtime:
    """Everything that an apply needs. `deadline` is a moment of `time.monotonic()`, None where the wish says how long."""

    engine: Engine
    cli: ComposeCli
    stack: Stack
    present: Present
    plan: Plan
    wish: Wish
    store: Store | None = None
    learned: Learned = Learned()
    say: Callable[[str], None] = lambda _text: None
    deadline: float | None = None


@dataclass(frozen=True)
class Applied:
    """`actions`: {service, action, seconds}; `outages`: service -> seconds; `replaced`: ids of containers that went."""

    actions: tuple[Mapping[str, Any], ...] = ()
    failure: Failure | None = None
    outages: Mapping[str, float] = field(default_factory=dict)
    lost_in_flight: int = 0
    replaced: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # plain sentences: why a service asked for start-first was updated stop-first


def apply(runtime: Runtime) -> Applied:
    """Runs the plan of a project that shall be present. It stops at the first failure and does not roll back."""
    raise NotImplementedError
