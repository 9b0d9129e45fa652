# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be seen of an app's objects: the values of its Secrets, and variables that are named like one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from ...redaction import hidden_values
from ...secrets import MASK, mask, masked_pair, named_like_a_secret
from .objects import containers

#: What the server keeps beside the object, and what says nothing of it.
_OF_THE_SERVER = ("managedFields", "resourceVersion", "generation", "uid", "selfLink", "creationTimestamp")
_REVISION = "deployment.kubernetes.io/revision"


def literals(manifests: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every text to hide in logs, events and messages."""
    environments: list[dict[str, str]] = []
    secrets: list[str] = []
    configs: list[str] = []
    for manifest in manifests:
        for container in containers(manifest):
            named = [one for one in container.get("env") or [] if isinstance(one.get("value"), str)]
            environments.append({str(one.get("name", "")): one["value"] for one in named})
        data = manifest.get("data") or {}
        if manifest.get("kind") == "Secret":
            secrets += [decoded(value) for value in data.values()]
        elif manifest.get("kind") == "ConfigMap":
            environments.append({str(name): value for name, value in data.items() if isinstance(value, str)})
            configs += [value for value in data.values() if isinstance(value, str)]
    return hidden_values(environments, secrets, configs)


def decoded(value: Any) -> str:
    try:
        return base64.b64decode(str(value), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return str(value)


def plain(live: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what only the server has a say in."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in _OF_THE_SERVER}
    kept = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != _REVISION}
    metadata.pop("annotations", None)
    whole = {**live, "metadata": {**metadata, **({"annotations": kept} if kept else {})}}
    whole.pop("status", None)
    return whole


def shown_pair(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> tuple[Any, Any]:
    """Both sides of a diff; a secret that changed says so without showing a value."""
    return masked_pair(before or {}, after or {}, _hidden)


def _hidden(value: Any) -> Any:
    hidden = mask(value)
    data = value.get("data") if isinstance(value, Mapping) else None
    if isinstance(data, Mapping) and value.get("kind") == "Secret":
        hidden["data"] = dict.fromkeys(data, MASK)
    elif isinstance(data, Mapping):
        hidden["data"] = {name: _of_config(str(name), text) for name, text in data.items()}
    return hidden


def _of_config(name: str, text: Any) -> Any:
    return MASK if named_like_a_secret(name, str(text)) else mask(text)
