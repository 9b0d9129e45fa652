# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image, and how its program is started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import rewriting
from .draft import ContainerDraft
from .key import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED, TRANSLATED, Handler, Key, lose

_ARCHITECTURES = {"amd64": "X86_64", "x86_64": "X86_64", "arm64": "ARM64", "aarch64": "ARM64"}


def to(field: str) -> Handler:
    """The value as it is, in a field of the container definition."""

    def handle(container: ContainerDraft, value: Any) -> None:
        if value:
            container.fields[field] = value

    return handle


def to_linux(field: str, convert: Callable[[Any], Any] = lambda value: value) -> Handler:
    """The value in a field of linuxParameters."""

    def handle(container: ContainerDraft, value: Any) -> None:
        if value:
            container.linux[field] = convert(value)

    return handle


def _image(container: ContainerDraft, value: str) -> None:
    container.fields["image"] = value
    registry, slash, _name = value.partition("/")
    remote = slash and ("." in registry or ":" in registry)
    if "build" in container.service.keys and not remote and "image" not in container.given:
        hint = "push it to a repository of Amazon ECR, and write its full name"
        container.report("image-not-pushed", "image", f"ECS would pull '{value}' from Docker Hub", hint)


def _build(container: ContainerDraft, value: Any) -> None:
    if not container.service.image and "image" not in container.given:
        hint = "build it, push it to a repository of Amazon ECR, and name it in image, or in the definition"
        container.report("not-built", "build", "the image is built here, and ECS builds nothing", hint)
    check = container.service.healthcheck
    if check is None and "healthCheck" not in container.given:
        hint = "if the Dockerfile has a HEALTHCHECK, write it as healthcheck"
        container.report("dockerfile-health-check", "healthcheck", "ECS ignores a HEALTHCHECK of the image", hint)


def _command(field: str, place: str) -> Handler:
    def handle(container: ContainerDraft, value: Any) -> None:
        if value:
            container.fields[field] = rewriting.words(container, place, value)
        else:
            message = f"an empty {place} cannot replace the image's own, which ECS runs"
            container.report("compose-ignored", place, message, "write the command that is to run")

    return handle


def _platform(container: ContainerDraft, value: str) -> None:
    system, _slash, rest = value.partition("/")
    architecture = _ARCHITECTURES.get(rest.partition("/")[0])
    if system != "linux" or (rest and architecture is None):
        if "runtimePlatform" not in container.task.target.definition:
            lose(PLATFORM, container, "platform", REFUSED)
    elif architecture and not container.service.ecs.architecture:
        container.architecture = architecture


PLATFORM = Key(
    "platform",
    TRANSLATED,
    TRANSLATED,
    "`runtimePlatform.cpuArchitecture`",
    "ECS runs Linux on amd64 and arm64; which Windows it is, Compose does not say",
    "for Windows set runtimePlatform.operatingSystemFamily in the definition",
    handle=_platform,
)
KEYS = (
    Key(
        "image",
        TRANSLATED,
        TRANSLATED,
        "`image`",
        "A name without a registry is one of Docker Hub.",
        handle=_image,
    ),
    Key(
        "build",
        APPROXIMATED,
        APPROXIMATED,
        "nothing",
        "The image is built and pushed elsewhere, by the role ecr_image say, and named in `image`.",
        handle=_build,
    ),
    Key("pull_policy", NOT_NEEDED, NOT_NEEDED, "nothing", "Each new task pulls the image that its revision names."),
    Key(
        "pull_refresh_after",
        NOT_NEEDED,
        NOT_NEEDED,
        "nothing",
        "Each new task pulls the image that its revision names.",
    ),
    PLATFORM,
    Key(
        "command",
        TRANSLATED,
        TRANSLATED,
        "`command`",
        "An empty one cannot replace the image's. Addresses are rewritten as in `environment`.",
        handle=_command("command", "command"),
    ),
    Key(
        "entrypoint",
        TRANSLATED,
        TRANSLATED,
        "`entryPoint`",
        "An empty one cannot replace the image's. Addresses are rewritten as in `environment`.",
        handle=_command("entryPoint", "entrypoint"),
    ),
    Key("working_dir", TRANSLATED, TRANSLATED, "`workingDirectory`", "The same.", handle=to("workingDirectory")),
    Key("user", TRANSLATED, TRANSLATED, "`user`", "The same.", handle=to("user")),
    Key(
        "group_add",
        IGNORED,
        IGNORED,
        "nothing",
        "ECS adds no groups to the container's user",
        "set user: UID:GID, or add the groups in the image",
    ),
    Key("tty", TRANSLATED, TRANSLATED, "`pseudoTerminal`", "The same.", handle=to("pseudoTerminal")),
    Key("stdin_open", TRANSLATED, TRANSLATED, "`interactive`", "The same.", handle=to("interactive")),
    Key(
        "init",
        TRANSLATED,
        TRANSLATED,
        "`linuxParameters.initProcessEnabled`",
        "The same.",
        handle=to_linux("initProcessEnabled"),
    ),
    Key("labels", TRANSLATED, TRANSLATED, "`dockerLabels`", "The same.", handle=to("dockerLabels")),
    Key("label_file", NOT_NEEDED, NOT_NEEDED, "`dockerLabels`", "The files are read into `labels`."),
    Key("annotations", IGNORED, IGNORED, "nothing", "ECS passes no annotations to the runtime", minor=True),
)
