# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app to the systemd app that runs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...app import App
from ...compose.project import Project
from ...compose_app import app as app_of
from ...findings import Finding, worst_first
from .. import wish
from .deploy import add_limits
from .draft import AppDraft, Given, ServiceDraft, Translation
from .environment import add_variables
from .health import add_life, add_readiness
from .ports import add_ports, check_shared_ports
from .program import add_program
from .registry import apply_all

_NOTHING = Given()


def translate(app: App, name: str = "", given: Given = _NOTHING) -> Translation:
    """Each service as a unit of its own, and everything that could not be translated as it was."""
    draft = AppDraft(app, name or app.name, given)
    services = [ServiceDraft(draft, service) for service in app.services.values()]
    running = [service for service in services if _runs(service)]
    for service in running:
        add_program(service)
        apply_all(service, service.service.keys)
        add_variables(service)
        add_ports(service)
        add_limits(service)
        add_life(service)
        add_readiness(service)
    check_shared_ports(running)
    made = tuple(_without(service.made(), running) for service in running)
    return Translation(wish.App(draft.name, made), worst_first(draft.findings))


def findings_on_systemd(project: Project) -> list[Finding]:
    """What running the whole project as units would meet; only the Compose files are looked at."""
    app, _wrong = app_of(project.canonical())
    return translate(app, given=Given(project.sources.project_directory)).findings


def _runs(service: ServiceDraft) -> bool:
    """A service of which none is to run is left out."""
    if service.service.replicas == 0:
        service.report("not-run", "deploy.replicas", "none of it is to run: it is left out")
    return service.service.replicas != 0


def _without(service: wish.Service, running: Iterable[ServiceDraft]) -> wish.Service:
    """Nobody waits for a service that is left out."""
    names = {each.service.name for each in running}
    return replace(service, needs=tuple(need for need in service.needs if need.service in names))
