# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single values that options take.

Templates and Compose's variables turn values into text. So `"256"` is as good as 256, and `"true"` as true.
"""

from __future__ import annotations

import re
from typing import Any

from ..compose.interpolation import to_boolean
from ..compose.numbers import integer
from .schema import Value


def number(lowest: int, highest: int) -> Value:
    def convert(value: Any) -> int:
        try:
            read = integer(value)
        except ValueError:
            raise ValueError from None  # the noun says more
        if not lowest <= read <= highest:
            raise ValueError
        return read

    return Value(f"a whole number from {lowest} to {highest}", convert)


def flag(value: Any) -> bool:
    """Also as text, with the words that Compose takes elsewhere: YAML leaves yes and on as they are."""
    if isinstance(value, bool):
        return value
    try:
        return to_boolean(text(value))
    except ValueError:
        raise ValueError from None  # the noun says more


def text(value: Any) -> str:
    """Text, or a whole number that stands for it."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError
    return str(value)


def free_text(value: Any) -> str:
    """Text whose meaning is the user's: true and 1 are the words they are written as."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return text(value)


def matching(pattern: str, noun: str, hint: str = "", secret: bool = False, free: bool = False) -> Value:
    """Text that the pattern matches as a whole."""
    compiled = re.compile(pattern)

    def convert(value: Any) -> str:
        words = free_text(value) if free else text(value)
        if not compiled.fullmatch(words):
            raise ValueError
        return words

    return Value(noun, convert, hint, secret)


FLAG = Value("true or false", flag)
