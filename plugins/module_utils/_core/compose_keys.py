# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key of a Compose service and what becomes of it on a target: the lines of tables that drive findings and pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from .compose_levels import IGNORED, NOT_NEEDED, REFUSED, asks_for_something


class Draft(Protocol):
    """A service while it is being translated."""

    def report(self, kind: str, place: str, message: str, hint: str = "") -> None: ...


_Draft = TypeVar("_Draft", bound=Draft)


@dataclass(frozen=True)
class Key(Generic[_Draft]):
    """`name` has dots where it is a key within another, such as `deploy.replicas`.

    `note` is what a user of the key has to know; where the key is left out it is the message of the finding, and
    `hint` its hint. `quiet` are values that ask for nothing. `minor` says that little is lost. `nested` says that the
    keys within it stand in the table themselves.
    """

    name: str
    level: str
    becomes: str
    note: str
    hint: str = ""
    handle: Callable[[_Draft, Any], None] | None = None
    quiet: tuple[Any, ...] = ()
    minor: bool = False
    nested: bool = False


def apply(key: Key[_Draft], service: _Draft, value: Any) -> None:
    """Translate the key, or say what is lost."""
    if key.level in (IGNORED, REFUSED):
        if asks_for_something(value, key.quiet):
            lose(key, service, key.name)
    elif key.handle and key.level != NOT_NEEDED:
        key.handle(service, value)


def lose(key: Key[_Draft], service: _Draft, place: str) -> None:
    """Say that the key is left out at a place, for the reason that stands in the table."""
    left_out = "compose-left-out" if key.minor else "compose-ignored"
    service.report("compose-refused" if key.level == REFUSED else left_out, place, key.note, key.hint)
