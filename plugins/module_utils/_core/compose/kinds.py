# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand at a place of a Compose file: how it is read, merged over an earlier file's, and printed.

`read` turns what is written into its long form, `merge` puts a later file's long form over an earlier one's, and
`printed` gives the canonical form, without what Compose leaves out. A null is kept by `read`: in a later file it
means "nothing more to say", and only where nothing else is said it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..findings import shown
from ..secrets import mask_text
from ..words import did_you_mean
from .document import Path

#: Takes the place, what is wrong and, where there is one, a hint.
Refuse = Callable[[Path, str, str], None]

#: Stands for a value that is left out of the canonical form.
ABSENT: Any = object()


def found(value: Any) -> str:
    """What was found, for messages: the type, and plain values masked where they look like a secret."""
    if isinstance(value, dict):
        return "found a mapping"
    if isinstance(value, list):
        return "found a list"
    if value is None:
        return "found nothing"
    if isinstance(value, bool):
        return f"found {str(value).lower()}"
    return f"found the text {shown(mask_text(value))}" if isinstance(value, str) else f"found the number {value}"


class Kind:
    """The kinds' common face; alone it is a value that anything may be."""

    expected = "anything"
    #: Whether null is a value here.
    nullable = False

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        return value

    def merge(self, base: Any, over: Any) -> Any:
        return base if over is None else over

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        if value is None and not self.nullable:
            refuse(path, f"found nothing, expected {self.expected}", "")
        return ABSENT if value is None else value


class Scalar(Kind):
    """One plain value. `convert` raises ValueError; `zero` is what Compose leaves out, unless `kept`."""

    def __init__(
        self, expected: str, convert: Callable[[Any], Any], zero: Any = ABSENT, nullable: bool = False
    ) -> None:
        self.expected, self.convert, self.zero, self.nullable = expected, convert, zero, nullable

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        if value is None:
            return None
        if isinstance(value, (list, dict)):
            refuse(path, f"{found(value)}, expected {self.expected}", "")
            return None
        try:
            return self.convert(value)
        except ValueError as error:
            refuse(path, str(error) or f"{found(value)}, expected {self.expected}", "")
            return None

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        value = super().printed(value, path, refuse)
        return ABSENT if value is ABSENT or value == self.zero else value


class Replaced(Kind):
    """Read by a function of the whole value; a later file's value replaces an earlier one's, null included."""

    def __init__(
        self, expected: str, convert: Callable[[Any], Any], nullable: bool = False, kept: bool = False
    ) -> None:
        self.expected, self.convert, self.nullable, self.kept = expected, convert, nullable, kept

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        try:
            return None if value is None else self.convert(value)
        except ValueError as error:
            refuse(path, str(error) or f"{found(value)}, expected {self.expected}", "")
            return None

    def merge(self, base: Any, over: Any) -> Any:
        return over

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        value = super().printed(value, path, refuse)
        return ABSENT if value in ([], {}) and not self.kept else value


class Joined(Kind):
    """Texts that are converted together; those of a later file come behind an earlier one's, each text once.

    A list is kept as it is written until it is printed: Compose tells its items apart by their text.
    """

    def __init__(self, expected: str, convert: Callable[[Any], list[str]]) -> None:
        self.expected, self.convert = expected, convert

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        try:
            converted = None if value is None else self.convert(value)
        except ValueError as error:
            refuse(path, str(error) or f"{found(value)}, expected {self.expected}", "")
            return None
        return value if isinstance(value, list) else converted

    def merge(self, base: Any, over: Any) -> Any:
        return [*(base or []), *(item for item in over or [] if item not in (base or []))]

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        value = super().printed(value, path, refuse)
        return ABSENT if value is ABSENT or not value else self.convert(value)


class Listed(dict[str, Any]):
    """Pairs that Compose keeps as a list of NAME=VALUE: no later file can remove one of them."""


class Pairs(Kind):
    """Names and texts, as a mapping or (unless `mapping_only`) as a list of NAME=VALUE.

    `null` says what a name without a value becomes: it stays None, or is an empty text, or is refused. In a list
    nothing can be said of a name without it; in a mapping an earlier file's value stays (`mapping_only`). Values are
    never shown in messages: they may be secrets.
    """

    def __init__(
        self, plain: Callable[[Any], str], null: str = "empty", mapping_only: bool = False, booleans: bool = True
    ) -> None:
        self.plain, self.null, self.mapping_only, self.booleans = plain, null, mapping_only, booleans
        self.expected = "a mapping of names to texts" if mapping_only else "a mapping, or a list of NAME=VALUE"

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        if value is None:
            return None
        if isinstance(value, dict):
            return {name: self._value(name, text, path, refuse) for name, text in value.items()}
        if isinstance(value, list) and not self.mapping_only:
            return Listed(self._item(item, (*path, position), refuse) for position, item in enumerate(value))
        refuse(path, f"found {_kind_of(value)}, expected {self.expected}", "")
        return None

    def _value(self, name: str, value: Any, path: Path, refuse: Refuse) -> str | None:
        if isinstance(value, str):
            return value
        if value is None and (self.mapping_only or self.null != "refused"):
            return None if self.mapping_only or self.null == "kept" else ""
        if value is None or isinstance(value, (list, dict)) or (isinstance(value, bool) and not self.booleans):
            refuse((*path, name), f"found {_kind_of(value)}, expected a text", "")
            return None
        try:
            return self.plain(value)
        except ValueError as error:
            refuse((*path, name), str(error) or f"found {_kind_of(value)}, expected a text", "")
            return None

    def _item(self, item: Any, path: Path, refuse: Refuse) -> tuple[str, str | None]:
        if not isinstance(item, str) or (self.null == "refused" and "=" not in item):
            hint = "write NAME=VALUE without a space behind NAME" if isinstance(item, dict) else ""
            refuse(path, f"found {_kind_of(item)}, expected NAME=VALUE", hint)
            return "", None
        name, equals, value = item.partition("=")
        if self.null == "kept" and name != name.rstrip():
            refuse(path, f"found a space behind the name {shown(name.rstrip())}, expected NAME=VALUE", "")
        return name, value if equals else (None if self.null == "kept" else "")

    def merge(self, base: Any, over: Any) -> Any:
        if self.mapping_only:
            return merge_freely(base, over)
        return Listed({**(base or {}), **(over or {})})

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        value = super().printed(value, path, refuse)
        if value is ABSENT or not value:
            return ABSENT
        if not self.mapping_only:
            return dict(value)
        for name, text in value.items():
            if text is None and self.null == "refused":
                refuse((*path, name), "found nothing, expected a text", "")
        return {name: text or "" for name, text in value.items()}


def _kind_of(value: Any) -> str:
    """What a value that must not be shown is."""
    if isinstance(value, str):
        return "a text"
    return "a number" if isinstance(value, (int, float)) and not isinstance(value, bool) else found(value)[6:]


class ListOf(Kind):
    """A list; `key` tells items apart, so that a later one replaces an earlier one of the same key, in its place.

    `single` lets one item stand for a list of it. Where items have no `key`, `distinct` refuses equal ones.
    """

    def __init__(
        self,
        item: Kind,
        key: Callable[[Any], Any] | None = None,
        single: bool = False,
        distinct: bool = False,
    ) -> None:
        self.item, self.key, self.single, self.distinct = item, key, single, distinct
        self.expected = f"a list of {item.expected}" + (f", or one {item.expected}" if single else "")

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        if value is None:
            return None
        if self.single and isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            refuse(path, f"{found(value)}, expected {self.expected}", "")
            return None
        return self._unique(self.items(value, path, refuse))

    def items(self, value: list[Any], path: Path, refuse: Refuse) -> list[Any]:
        return [self.one(item, (*path, position), refuse) for position, item in enumerate(value)]

    def one(self, item: Any, path: Path, refuse: Refuse) -> Any:
        if item is None:
            refuse(path, f"found nothing, expected {self.item.expected}", "")
        return self.item.read(item, path, refuse)

    def _unique(self, items: list[Any]) -> list[Any]:
        if self.key is None:
            return items
        return list({self.key(item): item for item in items if item is not None}.values())

    def merge(self, base: Any, over: Any) -> Any:
        return self._unique([*(base or []), *(over or [])])

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        value = super().printed(value, path, refuse)
        if value is ABSENT or not value:
            return ABSENT
        printed = [self.item.printed(item, (*path, position), refuse) for position, item in enumerate(value)]
        for position, item in enumerate(printed):
            if self.distinct and item in printed[:position]:
                refuse((*path, position), "found the same item twice", "remove one of them")
        return [item for item in printed if item is not ABSENT] or ABSENT


class Table(Kind):
    """A mapping with known keys. `short` reads what may stand in a mapping's place, as a mapping.

    `complete` fills in defaults once all files are merged. An empty mapping is printed only where it is `kept`.
    `extensions` says what becomes of keys that start with `x-`: they are kept, or dropped, or refused.
    """

    expected = "a mapping"

    def __init__(
        self,
        fields: Mapping[str, Kind],
        required: tuple[str, ...] = (),
        extensions: str = "kept",
        kept: bool = True,
        nullable: bool = False,
        short: Callable[[Any], Any] | None = None,
        complete: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self.fields, self.required, self.extensions = fields, required, extensions
        self.kept, self.nullable, self.short, self.complete = kept, nullable, short, complete
        if short is not None:
            self.expected = "a text or a mapping"

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        if value is None:
            return None
        if self.short is not None and not isinstance(value, dict):
            try:
                value = self.short(value)
            except ValueError as error:
                refuse(path, str(error), "")
                return None
        if not isinstance(value, dict):
            refuse(path, f"{found(value)}, expected {self.expected}", "")
            return None
        read = {}
        for key, item in value.items():
            kind = self.fields.get(key)
            read[key] = kind.read(item, (*path, key), refuse) if kind is not None else item
            if kind is None and (self.extensions == "refused" or not key.startswith("x-")):
                refuse((*path, key), f"unknown key {shown(key)}", self._hint(key))
        return read

    def _hint(self, key: str) -> str:
        known = ", ".join(sorted(self.fields)[:12])
        return did_you_mean(key, self.fields, f"known keys: {known}{', ...' if len(self.fields) > 12 else ''}")

    def merge(self, base: Any, over: Any) -> Any:
        if not isinstance(base, dict) or not isinstance(over, dict):
            return base if over is None else over
        merged = dict(base)
        for key, value in over.items():
            kind = self.fields.get(key)
            merged[key] = (kind.merge if kind else merge_freely)(merged[key], value) if key in merged else value
        return merged

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        value = super().printed(value, path, refuse)
        if value is ABSENT:
            return ABSENT
        if self.complete is not None:
            value = self.complete(value)
        for key in self.required:
            if key not in value:
                refuse(path, f"the key '{key}' is missing", "")
        printed = {}
        for key, item in value.items():
            kind = self.fields.get(key)
            canonical = kind.printed(item, (*path, key), refuse) if kind else self._extension(item)
            if canonical is not ABSENT:
                printed[key] = canonical
        return printed if printed or self.kept else ABSENT

    def _extension(self, value: Any) -> Any:
        return printed_freely(value) if self.extensions == "kept" else ABSENT


def printed_freely(value: Any) -> Any:
    """Compose prints a fraction that is whole and short as a whole number."""
    if isinstance(value, dict):
        return {key: printed_freely(item) for key, item in value.items()}
    if isinstance(value, list):
        return [printed_freely(item) for item in value]
    return int(value) if isinstance(value, float) and abs(value) < 1e6 and value.is_integer() else value


def merge_freely(base: Any, over: Any) -> Any:
    """Values that the specification knows nothing of, such as those of `x-*`."""
    if isinstance(base, dict) and isinstance(over, dict):
        common = {key: merge_freely(base[key], over[key]) for key in over if key in base}
        return {**base, **over, **common}
    if isinstance(base, list) and isinstance(over, list):
        return [*base, *over]
    return base if over is None else over


class MapOf(Kind):
    """A mapping from names that the user chose. A list of names stands for them with nothing said (`names`)."""

    expected = "a mapping of names"

    def __init__(self, item: Kind, pattern: str | None = None, names: Any = ABSENT) -> None:
        self.item, self.names = item, names
        self.pattern = re.compile(pattern) if pattern else None
        if names is not ABSENT:
            self.expected = "a list of names, or a mapping of names"

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        if value is None:
            return None
        if isinstance(value, list) and self.names is not ABSENT:
            return self._named(value, path, refuse)
        if not isinstance(value, dict):
            refuse(path, f"{found(value)}, expected {self.expected}", "")
            return None
        return {name: self._member(name, item, (*path, name), refuse) for name, item in value.items()}

    def _named(self, value: list[Any], path: Path, refuse: Refuse) -> dict[str, Any]:
        for position, name in enumerate(value):
            if not isinstance(name, str):
                refuse((*path, position), f"{found(name)}, expected a name", "")
            elif name in value[:position]:
                refuse((*path, position), f"found the name {shown(name)} twice", "remove one of them")
        return {name: self.names for name in value if isinstance(name, str)}

    def _member(self, name: str, value: Any, path: Path, refuse: Refuse) -> Any:
        if self.pattern and not self.pattern.search(name):
            refuse(path, f"found the name {shown(name)}, expected letters, digits, '.', '_' and '-' only", "")
        return self.item.read(value, path, refuse)

    def merge(self, base: Any, over: Any) -> Any:
        base, over = base or {}, over or {}
        common = {name: self.item.merge(base[name], over[name]) for name in over if name in base}
        return {**base, **over, **common}

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        value = super().printed(value, path, refuse)
        if value is ABSENT or not value:
            return ABSENT
        printed = {name: self.item.printed(item, (*path, name), refuse) for name, item in value.items()}
        return {name: None if item is ABSENT else item for name, item in printed.items()}


class Unprinted(Kind):
    """Checked, and then left out of the canonical form, as Compose does."""

    nullable = True

    def __init__(self, kind: Kind) -> None:
        self.kind, self.expected = kind, kind.expected

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        return self.kind.read(value, path, refuse)

    def merge(self, base: Any, over: Any) -> Any:
        return self.kind.merge(base, over)

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        self.kind.printed(value, path, refuse)
        return ABSENT
