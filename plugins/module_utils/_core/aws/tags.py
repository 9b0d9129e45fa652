# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of a resource: a dictionary for users, a list of pairs for the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TagChange:
    """`wanted` is what there will be; the rest is how to get there."""

    wanted: dict[str, str]
    to_set: dict[str, str] = field(default_factory=dict)
    to_remove: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.to_set or self.to_remove)


def change(present: Mapping[str, str], tags: Mapping[str, str] | None, purge: bool) -> TagChange:
    """No `tags` leaves them as they are; with `purge` what is not named goes."""
    wanted = dict(present) if tags is None else {**({} if purge else present), **tags}
    to_set = {key: value for key, value in wanted.items() if present.get(key) != value}
    return TagChange(wanted, to_set, tuple(key for key in present if key not in wanted))


def read(listed: Iterable[Mapping[str, Any]], key: str = "key", value: str = "value") -> dict[str, str]:
    """From the API's list. Tags that start with aws: are AWS's own: they can be neither set nor removed."""
    pairs = ((str(tag[key]), str(tag.get(value) or "")) for tag in listed)
    return {name: text for name, text in pairs if not name.lower().startswith("aws:")}


def listed(tags: Mapping[str, str], key: str = "key", value: str = "value") -> list[dict[str, str]]:
    """For the API. ECS writes key and value in lower case, Scheduler and EC2 Key and Value."""
    return [{key: name, value: text} for name, text in tags.items()]
