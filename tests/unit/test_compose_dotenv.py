# SPDX-License-Identifier: GPL-3.0-or-later
"""Env files: case folders, what no readable file can hold, what is refused, several files.

A folder of cases/dotenv holds an env file (file.env), the environment it is read in (environment.json, where there is
one), and what the real Compose makes of it (expected.json): the variables, and those that it warns of. Folders whose
name begins with "raw" are read as `format: raw`. tests/integration/test_compose_interpolation_cli.py runs the same
folders and tables through it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.dotenv import parse_env
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.interpolation import LONGEST
from hypothesis import given, settings
from hypothesis import strategies as st

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=300)
CASES = Path(__file__).parent / "cases" / "dotenv"
FOLDERS = sorted(folder.name for folder in CASES.iterdir())

#: What the tables below are read in.
ENVIRONMENT = {"HOST": "db", "EMPTY": "", "QUOTED": "'q'"}

#: Files with what editors hide or do away with.
HIDDEN = [
    ("A=1\r\nB='x\r\ny'\r\nHOST\r\n# c\r\nC=\r\n", {"A": "1", "B": "x\r\ny", "HOST": "db", "C": ""}),
    ("A=1\rB=2\n", {"A": "1\rB=2"}),
    ("\ufeffA=1\n", {"A": "1"}),
    ("\ufeff# c\nA=1\n", {"A": "1"}),
    ("A=1", {"A": "1"}),
    ("A='1'", {"A": "1"}),
    ("A=", {"A": ""}),
    ("A=1\n# c", {"A": "1"}),
    ("\n\n \n\t\n", {}),
    ("A \t=\t1\t \nB\tC=2\n", {"A": "1", "B\tC": "2"}),
    ("\u00a0A=\u00a01\u00a0\nB=\u30002\u3000\n\u2003C=3\n", {"A": "1", "B": "\u30002", "C": "3"}),
    ("A=\x1c1\x1c\nB=1\u2028\n", {"A": "\x1c1\x1c", "B": "1"}),
    ("export\u00a0A=1\n", {"export\u00a0A": "1"}),
    ("export\fA=1\n", {"A": "1"}),
    ("HOST", {"": "HOST"}),
    ("A=1\nHOST", {"A": "1", "": "HOST"}),
    ("A B C", {"": "A B C"}),
    ("export HOST ", {"": "HOST"}),
    ("A=1\nexport", {"A": "1", "": "export"}),
    ("=1\n", {"": "1"}),
    (": 1\n", {"": "1"}),
    ("A='x' y=1\n", {"A": "x", "y": "1"}),
]

HIDDEN_RAW = [
    ("A=1\r\n\r\nB= 2 \r\nHOST\r\n", {"A": "1", "B": " 2 ", "HOST": "db"}),
    ("A=1\r\r\n", {"A": "1\r"}),
    ("\ufeffA=1\n", {"A": "1"}),
    ("\u00a0\u3000A=1\n\x1cB=2\n", {"A": "1", "\x1cB": "2"}),
    ("HOST", {"HOST": "db"}),
    ("EMPTY\nNOT_SET\nQUOTED", {"EMPTY": "", "QUOTED": "'q'"}),
    ("A=1\nA\nA=", {"A": ""}),
    ("A:1=2\n$A=3\n", {"A:1": "2", "$A": "3"}),
    ("A=" + "x" * 65533 + "\nB=1", {"A": "x" * 65533, "B": "1"}),
    ("A=" + "é" * 32766 + "\nB=1", {"A": "é" * 32766, "B": "1"}),
]

#: The file, the line that is wrong, what is said of it, what is expected.
REFUSED = [
    ("A=1\nB C=2\n", 2, "a space cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("A B\n", 1, "a space cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("A=1\n\n# c\nB+=s3cret\n", 4, "'+' cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("KEY=-----BEGIN\ns3cret/5\n", 2, "'/' cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("s3cret!", 1, "'!' cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("$A=1\n", 1, "'$' cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("A='1'\\\nB=2\n", 1, "'\\' cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("A\u0301=1\n", 1, "'\u0301' cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("export A B=1\n", 1, "a space cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ("A=1\nexport ", 2, "a name is missing", "NAME=value, NAME: value or NAME"),
    ("\ufeff\ufeffA=1\n", 1, "'\ufeff' cannot stand in a name", "NAME=value, NAME: value or NAME"),
    ('A=1\nB="s3cret\nC=2\n', 2, "the value of 'B' begins with a quote", "another to close it"),
    ("A='s3cret", 1, "the value of 'A' begins with a quote", "another to close it"),
    ("A='s3cret\\'\n", 1, "the value of 'A' begins with a quote", "another to close it"),
    ('A="', 1, "the value of 'A' begins with a quote", "another to close it"),
    ("A=1\nB=${s3cret\n", 2, "the value of 'B' cannot be filled in", "${NAME} or $NAME, and $$ for a literal $"),
    ("A=s3cret${}\n", 1, "the value of 'A' cannot be filled in", "${NAME} or $NAME, and $$ for a literal $"),
    (
        "A='\n'\nB=\"\n${s3cret!}\"\n",
        3,
        "the value of 'B' cannot be filled in",
        "${NAME} or $NAME, and $$ for a literal $",
    ),
    ("A=${B:-s3cret #}\n", 1, "the value of 'A' cannot be filled in", "${NAME} or $NAME, and $$ for a literal $"),
    ("A=${B:?s3cret}\n", 1, "the value of 'A' requires 'B'", "that to be set and not empty"),
    ('A=1\nC="${HOST}${EMPTY:?s3cret}"\n', 2, "the value of 'C' requires 'EMPTY'", "that to be set and not empty"),
]

REFUSED_RAW = [
    ("A=1\n=s3cret\n", 2, "a name is missing", "NAME=value or NAME"),
    ("A s3cret=1\n", 1, "white space cannot stand in a name", "NAME=value or NAME"),
    ("A =1\n", 1, "white space cannot stand in a name", "NAME=value or NAME"),
    ("s3cret and more", 1, "white space cannot stand in a name", "NAME=value or NAME"),
    ("export A=1\n", 1, "white space cannot stand in a name", "NAME=value or NAME"),
    ("A\ts3cret\n", 1, "white space cannot stand in a name", "NAME=value or NAME"),
    ("A=1\nB=" + "x" * 65534 + "\n", 2, "the line is too long", "at most 65535 bytes"),
    ("A=" + "é" * 32767, 1, "the line is too long", "at most 65535 bytes"),
]


def case(folder: str, name: str) -> Any:
    file = CASES / folder / name
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_case(folder: str) -> None:
    text = (CASES / folder / "file.env").read_text(encoding="utf-8")
    told: list[str] = []
    read = parse_env(text, case(folder, "environment.json").get, raw=folder.startswith("raw"), on_unset=told.append)
    assert {"values": read, "not_set": told} == case(folder, "expected.json")


@pytest.mark.parametrize(("text", "expected"), HIDDEN)
def test_what_editors_hide(text: str, expected: dict[str, str]) -> None:
    assert parse_env(text, ENVIRONMENT.get) == expected


@pytest.mark.parametrize(("text", "expected"), HIDDEN_RAW)
def test_what_editors_hide_in_raw_files(text: str, expected: dict[str, str]) -> None:
    assert parse_env(text, ENVIRONMENT.get, raw=True) == expected


def test_half_a_character_is_kept() -> None:
    """What Python makes of bytes that are no text."""
    assert parse_env("A=\udcff\n", {}.get, raw=True) == parse_env("A=\udcff\n", {}.get) == {"A": "\udcff"}


@pytest.mark.parametrize(
    ("text", "line", "found", "expected", "raw"),
    [*((*row, False) for row in REFUSED), *((*row, True) for row in REFUSED_RAW)],
)
def test_refused(text: str, line: int, found: str, expected: str, raw: bool) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        parse_env(text, ENVIRONMENT.get, "app.env", raw)
    assert str(caught.value) == f"app.env:{line}: {found}, expected {expected}"
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None  # a traceback would show it


def test_the_environment_comes_first_then_the_file_then_earlier_files() -> None:
    environment = {"A": "environment"}
    earlier = {"A": "earlier", "B": "earlier", "C": "earlier"}
    read = parse_env("A=file\nB=file\nSEEN=$A $B $C $D\nB\nC\n", environment.get, earlier=earlier)
    assert read == {"A": "file", "B": "file", "SEEN": "environment file earlier "}


def test_what_was_passed_in_is_left_as_it_was() -> None:
    earlier = {"A": "1"}
    assert parse_env("A=2\nB=$A\n", {}.get, earlier=earlier) == {"A": "2", "B": "2"}
    assert earlier == {"A": "1"}


def test_variables_doubled_over_and_over_are_refused() -> None:
    bomb = "A=xxxxxxxx\n" + "A=$A$A\n" * 60
    with pytest.raises(
        ValueError, match=rf"\A\.env:22: the values are longer than {LONGEST} characters, expected less"
    ):
        parse_env(bomb, {}.get)


LONG = ["A=1\n", "# c\n", " ", "\n", "A", "A='1' ", 'A="\\n"\n', "A=${B:-${A}}\n", "A\n"]


@pytest.mark.parametrize(("part", "raw"), [*((part, False) for part in LONG), ("A=1\n", True), ("A\n", True)])
def test_a_long_file_takes_its_length(part: str, raw: bool) -> None:
    """Were the time its square, this would take minutes."""
    assert len(parse_env(part * 60_000, {}.get, raw=raw)) <= 1


@pytest.mark.parametrize("start", ["export ", 'A="', "A='\\", "A" * 10 + " ", "\ufeff", ""])
@pytest.mark.parametrize("filler", [" ", "\\", "A", "a\\", "\u00a0"])
def test_a_long_file_is_refused_at_once(start: str, filler: str) -> None:
    with pytest.raises(ValueError, match=r"\A\.env:1: .+, expected "):
        parse_env(start + filler * 1_000_000 + "!", {}.get)


@DERANDOMIZED
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_value_can_be_written(value: str) -> None:
    doubled = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    assert parse_env(f'A="{doubled}"\nB=1', {}.get) == {"A": value, "B": "1"}


@DERANDOMIZED
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\n")))
def test_any_line_can_be_written_raw(value: str) -> None:
    if not value.endswith("\r"):
        assert parse_env(f"A={value}\nB=1", {}.get, raw=True) == {"A": value, "B": "1"}


PARTS = ["A", "B", "=", ":", " ", "\n", "'", '"', "\\", "$", "${", "}", "#", " #", "export ", "!", "\r", "\t", "\ufeff"]


@DERANDOMIZED
@given(st.lists(st.sampled_from(PARTS)), st.booleans())
def test_any_text_is_read_or_refused_in_words(parts: list[str], raw: bool) -> None:
    text = "".join(parts)
    try:
        assert len(parse_env(text, {}.get, raw=raw)) <= len(text)
    except ValueError as problem:
        place, message = str(problem).split(": ", 1)
        assert place.startswith(".env:") and 1 <= int(place[5:]) <= text.count("\n") + 1
        assert ", expected " in message
