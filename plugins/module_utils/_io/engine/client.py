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
from collections.abc import Iterator, Mapping
from typing import Any

from .address import EngineError, NoEngineError, connect, parse, unreachable
from .http_connection import Answer, ClosedError, Connection, target

__all__ = ["Engine", "EngineError", "NoEngineError"]

#: An engine under load may take long over one answer; beyond this it is taken for dead.
TIMEOUT_SECONDS = 60.0
#: What it looks like when the other side closed a kept connection before it read the request.
_CLOSED = (ClosedError, BrokenPipeError, ConnectionResetError)


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
        self._kept: Connection | None = None

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

    def head(self, path: str, /, **query: Any) -> Mapping[str, str]:
        """The headers of an answer without its body, by name in small letters."""
        answer, _body = self._exchange("HEAD", path, None, None, query)
        return answer.headers

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
        request = f"{method} {path}"
        connection: Connection | None = None
        try:
            connection = self._connected(timeout_seconds)
            answer = self._sent(connection, method, path, body, query)
            if answer.status >= 400:
                raise _refused(request, answer.status, answer.read())
            yield from (json.loads(line) for line in answer.lines() if line.strip())
        except OSError as error:
            raise unreachable(self.address, error, request) from error
        finally:
            if connection:
                connection.close()

    def _exchange(
        self, method: str, path: str, body: Any, timeout_seconds: float | None, query: Mapping[str, Any]
    ) -> tuple[Answer, bytes]:
        """One request on the kept connection, which is made anew where the engine has closed it."""
        reused = self._kept is not None and self._kept.is_alive()
        if not reused:
            self.close()
        try:
            connection = self._kept = self._kept or self._connected(timeout_seconds)
            connection.socket.settimeout(timeout_seconds or self.timeout_seconds)
            answer = self._sent(connection, method, path, body, query)
            content = answer.read()
        except OSError as error:
            self.close()
            # What only reads may be sent again. Anything else may have been done before the connection broke.
            if reused and isinstance(error, _CLOSED) and method in ("GET", "HEAD"):
                return self._exchange(method, path, body, timeout_seconds, query)
            raise unreachable(self.address, error, f"{method} {path}") from error
        if answer.status >= 400:
            raise _refused(f"{method} {path}", answer.status, content)
        self.server = answer.headers.get("server", self.server)
        return answer, content

    def _connected(self, timeout_seconds: float | None) -> Connection:
        return Connection(connect(self.address, self._environment, timeout_seconds or self.timeout_seconds))

    def _sent(self, connection: Connection, method: str, path: str, body: Any, query: Mapping[str, Any]) -> Answer:
        asked = {name: _text(value) for name, value in query.items() if value is not None}
        sent = None if body is None else json.dumps(body).encode()
        self.requests += 1
        return connection.ask(method, target(path, asked), sent)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":")) if isinstance(value, (dict, list, tuple)) else str(value)


def _value(content: bytes) -> Any:
    return json.loads(content) if content.strip() else None


def _refused(request: str, status: int, content: bytes) -> EngineError:
    """The engine's own message, which is JSON but for what its router says."""
    text = content.decode("utf-8", "replace").strip()
    try:
        message = str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        message = text
    return EngineError(status, message, request)
