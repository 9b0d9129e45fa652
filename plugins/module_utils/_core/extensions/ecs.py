# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""x-ecs: what Amazon ECS has to know about a service and Compose has no word for.

Sources: botocore, RegisterTaskDefinition (EFS volumes), RegisterScalableTarget and PutScalingPolicy of Application
Auto Scaling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..findings import ERROR, WARNING
from ..options.schema import REQUIRED, Check, Key, MappingOf, Structure, described
from ..options.values import FLAG, number
from ..rule import Problem
from .bounds import bounds
from .ecs_values import (
    ACCESS_POINT,
    ARCHITECTURE,
    CPU,
    DIRECTORY,
    FILE_SYSTEM,
    MEMORY,
    SCHEDULE,
    SECRET_SOURCE,
    TASK,
)
from .kinds import AT_LEAST_ONE, COUNT, SECRET_NAME, URL_PATH, VOLUME_NAME


def _access_point_is_root(volume: EfsVolume) -> Iterator[Problem]:
    """An access point sets the root directory itself, so `root_directory` is left out or / beside it."""
    if volume.access_point_id and volume.root_directory not in (None, "/"):
        message = f"{described(volume.root_directory)} beside an access point, expected it left out"
        yield "root_directory", message, "the access point has its own root directory"


@dataclass(frozen=True)
class EfsVolume:
    """The EFS file system that stands for a named volume. Its traffic is always encrypted."""

    file_system_id: str
    access_point_id: str | None = None
    root_directory: str | None = None
    iam: bool = False
    KEYS: ClassVar[Mapping[str, Key]] = {
        "file_system_id": Key(
            FILE_SYSTEM,
            "The file system; a text in place of the mapping means this key.",
            {"file_system_id": "fs-0123456789abcdef0"},
            REQUIRED,
        ),
        "access_point_id": Key(
            ACCESS_POINT,
            "The access point, which fixes user, group and root directory.",
            {"file_system_id": "fs-0123456789abcdef0", "access_point_id": "fsap-0123456789abcdef0"},
        ),
        "root_directory": Key(
            DIRECTORY,
            "The directory of the file system that is mounted.",
            {"file_system_id": "fs-0123456789abcdef0", "root_directory": "/data"},
            "the root",
        ),
        "iam": Key(
            FLAG,
            "Whether the task role decides who may mount it.",
            {"file_system_id": "fs-0123456789abcdef0", "iam": True},
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (Check(ERROR, ("access_point_id", "root_directory"), _access_point_is_root),)


def _something_to_track(scaling: Scaling) -> Iterator[Problem]:
    """`scaling` names at least one of its keys."""
    if scaling == Scaling():
        yield "", "found no target, expected cpu, memory or requests_per_target", "cpu: 70 suits most services"


@dataclass(frozen=True)
class Scaling:
    """What target tracking holds, between `min` and `max` tasks."""

    cpu: int | None = None
    memory: int | None = None
    requests_per_target: int | None = None
    KEYS: ClassVar[Mapping[str, Key]] = {
        "cpu": Key(
            number(1, 100),
            "Average CPU use of the service's tasks, in percent.",
            {"cpu": 70},
        ),
        "memory": Key(
            number(1, 100),
            "Average memory use of the service's tasks, in percent.",
            {"memory": 75},
        ),
        "requests_per_target": Key(
            number(1, 1_000_000),
            "Requests a minute that the load balancer sends to each task.",
            {"requests_per_target": 1000},
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (Check(ERROR, ("cpu", "memory", "requests_per_target"), _something_to_track),)


def _scaling_needs_max(options: EcsOptions) -> Iterator[Problem]:
    """`scaling` needs `max`."""
    if options.scaling and options.max is None:
        yield "scaling", "found scaling without max, expected both", "say how many tasks you would pay for"


def _max_needs_scaling(options: EcsOptions) -> Iterator[Problem]:
    """`max` without `scaling` changes nothing by itself."""
    if options.max is not None and options.scaling is None:
        yield "max", "found max without scaling: nothing starts or stops tasks by itself", "add scaling: {cpu: 70}"


def _requests_need_public(options: EcsOptions) -> Iterator[Problem]:
    """`scaling.requests_per_target` needs `public`, since the load balancer counts the requests."""
    if options.scaling and options.scaling.requests_per_target and not options.public:
        message = "found requests_per_target without public: true, expected both"
        yield "scaling.requests_per_target", message, "without a load balancer nobody counts requests"


def _health_path_needs_public(options: EcsOptions) -> Iterator[Problem]:
    """`health_path` without `public` has no effect, since only the load balancer asks for it."""
    if options.health_path and not options.public:
        message = "found health_path without public: true: no load balancer asks for it"
        yield "health_path", message, "ECS itself runs the healthcheck of the Compose file"


_OF_A_SERVICE = ("desired_count", "min", "max", "scaling", "public", "health_path")


def _schedule_is_no_service(options: EcsOptions) -> Iterator[Problem]:
    """`schedule` makes a task that ends, so nothing beside it speaks of a service that stays."""
    for name in _OF_A_SERVICE if options.schedule else ():
        if getattr(options, name) not in (None, False):
            message = f"found {name} beside schedule, expected one of them"
            yield name, message, "a scheduled task starts, ends, and is no service"


@dataclass(frozen=True)
class EcsOptions:
    """Amazon ECS, on Fargate or EC2."""

    task: str | None = None
    cpu: int | None = None
    memory: int | None = None
    architecture: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    efs: Mapping[str, EfsVolume] = field(default_factory=dict)
    desired_count: int | None = None
    min: int | None = None
    max: int | None = None
    scaling: Scaling | None = None
    schedule: str | None = None
    public: bool = False
    health_path: str | None = None
    exec: bool = False
    KEYS: ClassVar[Mapping[str, Key]] = {
        "task": Key(
            TASK,
            "The task that the container runs in; containers that name the same one share it and reach each other at"
            " localhost.",
            {"task": "web"},
            "the service's own",
        ),
        "cpu": Key(
            CPU,
            "CPU units of the container; 32 or less needs the unit, since it could be vCPUs.",
            {"cpu": "0.25 vCPU"},
            "reservation, limit, or 256",
        ),
        "memory": Key(
            MEMORY,
            "Memory of the container in MiB, where 512m, 512 MiB and 0.5 GB are the same; 32 or less needs the unit,"
            " since it could be GB.",
            {"memory": "1 GB"},
            "reservation, limit, or 512",
        ),
        "architecture": Key(
            ARCHITECTURE,
            "The CPU architecture of the image.",
            {"architecture": "ARM64"},
            "that of `platform`, else X86_64",
        ),
        "secrets": Key(
            MappingOf(SECRET_NAME, SECRET_SOURCE, "a mapping from names to where the secrets are"),
            "For variables and Compose secrets, where AWS keeps the value: a secret's ARN, a parameter's ARN or name.",
            {"secrets": {"DB_PASSWORD": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf"}},
        ),
        "efs": Key(
            MappingOf(VOLUME_NAME, Structure(EfsVolume, "file_system_id"), "a mapping from volumes to file systems"),
            "For named volumes of the service, the EFS file system that keeps the data.",
            {"efs": {"data": "fs-0123456789abcdef0"}},
        ),
        "desired_count": Key(
            COUNT,
            "How many tasks run, or start with where they scale.",
            {"desired_count": 3},
            "the replicas of the Compose file",
        ),
        "min": Key(
            COUNT,
            "The fewest tasks that scaling leaves.",
            {"min": 2, "max": 10, "scaling": {"cpu": 70}},
        ),
        "max": Key(
            AT_LEAST_ONE,
            "The most tasks that scaling starts.",
            {"max": 10, "scaling": {"cpu": 70}},
        ),
        "scaling": Key(
            Structure(Scaling),
            "What target tracking holds.",
            {"scaling": {"cpu": 60, "memory": 70}, "min": 2, "max": 10},
        ),
        "schedule": Key(
            SCHEDULE,
            "When EventBridge Scheduler runs the task, which is then no service.",
            {"schedule": "cron(0 3 * * ? *)"},
        ),
        "public": Key(
            FLAG,
            "Whether it is reachable from the internet, through a load balancer.",
            {"public": True},
        ),
        "health_path": Key(
            URL_PATH,
            "The path that the load balancer asks for to see whether a task is healthy.",
            {"health_path": "/health", "public": True},
            "that of the `healthcheck`, else /",
        ),
        "exec": Key(
            FLAG,
            "Whether ECS Exec may open a shell in the container.",
            {"exec": True},
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (
        Check(ERROR, ("schedule", *_OF_A_SERVICE), _schedule_is_no_service),
        *bounds("desired_count"),
        Check(ERROR, ("scaling", "max"), _scaling_needs_max),
        Check(ERROR, ("scaling", "public"), _requests_need_public),
        Check(WARNING, ("max", "scaling"), _max_needs_scaling),
        Check(WARNING, ("health_path", "public"), _health_path_needs_public),
    )
