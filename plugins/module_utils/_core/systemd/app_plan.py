# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a Compose project, variables or both to everything that an app on a host consists of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..app import App as ProjectApp
from ..compose.project import Project
from ..compose_app import app as app_of
from ..compose_contents import contents_of
from ..findings import Finding, worst_first
from . import wish
from .compose.draft import Given, Translation
from .compose.kinds import finding
from .compose.translate import translate
from .reader import as_options, read_app

#: Options whose entries go over those of the Compose file; of the others the whole value does.
_MERGED = ("credentials", "environment", "hardening", "limits", "log")
#: What an option of the user's own answers, whatever the Compose file says of it.
_ANSWERS = {
    "no-program": "exec",
    "program-of-the-image": "exec",
    "secret-in-command": "exec",
    "published-port": "sockets",
}


@dataclass(frozen=True)
class Wanted:
    """What is asked for beside the project: `services` go over those that it gives, `secrets` are contents by name."""

    app: str = ""
    root: str = ""
    services: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def app_plan(project: Project | None, wanted: Wanted) -> dict[str, Any]:
    """All of it as plain values: services in the words of module systemd_app, and what goes into a release."""
    found: list[Finding] = []
    compose, made = _translated(project, wanted, found)
    services = _merged(as_options(made.app)["services"], wanted.services)
    unused = _with_contents(services, wanted.secrets) - _used(compose)
    found += [finding("unused-secret", f"secrets.{name}", "no service uses it") for name in sorted(unused)]
    app, wrong = read_app({"name": made.app.name, "root": wanted.root, "services": services})
    found += _unsaid(wrong, found)
    release = _release(project, compose, found)
    told = found if project is None else map(project.located, found)
    return {
        "name": app.name or made.app.name,
        "root": app.root,
        "services": as_options(app)["services"],
        "findings": [each.as_dict() for each in worst_first(dict.fromkeys(told))],
        "release": release,
    }


def _translated(project: Project | None, wanted: Wanted, found: list[Finding]) -> tuple[ProjectApp, Translation]:
    if project is None:
        return ProjectApp(wanted.app, {}), Translation(wish.App(wanted.app))
    app, wrong = app_of(project.canonical())
    folder = project.sources.project_directory
    given = Given(folder, wanted.root, contents_of(project, app, wanted.secrets))
    made = translate(app, wanted.app or app.name, given)
    found += [*project.warnings, *wrong]
    found += [each for each in made.findings if not _is_answered(each, wanted.services)]
    return app, made


def _unsaid(wrong: Iterable[Finding], found: Iterable[Finding]) -> list[Finding]:
    """That a service has no program is said once, and by the Compose file's own words."""
    said = {each.path.partition(".x-systemd.")[0] + ".exec" for each in found if each.rule == "no-program"}
    return [each for each in wrong if each.path not in said]


def _is_answered(found: Finding, services: Mapping[str, Any]) -> bool:
    option = _ANSWERS.get(found.rule)
    said = (name for name, keys in services.items() if isinstance(keys, Mapping) and keys.get(option or ""))
    return any(found.path.startswith(f"services.{name}.") for name in said)


def _merged(services: Iterable[Mapping[str, Any]], over: Mapping[str, Any]) -> dict[str, Any]:
    """By name. A value of null takes away what the Compose file says."""
    merged: dict[str, Any] = {
        service["name"]: {key: value for key, value in service.items() if value or key != "exec"}
        for service in services
    }
    for name, keys in over.items():
        if not isinstance(keys, Mapping):
            merged[name] = keys  # the reader says what is wrong with it
            continue
        service = merged.setdefault(name, {"name": name})
        for key, value in keys.items():
            both = key in _MERGED and isinstance(value, Mapping) and isinstance(service.get(key), Mapping)
            service[key] = {**service[key], **value} if both else value
        merged[name] = {key: value for key, value in service.items() if value is not None}
    return merged


def _with_contents(services: Mapping[str, Any], secrets: Mapping[str, str]) -> set[str]:
    """Give the files of services that have a name alone their content; what is left is used by none of them."""
    left = set(secrets)
    for service in services.values():
        files = service.get("files") if isinstance(service, Mapping) else None
        for file in files if isinstance(files, list) else ():
            name = str(file.get("name")) if isinstance(file, Mapping) else ""
            if name in secrets and file.get("secret") and file.get("content") is None:
                file["content"] = secrets[name]
                left.discard(name)
    return left


def _used(app: ProjectApp) -> set[str]:
    return {secret.source for service in app.services.values() for secret in service.secrets}


def _release(project: Project | None, app: ProjectApp, found: list[Finding]) -> dict[str, Any]:
    """What makes a release ready, for all services together: they share one."""
    requirements: dict[str, str] = {}
    for service in app.services.values():
        named = service.systemd.requirements
        if named is not None:
            first = next(iter(requirements), named)
            requirements.setdefault(named, service.name)
            if first != named:
                message = f"found {named}, and {first} of service {requirements[first]}; a release has one environment"
                path = f"services.{service.name}.x-systemd.requirements"
                found.append(finding("two-requirements", path, message, "name one file that holds both"))
    commands = dict.fromkeys(command for service in app.services.values() for command in service.systemd.build)
    return {
        "requirements": next(iter(requirements), ""),
        "build": [list(command) for command in commands],
        "exclude": sorted(set(_private_files(project))) if project else [],
    }


def _private_files(project: Project) -> Iterator[str]:
    """Files of the folder whose values travel another way, so that they are not in a release that everybody reads."""
    inside = project.sources.project_directory.rstrip("/") + "/"
    secrets = (entry.get("file") for entry in (project.model.get("secrets") or {}).values())
    files = (entry for service in project.model["services"].values() for entry in service.get("env_file") or ())
    for path in (*secrets, *(entry["path"] for entry in files), f"{inside}.env"):
        if path and path.startswith(inside):
            yield path[len(inside) :]
