# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app to the systemd app that runs it."""

from __future__ import annotations

from collections.abc import Mapping
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
    for service in running:
        _settle_needs(service, {each.service.name: each for each in running})
    return Translation(wish.App(draft.name, tuple(service.made() for service in running)), worst_first(draft.findings))


def findings_on_systemd(project: Project) -> list[Finding]:
    """What running the whole project as units would meet; only the Compose files are looked at."""
    app, _wrong = app_of(project.canonical())
    return translate(app, given=Given(project.sources.project_directory)).findings


def _runs(service: ServiceDraft) -> bool:
    """A service of which none is to run is left out."""
    if service.service.replicas == 0:
        service.report("not-run", "deploy.replicas", "none of it is to run: it is left out")
    return service.service.replicas != 0


def _settle_needs(service: ServiceDraft, running: Mapping[str, ServiceDraft]) -> None:
    """Nobody waits for a service that is left out, nor for the end of one that is started again whenever it ends."""
    needs = [need for need in service.fields.get("needs", ()) if need.service in running]
    for index, need in enumerate(needs):
        if need.condition == wish.COMPLETED and not running[need.service].fields.get("one_shot"):
            message = f"'{need.service}' starts again whenever it ends, so it is only waited for to start"
            service.report(
                "compose-approximated", f"depends_on.{need.service}", message, "let it end: restart: on-failure"
            )
            needs[index] = replace(need, condition=wish.STARTED)
    if needs or "needs" in service.fields:
        service.fields["needs"] = needs
