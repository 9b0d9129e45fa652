# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is asked to scenarios: resources as they were given, and those that a Compose project needs somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..app import App
from ..compose.project import Project
from ..compose_app import app as app_of
from ..ecs.composed import findings_on_ecs
from ..ecs.shapes_snapshot import MODEL
from ..findings import ERROR, WARNING, Finding, shown, worst_first
from ..kube.compose.translate import findings_on_kubernetes
from ..systemd.compose.translate import findings_on_systemd
from ..words import did_you_mean
from .derive.derive import Derived, derive
from .derive.effects import targets_of
from .derive.fit import Fit
from .derive.targets import KUBERNETES
from .judge.edit import Edit
from .price import Book
from .request import CostError, Entry
from .scaled import scaled_service
from .scenario import Part, Scenario

#: Reads a Compose project from options; raises ComposeError.
Load = Callable[[Mapping[str, Any]], Project]

_SYSTEMD = "systemd"
#: The targets that ECS runs, and how.
_LAUNCH_TYPES = {"fargate": "FARGATE", "ecs_ec2": "EC2"}
#: What the translation to ECS says as well, and nearer to the place.
_TOLD_BY_ECS = ("volume-lost", "volume-on-node")


@dataclass(frozen=True)
class Wished:
    """A scenario beside what it was made from. `impossible` says why the app cannot run there as it is described."""

    entry: Entry
    scenario: Scenario
    app: App | None = None
    fit: Fit | None = None
    impossible: tuple[Finding, ...] = ()

    def with_copies(self, service: str | None, copies: int, book: Book) -> Scenario | None:
        """The same with another number of copies of a service; None where that is impossible."""
        if self.app is None:
            raise ValueError(f"{self.scenario.name} is not derived from an app")
        derived = _derived(self.entry, self.app, book, {service or scaled_service(self.app).name: copies})
        if _errors(derived):
            return None
        return replace(self.scenario, parts=_together(self.entry.parts, derived.parts))

    def layouts(self, book: Book) -> list[Edit]:
        """Edits that lay the app out on fewer machines. Each makes the scenario anew, so one excludes the others."""
        fewer = {
            "nodes_min": "on one node if it holds the app",
            "control_planes": "with one control plane",
        }
        if self.fit is None or (self.fit.nodes == 1 and self.entry.topology.control_planes == 1):
            return []
        return [
            Edit(f"run {words} (topology: {{{key}: 1}})", "layout", partial(self._with_one, key, book))
            for key, words in fewer.items()
            if getattr(self.entry.topology, key) != 1 and self.entry.target in targets_of(key)
        ]

    def _with_one(self, key: str, book: Book, _before: Scenario) -> Scenario | None:
        if self.app is None:
            return None
        changed: dict[str, Any] = {key: 1}
        entry = replace(self.entry, topology=replace(self.entry.topology, **changed))
        derived = _derived(entry, self.app, book)
        if _errors(derived):
            return None
        provides = derived.provides if entry.provides is None else entry.provides
        return replace(self.scenario, parts=_together(entry.parts, derived.parts), provides=provides)


@dataclass
class Builder:
    """Makes scenarios. A project that several of them share is read once."""

    book: Book
    load: Load
    _projects: dict[str, tuple[Project, App]] = field(default_factory=dict)

    def build(self, entry: Entry) -> Wished:
        found = list(_unknown_region(entry, self.book))
        if entry.compose is None:
            provides = entry.provides or frozenset()
            return Wished(entry, Scenario(entry.name, entry.region, entry.parts, provides, "", tuple(found)))
        project, app = self._project(entry.compose)
        derived = _derived(entry, app, self.book)
        found += [*project.warnings, *map(project.located, self._findings(entry, project, derived))]
        scenario = Scenario(
            name=entry.name,
            region=entry.region,
            parts=_together(entry.parts, derived.parts),
            provides=derived.provides if entry.provides is None else entry.provides,
            target=entry.target,
            findings=tuple(worst_first(dict.fromkeys(found))),
        )
        return Wished(entry, scenario, app, derived.fit, tuple(map(project.located, _errors(derived))))

    def _project(self, options: Mapping[str, Any]) -> tuple[Project, App]:
        key = repr(sorted(options.items(), key=lambda item: item[0]))
        if key not in self._projects:
            project = self.load(options)
            app, found = app_of(project.canonical())
            wrong = [project.located(finding) for finding in found if finding.severity == ERROR]
            if wrong:
                raise CostError(wrong)
            self._projects[key] = project, app
        return self._projects[key]

    def _findings(self, entry: Entry, project: Project, derived: Derived) -> Iterator[Finding]:
        """What derivation says, and what the target would: a key that only this one does not know is no mistake."""
        launch_type = _LAUNCH_TYPES.get(entry.target)
        unsaid = (*(["no-effect"] if entry.shared else []), *(_TOLD_BY_ECS if launch_type else ()))
        yield from (finding for finding in derived.findings if finding.rule not in unsaid)
        if launch_type:
            yield from findings_on_ecs(project, launch_type, entry.region, MODEL)
        elif entry.target == _SYSTEMD:
            yield from findings_on_systemd(project)
        elif entry.target in KUBERNETES:
            yield from findings_on_kubernetes(project)


def _derived(entry: Entry, app: App, book: Book, copies: Mapping[str, int] | None = None) -> Derived:
    return derive(app, entry.target, entry.topology, entry.region, book, copies)


def _errors(derived: Derived) -> list[Finding]:
    return [finding for finding in derived.findings if finding.severity == ERROR]


def _together(given: tuple[Part, ...], derived: tuple[Part, ...]) -> tuple[Part, ...]:
    """The derived parts, and those that were given beside them, with labels that differ."""
    taken = {part.label for part in derived}
    beside = [replace(part, label=f"{part.label} (given)") if part.label in taken else part for part in given]
    return (*derived, *beside)


def _unknown_region(entry: Entry, book: Book) -> Iterator[Finding]:
    if entry.region not in book.regions:
        known = f"{book.origin} has {', '.join(book.regions) or 'none'}"
        hint = did_you_mean(entry.region, book.regions, known)
        message = f"there are no prices for the region {shown(entry.region)}"
        yield Finding("unknown-region", WARNING, f"scenarios[{entry.name}].region", message, hint)
