# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI application in front of moto's: ECS as far as it is ours, and the rules of behaviour."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from http import HTTPStatus
from io import BytesIO
from typing import Any

from . import clusters
from .api import Services
from .behaviour import Rule
from .errors import EcsError
from .surroundings import Surroundings
from .tasks_api import Tasks

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
#: moto's operations that are asked or answered otherwise.
COMPLETED = (
    "CreateCluster",
    "DescribeClusters",
    "UpdateCluster",
    "PutClusterCapacityProviders",
    "DeleteCluster",
    "DescribeTaskDefinition",
)


class EcsInFront:
    """One ECS for each region that is asked."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto
        self.rules: list[Rule] = []
        self.regions: dict[str, Tasks] = {}
        self.lock = threading.RLock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, target = environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET", "")
        if path == "/slipway/behaviour":
            return self.behave(environ, start_response)
        if path == "/moto-api/reset":
            self.rules.clear()
            self.regions.clear()
        if not target.startswith("AmazonEC2ContainerService"):
            return self.moto(environ, start_response)
        return self.answer(target.rpartition(".")[2], environ, start_response)

    def region(self, environ: dict[str, Any]) -> Tasks:
        scope = re.search(r"/\d{8}/([^/]+)/ecs/aws4_request", environ.get("HTTP_AUTHORIZATION", ""))
        name = scope[1] if scope else "us-east-1"
        if name not in self.regions:
            self.regions[name] = Tasks(Services(Surroundings(name), self.rules))
        return self.regions[name]

    def answer(self, operation: str, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self.lock:
            tasks = self.region(environ)
            own = {**tasks.services.operations, **tasks.operations}
            try:
                if operation in own:
                    return respond(start_response, 200, own[operation](read(environ)))
                if operation in COMPLETED:
                    return self.completed(operation, tasks, environ, start_response)
            except EcsError as error:
                return respond(start_response, 400, {"__type": error.code, "message": error.message})
            return self.moto(environ, start_response)

    def completed(
        self, operation: str, tasks: Tasks, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        asked = clusters.arrange(operation, read(environ), tasks.services, tasks)
        body = json.dumps(asked).encode()
        environ.update({"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))})
        status: list[str] = []

        def started(line: str, _headers: list[tuple[str, str]], *_rest: Any) -> None:
            status.append(line)

        answer = json.loads(b"".join(self.moto(environ, started)))
        code = int(status[0].split()[0])
        return respond(start_response, code, clusters.complete(answer, tasks.services, tasks))

    def behave(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """GET the rules, POST others in their place, DELETE them."""
        with self.lock:
            try:
                if environ["REQUEST_METHOD"] == "POST":
                    self.rules[:] = [Rule(**rule) for rule in read(environ)]
                elif environ["REQUEST_METHOD"] == "DELETE":
                    self.rules.clear()
                return respond(start_response, 200, list(map(asdict, self.rules)))
            except (TypeError, ValueError) as error:
                return respond(start_response, 400, {"error": repr(error)})


def read(environ: dict[str, Any]) -> Any:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)  # moto may be asked next
    return json.loads(body or b"{}")


def respond(start_response: Callable[..., Any], status: int, answer: Any) -> list[bytes]:
    body = json.dumps(answer).encode()
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]
