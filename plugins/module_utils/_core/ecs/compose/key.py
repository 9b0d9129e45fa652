# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key of a Compose service and what becomes of it: the lines of the table that drives findings and documentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...compose_levels import (
    APPROXIMATED,
    IGNORED,
    NOT_NEEDED,
    REFUSED,
    TRANSLATED,
    asks_for_something,
    levels,
)
from .draft import ContainerDraft

#: What the levels mean, in the order of the reference page.
LEVELS = levels("ECS", "service")

__all__ = [
    "APPROXIMATED",
    "IGNORED",
    "LEVELS",
    "NOT_NEEDED",
    "REFUSED",
    "TRANSLATED",
    "Handler",
    "Key",
    "apply",
    "lose",
]

Handler = Callable[[ContainerDraft, Any], None]


@dataclass(frozen=True)
class Key:
    """`name` has dots where it is a key within another, such as `deploy.replicas`.

    `note` is what a user of the key has to know; where the key is left out it is the message of the finding, and
    `hint` its hint. `quiet` are values that ask for nothing. `minor` says that little is lost. `answer` is the field of
    a container with which the user's own definition takes the key's place. `nested` says that the keys within it stand
    in the table themselves.
    """

    name: str
    fargate: str
    ec2: str
    becomes: str
    note: str
    hint: str = ""
    handle: Handler | None = None
    quiet: tuple[Any, ...] = ()
    minor: bool = False
    answer: str = ""
    nested: bool = False

    def level(self, fargate: bool) -> str:
        return self.fargate if fargate else self.ec2


def apply(key: Key, container: ContainerDraft, value: Any) -> None:
    """Translate the key, or say what is lost."""
    level = key.level(container.task.target.fargate)
    if level in (IGNORED, REFUSED):
        if asks_for_something(value, key.quiet):
            lose(key, container, key.name, level)
    elif key.handle and level != NOT_NEEDED:
        key.handle(container, value)


def lose(key: Key, container: ContainerDraft, place: str, level: str = "") -> None:
    """Say that the key is left out at a place, for the reason that stands in the table."""
    if key.answer in container.given:
        return
    level = level or key.level(container.task.target.fargate)
    left_out = "compose-left-out" if key.minor else "compose-ignored"
    container.report("compose-refused" if level == REFUSED else left_out, place, key.note, key.hint)
