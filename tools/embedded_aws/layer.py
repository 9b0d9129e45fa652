# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer in front of moto: names and records each call, and fails the calls that a rule chooses."""

from __future__ import annotations

import functools
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any, TypedDict
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

# REST services whose name in a signature is not the name of their model in botocore.
MODEL_NAMES = {"elasticfilesystem": "efs", "ses": "sesv2"}


class Call(TypedDict):
    """One answered request; `fault` is the code of the injected error, or empty."""

    service: str
    operation: str
    status: int
    milliseconds: float
    fault: str


@dataclass
class FaultRule:
    """Fail every nth matching call. Rules are asked in order; once one fires, later ones are not asked."""

    operation: str = "*"
    service: str = "*"
    every: int = 1
    times: int | None = None
    status: int = 400
    code: str = "ThrottlingException"
    message: str = "Rate exceeded"
    delay_ms: int = 0
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every must be 1 or more, not {self.every}")

    def fires(self, request: AwsRequest) -> bool:
        if self.operation not in ("*", request.operation) or self.service not in ("*", request.service):
            return False
        self.seen += 1
        due = self.seen % self.every == 0 and (self.times is None or self.fired < self.times)
        self.fired += due
        return due


@dataclass(frozen=True)
class AwsRequest:
    """What a request asks for, and in which protocol; `service` is the name in its signature."""

    service: str
    operation: str
    protocol: str
    content_type: str

    @classmethod
    def read(cls, environ: Mapping[str, Any], body: bytes) -> AwsRequest:
        query, kind = environ["QUERY_STRING"], environ.get("CONTENT_TYPE", "")
        signed = environ.get("HTTP_AUTHORIZATION") or unquote(query)
        scope = re.search(r"/\d{8}/[^/]*/([^/]+)/aws4_request", signed)
        service = scope[1] if scope else "unsigned"
        # The raw path, because an ARN inside a segment has its slashes escaped only there.
        method, path = environ["REQUEST_METHOD"], environ["RAW_URI"].partition("?")[0]
        if target := environ.get("HTTP_X_AMZ_TARGET"):
            return cls(service, target.rpartition(".")[2], "json", kind)
        if cbor := re.fullmatch(r"/service/[^/]+/operation/([^/]+)", path):
            return cls(service, cbor[1], "cbor", kind)
        form = body.decode("utf-8", "replace") if kind.startswith("application/x-www-form") else query
        if action := parse_qs(form).get("Action"):
            return cls(service, action[0], "query", "text/xml")
        protocol, operations = rest_model(service)
        names = (name for verb, pattern, name in operations if verb == method and pattern.fullmatch(path))
        name = next(names, f"{method} {unquote(path)}")
        return cls(service, name, protocol, "application/json" if protocol == "rest-json" else "text/xml")

    def error_body(self, code: str, message: str) -> bytes:
        if self.protocol in ("json", "rest-json"):
            return json.dumps({"__type": code, "message": message}).encode()
        if self.protocol == "cbor":
            texts = (text.encode() for text in ("__type", code, "message", message))
            # A map of two pairs, each a text with a length of two bytes (RFC 8949, section 3.1).
            return b"\xa2" + b"".join(b"\x79" + len(text).to_bytes(2, "big") + text for text in texts)
        error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        if self.service == "ec2":
            return f"<Response><Errors>{error}</Errors></Response>".encode()
        return f"<ErrorResponse>{error}</ErrorResponse>".encode()


@functools.cache
def rest_model(service: str) -> tuple[str, list[tuple[str, re.Pattern[str], str]]]:
    """The protocol of a REST service and its (method, path, operation), the most literal paths first."""
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    try:
        model = Loader().load_service_model(MODEL_NAMES.get(service, service), "service-2")
    except UnknownServiceError:
        return "rest-json", []
    if service == "s3":  # its operations differ by headers and query strings: calls stay "GET /path"
        return "rest-xml", []
    found = []
    for name, operation in model["operations"].items():
        uri = operation["http"]["requestUri"].partition("?")[0]
        literals = re.split(r"\{[^}]+\}", uri)
        fields = [".+" if field.endswith("+}") else "[^/]+" for field in re.findall(r"\{[^}]+\}", uri)] + [""]
        pattern = "".join(re.escape(text) + field for text, field in zip(literals, fields, strict=True))
        found.append((-len("".join(literals)), operation["http"]["method"], re.compile(pattern), name))
    return model["metadata"]["protocol"], [route[1:] for route in sorted(found, key=lambda route: route[0])]


class RecordingLayer:
    """The WSGI application in front of moto's."""

    def __init__(self, application: Callable[..., Iterable[bytes]], delay_ms: int) -> None:
        self.application = application
        self.delay_ms = delay_ms
        self.calls: list[Call] = []
        self.faults: list[FaultRule] = []
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Read to the end even when the answer is a fault: closing on unread data would reset the connection.
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        path = environ["PATH_INFO"]
        if path.startswith("/moto-api/") or path == "/slipway/behaviour":
            return self.application(environ, start_response)
        if path.startswith("/slipway/"):
            return self.control(environ["REQUEST_METHOD"], path, body, start_response)
        return self.answer(AwsRequest.read(environ, body), environ, start_response)

    def answer(
        self, request: AwsRequest, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        started = time.perf_counter()
        with self.lock:
            rule = next((rule for rule in self.faults if rule.fires(request)), None)
        time.sleep((self.delay_ms + (rule.delay_ms if rule else 0)) / 1000)
        status = 500  # what the client gets when moto raises instead of answering

        def recording(line: str, *rest: Any) -> Any:
            nonlocal status
            status = int(line.split()[0])
            return start_response(line, *rest)

        try:
            if rule:
                return self.fail(request, rule, recording)
            return self.application(environ, recording)
        finally:
            spent = round((time.perf_counter() - started) * 1000, 1)
            fault = rule.code if rule else ""
            with self.lock:
                self.calls.append(Call(service=request.service, operation=request.operation, status=status,
                                       milliseconds=spent, fault=fault))  # fmt: skip

    def fail(self, request: AwsRequest, rule: FaultRule, start_response: Callable[..., Any]) -> list[bytes]:
        headers = {"x-amzn-RequestId": str(uuid.uuid4()), "x-amzn-ErrorType": rule.code}
        if request.protocol == "cbor":
            headers["smithy-protocol"] = "rpc-v2-cbor"
        body = request.error_body(rule.code, rule.message)
        return reply(start_response, rule.status, body, request.content_type, headers)

    def control(self, method: str, path: str, body: bytes, start_response: Callable[..., Any]) -> list[bytes]:
        with self.lock:
            lists: dict[str, list[Any]] = {"/slipway/calls": self.calls, "/slipway/faults": self.faults}
            try:
                known = lists[path]
                if method == "POST" and known is self.faults:
                    known[:] = [FaultRule(**rule) for rule in json.loads(body)]
                elif method == "DELETE":
                    known.clear()
                answer: Any = list(map(asdict, known)) if known is self.faults else known
                return reply(start_response, 200, json.dumps(answer).encode())
            except (KeyError, TypeError, ValueError) as error:
                return reply(start_response, 400, json.dumps({"error": repr(error)}).encode())


def reply(
    start_response: Callable[..., Any],
    status: int,
    body: bytes,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> list[bytes]:
    every = {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
    start_response(f"{status} {HTTPStatus(status).phrase}", list(every.items()))
    return [body]
