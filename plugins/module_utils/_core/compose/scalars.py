# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How plain values of a Compose file are read, and the kinds that most keys share.

The functions raise ValueError; with no message of their own, what was found and what was expected is said for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .durations import duration
from .hosts import extra_hosts
from .interpolation import to_boolean
from .kinds import Joined, ListOf, MapOf, Pairs, Replaced, Scalar, found
from .numbers import float32, integer, plain_text
from .options import ulimit
from .sizes import byte_size
from .words import words


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def whole_text(value: Any) -> str:
    if isinstance(value, float):
        raise ValueError(f"{found(value)}, expected a text or a whole number")
    return plain_text(value)


def text_or_number(value: Any) -> str:
    if isinstance(value, bool):
        raise ValueError
    return whole_text(value)


def text_or_flag(value: Any) -> str:
    if not isinstance(value, (str, bool)):
        raise ValueError
    return plain_text(value)


def flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return bool(to_boolean(text(value)))


def strict_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def whole(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError
    return integer(value)


def between(low: int, high: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        number = whole(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return convert


def written_whole(value: Any) -> int:
    """A number that Compose does not take as a text."""
    if isinstance(value, str):
        raise ValueError
    return whole(value)


def written_ulimit(value: Any) -> Any:
    """The same for limits: those of a build are not cast."""
    for limit in value.values() if isinstance(value, dict) else [value]:
        written_whole(limit)
    return ulimit(value)


def number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError
    return float32(value)


def size(value: Any) -> str:
    if isinstance(value, bool):
        raise ValueError
    return str(byte_size(value))


def size_as_text(value: Any) -> str:
    return size(text(value))


def span(value: Any) -> str:
    return duration(text(value))


def choice(*choices: str) -> Scalar:
    def convert(value: Any) -> str:
        if value not in choices:
            raise ValueError
        return str(value)

    return Scalar(f"one of {', '.join(choices)}", convert, "")


def matching(pattern: str, expected: str) -> Scalar:
    expression = re.compile(pattern)

    def convert(value: Any) -> str:
        if not expression.search(text(value)):
            raise ValueError
        return str(value)

    return Scalar(expected, convert, "")


def command(value: Any) -> list[str]:
    if isinstance(value, str):
        return words(value)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError("found no list of texts, expected a text or a list of texts")
    return list(value)


def health_test(value: Any) -> list[str]:
    return ["CMD-SHELL", value] if isinstance(value, str) else command(value)


def short(key: str) -> Callable[[Any], dict[str, Any]]:
    """A text in the place of a mapping stands for one of its keys."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, str):
            raise ValueError(f"{found(value)}, expected a text or a mapping")
        return {key: value}

    return read


def before_equals(text: str) -> str:
    return text.partition("=")[0]


TEXT = Scalar("a text", text, "")
ITEM = Scalar("a text", text)
FLAG = Scalar("true or false", flag, False)
#: A flag whose false means something else than nothing said.
SWITCH = Scalar("true or false", flag)
WHOLE = Scalar("a whole number", whole, 0)
COUNT = Scalar("a whole number", whole)
NUMBER = Scalar("a number", number, 0)
BYTES = Scalar("a size such as 512m", size, "0")
BYTES_TEXT = Scalar("a size such as 512m, as a text", size_as_text, "0")
DURATION = Scalar("a duration such as 1m30s", span)
DURATION_OR_NONE = Scalar("a duration such as 1m30s", span, "0s")
COMMAND = Replaced("a text or a list of texts", command, nullable=True, kept=True)
LABELS = Pairs(plain_text)
VARIABLES = Pairs(plain_text, null="kept")
OPTIONS = Pairs(plain_text, null="refused", mapping_only=True, booleans=False)
HOSTS = Joined("a list of HOST=IP, or a mapping of hosts to addresses", extra_hosts)
#: The options that Compose takes without a look at fractions, and then cannot keep.
WHOLE_OPTIONS = Pairs(whole_text, null="refused", mapping_only=True, booleans=False)
WRITTEN_WHOLE = Scalar("a whole number", written_whole, 0)
_ULIMIT = "a whole number, or a mapping with soft and hard"
ULIMITS = MapOf(Replaced(_ULIMIT, ulimit))
BUILD_ULIMITS = MapOf(Replaced(_ULIMIT, written_ulimit))
TEXTS = ListOf(ITEM)
DISTINCT_TEXTS = ListOf(ITEM, distinct=True)
UNIQUE_TEXTS = ListOf(ITEM, key=before_equals)
ONE_OR_MORE_TEXTS = ListOf(ITEM, key=before_equals, single=True)
