# SPDX-License-Identifier: GPL-3.0-or-later
"""What the applications in front of moto's share: JSON requests, answers, and asking moto in between."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

#: moto's only account, unless somebody assumes a role of another one.
ACCOUNT = "123456789012"

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


class ApiError(Exception):
    """An answer with a code of the API and its words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def body_of(environ: Environ) -> bytes:
    """The request's body, which moto can still read afterwards."""
    body = bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    environ["wsgi.input"] = BytesIO(body)
    return body


def read(environ: Environ) -> Any:
    return json.loads(body_of(environ) or b"{}")


def region_of(environ: Environ) -> str:
    scope = re.search(r"/\d{8}/([^/]+)/[^/]+/aws4_request", environ.get("HTTP_AUTHORIZATION", ""))
    return scope[1] if scope else "us-east-1"


def ask(moto: Wsgi, environ: Environ, asked: Any) -> tuple[int, Any]:
    """What moto answers to the same request with other parameters."""
    body = json.dumps(asked).encode()
    lines: list[str] = []

    def started(line: str, _headers: list[tuple[str, str]], *_rest: Any) -> None:
        lines.append(line)

    changed = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    answer = b"".join(moto(changed, started))
    return int(lines[0].split()[0]), json.loads(answer or b"{}")


def respond(start_response: StartResponse, status: int, answer: Any) -> list[bytes]:
    body = json.dumps(answer).encode()
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]


def refuse(start_response: StartResponse, error: ApiError) -> list[bytes]:
    return respond(start_response, 400, {"__type": error.code, "message": error.message})
