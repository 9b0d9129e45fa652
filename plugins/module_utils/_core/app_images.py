# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of an app: which are built, where they are pushed, and what each container runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .app import App, Service
from .compose.locations import is_remote

#: A tag that says nothing of what it holds; where tags are immutable it could be pushed once.
_LATEST = "latest"
_PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
#: Keys of a build section, and the options of community.docker.docker_image_build that say the same.
_OPTIONS = {
    **{key: key for key in ("dockerfile", "target", "labels", "network", "shm_size", "cache_from", "pull")},
    "no_cache": "nocache",
}
#: Keys that say nothing of what is in the image, or are seen to.
_QUIET = ("context", "args", "tags", "cache_to", "platforms", "isolation", "provenance", "sbom")
#: What one image is built for, and without which nothing can be built.
_CANNOT = ("dockerfile_inline", "additional_contexts", "ssh", "secrets")


@dataclass(frozen=True)
class AppImage:
    """An image, and the services that run it. `tag` is None where the file names none: its content decides.

    `options` are those of docker_image_build that the Compose file gives. `reference` is what a target runs, None where
    it is not known yet.
    """

    service: str
    services: tuple[str, ...]
    build: bool
    context: str | None
    platform: str | None
    options: Mapping[str, Any]
    repository: str | None
    tag: str | None
    image: str | None
    reference: str | None

    def as_dict(self) -> dict[str, Any]:
        single = {key: self.options.get(key) for key in ("dockerfile", "target", "args")}
        return {**asdict(self), **single, "services": list(self.services)}


def images_of(app: App, given: Mapping[str, str], registry: str | None = None) -> list[AppImage]:
    """One for each name; services that name the image which another one builds run that.

    `given` are references by service. `registry` is where images are pushed to, with what goes before their names.
    """
    users: dict[str, list[Service]] = {}
    for service in app.services.values():
        name = service.image or (f"{app.name}-{service.name}" if service.keys.get("build") else "")
        if name:
            users.setdefault(name, []).append(service)
    return [_image(name, services, given, registry) for name, services in users.items()]


def references(images: Iterable[AppImage]) -> dict[str, str]:
    """By service, for those whose image is another one on the target than in the Compose file."""
    known = [image for image in images if image.reference and image.reference != image.image]
    return {name: str(image.reference) for image in known for name in image.services}


def _image(name: str, services: list[Service], named: Mapping[str, str], registry: str | None) -> AppImage:
    builder = next((service for service in services if service.keys.get("build")), None)
    speaker = builder or services[0]
    build: Mapping[str, Any] = (builder.keys["build"] or {}) if builder else {}
    repository, tag = _split(name) if builder else (None, None)
    platform = speaker.keys.get("platform") or _PLATFORMS.get(speaker.ecs.architecture or "")
    given = next((named[service.name] for service in services if service.name in named), None)
    return AppImage(
        service=speaker.name,
        services=tuple(service.name for service in services),
        build=builder is not None,
        context=build.get("context"),
        platform=platform,
        options=_options(build, platform) if builder else {},
        repository=repository,
        tag=tag,
        image=speaker.image,
        reference=given or (_predicted(repository, tag, registry) if builder else speaker.image),
    )


def _options(build: Mapping[str, Any], platform: str | None) -> dict[str, Any]:
    said = {option: build[key] for key, option in _OPTIONS.items() if build.get(key)}
    args = {name: str(value) for name, value in (build.get("args") or {}).items()}
    return {**said, **({"args": args} if args else {}), **({"platform": [platform]} if platform else {})}


def unbuildable(app: App, given: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """What of a build section the roles of this collection cannot do, where the image is not given.

    The kind of a finding, its path, its message and a hint.
    """
    for service in app.services.values():
        build = (service.keys.get("build") or {}) if service.name not in given else {}
        place = f"services.{service.name}.build"
        if is_remote(str(build.get("context") or "")):
            message = "the context is no folder of this machine, so the image is not built here"
            yield ("build-elsewhere", f"{place}.context", message, "build it there, and name it in images")
        for key, value in build.items():
            if key in _CANNOT and value:
                message = "an image that needs this is not built here"
                yield ("build-elsewhere", f"{place}.{key}", message, "build it yourself, and name it in images")
            elif value and key not in (*_OPTIONS, *_QUIET, *_CANNOT) and not key.startswith("x-"):
                yield ("build-left-out", f"{place}.{key}", "the image is built without this", "")


def _split(name: str) -> tuple[str, str | None]:
    """Repository and tag of a name, without the registry that it may have."""
    path, _at, _digest = name.partition("@")
    first, slash, rest = path.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        path = rest
    repository, _colon, tag = path.partition(":")
    return repository, tag if tag not in ("", _LATEST) else None


def _predicted(repository: str | None, tag: str | None, registry: str | None) -> str | None:
    return f"{registry}/{repository}:{tag}" if registry and repository and tag else None
