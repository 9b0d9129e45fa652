# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a Compose project: what is read, what is not there, and what is refused instead of read."""

from __future__ import annotations

import codecs
import os
import socket
from pathlib import Path

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import files as compose_files
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.files import MAX_BYTES, Files
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.yaml_text import parse


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "compose.yaml"


def refusal(path: str | Path) -> str:
    with pytest.raises(ComposeError) as caught:
        Files().read(str(path))
    (finding,) = caught.value.findings
    return finding.as_text()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"a: b\n", "a: b\n"),
        ("a: é 日本 😀\n".encode(), "a: é 日本 😀\n"),
        (b"a: b\r\nc: d\r\n", "a: b\r\nc: d\r\n"),
        (codecs.BOM_UTF8 + "a: é\n".encode(), "a: é\n"),
        (codecs.BOM_UTF16_LE + "a: é 😀\n".encode("utf-16-le"), "a: é 😀\n"),
        (codecs.BOM_UTF16_BE + "a: é 😀\n".encode("utf-16-be"), "a: é 😀\n"),
        (b"a: \0\n", "a: \0\n"),
    ],
)
def test_text(file: Path, content: bytes, text: str) -> None:
    file.write_bytes(content)
    assert Files().read(str(file)) == text


def test_no_such_file(file: Path) -> None:
    (file.parent / "plain").touch()
    (file.parent / "dangling").symlink_to("nowhere")
    for name in (file, file.parent / "plain" / "below", file.parent / "dangling"):
        assert Files().read(str(name)) is None


def test_directories(file: Path) -> None:
    file.touch()
    files = Files()
    assert files.is_dir(str(file.parent))
    assert not files.is_dir(str(file))
    assert not files.is_dir(str(file.parent / "nowhere"))


def test_a_file_is_read_once(file: Path) -> None:
    file.write_text("a: 1\n")
    files = Files()
    assert files.read(str(file)) == "a: 1\n"
    file.write_text("a: 2\n")
    assert files.read(str(file)) == "a: 1\n"
    assert files.read(str(file.parent / "nowhere")) is None
    (file.parent / "nowhere").write_text("a: 3\n")
    assert files.read(str(file.parent / "nowhere")) is None


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        ("a: 1\nb: caf\u00e9\n".encode("latin-1"), ":2", "byte 11 (0xE9) is not UTF-8, expected UTF-8"),
        (b"\x80", ":1", "byte 0 (0x80) is not UTF-8, expected UTF-8"),
        (b"a: \xed\xa0\x80", ":1", "byte 3 (0xED) is not UTF-8, expected UTF-8"),
        (b"a: \xc0\xaf", ":1", "byte 3 (0xC0) is not UTF-8, expected UTF-8"),
        (codecs.BOM_UTF8 + b"a:\n\xff", ":2", "byte 6 (0xFF) is not UTF-8, expected UTF-8"),
        ("a: é\n".encode("utf-16-le"), ":1", "byte 6 (0xE9) is not UTF-8, expected UTF-8"),
        (codecs.BOM_UTF16_LE + b"a\0\0\xd8", ":1", "byte 4 (0x00) is not UTF-16-LE, expected UTF-8"),
    ],
)
def test_other_encodings(file: Path, content: bytes, place: str, message: str) -> None:
    file.write_bytes(content)
    hint = "a file in Latin-1 is mended by: iconv -f latin1 -t utf-8"
    assert refusal(file) == f"{file}{place}: {message} ({hint}) [compose]"


def test_what_is_no_file_is_not_read(file: Path) -> None:
    os.mkfifo(file.parent / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(file.parent / "socket"))
        kinds = {"": "a directory", "pipe": "a pipe", "socket": "a socket"}
        for name, kind in kinds.items():
            path = file.parent / name
            assert refusal(path).startswith(f"{path}: this is {kind}, expected a file")
    assert refusal("/dev/zero").startswith("/dev/zero: this is a device, expected a file")


def test_process_substitution() -> None:
    """`<(...)` of a shell is a pipe at /dev/fd/63; nobody may ever write into it."""
    reading, writing = os.pipe()
    try:
        hint = "write what <(...) gives to a file first"
        assert refusal(f"/dev/fd/{reading}") == f"/dev/fd/{reading}: this is a pipe, expected a file ({hint}) [compose]"
    finally:
        os.close(reading)
        os.close(writing)


def test_dev_null_is_an_empty_file(file: Path) -> None:
    file.symlink_to(os.devnull)
    assert Files().read(os.devnull) == Files().read(str(file)) == ""


def test_what_the_system_refuses(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.symlink_to(file)
    assert refusal(file) == f"{file}: this cannot be read: Too many levels of symbolic links [compose]"
    assert "this cannot be the name of a file" in refusal("a\0b")
    file.unlink()
    file.touch()

    def forbidden(path: Path, mode: str) -> None:  # tests may run as root, who may read everything
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(compose_files.Path, "open", forbidden)
    assert refusal(file) == f"{file}: this cannot be read: Permission denied [compose]"


def test_too_large(file: Path) -> None:
    file.write_bytes(b"#" * MAX_BYTES)
    assert len(Files().read(str(file)) or "") == MAX_BYTES
    with file.open("ab") as more:
        more.truncate(2**40)  # a hole: it takes no space, and reading it all would take for ever
    assert refusal(file) == f"{file}: this is larger than 8 MiB, expected a Compose or environment file [compose]"


def test_the_largest_files_are_answered(file: Path) -> None:
    """Whatever is in them: one message, or their value."""
    for content in (b"[" * MAX_BYTES, b"\0" * MAX_BYTES, b"a" * MAX_BYTES, b"# comment\n" * (MAX_BYTES // 10)):
        file.write_bytes(content)
        try:
            assert len(parse(Files().read(str(file)) or "", "compose.yaml")) <= 1
        except ComposeError as error:
            assert len(error.findings) == 1
