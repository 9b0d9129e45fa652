# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service of Kubernetes while it is being put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...app import App, Service
from ...findings import Finding
from ...peers import Names
from .. import wish
from ..object_names import object_name
from ..versions import TARGETS, Minor
from .kinds import finding

NEWEST = TARGETS[-1]


@dataclass(frozen=True)
class Given:
    """What the Compose file does not hold. `folder` is the project's.

    `contents` are those of secrets and configs by kind and name, and of bind-mounted files of the project by "files"
    and path; None: they are not looked at, nor missed, and without `with_secrets` secrets and configs are not.
    `images` are references by service.
    """

    folder: str = ""
    minor: Minor = NEWEST
    contents: Mapping[tuple[str, str], str] | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    pull_secrets: tuple[str, ...] = ()
    with_secrets: bool = True

    def content(self, kind: str, name: str) -> str | None:
        """The content; empty where it is not looked at, None where it is missing."""
        if self.contents is None or (kind != "files" and not self.with_secrets):
            return ""
        return self.contents.get((kind, name))


class AppDraft:
    def __init__(self, app: App, name: str, namespace: str, given: Given) -> None:
        self.app = app
        self.name = name
        self.namespace = namespace
        self.names = Names(app)
        self.given = given
        self.findings: list[Finding] = []
        self.claims: dict[str, wish.Claim] = {}
        self.texts: list[wish.Texts] = []

    def report(self, kind: str, path: str, message: str, hint: str = "") -> None:
        self.findings.append(finding(kind, path, message, hint))


class ServiceDraft:
    """`container`, `pod` and `spec` are fields of the API, and `fields` those of wish.Workload.

    `privileges` are fields of the container's security context, and `user` those of the pod's; `asks` is what handlers
    found for others.
    """

    def __init__(self, app: AppDraft, service: Service) -> None:
        self.app = app
        self.service = service
        self.name = object_name(service.name)
        self.kind = wish.DEPLOYMENT
        self.container: dict[str, Any] = {"name": self.name}
        self.pod: dict[str, Any] = {}
        self.spec: dict[str, Any] = {}
        self.user: dict[str, Any] = {}
        self.privileges: dict[str, Any] = {}
        self.annotations: dict[str, str] = {}
        self.fields: dict[str, Any] = {}
        self.asks: dict[str, Any] = {}
        self.claims: list[wish.Claim] = []
        self.secret_texts: dict[str, str] = {}
        self.config_texts: dict[str, str] = {}

    def report(self, kind: str, place: str, message: str, hint: str = "") -> None:
        """A finding at a place of the service, such as `ports[80]`."""
        self.app.report(kind, f"services.{self.service.name}.{place}", message, hint)

    def mount(self, mount: Mapping[str, Any]) -> None:
        self.container.setdefault("volumeMounts", []).append(dict(mount))

    def volume(self, volume: Mapping[str, Any]) -> None:
        """A volume of the pod, once."""
        listed = self.pod.setdefault("volumes", [])
        if all(each["name"] != volume["name"] for each in listed):
            listed.append(dict(volume))

    @property
    def is_root(self) -> bool:
        return self.user.get("runAsUser") == 0 or (self.service.kubernetes.run_as_root and "runAsUser" not in self.user)

    def made(self) -> wish.Workload:
        pod = {**_POD, **self.pod}
        pod["securityContext"] = {**self.user, **pod.get("securityContext", {})}
        return wish.Workload(
            name=self.name,
            service=self.service.name,
            kind=self.kind,
            container={**self.container, "securityContext": dict(self.privileges)},
            pod=pod,
            annotations=dict(self.annotations),
            spec=dict(self.spec),
            claims=tuple(self.claims),
            **self.fields,
        )


#: No token of the cluster, and none of the variables that would stand for each Service: Compose gives neither.
_POD: Mapping[str, Any] = {"automountServiceAccountToken": False, "enableServiceLinks": False}


@dataclass(frozen=True)
class Translation:
    """The app in Kubernetes' words, and everything that could not be translated as it was."""

    app: wish.App
    findings: list[Finding] = field(default_factory=list)
