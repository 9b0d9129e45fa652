# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI application in front of moto's: ECS as far as it is ours, and the rules of behaviour."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import asdict

from ..wsgi import ApiError, Environ, StartResponse, Wsgi, ask, read, refuse, region_of, respond
from . import clusters
from .api import Pace, Services
from .behaviour import Rule
from .surroundings import Surroundings
from .tasks_api import Tasks

#: moto's operations that are asked or answered otherwise.
COMPLETED = (
    "CreateCluster",
    "DescribeClusters",
    "UpdateCluster",
    "PutClusterCapacityProviders",
    "DeleteCluster",
    "UpdateCapacityProvider",
    "DescribeTaskDefinition",
)


class EcsInFront:
    """One ECS for each region that is asked."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto
        self.rules: list[Rule] = []
        self.regions: dict[str, Tasks] = {}
        self.pace = Pace()
        self.lock = threading.RLock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, target = environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET", "")
        if path == "/slipway/behaviour":
            return self.behave(environ, start_response)
        if path == "/moto-api/reset":
            self.forget()
        if not target.startswith("AmazonEC2ContainerService"):
            return self.moto(environ, start_response)
        return self.answer(target.rpartition(".")[2], environ, start_response)

    def forget(self) -> None:
        with self.lock:
            self.rules.clear()
            self.regions.clear()
            self.pace.steps = 1

    def region(self, environ: Environ) -> Tasks:
        name = region_of(environ)
        if name not in self.regions:
            self.regions[name] = Tasks(Services(Surroundings(name), self.rules, self.pace))
        return self.regions[name]

    def answer(self, operation: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with self.lock:
            tasks = self.region(environ)
            own = {**tasks.services.operations, **tasks.operations}
            try:
                if operation in own:
                    return respond(start_response, 200, own[operation](read(environ)))
                if operation in COMPLETED:
                    return self.completed(operation, tasks, environ, start_response)
            except ApiError as error:
                return refuse(start_response, error)
            return self.moto(environ, start_response)

    def completed(
        self, operation: str, tasks: Tasks, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        asked = clusters.arrange(operation, read(environ), tasks.services, tasks)
        status, answer = ask(self.moto, environ, asked)
        return respond(start_response, status, clusters.complete(answer, tasks.services, tasks))

    def behave(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """GET the rules and the pace, POST others in their place, DELETE them."""
        with self.lock:
            try:
                if environ["REQUEST_METHOD"] != "GET":
                    asked = read(environ) if environ["REQUEST_METHOD"] == "POST" else {}
                    self.rules[:] = [Rule(**rule) for rule in asked.get("rules", [])]
                    self.pace.steps = int(asked.get("pace", 1))
                answer = {"rules": [asdict(rule) for rule in self.rules], "pace": self.pace.steps}
                return respond(start_response, 200, answer)
            except (AttributeError, TypeError, ValueError) as error:
                return respond(start_response, 400, {"error": repr(error)})
