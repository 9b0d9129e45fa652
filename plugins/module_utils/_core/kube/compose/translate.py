# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app to the workloads that run it."""

from __future__ import annotations

from collections.abc import Sequence

from ...app import App
from ...compose.project import Project
from ...compose_app import app as app_of
from ...compose_contents import files_of
from ...findings import Finding, worst_first
from .. import wish
from ..object_names import object_name
from .deploy import add_number, add_resources, add_strategy
from .draft import AppDraft, Given, ServiceDraft, Translation
from .environment import add_texts, add_variables
from .health import add_probes
from .life import add_kind, add_waves
from .network import add_networks
from .placement import add_placement
from .ports import add_ports
from .program import add_program
from .registry import apply_all
from .security import add_privileges, add_user

_NOTHING = Given()
#: What a deployment brings, or a price says itself.
_UNSAID = ("image-not-pushed", "no-image", "assumed-storage")


def translate(app: App, name: str = "", namespace: str = "", given: Given = _NOTHING) -> Translation:
    """Each service as a workload, and everything that could not be translated as it was."""
    draft = AppDraft(app, name or app.name, namespace, given)
    services = [ServiceDraft(draft, service) for service in app.services.values()]
    for service in services:
        _translate(service)
    add_waves(services)
    _check_names(services)
    made = wish.App(
        draft.name,
        namespace,
        tuple(service.made() for service in services),
        tuple(draft.claims.values()),
        tuple(draft.texts),
    )
    return Translation(made, worst_first(dict.fromkeys(draft.findings)))


def _translate(service: ServiceDraft) -> None:
    add_kind(service)
    add_number(service)
    add_user(service)
    add_program(service)
    apply_all(service, service.service.keys)
    add_variables(service)
    add_networks(service)
    add_ports(service)
    add_probes(service)
    add_strategy(service)
    add_resources(service)
    add_placement(service)
    add_privileges(service)
    add_texts(service)


def findings_on_kubernetes(project: Project) -> list[Finding]:
    """What running the whole project in a cluster would meet, once its images are pushed."""
    app, _wrong = app_of(project.canonical())
    given = Given(project.sources.project_directory, contents=files_of(project, app), with_secrets=False)
    return [each for each in translate(app, given=given).findings if each.rule not in _UNSAID]


def _check_names(services: Sequence[ServiceDraft]) -> None:
    """Compose allows more letters in names, so that two of them may become one."""
    taken: dict[str, str] = {}
    for service in services:
        first = taken.setdefault(service.name, service.service.name)
        place = f"services.{service.service.name}"
        if first != service.service.name:
            message = f"'{first}' is called '{service.name}' in Kubernetes, too"
            service.app.report("same-name", place, message, "rename one of them")
        elif service.name != service.service.name:
            service.app.report("renamed", place, f"it is called '{object_name(service.service.name)}' in Kubernetes")
    for service in services:
        for alias in service.fields.get("aliases", ()):
            first = taken.setdefault(alias, service.service.name)
            if first != service.service.name:
                message = f"'{first}' is called '{alias}', too, and a name of a namespace means one of them"
                service.report("same-name", "networks", message, "give one of them another alias")
