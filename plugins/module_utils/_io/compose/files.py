# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a Compose project, read from this machine: text in UTF-8 or UTF-16, of a size that can be meant."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from ..._core.compose.document import ComposeError
from ..._core.findings import ERROR, Finding

#: A project of 1,000 services has less than 1 MiB; what is larger is some other file, given by mistake.
MAX_BYTES = 8 * 1024 * 1024
#: What go-yaml looks for at the beginning of a file; without it a file is UTF-8.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: Reading one of these may wait for ever, or give something else each time.
_SPECIAL = (
    (stat.S_ISDIR, "a directory", ""),
    (stat.S_ISFIFO, "a pipe", "write what <(...) gives to a file first"),
    (stat.S_ISSOCK, "a socket", ""),
    (stat.S_ISCHR, "a device", ""),
    (stat.S_ISBLK, "a device", ""),
)


class Files:
    """Reads each file once, so that a run sees one version of it. Raises ComposeError."""

    def __init__(self) -> None:
        self._texts: dict[str, str | None] = {}

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is no such file."""
        if path not in self._texts:
            self._texts[path] = _read(path)
        return self._texts[path]

    def is_dir(self, path: str) -> bool:
        return Path(path).is_dir()


def _read(path: str) -> str | None:
    try:
        mode = Path(path).stat().st_mode
        if os.path.realpath(path) == os.devnull:  # a usual way to say `no such file`
            return ""
        for is_kind, kind, hint in _SPECIAL:
            if is_kind(mode):
                raise _refusal(path, f"this is {kind}, expected a file", hint)
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _refusal(path, f"this cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _refusal(path, f"this cannot be the name of a file: {error}") from error
    if len(content) > MAX_BYTES:
        raise _refusal(path, f"this is larger than {MAX_BYTES // 1024**2} MiB, expected a Compose or environment file")
    return _decoded(content, path)


def _decoded(content: bytes, path: str) -> str:
    mark, encoding = next((known for known in _MARKS if content.startswith(known[0])), (b"", "utf-8"))
    try:
        return content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        position = len(mark) + error.start
        place = f"{path}:{content.count(bytes([10]), 0, position) + 1}"
        message = f"byte {position} (0x{content[position]:02X}) is not {encoding.upper()}, expected UTF-8"
        hint = "a file in Latin-1 is mended by: iconv -f latin1 -t utf-8"
        raise _refusal(place, message, hint) from error


def _refusal(place: str, message: str, hint: str = "") -> ComposeError:
    return ComposeError([Finding("compose", ERROR, place, message, hint)])
