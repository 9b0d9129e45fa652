# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a task's execution role may do what starting the task takes.

A role that IAM does not have passes: many tests name one and mean nothing by it. Of IAM's evaluation, what the policies
of this collection use is here: Allow, Deny, wildcards, and the conditions that name the source of a call.
Sources: developer guide, "Task execution IAM role"; "Stopped tasks error codes" for the words, which users report in
this form for platform 1.4.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from moto.backends import get_backend

from ..wsgi import ACCOUNT
from .behaviour import Rule

ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
#: (how the task fails, action, resource, words in front of the refusal)
Need = tuple[str, str, str, str]
_START = "ResourceInitializationError: "
_RETRIEVAL = _START + "unable to pull secrets or registry auth: execution resource retrieval failed: "


def refusal(containers: Iterable[Mapping[str, Any]], role_arn: str, region: str) -> Rule | None:
    """The fate of a task that may not start, with AWS's words; None where nothing stands in its way."""
    role = role_of(role_arn)
    if role is None:
        return None
    if not trusted(role, region):
        reason = f"ECS was unable to assume the role '{role.arn}' that was provided for this task."
        return Rule("cannot_pull", reason=reason)
    statements = list(statements_of(role))
    for fate, action, resource, words in needs(containers, region):
        if not allowed(statements, action, resource):
            who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/task"
            said = f"User: {who} is not authorized to perform: {action} on resource: {resource}"
            return Rule(fate, reason=f"{words}AccessDeniedException: {said}")
    return None


def role_of(arn: str) -> Any:
    """By ARN or, as task definitions may name it, by name."""
    roles = get_backend("iam")[ACCOUNT]["aws"].roles.values()
    return next((role for role in roles if arn and arn in (role.arn, role.name)), None)


def needs(containers: Iterable[Mapping[str, Any]], region: str) -> Iterator[Need]:
    for container in containers:
        image = ECR.match(container.get("image", ""))
        if image:
            token = _RETRIEVAL + "unable to retrieve ecr registry auth: "
            yield "cannot_pull", "ecr:GetAuthorizationToken", "*", token
            repository = f"arn:aws:ecr:{image[2]}:{image[1]}:repository/{image[3]}"
            for action in PULL:
                yield "cannot_pull", action, repository, "CannotPullContainerError: pull image manifest: "
        for secret in container.get("secrets", []):
            yield secret_need(secret["valueFrom"], region)
        log = container.get("logConfiguration", {})
        options = log.get("options", {})
        if log.get("logDriver") == "awslogs" and options.get("awslogs-group"):
            place = (
                f"arn:aws:logs:{options.get('awslogs-region', region)}:{ACCOUNT}:log-group:{options['awslogs-group']}"
            )
            words = _START + "failed to validate logger args: create stream has been retried 1 times: failed to create "
            stream = f"{place}:log-stream:{container['name']}"
            yield "secret_missing", "logs:CreateLogStream", stream, words + "Cloudwatch log stream: "
            yield "secret_missing", "logs:PutLogEvents", stream, words


def secret_need(source: str, region: str) -> Need:
    if ":secretsmanager:" in source:
        arn = ":".join(source.split(":")[:7])
        return (
            "secret_missing",
            "secretsmanager:GetSecretValue",
            arn,
            _RETRIEVAL + "unable to retrieve secret from asm: ",
        )
    arn = source if source.startswith("arn:") else f"arn:aws:ssm:{region}:{ACCOUNT}:parameter/{source.lstrip('/')}"
    return "secret_missing", "ssm:GetParameters", arn, _RETRIEVAL + "unable to retrieve secrets from ssm: "


def trusted(role: Any, region: str) -> bool:
    context = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"arn:aws:ecs:{region}:{ACCOUNT}:task/any"}
    document = json.loads(unquote(role.assume_role_policy_document))
    return any(takes(statement, "ecs-tasks.amazonaws.com", context) for statement in document["Statement"])


def takes(statement: Mapping[str, Any], service: str, context: Mapping[str, str]) -> bool:
    """Whether a trust policy's statement lets the service take the role, for the source in the context."""
    services = listed(statement.get("Principal", {}).get("Service", []))
    return bool(statement["Effect"] == "Allow" and service in services and met(statement, context))


def statements_of(role: Any) -> Iterator[Mapping[str, Any]]:
    for document in role.policies.values():
        yield from listed(json.loads(unquote(document))["Statement"])
    for policy in role.managed_policies.values():
        for document in (version.document for version in policy.versions if version.is_default):
            yield from listed(json.loads(unquote(document))["Statement"])


def allowed(statements: Iterable[Mapping[str, Any]], action: str, resource: str) -> bool:
    """A Deny wins, and what nobody allows is not allowed."""
    hits = [statement for statement in statements if speaks_of(statement, action, resource)]
    return bool(hits) and all(statement["Effect"] == "Allow" for statement in hits)


def speaks_of(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    actions = any(like(action.lower(), pattern.lower()) for pattern in listed(statement.get("Action", [])))
    return (
        actions
        and any(like(resource, pattern) for pattern in listed(statement.get("Resource", [])))
        and met(statement, {})
    )


def met(statement: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Every key of every condition has one of its values; a key that the context does not have is not met."""
    pairs = [
        (operator, key, listed(values))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    return all(any(fits(operator, context.get(key, ""), value) for value in values) for operator, key, values in pairs)


def fits(operator: str, found: str, wanted: str) -> bool:
    return found == wanted if operator == "StringEquals" else like(found, wanted)


def like(text: str, pattern: str) -> bool:
    """* is any text and ? any character, as IAM has it."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
