# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as the real Docker Compose reads it: what stands under x-* keys comes out of `config` unchanged."""

from __future__ import annotations

import codecs
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.files import Files

from tests.integration.compose import program
from tests.unit.test_compose_yaml import ACCEPTED, FOLDERS, extensions
from tools.compose_cli import RELEASES
from tools.record_compose import ENVIRONMENT

PROJECT = "name: project\nservices: {web: {image: web}}\n"


def compose_says(release: str, file: Path) -> dict[str, Any] | None:
    """The x-* keys as Compose prints them; None where it refuses the file."""
    command = [program(release), "--file", file, "--project-directory", file.parent, "config", "--no-interpolate"]
    done = subprocess.run(
        command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60
    )
    return extensions(done.stdout.decode()) if done.returncode == 0 else None


def we_say(file: Path) -> dict[str, Any] | None:
    try:
        return extensions(Files().read(str(file)) or "")
    except ComposeError:
        return None


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_cases(folder: Path, release: str) -> None:
    ours = we_say(folder / "compose.in")
    assert compose_says(release, folder / "compose.in") == ours
    assert (ours is not None) == (folder in ACCEPTED)


def numbers() -> Iterator[str]:
    """Scalars that are numbers, nearly so, or not at all."""
    prefixes = ("", "0", "0x", "0X", "0o", "0O", "0b", ".", "_")
    digits = ("", "0", "1", "7", "08", "101", "1_0", "1__0", "_1", "1_", "fF", "9.", "1.5", "1_0.5", ".5", "1.2.3")
    yield from map("".join, product(("", "+", "-"), prefixes, digits, ("", "e3", "E-3", "e+3", "e400", "e", "_")))
    for bits in (31, 32, 63, 64, 65):
        for number in (2**bits - 1, 2**bits, 2**bits + 1):
            for sign in ("", "+", "-"):
                yield from (f"{sign}{number}", f"{sign}{number:#x}", f"{sign}{number:#o}", f"{sign}{number:#b}")


def dates() -> Iterator[str]:
    days = ("2001-01-01", "2001-1-2", "2000-02-29", "1900-02-29", "2001-4-31", "2001-13-01", "2001-0-1", "0001-01-01")
    times = ("", "T1:2:3", "t01:02:03.5", " 10:20:30", "  23:59:59.120", "T24:00:00", "T10:60:00", " 10:20:60", " 1:2")
    yield from map("".join, product(days, times, ("", "Z", "z", "+01:00", "-00:30", "+1:00", " +01:00", "+00:00")))


def words() -> Iterator[str]:
    for word in ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "t", "f", "nil", "none"):
        yield from (word, word.title(), word.upper(), word.swapcase(), f"{word}.", f"+{word}")
    yield from (
        "",
        "~",
        "~~",
        "<<",
        "=",
        "22:22",
        "1:30:00",
        "190:20:30",
        "0:0",
        "1,000",
        "1 000",
        "+",
        "-0",
        "0.0",
        "$",
    )


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("scalars", [numbers, dates, words])
def test_scalars(scalars: Any, release: str, tmp_path: Path) -> None:
    texts = [text for text in dict.fromkeys(scalars()) if text != "-"]
    file = tmp_path / "compose.yaml"
    file.write_text(PROJECT + "x-key:\n" + "".join(f"  - {text}\n" for text in texts), encoding="utf-8")
    theirs, ours = compose_says(release, file), we_say(file)
    assert theirs and ours
    assert dict(zip(texts, ours["x-key"])) == dict(zip(texts, theirs["x-key"]))


@pytest.mark.parametrize("release", RELEASES)
def test_tags(release: str, tmp_path: Path) -> None:
    """Every tag before every kind of scalar, each in a file of its own, for many are refused."""
    tags = ("!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!binary", "!!seq", "!other", "!")
    texts = ("5", '"5"', "1.5", "abc", "TRUE", "yes", "~", "''", "2001-01-01", "aGk=", "|\n  5", "|-\n  5")
    file = tmp_path / "compose.yaml"
    wrong = []
    for tag, text in product(tags, texts):
        file.write_text(f"{PROJECT}x-key: {tag} {text}\n", encoding="utf-8")
        if compose_says(release, file) != we_say(file):
            wrong.append(f"{tag} {text}")
    assert not wrong


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("content", "key"),
    [
        (f"{PROJECT}x-key: é\n".encode(), "é"),
        (codecs.BOM_UTF8 + f"{PROJECT}x-key: é\n".encode(), "é"),
        (codecs.BOM_UTF16_LE + f"{PROJECT}x-key: é😀\n".encode("utf-16-le"), "é😀"),
        (codecs.BOM_UTF16_BE + f"{PROJECT}x-key: é😀\n".encode("utf-16-be"), "é😀"),
        (f"{PROJECT}x-key: a\n  b\n".replace("\n", "\r\n").encode(), "a b"),
        (f"{PROJECT}x-key: |\n  a\n  b\n".replace("\n", "\r\n").encode(), "a\nb\n"),
        (f"{PROJECT}x-key: é\n".encode("latin-1"), None),
        (f"{PROJECT}x-key: é\n".encode("utf-16-le"), None),
        (codecs.BOM_UTF16_LE + f"{PROJECT}x-key: a\n".encode("utf-16-le") + b"\0\xd8", None),
        *((f"{PROJECT}x-key: a{character}b\n".encode(), None) for character in "\0\x01\x1b\x7f\x80\ufffe"),
    ],
)
def test_bytes(content: bytes, key: str | None, release: str, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_bytes(content)
    expected = None if key is None else {"x-key": key}
    assert compose_says(release, file) == we_say(file) == expected


@pytest.mark.parametrize("release", RELEASES)
def test_the_greatest_depth(release: str, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(f"{PROJECT}x-key: {'{a: ' * 98}1{'}' * 98}\n", encoding="utf-8")
    ours = we_say(file)
    assert ours
    assert compose_says(release, file) == ours
