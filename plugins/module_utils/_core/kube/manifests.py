# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a Compose project to everything that its app consists of in a cluster, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..app import App
from ..app_images import images_of, references, unbuildable
from ..compose.project import Project
from ..compose_app import app as app_of
from ..compose_contents import contents_of, files_of
from ..findings import Finding, worst_first
from .compose.draft import NEWEST, Given
from .compose.kinds import finding
from .compose.translate import translate
from .object_names import object_name
from .overrides import overridden
from .render import Renderer
from .versions import Minor


@dataclass(frozen=True)
class Wanted:
    """What is asked for beside the project. `images` are references by service, `secrets` contents by name.

    `registry` is where built images are pushed to, with what goes before their names.
    """

    app: str = ""
    namespace: str = ""
    minor: Minor = NEWEST
    images: Mapping[str, str] = field(default_factory=dict)
    registry: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    pull_secrets: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)


def kube_manifests(project: Project, wanted: Wanted) -> dict[str, Any]:
    """The manifests, the Secrets apart, and everything that was found."""
    app, wrong = app_of(project.canonical())
    name = object_name(wanted.app or app.name)
    namespace = wanted.namespace or name
    contents = {**contents_of(project, app, wanted.secrets), **files_of(project, app)}
    images = images_of(app, wanted.images, wanted.registry or None)
    named = {**references(images), **wanted.images}
    folder = project.sources.project_directory
    given = Given(folder, wanted.minor, contents, named, tuple(wanted.pull_secrets))
    made = translate(app, name, namespace, given)
    renderer = Renderer(made.app, wanted.minor)
    found: list[Finding] = [*project.warnings, *wrong, *made.findings, *_unused(app, wanted)]
    found += [finding(*each) for each in unbuildable(app, wanted.images)]
    manifests, missing = overridden(list(renderer.manifests()), wanted.overrides)
    found += [finding("override-of-nothing", f"overrides[{name}]", text, hint) for name, text, hint in missing]
    return {
        "name": name,
        "namespace": namespace,
        "minor": str(wanted.minor),
        "manifests": [_plain(manifest) for manifest in manifests],
        "secrets": [_plain(secret) for secret in renderer.secrets()],
        "images": [image.as_dict() for image in images],
        "findings": [each.as_dict() for each in worst_first(dict.fromkeys(map(project.located, found)))],
    }


def _plain(value: Any) -> Any:
    """With no part in two places, so that it reads well as YAML."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _unused(app: App, wanted: Wanted) -> list[Finding]:
    used = {secret.source for service in app.services.values() for secret in service.secrets}
    return [
        finding("unused-secret", f"secrets.{name}", "no service uses it") for name in wanted.secrets if name not in used
    ]
