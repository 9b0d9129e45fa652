# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge Scheduler: what moto lacks or lets pass.

Sources: botocore's model of Scheduler (limits, patterns, which setting an update replaces, DeleteScheduleGroup); the
Scheduler user guide on the execution role and on the confused deputy. The words of refusals are AWS's where issues and
forums quote them, else unverified.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from moto.backends import get_backend

from .ecs import access
from .wsgi import ACCOUNT, ApiError, Environ, StartResponse, Wsgi, read, region_of

SERVICE = "scheduler.amazonaws.com"
#: Statuses of the API's errors (botocore); what is not named is a 400.
STATUSES = {"ResourceNotFoundException": 404, "ConflictException": 409}
#: The form alone; what a cron of six fields may hold, AWS checks and this does not.
EXPRESSION = re.compile(r"rate\(\d+ (minute|hour|day)s?\)|at\([0-9T:-]+\)|cron\(\S+( +\S+){5}\)")


class SchedulesInFront:
    """Writing schedules, and deleting groups; what it does not know goes to moto."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto
        self.deleted: set[tuple[str, str]] = set()  # groups that are still seen once, as being deleted

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/moto-api/reset":
            self.deleted.clear()
        if "/scheduler/aws4_request" not in environ.get("HTTP_AUTHORIZATION", ""):
            return self.moto(environ, start_response)
        kind, _slash, name = environ["PATH_INFO"].strip("/").partition("/")
        method = environ["REQUEST_METHOD"]
        try:
            if kind == "schedules" and method in ("POST", "PUT"):
                return self.write(environ, start_response, unquote(name))
            if kind == "schedule-groups" and name:
                answer = self.group(environ, method, unquote(name))
                if answer is not None:
                    return reply(start_response, 200, answer)
        except ApiError as error:
            status = STATUSES.get(error.code, 400)
            return reply(start_response, status, {"Message": str(error)}, {"x-amzn-ErrorType": error.code})
        return self.moto(environ, start_response)

    def backend(self, environ: Environ) -> Any:
        return get_backend("scheduler")[ACCOUNT][region_of(environ)]

    def write(self, environ: Environ, start_response: StartResponse, name: str) -> Iterable[bytes]:
        asked = {**read(environ), "Name": name}
        group = asked.get("GroupName", "default")
        problems = list(self.limits.problems(asked))
        if problems:
            raise ApiError("ValidationException", refusal(problems))
        if not EXPRESSION.fullmatch(asked["ScheduleExpression"]):
            raise ApiError("ValidationException", f"Invalid Schedule Expression {asked['ScheduleExpression']}.")
        found = self.backend(environ).schedule_groups.get(group)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Schedule group {group} does not exist.")
        self.look_at_the_role(asked["Target"]["RoleArn"], found.arn)
        answer = self.moto(environ, start_response)
        if environ["REQUEST_METHOD"] == "PUT" and name in found.schedules:
            # botocore, UpdateSchedule: what is left out goes back to its default. moto forgets these two.
            found.schedules[name].action_after_completion = asked.get("ActionAfterCompletion", "NONE")
            found.schedules[name].state = asked.get("State", "ENABLED")
        return answer

    @cached_property
    def limits(self) -> Limits:
        from botocore.loaders import Loader

        return Limits(Loader().load_service_model("scheduler", "service-2")["shapes"])

    def look_at_the_role(self, arn: str, group: str) -> None:
        """Scheduler has to be trusted, for this group. A role that IAM does not have passes: tests name many."""
        role = access.role_of(arn)
        if role is None:
            return
        document = json.loads(unquote(role.assume_role_policy_document))
        context = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": group}
        if not any(access.takes(statement, SERVICE, context) for statement in document["Statement"]):
            words = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            raise ApiError("ValidationException", words)

    def group(self, environ: Environ, method: str, name: str) -> dict[str, Any] | None:
        """botocore, DeleteScheduleGroup: a group remains in the state DELETING until all of its schedules are gone."""
        place, groups = (region_of(environ), name), self.backend(environ).schedule_groups
        if method == "POST" and name in groups:
            raise ApiError("ConflictException", f"Schedule group {name} already exists.")
        if method == "DELETE":
            if name not in groups:
                raise ApiError("ResourceNotFoundException", f"Schedule group {name} does not exist.")
            groups.pop(name)
            self.deleted.add(place)
            return {}
        if method == "GET" and name not in groups and place in self.deleted:
            self.deleted.remove(place)
            arn = f"arn:aws:scheduler:{place[0]}:{ACCOUNT}:schedule-group/{name}"
            return {"Arn": arn, "Name": name, "State": "DELETING"}
        return None


class Limits:
    """The limits of the API's model, which botocore leaves to the service."""

    def __init__(self, shapes: Mapping[str, Any]) -> None:
        self.shapes = shapes

    def problems(self, value: Any, shape: str = "CreateScheduleInput", path: str = "") -> Iterator[str]:
        model = self.shapes[shape]
        if isinstance(value, dict):
            for member, child in value.items():
                name = f"{path}.{member[:1].lower()}{member[1:]}".strip(".")
                if model["type"] == "structure" and member in model["members"]:
                    yield from self.problems(child, model["members"][member]["shape"], name)
        elif isinstance(value, list):
            yield from self.bounds(len(value), model, path, "length ")
            for number, child in enumerate(value, start=1):
                yield from self.problems(child, model["member"]["shape"], f"{path}.{number}.member")
        elif isinstance(value, str):
            yield from self.bounds(len(value), model, path, "length ")
            choices, pattern = model.get("enum"), model.get("pattern")
            if choices and value not in choices:
                yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must be one of {choices}"
            if pattern and not re.fullmatch(pattern, value):
                words = f"Member must satisfy regular expression pattern: {pattern}"
                yield f"Value '{value}' at '{path}' failed to satisfy constraint: {words}"
        elif isinstance(value, int) and not isinstance(value, bool):
            yield from self.bounds(value, model, path, "value ")

    def bounds(self, number: int, model: Mapping[str, Any], path: str, what: str) -> Iterator[str]:
        if number < model.get("min", number):
            yield f"Value at '{path}' failed to satisfy constraint: Member must have {what}at least {model['min']}"
        if number > model.get("max", number):
            yield f"Value at '{path}' failed to satisfy constraint: Member must have {what}at most {model['max']}"


def refusal(problems: list[str]) -> str:
    noun = "error" if len(problems) == 1 else "errors"
    return f"{len(problems)} validation {noun} detected: {'; '.join(problems)}"


def reply(
    start_response: StartResponse, status: int, answer: Any, headers: Mapping[str, str] | None = None
) -> list[bytes]:
    body = json.dumps(answer).encode()
    every = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    start_response(f"{status} {HTTPStatus(status).phrase}", list(every.items()))
    return [body]
