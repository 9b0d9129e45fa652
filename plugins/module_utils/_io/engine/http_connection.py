# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of HTTP/1.1 as an engine speaks, over a socket that is open: one request after another, bodies as they come.

`http.client` does the same and brings the parsers of e-mail along, which take longer to import than a whole run that
changes nothing takes to ask the engine.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator, Mapping

#: No line of an answer's head is longer, and no body is read in larger pieces.
BLOCK = 65536
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_PATH = _PLAIN | frozenset(b"/:@")


class ClosedError(ConnectionError):
    """The other side closed the connection where an answer, or the rest of one, was expected."""

    def __str__(self) -> str:
        return "the connection was closed"


class Connection:
    """`open` is False once it cannot be used again."""

    def __init__(self, opened: socket.socket) -> None:
        self.socket = opened
        self.open = True
        self._reader = opened.makefile("rb")

    def close(self) -> None:
        self.open = False
        self._reader.close()
        self.socket.close()

    def is_alive(self) -> bool:
        """Whether it can be used again. One that the other side closed is readable: its end waits to be read."""
        if not self.open:
            return False
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        return not waiting.poll(0)

    def ask(self, method: str, target: str, body: bytes | None = None) -> Answer:
        head = [f"{method} {target} HTTP/1.1", "Host: docker", "Accept: application/json"]
        if body is not None:
            head.append("Content-Type: application/json")
        if body is not None or method in ("POST", "PUT"):
            head.append(f"Content-Length: {len(body or b'')}")
        self.socket.sendall("\r\n".join([*head, "", ""]).encode("ascii") + (body or b""))
        return Answer(self, method)

    def line(self) -> bytes:
        found = self._reader.readline(BLOCK)
        if not found.endswith(b"\n"):
            raise ClosedError
        return found.rstrip(b"\r\n")

    def exactly(self, length: int) -> bytes:
        found = self._reader.read(length)
        if len(found) < length:
            raise ClosedError
        return found

    def some(self) -> bytes:
        """What has come; nothing at the end."""
        return self._reader.read1(BLOCK)


class Answer:
    """`headers` by name in small letters. The body is read once, by `read`, `blocks` or `lines`."""

    def __init__(self, connection: Connection, method: str) -> None:
        self._connection = connection
        first = connection.line()
        version, _space, rest = first.partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise _strange(first)
        self.status = int(rest[:3])
        self.headers: dict[str, str] = {}
        while line := connection.line():
            name, _colon, value = line.decode("latin-1").partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self._empty = method == "HEAD" or self.status in (204, 304)
        self._chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        self._length = self.headers.get("content-length")
        ends = self._empty or self._chunked or self._length is not None
        if not ends or self.headers.get("connection", "").lower() == "close":
            connection.open = False  # whoever reads the body to its end has also read the connection to its end

    def read(self) -> bytes:
        return b"".join(self.blocks())

    def blocks(self) -> Iterator[bytes]:
        """The body, piece by piece as it comes."""
        if self._empty:
            return
        if self._chunked:
            yield from self._chunks()
        elif self._length is not None:
            yield self._connection.exactly(_number(self._length.encode(), 10))
        else:
            while block := self._connection.some():
                yield block

    def _chunks(self) -> Iterator[bytes]:
        while length := _number(self._connection.line().partition(b";")[0], 16):
            yield self._connection.exactly(length)
            self._connection.line()
        while self._connection.line():
            pass  # trailers

    def lines(self) -> Iterator[bytes]:
        rest = b""
        for block in self.blocks():
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
        if rest:
            yield rest


def _number(text: bytes, base: int) -> int:
    try:
        return int(text, base)
    except ValueError:
        raise _strange(text) from None


def _strange(found: bytes) -> ConnectionError:
    return ConnectionError(f"what answers does not speak HTTP: {found[:60].decode('ascii', 'replace')!r}")


def target(path: str, query: Mapping[str, str]) -> str:
    """A path with its query, as it stands in a request's first line."""
    asked = "&".join(f"{_quoted(name, _PLAIN)}={_quoted(value, _PLAIN)}" for name, value in query.items())
    return _quoted(path, _PATH) + (f"?{asked}" if asked else "")


def _quoted(text: str, plain: frozenset[int]) -> str:
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in text.encode())
