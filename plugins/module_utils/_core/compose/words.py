# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command given as one text, split into its words.

Compose does not hand the text to a shell. It splits it at spaces, with quotes and backslashes, fills in nothing, and
stops without a word at the first operator of a shell: of `make all && make run` it keeps `make all`.
"""

from __future__ import annotations

import re

_SPACES = " \t\r\n"
_OPERATORS = ";&|<>"
_WORD = re.compile(f"[^{_SPACES}]+")
_SPECIAL = re.compile(rf"[\\`()\"'{_OPERATORS}]")
_PLAIN = re.compile(rf"[^\\`()\"'{_OPERATORS}{_SPACES}]+")
_SINGLE_QUOTED = re.compile("[^']+")
#: The quotes that are open, and a character that opens or closes one: what is open then. What closes no parenthesis
#: opens one, as it does in Compose.
_QUOTES = {
    ("", "'"): "'",
    ("'", "'"): "",
    ("", '"'): '"',
    ('"', '"'): "",
    ("", ")"): "(",
    ("(", ")"): "",
    ("", "`"): "`",
    ("`", "`"): "",
    ("`", "'"): "`'",
    ("`'", "'"): "`",
    ("`", '"'): '`"',
    ('`"', '"'): "`",
}
_NAMES = {"'": "a single quote", '"': "a double quote", "`": "a backtick", "(": "a parenthesis"}


def words(text: str) -> list[str]:
    """The words that Compose makes of a command."""
    return split(text)[0]


def split(text: str) -> tuple[list[str], str]:
    """The words, and what Compose drops: all from the first operator on. Messages do not show it: it may be secret."""
    if not _SPECIAL.search(text):
        return _WORD.findall(text), ""
    splitter, at = _Splitter(), 0
    while at < len(text):
        run = (_SINGLE_QUOTED if splitter.quotes.endswith("'") else _PLAIN).match(text, at)
        if run:
            splitter.add(run[0])
            at = run.end()
        elif text[at] == "\\":
            splitter.add(_escaped(text, at))
            at += 2
        elif text[at] in _OPERATORS and not splitter.quotes:
            return splitter.until(text[at]), text[at:]
        else:
            splitter.take(text[at])
            at += 1
    return splitter.until(""), ""


def _escaped(text: str, at: int) -> str:
    if at + 1 == len(text):
        raise ValueError("found a backslash at the end of the command, expected a character behind it")
    return text[at + 1]


class _Splitter:
    """`word` are the parts of the current word, None between words; the last of `quotes` is the innermost."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.word: list[str] | None = None
        self.quotes = ""

    def add(self, text: str) -> None:
        if self.word is None:
            self.word = []
        if text:
            self.word.append(text)

    def take(self, character: str) -> None:
        """A space, a quote or a parenthesis."""
        if character in _SPACES and not self.quotes:
            self.finish()
        elif character == "(" and self.quotes in ("", "("):
            self.substitute()
        elif (self.quotes, character) in _QUOTES:
            self.quotes = _QUOTES[self.quotes, character]
            self.add("" if character in "'\"" else character)
        else:
            self.add(character)

    def substitute(self) -> None:
        """Compose knows `$(...)`, and keeps it as it is."""
        if self.quotes or not self.word or not self.word[-1].endswith("$"):
            raise ValueError("found an opening parenthesis in the command, expected it within quotes")
        self.quotes = "("
        self.add("(")

    def finish(self) -> None:
        if self.word is not None:
            self.done.append("".join(self.word))
        self.word = None

    def until(self, operator: str) -> list[str]:
        """All words. With a digit in front, what stands before `>` is the number of a file to Compose."""
        if self.quotes:
            raise ValueError(f"found {_NAMES[self.quotes[-1]]} in the command that is not closed, expected its end")
        if operator != ">" or not self.word or self.word[0][0] not in "0123456789":
            self.finish()
        return self.done
