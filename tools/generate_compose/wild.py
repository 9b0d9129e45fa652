# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing in a project made wrong, or at least unusual: what somebody mistypes, or leaves half done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from tools.generate_compose.draw import Marked, Raw
from tools.generate_compose.recipes import SERVICE
from tools.generate_compose.text import QUOTES, List, Map, Pair, Scalar, dress
from tools.generate_compose.tree import Files, all_places, children, edited
from tools.generate_compose.values import INTERPOLATED, ODD, RAW

#: What comes where something else is expected.
STRANGERS: tuple[Any, ...] = (
    *(
        None,
        {},
        [],
        True,
        False,
        0,
        1,
        -1,
        1.5,
        10**12,
        "",
        "a",
        "a:b",
        "a=b",
        ["a"],
        ["a", "a"],
        [1],
        [None],
        [[]],
        [{}],
    ),
    *(
        {"a": "b"},
        {"a": None},
        {"a": {"b": 1}},
        {"y-a": 1},
        [{"a": "b"}],
        Marked("!reset", None),
        Marked("!override", "a"),
    ),
    *("${SET", "${}", "${SET:?}", "${EMPTY:?is empty}", "${UNSET?}", "$", "a$", "${SET-", "${1}", "${ SET}", "${SET!}"),
    *map(Raw, ("2001-12-14", ".inf", "!!float 1", "!!bool x", "!!binary YQ==", "!unknown a", "!!null a", "0o8")),
)
#: Not `<<`, which Compose prints as a key that nobody can read.
TEXTS = [text for text in (*ODD, *INTERPOLATED) if text != "<<"]
#: None starts with `x-`: Compose takes that in a mapping of users' names for an extension, and prints it as Go does.
TYPOS = (
    "imgae",
    "y-typo",
    "Image",
    "service",
    "",
    "1",
    "image",
    "name",
    "null",
    *(key for key in SERVICE if key != "x-custom"),
)


def made_wild(random: Random, files: Files) -> Files:
    """The same files with something changed in a YAML document."""
    known = [
        (name, places) for name, places in all_places(files) if places and not isinstance(files[name][places[0]], str)
    ]
    name, places = random.choice(known)
    change = random.choice(CHANGES)
    return edited(files, name, places, lambda part: change(random, part))


def _other_value(random: Random, part: Any) -> tuple[Any, ...]:
    value = dress(
        random, random.choice(random.choice((STRANGERS, STRANGERS, ODD, INTERPOLATED, [*map(Raw, RAW)]))), True
    )
    return (replace(part, value=value) if isinstance(part, Pair) else value,)


def _other_form(random: Random, part: Any) -> tuple[Any, ...]:
    """A single value as a list, a list as its first item, a mapping as the list of its keys."""
    value = part.value if isinstance(part, Pair) else part
    inner = children(value)
    if isinstance(value, Map):
        value = List(tuple(pair.key for pair in inner), True)
    elif isinstance(value, List):
        value = inner[0] if inner else Scalar("~")
    else:
        value = List((value,), isinstance(value, Scalar) and value.style in QUOTES)
    return (replace(part, value=value) if isinstance(part, Pair) else value,)


def _other_key(random: Random, part: Any) -> tuple[Any, ...]:
    return (replace(part, key=Scalar(random.choice(TYPOS), "double")),) if isinstance(part, Pair) else (part,)


def _twice(random: Random, part: Any) -> tuple[Any, ...]:
    return part, part


def _gone(random: Random, part: Any) -> tuple[Any, ...]:
    return ()


CHANGES: tuple[Callable[[Random, Any], tuple[Any, ...]], ...] = (
    *(_other_value, _other_value, _other_value, _other_form, _other_key, _twice, _gone),
)
