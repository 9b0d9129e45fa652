# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text made safe for the language that it stands in, once, for all of a view: no template can forget it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

#: What Markdown gives a meaning to wherever it stands. An underscore between letters has none.
_MARKS = re.compile(r"[\\`*\[\]|~]|&(?=[#\w]+;)|(?<![^\W_])_|_(?![^\W_])")
#: What it gives a meaning to at the start of a line: headings, lists, rules and quotes.
_STARTS = re.compile(r"^(\d*)([-#+=>.)])(?=[-#=\s]|$|(?<=>))")
_SPACES = re.compile(r"\s+")


class Verbatim(str):
    """Text of a block of code, which keeps its spaces and in which Markdown has no marks."""


def printable(text: str) -> str:
    """Without control characters, which move a terminal's cursor or turn the order of letters round."""
    return "".join(letter for letter in text if letter.isprintable())


def _plain(text: str) -> str:
    """One line."""
    return printable(text if isinstance(text, Verbatim) else _SPACES.sub(" ", text).strip())


def _markdown(text: str) -> str:
    line = _plain(text)
    if isinstance(text, Verbatim):
        return line
    return _STARTS.sub(r"\1\\\2", _MARKS.sub(r"\\\g<0>", line)).replace("<", "&lt;")


def _html(text: str) -> str:
    return html.escape(_plain(text))


#: How text is written in each form of the report.
FORMS: Mapping[str, Callable[[str], str]] = {"text": _plain, "markdown": _markdown, "html": _html}


def escaped(value: Any, form: str) -> Any:
    """A view with every text in it escaped for a form."""
    if isinstance(value, str):
        return FORMS[form](value)
    if isinstance(value, Mapping):
        return {key: escaped(item, form) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [escaped(item, form) for item in value]
    return value
