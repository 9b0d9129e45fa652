# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain values dressed as YAML text: quotes, blocks, flow style, comments, indentation, each by chance.

PyYAML's writer knows too little of this, and reading what one library wrote with the same library proves nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Union

from tools.generate_compose.draw import Alias, Marked, Raw


@dataclass(frozen=True)
class Scalar:
    text: str
    style: str = "plain"


@dataclass(frozen=True)
class Pair:
    key: Scalar
    value: Node
    comment: str = ""


@dataclass(frozen=True)
class Map:
    pairs: tuple[Pair, ...]
    flow: bool = False


@dataclass(frozen=True)
class List:
    items: tuple[Node, ...]
    flow: bool = False
    indent: int = 2


Node = Union[Scalar, Map, List, Marked, Alias]

#: Where a text may go on in the next line.
SPACE = re.compile(r"(?<=\S) (?=\S)")
#: Words that are no text when they stand bare.
BARE = {"null", "true", "false", "nan", "inf"}
PLAIN = re.compile(r"[A-Za-z/$_][^\t\n\r]*")
#: What ends a bare text in a block, and between brackets.
BREAKS = (": ", " #")
FLOW_BREAKS = (*BREAKS, *",[]{}:?")
#: How keys that may stand bare are written: people seldom quote them.
PLAIN_KEYS = ("plain",) * 18 + ("single", "double")
#: Up to this length people write brackets.
SMALL = 300
COMMENTS = ("", "", "", "", "", "", "", "note", "a: b # c", "'quoted", "[x] {y} &z *z", "ünïcode ${SET:?not read}")


def is_plain(text: str, flow: bool) -> bool:
    """Whether a text may stand bare and is still a text."""
    breaks = FLOW_BREAKS if flow else BREAKS
    return (
        PLAIN.fullmatch(text) is not None
        and text.lower() not in BARE
        and text.isprintable()
        and text == text.strip()
        and not text.endswith(":")
        and not any(each in text for each in breaks)
    )


def styles(text: str, flow: bool) -> Iterator[str]:
    """The ways in which a text can be written."""
    yield "double"
    if text.isprintable():
        yield "single"
        if is_plain(text, flow):
            yield from ("plain", "plain", "plain")
        if not flow and SPACE.search(text):
            yield from ("wrapped", "broken", *(("running",) if is_plain(text, flow) else ()))
            if text == text.strip():
                yield "folded"
    elif not flow and text.replace("\n", "").isprintable() and text.strip() and text[0] not in " \n":
        yield from ("literal", "literal", "literal", *(("paragraphs",) if "\n " not in text else ()))


def dress(random: Random, value: Any, flow: bool = False) -> Node:
    """A value with a style for each part; what is between brackets stays between brackets."""
    if isinstance(value, dict):
        flow = flow or random.random() < (0.15 if len(repr(value)) < SMALL else 0.01)
        return Map(tuple(_pair(random, name, each, flow) for name, each in value.items()), flow)
    if isinstance(value, (list, tuple)):
        flow = flow or random.random() < (0.3 if len(repr(value)) < SMALL else 0.01)
        return List(tuple(dress(random, each, flow) for each in value), flow, random.choice((0, 2, 2)))
    if isinstance(value, Marked):
        return Marked(value.mark, dress(random, value.value, flow))
    if isinstance(value, Alias):
        return value
    return Scalar(*_scalar(random, value, flow))


def _pair(random: Random, name: str, value: Any, flow: bool) -> Pair:
    ways = [style for style in styles(name, flow) if style in QUOTES]
    key = Scalar(name) if name == "<<" else Scalar(name, random.choice(PLAIN_KEYS if "plain" in ways else ways))
    return Pair(key, dress(random, value, flow), "" if flow else random.choice(COMMENTS))


def _scalar(random: Random, value: Any, flow: bool) -> tuple[str, str]:
    if isinstance(value, str):
        return value, random.choice(list(styles(value, flow)))
    if isinstance(value, Raw):
        return value.text, "plain"
    if value is None:
        return random.choice(("null", "~", "null") if flow else ("null", "~", "")), "plain"
    return json.dumps(value) if isinstance(value, bool) else str(value), "plain"


# ---------------------------------------------------------------------------------------------------------- writing


def write(node: Node) -> str:
    """The text of a document."""
    head, body = _parts(node, 0)
    return "\n".join([*([head] if head else []), *body]) + "\n"


def _parts(node: Node, indent: int) -> tuple[str, list[str]]:
    """What stands behind `key:` on the same line, and the lines below."""
    if isinstance(node, Marked):
        head, body = _parts(node.value, indent)
        return f"{node.mark} {head}".rstrip(), body
    if isinstance(node, Scalar) and node.style in BLOCKS:
        return BLOCKS[node.style](node.text, indent)
    if isinstance(node, Map) and node.pairs and not node.flow:
        return "", [line for pair in node.pairs for line in _pair_lines(pair, indent)]
    if isinstance(node, List) and node.items and not node.flow:
        return "", [line for item in node.items for line in _item_lines(item, indent)]
    return _inline(node), []


def _pair_lines(pair: Pair, indent: int) -> Iterator[str]:
    inner = indent + (pair.value.indent if isinstance(pair.value, List) else 2)
    if isinstance(pair.value, Marked):
        inner = indent + 2
    head, body = _parts(pair.value, inner)
    if pair.comment and (body or not head):
        yield f"{' ' * indent}# {pair.comment}"
    comment = f"  # {pair.comment}" if pair.comment and head and not body else ""
    yield f"{' ' * indent}{_inline(pair.key)}: {head}".rstrip(" ") + comment
    yield from body


def _item_lines(item: Node, indent: int) -> Iterator[str]:
    head, body = _parts(item, indent + 2)
    if head or not body or not isinstance(item, (Map, List)):
        yield f"{' ' * indent}- {head}".rstrip(" ")
        yield from body
        return
    first, *rest = body
    if first.lstrip().startswith("#"):
        yield f"{' ' * indent}-"
        yield from body
    else:
        yield f"{' ' * indent}- {first.lstrip(' ')}"
        yield from rest


def _inline(node: Node) -> str:
    """A node on one line."""
    if isinstance(node, Alias):
        return f"*{node.name}"
    if isinstance(node, Marked):
        return f"{node.mark} {_inline(node.value)}".rstrip()
    if isinstance(node, Map):
        return "{" + ", ".join(f"{_inline(pair.key)}: {_inline(pair.value)}" for pair in node.pairs) + "}"
    if isinstance(node, List):
        return "[" + ", ".join(_inline(item) for item in node.items) + "]"
    return QUOTES[node.style](node.text)


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _double(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else _escape(letter) for letter in json.dumps(text, ensure_ascii=False)
    )


def _escape(letter: str) -> str:
    """By its number: JSON's `\\ud83d\\ude80` for what is beyond 16 bits is none of YAML."""
    number = ord(letter)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def _literal(text: str, indent: int) -> tuple[str, list[str]]:
    content = text.rstrip("\n")
    ends = len(text) - len(content)
    lines = [" " * indent + line if line else "" for line in content.split("\n")]
    return "|" + ("-", "", "+")[min(ends, 2)], lines + [""] * max(ends - 1, 0)


def _folded(text: str, indent: int) -> tuple[str, list[str]]:
    return ">-", [" " * indent + line for line in SPACE.split(text, maxsplit=1)]


def _paragraphs(text: str, indent: int) -> tuple[str, list[str]]:
    """Folded, where a line end within the text takes an empty line."""
    content = text.rstrip("\n")
    _strip, lines = _literal(re.sub(r"\n+", lambda ends: ends[0] + "\n", content), indent)
    head, all_lines = _literal(text, indent)
    return head.replace("|", ">"), lines + all_lines[content.count("\n") + 1 :]


def _wrapped(text: str, indent: int) -> tuple[str, list[str]]:
    """Between quotes over two lines."""
    return _over_lines(SPACE.split(_double(text), maxsplit=1), indent)


def _broken(text: str, indent: int) -> tuple[str, list[str]]:
    """Between quotes over two lines, with a backslash where the first ends; the space stays before it."""
    first, rest = SPACE.split(_double(text), maxsplit=1)
    return _over_lines([f"{first} \\", rest], indent)


def _running(text: str, indent: int) -> tuple[str, list[str]]:
    """Bare over two lines."""
    return _over_lines(SPACE.split(text, maxsplit=1), indent)


def _over_lines(lines: list[str], indent: int) -> tuple[str, list[str]]:
    return lines[0], [" " * (indent + 1) + line for line in lines[1:]]


QUOTES: dict[str, Callable[[str], str]] = {"plain": str, "single": _single, "double": _double}
BLOCKS = {
    "literal": _literal,
    "folded": _folded,
    "paragraphs": _paragraphs,
    "wrapped": _wrapped,
    "broken": _broken,
    "running": _running,
}
