# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs, and from which image."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, TRANSLATED
from . import rewriting
from .draft import ServiceDraft
from .key import Key

_PULL = {"always": "Always", "never": "Never", "missing": "IfNotPresent", "if_not_present": "IfNotPresent"}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_ANNOTATION = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def add_program(service: ServiceDraft) -> None:
    """The image and its command. In Kubernetes `command` is the entrypoint, and `args` the command."""
    found = service.service
    image = service.app.given.images.get(found.name) or found.image
    if image:
        service.container["image"] = image
    else:
        message = "the image that is built here has no name that a cluster could find"
        hint = f"push it, and name it with images: {{{found.name}: REFERENCE}}"
        service.report("no-image", "image", message if found.keys.get("build") else "nothing says which image", hint)
    entrypoint, command = list(found.entrypoint or ()), list(found.command or ())
    if found.entrypoint == () and command:
        entrypoint, command = command, []  # it takes the image's own entrypoint away
    for field, words in (("command", entrypoint), ("args", command)):
        if words:
            place = "entrypoint" if field == "command" else "command"
            service.container[field] = [rewriting.literal(word) for word in rewriting.words(service, place, words)]
    if service.app.given.pull_secrets:
        service.pod["imagePullSecrets"] = [{"name": name} for name in service.app.given.pull_secrets]


def _build(service: ServiceDraft, _value: Any) -> None:
    image = service.service.image
    given = service.service.name in service.app.given.images
    first = (image or "").partition("/")[0]
    if image and not given and not ("/" in image and ("." in first or ":" in first or first == "localhost")):
        message = f"'{image}' is built, and a cluster would look for it in a public registry"
        hint = f"push it, and name it with images: {{{service.service.name}: REFERENCE}}"
        service.report("image-not-pushed", "build", message, hint)
    if service.service.healthcheck is None:
        message = "a HEALTHCHECK of the Dockerfile is not seen here"
        service.report("no-health-check", "healthcheck", message, "if it has one, write it as healthcheck")


def _pull_policy(service: ServiceDraft, value: str) -> None:
    service.container["imagePullPolicy"] = _PULL.get(value, "IfNotPresent" if value == "build" else "Always")
    if value not in _PULL and value != "build":
        service.report("compose-approximated", "pull_policy", "the registry is asked at each start of a pod")


def _platform(service: ServiceDraft, value: str) -> None:
    system, _slash, rest = value.partition("/")
    architecture = rest.partition("/")[0]
    selector = service.pod.setdefault("nodeSelector", {})
    selector["kubernetes.io/os"] = system
    if architecture:
        selector["kubernetes.io/arch"] = _ARCHITECTURES.get(architecture, architecture)


def _working_dir(service: ServiceDraft, value: str) -> None:
    service.container["workingDir"] = value


def _tty(service: ServiceDraft, value: bool) -> None:
    if value:
        service.container["tty"] = True


def _stdin(service: ServiceDraft, value: bool) -> None:
    if value:
        service.container["stdin"] = True


def _init(service: ServiceDraft, value: bool) -> None:
    """The pause container of a pod, which then is process 1, reaps what is left; among its node's, the node does."""
    if value and service.service.keys.get("pid") != "host":
        service.pod["shareProcessNamespace"] = True


def _annotations(place: str) -> Callable[[ServiceDraft, Any], None]:
    def handle(service: ServiceDraft, value: Mapping[str, str]) -> None:
        for name, text in value.items():
            if _ANNOTATION.fullmatch(name):
                service.annotations[name] = str(text)
            else:
                message = f"'{name[:60]}' is no name of an annotation"
                service.report("compose-left-out", f"{place}[{name[:60]}]", message)

    return handle


KEYS = (
    Key("image", TRANSLATED, "`image`", "The same, unless `images` names another one."),
    Key(
        "build",
        APPROXIMATED,
        "`image`",
        "Nothing is built in a cluster: the image has to be in a registry that its nodes reach.",
        handle=_build,
    ),
    Key(
        "pull_policy",
        APPROXIMATED,
        "`imagePullPolicy`",
        "The same; from time to time becomes at each start.",
        handle=_pull_policy,
    ),
    Key("pull_refresh_after", NOT_NEEDED, "nothing", "Read with `pull_policy`."),
    Key("platform", TRANSLATED, "`nodeSelector`", "Nodes of that system and architecture.", handle=_platform),
    Key("command", TRANSLATED, "`args`", "The same. Names of services that Kubernetes does not take are rewritten."),
    Key(
        "entrypoint",
        TRANSLATED,
        "`command`",
        "The same; an empty one makes `command` the program, as in Compose.",
    ),
    Key("working_dir", TRANSLATED, "`workingDir`", "The same.", handle=_working_dir),
    Key("tty", TRANSLATED, "`tty`", "The same.", handle=_tty),
    Key("stdin_open", TRANSLATED, "`stdin`", "The same.", handle=_stdin),
    Key(
        "init",
        APPROXIMATED,
        "`shareProcessNamespace`",
        "The pod's own first process reaps what is left; the program is not process 1.",
        handle=_init,
    ),
    Key(
        "labels",
        APPROXIMATED,
        "annotations of the pods",
        "Labels of Kubernetes are short and select; text belongs into annotations.",
        handle=_annotations("labels"),
    ),
    Key("label_file", NOT_NEEDED, "nothing", "Its labels are among `labels`."),
    Key("annotations", TRANSLATED, "annotations of the pods", "The same.", handle=_annotations("annotations")),
    Key("runtime", IGNORED, "nothing", "which runtime a pod has is for the cluster to say", quiet=("runc",)),
)
