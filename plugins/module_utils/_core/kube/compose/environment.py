# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables, secrets and configs. What looks like a secret is in a Secret, never in a pod's own description."""

from __future__ import annotations

import re
from typing import Any

from ...app import FileReference
from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, TRANSLATED
from ...findings import shown
from ...secrets import URL_PASSWORD, named_like_a_secret, token_format
from .. import wish
from ..object_names import object_name
from . import rewriting
from .draft import ServiceDraft
from .key import Key, lose

_NOT_IN_KEYS = re.compile(r"[^-._A-Za-z0-9]+")
#: What everybody in the container may read, as in Compose.
_READABLE = 0o444
#: What one ConfigMap or Secret holds.
_MOST_BYTES = 1024 * 1024


def add_variables(service: ServiceDraft) -> None:
    """Those with a value; a secret by reference to the Secret that holds it."""
    files = {secret.source for secret in service.service.secrets}
    elsewhere = {name: at for name, at in service.service.kubernetes.secrets.items() if name not in files}
    variables = []
    for name, text in service.service.environment.items():
        if name in elsewhere:
            continue
        if text is None:
            hint = "give it a value in the environment or an env file, or name a Secret with x-kubernetes.secrets"
            service.report("variable-without-value", f"environment[{name}]", f"'{name}' has no value", hint)
            continue
        value = rewriting.variable(service, name, text)
        variables.append(_secret(service, name, value) if _is_secret(name, value) else _plain(name, value))
    for name, at in elsewhere.items():
        variables.append({"name": name, "valueFrom": {"secretKeyRef": {"name": at.name, "key": at.key}}})
    if variables:
        service.container["env"] = variables


def _is_secret(name: str, text: str) -> bool:
    return bool(named_like_a_secret(name, text) or token_format(text) or URL_PASSWORD.search(text))


def _plain(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "value": rewriting.literal(text)}


def _secret(service: ServiceDraft, name: str, text: str) -> dict[str, Any]:
    key = _NOT_IN_KEYS.sub("-", name)
    service.secret_texts[key] = text
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": service.name, "key": key}}}


def add_texts(service: ServiceDraft) -> None:
    """The ConfigMap and the Secret of what the service is given, once all of it is known."""
    for kind, data in ((wish.CONFIG_MAP, service.config_texts), (wish.SECRET, service.secret_texts)):
        size = sum(len(text.encode()) for text in data.values())
        if size > _MOST_BYTES:
            message = f"its files and secrets are {-(-size // 1024)} KiB, and a {kind} holds {_MOST_BYTES // 1024}"
            service.report("compose-refused", "configs", message, "put large files into the image, or on a volume")
        if data:
            service.app.texts.append(wish.Texts(kind, service.name, service.name, dict(data)))


def _secrets(service: ServiceDraft, _value: Any) -> None:
    for reference in service.service.secrets:
        at = service.service.kubernetes.secrets.get(reference.source)
        if at is not None:
            volume = object_name(f"secret-{at.name}")
            service.volume({"name": volume, "secret": {"secretName": at.name, "defaultMode": _READABLE}})
            service.mount(_file_mount(volume, at.key, reference.target))
            _report_owner(service, "secrets", reference, mode=True)
        else:
            _file(service, "secrets", reference)


def _configs(service: ServiceDraft, _value: Any) -> None:
    for reference in service.service.configs:
        _file(service, "configs", reference)


def _file(service: ServiceDraft, kind: str, reference: FileReference) -> None:
    content = service.app.given.content(kind, reference.source)
    if content is None:
        message = f"nothing gives the content of {shown(reference.source)}"
        hint = "write its file, give it with secrets, or name a Secret with x-kubernetes: {secrets: {NAME: ...}}"
        place = f"{kind}[{reference.source}]"
        service.report("secret-without-source", place, message, hint if kind == "secrets" else "write its file")
        return
    mode = int(reference.mode, 8) if reference.mode else _READABLE
    add_file(service, reference.source, content, reference.target, mode, secret=kind == "secrets")
    _report_owner(service, kind, reference, mode=False)


def add_file(service: ServiceDraft, name: str, content: str, target: str, mode: int, secret: bool = False) -> None:
    """A file with this content, mounted alone: what else is in its folder stays."""
    texts = service.secret_texts if secret else service.config_texts
    key = _NOT_IN_KEYS.sub("-", name)
    key = key if texts.get(key, content) == content else f"{key}-{len(texts)}"
    texts[key] = content
    volume = f"{'secrets' if secret else 'configs'}-{mode:o}"
    source = {"secret": {"secretName": service.name}} if secret else {"configMap": {"name": service.name}}
    ((_kind, fields),) = source.items()
    service.volume({"name": volume, _kind: {**fields, "defaultMode": mode}})
    service.mount(_file_mount(volume, key, target))


def _file_mount(volume: str, key: str, target: str) -> dict[str, Any]:
    return {"name": volume, "mountPath": target, "subPath": key, "readOnly": True}


def _report_owner(service: ServiceDraft, kind: str, reference: FileReference, mode: bool) -> None:
    owner = {"uid": reference.uid, "gid": reference.gid, "mode": reference.mode if mode else None}
    for name, value in owner.items():
        if value:
            lose(OWNERS[name], service, f"{kind}[{reference.source}].{name}")


_OWNER = "the file belongs to root, and everybody in the container may read it"
OWNERS = {name: Key(f"secrets.{name}", IGNORED, "nothing", _OWNER, minor=True) for name in ("uid", "gid", "mode")}
KEYS = (
    Key(
        "environment",
        APPROXIMATED,
        "`env`",
        "What looks like a secret, by its name or its form, is in a Secret. Variables without a value go. Those of"
        " `x-kubernetes.secrets` refer to Secrets that are there.",
    ),
    Key("env_file", NOT_NEEDED, "`env`", "The files are read into `environment`."),
    Key(
        "secrets",
        TRANSLATED,
        "a Secret",
        "A file at the path that Compose gives it. One of `x-kubernetes.secrets` is of a Secret that is there.",
        handle=_secrets,
    ),
    Key("configs", TRANSLATED, "a ConfigMap", "A file at the same path.", handle=_configs),
)
