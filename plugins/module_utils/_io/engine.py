# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker Engine's API over its socket: one connection that is kept, JSON in and out, and errors in one sentence.

The Docker SDK is not used: importing it alone takes longer than everything that a run without changes does.
Paths have no version. Every engine serves those with its newest API, so one form works from 20.10 to 29, whose
versions do not overlap; what is read here has the same shape in all of them.
"""

from __future__ import annotations

import json
import os
import select
import socket
import ssl
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from .engine_address import Address, EngineError, NoEngineError, parse, unreachable

__all__ = ["Engine", "EngineError", "NoEngineError"]

#: An engine under load may take long over one answer; beyond this it is taken for dead.
TIMEOUT_SECONDS = 60.0
#: What a server does that closed a kept connection before it read the request.
_CLOSED = (RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class Engine:
    """The engine at `docker_host`, else at DOCKER_HOST, else at the usual socket. For one thread.

    Nothing is opened before the first request. `requests` counts what was sent, `server` is what the engine calls
    itself, such as Docker/20.10.24 (linux), once it has answered.
    """

    def __init__(
        self,
        docker_host: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._environment = os.environ if environment is None else environment
        self.address = parse(docker_host or self._environment.get("DOCKER_HOST") or "")
        self.timeout_seconds = timeout_seconds
        self.requests = 0
        self.server = ""
        self._kept: HTTPConnection | None = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def get(self, path: str, /, *, timeout_seconds: float | None = None, **query: Any) -> Any:
        """The answer's JSON. A mapping or list in the query, such as `filters`, is sent as JSON; None is left out."""
        return _value(self.raw(path, timeout_seconds=timeout_seconds, **query))

    def post(self, path: str, /, body: Any = None, *, timeout_seconds: float | None = None, **query: Any) -> Any:
        """The answer's JSON; None where there is none, as after 304: it already was so."""
        return _value(self.raw(path, method="POST", body=body, timeout_seconds=timeout_seconds, **query))

    def delete(self, path: str, /, *, timeout_seconds: float | None = None, **query: Any) -> Any:
        return _value(self.raw(path, method="DELETE", timeout_seconds=timeout_seconds, **query))

    def head(self, path: str, /, **query: Any) -> HTTPMessage:
        """The headers of an answer without its body."""
        response, _body = self._exchange("HEAD", path, None, None, query)
        return response.headers

    def raw(
        self, path: str, /, *, method: str = "GET", body: Any = None, timeout_seconds: float | None = None, **query: Any
    ) -> bytes:
        """The bytes of an answer: archives, logs, the output of `exec`."""
        return self._exchange(method, path, body, timeout_seconds, query)[1]

    def lines(
        self, path: str, /, *, method: str = "GET", body: Any = None, timeout_seconds: float | None = None, **query: Any
    ) -> Iterator[Any]:
        """Each JSON object of an answer as it comes, such as events. Has a connection of its own until it ends.

        `timeout_seconds` is the longest silence. Events end by themselves at their `until`.
        """
        connection = self._connection(timeout_seconds or self.timeout_seconds)
        try:
            response = self._sent(connection, method, path, body, query)
            if response.status >= 400:
                raise _refused(method, path, response.status, response.read())
            while line := response.readline():
                if line.strip():
                    yield json.loads(line)
        except (OSError, HTTPException) as error:
            raise unreachable(self.address, error, f"{method} {path}") from error
        finally:
            connection.close()

    def _exchange(
        self, method: str, path: str, body: Any, timeout_seconds: float | None, query: Mapping[str, Any]
    ) -> tuple[HTTPResponse, bytes]:
        """One request on the kept connection, which is made anew where the engine has closed it."""
        reused = self._alive()
        timeout = timeout_seconds or self.timeout_seconds
        try:
            if self._kept is None:
                self._kept = self._connection(timeout)
            elif self._kept.sock is not None:
                self._kept.sock.settimeout(timeout)
            response = self._sent(self._kept, method, path, body, query)
            content = response.read()
        except (OSError, HTTPException) as error:
            self.close()
            # What only reads may be sent again. Anything else may have been done before the connection broke.
            if reused and isinstance(error, _CLOSED) and method in ("GET", "HEAD"):
                return self._exchange(method, path, body, timeout_seconds, query)
            raise unreachable(self.address, error, f"{method} {path}") from error
        if response.status >= 400:
            raise _refused(method, path, response.status, content)
        self.server = response.headers.get("Server", self.server)
        return response, content

    def _alive(self) -> bool:
        """Whether there is a connection to use again. A closed one is readable: its end waits to be read."""
        if self._kept is None or self._kept.sock is None or select.select([self._kept.sock], [], [], 0)[0]:
            self.close()
        return self._kept is not None

    def _sent(
        self, connection: HTTPConnection, method: str, path: str, body: Any, query: Mapping[str, Any]
    ) -> HTTPResponse:
        asked = {name: _text(value) for name, value in query.items() if value is not None}
        target = quote(path, safe="/:@") + (f"?{urlencode(asked)}" if asked else "")
        sent = None if body is None else json.dumps(body).encode()
        if connection.sock is None:
            connection.connect()
        self.requests += 1
        connection.request(method, target, sent, {} if sent is None else {"Content-Type": "application/json"})
        return connection.getresponse()

    def _connection(self, timeout: float) -> HTTPConnection:
        if self.address.socket:
            return _UnixConnection(self.address, timeout)
        secure = bool(self._environment.get("DOCKER_TLS_VERIFY"))
        port = self.address.port or (2376 if secure else 2375)
        if not secure:
            return HTTPConnection(self.address.host, port, timeout=timeout)
        folder = Path(self._environment.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        return HTTPSConnection(self.address.host, port, timeout=timeout, context=context)


class _UnixConnection(HTTPConnection):
    def __init__(self, address: Address, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = address.socket

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":")) if isinstance(value, (dict, list, tuple)) else str(value)


def _value(content: bytes) -> Any:
    return json.loads(content) if content.strip() else None


def _refused(method: str, path: str, status: int, content: bytes) -> EngineError:
    """The engine's own message, which is JSON but for what its router says."""
    text = content.decode("utf-8", "replace").strip()
    try:
        message = str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        message = text
    return EngineError(status, message, f"{method} {path}")
