# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a key of a Compose service on a target: the words of the tables that targets have of all keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar

TRANSLATED = "translated"
APPROXIMATED = "approximated"
IGNORED = "ignored"
REFUSED = "refused"
NOT_NEEDED = "not needed"

#: What asks for nothing, whatever the key.
_NOTHING: tuple[Any, ...] = (False, "", [], {})


def levels(target: str, service: str) -> dict[str, str]:
    """What the words mean, in the order of reference pages."""
    return {
        TRANSLATED: f"It becomes the same in {target}.",
        APPROXIMATED: "It becomes something near, and a finding says what differs where it matters.",
        IGNORED: "It is left out, and a finding says so.",
        REFUSED: f"The {service} cannot run there with it: an error says so.",
        NOT_NEEDED: "It is left out, and nothing is lost.",
    }


def asks_for_something(value: Any, quiet: tuple[Any, ...] = ()) -> bool:
    """Whether leaving the value out loses anything; `quiet` are values of the key that ask for nothing."""
    return value not in _NOTHING and value not in quiet


class Row(Protocol):
    """A row of such a table. `nested`: the keys within it are rows themselves."""

    @property
    def name(self) -> str: ...

    @property
    def nested(self) -> bool: ...


_Row = TypeVar("_Row", bound=Row)


def rows_of(
    values: Mapping[str, Any], table: Mapping[str, _Row], prefix: str = ""
) -> Iterator[tuple[str, _Row | None, Any]]:
    """Path, row and value of each key that says something; no row where the table has none."""
    for name, value in values.items():
        row = table.get(prefix + name)
        if value is None or name.startswith("x-"):
            continue
        if row is not None and row.nested:
            yield from rows_of(value, table, f"{row.name}.")
        else:
            yield prefix + name, row, value
