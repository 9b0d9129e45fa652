# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a Compose file names under `include`, `extends`, `env_file` and `label_file`, without parsing YAML.

What is read are the lines below such a key, as far as they are written in a plain way. Where they are not (a variable,
an alias, an escape, a block of text, a place on the network), there is a reason instead, and Compose has to be asked.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_KEYS = ("include", "extends", "env_file", "label_file")
_ANY = re.compile("|".join(_KEYS))
_KEY = re.compile(rf"""(?P<quote>["']?)(?<![\w.$-])(?:{"|".join(_KEYS)})(?P=quote)[ \t]*:(?=[\s"'\[{{]|$)""")
#: What may stand before a key that begins its line: white space and dashes, then anchors and tags.
_BEFORE = re.compile(r"(?P<indent>[ \t]*(?:-[ \t]+)*)(?:[&!][\w.!-]*[ \t]+)*")
#: Behind a quote a # may be text; what follows is then read all the same.
_COMMENTED = re.compile(r"""(?:[^"']*\s)?#""")
_TOKEN = re.compile(
    r"""(?P<space>[ \t]+|(?<![^\s])\#.*)
      | "(?P<double>[^"\\]*)" | '(?P<single>[^']*)'
      | (?P<dash>-)(?=[ \t]|$) | (?P<colon>:)(?=[\s"'\[{]|$)
      | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<comma>,)
      | (?P<mark>(?<![^\s\[{,])[&!][\w.!-]*(?=\s|$))
      | (?P<plain>[\w./~+=%-]+)""",
    re.VERBOSE,
)
#: In a quoted value: a variable, an escape, or a place on the network.
_NO_PATH = re.compile(r"[$\\@:]")
_REMOTE = re.compile(r"github\.com/")
_ESCAPED = re.compile(r"\\[xuU][0-9a-fA-F]")
#: Line ends that YAML knows beside the usual ones.
_ODD_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
#: A key in disguise: in the form `? key`, or from an alias.
_DISGUISED = re.compile(r"^[ \t]*(?:-[ \t]+)*\?(?:[ \t]|$)|\*[\w.-]+[ \t]+:(?:\s|$)", re.MULTILINE)
_QUOTED = re.compile(r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|(?<![^\s])\#[^\n]*""")
#: Parsers take these at the column of the key, too, where it has no value yet.
_BEGINS_A_VALUE = "|>\"'[{&!*"
_BRACKET = re.compile(r"[\[{\]}]")


@dataclass(frozen=True)
class Named:
    """`values` are all that stand below such keys: paths, and words that are none."""

    values: tuple[str, ...] = ()
    reason: str = ""


class _UnclearError(Exception):
    """What stands there cannot be told without a parser."""


def named(text: str) -> Named:
    """All values, or the reason why they cannot be told."""
    if "\0" in text:
        return Named(reason="it is no text in UTF-8")
    try:
        text = text.lstrip("\ufeff")
        values = list(_of_json(text) if text.lstrip().startswith("{") else _of_yaml(text))
    except _UnclearError as error:
        return Named(reason=str(error))
    if any(_NO_PATH.search(value) or _REMOTE.match(value) for value in values):
        return Named(reason="a path has a variable in it, or is on the network")
    return Named(tuple(dict.fromkeys(values)))


def _of_json(text: str) -> Iterator[str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _UnclearError("it begins with a brace and is no JSON") from None
    yield from _below(found, False)


def _below(value: Any, wanted: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _below(item, wanted or key in _KEYS)
    elif isinstance(value, list):
        for item in value:
            yield from _below(item, wanted)
    elif wanted and isinstance(value, str):
        yield value


def _of_yaml(text: str) -> Iterator[str]:
    if _ESCAPED.search(text):
        raise _UnclearError("it has characters that are written as numbers")
    if not _ANY.search(text):
        return
    if _DISGUISED.search(text) or _ODD_LINE_ENDS.search(text):
        raise _UnclearError("it has keys that are not plain words")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    starts = _starts(lines)
    open_before = _open_brackets(text, starts)
    for key in _KEY.finditer(text):
        number = bisect_left(starts, key.start() + 1) - 1
        before = text[starts[number] : key.start()]
        rest = text[key.end() : starts[number] + len(lines[number])]
        if _COMMENTED.match(before):
            continue
        block = _BEFORE.fullmatch(before)
        if block and open_before[number]:
            raise _UnclearError("a bracket stays open over several lines")
        if block:
            column = len(block["indent"])
            yield from _values(_region(rest, lines[number + 1 :], column), column)
        else:
            yield from _values([_until_closed(rest)], 0)


def _starts(lines: list[str]) -> list[int]:
    found = [0]
    for line in lines[:-1]:
        found.append(found[-1] + len(line) + 1)
    return found


def _open_brackets(text: str, starts: list[int]) -> list[bool]:
    """For each line, whether it may stand within brackets. One that closes too much belongs to some other text."""
    plain = _QUOTED.sub(lambda found: " " * len(found[0]), text)
    found = [False] * len(starts)
    depth = 0
    for number, start in enumerate(starts):
        found[number] = depth > 0
        end = starts[number + 1] if number + 1 < len(starts) else len(plain)
        for bracket in _BRACKET.findall(plain, start, end):
            depth = max(0, depth + (1 if bracket in "[{" else -1))
    return found


def _region(rest: str, following: list[str], column: int) -> list[str]:
    """The lines that belong to a key: those that stand deeper, items at its own column, and what is within brackets."""
    found = [rest]
    depth = _depth(rest)
    for line in following:
        inner = line.lstrip(" \t")
        if _significant(line):
            indent = len(line) - len(inner)
            item = indent == column and (inner == "-" or inner.startswith("- "))
            if not (indent > column or item or depth > 0):
                if inner[0] in _BEGINS_A_VALUE and not any(_significant(one) for one in found):
                    raise _UnclearError("a value stands no deeper than its key")
                break
            depth += _depth(line)
        found.append(line)
    return found


def _significant(line: str) -> bool:
    inner = line.strip(" \t")
    return bool(inner) and not inner.startswith("#")


def _depth(line: str) -> int:
    brackets = _BRACKET.findall(_QUOTED.sub("", line))
    return sum(1 if bracket in "[{" else -1 for bracket in brackets)


def _until_closed(rest: str) -> str:
    """Of a key within brackets: its value, which has to end on the same line."""
    depth = 0
    for found in _TOKEN.finditer(rest):
        depth += {"open": 1, "close": -1}.get(found.lastgroup or "", 0)
        if depth < 0 or (found.lastgroup == "comma" and depth == 0):
            return rest[: found.start()]
    raise _UnclearError("a bracket stays open over several lines")


def _values(lines: list[str], column: int) -> list[str]:
    """The plain and quoted values in these lines, without keys. Anything else than these is unclear.

    `column` is that of the key. A line that stands deeper than what a value belongs to would go on with that value.
    """
    found: list[str] = []
    depth = 0
    after_value = False
    for number, line in enumerate(lines):
        begins = True
        for kind, value, is_key, start in _tokens(line):
            if begins and number and not depth:
                if after_value and start > column:
                    raise _UnclearError("a path is written over several lines")
                after_value = False
            if kind == "dash" and (depth or not begins):
                raise _UnclearError("a path is not written plainly")
            if (kind == "dash" or is_key) and number and not depth:
                column = start
            if kind == "value" and not is_key:
                found.append(value)
            if after_value and kind in ("value", "open"):
                raise _UnclearError("a path is written with spaces, or over several lines")
            depth += {"open": 1, "close": -1}.get(kind, 0)
            if depth < (1 if kind == "comma" else 0):
                raise _UnclearError("a path is not written plainly")
            after_value = kind == "close" or (kind == "value" and not is_key)
            begins = begins and kind == "dash"
    if depth:
        raise _UnclearError("a bracket stays open over several lines")
    return found


def _tokens(line: str) -> Iterator[tuple[str, str, bool, int]]:
    """(kind, text, whether it is a key, column) of each token of a line that is no white space."""
    found = []
    position = 0
    while position < len(line):
        token = _TOKEN.match(line, position)
        if not token:
            raise _UnclearError("a path is not written plainly")
        kind = token.lastgroup or ""
        if kind != "space":
            found.append(("value" if kind in ("double", "single", "plain") else kind, token[kind], position))
        position = token.end()
    for number, (kind, text, start) in enumerate(found):
        is_key = kind == "value" and number + 1 < len(found) and found[number + 1][0] == "colon"
        yield kind, text, is_key, start
