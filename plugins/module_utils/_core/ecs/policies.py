# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM policies of an app's roles, that allow what its task definitions need and nothing beside it.

Sources: the ECS developer guide on the task execution role, the task role, ECS Exec and FireLens; the EventBridge
Scheduler user guide on the execution role and the confused deputy; the CloudWatch Logs user guide on ARNs of log
groups; the KMS developer guide on kms:ViaService; botocore, RegisterTaskDefinition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..findings import INFO, WARNING, Finding
from ..tree import labelled
from .images import repository_of
from .secret_sources import SECRET_ARN

Statement = dict[str, Any]

#: All inline policies of a role together, white space not counted (IAM user guide, quotas).
MOST_CHARACTERS = 10_240
_VERSION = "2012-10-17"
_TASKS = "ecs-tasks.amazonaws.com"
_SCHEDULER = "scheduler.amazonaws.com"
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_EXEC = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")


@dataclass(frozen=True)
class Account:
    """Where the app lives; ARNs begin with it."""

    region: str
    number: str

    @property
    def partition(self) -> str:
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((name for prefix, name in prefixes.items() if self.region.startswith(prefix)), "aws")

    def arn(self, service: str, kind: str, name: str, region: str | None = None, account: str | None = None) -> str:
        """The ARN of what is called so; `name` itself where it is an ARN already."""
        if name.startswith("arn:"):
            return name
        where = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{where}:{account or self.number}:{kind}{name}"

    def role(self, name: str) -> str:
        return self.arn("iam", "role/", name, region="")


@dataclass(frozen=True)
class App:
    """What the roles are for. Where a name is enough, an ARN will do, too; `statements` are the user's, by role."""

    definitions: tuple[Mapping[str, Any], ...]
    account: Account
    cluster: str
    execution_role: str
    task_role: str
    schedule_group: str = "default"
    log_groups: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    kms_keys: tuple[str, ...] = ()
    dead_letter_queues: tuple[str, ...] = ()
    execute_command: bool = False
    statements: Mapping[str, list[Statement]] = field(default_factory=dict)

    @property
    def containers(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for definition in self.definitions:
            path = f"{definition.get('family', '')}.containerDefinitions"
            yield from labelled(path, definition.get("containerDefinitions") or [])

    @property
    def cluster_arn(self) -> str:
        return self.account.arn("ecs", "cluster/", self.cluster)


def policies(app: App) -> dict[str, Any]:
    """A policy document for each role, None where the role needs none, who may take each role, and findings."""
    documents = {
        "execution": _document([*_images(app), *_logs(app), *_secrets(app), *_files(app)], app, "execution"),
        "task": _document([*_file_systems(app), *_exec(app)], app, "task"),
        "scheduler": _document(_schedules(app), app, "scheduler"),
    }
    findings = [*_not_covered(app), *_too_long(documents)]
    return {**documents, "trust": _trust(app), "findings": findings}


def _document(statements: list[Statement], app: App, role: str) -> dict[str, Any] | None:
    every = [*statements, *app.statements.get(role, [])]
    return {"Version": _VERSION, "Statement": every} if every else None


def _allow(
    sid: str, actions: Iterable[str], resources: Iterable[str], condition: Mapping[str, Any] | None = None
) -> list[Statement]:
    """One statement in one order, or none where there is no resource."""
    named = sorted(dict.fromkeys(resources))
    if not named:
        return []
    statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": named}
    return [{**statement, "Condition": dict(condition)} if condition else statement]


def _images(app: App) -> list[Statement]:
    found = [repository_of(str(container.get("image", ""))) for _path, container in app.containers]
    arns = [
        app.account.arn("ecr", "repository/", image.repository, image.region, image.account)
        for image in (*found, *map(repository_of, app.repositories))
        if image
    ]
    arns += [app.account.arn("ecr", "repository/", name) for name in app.repositories if not repository_of(name)]
    # The token is for all of ECR: the action knows no resources.
    token = _allow("GetRegistryToken", ["ecr:GetAuthorizationToken"], ["*"] if arns else [])
    return [*token, *_allow("PullImages", _PULL, arns)]


def _log_options(app: App) -> Iterator[Mapping[str, Any]]:
    for _path, container in app.containers:
        configuration = container.get("logConfiguration") or {}
        options = configuration.get("options") or {}
        if configuration.get("logDriver") == "awslogs" and options.get("awslogs-group"):
            yield options


def _logs(app: App) -> list[Statement]:
    def arn(group: str, region: str | None = None) -> str:
        """With :* behind it, as a policy names a log group and the streams in it."""
        return app.account.arn("logs", "log-group:", group, region).removesuffix(":*") + ":*"

    written, made = [arn(group) for group in app.log_groups], []
    for options in _log_options(app):
        place = arn(options["awslogs-group"], options.get("awslogs-region"))
        written.append(place)
        if str(options.get("awslogs-create-group", "")).lower() == "true":
            made.append(place)
    streams = _allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], written)
    return [*streams, *_allow("MakeLogGroups", ["logs:CreateLogGroup"], made)]


def _secret_references(app: App) -> Iterator[str]:
    """What ECS reads on behalf of the containers before they start."""
    yield from app.secrets
    for _path, container in app.containers:
        log = container.get("logConfiguration") or {}
        for secret in (*(container.get("secrets") or []), *(log.get("secretOptions") or [])):
            yield str(secret.get("valueFrom", ""))


def _secrets(app: App) -> list[Statement]:
    references = [reference for reference in _secret_references(app) if reference]
    secrets = [_whole(reference) for reference in references if SECRET_ARN.match(reference)]
    parameters = [reference for reference in references if not SECRET_ARN.match(reference)]
    for _path, container in app.containers:
        login = str((container.get("repositoryCredentials") or {}).get("credentialsParameter", ""))
        if login:
            # A secret is known by its name as well; AWS puts a hyphen and six characters behind it.
            arn = app.account.arn("secretsmanager", "secret:", login)
            secrets.append(arn if arn == login else f"{arn}-??????")
    arns = [app.account.arn("ssm", "parameter/", name.lstrip("/")) for name in parameters]
    keys = [app.account.arn("kms", "key/", key) for key in app.kms_keys]
    regions = sorted(dict.fromkeys(arn.split(":")[3] for arn in (*secrets, *arns)))
    suffix = "amazonaws.com.cn" if app.account.partition == "aws-cn" else "amazonaws.com"
    services = [f"{service}.{region}.{suffix}" for region in regions for service in ("secretsmanager", "ssm")]
    through = {"StringEquals": {"kms:ViaService": services}}
    return [
        *_allow("ReadSecrets", ["secretsmanager:GetSecretValue"], secrets),
        *_allow("ReadParameters", ["ssm:GetParameters"], arns),
        *_allow("DecryptSecrets", ["kms:Decrypt"], keys if services else [], through),
    ]


def _whole(secret: str) -> str:
    """The ARN of the secret itself: behind it ECS takes a key, a stage and a version."""
    return ":".join(secret.split(":")[:7])


def _files(app: App) -> list[Statement]:
    """Files in S3 that ECS or its agent fetches before a container starts."""
    arns = [str(file.get("value", "")) for _path, c in app.containers for file in c.get("environmentFiles") or []]
    for _path, container in app.containers:
        options = (container.get("firelensConfiguration") or {}).get("options") or {}
        if options.get("config-file-type") == "s3":
            arns.append(str(options.get("config-file-value", "")))
    arns = [arn for arn in arns if arn]
    buckets = [arn.partition("/")[0] for arn in arns]
    return [*_allow("ReadFiles", ["s3:GetObject"], arns), *_allow("FindBuckets", ["s3:GetBucketLocation"], buckets)]


def _mounted_for_writing(definition: Mapping[str, Any], volume: str) -> bool:
    containers = definition.get("containerDefinitions") or []
    mounts = [mount for container in containers for mount in container.get("mountPoints") or []]
    return any(mount.get("sourceVolume") == volume and not mount.get("readOnly") for mount in mounts)


def _file_systems(app: App) -> list[Statement]:
    """EFS asks for the task role only where the volume turns IAM authorization on."""
    writers: dict[tuple[str, str], bool] = {}
    for definition in app.definitions:
        for volume in definition.get("volumes") or []:
            efs = volume.get("efsVolumeConfiguration") or {}
            authorization = efs.get("authorizationConfig") or {}
            if authorization.get("iam") == "ENABLED":
                key = (str(efs.get("fileSystemId", "")), str(authorization.get("accessPointId") or ""))
                writes = _mounted_for_writing(definition, str(volume.get("name", "")))
                writers[key] = writers.get(key, False) or writes
    statements: list[Statement] = []
    for number, ((system, point), writes) in enumerate(sorted(writers.items()), start=1):
        actions = ["elasticfilesystem:ClientMount", *(["elasticfilesystem:ClientWrite"] if writes else [])]
        arn = app.account.arn("elasticfilesystem", "file-system/", system)
        through = app.account.arn("elasticfilesystem", "access-point/", point)
        only = {"StringEquals": {"elasticfilesystem:AccessPointArn": through}} if point else None
        statements += _allow(f"MountFileSystem{number}", actions, [arn], only)
    return statements


def _exec(app: App) -> list[Statement]:
    # Channels have no ARN that could be named beforehand.
    return _allow("OpenShell", [f"ssmmessages:{name}" for name in _EXEC], ["*"] if app.execute_command else [])


def _schedules(app: App) -> list[Statement]:
    """Scheduler runs tasks of the app's families in its cluster alone, whichever revision is the newest then."""
    families = [str(definition["family"]) for definition in app.definitions if definition.get("family")]
    arns = [app.account.arn("ecs", "task-definition/", family + tail) for family in families for tail in ("", ":*")]
    in_cluster = {"ArnEquals": {"ecs:cluster": app.cluster_arn}}
    tasks = app.account.arn("ecs", "task/", app.cluster_arn.rpartition("/")[2] + "/*")
    roles = [app.execution_role, app.task_role]
    for definition in app.definitions:
        roles += [str(definition[key]) for key in ("executionRoleArn", "taskRoleArn") if definition.get(key)]
    queues = [app.account.arn("sqs", "", name) for name in app.dead_letter_queues]
    if not arns:
        return []
    return [
        *_allow("RunTasks", ["ecs:RunTask"], arns, in_cluster),
        *_allow("TagTasks", ["ecs:TagResource"], [tasks], {"StringEquals": {"ecs:CreateAction": "RunTask"}}),
        *_allow("PassRoles", ["iam:PassRole"], map(app.account.role, roles), _passed_to(_TASKS)),
        *_allow("KeepFailures", ["sqs:SendMessage"], queues),
    ]


def _passed_to(service: str) -> dict[str, Any]:
    return {"StringEquals": {"iam:PassedToService": service}}


def _trust(app: App) -> dict[str, Any]:
    """Who may take each role: the service alone, and on behalf of this account alone."""
    tasks = _taken_by(app, _TASKS, "ArnLike", app.account.arn("ecs", "", "*"))
    # Scheduler wants a group here: with the ARN of a schedule, CreateSchedule itself fails.
    group = app.account.arn("scheduler", "schedule-group/", app.schedule_group)
    return {"execution": tasks, "task": tasks, "scheduler": _taken_by(app, _SCHEDULER, "ArnEquals", group)}


def _taken_by(app: App, service: str, operator: str, source: str) -> dict[str, Any]:
    condition = {"StringEquals": {"aws:SourceAccount": app.account.number}, operator: {"aws:SourceArn": source}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    return {"Version": _VERSION, "Statement": [statement]}


def _not_covered(app: App) -> Iterator[Finding]:
    """What needs a permission that a task definition does not tell."""
    for path, container in app.containers:
        if container.get("credentialSpecs"):
            message = "credentialSpecs need permissions that depend on where the file and its secret lie"
            yield _unknown(f"{path}.credentialSpecs", message, "execution")
        if (container.get("logConfiguration") or {}).get("logDriver") == "awsfirelens":
            message = "the log router writes to its destination with the task role, and may need a permission for it"
            yield _unknown(f"{path}.logConfiguration", message, "task")
    for definition in app.definitions:
        for path, volume in labelled(f"{definition.get('family', '')}.volumes", definition.get("volumes") or []):
            if volume.get("s3filesVolumeConfiguration"):
                message = "S3 Files asks for permissions of the task role that depend on the file system and its bucket"
                yield _unknown(f"{path}.s3filesVolumeConfiguration", message, "task")


def _unknown(path: str, message: str, role: str) -> Finding:
    return Finding("permission-not-derived", INFO, path, message, f"add them to statements.{role}")


def _too_long(documents: Mapping[str, dict[str, Any] | None]) -> Iterator[Finding]:
    for role, document in documents.items():
        characters = len(json.dumps(document, separators=(",", ":")))
        if characters > MOST_CHARACTERS:
            message = f"the policy has {characters} characters; IAM takes {MOST_CHARACTERS} of a role's inline policies"
            yield Finding("policy-too-long", WARNING, role, message, "name secrets with a common prefix and a wildcard")
