# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables, secrets and configs. What looks like a secret comes from AWS, or the app does not go there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...findings import shown
from ...secrets import mask_text, named_like_a_secret, token_format
from . import rewriting
from .draft import ContainerDraft
from .key import APPROXIMATED, NOT_NEEDED, REFUSED, Key

#: name:password@host, which is no URL for want of a scheme; a digest is no host.
_PASSWORD = re.compile(r"\A[^\s:/@]+:[^\s@]+@(?!sha256:)[^\s@]+\Z")
_SHORTEST_TOKEN = 12  # looking for one is the dearest part of the translation
_NOT_IN_VARIABLES = re.compile(r"[^A-Z0-9_]")


def _environment(container: ContainerDraft, value: Any) -> None:
    files = _file_variables(container)
    entries = []
    for name, text in container.service.environment.items():
        if name in container.service.ecs.secrets:
            rewriting.secret(container, name)
        elif text is None:
            _report_no_value(container, name)
        elif is_secret(name, text):
            rewriting.secret(container, name)  # the app calls the address wherever its value will come from
            message = f"{shown(name)} looks like a secret, and whoever may read task definitions would read it"
            _report_no_source(container, f"environment[{name}]", name, name, message)
        elif name not in files:
            entries.append({"name": name, "value": rewriting.variable(container, name, text)})
    if entries:
        container.fields["environment"] = entries


def is_secret(name: str, text: str) -> bool:
    """Whether a value must not be readable in a task definition."""
    if named_like_a_secret(name, text) or (len(text) >= _SHORTEST_TOKEN and token_format(text)):
        return True
    return ("@" in text or "=" in text) and (mask_text(text) != text or bool(_PASSWORD.match(text)))


def _report_no_value(container: ContainerDraft, name: str) -> None:
    if not container.gives("environment", name) and not container.gives("secrets", name):
        hint = "give it a value in the environment or an env file; a secret gets an entry in x-ecs.secrets"
        container.report("variable-without-value", f"environment[{name}]", f"'{name}' has no value", hint)


def _report_no_source(container: ContainerDraft, place: str, name: str, variable: str, message: str) -> None:
    if not container.gives("environment", variable) and not container.gives("secrets", variable):
        hint = f"keep the value in Parameter Store or Secrets Manager, and write x-ecs: {{secrets: {{{name}: ARN}}}}"
        container.report("secret-without-source", place, message, hint)


def add_secrets(container: ContainerDraft) -> None:
    """What x-ecs names: variables under their own name, Compose secrets as the variable that their name makes."""
    options = (container.service.keys.get("logging") or {}).get("options") or {}  # those of a log driver go there
    sources = {name: source for name, source in container.service.ecs.secrets.items() if name not in options}
    variables = {_variable_of(container, name): source for name, source in sources.items()}
    if variables:
        container.fields["secrets"] = [{"name": name, "valueFrom": source} for name, source in variables.items()]


def _variable_of(container: ContainerDraft, name: str) -> str:
    """DB_PASSWORD for a Compose secret db_password, or for the one whose file DB_PASSWORD_FILE names."""
    service = container.service
    secret = next((secret for secret in service.secrets if secret.source == name), None)
    if secret is None or name in service.environment:
        return name
    for variable, path in service.environment.items():
        if path == secret.target and variable.upper().endswith("_FILE"):
            return variable[: -len("_FILE")]
    return _NOT_IN_VARIABLES.sub("_", name.upper())


def _file_variables(container: ContainerDraft) -> Mapping[str, str]:
    """The variables such as DB_PASSWORD_FILE that name the file of a Compose secret, and the secret."""
    paths = {secret.target: secret.source for secret in container.service.secrets}
    variables = container.service.environment.items() if paths else ()
    return {name: paths[text] for name, text in variables if text in paths}


def _secrets(container: ContainerDraft, value: Any) -> None:
    """A file of /run/secrets: in ECS a variable, if it is known where AWS keeps the value."""
    sources = container.service.ecs.secrets
    files = {secret: name for name, secret in _file_variables(container).items()}
    for secret in container.service.secrets:
        place, file = f"secrets[{secret.source}]", files.get(secret.source)
        variable = _variable_of(container, secret.source)
        if secret.source not in sources and variable not in sources:
            missing = f"ECS makes no file {secret.target}, and nothing says where AWS keeps the value"
            _report_no_source(container, place, secret.source, variable, missing)
            continue
        message = f"there is no file {secret.target}; the value is in the variable '{variable}'"
        also = f" and '{file}' is left out" if file else ""
        container.report("secret-as-variable", place, message + also, "see that the application reads it there")


KEYS = (
    Key(
        "environment",
        APPROXIMATED,
        APPROXIMATED,
        "`environment`, `secrets`",
        "What looks like a secret goes to `secrets`, from where `x-ecs.secrets` says, or is refused. Addresses of"
        " containers of the same task become localhost where they share a network. Variables without a value go.",
        handle=_environment,
    ),
    Key(
        "env_file",
        NOT_NEEDED,
        NOT_NEEDED,
        "`environment`",
        "The files are read into `environment`.",
    ),
    Key(
        "secrets",
        APPROXIMATED,
        APPROXIMATED,
        "`secrets`",
        "The file becomes a variable of the same name in capitals, and `DB_PASSWORD_FILE` becomes `DB_PASSWORD`; where"
        " AWS keeps the value is said in `x-ecs.secrets`, and without that it is refused.",
        handle=_secrets,
    ),
    Key(
        "configs",
        REFUSED,
        REFUSED,
        "nothing",
        "ECS has no files that come with the definition",
        "copy the file into the image, or pass its content in a variable",
    ),
)
