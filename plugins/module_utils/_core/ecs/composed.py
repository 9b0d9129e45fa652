# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a Compose project to one task definition that is ready to send, with all findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..app import App
from ..aws.shape import ApiModel
from ..compose.document import ComposeError
from ..compose.project import Project
from ..compose_app import app as app_of
from ..findings import ERROR, Finding, shown, worst_first
from ..words import did_you_mean
from .app.exposure import health_path
from .compose.merge import merge_definition
from .compose.peers import task_of
from .compose.target import EcsTarget, ecs_name
from .compose.translate import Translation, translate
from .rules.service import with_service
from .service import Service, service_from_options
from .task import Task
from .task_definition import Prepared, prepare


@dataclass(frozen=True)
class Wanted:
    """What the user asks for beside the project; `definition` is merged over what the project gives.

    `services` are those that were asked for by name, which tell the task. `region` is where logs go.
    """

    definition: Mapping[str, Any] = field(default_factory=dict)
    family: str | None = None
    launch_type: str | None = None
    region: str | None = None
    services: Sequence[str] = ()
    tags: Mapping[str, Any] | None = None


def prepare_composed(project: Project, wanted: Wanted, model: ApiModel) -> Prepared:
    """The task definition that is wanted of the project. Findings name the file and the line where they can."""
    app, wrong = app_of(project.canonical())
    task = _task(app, wanted)
    prepared = prepare_task(app, task, wanted, model, [*project.warnings, *wrong])
    services = {name: service for name, service in app.services.items() if task_of(service) == task}
    options = {name: service.ecs for name, service in services.items()}
    checked = [name for name, service in services.items() if health_path(service)]
    return judged(project, prepared, service_from_options(Task(prepared.definition), options, checked))


def prepare_task(app: App, task: str, wanted: Wanted, model: ApiModel, earlier: Sequence[Finding] = ()) -> Prepared:
    """One task of the app, before anything is known of its service. `earlier` is what was found already."""
    translation = _translation(app, task, wanted)
    known = [container["name"] for container in translation.definition["containerDefinitions"]]
    strangers = _strangers(known, wanted.definition)
    over = wanted.definition if not strangers else _without(strangers, wanted.definition)
    definition = merge_definition(translation.definition, over)
    misspelt = [_misspelt(name, known) for name in strangers]
    found = [*earlier, *translation.findings, *misspelt]
    prepared = prepare(definition, model, wanted.family, wanted.launch_type, wanted.tags, found)
    if not {"cpu", "memory"} & set(wanted.definition):
        # The size was chosen from Compose, with room for what the definition does not show; `task-size` tells of it.
        prepared.findings[:] = [finding for finding in prepared.findings if finding.rule != "over-allocated"]
    return prepared


def judged(project: Project, prepared: Prepared, service: Service | None) -> Prepared:
    """With what its service adds and answers (None: it has none), and findings by file and line."""
    found = prepared.findings if service is None else with_service(prepared.findings, service)
    return replace(prepared, findings=worst_first(map(project.located, _told_once(found))))


#: What no Compose file has, and whoever deploys it brings.
_BROUGHT = ("execution-role",)


def findings_on_ecs(project: Project, launch_type: str, region: str, model: ApiModel) -> list[Finding]:
    """What running the whole project on ECS would meet, task by task; each thing once."""
    app, _wrong = app_of(project.canonical())
    found: dict[Finding, None] = {}
    members: dict[str, str] = {}
    for service in app.services.values():
        members.setdefault(task_of(service), service.name)
    for name in members.values():
        wanted = Wanted(launch_type=launch_type, region=region, services=(name,))
        found.update(dict.fromkeys(prepare_composed(project, wanted, model).findings))
    return worst_first(finding for finding in found if finding.rule not in _BROUGHT)


def _told_once(findings: list[Finding]) -> list[Finding]:
    """That nothing checks a container's health says of a Dockerfile's check, too, that ECS ignores it."""
    unchecked = {finding.path for finding in findings if finding.rule == "no-health-check"}
    told = {
        path.replace("containerDefinitions[", "services.").replace("].healthCheck", ".healthcheck")
        for path in unchecked
    }
    return [finding for finding in findings if finding.rule != "dockerfile-health-check" or finding.path not in told]


def _task(app: App, wanted: Wanted) -> str:
    """The name of the one task that is meant: by services, by family, by containers, or as there is no other."""
    tasks: dict[str, list[str]] = {}
    for service in app.services.values():
        tasks.setdefault(task_of(service), []).append(service.name)
    asked = [name for name in tasks if set(tasks[name]) & set(wanted.services)] or list(tasks)
    target = EcsTarget()
    named = [name for name in asked if wanted.family == target.family(app.name, name)]
    named = named or [name for name in asked if wanted.family == name]
    listed = [container.get("name") for container in _containers(wanted.definition)]
    named = named or [name for name in asked if any(ecs_name(service) in listed for service in tasks[name])]
    if len(named or asked) == 1:
        return (named or asked)[0]
    choice = "; ".join(f"{name} ({', '.join(tasks[name])})" for name in asked)
    message = f"the project {app.name} gives {len(asked)} tasks, expected one: {choice}"
    hint = "name a service of one of them in compose.services, or put services into one task with x-ecs: {task: NAME}"
    raise ComposeError([Finding("unclear-task", ERROR, "compose", message, hint)])


def _translation(app: App, task: str, wanted: Wanted) -> Translation:
    target = EcsTarget(
        launch_type=wanted.launch_type or _launch_type(wanted.definition),
        region=wanted.region,
        network_mode=_text(wanted.definition, "networkMode"),
        families={task: wanted.family or _text(wanted.definition, "family") or ""},
        definition=wanted.definition,
    )
    return next(translation for translation in translate(app, target) if translation.task == task)


def _launch_type(definition: Mapping[str, Any]) -> str:
    """Fargate, unless the definition says that it is for EC2 only."""
    return "EC2" if definition.get("requiresCompatibilities") == ["EC2"] else "FARGATE"


def _text(definition: Mapping[str, Any], key: str) -> str | None:
    value = definition.get(key)
    return value if isinstance(value, str) else None


def _strangers(known: Sequence[str], definition: Mapping[str, Any]) -> list[str]:
    """Containers of the definition that are no service: additions have an image, others are misspelt."""
    names = [container.get("name") for container in _containers(definition) if not container.get("image")]
    return [name for name in names if isinstance(name, str) and name not in known]


def _containers(definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = definition.get("containerDefinitions")
    return [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []


def _without(strangers: Sequence[str], definition: Mapping[str, Any]) -> dict[str, Any]:
    """One mistake is told once: nothing else is said of a container that is not meant."""
    listed = definition["containerDefinitions"]
    meant = [item for item in listed if not isinstance(item, Mapping) or item.get("name") not in strangers]
    return {**definition, "containerDefinitions": meant}


def _misspelt(name: str, known: Sequence[str]) -> Finding:
    message = f"found the container {shown(name)}, which is no service of the task and has no image"
    hint = did_you_mean(name, known, f"the task's services are {', '.join(known)}")
    return Finding("unknown-container", ERROR, f"containerDefinitions[{name}]", message, hint)
