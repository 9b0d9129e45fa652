# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that have a grammar of their own, built at random: references, commands, times, sizes, ports, variables."""

from __future__ import annotations

import re

from tools.generate_compose.draw import Draw, words

#: What the environment of the command line holds. UNSET is nowhere; FROM_FILE and QUOTED may be in `.env`.
VARIABLES = {
    "SET": "value",
    "EMPTY": "",
    "NUMBER": "3",
    "PORT": "8085",
    "FLAG": "true",
    "SPACED": "two words",
    "ODD": "a\"b'c#d$e ${SET} \\n",
}
NAMES = (*VARIABLES, "UNSET", "UNSET", "FROM_FILE", "QUOTED", "_x1", "lower")
LITERALS = (*words("a b1 - : / . , = _ é 'q' \"q\" ? + :- % @ \\ ! 🚀 ]"), " ", "$$", "$$$$", "a b", "")
#: Parts of a command line.
SHELL_PARTS = (
    *words("run --flag=x a=b é $$HOME ${SET} * ~ #c a#b , [x] %s {} - 'single' '' 'a\"b' '\\' \"double\" \"\" \"a'b\""),
    *(
        "'a b'",
        '"a b"',
        '"a\\"b"',
        '"a\\\\b"',
        '"a\\nb"',
        '"$$X"',
        "a\\ b",
        "\\n",
        "\\'",
        '\\"',
        "\\\\",
        "a'b c'd",
        'a"b c"d',
    ),
)
SPACES = ("", " ", " ", " ", "  ", "\t", "\n")
#: What a file of variables may set; nothing sets UNSET.
FILE_NAMES = (*words("A B_2 c.d E-F G FROM_FILE QUOTED _x1 lower"), *VARIABLES)
#: How deep a default stands within a default.
DEEPEST = 3


def reference(draw: Draw, depth: int = 0) -> str:
    """`$NAME` or `${NAME...}`, with whatever may stand behind the name. A message is never needed."""
    name = draw.random.choice(NAMES)
    if draw.chance(0.2):
        return f"${name}"
    operator = draw.random.choice(("", ":-", "-", ":+", "+", ":-", "-", ":?", "?"))
    if operator in (":?", "?"):
        name = draw.random.choice(("SET", "NUMBER"))
    return f"${{{name}{operator}{interpolated(draw, depth + 1) if operator else ''}}}"


def interpolated(draw: Draw, depth: int = 0) -> str:
    """Text with references in it."""
    parts = draw.random.randint(0, 3 if depth else 4)
    deeper = depth < DEEPEST
    return "".join(
        reference(draw, depth) if deeper and draw.chance(0.4) else draw.random.choice(LITERALS) for turn in range(parts)
    )


def shell(draw: Draw) -> str:
    """A command as one line: words in quotes of both kinds, bare ones, escapes, any space between."""
    count = draw.random.randint(1, 5)
    return "".join(draw.random.choice(SHELL_PARTS) + draw.random.choice(SPACES) for turn in range(count))


def duration(draw: Draw) -> str:
    """Units from long to short, some with a fraction; the newest release knows days and weeks."""
    units = [*(("w", "d") if draw.newest else ()), *("h", "m", "s", "ms", "us", "ns")]
    chosen = [unit for unit in units if draw.chance(0.3)] or ["s"]
    return "".join(f"{draw.random.choice(('0', '1', '7', '59', '90', '1.5', '0.25', '.5'))}{unit}" for unit in chosen)


def size(draw: Draw) -> str:
    number = draw.random.choice(("0", "1", "7", "512", "1024", "1.5", "0.25", "100.75", "1000000"))
    unit = draw.random.choice(("", *"bkmgtKMG"))
    ending = draw.random.choice(("", "b", "B", "ib", "iB")) if unit not in ("", "b") else ""
    return f"{number}{draw.random.choice(('', '', ' '))}{unit}{ending}"


def port(draw: Draw) -> str:
    """[address:][[published[-published]]:]target[-target][/protocol]"""
    first, many = draw.random.randint(1, 60000), draw.random.randint(1, 3)
    target = f"{first}-{first + many}" if draw.chance(0.3) else f"{first}"
    published = draw.random.randint(1, 60000)
    spread = f"{published}-{published + many}"
    ours = spread if "-" in target or draw.chance(0.15) else f"{published}"
    address = draw.random.choice(("", "", "", "127.0.0.1:", "0.0.0.0:", "[::1]:", "[2001:db8::1]:", "10.1.2.3:"))
    if draw.chance(0.3):
        ours = ""
    host = f"{address}{ours}:" if address or ours else ""
    return f"{host}{target}{draw.random.choice(('', '', '', '/tcp', '/udp', '/sctp'))}"


def variable(draw: Draw) -> str:
    """A statement of a file of variables; some values stand over several lines."""
    key = draw.random.choice(("", "", "", "export ", " ")) + draw.random.choice(FILE_NAMES)
    sign = draw.random.choice(("=", "=", "=", "=", " = ", "= ", " =", ": "))
    pieces = [draw.random.choice((*LITERALS, "#", " # c", "\\n", "\\t", "{a}", "<", "|")) for turn in range(4)]
    text = "".join(reference(draw, 2) if draw.chance(0.2) else piece for piece in pieces)
    bare = text.strip("'\" ")
    inner = re.sub(r"[\\'\"]", "", text)
    quoted = (f"'{inner}'", f'"{inner}"', f'"{inner}\\n\\"{inner}"', f'"{inner}\n{inner}"')
    ending = draw.random.choice(("", "", "", " # comment", "  "))
    return f"{key}{sign}{draw.random.choice((bare, bare, *quoted))}{ending}"
