# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables, secrets and configs. None of them is ever part of a unit."""

from __future__ import annotations

from typing import Any

from ...app import FileReference
from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, TRANSLATED
from ...findings import shown
from ..wish import File
from . import rewriting
from .draft import ServiceDraft
from .key import Key, lose

_CREDENTIALS = "/run/credentials"


def add_variables(service: ServiceDraft) -> None:
    """Those of the Compose file, and those that x-systemd has for this target alone."""
    variables: dict[str, str] = {}
    files = _credential_files(service)
    for name, text in service.service.environment.items():
        if name in service.service.systemd.secrets or name in service.service.systemd.environment:
            continue
        if text is not None:
            variables[name] = files.get(text) or rewriting.variable(service, name, text)
        else:
            hint = "give it a value in the environment or an env file"
            service.report("variable-without-value", f"environment[{name}]", f"'{name}' has no value", hint)
    variables.update(service.service.systemd.environment)
    for name in _as_variables(service):
        variables.setdefault(f"{name}_FILE", _credential(service, name))
    if variables:
        service.fields["environment"] = variables


def _credential(service: ServiceDraft, name: str) -> str:
    return f"{_CREDENTIALS}/{service.app.unit_of(service.service.name)}.service/{name}"


def _credential_files(service: ServiceDraft) -> dict[str, str]:
    """Where each Compose secret that the host keeps is a file, by the path that it has in a container."""
    kept = service.service.systemd.secrets
    return {
        secret.target: _credential(service, secret.source)
        for secret in service.service.secrets
        if secret.source in kept
    }


def _as_variables(service: ServiceDraft) -> list[str]:
    """The variables whose value a file of the host has."""
    secrets = {secret.source for secret in service.service.secrets}
    names = [name for name in service.service.systemd.secrets if name not in secrets]
    for name in names:
        message = f"{shown(name)} is no variable but a file, which the variable '{name}_FILE' names"
        hint = "see that the application reads it; a value that is passed in the environment stays a variable"
        service.report("secret-as-credential", f"x-systemd.secrets.{name}", message, hint)
    return names


def _secrets(service: ServiceDraft, _value: Any) -> None:
    for reference in service.service.secrets:
        if reference.source in service.service.systemd.secrets:
            _report_path(service, reference)
        else:
            _file(service, "secrets", reference, secret=True)


def _report_path(service: ServiceDraft, reference: FileReference) -> None:
    if reference.target not in service.service.environment.values():
        path = _credential(service, reference.source)
        message = f"there is no file {reference.target}; it is {path}"
        service.report(
            "secret-as-credential", f"secrets[{reference.source}]", message, "read it in $CREDENTIALS_DIRECTORY"
        )


def _configs(service: ServiceDraft, _value: Any) -> None:
    for reference in service.service.configs:
        _file(service, "configs", reference, secret=False)


def _file(service: ServiceDraft, kind: str, reference: FileReference, secret: bool) -> None:
    contents, place = service.app.given.contents, f"{kind}[{reference.source}]"
    content = (contents or {}).get((kind, reference.source))
    if content is None and contents is not None:
        message = f"nothing gives the content of {shown(reference.source)}"
        hint = "write its file, or name one of the host with x-systemd: {secrets: {NAME: PATH}}"
        service.report("secret-without-source", place, message, hint if secret else "write its file, or its content")
        return
    mode = int(reference.mode, 8) if reference.mode and not secret else None
    service.add("files", File(reference.source, reference.target, content or "", secret, mode))
    owner = {"uid": reference.uid, "gid": reference.gid, "mode": reference.mode if secret else None}
    for name, value in owner.items():
        if value:
            lose(OWNERS[name], service, f"{place}.{name}")


_OWNER = "systemd gives the file to the service's own user"
OWNERS = {name: Key(f"secrets.{name}", IGNORED, "nothing", _OWNER, minor=True) for name in ("uid", "gid", "mode")}
KEYS = (
    Key(
        "environment",
        APPROXIMATED,
        "`EnvironmentFile`",
        "In a file that only root reads, never in the unit. Addresses of other services become 127.0.0.1. Variables"
        " without a value go. Those of `x-systemd.secrets` become credentials, and `NAME_FILE` names the file.",
    ),
    Key("env_file", NOT_NEEDED, "`EnvironmentFile`", "The files are read into `environment`."),
    Key(
        "secrets",
        TRANSLATED,
        "`LoadCredential`",
        "A file that only this service reads, at the path that Compose gives it.",
        handle=_secrets,
    ),
    Key("configs", TRANSLATED, "`BindReadOnlyPaths`", "A file at the same path.", handle=_configs),
)
