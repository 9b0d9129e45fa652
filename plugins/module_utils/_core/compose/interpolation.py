# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in texts as Compose fills them in, and the types that it then casts some texts to.

No message here holds the value of a variable or a default, since either may be a secret. Compose 2.26.1 and 2.40.3
do not differ in any of this.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cached_property
from typing import Optional

from ..findings import shown

#: The value of a variable, None where it is not set.
Lookup = Callable[[str], Optional[str]]
#: Told the name of each variable that is not set and becomes a blank.
OnUnset = Callable[[str], None]

# Compose matches names without regard to case as Go does, which lets in the long s and the sign of the Kelvin.
_LETTER = "_a-zA-Z\u017f\u212a"
_NAME = f"[{_LETTER}][{_LETTER}0-9]*"
#: All that means something after a dollar ("$1" does not); what is no valid reference is the last choice.
_REFERENCE = re.compile(
    rf"\$(?:(?P<dollar>\$)|(?P<bare>{_NAME})|\{{(?:"
    rf"(?P<braced>{_NAME})\}}|(?P<name>{_NAME})(?P<operator>:?[-?+])|(?P<partial>{_NAME})?(?P<next>[^\n}}]?\}}?)))"
)
#: Compose does not look at the character after an opening brace, and no reference spans lines.
_BRACE_OR_LINE_END = re.compile(r"\n|\}|\{[^\n]?")

#: By operator, what takes the place of a reference, given the value (None: not set) and the text after the operator.
_CHOICES: dict[str, Callable[[str | None, str], str | None]] = {
    ":-": lambda value, word: value or word,
    "-": lambda value, word: word if value is None else value,
    ":?": lambda value, word: value or None,
    "?": lambda value, word: value,
    ":+": lambda value, word: word if value else "",
    "+": lambda value, word: "" if value is None else word,
}

# What nobody needs, and what would take all memory: a variable made of variables, doubled some dozen times.
_DEEPEST = 50
LONGEST = 2**24
_LONGEST_MESSAGE = 300

_INTEGER = re.compile(r"[+-]?[0-9]+")
_MOST_DIGITS = len(str(2**63))
_DIGITS = "[0-9](?:_?[0-9])*"
_HEX_DIGITS = "[0-9a-f](?:_?[0-9a-f])*"
_FLOAT = re.compile(
    rf"nan|[+-]?(?:(?P<infinity>inf(?:inity)?)|(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:e[+-]?{_DIGITS})?"
    rf"|(?P<hex>0x(?:_?{_HEX_DIGITS}(?:\.(?:{_HEX_DIGITS})?)?|\.{_HEX_DIGITS})p[+-]?{_DIGITS}))",
    re.IGNORECASE | re.ASCII,
)
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "y", "on"), True),
    **dict.fromkeys(("false", "no", "n", "off"), False),
}


class MissingVariableError(ValueError):
    """A variable that a text requires, as `${NAME:?}`, has no value."""

    def __init__(self, name: str, value: str | None, message: str) -> None:
        state = "not set" if value is None else "empty"
        message = f": {message[:_LONGEST_MESSAGE]}" if message else ", expected a value"
        super().__init__(f"the required variable {shown(name)} is {state}{message}")
        self.name = name


def ignore_unset(name: str) -> None:
    """For callers to whom it does not matter which variables are not set."""


def substitute(text: str, lookup: Lookup, on_unset: OnUnset = ignore_unset) -> str:
    """The text with its variables filled in, or ValueError saying what is wrong with it."""
    return _Template(text, lookup, on_unset).filled_in(0, len(text)) if "$" in text else text


class _Template:
    """One text while it is filled in. Parts of it are spans, so that nesting copies nothing."""

    def __init__(self, text: str, lookup: Lookup, on_unset: OnUnset) -> None:
        self.text = text
        self.lookup = lookup
        self.on_unset = on_unset
        self.length = 0

    def filled_in(self, start: int, end: int, depth: int = 0) -> str:
        if depth > _DEEPEST:
            raise ValueError(f"references are nested more than {_DEEPEST} deep, expected fewer")
        parts = []
        while reference := _REFERENCE.search(self.text, start, end):
            parts.append(self.text[start : reference.start()])
            value, start = self.resolved(reference, end, depth)
            parts.append(value)
        parts.append(self.text[start:end])
        self.length += sum(map(len, parts))
        if self.length > LONGEST:
            raise ValueError(
                f"with its variables filled in the text is too long, expected at most {LONGEST} characters"
            )
        return "".join(parts)

    def resolved(self, reference: re.Match[str], end: int, depth: int) -> tuple[str, int]:
        """What takes the place of a reference, and where the text goes on."""
        if reference["dollar"]:
            return "$", reference.end()
        if reference["operator"]:
            return self.chosen(reference, end, depth)
        name = reference["bare"] or reference["braced"]
        if not name:
            raise ValueError(_malformed(reference))
        value = self.lookup(name)
        if value is None:
            self.on_unset(name)
        return value or "", reference.end()

    def chosen(self, reference: re.Match[str], end: int, depth: int) -> tuple[str, int]:
        """The same for a reference with an operator; as in Compose, what is not chosen must be right as well."""
        close = self.closing(reference, end)
        word = self.filled_in(reference.end(), close, depth + 1)
        value = self.lookup(reference["name"])
        choice = _CHOICES[reference["operator"]](value, word)
        if choice is None:
            # The message as it is written, since what is filled into it may be a secret.
            raise MissingVariableError(reference["name"], value, self.text[reference.end() : close])
        return choice, close + 1

    def closing(self, reference: re.Match[str], end: int) -> int:
        """Where a reference closes: at its own brace; where they do not add up, at the last one of the line."""
        close = self.pairs.get(reference.start() + 1, end)
        if close < end:
            return close
        line_end = self.text.find("\n", reference.end(), end)
        close = self.text.rfind("}", reference.end(), end if line_end < 0 else line_end)
        if close < 0:
            raise ValueError(_malformed(reference))
        return close

    @cached_property
    def pairs(self) -> dict[int, int]:
        """For each opening brace the closing one."""
        pairs: dict[int, int] = {}
        opened: list[int] = []
        for found in _BRACE_OR_LINE_END.finditer(self.text):
            if found[0] == "\n":
                opened.clear()
            elif found[0] != "}":
                opened.append(found.start())
            elif opened:
                pairs[opened.pop()] = found.start()
        return pairs


def _malformed(reference: re.Match[str]) -> str:
    """What is wrong with a reference. Of its default only that there is one."""
    name, operator, following = reference["name"] or reference["partial"], reference["operator"], reference["next"]
    if not name:
        expected = "a name of letters, digits and _ that does not start with a digit"
    elif operator or not following:
        expected = "a closing } of its own on the same line"
    else:
        expected = f"}} or one of {' '.join(_CHOICES)} after the name"
    more = "" if reference[0].endswith("}") or not (operator or following) else "..."
    return f"{shown(reference[0] + more)} is no valid reference, expected {expected}; a literal $ is written $$"


def to_int(text: str) -> int:
    """A whole number of 64 bits in decimal digits."""
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"found {_kind(text)}, expected a whole number such as 3")
    digits = text.lstrip("+-0")[: _MOST_DIGITS + 1]
    number = int(digits or "0") * (-1 if text[0] == "-" else 1)
    if not -(2**63) <= number < 2**63:
        raise ValueError("found a number of more than 64 bits, expected a smaller one")
    return number


def to_float(text: str) -> float:
    """A number as Go reads it: with an exponent, hexadecimal, infinite or NaN, too."""
    match = _FLOAT.fullmatch(text)
    if not match:
        raise ValueError(f"found {_kind(text)}, expected a number such as 0.5")
    digits = text.replace("_", "")
    try:
        number = float.fromhex(digits) if match["hex"] else float(digits)
    except OverflowError:
        number = math.inf
    if math.isinf(number) and not match["infinity"]:
        raise ValueError("found a number of more than 64 bits, expected a smaller one")
    return number


def to_boolean(text: str) -> bool:
    """True or false, also as YAML once wrote it (y, yes, on); 1 and 0 are neither."""
    boolean = _BOOLEANS.get(text.lower())
    if boolean is None:
        raise ValueError(f"found {_kind(text)}, expected true or false")
    return boolean


def _kind(text: str) -> str:
    """A text in words, for it may be the value of a variable."""
    return "another text" if text else "an empty text"
