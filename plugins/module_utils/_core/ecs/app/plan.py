# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a Compose project to everything that an app on ECS consists of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from ...app import App
from ...app_images import AppImage, images_of, references, unbuildable
from ...aws.shape import ApiModel
from ...compose.project import Project
from ...compose_app import app as app_of
from ...extensions import EfsVolume
from ...findings import Finding, worst_first
from ...secrets import mask
from ...units import cpu_units, memory_mib
from ..compose.peers import Directory
from ..compose.target import FARGATE, EcsTarget, ecs_name
from ..compose.translate import Translation, translate
from ..composed import Wanted, judged, prepare_task
from ..rules.service import SUPPOSE_A_SERVICE
from ..task_definition import Prepared
from .connect import connection
from .definitions import overrides
from .exposure import Target, targets_of
from .kinds import finding
from .services import AppService
from .tasks import MIGRATION, SCHEDULE, SERVICE, AppTask, ordered, reaches, tasks_of, waits_of
from .wanted import AppWanted

#: What the deployment of an app brings, or asks for itself.
_ANSWERED = (
    *("execution-role", "service-setting", "one-off-task", "address-elsewhere", "dependency-elsewhere"),
    *("image-not-pushed", "not-built"),
)
_HASH_DIGITS = 16
#: What decides whether a migration is another one than last time.
_RUN_FIELDS = ("name", "image", "entryPoint", "command", "environment", "secrets")


@dataclass(frozen=True)
class _Made:
    """A task with its definition, and what was merged over the one that Compose gives."""

    task: AppTask
    over: Mapping[str, Any]
    prepared: Prepared
    service: AppService | None

    @property
    def family(self) -> str:
        return str(self.prepared.definition["family"])


@dataclass(frozen=True)
class _Layout:
    """What is known of the app before its definitions are made; `found` is filled while they are."""

    app: App
    wanted: AppWanted
    directory: Directory
    tasks: Sequence[AppTask]
    plain: Mapping[str, Translation]
    targets: Sequence[Target]
    images: Sequence[AppImage]
    found: list[Finding]


def app_plan(project: Project, compose: Mapping[str, Any], wanted: AppWanted, model: ApiModel) -> dict[str, Any]:
    """All of it as plain values. `compose` are the options that the project was read with."""
    app, wrong = app_of(project.canonical())
    layout = _layout(app, wanted)
    made = [_made(project, layout, task, model) for task in layout.tasks]
    whole = map(project.located, [*project.warnings, *wrong, *layout.found])
    return {
        "app": app.name,
        "launch_type": wanted.launch_type,
        "region": wanted.region,
        "findings": list(_told(layout, [*whole, *(found for each in made for found in each.prepared.findings)])),
        "tasks": [_task(each, compose, wanted) for each in made],
        "services": [each.service.as_dict() for each in made if each.service],
        "migrations": list(_migrations(app, made)),
        "schedules": [_schedule(each) for each in made if each.task.kind == SCHEDULE],
        "order": [_step(each) for each in made if each.task.kind != SCHEDULE],
        "target_groups": [each.as_dict() for each in layout.targets],
        "public_ports": [each.listener_port for each in layout.targets],
        "images": [image.as_dict() for image in layout.images],
        "log_groups": list(dict.fromkeys(_log_groups(made))),
        "secrets": list(dict.fromkeys(_secrets(made))),
        "volumes_efs": _file_systems(app),
        "cost": _cost(layout, compose),
    }


def _layout(app: App, wanted: AppWanted) -> _Layout:
    directory, in_file = Directory(app), tasks_of(app)
    tasks, circles = ordered(in_file, directory)
    families = {task.name: _family(app, task, wanted) for task in tasks}
    target = EcsTarget(wanted.launch_type, wanted.region, wanted.network_mode, families=families)
    plain = {made.task: made for made in translate(app, target)}
    modes = {name: made.definition["networkMode"] for name, made in plain.items()}
    targets, unreachable = targets_of(app.name, in_file, modes)
    unbuilt = [finding(*each) for each in unbuildable(app, wanted.images)]
    found = [*wanted.unknown(app.services, plain), *circles, *unreachable, *unbuilt]
    return _Layout(app, wanted, directory, tasks, plain, targets, images_of(app, wanted.images, wanted.ecr), found)


def _made(project: Project, layout: _Layout, task: AppTask, model: ApiModel) -> _Made:
    app, wanted, plain = layout.app, layout.wanted, layout.plain[task.name]
    over = overrides(app.name, task, plain, wanted, references(layout.images), layout.targets)
    asked = Wanted(over, plain.definition["family"], wanted.launch_type, wanted.region)
    prepared = prepare_task(app, task.name, asked, model)
    service = _service(layout, task, prepared)
    return _Made(task, over, _judged(project, prepared, service), service)


def _told(layout: _Layout, found: Iterable[Finding]) -> Iterator[dict[str, str]]:
    """Each thing once, but for what the deployment sees to: an image that is still to be pushed gets its tag there."""
    waiting = [name for image in layout.images if image.build and not image.reference for name in image.services]
    unpushed = [f"containerDefinitions[{ecs_name(name)}].image" for name in waiting]
    for each in worst_first(dict.fromkeys(found)):
        if each.rule not in _ANSWERED and not (each.rule == "unpinned-image" and each.path in unpushed):
            yield each.as_dict()


def _family(app: App, task: AppTask, wanted: AppWanted) -> str:
    said = (wanted.definitions.get(task.name) or {}).get("family")
    return str(said or task.family(app.name))


def _service(layout: _Layout, task: AppTask, prepared: Prepared) -> AppService | None:
    if task.kind != SERVICE:
        return None
    definition = prepared.definition
    own = tuple(target for target in layout.targets if target.task == task.name)
    connect = connection(task, definition, layout.directory, layout.found)
    return AppService(task, definition["family"], definition, layout.wanted.launch_type, own, connect)


def _judged(project: Project, prepared: Prepared, service: AppService | None) -> Prepared:
    """What runs and ends is no service, so that rules which suppose one say nothing of it."""
    if service is not None:
        return judged(project, prepared, service.rule_subject())
    kept = [finding for finding in prepared.findings if finding.rule not in SUPPOSE_A_SERVICE]
    return judged(project, replace(prepared, findings=kept), None)


def _task(made: _Made, compose: Mapping[str, Any], wanted: AppWanted) -> dict[str, Any]:
    definition = made.prepared.definition
    return {
        "name": made.task.name,
        "kind": made.task.kind,
        "family": made.family,
        "services": [service.name for service in made.task.services],
        "compose": dict(compose),
        "definition": dict(made.over),
        "launch_type": wanted.launch_type,
        "cpu": _total(definition, "cpu", cpu_units),
        "memory": _total(definition, "memory", memory_mib),
        "task_definition": mask(definition),
    }


def _total(definition: Mapping[str, Any], figure: str, read: Callable[[str], int | None]) -> int:
    """What the task takes: its own figure on Fargate, on EC2 what its containers ask for."""
    if definition.get(figure):
        return read(str(definition[figure])) or 0
    reserved = "memoryReservation" if figure == "memory" else figure
    containers = definition.get("containerDefinitions", [])
    return sum(int(container.get(reserved) or container.get(figure) or 0) for container in containers)


def _migrations(app: App, made: Iterable[_Made]) -> Iterator[dict[str, Any]]:
    """`before` are the services that wait for it, themselves or through other migrations."""
    tasks = [each.task for each in made]
    waits = waits_of(tasks)
    for each in made:
        if each.task.kind == MIGRATION:
            waiting = [task for task in tasks if task.kind == SERVICE and reaches(waits, task.name, each.task.name)]
            yield {
                "name": each.task.resource,
                "task": each.task.name,
                "family": each.family,
                "before": [task.resource for task in waiting],
                "once_per": f"{app.name}/{each.task.resource}/{_release(each.prepared.definition)}",
            }


def _release(definition: Mapping[str, Any]) -> str:
    """The same for the same images, commands and variables; where it changes, the migration runs again."""
    containers = definition.get("containerDefinitions", [])
    facts = [{field: container.get(field) for field in _RUN_FIELDS} for container in containers]
    return sha256(json.dumps(mask(facts), sort_keys=True).encode()).hexdigest()[:_HASH_DIGITS]


def _schedule(made: _Made) -> dict[str, Any]:
    expression = next(service.ecs.schedule for service in made.task.services if service.ecs.schedule)
    return {"name": made.family, "task": made.task.name, "family": made.family, "expression": expression}


def _step(made: _Made) -> dict[str, str]:
    return {"kind": made.task.kind, "name": made.task.resource, "task": made.task.name}


def _log_groups(made: Iterable[_Made]) -> Iterator[str]:
    for container in _containers(made):
        options = (container.get("logConfiguration") or {}).get("options") or {}
        if options.get("awslogs-group"):
            yield options["awslogs-group"]


def _secrets(made: Iterable[_Made]) -> Iterator[str]:
    for container in _containers(made):
        log = container.get("logConfiguration") or {}
        for secret in (*(container.get("secrets") or ()), *(log.get("secretOptions") or ())):
            yield secret["valueFrom"]
        if container.get("repositoryCredentials"):
            yield container["repositoryCredentials"]["credentialsParameter"]


def _containers(made: Iterable[_Made]) -> Iterator[Mapping[str, Any]]:
    for each in made:
        yield from each.prepared.definition.get("containerDefinitions", [])


def _file_systems(app: App) -> list[dict[str, Any]]:
    """The EFS file systems, each once for a volume."""
    found: dict[tuple[str, EfsVolume], dict[str, Any]] = {}
    for service in app.services.values():
        for volume, efs in service.ecs.efs.items():
            entry = found.setdefault(
                (volume, efs), {"volume": volume, **asdict(efs), "writable": False, "services": []}
            )
            entry["services"].append(service.name)
            mounts = [mount for mount in service.mounts if mount.type == "volume" and mount.source == volume]
            entry["writable"] = entry["writable"] or not all(mount.read_only for mount in mounts)
    return list(found.values())


def _cost(layout: _Layout, compose: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario for cost_check: what is derived from the same file, with the load balancer that is planned here."""
    return {
        "name": layout.app.name,
        "region": layout.wanted.region,
        "compose": dict(compose),
        "target": ["fargate" if layout.wanted.launch_type == FARGATE else "ecs_ec2"],
        "topology": {"load_balancer": "alb" if layout.targets else "none", **layout.wanted.topology},
    }
