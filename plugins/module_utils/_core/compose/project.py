# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project: how it is read, and its canonical form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..findings import ERROR, WARNING, Finding
from .advice import taken_ports
from .consistency import origin_problems, problems
from .document import ComposeError, Path
from .environment import ServiceFiles
from .load import Loader
from .normalize import normalized
from .request import Request, files_of, name_of, split, variables_of
from .schema import PROJECT, RESOURCES
from .selection import profiles_of, runs, selected, used
from .sources import Sources, World

#: Where no profile is named, Compose enables the one without a name.
_NO_PROFILE = ("",)


@dataclass(frozen=True)
class Project:
    """A project as it was read. `model` is complete, with services that no profile enables; `enabled` run.

    `variables` are what `$NAME` stands for in its files.
    """

    name: str
    model: Mapping[str, Any]
    enabled: tuple[str, ...]
    sources: Sources
    variables: Mapping[str, str] = field(default_factory=dict)

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
        kept = {
            kind: {name: self.model[kind][name] for name in used(kind, services) if name in self.model[kind]}
            for kind in RESOURCES
        }
        extensions = {key: value for key, value in self.model.items() if key.startswith("x-")}
        return {"name": self.name, "services": services, **{k: v for k, v in kept.items() if v}, **extensions}


def load_project(request: Request, world: World) -> Project:
    """Read a project; raises ComposeError with everything that is wrong with it."""
    sources = Sources(world, request.project_directory)
    variables = variables_of(request, sources)
    files = files_of(request, variables, sources)
    name = name_of(request, files, variables, sources)
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
    profiles = request.profiles or split(variables.get("COMPOSE_PROFILES", "")) or _NO_PROFILE
    asked = [profile for service in request.services for profile in profiles_of(model, service)]
    enabled = [key for key, item in model["services"].items() if runs(item, (*profiles, *asked))]
    reader = ServiceFiles(sources, variables)
    model["services"].update({key: reader.resolved(key, model["services"][key]) for key in enabled})
    printed = PROJECT.printed(model, (), sources.refuse_merged)
    sources.stop_at_problems()
    for kind in RESOURCES:
        printed.setdefault(kind, {})
    for path, message, hint in (*problems(printed, enabled), *origin_problems(model)):
        sources.refuse_merged(path, message, hint)
    sources.stop_at_problems()
    project = Project(name, *selected(printed, enabled, request.services), sources, variables)
    for path, message, hint in taken_ports(project.canonical()["services"]):
        sources.warnings.append(Finding("host-port-twice", WARNING, sources.holder(path).place(path), message, hint))
    return project
