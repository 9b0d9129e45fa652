# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of an app: which are built, where they are pushed, and what each container runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...app import App, Service
from .wanted import AppWanted

#: A tag that says nothing of what it holds; where tags are immutable it could be pushed once.
_LATEST = "latest"
_PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}


@dataclass(frozen=True)
class AppImage:
    """An image, and the services that run it. `tag` is None where the file names none: its content decides.

    `reference` is what a task definition names, None where it is not known yet.
    """

    service: str
    services: tuple[str, ...]
    build: bool
    context: str | None
    dockerfile: str | None
    target: str | None
    args: Mapping[str, str]
    platform: str | None
    repository: str | None
    tag: str | None
    image: str | None
    reference: str | None

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "services": list(self.services), "args": dict(self.args)}


def images_of(app: App, wanted: AppWanted) -> list[AppImage]:
    """One for each name; services that name the image which another one builds run that."""
    users: dict[str, list[Service]] = {}
    for service in app.services.values():
        name = service.image or (f"{app.name}-{service.name}" if service.keys.get("build") else "")
        if name:
            users.setdefault(name, []).append(service)
    return [_image(name, services, wanted) for name, services in users.items()]


def references(images: Iterable[AppImage]) -> dict[str, str]:
    """By service, for those whose image is another one in AWS than in the Compose file."""
    known = [image for image in images if image.reference and image.reference != image.image]
    return {name: str(image.reference) for image in known for name in image.services}


def _image(name: str, services: list[Service], wanted: AppWanted) -> AppImage:
    builder = next((service for service in services if service.keys.get("build")), None)
    speaker = builder or services[0]
    build: Mapping[str, Any] = (builder.keys["build"] or {}) if builder else {}
    repository, tag = _split(name) if builder else (None, None)
    given = next((wanted.images[service.name] for service in services if service.name in wanted.images), None)
    return AppImage(
        service=speaker.name,
        services=tuple(service.name for service in services),
        build=builder is not None,
        context=build.get("context"),
        dockerfile=build.get("dockerfile"),
        target=build.get("target"),
        args={key: str(value) for key, value in (build.get("args") or {}).items() if value is not None},
        platform=speaker.keys.get("platform") or _PLATFORMS.get(speaker.ecs.architecture or ""),
        repository=repository,
        tag=tag,
        image=speaker.image,
        reference=given or (_predicted(repository, tag, wanted) if builder else speaker.image),
    )


def _split(name: str) -> tuple[str, str | None]:
    """Repository and tag of a name, without the registry that it may have."""
    path, _at, _digest = name.partition("@")
    first, slash, rest = path.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        path = rest
    repository, _colon, tag = path.partition(":")
    return repository, tag if tag not in ("", _LATEST) else None


def _predicted(repository: str | None, tag: str | None, wanted: AppWanted) -> str | None:
    return f"{wanted.ecr}/{repository}:{tag}" if wanted.ecr and repository and tag else None
