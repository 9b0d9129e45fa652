# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project: what is asked for, how it is read, and its canonical form."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..findings import ERROR, WARNING, Finding, shown
from .advice import taken_ports
from .consistency import origin_problems, problems
from .document import ComposeError, Path
from .environment import ServiceFiles
from .interpolation import substitute
from .load import Loader
from .normalize import normalized
from .schema import PROJECT, RESOURCES
from .sources import Sources, World
from .variables import with_env_files

#: The files that Compose looks for, and those it puts over them.
USUAL_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
USUAL_OVERRIDES = tuple(name.replace(".y", ".override.y") for name in ("compose.yml", "compose.yaml", *USUAL_FILES[2:]))


#: Where no profile is named, Compose enables the one without a name.
_NO_PROFILE = ("",)


@dataclass(frozen=True)
class Request:
    """What to read. Relative paths count from `project_directory`, which is absolute.

    `environment` are the caller's variables: they win over those of `env_files`, or of `.env` where none are given.
    No `files` are the usual ones. `services` are those wanted, with what they depend on; none are all.
    """

    project_directory: str
    files: tuple[str, ...] = ()
    project_name: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] | None = None
    profiles: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """A project as it was read. `model` is complete, with services that no profile enables; `enabled` run."""

    name: str
    model: Mapping[str, Any]
    enabled: tuple[str, ...]
    sources: Sources

    @property
    def warnings(self) -> list[Finding]:
        return self.sources.warnings

    def located(self, finding: Finding) -> Finding:
        """A finding on `services...`, as targets report it, with the file and the line in front."""
        path = self._path(finding.path)
        if path is None:
            return finding
        document = self.sources.holder(path)
        return replace(finding, path=f"{document.file}:{document.line_of(path)} {finding.path}")

    def _path(self, text: str) -> Path | None:
        """The path that `services.web.ports[0]` stands for; a service's name may have dots."""
        rest = text[len("services.") :] if text.startswith("services.") else ""
        names = [name for name in self.model["services"] if rest == name or rest.startswith((f"{name}.", f"{name}["))]
        if not names:
            return None
        name = max(names, key=len)
        steps = re.findall(r"[^.\[\]]+", rest[len(name) :])
        return ("services", name, *(int(step) if step.isdigit() else step for step in steps))

    def canonical(self) -> dict[str, Any]:
        """What `docker compose config` prints, as values."""
        services = {name: self.model["services"][name] for name in self.enabled}
        used = {kind: _used(kind, services) for kind in RESOURCES}
        kept = {
            kind: {name: self.model[kind][name] for name in used[kind] if name in self.model[kind]} for kind in used
        }
        extensions = {key: value for key, value in self.model.items() if key.startswith("x-")}
        return {"name": self.name, "services": services, **{k: v for k, v in kept.items() if v}, **extensions}


def load_project(request: Request, world: World) -> Project:
    """Read a project; raises ComposeError with everything that is wrong with it."""
    sources = Sources(world, request.project_directory)
    variables = _variables(request, sources)
    files = _files(request, variables, sources)
    name = _name(request, files, variables, sources)
    variables = {**variables, "COMPOSE_PROJECT_NAME": name}
    merged = Loader(sources, request.project_directory, variables).model(files)
    for key in ("name", "services"):
        if key in merged and merged[key] is None:
            sources.refuse_merged((key,), f"found nothing, expected {PROJECT.fields[key].expected}")
    sources.stop_at_problems()
    if not merged:
        raise ComposeError([Finding("compose", ERROR, sources.shown(files[0]), "the file is empty", "")])
    return _project(name, normalized(merged, name, variables), request, variables, sources)


def _project(
    name: str, model: dict[str, Any], request: Request, variables: Mapping[str, str], sources: Sources
) -> Project:
    profiles = request.profiles or _split(variables.get("COMPOSE_PROFILES", "")) or _NO_PROFILE
    asked = [profile for service in request.services for profile in _profiles(model, service)]
    enabled = [key for key, item in model["services"].items() if _runs(item, (*profiles, *asked))]
    reader = ServiceFiles(sources, variables)
    model["services"].update({key: reader.resolved(key, model["services"][key]) for key in enabled})
    printed = PROJECT.printed(model, (), sources.refuse_merged)
    sources.stop_at_problems()
    for kind in RESOURCES:
        printed.setdefault(kind, {})
    for path, message, hint in (*problems(printed, enabled), *origin_problems(model)):
        sources.refuse_merged(path, message, hint)
    sources.stop_at_problems()
    project = Project(name, *_selected(printed, enabled, request.services), sources)
    for path, message, hint in taken_ports(project.canonical()["services"]):
        sources.warnings.append(Finding("host-port-twice", WARNING, sources.holder(path).place(path), message, hint))
    return project


def _variables(request: Request, sources: Sources) -> dict[str, str]:
    folder = request.project_directory
    files = [posixpath.join(folder, file) for file in request.env_files or ()]
    if request.env_files is None and sources.world.read(posixpath.join(folder, ".env")) is not None:
        files = [posixpath.join(folder, ".env")]
    return with_env_files(sources, request.environment, files, "")


def _files(request: Request, variables: Mapping[str, str], sources: Sources) -> list[str]:
    folder = request.project_directory
    written = request.files or _split(variables.get("COMPOSE_FILE", ""), variables.get("COMPOSE_PATH_SEPARATOR", ":"))
    if written:
        return [posixpath.normpath(posixpath.join(folder, file)) for file in written]
    usual = _first(folder, USUAL_FILES, sources)
    if usual is None:
        message = f"no Compose file, expected one of {', '.join(USUAL_FILES)}"
        raise ComposeError([Finding("compose", ERROR, folder, message, "name the files in 'files'")])
    override = _first(folder, USUAL_OVERRIDES, sources)
    return [usual, *([override] if override else [])]


def _first(folder: str, names: Sequence[str], sources: Sources) -> str | None:
    paths = (posixpath.join(folder, name) for name in names)
    return next((path for path in paths if sources.world.read(path) is not None), None)


def _name(request: Request, files: Sequence[str], variables: Mapping[str, str], sources: Sources) -> str:
    """The caller's name, else the environment's, else the last file's `name`, else the folder's."""
    given = request.project_name or variables.get("COMPOSE_PROJECT_NAME")
    if given:
        if given != project_name(given):
            message = f"found the project name {shown(given)}, expected lower case letters, digits, '-' and '_'"
            raise ComposeError([Finding("compose", ERROR, "project_name", message, "")])
        return given
    written = ""
    for file in files:
        for document in sources.open(file):
            name = document.value.get("name") if isinstance(document.value, Mapping) else None
            written = name if isinstance(name, str) and name else written
    try:
        name = project_name(substitute(written, variables.get, lambda unset: None))
    except ValueError:
        name = ""  # told with its place when the file is read
    name = name or project_name(posixpath.basename(request.project_directory.rstrip("/")))
    if not name:
        message = "the folder's name gives no name for the project"
        raise ComposeError(
            [Finding("compose", ERROR, request.project_directory, message, "set 'name' or project_name")]
        )
    return name


def project_name(text: str) -> str:
    """The text with what a project's name may not have left out."""
    return "".join(re.findall("[a-z0-9_-]", text.lower())).lstrip("_-")


def _split(text: str, separator: str = ",") -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def _profiles(model: Mapping[str, Any], service: str) -> Sequence[str]:
    """A service that is asked for by name runs whatever its profiles are."""
    if service not in model["services"]:
        known = ", ".join(sorted(model["services"])[:10])
        message = f"the service {shown(service)} does not exist"
        raise ComposeError([Finding("compose", ERROR, "services", message, f"the services are {known}")])
    return model["services"][service].get("profiles") or ()


def _runs(service: Mapping[str, Any], profiles: Sequence[str]) -> bool:
    own = service.get("profiles") or []
    return not own or "*" in profiles or any(profile in profiles for profile in own)


def _selected(
    printed: dict[str, Any], enabled: Sequence[str], asked: Sequence[str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The services asked for and all they depend on; dependencies on others are left out."""
    if not asked:
        return printed, tuple(enabled)
    wanted: list[str] = []
    waiting = [name for name in asked if name in enabled]
    while waiting:
        name = waiting.pop(0)
        if name not in wanted:
            wanted.append(name)
            waiting += [other for other in printed["services"][name].get("depends_on") or {} if other in enabled]
    services = {**printed["services"], **{name: _among(printed["services"][name], wanted) for name in wanted}}
    return {**printed, "services": services}, tuple(name for name in enabled if name in wanted)


def _among(service: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    dependencies = {name: item for name, item in (service.get("depends_on") or {}).items() if name in wanted}
    rest = {key: value for key, value in service.items() if key != "depends_on"}
    return {**rest, "depends_on": dependencies} if dependencies else rest


def _used(kind: str, services: Mapping[str, Any]) -> list[str]:
    """The names of the project's resources that its services refer to; Compose prints no others."""
    used: dict[str, None] = {}
    for service in services.values():
        if kind in ("networks", "models"):
            used.update(dict.fromkeys(service.get(kind) or {}))
            continue
        references = list(service.get(kind) or [])
        if kind == "secrets":
            references += (service.get("build") or {}).get("secrets") or []
        if kind == "volumes":
            references = [volume for volume in references if volume.get("type") == "volume"]
        used.update(dict.fromkeys(item["source"] for item in references if item.get("source")))
    return list(used)
