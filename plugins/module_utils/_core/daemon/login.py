# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login in the configuration of Docker's client (config.json), beside everything else that it holds."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

#: The name under which the client keeps Docker Hub.
DOCKER_HUB = "https://index.docker.io/v1/"
_HUB_NAMES = ("", "docker.io", "index.docker.io", "registry-1.docker.io", "https://index.docker.io/v1")


class HelperError(Exception):
    """Logins of this registry are kept by another program."""


def key_of(registry: str) -> str:
    """A registry as the client writes it: without scheme, path and slash, but for Docker Hub."""
    plain = registry.strip().rstrip("/")
    if plain in _HUB_NAMES:
        return DOCKER_HUB
    return (plain.partition("://")[2] or plain).partition("/")[0]


def with_login(config: Mapping[str, Any], registry: str, username: str, password: str) -> dict[str, Any]:
    """The same configuration when it is logged in; equal to it where it was."""
    key = key_of(registry)
    _refuse_helper(config, key)
    auth = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    changed = deepcopy(dict(config))
    entry = changed.setdefault("auths", {}).get(key)
    if not isinstance(entry, Mapping) or entry.get("auth") != auth:
        changed["auths"][key] = {"auth": auth}
    return changed


def without_login(config: Mapping[str, Any], registry: str) -> dict[str, Any]:
    key = key_of(registry)
    changed = deepcopy(dict(config))
    if key in (changed.get("auths") or {}):
        _refuse_helper(config, key)
        del changed["auths"][key]
        if not changed["auths"]:
            del changed["auths"]
    return changed


def _refuse_helper(config: Mapping[str, Any], key: str) -> None:
    """What stands in `auths` is not read where a credential helper is set."""
    helper = (config.get("credHelpers") or {}).get(key) or config.get("credsStore")
    if helper:
        raise HelperError(f"logins of {key} are kept by docker-credential-{helper}; log in with that, or remove it")


def users(config: Mapping[str, Any]) -> dict[str, str]:
    """Who is logged in where, without any secret."""
    return {key: _user(entry) for key, entry in sorted((config.get("auths") or {}).items())}


def _user(entry: Any) -> str:
    try:
        return base64.b64decode(entry["auth"]).decode("utf-8").partition(":")[0]
    except (KeyError, TypeError, binascii.Error, UnicodeDecodeError):
        return ""
