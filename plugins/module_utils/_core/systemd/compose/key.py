# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key of a Compose service and what becomes of it: the lines of the table that drives findings and documentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...compose_levels import IGNORED, NOT_NEEDED, REFUSED, asks_for_something
from .draft import ServiceDraft

Handler = Callable[[ServiceDraft, Any], None]


@dataclass(frozen=True)
class Key:
    """`name` has dots where it is a key within another, such as `deploy.replicas`.

    `note` is what a user of the key has to know; where the key is left out it is the message of the finding, and
    `hint` its hint. `quiet` are values that ask for nothing. `minor` says that little is lost. `answer` are options of
    the hardened unit: who turns one of them off has seen to it. `nested` says that the keys within it stand in the
    table themselves.
    """

    name: str
    level: str
    becomes: str
    note: str
    hint: str = ""
    handle: Handler | None = None
    quiet: tuple[Any, ...] = ()
    minor: bool = False
    answer: tuple[str, ...] = ()
    nested: bool = False


def apply(key: Key, service: ServiceDraft, value: Any) -> None:
    """Translate the key, or say what is lost."""
    if key.level in (IGNORED, REFUSED):
        if asks_for_something(value, key.quiet):
            lose(key, service, key.name)
    elif key.handle and key.level != NOT_NEEDED:
        key.handle(service, value)


def lose(key: Key, service: ServiceDraft, place: str) -> None:
    """Say that the key is left out at a place, for the reason that stands in the table."""
    if not service.turned_off(key.answer):
        left_out = "compose-left-out" if key.minor else "compose-ignored"
        service.report("compose-refused" if key.level == REFUSED else left_out, place, key.note, key.hint)
