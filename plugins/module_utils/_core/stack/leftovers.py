# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update that was killed leaves behind, recognised by name, so that the next run starts from a clean state."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .present import LABEL, Container, Present

#: A container that is tried out, one that does not serve yet, one that serves no more.
CANARY, NEXT, RETIRED = "-canary", "-next", "-retired"
REMOVE, RENAME = "remove", "rename"
#: While Compose replaces a container, the new one is called by the old one's short id and their name.
_HALF_MADE = re.compile(r"[0-9a-f]{12}_(?P<name>.+)")


@dataclass(frozen=True)
class Leftover:
    """`name` is the one that the container shall have."""

    container: Container
    action: str
    name: str = ""
    reason: str = ""


def canary_name(project: str, service: str) -> str:
    return f"{project}-{service}{CANARY}"


def leftovers(project: str, present: Present) -> tuple[Leftover, ...]:
    """In the order in which they are dealt with: who serves comes last."""
    found = [one for container in present.containers if (one := _leftover(project, container, present)) is not None]
    return tuple(sorted(found, key=lambda one: (one.action == RENAME, one.container.name)))


def _leftover(project: str, one: Container, present: Present) -> Leftover | None:
    if one.state == "removing":
        return None
    if one.one_off:
        mine = one.name == canary_name(project, one.service)
        return Leftover(one, REMOVE, reason="it was a canary") if mine else None
    if _marked(one, NEXT):
        return Leftover(one, REMOVE, reason="it never took over")
    if _marked(one, RETIRED):
        return _retired(one, present)
    half_made = _HALF_MADE.fullmatch(one.name) if f"{LABEL}replace" in one.labels else None
    return _half_made(one, half_made["name"], present) if half_made else None


def _marked(one: Container, mark: str) -> bool:
    """A name that a user gave with container_name may end so, too; ours has the number before it."""
    return one.name.endswith((f"-{one.number}{mark}", f"_{one.number}{mark}"))


def _retired(one: Container, present: Present) -> Leftover:
    if any(other.state == "running" for other in _others(one, present)):
        return Leftover(one, REMOVE, reason="another one has taken over")
    return Leftover(one, RENAME, one.name[: -len(RETIRED)], "nobody has taken over")


def _half_made(one: Container, name: str, present: Present) -> Leftover:
    if name in {other.name for other in present.containers}:
        return Leftover(one, REMOVE, reason="Compose was stopped before it took over")
    return Leftover(one, RENAME, name, "Compose was stopped after it took over")


def _others(one: Container, present: Present) -> list[Container]:
    return [
        other
        for other in present.of(one.service)
        if other.id != one.id and not _marked(other, NEXT) and not _marked(other, RETIRED)
    ]
