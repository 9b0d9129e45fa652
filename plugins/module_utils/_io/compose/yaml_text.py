# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as Compose reads it: PyYAML finds the events, and what they mean is decided here as go-yaml v3 does.

PyYAML's own meaning is that of YAML 1.1, where `on` is true and `22:22` a number. Its graph of nodes is not used
either: it refuses an anchor that is given twice, which Compose allows, and it nests as deep as the file says.
"""

from __future__ import annotations

import base64
import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property, partial
from math import isinf
from typing import Any, NamedTuple, Union

from ansible.module_utils.basic import missing_required_lib

from ..._core.compose.document import ComposeError, Document, Path, dotted
from ..._core.findings import ERROR, Finding, shown
from ..._core.secrets import mask_text, named_like_a_secret

try:
    import yaml
except ImportError:
    HAS_YAML = False
else:
    HAS_YAML = True

#: Deeper than any project; whatever walks a project stays far from Python's own limit.
MAX_DEPTH = 100
#: How many values the aliases of a file may stand for. go-yaml allows as many in a file of usual size.
MAX_ALIASED = 400_000
#: How many documents may stand in a file.
MAX_DOCUMENTS = 1000
#: How many problems of a file are told; nobody reads more, and a file that is no YAML at all has a million.
MAX_FINDINGS = 100

RESET, OVERRIDE = "!reset", "!override"
#: A line no longer than this is shown in the message about it.
_SHORT = 60
#: No whole number of 64 bits is longer, in whatever base.
_LONGEST_INTEGER = 70
#: A tag that nobody knows: go-yaml takes such a scalar as text.
_UNKNOWN = "!unknown"
_STANDARD = "tag:yaml.org,2002:"


def parse(text: str, file: str) -> list[Document]:
    """The documents of a file; none where it is empty or all comments. What is in them is not judged.

    Values share parts where the file has aliases, so nobody may change them in place. Raises ComposeError.
    """
    if not HAS_YAML:
        raise ComposeError([Finding("compose", ERROR, file, missing_required_lib("PyYAML"))])
    stream = _stream(text, file)
    readers = [_Reader(graph) for graph in stream.graphs]
    findings = [*stream.findings, *(finding for reader in readers for finding in reader.findings(file))]
    if findings:
        raise _refusal(findings, file)
    lines = _Lines(text, file)
    return [
        Document(file, reader.value, tuple(_overridden(reader.graph)) if stream.overrides else (), lines.of(position))
        for position, reader in enumerate(readers)
    ]


def _refusal(findings: list[Finding], file: str) -> ComposeError:
    if len(findings) > MAX_FINDINGS:
        more = Finding("compose", ERROR, file, f"there are further problems, which are not told after {MAX_FINDINGS}")
        findings = [*findings[:MAX_FINDINGS], more]
    return ComposeError(findings)


# The graph of a document. An alias is the node that it names, so one node may stand in several places.


class _Scalar:
    __slots__ = ("line", "plain", "tag", "text")

    def __init__(self, line: int, tag: str | None, text: str, plain: bool) -> None:
        self.line = line
        self.tag = tag
        self.text = text
        self.plain = plain

    @property
    def merges(self) -> bool:
        """Whether it is the key `<<`, which takes in what stands in other mappings."""
        return self.text == "<<" and (self.plain if self.tag in (None, "!") else self.tag == f"{_STANDARD}merge")


class _Collection:
    """A list, or a mapping as go-yaml keeps it: key, value, key, value."""

    __slots__ = ("children", "line", "overrides", "tag")

    def __init__(self, line: int, tag: str | None, overrides: bool) -> None:
        self.line = line
        self.tag = tag
        self.overrides = overrides  # it is, or stands in, something tagged !override
        self.children: list[_Node] = []


class _List(_Collection):
    __slots__ = ()


class _Mapping(_Collection):
    __slots__ = ()

    def pairs(self) -> Iterator[tuple[_Node, _Node]]:
        return zip(self.children[::2], self.children[1::2])


_Node = Union[_Scalar, _List, _Mapping]


class _Stream:
    """The graphs of a file's documents. `findings` are problems that do not keep one from reading on."""

    def __init__(self, events: Iterator[Any], file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.overrides = False
        self._aliased = 0
        self._anchors: dict[str, _Node] = {}  # for all documents of a file, as in go-yaml
        self._extents: dict[int, tuple[int, int]] = {}
        top = _List(1, None, overrides=False)
        self._open: list[_Collection] = [top]
        self.graphs = top.children
        self._build(events)

    def _build(self, events: Iterator[Any]) -> None:
        meanings: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: partial(self._collection, _Mapping),
            yaml.SequenceStartEvent: partial(self._collection, _List),
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
        }
        for event in events:
            meaning = meanings.get(event.__class__)
            if meaning:
                meaning(event)

    def _document(self, event: Any) -> None:
        if event.version and tuple(event.version) != (1, 1):
            self._refuse(event, _VERSION)
        if len(self.graphs) == MAX_DOCUMENTS:
            self._stop(event, f"more than {MAX_DOCUMENTS:,} documents stand in this file, more than any project needs")

    def _scalar(self, event: Any) -> None:
        self._add(event, _Scalar(event.start_mark.line + 1, self._tag(event), event.value, not event.style))

    def _collection(self, kind: type[_List | _Mapping], event: Any) -> None:
        tag = self._tag(event)
        node = kind(event.start_mark.line + 1, tag, self._open[-1].overrides or tag == OVERRIDE)
        self._add(event, node)
        self._open.append(node)
        self._limit_depth(event, 0)

    def _end(self, event: Any) -> None:
        self._open.pop()

    def _alias(self, event: Any) -> None:
        name = event.anchor
        node = self._anchors.get(name)
        if node is None or node in self._open:
            missing = f"has no anchor &{name} above it"
            endless = f"stands within &{name} itself, which would then have no end"
            self._refuse(event, f"the alias *{name} {endless if node else missing}")
            node = _Mapping(event.start_mark.line + 1, None, overrides=False)  # fits where most aliases stand
        else:
            size, height = self._extent(node)
            self._limit_depth(event, height)
            self._limit_size(event, size)
        self._open[-1].children.append(node)

    def _tag(self, event: Any) -> str | None:
        tag: str | None = event.tag
        if tag not in (RESET, OVERRIDE):
            return tag
        self.overrides = True
        if tag == RESET and len(self._open) == 1:
            self._refuse(event, "the tag !reset stands at a whole document, expected it at a value within")
        return _UNKNOWN if self._open[-1].overrides else tag  # Compose does not look for them within an !override

    def _add(self, event: Any, node: _Node) -> None:
        self._open[-1].children.append(node)
        if event.anchor:
            self._anchors[event.anchor] = node

    def _extent(self, node: _Node) -> tuple[int, int]:
        """How many values a node stands for, and how deep they nest."""
        if isinstance(node, _Scalar):
            return 1, 0
        if id(node) not in self._extents:
            extents = [self._extent(child) for child in node.children] or [(0, 0)]
            sizes, heights = zip(*extents)
            self._extents[id(node)] = 1 + sum(sizes), 1 + max(heights)
        return self._extents[id(node)]

    def _limit_depth(self, event: Any, height: int) -> None:
        if len(self._open) - 1 + height > MAX_DEPTH:
            self._stop(event, f"values nest more than {MAX_DEPTH} deep here, more than any project needs")

    def _limit_size(self, event: Any, size: int) -> None:
        self._aliased += size
        if self._aliased > MAX_ALIASED:
            message = f"up to here the aliases of this file stand for more than {MAX_ALIASED:,} values"
            self._stop(event, f"{message}, more than any project needs")

    def _stop(self, event: Any, message: str) -> None:
        self._refuse(event, message)
        raise ComposeError(self.findings)

    def _refuse(self, event: Any, message: str) -> None:
        self.findings.append(Finding("compose", ERROR, f"{self.file}:{event.start_mark.line + 1}", message))
        if len(self.findings) > MAX_FINDINGS:
            raise _refusal(self.findings, self.file)


def _stream(text: str, file: str) -> _Stream:
    wrong = _UNPRINTABLE.search(text)
    if wrong:
        raise ComposeError([_unprintable(text, wrong.start(), file)])
    if hasattr(yaml, "CBaseLoader"):
        with suppress(_QuoteEscapeError):
            return _Stream(_events(yaml.CBaseLoader(text), text, file), file)
    return _Stream(_events(_pure_parser(text), text, file), file)


def _entries(mapping: _Mapping) -> dict[str, tuple[_Scalar, _Node]]:
    """The keys of a mapping and what is merged into it. Its own keys come first, then merged ones in their order."""
    entries: dict[str, tuple[_Scalar, _Node]] = {}
    merged: list[_Mapping] = []
    for key, child in mapping.pairs():
        if child.tag == RESET or not isinstance(key, _Scalar):
            continue
        if key.merges:
            merged += [source for source in _sources(child) if isinstance(source, _Mapping)]
        else:
            entries[key.text] = key, child
    for source in merged:
        for name, entry in _entries(source).items():
            entries.setdefault(name, entry)
    return entries


def _sources(merged: _Node) -> list[_Node]:
    """What the key `<<` takes in: one mapping, or several."""
    return _items(merged) if isinstance(merged, _List) else [merged]


def _items(node: _List) -> list[_Node]:
    return [child for child in node.children if child.tag != RESET]


def _children(node: _Node) -> Iterator[tuple[Path, _Node]]:
    """What stands directly in a node, and the step to it; merged mappings stand at the place of the node itself."""
    if isinstance(node, _List):
        yield from (((position,), child) for position, child in enumerate(node.children))
    elif isinstance(node, _Mapping):
        for key, child in node.pairs():
            if isinstance(key, _Scalar):
                yield () if key.merges else (key.text,), child


def _overridden(graph: _Node) -> Iterator[Path]:
    """The paths of what is tagged !reset or !override, as Compose finds them.

    It drops a !reset from its mapping when it first comes by, so an alias of the mapping no longer has it.
    """
    seen: set[int] = set()

    def below(node: _Node, path: Path) -> Iterator[Path]:
        again = id(node) in seen
        seen.add(id(node))
        for step, child in _children(node):
            if child.tag == OVERRIDE or (child.tag == RESET and not again):
                yield path + step
            elif child.tag != RESET:
                yield from below(child, path + step)

    return below(graph, ())


class _Problem(NamedTuple):
    """What is wrong at a step from a node."""

    node: _Node
    line: int
    message: str
    hint: str = ""
    step: Path = ()


class _Reader:
    """The value of a document, and what is wrong in it."""

    def __init__(self, graph: _Node) -> None:
        self.graph = graph
        self._values: dict[int, Any] = {}
        self._dates: set[int] = set()
        self._problems: list[_Problem] = []
        self.value = self._read(graph)

    def findings(self, file: str) -> list[Finding]:
        if self._dates:
            self._refuse_dates(self.graph, (), set())
        paths = _paths(self.graph) if self._problems else {}
        found = []
        for problem in sorted(self._problems, key=lambda problem: problem.line)[: MAX_FINDINGS + 1]:
            path = paths.get(id(problem.node), ()) + problem.step
            place = f"{file}:{problem.line} {dotted(path)}".rstrip()
            found.append(Finding("compose", ERROR, place, problem.message, problem.hint))
        return found

    def _read(self, node: _Node) -> Any:
        if isinstance(node, _Scalar):
            return self._scalar(node)[1]
        if id(node) not in self._values:
            read = self._mapping(node) if isinstance(node, _Mapping) else [self._read(item) for item in _items(node)]
            self._values[id(node)] = read
        return self._values[id(node)]

    def _scalar(self, node: _Scalar) -> tuple[str, Any]:
        try:
            kind, value = _meaning(node)
        except ValueError as error:
            self._problems.append(_Problem(node, node.line, str(error)))
            return "str", ""
        if kind == "timestamp":
            self._dates.add(id(node))
        return kind, value

    def _mapping(self, node: _Mapping) -> dict[str, Any]:
        lines: dict[str, int] = {}
        for key, child in node.pairs():
            if not isinstance(key, _Scalar):
                hint = "text that begins with { or [ needs quotes"
                self._problems.append(
                    _Problem(node, key.line, "a list or mapping stands as a key, expected text", hint)
                )
                continue
            if key.text in lines:
                message = f"the key {shown(key.text)} stands here again, first on line {lines[key.text]}"
                self._problems.append(_Problem(node, key.line, message, "keep one of the two", (key.text,)))
            lines.setdefault(key.text, key.line)
            if key.merges:
                self._check_merge(node, key, child)
            else:
                self._check_key(node, key)
        return {name: self._read(child) for name, (_key, child) in _entries(node).items()}

    def _check_key(self, node: _Mapping, key: _Scalar) -> None:
        kind = self._scalar(key)[0]
        if kind != "str":
            message = f"the key {shown(key.text)} is {_NOUNS[kind]} in YAML, expected text"
            self._problems.append(_Problem(node, key.line, message, "put it in quotes"))

    def _check_merge(self, node: _Mapping, key: _Scalar, child: _Node) -> None:
        for source in [] if child.tag == RESET else _sources(child):
            if isinstance(source, _Mapping):
                self._read(source)
            else:
                message = "expected a mapping to merge, or a list of them"
                self._problems.append(_Problem(node, key.line, message, "", ("<<",)))

    def _refuse_dates(self, node: _Node, path: Path, seen: set[int]) -> None:
        """Compose knows no dates: it fails on them, or writes them out in full. Only x-* keys may hold any."""
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, _Mapping):
            for name, (_key, child) in _entries(node).items():
                if not name.startswith("x-"):
                    self._refuse_dates(child, (*path, name), seen)
        elif isinstance(node, _List):
            for position, item in enumerate(_items(node)):
                self._refuse_dates(item, (*path, position), seen)
        elif id(node) in self._dates:
            message = f"{shown(node.text)} is a date in YAML, expected text"
            self._problems.append(_Problem(self.graph, node.line, message, "put it in quotes", path))


def _paths(graph: _Node) -> dict[int, Path]:
    """Where each node stands first, by its id."""
    paths: dict[int, Path] = {id(graph): ()}

    def add_below(node: _Node) -> None:
        for step, child in _children(node):
            if id(child) not in paths:
                paths[id(child)] = paths[id(node)] + step
                add_below(child)

    add_below(graph)
    return paths


class _Lines:
    """Where things stand in a file. It is read again for this, and only when somebody asks."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file

    @cached_property
    def _graphs(self) -> list[_Node]:
        return _stream(self._text, self._file).graphs

    def of(self, position: int) -> Callable[[Path], int]:
        """The lines of the document at a position in the file."""
        return lambda path: self._line(self._graphs[position], path)

    def _line(self, node: _Node, path: Path) -> int:
        line = node.line
        for step in path:
            found = _child(node, step)
            if not found:
                break
            line, node = found
        return line


def _child(node: _Node, step: str | int) -> tuple[int, _Node] | None:
    """What is one step below, and the line of it: that of the key, for its value may begin on the next one."""
    if isinstance(node, _Mapping):
        entry = _entries(node).get(str(step))
        return (entry[0].line, entry[1]) if entry else None
    if isinstance(node, _List) and isinstance(step, int) and 0 <= step < len(_items(node)):
        item = _items(node)[step]
        return item.line, item
    return None


# What a scalar means.

#: What a scalar may be by itself or by a tag such as !!int, in words.
_NOUNS = {
    "null": "null",
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "binary": "binary",
}
_WORDS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("null", None)),
    **dict.fromkeys(("true", "True", "TRUE"), ("bool", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("bool", False)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ("float", float("nan"))),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ("float", float("inf"))),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), ("float", float("-inf"))),
}
_BASES = {"binary": 2, "octal": 8, "decimal": 10, "hexadecimal": 16}
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[bB](?P<binary>[01]+)|0[oO]?(?P<octal>[0-7]+)|0[xX](?P<hexadecimal>[0-9a-fA-F]+)"
    r"|(?P<decimal>0|[1-9][0-9]*))"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
#: Go takes underscores between the digits of a float, as Python does.
_FRACTION = re.compile(r"\.[0-9][0-9_]*(?:[eE][-+]?[0-9][0-9_]*)?")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:(?:[Tt]|(?P<space> +))(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2}):(?P<second>[0-9]{1,2})"
    r"(?:[.,](?P<fraction>[0-9]+))?(?(space)|(?:Z|(?P<sign>[-+])(?P<ahead>[0-9]{2}):(?P<by>[0-9]{2}))))?"
)


def _meaning(node: _Scalar) -> tuple[str, Any]:
    """What kind of scalar it is, and its value. ValueError where its tag promises another kind."""
    if node.tag in (None, "!"):
        return _plain(node.text) if node.plain else ("str", node.text)
    kind = str(node.tag)[len(_STANDARD) :] if str(node.tag).startswith(_STANDARD) else ""
    if kind == "binary":
        return kind, _decoded(node.text)
    if kind not in _NOUNS:
        return "str", node.text
    known, value = _plain(node.text)
    if (known, kind) == ("int", "float"):
        return kind, float(value)
    if known != kind:
        raise ValueError(f"found {shown(mask_text(node.text))}, expected {_NOUNS[kind]} as the tag !!{kind} says")
    return kind, value


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True).decode("utf-8")
    except ValueError as error:
        raise ValueError("found something else, expected UTF-8 text in Base64 as the tag !!binary says") from error


def _plain(text: str) -> tuple[str, Any]:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-0123456789":
        return _date(text) or _number(text)
    if text[0] == "." and _FRACTION.fullmatch(text):
        return _float(text)
    return "str", text


def _number(text: str) -> tuple[str, Any]:
    digits = text.replace("_", "")
    match = _INTEGER.fullmatch(digits) if len(digits) <= _LONGEST_INTEGER else None
    if match:
        base = next(name for name in _BASES if match[name])
        number = int(match["sign"] + match[base], _BASES[base])
        if -(2**63) <= number < 2 ** (63 if match["sign"] else 64):
            return "int", number
    return _float(digits) if _FLOAT.fullmatch(digits) else ("str", text)


def _float(text: str) -> tuple[str, Any]:
    try:
        number = float(text)
    except ValueError:  # an underscore that is not between digits
        return "str", text
    return ("str", text) if isinf(number) else ("float", number)


def _date(text: str) -> tuple[str, Any] | None:
    """A date or time, as the text in which Go writes it."""
    match = _DATE.fullmatch(text)
    if not match:
        return None
    names = ("year", "month", "day", "hour", "minute", "second", "ahead", "by")
    year, month, day, hour, minute, second, ahead, by = (int(match[name] or 0) for name in names)
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year or 4, month)[1]:
        return None
    if hour > 23 or minute > 59 or second > 59 or ahead > 24 or by > 60:
        return None
    fraction = f".{(match['fraction'] or '')[:9]}".rstrip("0").rstrip(".")
    offset = 60 * ahead + by
    zone = f"{match['sign']}{offset // 60:02}:{offset % 60:02}" if offset else "Z"
    return "timestamp", f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"


# Events, and what is said where there are no more.


class _Syntax(NamedTuple):
    """What libyaml and PyYAML's own parser say, as a pattern, and that in plain words.

    `begins` is set where the trouble begins long before it shows, as with an opening quote: that place is told.
    """

    said: str
    words: str
    begins: bool = False


_VERSION = "Compose reads YAML 1.1 alone, expected no other %YAML line"
_SYNTAX = (
    _Syntax("cannot start any token", "no value begins with this character, expected quotes around it"),
    _Syntax(
        "mapping values are not",
        "a ':' where no key can stand, expected less indentation, or quotes around a text that holds ': '",
    ),
    _Syntax("mapping keys are not", "a '? ' where no key can stand, expected quotes around the text"),
    _Syntax("sequence entries are not", "a '- ' where no list can begin, expected it on a line of its own"),
    _Syntax("could not find expected ':'", "expected ': ' after this key", begins=True),
    _Syntax("found unexpected", "the quote that opens here is never closed", begins=True),
    _Syntax("escape|hexdecimal", r"a '\' that begins no escape, expected '\\' or single quotes around the text"),
    _Syntax(r"expected ',' or '\]'", "the list that opens here is not closed, expected ',' or ']'", begins=True),
    _Syntax(r"expected ',' or '\}'", "the mapping that opens here is not closed, expected ',' or '}'", begins=True),
    _Syntax("document start", "the document ends before this, expected a line '---' in between"),
    _Syntax("incompatible YAML", _VERSION),
    _Syntax("undefined tag handle", "no %TAG line says what this tag means"),
    _Syntax("alphabetic or numeric", "expected a name of letters and digits"),
    _Syntax("scanning a block scalar", "nothing but '+', '-' and a number from 1 to 9 may follow '|' and '>'"),
    _Syntax("block (collection|mapping): .*later", "the value ends before this, expected quotes around the whole"),
    _Syntax("block collection", "expected '- ' in line with the items above"),
    _Syntax("block mapping", "expected a key in line with the keys above"),
    _Syntax("node content", "no value begins with this character, expected quotes around it"),
)
_TAB = _Syntax("", "a tab stands in the indentation, expected spaces")
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class _QuoteEscapeError(Exception):
    r"""libyaml refuses the escape \' in double quotes, which go-yaml takes; PyYAML's own parser can be taught."""


def _events(parser: Any, text: str, file: str) -> Iterator[Any]:
    try:
        while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
            yield event
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark
        if error.problem == "found unknown escape character" and text[mark.index : mark.index + 2] == r"\'":
            raise _QuoteEscapeError from error
        raise ComposeError([_syntax_error(error, text, file)]) from error
    finally:
        parser.dispose()


def _pure_parser(text: str) -> Any:
    """PyYAML's own parser, for where libyaml does not serve, made to take the tabs and escapes that go-yaml takes."""
    parser: Any = yaml.BaseLoader(text)
    parser.ESCAPE_REPLACEMENTS = {**parser.ESCAPE_REPLACEMENTS, "'": "'"}
    skip_blanks, scan_quoted = parser.scan_to_next_token, parser.scan_flow_scalar

    def skip_blanks_and_tabs() -> None:
        skip_blanks()
        while parser.peek() == "\t" and (parser.flow_level or not parser.allow_simple_key):
            parser.forward()
            skip_blanks()

    def scan_encodable(style: str) -> Any:
        mark = parser.get_mark()
        try:
            token = scan_quoted(style)
            token.value.encode()
        except ValueError as error:
            raise yaml.MarkedYAMLError(problem="an escape that is no character", problem_mark=mark) from error
        return token

    parser.scan_to_next_token, parser.scan_flow_scalar = skip_blanks_and_tabs, scan_encodable
    return parser


def _unprintable(text: str, position: int, file: str) -> Finding:
    lines = _LINE_BREAK.split(text[:position])
    message = f"column {len(lines[-1]) + 1}: the character U+{ord(text[position]):04X}, which YAML does not allow"
    hint = r"an escape such as \x07 in double quotes may stand for it"
    return Finding("compose", ERROR, f"{file}:{len(lines)}", message, hint)


def _syntax_error(error: Any, text: str, file: str) -> Finding:
    lines = [*_LINE_BREAK.split(text), ""]
    mark = error.problem_mark
    line = lines[mark.line]
    said = f"{error.context or ''}: {error.problem}, {'later' if line[: mark.column].strip() else 'first'} on its line"
    known = next((entry for entry in _SYNTAX if re.search(entry.said, said)), _Syntax("", error.problem))
    if "\t" in line[: len(line) - len(line.lstrip())]:
        known = _TAB
    if known.begins:
        mark = error.context_mark
    message = f"column {mark.column + 1}: {known.words}{_found(lines[mark.line])}"
    return Finding("compose", ERROR, f"{file}:{mark.line + 1}", message)


def _found(line: str) -> str:
    """A line of the file for a message, unless it is long or may hold a secret."""
    text = line.strip()
    name, _colon, value = text.partition(":")
    secret = named_like_a_secret(name.strip("- \"'"), value.strip()) or mask_text(text) != text
    return "" if secret or not text or len(text) > _SHORT else f", found {shown(text)}"
