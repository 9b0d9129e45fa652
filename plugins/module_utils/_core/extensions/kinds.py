# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that keys of several extension fields take.

Compose substitutes variables in extension fields as text. So `"256"` is as good as 256, and `"true"` as true.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from ..compose.interpolation import to_boolean
from ..compose.numbers import integer
from .schema import Value

#: What only a shell understands, standing as a word of its own.
_SHELL = {"&&", "||", "|", "&", ";", ">", ">>", "<", "2>&1"}


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


def command(value: Any) -> tuple[str, ...]:
    """The words of a command. Text is split as a shell would, and no shell runs it."""
    if not isinstance(value, (str, list)):
        raise ValueError
    words = _split(value) if isinstance(value, str) else [text(word) for word in value]
    if not words or any("\0" in word for word in words):
        raise ValueError
    return tuple(words)


def _split(line: str) -> list[str]:
    if "\n" in line.strip():
        raise ValueError("found several lines, expected one command")
    try:
        words = shlex.split(line)
    except ValueError:
        raise ValueError("found a quote that is never closed, expected the text of a command") from None
    shell = next((word if word in _SHELL else ";" for word in words if word in _SHELL or word[-1:] == ";"), None)
    if shell is not None:
        raise ValueError(f'found {shell} in a command, expected plain words: no shell runs it; write [sh, -c, "..."]')
    return words


COUNT = number(0, 10_000)
AT_LEAST_ONE = number(1, 10_000)
FLAG = Value("true or false", flag)
#: The command may hold a password.
COMMAND = Value("a command: text, or a list of its words", command, secret=True)
#: A name that stands for a variable of the environment or for a secret of the Compose file.
SECRET_NAME = matching(r"[A-Za-z0-9_.-]{1,255}", "the name of a variable or of a Compose secret")
VOLUME_NAME = matching(r"[A-Za-z0-9_.-]{1,255}", "the name of a volume of the Compose file")
URL_PATH = matching(r"/[^\s]{0,1023}", "a path of the URL, such as /health")
