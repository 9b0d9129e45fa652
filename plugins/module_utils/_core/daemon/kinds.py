# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand behind a key of daemon.json, and what is made of a value that YAML or Jinja has blurred.

Go reads the file strictly: "3" is no number, and 3 is no string. What the user of the module wrote is mended where it
can mean one thing only; what the host's file says is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

#: A path within the file, and what is wrong there.
Mistake = tuple[tuple[str, ...], str]


def shape(value: Any) -> str:
    """What a value is, in the words of JSON. Values themselves are not repeated: they may be secrets."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, word in ((int, f"the number {value}"), (float, f"the number {value}"), (str, "a string")):
        if isinstance(value, kind):
            return word
    return "a list" if isinstance(value, list) else "a mapping"


class Kind(Protocol):
    """What may stand somewhere; `noun` says it in words."""

    @property
    def noun(self) -> str: ...

    def mistakes(self, value: Any, path: tuple[str, ...]) -> Iterator[Mistake]:
        """What is wrong with the value."""

    def mended(self, value: Any) -> Any:
        """The same value as JSON should have it, where that is clear."""


@dataclass(frozen=True)
class Plain:
    """One value of `type`, said in words by `noun`."""

    noun: str
    types: tuple[type, ...]

    def mistakes(self, value: Any, path: tuple[str, ...]) -> Iterator[Mistake]:
        wrong_bool = isinstance(value, bool) and bool not in self.types
        if wrong_bool or not isinstance(value, self.types):
            yield path, f"found {shape(value)}, expected {self.noun}"

    def mended(self, value: Any) -> Any:
        if bool in self.types and isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if self.types == (int,) and isinstance(value, str) and value.strip().lstrip("-").isdigit():
            return int(value)
        if self.types == (str,) and isinstance(value, bool):
            return "true" if value else "false"
        if self.types == (str,) and isinstance(value, (int, float)):
            return str(value)
        return value


@dataclass(frozen=True)
class ListOf:
    """A list of plain values, or of mappings; its order means something, so it is merged as one thing."""

    item: Plain

    @property
    def noun(self) -> str:
        return f"a list, each item {self.item.noun}"

    def mistakes(self, value: Any, path: tuple[str, ...]) -> Iterator[Mistake]:
        if not isinstance(value, list):
            yield path, f"found {shape(value)}, expected {self.noun}"
            return
        for position, item in enumerate(value):
            yield from self.item.mistakes(item, (*path, f"[{position}]"))

    def mended(self, value: Any) -> Any:
        return [self.item.mended(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class MapOf:
    """A mapping whose names are free. Each of its values is merged by its name."""

    value: Kind

    @property
    def noun(self) -> str:
        return f"a mapping, each value {self.value.noun}"

    def mistakes(self, value: Any, path: tuple[str, ...]) -> Iterator[Mistake]:
        if not isinstance(value, Mapping):
            yield path, f"found {shape(value)}, expected {self.noun}"
            return
        for name, member in value.items():
            yield from self.value.mistakes(member, (*path, name))

    def mended(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: self.value.mended(member) for name, member in value.items()}


@dataclass(frozen=True)
class Struct:
    """A mapping of known keys, each merged by itself."""

    keys: Mapping[str, Kind]
    noun: str = "a mapping"

    def mistakes(self, value: Any, path: tuple[str, ...]) -> Iterator[Mistake]:
        if not isinstance(value, Mapping):
            yield path, f"found {shape(value)}, expected {self.noun}"
            return
        for name, member in value.items():
            if name in self.keys:
                yield from self.keys[name].mistakes(member, (*path, name))
            else:
                yield (*path, name), f"unknown key; expected {' or '.join(sorted(self.keys))}"

    def mended(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: self.keys[name].mended(it) if name in self.keys else it for name, it in value.items()}
