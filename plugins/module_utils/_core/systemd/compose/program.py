# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs, as whom, and where: a host has no image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...app import Service
from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED
from ...secrets import mask
from . import rewriting
from .draft import ServiceDraft
from .key import Key

_EXEC = "name a program of the host or of the release with x-systemd: {exec: ...}"
_ROOT = ("0", "root")


def add_program(service: ServiceDraft) -> None:
    """The command, whether x-systemd or Compose names it, and what x-systemd says of how it runs."""
    options = service.service.systemd
    command = options.exec or _of_compose(service)
    if command is None:
        message = "nothing says what to run: systemd runs no image, and the command is the image's own"
        service.report("no-program", "x-systemd.exec", message, _EXEC)
    said = {
        "exec": command,
        "working_dir": options.working_dir,
        "user": options.user,
        "reload": options.reload,
        "reload_on": options.reload_on,
        "hardening": dict(options.hardening),
        "credentials": dict(options.secrets),
    }
    service.fields.update({name: value for name, value in said.items() if value})
    place = "x-systemd.exec" if options.exec else "command"
    _refuse_secrets(service, place, command or ())
    _refuse_secrets(service, "x-systemd.reload", options.reload or ())


def _of_compose(service: ServiceDraft) -> tuple[str, ...] | None:
    """Entrypoint and command, where they say all of it."""
    found = service.service
    if not found.entrypoint and not ((found.command and found.entrypoint == ()) or _command_alone(found)):
        return None
    words = (*(found.entrypoint or ()), *(found.command or ()))
    message = f"'{words[0]}' is a program of the image, and has to be on the host instead"
    service.report("program-of-the-image", "entrypoint" if found.entrypoint else "command", message, _EXEC)
    return tuple(rewriting.words(service, "command", words))


def _command_alone(service: Service) -> bool:
    """A command without an entrypoint is a program as long as the image has no entrypoint of its own."""
    return bool(service.command) and service.entrypoint is None


def _refuse_secrets(service: ServiceDraft, place: str, words: Sequence[str]) -> None:
    if mask(list(words)) != list(words):
        message = "a word of it looks like a secret, and everybody on the host reads units"
        service.report("secret-in-command", place, message, "pass it in a variable, or in a file")


def _build(service: ServiceDraft, _value: Any) -> None:
    options = service.service.systemd
    if not (options.build or options.requirements or options.exec):
        message = "the image is built from a Dockerfile, of which nothing is done here"
        hint = "say what makes a release ready with x-systemd: {requirements: ..., build: ..., environment: ...}"
        service.report("dockerfile", "build", message, hint)
    if service.service.healthcheck is None:
        message = "a HEALTHCHECK of the Dockerfile is not seen here"
        service.report("no-health-check", "healthcheck", message, "if it has one, write it as healthcheck")


def _user(service: ServiceDraft, value: str) -> None:
    user = value.partition(":")[0]
    if service.service.systemd.user:
        return
    if user in _ROOT:
        message = "root of a container is not root of the host: it runs as a user that systemd makes up"
        service.report("compose-ignored", "user", message, "if it has to be root, write x-systemd: {user: root}")
    else:
        message = f"user {user} is one of the image: it runs as a user that systemd makes up"
        service.report(
            "compose-approximated", "user", message, "a user of the host is named with x-systemd: {user: ...}"
        )


def _working_dir(service: ServiceDraft, value: str) -> None:
    if not service.service.systemd.working_dir:
        message = f"'{value}' is a folder of the image: it starts in the folder of its release"
        service.report("compose-approximated", "working_dir", message, "another one is x-systemd: {working_dir: ...}")


_IMAGE = "systemd runs no image: what to run is said in `x-systemd.exec`."
KEYS = (
    Key("image", NOT_NEEDED, "nothing", _IMAGE),
    Key(
        "build",
        APPROXIMATED,
        "nothing",
        "`x-systemd.requirements` and `x-systemd.build` make a release.",
        handle=_build,
    ),
    Key("pull_policy", NOT_NEEDED, "nothing", "There is no image to pull."),
    Key("pull_refresh_after", NOT_NEEDED, "nothing", "There is no image to pull."),
    Key("platform", NOT_NEEDED, "nothing", "The host's own."),
    Key(
        "command",
        APPROXIMATED,
        "`ExecStart`",
        "Unless `x-systemd.exec` says it. Its program has to be on the host. Addresses are rewritten.",
    ),
    Key(
        "entrypoint",
        APPROXIMATED,
        "`ExecStart`",
        "Unless `x-systemd.exec` says it. Its program has to be on the host. Addresses are rewritten.",
    ),
    Key(
        "working_dir",
        APPROXIMATED,
        "`WorkingDirectory`",
        "The release, or what `x-systemd.working_dir` says.",
        handle=_working_dir,
    ),
    Key(
        "user",
        APPROXIMATED,
        "`DynamicUser`, `User`",
        "A user that systemd makes up, or what `x-systemd.user` says.",
        handle=_user,
    ),
    Key(
        "group_add",
        IGNORED,
        "nothing",
        "a user that systemd makes up is in no other groups",
        "name a user who is in them with x-systemd: {user: ...}",
    ),
    Key("tty", IGNORED, "nothing", "a service has no terminal", "run it without one", minor=True),
    Key("stdin_open", IGNORED, "nothing", "a service reads nothing from standard input", "pass it a file"),
    Key("init", NOT_NEEDED, "nothing", "systemd is the init, and reaps what is left."),
    Key("labels", IGNORED, "nothing", "a unit has no labels that others could ask for", minor=True),
    Key("label_file", NOT_NEEDED, "nothing", "Its labels are among `labels`."),
    Key("annotations", IGNORED, "nothing", "a unit has no annotations", minor=True),
)
